"""The change log goes behind what every device has seen, a few rows a transaction.

A device may be without the server for as long as the setting 'contact' says; twice that long the
log tells what changed, who left an office's scope included. A cursor from before is unknown, and
its device makes the members file anew. What time a transaction was is noted once a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import sqlalchemy as sa

from app.domain.shutting_out import longest_absence_ms
from sync.server.horizon import horizon
from sync.server.pace import MOST_ROWS, Pace
from sync.server.settings_of import setting_value
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.transactions import Steps
from sync.server.work import Work

_MARK_EVERY_MS: Final = 86_400_000
_ABSENCES: Final = 2


def prune(jobs: Steps) -> Iterator[int]:
    """Note the time, and drop what is too old; yields how many rows, step by step."""
    with reading(jobs.engine) as connection:
        now_xid = horizon(connection, jobs.programme_id)
        contact = setting_value(connection, jobs.programme_id, "contact")
    kept_ms = _ABSENCES * longest_absence_ms(contact)
    from_xid = jobs.step(partial(_mark, now_xid=now_xid, kept_ms=kept_ms))
    pace, gone = Pace(MOST_ROWS), 1
    while gone:
        with pace.timed():
            gone = jobs.step(partial(_drop_some, from_xid=from_xid, rows=pace.rows))
        yield gone


def _mark(work: Work, now_xid: int, kept_ms: int) -> int:
    """Note where the log is now; returns from which transaction on it is kept."""
    mark, programme, connection = t.log_mark, t.programme, work.connection
    of = mark.c.programme_id == work.programme_id
    mine = programme.c.programme_id == work.programme_id
    # A database that was moved to another cluster has its transactions numbered anew
    connection.execute(mark.delete().where(of, mark.c.xid > now_xid))
    connection.execute(
        programme.update().where(mine, programme.c.log_from_xid > now_xid).values(log_from_xid=0)
    )
    newest_ms = connection.execute(sa.select(sa.func.max(mark.c.at_ms)).where(of)).scalar_one()
    if newest_ms is None or newest_ms <= work.now_ms - _MARK_EVERY_MS:
        work.add_or_replace(mark, now_xid, work.now_ms)
    from_xid = connection.execute(
        sa.select(sa.func.max(mark.c.xid)).where(of, mark.c.at_ms <= work.now_ms - kept_ms)
    ).scalar_one()
    if from_xid is None:
        from_xid = connection.execute(sa.select(programme.c.log_from_xid).where(mine)).scalar_one()
        return int(from_xid)
    connection.execute(programme.update().where(mine).values(log_from_xid=from_xid))
    connection.execute(mark.delete().where(of, mark.c.xid < from_xid))
    return int(from_xid)


def _drop_some(work: Work, from_xid: int, rows: int) -> int:
    """Drop the oldest rows, so many at most; returns 0 once none is left."""
    log = t.change_log
    place = sa.tuple_(log.c.xid, log.c.seq)
    old = [log.c.programme_id == work.programme_id, log.c.xid < from_xid]
    last = work.connection.execute(
        sa.select(log.c.xid, log.c.seq)
        .where(*old)
        .order_by(log.c.xid, log.c.seq)
        .limit(1)
        .offset(rows - 1)
    ).one_or_none()
    if last is not None:
        number = log.c.xid.type
        old.append(place <= sa.tuple_(*(sa.literal(value, number) for value in last)))
    work.connection.execute(log.delete().where(*old))
    return 0 if last is None else rows
