"""What processes on one PostgreSQL tell each other: NOTIFY, heard over one connection a process.

An alarm is notified by the transaction that raises it and carries what a desk needs to ring, never
what people wrote: notifications lie in files of the database. 'changed' is gathered for a moment,
because NOTIFY makes commits queue. Whoever lost the connection looks up what rang meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.domain.records import Case
from sync.protocol.messages import NOTHING
from sync.server.audience import Audience, Changed
from sync.server.ending import on_thread
from sync.server.store import tables as t
from sync.server.store.binary import array
from sync.server.store.engine import connect_session, is_postgresql, reading, writing

_CHANNEL: Final = "guichet_feed"
_GATHER_S: Final = 0.1
_BEAT_S: Final = 5.0
_PATIENCE_S: Final = 5.0
_LONGEST_CASE: Final = 6_000
_NOBODY: Final = ""  # the worker that no process is
_AUDIENCES_A_NOTE: Final = 100  # 53 bytes each; a notification has at most 8,000

_log = structlog.get_logger("guichet.relay")


class Note(msgspec.Struct, omit_defaults=True):
    """One notification.

    Attributes:
        worker: the process that tells, which does not listen to itself.
        audiences: whose replicas have something to pull.
        office: where `case` rings.
        cases: offices whose desks are told of cases anew.
        wrong: who sent a wrong enrolment code, as a keyed digest.
    """

    worker: str
    programme: UUID | None = None
    audiences: list[Audience] = []
    office: UUID | None = None
    case: msgspec.Raw = NOTHING
    wrong: str = ""
    cases: list[UUID] = []


def ringing(case: bytes) -> msgspec.Raw:
    """What a desk needs to ring: the case without a word that anybody wrote."""
    told = replace(
        msgspec.json.decode(case, type=Case),
        comment="",
        member_name="",
        acknowledged_by="",
        closed_by="",
        outcome="",
        notes=(),
        steps=(),
        facts=(),
    )
    encoded = msgspec.json.encode(told)
    if len(encoded) > _LONGEST_CASE:  # nobody's button has a name that long
        short = replace(
            told, reasons=(), topic="", number="", counter_label=told.counter_label[:80]
        )
        encoded = msgspec.json.encode(short)
    return msgspec.Raw(encoded)


def notify(connection: Connection, notes: Sequence[Note]) -> None:
    """Notify when the transaction commits."""
    encoded = [msgspec.json.encode(note).decode() for note in notes]
    connection.exec_driver_sql(
        "SELECT count(pg_notify(%b, note)) FROM unnest(%b::text[]) AS u(note)",
        (_CHANNEL, array("TEXT", encoded)),
    )


def alarm_notes(worker: str, changed: Changed) -> list[Note]:
    """What a transaction's alarms are notified as."""
    return [
        Note(worker, changed.programme_id, case=ringing(case), office=office_id)
        for office_id, case in changed.alarms
    ]


def _change_notes(
    worker: str, programme_id: UUID, audiences: Iterable[Audience], cases: Iterable[UUID]
) -> list[Note]:
    listed, offices = list(audiences), list(cases)
    notes = [
        Note(worker, programme_id, listed[start : start + _AUDIENCES_A_NOTE])
        for start in range(0, len(listed), _AUDIENCES_A_NOTE)
    ]
    return notes + [
        Note(worker, programme_id, cases=offices[start : start + _AUDIENCES_A_NOTE])
        for start in range(0, len(offices), _AUDIENCES_A_NOTE)
    ]


def announce(changed: Changed, connection: Connection) -> None:
    """Notify every process of all that a transaction means, when it commits; on PostgreSQL.

    For a command of the operator's, which nobody listens to: servers gather what changed (`Relay`).
    """
    if is_postgresql(connection):
        changes = _change_notes(_NOBODY, changed.programme_id, changed.audiences, changed.cases)
        notify(connection, alarm_notes(_NOBODY, changed) + changes)


def missed_alarms(
    engine: Engine, programme_id: UUID, offices: Iterable[UUID], since: int
) -> list[tuple[UUID, msgspec.Raw]]:
    """Cases of these offices that changed from the transaction `since` on and nobody has taken."""
    log, case, record = t.change_log, t.service_case, t.record
    with reading(engine) as connection:
        changed = (
            sa.select(log.c.ref)
            .where(
                log.c.programme_id == programme_id,
                log.c.xid >= since,
                log.c.kind == Case.KIND,
                log.c.office_id.in_(list(offices)),
            )
            .distinct()
        )
        ids = [UUID(ref) for ref in connection.execute(changed).scalars()]
        waiting = sa.select(case.c.case_id).where(
            case.c.programme_id == programme_id,
            case.c.case_id.in_(ids),
            case.c.state == "new",
            case.c.origin == "rating",
        )
        open_ids = [str(case_id) for case_id in connection.execute(waiting).scalars()]
        found = connection.execute(
            sa.select(record.c.office_id, record.c.body).where(
                record.c.programme_id == programme_id,
                record.c.kind == Case.KIND,
                record.c.id.in_(open_ids),
            )
        )
        return [(row.office_id, ringing(bytes(row.body))) for row in found]


class Relay:
    """Tells other processes, and hears them; on the event loop."""

    def __init__(
        self,
        engine: Engine,
        hear: Callable[[Note], None],
        missed: Callable[[int | None], Awaitable[None]],
    ) -> None:
        """Make it; `listen` and `tell` are run as tasks.

        Args:
            engine: on PostgreSQL.
            hear: takes what another process notified.
            missed: called when hearing begins or begins again. Everything notified by a transaction
                below its argument has been heard; None when nothing was heard before.
        """
        self._engine = engine
        self._hear = hear
        self._missed = missed
        self.heard_below: int | None = None
        self._changed: dict[UUID, set[Audience]] = {}
        self._cases: dict[UUID, set[UUID]] = {}
        self._wrong: deque[str] = deque(maxlen=1_000)
        self._wake = asyncio.Event()
        self.worker = secrets.token_hex(8)
        self.is_up = False

    def changed(
        self, programme_id: UUID, audiences: Iterable[Audience], cases: Iterable[UUID] = ()
    ) -> None:
        """Tell the others soon that there is something to pull, and of which offices' cases."""
        self._changed.setdefault(programme_id, set()).update(audiences)
        self._cases.setdefault(programme_id, set()).update(cases)
        self._wake.set()

    def wrong_code(self, caller: str) -> None:
        self._wrong.append(caller)
        self._wake.set()

    async def tell(self) -> None:
        """Notify what was gathered, for ever."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(_GATHER_S)
            self._wake.clear()
            changed, self._changed = self._changed, {}
            cases, self._cases = self._cases, {}
            wrong = [self._wrong.popleft() for _ in range(len(self._wrong))]
            notes = [Note(self.worker, wrong=caller) for caller in wrong]
            for programme_id, audiences in changed.items():
                notes += _change_notes(
                    self.worker, programme_id, audiences, cases.get(programme_id, ())
                )
            try:
                await on_thread(self._notify, notes)
            except SQLAlchemyError as error:
                _log.warning("relay_lost_database", error=type(error).__name__)
                for programme_id, audiences in changed.items():
                    self.changed(programme_id, audiences, cases.get(programme_id, ()))
                self._wrong.extend(wrong)
                await asyncio.sleep(1)

    def _notify(self, notes: Sequence[Note]) -> None:
        with writing(self._engine) as connection:
            notify(connection, notes)

    async def listen(self) -> None:
        """Hear the others, for ever; a lost connection is made anew."""
        while True:
            try:
                async with await connect_session(self._engine) as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    # Heard from here on; what was notified before is looked up
                    await self._missed(self.heard_below)
                    self.is_up = True
                    await self._listen_to(connection)
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                _log.warning("relay_lost_database", error=type(error).__name__)
            finally:
                self.is_up = False
            await asyncio.sleep(random.uniform(0.2, 1.0))

    async def _listen_to(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Hear, and ask now and then whether anybody is there.

        A transaction that had ended two askings ago has been heard: its notification came before
        the answer to the last.
        """
        askings: deque[int] = deque(maxlen=3)
        while True:
            async with asyncio.timeout(_PATIENCE_S):
                askings.append(await _horizon(connection))
            if len(askings) == askings.maxlen:
                self.heard_below = askings[0]
            async for notice in connection.notifies(timeout=_BEAT_S):
                self._take(notice.payload)

    def _take(self, payload: str) -> None:
        try:
            note = msgspec.json.decode(payload, type=Note)
        except msgspec.DecodeError:  # a newer server's; what it means is found by pulling
            _log.warning("relay_note_unread")
            return
        if note.worker != self.worker:
            self._hear(note)


async def _horizon(connection: psycopg.AsyncConnection[Any]) -> int:
    found = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    row = await found.fetchone()
    assert row is not None
    return int(row[0])
