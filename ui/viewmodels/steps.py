"""Where the clerk is at the counter, and which keys would do something there."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from app.domain.lean import dataclass


class Step(StrEnum):
    """What the counter is doing; Esc leads from any of them back to SERVE."""

    SERVE = "serve"
    AMOUNT = "amount"
    RETRO = "retro"
    REWARDS = "rewards"
    APPROVAL = "approval"
    ASKING = "asking"
    UNDO = "undo"
    SKIP = "skip"
    MEMBER = "member"
    JOIN = "join"
    CONTACT = "contact"
    CARD = "card"
    STATEMENT = "statement"
    REFUND = "refund"
    REFUND_POINTS = "refund_points"
    REFUND_WHY = "refund_why"
    REFUND_ASK = "refund_ask"
    MATTER = "matter"
    SHIFT = "shift"
    VISITS = "visits"
    SWITCH = "switch"
    CLOSE_SHIFT = "close_shift"
    OWN_WEEKS = "own_weeks"
    PENDING = "pending"


KEY_STEPS: Final = {
    "F2": Step.AMOUNT,
    "F4": Step.RETRO,
    "F5": Step.MEMBER,
    "F6": Step.MATTER,
    "F7": Step.PENDING,
    "F8": Step.UNDO,
    "F9": Step.SHIFT,
}
"""What the bar's keys open; F3 leads through the redemption and F12 acts at once."""

PARENT: Final = {
    Step.JOIN: Step.MEMBER,
    Step.CONTACT: Step.MEMBER,
    Step.CARD: Step.MEMBER,
    Step.STATEMENT: Step.MEMBER,
    Step.REFUND: Step.MEMBER,
    Step.REFUND_POINTS: Step.REFUND,
    Step.REFUND_WHY: Step.REFUND_POINTS,
    Step.REFUND_ASK: Step.REFUND_WHY,
    Step.VISITS: Step.SHIFT,
    Step.SWITCH: Step.SHIFT,
    Step.CLOSE_SHIFT: Step.SHIFT,
    Step.OWN_WEEKS: Step.SHIFT,
}
"""Where Esc leads from a step; SERVE from those not named."""

LETTERS: Final = {
    Step.MEMBER: {
        "J": Step.JOIN,
        "C": Step.CONTACT,
        "K": Step.CARD,
        "R": Step.REFUND,
        "S": Step.STATEMENT,
    },
    Step.SHIFT: {
        "H": Step.SWITCH,
        "C": Step.CLOSE_SHIFT,
        "V": Step.VISITS,
        "M": Step.OWN_WEEKS,
    },
}
"""Letter keys of the two menus; 'W' (walk-in) and 'S' (sign out) act at once."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """Whether a key of the bar would do something now.

    Attributes:
        key: 'F2' … 'F12'.
        enabled: whether it would.
        why: while not, the code of the reason (a key of `sentences.ERRORS` or `MESSAGES`).
        leads: it is the expected next key.
    """

    key: str
    enabled: bool = True
    why: str = ""
    leads: bool = False


def key_states(
    *,
    has_encounter: bool,
    has_member: bool,
    has_lines: bool,
    can_undo: bool,
    has_receipts: bool,
    is_asking: bool,
    proposes: bool,
) -> tuple[KeyState, ...]:
    """Return the key bar's keys, left to right.

    Args:
        has_encounter: somebody is being served.
        has_member: who it is, is known.
        has_lines: something was done for this customer.
        can_undo: some of it could be undone.
        has_receipts: something could be printed, again or at last.
        is_asking: a redemption waits for the customer or is being booked.
        proposes: something is proposed; Enter is the next key then.
    """
    member = "" if has_member else "no_member"
    busy = "answer_first" if is_asking else ""
    reasons = {
        "F2": busy or member,
        "F3": busy or member,
        "F4": busy,
        "F5": busy,
        "F6": busy,
        "F7": "",
        "F8": busy or ("" if can_undo or has_receipts else "nothing_to_undo"),
        "F9": busy,
        "F12": busy or ("" if has_encounter else "no_encounter"),
    }
    return tuple(
        KeyState(
            key,
            enabled=not why,
            why=why,
            leads=key == "F12" and not why and has_lines and not proposes,
        )
        for key, why in reasons.items()
    )
