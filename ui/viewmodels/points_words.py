"""The sentences about points that come back, in English: tables only; `wording` translates them."""

from __future__ import annotations

from typing import Final

from ui.qt.language import QT_TRANSLATE_NOOP

POINTS_ERRORS: Final[dict[str, str]] = {
    "over_refund": QT_TRANSLATE_NOOP("Errors", "More would come back than was spent."),
    "bad_points": QT_TRANSLATE_NOOP("Errors", "This isn't a number of points that can be booked."),
    "nothing_to_undo": QT_TRANSLATE_NOOP("Errors", "There is nothing to undo for this customer."),
    "empty_reason": QT_TRANSLATE_NOOP("Errors", "Write down why; it is kept."),
    "not_denied": QT_TRANSLATE_NOOP("Errors", "This member isn't on the deny list any more."),
    "bad_adjustment": QT_TRANSLATE_NOOP(
        "Errors", "Goodwill only gives points. Take them as a correction."
    ),
    "unknown_adjustment": QT_TRANSLATE_NOOP(
        "Errors", "Somebody has decided about these points already."
    ),
    "unknown_device": QT_TRANSLATE_NOOP(
        "Errors", "This counter isn't among the office's any more. Ask again with F5."
    ),
    "too_many_acts": QT_TRANSLATE_NOOP(
        "Errors",
        "This desk has done it to as many PCs as one may in a day. Ask the administrator.",
    ),
    "same_person": QT_TRANSLATE_NOOP("Errors", "You recorded it, so another manager has to agree."),
    "refunded_whole": QT_TRANSLATE_NOOP("Errors", "All of this reward has been given back."),
    "partly_refunded": QT_TRANSLATE_NOOP(
        "Errors", "A part of this reward was given back. Give back the rest with F5, R."
    ),
    "refund_handed_over": QT_TRANSLATE_NOOP(
        "Errors", "Its voucher was used at another counter, so this reward can't come back."
    ),
    "refund_handed_over_here": QT_TRANSLATE_NOOP(
        "Errors", "Its voucher was taken at this counter, so this reward can't come back."
    ),
    "refund_with_manager": QT_TRANSLATE_NOOP(
        "Errors", "A manager has this reward to settle, so it can't come back here."
    ),
}

POINTS_MESSAGES: Final[dict[str, str]] = {
    "adjustment_recorded": QT_TRANSLATE_NOOP(
        "Messages", "Recorded: {points} points. They count once the central office has booked them."
    ),
    "adjustment_waits": QT_TRANSLATE_NOOP(
        "Messages", "Recorded: {points} points. A second manager has to agree."
    ),
    "member_denied": QT_TRANSLATE_NOOP(
        "Messages", "Put on the deny list. Counters hear of it with their next contact."
    ),
    "member_allowed": QT_TRANSLATE_NOOP(
        "Messages", "Taken off the deny list. Counters hear of it with their next contact."
    ),
    "counter_given_up": QT_TRANSLATE_NOOP(
        "Messages", "Given up. Members have their points back once the central office has it."
    ),
    "adjustment_agreed": QT_TRANSLATE_NOOP("Messages", "Agreed. The points are booked."),
    "adjustment_declined": QT_TRANSLATE_NOOP("Messages", "Declined. Nothing is booked."),
    "refunded": QT_TRANSLATE_NOOP(
        "Messages", "{points} points come back once the central office has booked it."
    ),
    "refund_number": QT_TRANSLATE_NOOP(
        "Messages", "Type how many points come back, 1 to {left}; nothing typed means all."
    ),
}

REFUND_REASONS: Final[dict[str, str]] = {
    "changed_mind": QT_TRANSLATE_NOOP("Refunds", "The customer doesn't want it any more"),
    "cant_use": QT_TRANSLATE_NOOP("Refunds", "The customer can't use it"),
    "not_provided": QT_TRANSLATE_NOOP("Refunds", "It couldn't be provided"),
    "our_mistake": QT_TRANSLATE_NOOP("Refunds", "It was our mistake"),
}

BOOKINGS: Final[dict[str, str]] = {
    "opening": QT_TRANSLATE_NOOP("Statement", "Brought in"),
    "accrual": QT_TRANSLATE_NOOP("Statement", "Earned"),
    "accrual_reversal": QT_TRANSLATE_NOOP("Statement", "Earning undone"),
    "accrual_reduction": QT_TRANSLATE_NOOP("Statement", "Earning cut"),
    "redemption": QT_TRANSLATE_NOOP("Statement", "Spent"),
    "redemption_reversal": QT_TRANSLATE_NOOP("Statement", "Spending undone"),
    "refund": QT_TRANSLATE_NOOP("Statement", "Given back"),
    "adjustment": QT_TRANSLATE_NOOP("Statement", "Adjusted by a manager"),
    "expiry": QT_TRANSLATE_NOOP("Statement", "Expired"),
    "family_share": QT_TRANSLATE_NOOP("Statement", "Family share"),
    "family_return": QT_TRANSLATE_NOOP("Statement", "Family share taken back"),
    "other": QT_TRANSLATE_NOOP("Statement", "Booked by the central office"),
}
"""The ledger's kinds of what changes a balance."""
