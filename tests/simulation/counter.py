"""One counter: the real services on a real disk, the real engine, and crashes that hit them."""

from __future__ import annotations

import json
import os
import random
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

import sqlalchemy as sa
import sqlcipher3.dbapi2 as sqlcipher

from app.credentials.device_key import DeviceKey
from app.credentials.identity import VaultIdentity
from app.credentials.shutter import BLIND_NAME, SEALED_NAME, FolderShutter
from app.domain.errors import Unavailable
from app.services import encounters, enrolment
from app.services.commands import Enrol
from app.services.context import Context
from app.services.redemptions import Redemptions
from app.services.views import Seat as SeatView
from app.store.cipher import connect
from app.store.mending import mend
from app.store.seat import WORK_NAME, Seat, open_seat
from sync.client.engine import Engine
from sync.client.exchange import Fault, Idle, Request, Response, Send
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.urgent import UrgentLane
from tests.simulation.clock import Ids, SeatClock, World
from tests.simulation.disk import (
    Disk,
    Image,
    WrittenThrough,
    damage_pages,
    put_image,
    take_image,
)
from tests.simulation.network import Network
from tests.simulation.sealed import unseal
from tests.simulation.statements import Statements

T = TypeVar("T")

CRASHES: Final = {
    "crash_before_writing": 0.0012,
    "crash_while_writing": 0.0040,
    "crash_after_commit": 0.0025,
    "power_cut": 0.0030,
}
"""How often a writer's task ends so while the storm lasts."""
CRASH_WHILE_SENDING: Final = 0.008
_DEEPEST: Final = 12  # statements of a transaction
_STATEMENTS: Final = Statements()


class Crashed(BaseException):
    """The counter's process was killed, wherever it was."""


class MemoryVault:
    """Secrets of a PC; they outlive a crash."""

    strength: Literal["system", "file"] = "file"

    def __init__(self, secrets: dict[str, bytes] | None = None) -> None:
        self.secrets: dict[str, bytes] = dict(secrets or {})

    def get(self, name: str) -> bytes | None:
        return self.secrets.get(name)

    def put(self, name: str, secret: bytes) -> None:
        self.secrets[name] = secret

    def delete(self, name: str) -> None:
        self.secrets.pop(name, None)


class InlineExecutor(Executor):
    """Runs a call where it is asked for, so that a run repeats."""

    def submit(self, call: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(call(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 # raised again where the result is asked for
            done.set_exception(error)
        return done


class _Watched:
    """A connection to a members file: each statement may be the last, each commit is noted."""

    def __init__(self, connection: Any, pc: CounterPc, name: str) -> None:
        self._connection = connection
        self._pc = pc
        self._name = name

    def execute(self, statement: str, *parameters: Any) -> Any:
        self._pc.about_to_write()
        found = self._connection.execute(statement, *parameters)
        if statement == "COMMIT" or statement.startswith("PRAGMA wal_checkpoint"):
            self._pc.written_through.committed(self._name, self._connection)
        return found

    def executemany(self, *arguments: Any) -> Any:
        self._pc.about_to_write()
        return self._connection.executemany(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class CounterPc:
    """A PC with Guichet on it, switched on.

    Attributes:
        lost: entries that went with a disk that was set back, by event id.
        branched: its disk was set back or cloned, so that its journal has two ends somewhere.
        shut_out: by the server, or by itself after too long without it.
        before_damage: the folder as it was before its disk lost pages, if it did.
        has_found_copy: it was found, and taken in by the server.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        world: World,
        network: Network,
        source: random.Random,
        fired: Counter[str],
        *,
        disk: Disk | None = None,
        without: frozenset[str] = frozenset(),
        recovery_key: bytes,
    ) -> None:
        self.name = name
        self._without = without
        self._recovery_key = recovery_key
        self.network = network
        self.lost: dict[UUID, bytes] = {}
        self.branched = False
        self.shut_out = False
        self.before_damage: Image | None = None
        self.has_found_copy = False
        self._bodies_before: dict[tuple[int, int], bytes] = {}
        self._pruned: set[tuple[int, int]] = set()
        self.folder = folder
        self._blind_note = str(folder / BLIND_NAME)
        self._source = source
        self._fired = fired
        self._vault: MemoryVault = MemoryVault(disk[1] if disk else None)
        self._copy: Disk | None = None
        self._crash_source = random.Random(source.random())
        self._ids = Ids(world, random.Random(source.random()))
        self.clock = SeatClock(world, off_ms=source.choice((0, 0, -40_000, 86_400_000)))
        self._world = world
        self.written_through = WrittenThrough(folder)
        self.crashes = False
        self._dead = False
        self._power_is_off = False
        self._statements_left = 0  # until the process is killed; 0: it isn't
        if disk is not None:
            folder.mkdir()
            put_image(folder, disk[0])
        self.switch_on()
        self.crashes = True

    # --- power -----------------------------------------------------------------------------------

    def switch_on(self) -> None:
        """Open the disk as it is and start the program, as after a power cut."""
        self._dead = self._power_is_off = False
        self._statements_left = 0
        self.due = {}
        if self.is_blind:
            return
        self.written_through.begin()
        vault = self._vault
        shutter = FolderShutter(self.folder, vault)
        shutter.check()
        self.seat: Seat = self._open()
        document = self.seat.document()
        if document is not None:
            shutter.keep_sealed_key(document)
        self._endanger(self.seat)
        self.tokens = TokenCache()
        self.online = HttpOnlineDesk(
            self.seat.sync,
            lambda _: _Line(self),
            self.clock,
            tokens=self.tokens,
            version="simulated",
            pool=InlineExecutor(),
        )
        self._identity = VaultIdentity(vault, document=self.seat.document, enrol=self._enrolled)
        self.context = Context(
            store=self.seat.work,
            members=self.seat.members,
            clock=self.clock,
            online=self.online,
            check_pin=lambda verifier, pin: verifier == pin,
            sign=self.seat.sync.sign,
            seat=lambda: _seat_view(self.seat),
        )
        self.redemptions = Redemptions(self.context, self._ids)
        source = random.Random(self._source.random())
        self.engine = Engine(self.seat.sync, self.clock, tokens=self.tokens, source=source)
        self.urgent = UrgentLane(self.seat.sync, tokens=self.tokens, source=source)
        self.due = {"engine": self._world.s, "urgent": self._world.s}
        self._had_token = False
        if document is not None:
            encounters.recover(self.context)

    def pull_the_plug(self, *, set_back: bool = False, loses_pages: bool = False) -> None:
        """Forget all that was in memory and leave the disk as the moment found it.

        `set_back`: on a disk that was replaced by its older copy. `loses_pages`: some of the
        journal's can't be read any more.
        """
        image = take_image(self.folder)
        if self._power_is_off:
            image = self.written_through.after_power_cut(image, self._crash_source)
        before = self.entries() if set_back else {}
        self._let_go()
        if self.is_blind:
            self.clock.reboot()
            put_image(self.folder, image)
            return
        if set_back and self._copy is not None:
            image, secrets = self._copy
            self._vault.secrets = dict(secrets)
        put_image(self.folder, image)
        if set_back:
            self._note_lost(before)
        if loses_pages:
            self._lose_pages()
        self.clock.reboot()

    def _lose_pages(self) -> None:
        """Damage pages until only the journal's are, and the chain's hashes are still known.

        What goes beyond that is shown by tests/store/test_mending.py.
        """
        path, key = self.folder / WORK_NAME, self._vault.secrets["work_key"]
        with closing(connect(path, key)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            bodies = connection.execute(
                "SELECT incarnation, seq, body FROM journal WHERE body <> X''"
            ).fetchall()
        whole = path.read_bytes()
        trial = path.with_name("trial")
        for _ in range(50):
            damaged = damage_pages(whole, self._crash_source)
            trial.write_bytes(damaged)
            if _loses_bodies_alone(trial, key):
                break
        else:
            return
        for left in self.folder.glob("trial*"):
            left.unlink()
        self.before_damage = {
            WORK_NAME: whole,
            SEALED_NAME: (self.folder / SEALED_NAME).read_bytes(),
        }
        self._bodies_before.update({(row[0], row[1]): bytes(row[2]) for row in bodies})
        path.write_bytes(damaged)
        self._fired["pages_lost"] += 1

    def _let_go(self) -> None:
        self._dead, self._statements_left = False, 0
        self.crashes, crashes = False, self.crashes
        self.engine.close()
        self.seat.close()
        self.crashes = crashes

    def close(self) -> None:
        self._let_go()

    def keep_copy(self) -> None:
        """A backup program copies the folder, and the vault with it."""
        self._copy = self.disk()

    def disk(self) -> Disk:
        """What is on the PC, as it is."""
        return take_image(self.folder), dict(self._vault.secrets)

    @property
    def has_copy(self) -> bool:
        return self._copy is not None

    def _note_lost(self, before: dict[UUID, bytes]) -> None:
        """Look at the older copy once, with nobody else at it."""
        crashes, self.crashes = self.crashes, False
        self.seat = self._open()
        after = self.entries()
        self.lost.update({i: body for i, body in before.items() if i not in after})
        self.branched = self.branched or bool(before.keys() - after.keys())
        self.seat.close()
        self.crashes = crashes

    def _open(self) -> Seat:
        seat = open_seat(
            self.folder,
            self._vault,
            self.clock,
            self._ids,
            sign=DeviceKey(self._vault).sign,
            shutter=FolderShutter(self.folder, self._vault),
        )
        _STATEMENTS.share(seat._database._write_engine, seat._database._read_engine)
        return seat

    @property
    def is_blind(self) -> bool:
        """It has been shut out, knows it, and has thrown its keys away."""
        return os.path.exists(self._blind_note)  # asked at each step: pathlib is slow

    @property
    def holds_keys(self) -> bool:
        return any(self._vault.get(name) for name in ("work_key", "members_key"))

    def _endanger(self, seat: Seat) -> None:
        """Let the process die at any point of any transaction, of the user's or of sync's."""
        database = seat._database
        for name in ("run", "run_sync"):
            setattr(database.writer, name, self._dangerous)
        prune = seat.sync.prune
        seat.sync.prune = lambda: self._prune(prune)  # type: ignore[method-assign]
        connect = seat.sync.connect_members
        seat.sync.connect_members = lambda path: _Watched(connect(path), self, path.name)  # type: ignore[method-assign]

    def _prune(self, prune: Callable[[], bool]) -> bool:
        """Remember what the program lets go of."""
        before = self._readable()
        try:
            return prune()
        finally:
            gone = before.keys() - self._readable().keys()
            self._bodies_before.update({place: before[place] for place in gone})
            self._pruned |= gone
            self._fired["pruned"] += len(gone) > 0

    def _readable(self) -> dict[tuple[int, int], bytes]:
        rows = self.rows("SELECT incarnation, seq, body FROM journal WHERE body <> X''")
        return {(row[0], row[1]): bytes(row[2]) for row in rows}

    def remember(self, other: CounterPc) -> None:
        """What another PC, whose disk this one has a copy of, has let go of."""
        self._bodies_before.update(other._bodies_before)
        self._pruned |= other._pruned

    def about_to_write(self, *_: object) -> None:
        """A statement is about to run; it may never."""
        if self._statements_left:
            self._statements_left -= 1
            if not self._statements_left:
                self._die("crash_while_writing")

    def _die(self, kind: str) -> None:
        self._dead = True
        self._statements_left = 0
        self._fired[kind] += 1
        raise Crashed

    def _dangerous(self, work: Callable[[], T]) -> T:
        """A writer's task, at once: there is one thread, and nobody to hand it to."""
        if self._dead:
            raise Crashed
        fate = self._fate() if self.crashes else ""
        if fate == "crash_before_writing":
            self._die(fate)
        result = self._break_off(work) if fate == "crash_while_writing" else work()
        if fate == "power_cut":
            # While the commit was on its way to the disk: nobody has heard that it is done
            self._power_is_off = True
            self._die(fate)
        connection = self.seat._database._connection
        if connection is not None:
            self.written_through.committed("work.db", connection.connection.driver_connection)
        if fate == "crash_after_commit":
            self._die(fate)
        return result

    def _break_off(self, work: Callable[[], T]) -> T:
        """Run a task until one of its statements, if it has so many."""
        self._statements_left = self._crash_source.randint(1, _DEEPEST)
        connection = self.seat._database._connection
        if connection is not None:
            sa.event.listen(connection, "before_cursor_execute", self.about_to_write)
        try:
            return work()
        finally:
            self._statements_left = 0
            if connection is not None:
                sa.event.remove(connection, "before_cursor_execute", self.about_to_write)

    def _fate(self) -> str:
        throw = self._crash_source.random()
        for kind, share in CRASHES.items():
            throw -= share
            if throw < 0:
                return "" if kind in self._without else kind
        return ""

    # --- work ------------------------------------------------------------------------------------

    def _enrolled(self, server_url: str, document: dict[str, object]) -> None:
        self.seat.enrol(server_url, document)
        FolderShutter(self.folder, self._vault).keep_sealed_key(document)

    def enrol(self, code: str) -> None:
        enrolment.enrol(self._identity, self.online, Enrol("http://simulated", code))

    def wake(self) -> None:
        """What SyncRunner.wake does: both machines look at the journal now."""
        self.engine.note_entries()
        self.urgent.note_entries()
        self.due = dict.fromkeys(self.due, self._world.s)

    def poll(self, name: str) -> None:
        """Let one of the machines do one thing."""
        if self.is_blind:
            self.due = {}
            return
        machine = self.engine if name == "engine" else self.urgent
        action = machine.poll(self._world.s)
        if isinstance(action, Idle):
            self.due[name] = max(action.until_s, self._world.s + 0.001)
            return
        assert isinstance(action, Send)
        try:
            response = self.send(action.request)
        except Fault as fault:
            self._do_meanwhile(action)
            machine.failed(action.request, fault, self._world.s)
        else:
            self._do_meanwhile(action)
            machine.received(action.request, response, self._world.s)
            if name == "engine":
                self.urgent.link_is_back()
                self.due["urgent"] = self._world.s

    def _do_meanwhile(self, action: Send) -> None:
        """What a machine does while an answer, or none, is on its way; at times it is sooner."""
        if action.meanwhile is not None and self._crash_source.random() < 0.8:
            action.meanwhile()

    def send(self, request: Request, *, limit_s: float | None = None) -> Response:
        """Into the network; the process may be gone when the answer comes."""
        response = self.network.send(self.name, request, limit_s=limit_s)
        if request.path == "/v1/token" and response.status == 200:
            self._fired["token_renewed"] += self._had_token
            self._had_token = True
        dies = self.crashes and self._crash_source.random() < CRASH_WHILE_SENDING
        if dies and "crash_while_sending" not in self._without:
            self._die("crash_while_sending")
        return response

    # --- what is on the disk ---------------------------------------------------------------------

    def rows(self, statement: str, *values: object) -> list[Any]:
        """What work.db holds; of a blind PC as the programme's recovery key lets it be read."""
        if self.is_blind:
            sealed = json.loads((self.folder / SEALED_NAME).read_bytes())["sealed"]
            key = unseal(self._recovery_key, b64decode(sealed))
            connection = connect(self.folder / WORK_NAME, key, read_only=True)
            try:
                return list(connection.execute(statement, values).fetchall())
            finally:
                connection.close()
        crashes, self.crashes = self.crashes, False
        try:  # what is damaged is mended as the program would
            return self.seat._database.read(
                lambda connection: list(connection.exec_driver_sql(statement, values))
            )
        finally:
            self.crashes = crashes

    @cached_property
    def device_id(self) -> UUID:
        ((found,),) = self.rows("SELECT device_id FROM seat")
        return UUID(bytes=bytes(found))

    def journal(self) -> list[tuple[int, int, bytes]]:
        """(incarnation, seq, body) of every entry that is or was on the disk."""
        rows = self.rows("SELECT incarnation, seq, body FROM journal ORDER BY incarnation, seq")
        return [(of, seq, self._body(of, seq, body)) for of, seq, body in rows]

    def entries(self) -> dict[UUID, bytes]:
        """Each entry's body by its event id, as it was committed."""
        rows = self.rows(
            "SELECT event_id, incarnation, seq, body FROM journal ORDER BY incarnation, seq"
        )
        return {UUID(bytes=bytes(event)): self._body(*place) for event, *place in rows}

    def unread(self) -> set[UUID]:
        """The entries whose bodies the disk lost."""
        rows = self.rows("SELECT event_id, incarnation, seq FROM journal WHERE body = X''")
        return {UUID(bytes=bytes(row[0])) for row in rows if tuple(row[1:]) not in self._pruned}

    def _body(self, incarnation: int, seq: int, body: bytes) -> bytes:
        return bytes(body) or self._bodies_before[incarnation, seq]

    def count_entries(self) -> int:
        return int(self.rows("SELECT count(*) FROM journal")[0][0])

    def unsent(self) -> int:
        found = self.rows(
            "SELECT last_seq - confirmed_seq FROM chain"
            " WHERE incarnation = (SELECT incarnation FROM seat)"
        )
        return int(found[0][0]) if found else 0

    def leases_left(self) -> dict[UUID, int]:
        """What the counter thinks is left of each lease that it holds."""
        found = self.rows(
            "SELECT lease_id, points - spent_points + restored_points FROM lease"
            " WHERE state = 'open'"
        )
        return {UUID(bytes=bytes(lease_id)): left for lease_id, left in found}


def _loses_bodies_alone(path: Path, key: bytes) -> bool:
    """Whether a file can be mended with no more lost than some entries' bodies."""
    try:
        if not mend(path, key).entries:
            return False
        with closing(connect(path, key)) as connection:
            tables = [
                row[0]
                for row in connection.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'table'"
                    " AND name NOT LIKE '%_damaged_%'"
                ).fetchall()
            ]
            sound = all(
                connection.execute(f"PRAGMA quick_check({table})").fetchall() == [("ok",)]
                for table in tables
            )
            (hashes,) = connection.execute(
                "SELECT count(*) FROM journal WHERE link = X''"
            ).fetchone()
            (texts,) = connection.execute(
                "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'blob_damaged_%'"
            ).fetchone()
    except (sqlcipher.DatabaseError, Unavailable):
        return False
    return sound and not hashes and not texts


class _Line:
    """The online desk's way into the network."""

    def __init__(self, pc: CounterPc) -> None:
        self._pc = pc

    def send(self, request: Request, *, limit_s: float | None = None) -> Response:
        return self._pc.send(request, limit_s=limit_s)

    def close(self) -> None:
        pass


def _seat_view(seat: Seat) -> SeatView | None:
    document = seat.document()
    if document is None:
        return None
    return SeatView(
        device_id=UUID(str(document["device_id"])),
        kind="counter",
        programme_name=str(document["programme_name"]),
        office_code=str(document["office_code"]),
        office_name=str(document["office_name"]),
        counter_label=str(document["counter_label"]),
        time_zone=str(document["office_time_zone"]),
    )
