"""Epochs: what tells counters that this database is not the one they know, and to make sure anew.

A database that was restored from a backup has forgotten what came after it, and one that was moved
counts transactions from elsewhere. Under a new epoch every counter fetches its members anew, and
offers again whatever the server doesn't have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.domain.errors import Rejected
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql, reading, writing

_EPOCHS: Final = (
    sa.select(t.epoch)
    .where(t.epoch.c.programme_id == sa.bindparam("programme"))
    .order_by(t.epoch.c.started_ms.desc())
    .limit(1)
)
_NOW_XID: Final = sa.text("SELECT pg_current_xact_id()::text")
# A restore to a point in time and a standby that takes over begin another timeline; a dump is read
# into another database
_HOME: Final = sa.text(
    "SELECT CASE WHEN pg_is_in_recovery() THEN ''"
    " ELSE concat_ws(' ', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), oid)"
    " END FROM pg_control_system(), pg_database WHERE datname = current_database()"
)

_MOVED: Final = "moved"
"""The home of an SQLite file's last epoch once the programme has moved on from it."""


def current_epoch(connection: Connection, programme_id: UUID) -> UUID:
    """The epoch in force."""
    epoch_id = connection.execute(_EPOCHS, {"programme": programme_id}).one().epoch_id
    assert isinstance(epoch_id, UUID)
    return epoch_id


def begin(connection: Connection, programme_id: UUID, *, epoch_id: UUID, now_ms: int) -> None:
    """Begin a new epoch, whatever this machine's clock says.

    In another cluster transactions are numbered from elsewhere. No cursor outlives its epoch, so
    what the change log says of numbers still to come can go, all at once: it would be in the way
    of those who are given them.
    """
    last = connection.execute(_EPOCHS, {"programme": programme_id}).first()
    started_ms = now_ms if last is None else max(now_ms, last.started_ms + 1)
    connection.execute(
        t.epoch.insert().values(
            programme_id=programme_id,
            started_ms=started_ms,
            epoch_id=epoch_id,
            home=_home(connection),
        )
    )
    if is_postgresql(connection):
        now_xid = int(connection.execute(_NOW_XID).scalar_one())
        for table in (t.change_log, t.log_mark):
            mine = table.c.programme_id == programme_id
            connection.execute(table.delete().where(mine, table.c.xid >= now_xid))
        programme = t.programme
        mine = programme.c.programme_id == programme_id
        ahead = programme.c.log_from_xid >= now_xid
        connection.execute(programme.update().where(mine, ahead).values(log_from_xid=0))


def _begun_elsewhere(connection: Connection, programme_id: UUID) -> sa.Row[Any] | None:
    """The last epoch, if the database isn't the one in which it began, as far as it can tell."""
    last = connection.execute(_EPOCHS, {"programme": programme_id}).one()
    return None if _home(connection) in ("", last.home) else last


def begin_if_elsewhere(
    engine: Engine, programme_id: UUID, *, new_id: Callable[[], UUID], now_ms: int
) -> bool:
    """Begin a new epoch if the database says by itself that it was restored or moved.

    An SQLite file that was copied back says nothing, nor does a disk's snapshot with PostgreSQL
    on it: whoever restores those has to say so.
    """
    with reading(engine) as connection:
        if _begun_elsewhere(connection, programme_id) is None:
            return False
    with writing(engine) as connection:
        # One at a time: an operator may be saying the same
        held = sa.select(t.programme.c.programme_id).where(
            t.programme.c.programme_id == programme_id
        )
        connection.execute(held.with_for_update())
        last = _begun_elsewhere(connection, programme_id)
        if last is None:
            return False
        if not last.home:  # begun before homes were noted
            begun = (t.epoch.c.programme_id == programme_id) & (t.epoch.c.epoch_id == last.epoch_id)
            connection.execute(t.epoch.update().where(begun).values(home=_home(connection)))
            return False
        begin(connection, programme_id, epoch_id=new_id(), now_ms=now_ms)
        return True


def leave(connection: Connection) -> None:
    """Have an SQLite file say that its programmes have moved on from it."""
    for programme_id in connection.execute(sa.select(t.programme.c.programme_id)).scalars().all():
        newest = t.epoch.c.epoch_id == current_epoch(connection, programme_id)
        mine = t.epoch.c.programme_id == programme_id
        connection.execute(t.epoch.update().where(mine, newest).values(home=_MOVED))


def refuse_left(connection: Connection) -> None:
    """Raises Rejected('moved') for an SQLite file that its programme has moved on from."""
    for programme_id in connection.execute(sa.select(t.programme.c.programme_id)).scalars().all():
        if connection.execute(_EPOCHS, {"programme": programme_id}).one().home == _MOVED:
            raise Rejected(
                "moved",
                "This programme has moved from here to PostgreSQL, and goes on there: name that"
                " database in server.json or GUICHET_DATABASE_URL. To go on with this file all the"
                " same, without what happened since, say `guichet-server restored`",
            )


def _home(connection: Connection) -> str:
    """Which copy of the database this is; '' where that can't be told, or not yet."""
    return str(connection.execute(_HOME).scalar_one()) if is_postgresql(connection) else ""
