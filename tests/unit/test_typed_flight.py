"""A flight typed from a ticket: how people write it, and what is refused at which field."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.boarding_pass import Leg
from app.domain.errors import Rejected
from app.domain.typed_flight import TypedFlight, claim_key

TODAY = date(2026, 11, 22)
LEG = Leg("", "PEK", "SHA", "CA", "1501", date(2026, 10, 26), "Y")


@pytest.mark.parametrize("flight", ["CA1501", "ca1501", " CA 1501 ", "CA01501"])
def test_a_flight_is_read_as_people_write_it(flight: str) -> None:
    assert TypedFlight(flight, "1026", "PEKSHA", "Y").leg(TODAY) == LEG


@pytest.mark.parametrize(
    "day",
    ["1026", "10-26", "10/26", "10.26", "10月26日", "2026-10-26", "20261026", "2026年10月26日"],
)
def test_a_day_is_read_as_people_write_it(day: str) -> None:
    assert TypedFlight("CA1501", day, "PEKSHA", "Y").leg(TODAY) == LEG


@pytest.mark.parametrize("route", ["PEKSHA", "pek-sha", "PEK SHA", "PEK/SHA", "PEK–SHA"])
def test_a_route_is_read_as_people_write_it(route: str) -> None:
    assert TypedFlight("CA1501", "1026", route, "y ").leg(TODAY) == LEG


@pytest.mark.parametrize(
    ("day", "means"),
    [
        ("1122", date(2026, 11, 22)),
        ("1123", date(2025, 11, 23)),  # tomorrow hasn't been flown: last year's
        ("0229", date(2024, 2, 29)),
    ],
)
def test_a_day_without_its_year_is_the_last_there_was(day: str, means: date) -> None:
    assert TypedFlight("CA1501", day, "PEKSHA", "Y").leg(TODAY).flight_date == means


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("", "1026", "PEKSHA", "Y"), "bad_flight"),
        (("1501", "1026", "PEKSHA", "Y"), "bad_flight"),
        (("CA0000", "1026", "PEKSHA", "Y"), "bad_flight"),
        (("CA15012", "1026", "PEKSHA", "Y"), "bad_flight"),
        (("CA1501", "", "PEKSHA", "Y"), "bad_day"),
        (("CA1501", "1326", "PEKSHA", "Y"), "bad_day"),
        (("CA1501", "102", "PEKSHA", "Y"), "bad_day"),
        (("CA1501", "2026-02-30", "PEKSHA", "Y"), "bad_day"),
        (("CA1501", "26-10-26", "PEKSHA", "Y"), "bad_day"),
        (("CA1501", "1026", "PEK", "Y"), "bad_route"),
        (("CA1501", "1026", "PEKPEK", "Y"), "bad_route"),
        (("CA1501", "1026", "PEKSHA", ""), "bad_class"),
        (("CA1501", "1026", "PEKSHA", "YY"), "bad_class"),
        (("CA1501", "1026", "PEKSHA", "1"), "bad_class"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(
    typed: tuple[str, str, str, str], code: str
) -> None:
    with pytest.raises(Rejected) as refused:
        TypedFlight(*typed).leg(TODAY)
    assert refused.value.code == code


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_is_typed_is_read_or_refused(one: str, two: str, three: str, four: str) -> None:
    refused = ""
    try:
        TypedFlight(one, two, three, four).leg(TODAY)
    except Rejected as problem:
        refused = problem.code
    assert refused in {"", "bad_flight", "bad_day", "bad_route", "bad_class"}


def test_a_claim_is_the_members_and_the_flights() -> None:
    key = claim_key(LEG, UUID(int=1))
    assert key.startswith("t1-")
    assert len(key) == 35
    typed_twice = TypedFlight("ca1501", "2026-10-26", "pek sha", "Y").leg(TODAY)
    assert claim_key(typed_twice, UUID(int=1)) == key
    assert claim_key(LEG, UUID(int=2)) != key
