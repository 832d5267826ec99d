"""Why a reward can't be had now, and what would help. A table only."""

from __future__ import annotations

from typing import Final

from ui.qt.language import QT_TRANSLATE_NOOP

REWARD_ERRORS: Final[dict[str, str]] = {
    "unknown_reward": QT_TRANSLATE_NOOP(
        "Errors", "There is no reward with this number. Type a number from the list."
    ),
    "insufficient": QT_TRANSLATE_NOOP("Errors", "{missing_points} points are missing."),
    "reward_unknown": QT_TRANSLATE_NOOP("Errors", "This reward isn't offered any more."),
    "reward_changed": QT_TRANSLATE_NOOP("Errors", "Its price has changed. Choose it once more."),
    "not_yet": QT_TRANSLATE_NOOP("Errors", "Not offered yet."),
    "no_longer": QT_TRANSLATE_NOOP("Errors", "No longer offered."),
    "blackout": QT_TRANSLATE_NOOP("Errors", "Not offered on these days."),
    "newer_terms": QT_TRANSLATE_NOOP(
        "Errors", "This program is too old for this reward. Another counter may have it."
    ),
    "set_aside": QT_TRANSLATE_NOOP(
        "Errors",
        "Other counters hold {missing_points} of the points for it. Try again with the network"
        " back.",
    ),
    "out_of_stock": QT_TRANSLATE_NOOP("Errors", "None of it is left."),
    "stock_held": QT_TRANSLATE_NOOP(
        "Errors",
        "Other counters hold the last of it. They were asked for it: try again in a moment.",
    ),
    "stock_online_only": QT_TRANSLATE_NOOP(
        "Errors", "This counter holds none of it. Try again with the network back."
    ),
    "not_possible": QT_TRANSLATE_NOOP("Errors", "Not possible just now."),
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
    "risk_used_up": QT_TRANSLATE_NOOP(
        "Errors", "The office's limit is used up until the network is back."
    ),
}
