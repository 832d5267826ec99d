"""What a reward costs, and when it is offered: the counter and the server come to the same."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import catalogue
from app.domain.catalogue import MAX_MINOR, Cash, Price, Terms, read_terms
from app.domain.ledger import MAX_POINTS

WHOLE: dict[str, Any] = {
    "from": "2026-12-01",
    "until": "2027-01-31",
    "blackouts": [["2026-12-24", "2026-12-26"]],
    "tier_percent": {"gold": 90, "platinum": 80},
    "floor": 500,
    "cash": {"least_percent": 50, "step": 100, "minor_per_100": 120, "currency": "CNY"},
}
some_terms = st.builds(
    Terms,
    tier_percent=st.just((("gold", 90), ("silver", 100))) | st.just(()),
    floor=st.integers(1, 5_000),
    cash=st.none()
    | st.builds(
        Cash, st.integers(1, 100), st.integers(1, 1_000), st.integers(1, 10**7), st.just("CNY")
    ),
)


def test_the_examples_in_the_text() -> None:
    assert doctest.testmod(catalogue).failed == 0


def test_all_parts_are_read() -> None:
    terms = read_terms(WHOLE)
    assert terms == Terms(
        "2026-12-01",
        "2027-01-31",
        (("2026-12-24", "2026-12-26"),),
        (("gold", 90), ("platinum", 80)),
        (),
        500,
        Cash(50, 100, 120, "CNY"),
    )
    assert read_terms({}) == Terms()


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-11-30", "not_yet"),
        ("2026-12-01", ""),
        ("2026-12-23", ""),
        ("2026-12-24", "blackout"),
        ("2026-12-26", "blackout"),
        ("2026-12-27", ""),
        ("2027-01-31", ""),
        ("2027-02-01", "no_longer"),
    ],
)
def test_days_count_at_both_ends(day: str, why: str) -> None:
    assert read_terms(WHOLE).why_not(day) == why
    assert Terms().why_not(day) == ""


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("from", "24.12.2026"),
        ("from", 20261224),
        ("until", "2026-11-30"),
        ("blackouts", [["2026-12-26", "2026-12-24"]]),
        ("blackouts", ["2026-12-26"]),
        ("blackouts", [["2026-12-26"] * 2] * 101),
        ("tier_percent", {"gold": 0}),
        ("tier_percent", {"gold": 101}),
        ("tier_percent", {"gold": True}),
        ("tier_percent", [90]),
        ("floor", 0),
        ("stocked", "yes"),
        ("floor", 2**53 + 1),
        ("floor", "500"),
        ("cash", None),
        ("cash", {**WHOLE["cash"], "currency": "yuan"}),
        ("cash", {**WHOLE["cash"], "step": 0}),
        ("cash", {**WHOLE["cash"], "minor_per_100": 0.5}),
        ("cash", {**WHOLE["cash"], "tip": 1}),
        ("form", "2026-12-01"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(part: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"terms|known"):
        read_terms({**WHOLE, part: value})


def test_a_tier_pays_less_and_never_less_than_the_floor() -> None:
    terms = Terms(tier_percent=(("gold", 10),), floor=500)
    assert [terms.points(3_000, tier) for tier in ("", "silver", "gold")] == [3_000, 3_000, 500]
    assert terms.points(400, "gold") == 400  # a floor makes nothing dearer


@given(
    some_terms,
    st.integers(1, MAX_POINTS),
    st.sampled_from(["", "gold", "silver"]),
    st.integers(0, MAX_POINTS),
)
def test_a_price_is_one_that_the_terms_allow_and_within_what_there_is(
    terms: Terms, base: int, tier: str, spendable: int
) -> None:
    price = terms.price(base, tier, spendable=spendable)
    assert terms.allows(base, tier, price)
    assert 1 <= price.points <= terms.points(base, tier) <= base
    assert 0 <= price.cash_minor <= MAX_MINOR
    if price.cash_minor:
        assert price.points <= spendable < terms.points(base, tier)


@given(some_terms, st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 10**9))
def test_nothing_cheaper_is_allowed(terms: Terms, base: int, points: int, minor: int) -> None:
    price = Price(points, minor, "CNY" if minor else "")
    if not terms.allows(base, "", price):
        return
    missing = terms.points(base, "") - points
    assert missing >= 0
    assert minor * 100 >= missing * (terms.cash.minor_per_100 if terms.cash else 0)
    assert (missing == 0) == (minor == 0)


def test_other_money_or_another_part_isnt_allowed() -> None:
    terms = read_terms(WHOLE)
    assert terms.allows(3_000, "", Price(1_700, 1_560, "CNY"))
    for wrong in (
        Price(1_700, 1_559, "CNY"),
        Price(1_700, 1_560, "USD"),
        Price(1_750, 1_500, "CNY"),
        Price(1_400, 1_920, "CNY"),
        Price(3_000, 0, "CNY"),
        Price(0, 3_600, "CNY"),
    ):
        assert not terms.allows(3_000, "", wrong), wrong
