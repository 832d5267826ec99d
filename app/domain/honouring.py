"""What becomes of an exception that a manager honours: the desk offers it, the server does it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from app.domain import events as e
from app.domain.entry import Event

WEIGHTY: Final[frozenset[type[Event]]] = frozenset(
    {
        e.AccrualRecorded,
        e.AccrualReversed,
        e.AccrualReduced,
        e.RedemptionGranted,
        e.RedemptionVoided,
        e.RedemptionRefunded,
        e.VoucherUsed,
        e.LeaseReturned,
        e.LeaseHandedOn,
        e.LeaseReceived,
        e.StockReturned,
        e.MemberJoined,
        e.ContactUpdated,
        e.CardReplaced,
        e.PointsAdjusted,
        e.AdjustmentConfirmed,
        e.AdjustmentDeclined,
        e.LeasesWrittenOff,
        e.MemberDenied,
        e.MemberAllowed,
        e.CaseAcknowledged,
        e.CaseNoted,
        e.CaseAdvanced,
        e.CaseClosed,
        e.CaseReopened,
        e.CaseFieldSet,
        e.AppealDecided,
        e.ListeningFieldSet,
        e.ActionOpened,
        e.ActionFieldSet,
        e.ExceptionSettled,
    }
)
"""What moves points, changes a member or speaks for a manager."""

SHUT_OUT: Final = "shut_out"
"""Why an entry waits for a manager that came from a PC which was shut out."""

DEPENDING: Final = frozenset(
    {
        "unknown_encounter",
        "unknown_member",
        "unknown_rating",
        "unknown_accrual",
        "unknown_adjustment",
        "unknown_case",
        "unknown_appeal",
        "unknown_listening",
        "unknown_action",
        "unknown_exception",
        "wrong_card",
    }
)
"""Why an entry is refused that speaks of another which isn't there, and may come yet."""

# Nothing of it is left, it is kept apart, or it can't be told what it is
_NOT_TO_BE_HAD: Final = frozenset({"unreadable", "fork", "conflict", "malformed"})


COUNTED: Final = frozenset({"written_off", "over_clerk_limit", "handed_on_twice", "beyond_stock"})
"""Why an entry is before a manager that counts all the same."""

# It was undone before, or stands booked under its id
_OVER: Final = frozenset({"voided", "redemption_known"})


class Honour(StrEnum):
    """What honouring does.

    AS_RECORDED: it is applied now, by the rules of any entry.
    OVER_NEWER: the same, over what has become of the member since.
    RULES_ASIDE: it is applied with the points that it names, whatever the rules come to.
    SPEND: the reward is the member's, whatever stood behind it; the points are taken now, as far
        as they are there, and the programme bears the rest.
    """

    AS_RECORDED = "as_recorded"
    OVER_NEWER = "over_newer"
    RULES_ASIDE = "rules_aside"
    SPEND = "spend"


_REWARD: Final = e.RedemptionGranted.TYPE
_APPLIED: Final = {kind.TYPE for kind in WEIGHTY} - {_REWARD} | {e.MemberIdentified.TYPE}
_AGAINST_RULES: Final = frozenset({"other_points", "unknown_rules"})
# Of a redemption that stands: it was late, at the wrong office, or its redemption has come since
_PAID_FOR: Final = frozenset({"voucher_expired", "voucher_elsewhere", "voucher_issuer_shut_out"})
_CHANGING: Final = {e.ContactUpdated.TYPE, e.CardReplaced.TYPE}


def honour_of(entry_type: str, code: str) -> Honour | None:
    """What honouring does to an entry that is an exception for `code`; None: it can't be honoured.

    A counter's own entries that waited are tried again by themselves once what they wait for has
    come. Ratings and visits speak of their own counter's alone, so they aren't honoured.

    >>> honour_of("MemberJoined", "card_taken") is None
    True
    """
    if code == SHUT_OUT or (code in DEPENDING and entry_type in _APPLIED):
        return Honour.OVER_NEWER if entry_type in _CHANGING else Honour.AS_RECORDED
    if entry_type == e.AccrualRecorded.TYPE and code in _AGAINST_RULES:
        return Honour.RULES_ASIDE
    if entry_type == e.VoucherUsed.TYPE and code in _PAID_FOR:
        return Honour.AS_RECORDED
    if entry_type == _REWARD and code not in _NOT_TO_BE_HAD | COUNTED | _OVER:
        return Honour.SPEND
    return None
