"""Why: the figures behind points, and what keeps an entry from being posted. Tables only."""

from __future__ import annotations

from typing import Final

from app.domain.accrual import Ground
from ui.qt.language import QT_TRANSLATE_NOOP

GROUNDS: Final[dict[str, str]] = {
    Ground.DISTANCE: QT_TRANSLATE_NOOP(
        "Grounds", "{route}: {km} km × {percent} % (class {booking_class}) = {points}"
    ),
    Ground.MINIMUM: QT_TRANSLATE_NOOP("Grounds", "at least {points} a flight"),
    Ground.AMOUNT: QT_TRANSLATE_NOOP(
        "Grounds", "{currency} {amount} × {rate_points} points per {currency} {per} = {points}"
    ),
    Ground.TIER_BONUS: QT_TRANSLATE_NOOP("Grounds", "{tier} +{percent} % = {points}"),
}

ONE_POINT_PER: Final = QT_TRANSLATE_NOOP(
    "Grounds", "{currency} {amount} × 1 point per {currency} {per} = {points}"
)
"""`Ground.AMOUNT` where the rate is one point, the usual one."""

_OF_MEMBER = QT_TRANSLATE_NOOP("Exceptions", "The central office doesn't know this member.")
_OF_VISIT = QT_TRANSLATE_NOOP("Exceptions", "The central office doesn't know this visit.")
_TWICE = QT_TRANSLATE_NOOP("Exceptions", "It had been recorded before.")
_LIMIT = QT_TRANSLATE_NOOP("Exceptions", "It was more than the limits allow.")
_SET_ASIDE = QT_TRANSLATE_NOOP(
    "Exceptions", "The points set aside for it had run out or weren't this counter's."
)
_STOCK = QT_TRANSLATE_NOOP("Exceptions", "The counter held none of this reward any more.")
_CLERK = QT_TRANSLATE_NOOP("Exceptions", "The clerk wasn't allowed to do this.")
_DETAILS = QT_TRANSLATE_NOOP("Exceptions", "The member's details couldn't be read.")
_ADJUSTMENT = QT_TRANSLATE_NOOP("Exceptions", "The points given or taken couldn't be booked.")
_RATING = QT_TRANSLATE_NOOP("Exceptions", "The customer's answer didn't fit its visit.")
_CASE = QT_TRANSLATE_NOOP("Exceptions", "Somebody else had dealt with the case.")
_FORGED = QT_TRANSLATE_NOOP("Exceptions", "No counter of this programme issued the voucher.")
_BROKEN = QT_TRANSLATE_NOOP("Exceptions", "It couldn't be read or posted.")

EXCEPTION_FALLBACK: Final = QT_TRANSLATE_NOOP(
    "Exceptions", "The central office couldn't post it by itself."
)
EXCEPTIONS: Final[dict[str, str]] = {
    "adjustment_decided": _ADJUSTMENT,
    "unknown_device": _BROKEN,
    "insufficient": QT_TRANSLATE_NOOP("Exceptions", "The member had too few points left."),
    "bad_points": _BROKEN,
    "bad_coupon": _BROKEN,
    "bad_cash": _BROKEN,
    "bad_flight": _BROKEN,
    "over_limit": _LIMIT,
    "over_window": _LIMIT,
    "not_approved": QT_TRANSLATE_NOOP(
        "Exceptions", "It took a manager's approval, and had none that is good."
    ),
    "unknown_pool": _LIMIT,
    "unknown_lease": _SET_ASIDE,
    "lease_closed": _SET_ASIDE,
    "lease_exceeded": _SET_ASIDE,
    "unknown_stock_lease": _STOCK,
    "stock_lease_closed": _STOCK,
    "stock_exceeded": _STOCK,
    "beyond_stock": QT_TRANSLATE_NOOP(
        "Exceptions", "None of the reward was left. It is booked all the same."
    ),
    "wrong_member": _SET_ASIDE,
    "bad_transfer": _SET_ASIDE,
    "bad_cover": _SET_ASIDE,
    "already_earned": QT_TRANSLATE_NOOP("Exceptions", "This flight had earned its points already."),
    "duplicate_flight": QT_TRANSLATE_NOOP(
        "Exceptions", "The member had been credited for this flight already, by pass or by typing."
    ),
    "unknown_accrual": QT_TRANSLATE_NOOP(
        "Exceptions", "The central office doesn't know what was to be undone."
    ),
    "other_points": QT_TRANSLATE_NOOP(
        "Exceptions", "By the programme's rules it is another number of points."
    ),
    "unknown_rules": QT_TRANSLATE_NOOP(
        "Exceptions", "The central office doesn't know the rules it was worked out by."
    ),
    "over_refund": QT_TRANSLATE_NOOP("Exceptions", "More would come back than there was."),
    "same_person": _ADJUSTMENT,
    "bad_adjustment": _ADJUSTMENT,
    "bad_reason": _BROKEN,
    "unknown_adjustment": _ADJUSTMENT,
    "adjustment_known": _TWICE,
    "unknown_member": _OF_MEMBER,
    "own_membership": QT_TRANSLATE_NOOP(
        "Exceptions", "Nobody serves themselves, nor who gives them a share."
    ),
    "card_taken": QT_TRANSLATE_NOOP("Exceptions", "The card belongs to another member."),
    "wrong_card": QT_TRANSLATE_NOOP("Exceptions", "The old card wasn't this member's."),
    "bad_card": _DETAILS,
    "bad_name": _DETAILS,
    "bad_phone": _DETAILS,
    "bad_profile": _DETAILS,
    "unknown_encounter": _OF_VISIT,
    "wrong_device": QT_TRANSLATE_NOOP("Exceptions", "It belongs to another counter."),
    "over_clerk_limit": QT_TRANSLATE_NOOP(
        "Exceptions", "More points were given out within the hour than one clerk may."
    ),
    "voided": QT_TRANSLATE_NOOP("Exceptions", "The reward had been taken back before."),
    "voucher_used": QT_TRANSLATE_NOOP(
        "Exceptions", "The reward had been handed over for its voucher before."
    ),
    "voucher_refunded": QT_TRANSLATE_NOOP(
        "Exceptions", "The voucher's points had been given back before."
    ),
    "voucher_voided": QT_TRANSLATE_NOOP(
        "Exceptions", "The voucher's reward had been taken back before."
    ),
    "voucher_expired": QT_TRANSLATE_NOOP("Exceptions", "The voucher's last day was over."),
    "voucher_elsewhere": QT_TRANSLATE_NOOP(
        "Exceptions", "The voucher was good at another office alone."
    ),
    "voucher_issuer_shut_out": QT_TRANSLATE_NOOP(
        "Exceptions", "The voucher came from a PC that had been shut out."
    ),
    "voucher_forged": _FORGED,
    "voucher_unreadable": _FORGED,
    "accrual_known": _TWICE,
    "redemption_known": _TWICE,
    "encounter_known": _TWICE,
    "matter_known": _TWICE,
    "member_known": _TWICE,
    "member_forgotten": QT_TRANSLATE_NOOP(
        "Exceptions", "The member's data had been erased in the meantime."
    ),
    "rating_known": _TWICE,
    "already_rated": _TWICE,
    "settled": _TWICE,
    "conflict": QT_TRANSLATE_NOOP("Exceptions", "Something else had been recorded in its place."),
    "fork": QT_TRANSLATE_NOOP(
        "Exceptions", "This PC was set back, and recorded something else in its place."
    ),
    "shut_out": QT_TRANSLATE_NOOP("Exceptions", "This PC had been shut out: a manager decides."),
    "unknown_rating": _RATING,
    "other_encounter": _RATING,
    "bad_score": _RATING,
    "bad_state": _RATING,
    "bad_reasons": _RATING,
    "not_own_visit": QT_TRANSLATE_NOOP("Exceptions", "Somebody else had begun to serve."),
    "appeal_known": _TWICE,
    "unknown_appeal": _CASE,
    "appeal_decided": _CASE,
    "own_appeal": _CASE,
    "unknown_listening": _CASE,
    "not_own_listening": _CASE,
    "unknown_action": _CASE,
    "action_known": _TWICE,
    "unknown_owner": _CASE,
    "bad_outcome": _CASE,
    "bad_stage": _CASE,
    "bad_field": _CASE,
    "bad_answer": _CASE,
    "unknown_case": _CASE,
    "case_closed": _CASE,
    "case_further": _CASE,
    "case_open": _CASE,
    "case_taken": _CASE,
    "unknown_exception": _CASE,
    "cannot_honour": _CASE,
    "cannot_claim": _CASE,
    "no_staff": _CLERK,
    "unknown_staff": _CLERK,
    "staff_inactive": _CLERK,
    "wrong_office": _CLERK,
    "not_manager": _CLERK,
    "unreadable": QT_TRANSLATE_NOOP(
        "Exceptions",
        "This PC doesn't have it any more. Ask the administrator: a copy of the data does.",
    ),
    "blob_missing": QT_TRANSLATE_NOOP("Exceptions", "The text that belongs to it didn't arrive."),
    "malformed": _BROKEN,
    "failed": _BROKEN,
}
"""What a manager has to settle, by the code of the central office's decision."""
