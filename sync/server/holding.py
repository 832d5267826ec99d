"""What a shut-out device, or one that can't sign any more, says it did: a manager decides.

Such a journal comes from a rescued disk alone. What happened at the counter is taken in as usual, a
customer's rating above all; what moves points, changes a member or speaks for a manager waits as an
exception, and is applied as it was recorded once a manager honours it.
"""

from __future__ import annotations

from app.domain.errors import Rejected
from app.domain.honouring import SHUT_OUT, WEIGHTY
from sync.server.batch import Batch
from sync.server.reading import Received


def check_not_held(batch: Batch, received: Received) -> None:
    """Raises Rejected('shut_out') for what a manager is to decide first."""
    if (batch.held or received.held) and type(received.event) in WEIGHTY:
        raise Rejected(SHUT_OUT, "It was rescued from a counter that was shut out")
