"""The time without the server, counted in work.db; see `app.domain.shutting_out.Absence`."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.shutting_out import Absence, longest_absence_ms
from app.ports.clock import Clock
from app.store.tables import absence, journal, seat, state

_rowid: Final[ColumnElement[Any]] = literal_column("journal.rowid")
_KNOWN: Final = select(
    absence.c.absent_ms,
    absence.c.limit_ms,
    absence.c.wall_ms,
    absence.c.boot_id,
    absence.c.boot_ms,
    absence.c.journal_row,
)
# Entries are added in the order of their rows, so only those not looked at before are read
_NEWER: Final = (
    select(func.coalesce(func.max(journal.c.wall_ms), 0), func.max(_rowid))
    .select_from(journal)
    .where(_rowid > bindparam("after"))
)
_LAST_ROW: Final = select(func.coalesce(func.max(_rowid), 0)).select_from(journal)
_insert = upsert(absence)
_KEEP: Final = _insert.on_conflict_do_update(
    index_elements=["id"],
    set_={c.name: _insert.excluded[c.name] for c in absence.columns if c.name != "id"},
)


def begin_anew(connection: Connection, clock: Clock, limit_ms: int | None) -> None:
    """The server has just answered.

    Args:
        connection: in a writing transaction.
        clock: the PC's.
        limit_ms: allowed from now on; None leaves what was allowed.
    """
    if limit_ms is None:
        known = connection.execute(_KNOWN).one_or_none()
        limit_ms = longest_absence_ms(None) if known is None else int(known.limit_ms)
    boot_id, boot_ms = clock.boot()
    row = connection.execute(_LAST_ROW).scalar_one()
    _keep(connection, Absence(0, limit_ms, clock.now_ms(), boot_id, boot_ms), row)


def count_on(connection: Connection, clock: Clock) -> Absence | None:
    """The absence up to now, which is kept; None before enrolment."""
    if connection.execute(select(seat.c.id)).one_or_none() is None:
        return None
    known = connection.execute(_KNOWN).one_or_none()
    if known is None:  # enrolled just now, or by a version that didn't count: from its last contact
        contact_ms = connection.execute(select(state.c.last_contact_ms)).scalar_one()
        wall_ms = clock.now_ms() if contact_ms is None else contact_ms
        before, row = Absence(0, longest_absence_ms(None), wall_ms, "", 0), 0
    else:
        *values, row = known
        before = Absence(*values)
    latest_ms, last_row = connection.execute(_NEWER, {"after": row}).one()
    now = before.later(wall_ms=clock.now_ms(), journal_ms=latest_ms, boot=clock.boot())
    _keep(connection, now, row if last_row is None else last_row)
    return now


def _keep(connection: Connection, now: Absence, journal_row: int) -> None:
    connection.execute(
        _KEEP,
        {
            "id": 1,
            "absent_ms": now.absent_ms,
            "limit_ms": now.limit_ms,
            "wall_ms": now.wall_ms,
            "boot_id": now.boot_id,
            "boot_ms": now.boot_ms,
            "journal_row": journal_row,
        },
    )
