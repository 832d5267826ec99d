"""In which order the server decided, what each time, and which leases it wrote off in between.

Kept by triggers beside its tables.

A transaction that is rolled back takes its lines along, and so does a database that is set back to
its backup.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast
from uuid import UUID

from sqlalchemy.engine import Connection

How = Literal["came", "again", "ahead"]

_LINE: Final = "INSERT INTO docket (event_id, device_id, how, decision, code) VALUES"
_STATEMENTS: Final = (
    "CREATE TABLE docket (place INTEGER PRIMARY KEY, event_id TEXT, device_id TEXT, how TEXT,"
    " decision TEXT, code TEXT)",
    "CREATE INDEX docket_event ON docket (event_id)",
    "CREATE TRIGGER docket_came AFTER INSERT ON entry BEGIN"
    f" {_LINE} (new.event_id, new.device_id, 'came', new.decision, new.code); END",
    # Entries are stored as if no rule would refuse them, and corrected at once
    "CREATE TRIGGER docket_corrected AFTER UPDATE OF decision, code ON entry"
    " WHEN old.decision <> 'exception' BEGIN"
    " UPDATE docket SET decision = new.decision, code = new.code WHERE place ="
    " (SELECT max(place) FROM docket WHERE event_id = new.event_id AND how <> 'ahead'); END",
    "CREATE TRIGGER docket_again AFTER UPDATE OF decision, code ON entry"
    " WHEN old.decision = 'exception' BEGIN"
    f" {_LINE} (new.event_id, new.device_id, 'again', new.decision, new.code); END",
    *(
        f"CREATE TRIGGER docket_{event.lower()} AFTER {event} ON urgent_copy BEGIN"
        f" {_LINE} (new.event_id, new.device_id, 'ahead', new.decision, new.code); END"
        for event in ("INSERT", "UPDATE")
    ),
    "CREATE TABLE given_up (lease_id TEXT, device_id TEXT, held INTEGER, place INTEGER)",
    *(
        f"CREATE TRIGGER given_up_{table} AFTER UPDATE OF state ON {table}"
        " WHEN new.state = 'written_off' AND old.state <> 'written_off' BEGIN"
        f" INSERT INTO given_up VALUES (new.{table}_id, new.device_id, old.remaining,"
        " (SELECT coalesce(max(place), 0) FROM docket)); END"
        for table in ("lease", "stock_lease")
    ),
)


@dataclass(frozen=True)
class Line:
    """One decision.

    Attributes:
        how: 'came' in its chain, decided 'again' as it or what it speaks of was found, or 'ahead'
            of its chain as an urgent copy.
        code: why it was refused, '' where it wasn't.
    """

    event_id: UUID
    device_id: UUID
    how: How
    decision: str
    code: str


@dataclass(frozen=True)
class WriteOff:
    """What was left under a lease, of whom, and how many decisions had been made by then."""

    points: int
    place: int
    device_id: UUID


@lru_cache(maxsize=32_768)
def id_of(text: str) -> UUID:
    """An id as tables and journals have it; a run reads each of them some dozens of times."""
    return UUID(text)


def keep_docket(connection: Connection) -> None:
    """Begin to write down, in a migrated database."""
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement)


def read_docket(connection: Connection) -> list[Line]:
    """All decisions, in order; what comes again after it was decided in a chain has no line.

    Nothing follows from such a duplicate.
    """
    return [line for _, line in _deciding(connection)]


def read_given_up(connection: Connection) -> dict[UUID, WriteOff]:
    """Leases of points and of units that were written off with something left under them."""
    rows = connection.exec_driver_sql("SELECT * FROM given_up").all()
    numbers = [number for number, _ in _deciding(connection)] if rows else []
    return {
        UUID(lease_id): WriteOff(held, bisect_right(numbers, place), UUID(device_id))
        for lease_id, device_id, held, place in rows
    }


def _deciding(connection: Connection) -> Iterator[tuple[int, Line]]:
    chained: set[UUID] = set()
    rows = connection.exec_driver_sql("SELECT * FROM docket ORDER BY place")
    for number, event_id, device_id, how, decision, code in rows:
        line = Line(id_of(event_id), id_of(device_id), cast("How", how), decision, code)
        if how == "came":
            if line.event_id in chained:
                continue
            chained.add(line.event_id)
        yield number, line
