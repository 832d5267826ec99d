"""Earning: every refusal, integer arithmetic at its edges, and the same sentence every time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.accrual import (
    MAX_AMOUNT_MINOR,
    MAX_POINTS,
    STANDARD_RULES,
    AccrualReason,
    AccrualRules,
    Because,
    Ground,
    PointsRate,
    Rounding,
    as_written,
    points_for_amount,
    points_for_flight,
    rules_from_data,
    rules_to_data,
)
from app.domain.airports import AIRPORTS, great_circle_km, haversine_km
from app.domain.boarding_pass import Leg

LEG = Leg("ABC123", "PEK", "SHA", "CA", "1501", date(2026, 11, 22), compartment="Y")


def test_flight_earns_distance_by_class_and_tier() -> None:
    decision = points_for_flight(STANDARD_RULES, LEG, "gold")
    assert (decision.points, decision.bonus_points) == (1345, 269)
    assert decision.earned
    assert decision.rule_version == 1
    route = {"flight": "CA1501", "route": "PEK-SHA"}
    assert decision.explanation == (
        Because(
            Ground.DISTANCE,
            {**route, "km": 1_076, "percent": 100, "booking_class": "Y", "points": 1_076},
        ),
        Because(Ground.TIER_BONUS, {"tier": "gold", "percent": 25, "points": 269}),
    )
    assert points_for_flight(STANDARD_RULES, LEG, "gold") == decision
    back = replace(LEG, origin="SHA", destination="PEK")
    assert points_for_flight(STANDARD_RULES, back, "gold").points == 1345


def test_short_flight_earns_the_minimum() -> None:
    short = replace(LEG, origin="PVG", destination="SHA")
    decision = points_for_flight(STANDARD_RULES, short, "classic")
    assert (decision.points, decision.reason) == (100, AccrualReason.EARNED_MINIMUM)
    assert decision.explanation[1] == Because(Ground.MINIMUM, {"points": 100})


@pytest.mark.parametrize(
    ("change", "reason", "about"),
    [
        ({"carrier": "LH"}, AccrualReason.CARRIER_NOT_ACCEPTED, ("carrier", "LH")),
        ({"compartment": "X"}, AccrualReason.EARNS_NOTHING, ("booking_class", "X")),
        ({"compartment": ""}, AccrualReason.CLASS_UNKNOWN, ("booking_class", "")),
        ({"compartment": "y"}, AccrualReason.CLASS_UNKNOWN, ("booking_class", "y")),
        ({"origin": "ZZZ"}, AccrualReason.DISTANCE_UNKNOWN, ("route", "ZZZ-SHA")),
        ({"destination": "PEK"}, AccrualReason.DISTANCE_UNKNOWN, ("route", "PEK-PEK")),
    ],
)
def test_flights_refused_with_a_reason(
    change: dict[str, Any], reason: AccrualReason, about: tuple[str, str]
) -> None:
    decision = points_for_flight(STANDARD_RULES, replace(LEG, **change), "gold")
    assert (decision.points, decision.reason, decision.earned) == (0, reason, False)
    [because] = decision.explanation
    assert because.code == reason
    assert about in because.values.items()
    assert decision.rule_version == STANDARD_RULES.version


def test_a_stated_distance_goes_before_the_great_circle() -> None:
    rules = replace(STANDARD_RULES, distances_km={("PEK", "SHA"): 1200, ("ABC", "XYZ"): 700})
    assert points_for_flight(rules, LEG, "").points == 1200
    other = replace(LEG, origin="XYZ", destination="ABC")
    assert points_for_flight(rules, other, "").points == 700


@pytest.mark.parametrize(
    ("rounding", "percent", "points"),
    [
        (Rounding.DOWN, 24, 240),
        (Rounding.HALF_UP, 24, 240),
        (Rounding.UP, 24, 241),
        (Rounding.DOWN, 50, 501),
        (Rounding.HALF_UP, 50, 501),
        (Rounding.UP, 50, 501),
        (Rounding.DOWN, 75, 751),
        (Rounding.HALF_UP, 75, 752),
        (Rounding.UP, 75, 752),
    ],
)
def test_rounding_is_as_stated(rounding: Rounding, percent: int, points: int) -> None:
    rules = AccrualRules(
        1,
        frozenset({"CA"}),
        {"Y": percent},
        rounding=rounding,
        distances_km={("PEK", "SHA"): 1002},
    )
    assert points_for_flight(rules, LEG, "").points == points


def test_amount_earns_by_its_currency() -> None:
    decision = points_for_amount(STANDARD_RULES, 123_456, "CNY", "platinum")
    assert (decision.points, decision.bonus_points) == (1235 + 618, 618)
    assert points_for_amount(STANDARD_RULES, 1_000, "USD", "").points == 70


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        (0, "CNY", AccrualReason.AMOUNT_NOT_POSITIVE),
        (-5, "CNY", AccrualReason.AMOUNT_NOT_POSITIVE),
        (100, "XXX", AccrualReason.CURRENCY_NOT_ACCEPTED),
        (100, "cny", AccrualReason.CURRENCY_NOT_ACCEPTED),
        (49, "CNY", AccrualReason.AMOUNT_TOO_SMALL),
        (MAX_AMOUNT_MINOR + 1, "CNY", AccrualReason.AMOUNT_TOO_LARGE),
        (10**30, "CNY", AccrualReason.AMOUNT_TOO_LARGE),
    ],
)
def test_amounts_refused_with_a_reason(amount: int, currency: str, reason: AccrualReason) -> None:
    decision = points_for_amount(STANDARD_RULES, amount, currency, "gold")
    assert (decision.points, decision.reason, decision.earned) == (0, reason, False)
    assert [because.code for because in decision.explanation] == [reason]


@pytest.mark.parametrize("amount", [1.0, 12.5, True, "100", None, Fraction(1)])
def test_an_amount_that_is_no_integer_is_a_bug(amount: Any) -> None:
    with pytest.raises(ValueError, match="whole number"):
        points_for_amount(STANDARD_RULES, amount, "CNY", "gold")


def test_the_journal_keeps_the_figures_the_same_in_every_run() -> None:
    decision = points_for_amount(STANDARD_RULES, 123_456, "CNY", "gold")
    assert as_written(decision.explanation) == (
        '[["amount",{"amount_minor":123456,"currency":"CNY","points":1235,"rate_minor":100,'
        '"rate_points":1}],["tier_bonus",{"percent":25,"points":309,"tier":"gold"}]]'
    )
    assert as_written(()) == "[]"


@given(
    st.integers(-10, 10**13),
    st.integers(0, MAX_POINTS),
    st.integers(1, MAX_AMOUNT_MINOR),
    st.integers(0, 10_000),
    st.sampled_from(Rounding),
)
def test_points_stay_whole_bounded_and_within_one_of_the_exact_figure(
    amount: int, points: int, per_minor: int, bonus: int, rounding: Rounding
) -> None:
    rules = AccrualRules(
        3,
        frozenset(),
        {},
        tier_bonus={"gold": bonus},
        rates={"CNY": PointsRate(points, per_minor)},
        rounding=rounding,
    )
    decision = points_for_amount(rules, amount, "CNY", "gold")
    assert type(decision.points) is int
    assert 0 <= decision.points <= MAX_POINTS
    assert decision.earned == (decision.points > 0)
    if decision.earned:
        base = decision.points - decision.bonus_points
        assert abs(base - Fraction(amount * points, per_minor)) < 1
        assert abs(decision.bonus_points - Fraction(base * bonus, 100)) < 1


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": "1"},
        {"minimum_points": -1},
        {"minimum_points": 1.5},
        {"classes": {"Y": -1}},
        {"classes": {"Y": 1.0}},
        {"classes": {"Y": True}},
        {"tier_bonus": {"gold": 10_001}},
        {"distances_km": {("SHA", "PEK"): 1000}},
        {"distances_km": {("PEK", "PEK"): 1000}},
        {"distances_km": {("PEK", "SHA"): 0}},
        {"distances_km": {("PEK", "SHA"): 50_000}},
    ],
)
def test_rules_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(STANDARD_RULES, **change)


@pytest.mark.parametrize("rate", [(-1, 100), (1, 0), (1.5, 100), (1, "100"), (2**60, 1)])
def test_rates_that_make_no_sense_are_refused(rate: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match="must be a whole number"):
        PointsRate(*rate)


def test_rules_survive_json() -> None:
    rules = replace(STANDARD_RULES, version=7, distances_km={("PEK", "SHA"): 1100})
    assert rules_from_data(json.loads(json.dumps(rules_to_data(rules)))) == rules


@pytest.mark.parametrize(
    "change",
    [
        {"version": None},
        {"extra": 1},
        {"carriers": "CA"},
        {"carriers": [1]},
        {"classes": []},
        {"rates": {"CNY": 1}},
        {"rates": {"CNY": [1, 2, 3]}},
        {"rates": {"CNY": ["1", 100]}},
        {"rounding": "sideways"},
        {"currency": 1},
        {"currency": "yuan"},
        {"distances_km": {"PEKSHA": 1}},
        {"distances_km": {"PEK-SHA": "far"}},
    ],
)
def test_bad_rules_data_is_a_value_error(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        rules_from_data({**rules_to_data(STANDARD_RULES), **change})


def test_missing_rules_data_is_named() -> None:
    with pytest.raises(ValueError, match="carriers, classes"):
        rules_from_data({k: v for k, v in rules_to_data(STANDARD_RULES).items() if k[0] != "c"})


@pytest.mark.parametrize(
    ("pair", "km"),
    [
        # published great-circle distances
        (("PEK", "SHA"), 1076),
        (("CAN", "PEK"), 1880),
        (("FRA", "PEK"), 7785),
        (("LAX", "PVG"), 10_425),
        (("SYD", "CAN"), 7500),
        (("URC", "CAN"), 3280),
    ],
)
def test_distances_agree_with_published_ones(pair: tuple[str, str], km: int) -> None:
    found = great_circle_km(*pair)
    assert found == great_circle_km(*reversed(pair))
    assert found == pytest.approx(km, rel=0.01)


def test_no_distance_is_so_near_a_half_that_machines_could_round_it_apart() -> None:
    assert len(AIRPORTS) >= 60
    for here, there in combinations(sorted(AIRPORTS), 2):
        km = haversine_km(AIRPORTS[here], AIRPORTS[there])
        assert abs(km % 1 - 0.5) > 1e-7, (here, there)
        assert 10 < km < 20_020, (here, there)
