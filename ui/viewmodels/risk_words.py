"""Why a reward can't be given without the network, in English; `sentences` has the others."""

from __future__ import annotations

from typing import Final

from ui.qt.language import QT_TRANSLATE_NOOP

RISK_MESSAGES: Final[dict[str, str]] = {
    "manager_agreed": QT_TRANSLATE_NOOP("Messages", "{name} agreed. Now the customer is asked."),
    "manager_declined": QT_TRANSLATE_NOOP(
        "Messages", "The manager did not agree. Nothing was spent."
    ),
}

RISK_ERRORS: Final[dict[str, str]] = {
    "approval_needed": QT_TRANSLATE_NOOP(
        "Errors",
        "The network went meanwhile, so a manager has to agree. Choose the reward once more.",
    ),
    "wrong_code": QT_TRANSLATE_NOOP(
        "Errors", "That isn't the code for this reward. Tries left: {tries_left}"
    ),
    "bad_code": QT_TRANSLATE_NOOP("Errors", "Type the eight digits that the manager says."),
    "no_approval_keys": QT_TRANSLATE_NOOP(
        "Errors", "Codes don't work on this PC yet. With the network they do within an hour."
    ),
    "not_waiting": QT_TRANSLATE_NOOP("Errors", "The counter doesn't wait for it any more."),
    "same_person": QT_TRANSLATE_NOOP(
        "Errors", "You give this reward yourself, so another manager has to agree."
    ),
    "bad_challenge": QT_TRANSLATE_NOOP("Errors", "Type the eight digits that the counter shows."),
    "bad_counter": QT_TRANSLATE_NOOP("Errors", "Type the counter's sign, such as A1."),
    "no_promise_offline": QT_TRANSLATE_NOOP(
        "Errors",
        "This counter holds no points for this member. Try again with the network back.",
    ),
    "lease_too_small": QT_TRANSLATE_NOOP(
        "Errors",
        "This counter holds too few points for it without the network. A smaller reward may do.",
    ),
    "over_single_limit": QT_TRANSLATE_NOOP(
        "Errors", "Too large for one reward without the network. A smaller reward may do."
    ),
    "over_member_limit": QT_TRANSLATE_NOOP(
        "Errors",
        "This member has reached the limit without the network. Try again when it is back.",
    ),
    "over_clerk_limit": QT_TRANSLATE_NOOP(
        "Errors",
        "You have given out what one person may in an hour. A colleague can go on.",
    ),
    "over_risk_limit": QT_TRANSLATE_NOOP(
        "Errors", "Beyond the office's limit without the network. Try again when it is back."
    ),
    "denied": QT_TRANSLATE_NOOP(
        "Errors", "For this member only with the network. Try again when it is back."
    ),
    "list_too_old": QT_TRANSLATE_NOOP(
        "Errors",
        "This counter has been without the network for too long to give this. Try again with it.",
    ),
    "contact_needed": QT_TRANSLATE_NOOP(
        "Errors",
        "This counter has given as often as it may without the network. Try again with it.",
    ),
    "window_used_up": QT_TRANSLATE_NOOP(
        "Errors",
        "This counter has given as much as it may without the network. A smaller reward may do.",
    ),
    "risk_used_up": QT_TRANSLATE_NOOP(
        "Errors", "The office's limit is used up until the network is back."
    ),
}
