"""What a shut-out device, or one that can't sign any more, says it did: a manager decides.

Such a journal comes from a rescued disk alone. What happened at the counter is taken in as usual, a
customer's rating above all; what moves points, changes a member or speaks for a manager waits as an
exception, and is applied as it was recorded once a manager honours it.
"""

from __future__ import annotations

from typing import Final

from app.domain import events as e
from app.domain.errors import Rejected
from sync.server.batch import Batch
from sync.server.reading import Received

SHUT_OUT: Final = "shut_out"

HELD: Final = frozenset(
    {
        e.AccrualRecorded,
        e.AccrualReversed,
        e.RedemptionGranted,
        e.RedemptionVoided,
        e.LeaseReturned,
        e.MemberJoined,
        e.ContactUpdated,
        e.CardReplaced,
        e.CaseAcknowledged,
        e.CaseNoted,
        e.CaseClosed,
        e.ExceptionSettled,
    }
)


def check_not_held(batch: Batch, received: Received) -> None:
    """Raises Rejected('shut_out') for what a manager is to decide first."""
    if (batch.held or received.held) and type(received.event) in HELD:
        raise Rejected(SHUT_OUT, "It was rescued from a counter that was shut out")
