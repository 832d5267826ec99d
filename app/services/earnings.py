"""What could be earned, proposed and not yet recorded."""

from __future__ import annotations

from datetime import date

from app.domain.accrual import AccrualRules, points_for_amount, points_for_flight
from app.domain.boarding_pass import BoardingPass, Leg, coupon_key
from app.domain.deciding_again import accrual_rules_of
from app.domain.flown import Flown
from app.domain.member import Member
from app.domain.typed_flight import TypedFlight, claim_key
from app.services.context import Context
from app.services.families import share_of
from app.services.views import EarnProposal

RETRO_AFTER_DAYS = 2
RETRO_LIMIT_DAYS = 180


def accrual_rules(context: Context) -> AccrualRules:
    """The rules in force on this seat."""
    value, version = context.setting("accrual")
    return accrual_rules_of(value, version)


def propose_flights(
    context: Context, boarding_pass: BoardingPass, member: Member | None, today: date
) -> tuple[EarnProposal, ...]:
    """One proposal a leg, in order; `member` is None while nobody knows whose they are."""
    rules = accrual_rules(context)
    return tuple(
        _propose_leg(
            context, rules, leg, coupon_key(leg, boarding_pass.passenger_name), member, today
        )
        for leg in boarding_pass.legs
    )


def propose_claim(
    context: Context, typed: TypedFlight, member: Member, today: date
) -> EarnProposal:
    """What a flight earns whose pass isn't there any more.

    Raises:
        Rejected: see `TypedFlight.leg`.
    """
    leg = typed.leg(today)
    key = claim_key(leg, member.member_id)
    return _propose_leg(context, accrual_rules(context), leg, key, member, today)


def _propose_leg(
    context: Context, rules: AccrualRules, leg: Leg, key: str, member: Member | None, today: date
) -> EarnProposal:
    age_days = (today - leg.flight_date).days
    tier = "" if member is None else member.tier
    decision = points_for_flight(rules, leg, tier)
    refused = "" if decision.points > 0 else decision.reason.value
    flown = Flown.of(leg)
    coupon_used = context.store.reads.coupon_used
    if coupon_used(key):
        refused = "already_earned"
    elif member is not None and any(map(coupon_used, flown.keys(member.member_id))):
        refused = "duplicate_flight"
    elif age_days > RETRO_LIMIT_DAYS:
        refused = "flight_too_old"
    elif age_days < 0:
        refused = "flight_not_flown"
    points = 0 if refused else decision.points
    return EarnProposal(
        source="retro" if age_days >= RETRO_AFTER_DAYS else "flight",
        points=points,
        label=str(flown),
        explanation=decision.explanation,
        coupon_key=key,
        rule_version=decision.rule_version,
        refused=refused,
        flight=leg.flight,
        flown_on=leg.flight_date.isoformat(),
        flown=flown,
        booking_class=leg.compartment,
        tier=tier,
        share=share_of(context, member, points),
    )


def propose_amount(context: Context, amount_minor: int, member: Member | None) -> EarnProposal:
    """What an amount paid in the programme's currency earns.

    Args:
        context: whose rules are in force.
        amount_minor: in the currency's smallest unit, 0..2**53.
        member: who pays it; None for whom this PC doesn't know.
    """
    tier = "" if member is None else member.tier
    rules = accrual_rules(context)
    currency = rules.currency
    decision = points_for_amount(rules, amount_minor, currency, tier)
    return EarnProposal(
        source="amount",
        points=decision.points,
        label=f"{currency} {amount_minor / 100:,.2f}",
        explanation=decision.explanation,
        coupon_key=None,
        rule_version=decision.rule_version,
        refused="" if decision.points > 0 else decision.reason.value,
        amount_minor=amount_minor,
        currency=currency,
        tier=tier,
        share=share_of(context, member, decision.points),
    )
