"""Which segment a member is in, by what every replica holds of them."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.catalogue import read_terms
from app.domain.segments import Known, Segments

RULES = Segments.from_setting(
    {
        "segments": [
            {"code": "young", "age": [0, 25]},
            {"code": "old hand", "member_years": [10, None], "home_offices": ["PEK", "PKX"]},
            {"code": "capital", "home_offices": ["PEK"]},
        ]
    }
)


@pytest.mark.parametrize(
    ("known", "segment"),
    [
        (Known("SHA", 2001, None), "young"),
        (Known("SHA", 2000, None), ""),
        (Known("PEK", 2020, date(2000, 1, 1)), "young"),  # the first counts
        (Known("PEK", None, date(2016, 11, 29)), "old hand"),
        (Known("PEK", None, date(2016, 11, 30)), "capital"),
        (Known("SHA", None, date(2000, 1, 1)), ""),
        (Known("PKX", None, None), ""),
        (Known(), ""),
    ],
)
def test_a_member_is_in_the_first_segment_that_fits(known: Known, segment: str) -> None:
    assert RULES.of(known, "2026-11-29") == segment


def test_a_programme_without_segments_has_nobody_in_any() -> None:
    assert Segments.from_setting(None).of(Known("PEK", 2001), "2026-11-29") == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"segment": []}, "nothing else"),
        ({"segments": {}}, "a list"),
        ({"segments": ["young"]}, "an object"),
        ({"segments": [{"code": ""}]}, "1 to 40"),
        ({"segments": [{"code": "a"}, {"code": "a"}]}, "once"),
        ({"segments": [{"code": "a", "ages": [1, 2]}]}, "ages"),
        ({"segments": [{"code": "a", "age": [30, 20]}]}, "'age'"),
        ({"segments": [{"code": "a", "age": [True, 20]}]}, "'age'"),
        ({"segments": [{"code": "a", "member_years": [1]}]}, "'member_years'"),
        ({"segments": [{"code": "a", "home_offices": "PEK"}]}, "'home_offices'"),
    ],
)
def test_what_makes_no_sense_is_said(value: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Segments.from_setting(value)


def test_the_lower_percentage_counts_and_the_floor_holds() -> None:
    terms = read_terms(
        {"tier_percent": {"gold": 80}, "segment_percent": {"young": 50, "old": 90}, "floor": 600}
    )
    assert terms.points(1_000, "gold", "old") == 800
    assert terms.points(1_000, "gold", "young") == 600
    assert terms.points(1_000, "", "young") == 600
    assert terms.points(500, "", "young") == 500
    price = terms.price(1_000, "", spendable=9_000, segment="young")
    assert price.points == 600
    assert terms.allows(1_000, "", price, "young")
    assert not terms.allows(1_000, "", price)
