"""Whether each touch on a phone stands as the step that it became."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream


def taps(connection: Connection) -> Iterator[str]:
    """Yield a line for each touch whose step isn't there, or is another."""
    tap, step = t.phone_tap, t.case_step
    wrong = (
        sa.select(tap.c.tap_id)
        .select_from(outer(tap, step, "programme_id", "case_id", "event_id"))
        .where(step.c.kind.is_(None) | (step.c.kind != tap.c.step) | (step.c.at_ms != tap.c.at_ms))
    )
    for row in stream(connection, wrong):
        yield f"phone_tap {row.tap_id}: the step that it became isn't there"
