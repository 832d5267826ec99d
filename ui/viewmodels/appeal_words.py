"""The sentences about appeals, in English: tables only; `wording` and the desk translate them."""

from __future__ import annotations

from typing import Final

from ui.qt.language import QT_TRANSLATE_NOOP

APPEAL_ERRORS: Final[dict[str, str]] = {
    "not_own_visit": QT_TRANSLATE_NOOP("Errors", "Somebody else began to serve this customer."),
    "not_rated": QT_TRANSLATE_NOOP("Errors", "This customer gave no rating."),
    "appeal_known": QT_TRANSLATE_NOOP("Errors", "You have appealed this rating before."),
    "unknown_appeal": QT_TRANSLATE_NOOP(
        "Errors", "Somebody has decided about this appeal already."
    ),
    "own_appeal": QT_TRANSLATE_NOOP(
        "Errors", "It is about a visit that you served, so another manager decides."
    ),
}
APPEAL_MESSAGES: Final[dict[str, str]] = {
    "appeal_sent": QT_TRANSLATE_NOOP(
        "Messages", "The appeal goes to the managers. What they decide stands under F9, V."
    ),
    "appeal_upheld": QT_TRANSLATE_NOOP(
        "Messages", "Upheld: the rating is kept and no longer counts."
    ),
    "appeal_declined": QT_TRANSLATE_NOOP("Messages", "Declined: the rating counts as before."),
}
APPEAL_STATES: Final[dict[str, str]] = {
    "waiting": QT_TRANSLATE_NOOP("Appeals", "Appeal waits"),
    "upheld": QT_TRANSLATE_NOOP("Appeals", "Upheld"),
    "declined": QT_TRANSLATE_NOOP("Appeals", "Declined"),
}
DESK_APPEALS: Final = {
    "appeals": "Appeals",
    "appeals_open": "Decide",
    "appeals_none": "No appeal waits",
    "appeals_none_hint": "Staff appeal ratings of their own visits at the counter, under F9, V.",
    "appeal_choose": "Choose an appeal on the left",
    "appeal_by": "{name} · clerk {number}",
    "appeal_visit": "Served {opened} · appealed {at}",
    "appeal_hidden": "Not shown to who served",
    "appeal_unrated": "No rating has come in",
    "appeal_by_phone": "By phone: {levels}",
    "appeal_reason": "Their reason",
    "appeal_own": "You served this visit yourself: another manager decides.",
    "appeal_done_upheld": "Upheld here; it goes to the central office.",
    "appeal_done_declined": "Declined here; it goes to the central office.",
    "appeal_answer": "Why you decide so",
    "appeal_uphold": "Uphold it",
    "appeal_decline": "Decline it",
    "appeal_how": (
        "Upheld, what was rated is kept and left out of the figures. Declined, nothing changes. "
        "The clerk learns which, and never what the rating was. It is for good."
    ),
    "entry_RatingAppealed": "Appeal against a rating",
    "entry_AppealDecided": "Answer to an appeal",
    "why_not_own_visit": "Somebody else had begun to serve that visit.",
    "why_appeal_known": "This rating had been appealed before.",
    "why_unknown_appeal": "The server doesn't know the appeal.",
    "why_appeal_decided": "Another manager had decided otherwise about this appeal.",
    "why_own_appeal": "Nobody decides about a visit that they served.",
}
