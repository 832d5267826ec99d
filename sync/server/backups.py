"""What the operator's backups hold: a mark before each, and the word that it is safe afterwards.

The mark names the epoch and a transaction, never a time: what transactions below it wrote is in
every backup that is begun later. Counters let go of what confirmed backups hold.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.errors import Rejected
from sync.server.epochs import current_epoch
from sync.server.horizon import horizon
from sync.server.store import tables as t
from sync.server.work import Work


def make_mark(connection: Connection, programme_id: UUID) -> str:
    """A name for all that is committed by now."""
    return f"{current_epoch(connection, programme_id)}/{horizon(connection, programme_id)}"


def confirm(work: Work, mark: str) -> None:
    """A backup begun after the mark was made is safe.

    Raises:
        Rejected: bad_mark, it is none; other_epoch, the database was restored since; too_far.
    """
    epoch, _, number = mark.partition("/")
    try:
        epoch_id, bound = UUID(epoch), int(number)
    except ValueError as error:
        raise Rejected("bad_mark", f"{mark} is no mark of `backup mark`") from error
    if epoch_id != current_epoch(work.connection, work.programme_id):
        raise Rejected(
            "other_epoch", "The mark is from before the database was restored; make a new backup"
        )
    if not 0 < bound <= horizon(work.connection, work.programme_id):
        raise Rejected("bad_mark", f"{mark} is no mark of `backup mark`")
    known = confirmed(work.connection, work.programme_id)
    if known is None or known.horizon < bound:
        work.add_or_replace(t.backup, epoch_id, bound, work.now_ms)


def confirmed(connection: Connection, programme_id: UUID) -> Any:
    """The row of what the epoch's backups hold, None before the first was confirmed."""
    return connection.execute(
        sa.select(t.backup).where(
            t.backup.c.programme_id == programme_id,
            t.backup.c.epoch_id == current_epoch(connection, programme_id),
        )
    ).one_or_none()
