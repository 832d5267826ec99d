"""Who is signed in on a phone: one person, for one office, for a while.

The cookie is the server's MAC over the session's id. All that can end a session stands in the
database, so whichever process is asked knows: time, a sign-out, another PIN, another role.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.phone import IDLE_MS, LONGEST_MS, manages
from app.domain.sign_in import FREE_TRIES, remaining_wait_s
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows, insert_rows
from sync.server.work import Work

KEPT_MS: Final = 180 * 86_400_000
"""How long it stays written down who was signed in: as long as who looked members up."""

_TRIES_KEPT_MS: Final = 86_400_000
_CHUNK_ROWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Session:
    """A session that hasn't ended.

    Attributes:
        anywhere: whether the person may choose any office.
    """

    programme_id: UUID
    session_id: UUID
    staff_id: UUID
    staff_name: str
    anywhere: bool
    office_id: UUID
    office_code: str
    office_name: str
    time_zone: str
    started_ms: int
    seen_ms: int


def pin_mark(verifier: str) -> bytes:
    """What a session keeps of the PIN that it began with."""
    return hashlib.sha256(b"guichet phone pin\0" + verifier.encode()).digest()


# --- signing in


def person_by_number(connection: Connection, number: str) -> Any:
    """Whoever the number means; None for nobody, and for one that two programmes know."""
    if not (number.isascii() and number.isprintable()):
        return None
    found = connection.execute(sa.select(t.staff).where(t.staff.c.number == number)).all()
    return found[0] if len(found) == 1 else None


def count_try(connection: Connection, programme_id: UUID, number_key: bytes, now_ms: int) -> int:
    """Count a try before it is judged, so that many at once are as many as one by one.

    Returns:
        How many more may follow at once if it is wrong.

    Raises:
        ProblemError: busy, after too many wrong ones; then this one doesn't count.
    """
    place = {"programme_id": programme_id, "number_key": number_key}
    insert_rows(
        connection,
        t.phone_try,
        [*place, "tries", "last_ms"],
        [(*place.values(), 1, now_ms)],
        add=("tries",),
    )
    (row,) = find_rows(
        connection, t.phone_try, "number_key", [number_key], programme_id=programme_id
    )
    wait_s = remaining_wait_s(row.tries - 1, row.last_ms, now_ms)
    if wait_s > 0:
        raise ProblemError("busy", "Too many wrong tries", status=429, wait_s=wait_s)
    connection.execute(_this_try(programme_id, number_key, sa.update).values(last_ms=now_ms))
    return max(0, FREE_TRIES + 1 - int(row.tries))


def forget_tries(connection: Connection, programme_id: UUID, number_key: bytes) -> None:
    """The PIN was right."""
    connection.execute(_this_try(programme_id, number_key, sa.delete))


def _this_try(programme_id: UUID, number_key: bytes, statement: Any) -> Any:
    own = t.phone_try.c
    return statement(t.phone_try).where(
        own.programme_id == programme_id, own.number_key == number_key
    )


def begin(
    connection: Connection, person: Any, *, session_id: UUID, office_id: UUID, now_ms: int
) -> None:
    """Open a session of a person, a row of `staff`, whose PIN was right."""
    connection.execute(
        sa.insert(t.phone_session).values(
            programme_id=person.programme_id,
            session_id=session_id,
            staff_id=person.staff_id,
            office_id=office_id,
            pin_mark=pin_mark(person.pin_verifier),
            started_ms=now_ms,
            seen_ms=now_ms,
            ended_ms=None,
        )
    )


# --- being signed in


def _same(left: sa.Table, right: sa.Table, name: str) -> sa.ColumnElement[bool]:
    here = left.c.programme_id == right.c.programme_id
    return here & (left.c[name] == right.c[name])


_FIND: Final = (
    sa.select(
        t.phone_session,
        t.staff.c.name.label("staff_name"),
        t.staff.c.roles,
        t.staff.c.office_id.label("home"),
        t.staff.c.pin_verifier,
        t.staff.c.active,
        t.office.c.code,
        t.office.c.name.label("office_name"),
        t.office.c.time_zone,
    )
    .join_from(t.phone_session, t.staff, _same(t.phone_session, t.staff, "staff_id"))
    .join(t.office, _same(t.phone_session, t.office, "office_id"))
    .where(
        t.phone_session.c.programme_id == sa.bindparam("programme"),
        t.phone_session.c.session_id == sa.bindparam("session"),
    )
)


def find_session(
    connection: Connection, programme_id: UUID, session_id: UUID, now_ms: int
) -> Session:
    """Raises ProblemError('unauthenticated') unless the session goes on."""
    of = {"programme": programme_id, "session": session_id}
    row = connection.execute(_FIND, of).one_or_none()
    if row is None or _is_over(row, now_ms):
        raise ProblemError("unauthenticated", "Sign in again")
    return Session(
        programme_id,
        session_id,
        row.staff_id,
        row.staff_name,
        "administrator" in row.roles.split(","),
        row.office_id,
        row.code,
        row.office_name,
        row.time_zone,
        row.started_ms,
        row.seen_ms,
    )


def _is_over(row: Any, now_ms: int) -> bool:
    return (
        row.ended_ms is not None
        or now_ms - row.seen_ms >= IDLE_MS
        or now_ms - row.started_ms >= LONGEST_MS
        or not row.active
        or not manages(row.roles.split(","), row.home, row.office_id)
        or row.pin_mark != pin_mark(row.pin_verifier)
    )


def note(connection: Connection, session: Session, **values: Any) -> None:
    """Write values into a session's row."""
    own = t.phone_session.c
    connection.execute(
        sa.update(t.phone_session)
        .where(own.programme_id == session.programme_id, own.session_id == session.session_id)
        .values(values)
    )


def offices_of(connection: Connection, session: Session) -> Sequence[Any]:
    """The offices among which the person may choose, by code."""
    office = t.office
    chosen = sa.select(office).where(office.c.programme_id == session.programme_id)
    if not session.anywhere:
        chosen = chosen.where(office.c.office_id == session.office_id)
    return connection.execute(chosen.order_by(office.c.code)).all()


# --- keeping no more than is of use


def forget_chunk(work: Work) -> int:
    """Delete old sessions, and tries of a day ago; returns how many rows."""
    return sum(
        _forget(work, table, column, key, work.now_ms - kept_ms)
        for table, column, key, kept_ms in (
            (t.phone_session, "started_ms", "session_id", KEPT_MS),
            (t.phone_try, "last_ms", "number_key", _TRIES_KEPT_MS),
        )
    )


def _forget(work: Work, table: sa.Table, column: str, key: str, before_ms: int) -> int:
    mine = table.c.programme_id == work.programme_id
    old = list(
        work.connection.execute(
            sa.select(table.c[key]).where(mine, table.c[column] <= before_ms).limit(_CHUNK_ROWS)
        ).scalars()
    )
    if old:
        work.connection.execute(sa.delete(table).where(mine, table.c[key].in_(old)))
    return len(old)
