"""Which flight it was: told the same from a pass and from a ticket, apart from every other one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.boarding_pass import BoardingPass, Leg, encode, parse
from app.domain.flown import Flown
from app.domain.typed_flight import TypedFlight

ANNA, LI = UUID(int=1), UUID(int=2)
LEG = Leg("ABC123", "PEK", "SHA", "CA", "1501", date(2026, 11, 18), "Y", check_in_sequence="7")
FLOWN = Flown.of(LEG)

AIRPORTS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
FLIGHTS = st.builds(
    lambda carrier, number, letter: (carrier, f"{number}{letter}"),
    st.sampled_from(("CA", "3U", "U2", "9C")),
    st.integers(1, 9999),
    st.sampled_from(("", "", "D", "Z")),
)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
ROUTES = st.tuples(AIRPORTS, AIRPORTS).filter(lambda pair: pair[0] != pair[1])
MEMBERS = st.uuids()


def credited_once(first: Flown, second: Flown, member_id: UUID = ANNA) -> bool:
    return bool(set(first.keys(member_id)) & set(second.keys(member_id)))


@given(FLIGHTS, DAYS, ROUTES, MEMBERS, st.integers(0, 180), st.booleans())
def test_a_typed_ticket_names_the_flight_that_its_pass_names(
    flight: tuple[str, str],
    day: date,
    route: tuple[str, str],
    member_id: UUID,
    age_days: int,
    with_year: bool,
) -> None:
    carrier, number = flight
    leg = Leg("QXW5TZ", *route, carrier, number, day, "Y", "12A", "33", "1")
    today = day + timedelta(days=age_days)
    scanned = parse(encode(BoardingPass("ZHANG/WEI", (leg,))), today=today).legs[0]
    typed = TypedFlight(
        f"{carrier.lower()} {number.rstrip('DZ').zfill(4)}",
        day.isoformat() if with_year else f"{day.month:02}{day.day:02}",
        "-".join(route).lower(),
        "y",
    ).leg(today)
    assert Flown.of(scanned).keys(member_id) == Flown.of(typed).keys(member_id)


@given(FLIGHTS, DAYS, ROUTES)
def test_what_is_written_is_read_back(
    flight: tuple[str, str], day: date, route: tuple[str, str]
) -> None:
    flown = Flown("".join(flight), day, *route)
    assert Flown.read(str(flown)) == flown


@given(FLIGHTS, DAYS, ROUTES, st.integers(1, 400), MEMBERS, MEMBERS)
def test_another_day_number_or_member_is_another_flight(
    flight: tuple[str, str],
    day: date,
    route: tuple[str, str],
    days: int,
    member_id: UUID,
    other_id: UUID,
) -> None:
    carrier, number = flight
    leg = Leg("", *route, carrier, number, day)
    flown = Flown.of(leg)
    assert not credited_once(flown, replace(flown, day=day + timedelta(days=days)), member_id)
    figures = number.rstrip("DZ")
    others = [
        replace(leg, flight_number=str(int(figures) % 9999 + 1)),
        replace(leg, carrier="CZ"),
        replace(leg, origin=route[1], destination=route[0], carrier="MU"),
    ]
    assert not any(credited_once(flown, Flown.of(other), member_id) for other in others)
    if member_id != other_id:
        assert not set(flown.keys(member_id)) & set(flown.keys(other_id))


@given(FLIGHTS, DAYS, st.lists(AIRPORTS, min_size=3, max_size=5, unique=True))
def test_the_legs_of_a_stopping_flight_earn_each_and_the_whole_way_not_again(
    flight: tuple[str, str], day: date, stops: list[str]
) -> None:
    number = "".join(flight)
    legs = [Flown(number, day, *pair) for pair in pairwise(stops)]
    keys = [key for leg in legs for key in leg.keys(ANNA)]
    assert len(set(keys)) == len(keys) or _share_a_city(stops)
    whole = Flown(number, day, stops[0], stops[-1])
    assert credited_once(whole, legs[0])
    assert credited_once(whole, legs[-1])


def _share_a_city(stops: list[str]) -> bool:
    """Whether two of the stops are airports of one city, as no flight's are."""
    cities = [Flown("CA1", date(2026, 1, 1), stop, "XXX").keys(ANNA)[0] for stop in stops]
    return len(set(cities)) < len(cities)


def test_the_citys_other_airport_is_the_same_flight() -> None:
    assert replace(FLOWN, origin="PKX", destination="PVG").keys(ANNA) == FLOWN.keys(ANNA)
    assert not credited_once(FLOWN, replace(FLOWN, origin="TSN", destination="NKG"))


def test_a_flight_there_and_back_under_one_number_earns_both_ways() -> None:
    back = replace(FLOWN, origin="SHA", destination="PEK")
    assert not credited_once(FLOWN, back)


def test_a_member_is_told_apart_from_another() -> None:
    assert not set(FLOWN.keys(ANNA)) & set(FLOWN.keys(LI))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CA1501",
        "CA1501 2026-11-18",
        "CA1501 2026-02-30 PEK-SHA",
        "CA1501 2026-11-18 PEK-SHA ",
        "CA1501 2026-11-18 PEKSHA",
        "ca1501 2026-11-18 PEK-SHA",
        "CA1501 20261118 PEK-SHA",
        "CA1501 ２０２６-11-18 PEK-SHA",
        "CA1501 2026-11-18 PEK-SHA\n",
        "CA" + "1" * 99 + " 2026-11-18 PEK-SHA",
    ],
)
def test_what_names_no_flight_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # of two kinds: no flight, and no such day
        Flown.read(text)
