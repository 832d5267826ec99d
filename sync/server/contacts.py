"""When each device called last: noted in memory, written once a minute, whatever it asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from sync.server.devices import Device
from sync.server.failures import told
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql, writing

_EVERY_MS: Final = 60_000
_ROWS: Final = 5_000  # of one statement; databases bound its parameters

_log = structlog.get_logger("guichet.contacts")

_Noted = dict[tuple[UUID, UUID], int]


class Contacts:
    """What one process has heard of the devices since it wrote it down; for any thread.

    A process that ends loses the last minute, in which its devices have called another.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._noted: _Noted = {}
        self._written_ms: int | None = None

    def note(self, device: Device, now_ms: int) -> None:
        """A device is calling."""
        with self._lock:
            self._noted[device.programme_id, device.device_id] = now_ms
            if self._written_ms is None:
                self._written_ms = now_ms

    def write_due(self, now_ms: int) -> None:
        """Write what was noted if the last time is a minute ago; the caller has no transaction.

        Nobody's request fails for it: what can't be written now is written a minute later.
        """
        with self._lock:
            if self._written_ms is None or 0 <= now_ms - self._written_ms < _EVERY_MS:
                return
            noted, self._noted, self._written_ms = self._noted, {}, now_ms
        try:
            with writing(self._engine) as connection:
                write_contacts(connection, noted)
        except SQLAlchemyError as error:
            _log.warning("contacts_not_written", **told(error))
            with self._lock:
                self._noted = noted | self._noted


def write_contacts(connection: Connection, noted: _Noted) -> None:
    """Keep the latest contact of each device, whichever process heard it."""
    # in one order, so that processes don't wait for each other crosswise
    rows = [(*key, ms) for key, ms in sorted(noted.items())]
    for start in range(0, len(rows), _ROWS):
        connection.execute(_upsert(connection, rows[start : start + _ROWS]))


def _upsert(connection: Connection, rows: Sequence[tuple[UUID, UUID, int]]) -> sa.Insert:
    contact = t.contact
    named = [dict(zip(contact.columns.keys(), row, strict=True)) for row in rows]
    on_postgresql = is_postgresql(connection)
    statement = (postgresql.insert if on_postgresql else sqlite.insert)(contact).values(named)
    latest: Any = sa.func.greatest if on_postgresql else sa.func.max
    upsert: sa.Insert = statement.on_conflict_do_update(
        index_elements=[contact.c.programme_id, contact.c.device_id],
        set_={"last_ms": latest(contact.c.last_ms, statement.excluded.last_ms)},
    )
    return upsert
