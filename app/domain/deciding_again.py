"""What an accrual should come to, worked out again from its entry and the rules that it names."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.accrual import (
    AccrualDecision,
    AccrualRules,
    points_for_amount,
    points_for_flight,
    rules_from_data,
)
from app.domain.boarding_pass import Leg
from app.domain.default_settings import DEFAULT_ACCRUAL
from app.domain.events import AccrualRecorded
from app.domain.flown import Flown


def accrual_rules_of(value: Mapping[str, object] | None, version: int) -> AccrualRules:
    """The rules that a version of the 'accrual' setting means; None: nothing was ever set.

    Raises:
        ValueError: see `rules_from_data`.
    """
    return rules_from_data({**DEFAULT_ACCRUAL, **(value or {}), "version": version})


def decide_again(rules: AccrualRules, event: AccrualRecorded) -> AccrualDecision | None:
    """The decision by `rules`; None where the entry doesn't say what it was decided from.

    So do the entries of counters from before `tier` and `booking_class` were written.

    Raises:
        ValueError: the flight isn't one.
    """
    if event.tier is None:
        return None
    if event.amount_minor is not None and event.currency is not None:
        return points_for_amount(rules, event.amount_minor, event.currency, event.tier)
    if event.flight is None or event.booking_class is None:
        return None
    return points_for_flight(rules, _leg(Flown.read(event.flight), event.booking_class), event.tier)


def _leg(flown: Flown, booking_class: str) -> Leg:
    # a number begins with a figure, so a third letter is the carrier's
    length = 3 if flown.flight[2].isalpha() else 2
    return Leg(
        pnr="",
        origin=flown.origin,
        destination=flown.destination,
        carrier=flown.flight[:length],
        flight_number=flown.flight[length:],
        flight_date=flown.day,
        compartment=booking_class,
    )
