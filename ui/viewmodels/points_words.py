"""The sentences about points that come back, in English: tables only; `wording` translates them."""

from __future__ import annotations

from typing import Final

from ui.qt.language import QT_TRANSLATE_NOOP

POINTS_ERRORS: Final[dict[str, str]] = {
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
