"""What a manager may answer to an exception, and what each answer does to points.

The desk offers the answers and says beforehand what they come to, the server holds to them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from app.domain import events as e
from app.domain.honouring import COUNTED, honour_of
from app.domain.lean import dataclass


class Answer(StrEnum):
    """What a manager answers.

    HONOUR: it counts (`honouring`). Of a reward that was given, the member pays what is there and
        never goes below zero; the programme bears the rest.
    CLAIM_BACK: the member pays all of it; what is earned next pays what isn't there.
    WRITE_OFF: the programme bears all of it.
    NOTED: nothing is booked.
    """

    HONOUR = "honour"
    CLAIM_BACK = "claim_back"
    WRITE_OFF = "write_off"
    NOTED = "noted"


_REWARD: Final = e.RedemptionGranted.TYPE
_VOUCHER: Final = e.VoucherUsed.TYPE

# It was undone, stands booked under its id, or it can't be told what was given
_NOTHING_GIVEN: Final = COUNTED | {
    "voided",
    "redemption_known",
    "conflict",
    "malformed",
    "unreadable",
}
_TWICE: Final = frozenset({"voucher_used", "voucher_voided", "voucher_refunded"})
_FOR_NOTHING: Final = frozenset({"voucher_forged", "voucher_issuer_shut_out"})


def is_given_away(entry_type: str, code: str) -> bool:
    """Whether something was handed over for which nothing is booked.

    A reward beyond what covers it; or what a voucher is for, a second time or for no redemption.
    """
    if entry_type == _REWARD:
        return code not in _NOTHING_GIVEN
    return entry_type == _VOUCHER and code in _TWICE | _FOR_NOTHING


def answers_to(entry_type: str, code: str, *, has_member: bool) -> tuple[Answer, ...]:
    """The answers that an exception has, in the order in which they are offered.

    Args:
        entry_type: of the entry, '' where it can't be read.
        code: why it became an exception.
        has_member: whether it is known whose points it is about.

    >>> [str(answer) for answer in answers_to("VoucherUsed", "voucher_used", has_member=True)]
    ['claim_back', 'write_off', 'noted']
    """
    given = is_given_away(entry_type, code)
    offered = {
        Answer.HONOUR: honour_of(entry_type, code) is not None,
        Answer.CLAIM_BACK: given and has_member and code not in _FOR_NOTHING,
        Answer.WRITE_OFF: given,
        Answer.NOTED: True,
    }
    return tuple(answer for answer, is_offered in offered.items() if is_offered)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an answer to something given away comes to, in points; together they are its price.

    Attributes:
        taken: of what the member has.
        owed: by the member, beyond that.
        borne: by the programme.
    """

    taken: int = 0
    owed: int = 0
    borne: int = 0


def effect_of(answer: Answer, points: int, *, spendable: int) -> Effect:
    """What becomes of the points of something that was given away.

    Args:
        answer: to it.
        points: its price, >= 0.
        spendable: what its member can spend now; below zero where more is owed already.

    >>> effect_of(Answer.HONOUR, 500, spendable=200)
    Effect(taken=200, owed=0, borne=300)
    >>> effect_of(Answer.CLAIM_BACK, 500, spendable=200)
    Effect(taken=200, owed=300, borne=0)
    """
    taken = min(points, max(0, spendable))
    match answer:
        case Answer.HONOUR:
            return Effect(taken=taken, borne=points - taken)
        case Answer.CLAIM_BACK:
            return Effect(taken=taken, owed=points - taken)
        case Answer.WRITE_OFF:
            return Effect(borne=points)
        case _:
            return Effect()
