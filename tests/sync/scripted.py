"""A scripted network for the engine: a small honest server, and what goes wrong before it."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import msgspec

from app.domain.entry import genesis, head_statement, links, next_link
from app.domain.member import Member
from app.ports.sync_store import SeatIdentity
from sync.client.engine import Engine
from sync.client.exchange import Fault, Idle, Request, Response, Send
from sync.client.session import TokenCache
from sync.client.urgent import UrgentLane
from sync.protocol.framing import decode, encode
from sync.protocol.messages import (
    BootstrapAnswer,
    ChallengeAnswer,
    Cursor,
    HeadAnswer,
    MemberRow,
    Message,
    Problem,
    PullAnswer,
    PushAnswer,
    PushRequest,
    Record,
    SealedKeyRequest,
    SnapshotAnswer,
    TokenAnswer,
    TokenRequest,
    UrgentAnswer,
    UrgentRequest,
)
from sync.protocol.replica import blank
from sync.protocol.replica.ddl import SCHEMA_VERSION, create_replica, format_cursor, set_meta
from sync.protocol.replica.encoding import Record as ReplicaRecord
from sync.protocol.replica.encoding import RowSum, record_hash, row_hash
from sync.protocol.replica.rows import load_members
from tests.fakes.sync_store import MemorySyncStore

JSON = {"content-type": "application/json", "guichet-protocol": "1"}
PAGES = {"content-type": "application/vnd.sqlite3", "guichet-protocol": "1"}
HTML = {"content-type": "text/html; charset=utf-8"}


def problem(
    status: int, code: str, headers: dict[str, str] | None = None, **detail: Any
) -> Response:
    return Response(status, JSON | (headers or {}), encode(Problem(code, code, detail)))


def page(text: str = "<html>Please accept our terms</html>", status: int = 200) -> Response:
    return Response(status, HTML, text.encode())


def member(rank: int, points: int = 0, member_id: UUID | None = None) -> MemberRow:
    return MemberRow(
        member_id=member_id or UUID(int=rank),
        rank=rank,
        card_no=f"CA{rank:06}",
        name="王小明",
        latin_name="",
        initials="wxm",
        phone=f"138{rank:08}",
        tier="basic",
        home_office="PEK",
        status="active",
        merged_into=None,
        posted_points=points,
        leased_points=0,
        pending_points=0,
        next_expiry_on=None,
        next_expiry_points=0,
        preference="",
        open_matter="",
        language="zh_CN",
        born_on_year=None,
        joined_on="2020-01-31",
        generated=False,
    )


class FakeClock:
    """Moves only when told; the wall may be wrong by `wall_off_ms`."""

    def __init__(self) -> None:
        self.s = 1000.0
        self.wall_off_ms = 0

    @property
    def true_ms(self) -> int:
        return 1_800_000_000_000 + int(self.s * 1000)

    def now_ms(self) -> int:
        return self.true_ms + self.wall_off_ms

    def boot(self) -> tuple[str, int]:
        return "boot", int(self.s * 1000)

    def monotonic_s(self) -> float:
        return self.s


@dataclass
class Server:
    """Honest and small: a chain, members, a change counter. `script` goes before honesty."""

    seat: SeatIdentity
    clock: FakeClock
    verify: Callable[[bytes, bytes], None]
    script: list[tuple[str, Response | Fault | str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    members: dict[UUID, MemberRow] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)  # the office's; none in what is ready made
    page_rows: int = 500
    token_life_ms: int = 3_600_000

    def __post_init__(self) -> None:
        self.epoch = self.seat.epoch
        self.incarnation = self.seat.incarnation
        self.bodies: list[bytes] = []
        self.urgent: dict[str, int] = {}
        self.changes: list[UUID] = []  # the n-th change of any member, n from 1
        self.tokens: set[str] = set()
        self.nonces: set[str] = set()
        self.lie_about_sum = False
        self.standing = "alike"
        self.decisions: list[Any] = []
        self.sealed: bytes | None = b"left before"  # the device's key
        self.offer: SnapshotAnswer | None = None
        self.chunks: list[bytes] = []

    # --- what tests do -----------------------------------------------------------------------

    def put(self, row: MemberRow) -> None:
        self.members[row.member_id] = row
        self.changes.append(row.member_id)

    def remove(self, member_id: UUID) -> None:
        del self.members[member_id]
        self.changes.append(member_id)

    def next(self, path: str, what: Response | Fault | str) -> None:
        """The next call of `path` (a prefix, '' for any) gets this; 'lost' answers are acted on."""
        self.script.append((path, what))

    def make_snapshot(self, path: Path, *, chunk_pages: int = 3) -> None:
        """Have the members file of this moment ready."""
        blank.create_blank(path)
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN")
        create_replica(connection, scope="all")
        set_meta(connection, "epoch", str(self.epoch))
        set_meta(connection, "cursor", format_cursor(0, len(self.changes)))
        rows = sorted(self.members.values(), key=lambda m: m.rank)
        load_members(connection, [as_member(row) for row in rows])
        connection.execute("COMMIT")
        connection.close()
        content = path.read_bytes()
        size = chunk_pages * blank.PAGE_BYTES
        self.chunks = [content[start : start + size] for start in range(0, len(content), size)]
        self.offer = SnapshotAnswer(
            snapshot_id=uuid4(),
            schema_version=SCHEMA_VERSION,
            page_bytes=blank.PAGE_BYTES,
            page_count=len(content) // blank.PAGE_BYTES,
            chunk_pages=chunk_pages,
            digests=[hashlib.sha256(chunk).digest() for chunk in self.chunks],
            epoch=self.epoch,
            cursor=Cursor(0, len(self.changes)),
            row_count=len(rows),
            built_ms=self.clock.true_ms,
            server_ms=self.clock.true_ms,
        )

    @property
    def link(self) -> bytes:
        return links(genesis(self.seat.device_id, self.incarnation), self.bodies)[-1]

    # --- the server --------------------------------------------------------------------------

    def send(self, request: Request) -> Response:
        parts = urlsplit(request.path)
        self.calls.append(parts.path)
        for index, (path, what) in enumerate(self.script):
            if parts.path.startswith(path):
                del self.script[index]
                if isinstance(what, Response):
                    return what
                if isinstance(what, Fault):
                    raise what
                self._answer(request, parts.path, parse_qs(parts.query))
                raise Fault("lost", "the answer was lost")
        return self._answer(request, parts.path, parse_qs(parts.query))

    def _answer(self, request: Request, path: str, query: dict[str, list[str]]) -> Response:
        now = self.clock.true_ms
        if path == "/v1/challenge":
            nonce = uuid4().hex
            self.nonces.add(nonce)
            return self._ok(ChallengeAnswer(nonce, now))
        if path == "/v1/token":
            ask = decode(request.body or b"", TokenRequest)
            if ask.nonce not in self.nonces or ask.device_id != self.seat.device_id:
                return problem(401, "unauthenticated")
            self.nonces.remove(ask.nonce)
            token = uuid4().hex
            self.tokens.add(token)
            return self._ok(TokenAnswer(token, now + self.token_life_ms, now))
        if request.token not in self.tokens:
            return problem(401, "unauthenticated")
        if path.startswith("/v1/snapshot/"):
            return self._chunk(path)
        handler: Callable[[Request, dict[str, list[str]], int], Response] = {
            "/v1/head": self._head,
            "/v1/sealed-key": self._deposit,
            "/v1/push": self._push,
            "/v1/urgent": self._urgent,
            "/v1/first": self._first,
            "/v1/snapshot": self._snapshot,
            "/v1/bootstrap": self._bootstrap,
            "/v1/pull": self._pull,
        }[path]
        return handler(request, query, now)

    def _ok(self, message: Message) -> Response:
        return Response(200, dict(JSON), encode(message))

    def _head(self, _: Request, __: dict[str, list[str]], now: int) -> Response:
        link = self.link if self.bodies else genesis(self.seat.device_id, self.incarnation)
        place = (self.incarnation, len(self.bodies), link)
        return self._ok(HeadAnswer(*place, self.epoch, now, key_is_here=self.sealed is not None))

    def _deposit(self, request: Request, _: dict[str, list[str]], __: int) -> Response:
        self.sealed = decode(request.body or b"", SealedKeyRequest).sealed_work_key
        return Response(204, dict(JSON), b"")

    def _push(self, request: Request, _: dict[str, list[str]], now: int) -> Response:
        ask = decode(request.body or b"", PushRequest)
        if ask.incarnation != self.incarnation:
            return problem(409, "fork", incarnation=self.incarnation)
        if ask.first_seq > len(self.bodies) + 1:
            return problem(409, "chain_gap", head_seq=len(self.bodies))
        bodies = [bytes(raw) for raw in ask.entries]
        for offset, body in enumerate(bodies):
            seq = ask.first_seq + offset
            if seq <= len(self.bodies) and self.bodies[seq - 1] != body:
                self.incarnation += 1
                self.bodies = []
                return problem(409, "fork", incarnation=self.incarnation)
        self.bodies[ask.first_seq - 1 :] = [
            *bodies,
            *self.bodies[ask.first_seq - 1 + len(bodies) :],
        ]
        link = genesis(self.seat.device_id, self.incarnation)
        last = ask.first_seq + len(bodies) - 1
        for body in self.bodies[:last]:
            link = next_link(link, body)
        self.verify(ask.signature, head_statement(self.seat.device_id, ask.incarnation, last, link))
        mark = 100 + len(self.calls)
        return self._ok(PushAnswer(len(self.bodies), list(self.decisions), mark, now))

    def _urgent(self, request: Request, _: dict[str, list[str]], now: int) -> Response:
        ask = decode(request.body or b"", UrgentRequest)
        event = msgspec.json.decode(ask.entry)["event_id"]
        self.urgent[event] = self.urgent.get(event, 0) + 1
        decision: Any = "accepted" if self.urgent[event] == 1 else "duplicate"
        return self._ok(UrgentAnswer(decision, "", "", None, 5, now))

    def _first(self, _: Request, __: dict[str, list[str]], now: int) -> Response:
        rows = sorted(self.members.values(), key=lambda m: m.rank)[:2]
        cursor = Cursor(0, len(self.changes))
        return self._ok(BootstrapAnswer(self.epoch, cursor, None, rows, self.records, now))

    def _snapshot(self, _: Request, __: dict[str, list[str]], now: int) -> Response:
        if self.offer is None:
            return problem(404, "no_snapshot")
        return self._ok(msgspec.structs.replace(self.offer, server_ms=now))

    def _chunk(self, path: str) -> Response:
        *_, snapshot_id, number = path.split("/")
        if self.offer is None or snapshot_id != str(self.offer.snapshot_id):
            return problem(410, "snapshot_gone")
        return Response(200, dict(PAGES), self.chunks[int(number)])

    def _bootstrap(self, _: Request, query: dict[str, list[str]], now: int) -> Response:
        after = int(query["after_rank"][0])
        rows = sorted((m for m in self.members.values() if m.rank > after), key=lambda m: m.rank)
        taken = rows[: self.page_rows]
        more = len(rows) > len(taken)
        cursor = Cursor(0, len(self.changes))
        last = taken[-1].rank if more else None
        records = [] if after else self.records
        return self._ok(BootstrapAnswer(self.epoch, cursor, last, taken, records, now))

    def _pull(self, _: Request, query: dict[str, list[str]], now: int) -> Response:
        start = int(query["seq"][0])
        ids = self.changes[start : start + self.page_rows]
        end = start + len(ids)
        more = end < len(self.changes)
        total = RowSum()
        if not more and all(abs(row.posted_points) < 2**53 for row in self.members.values()):
            for row in self.members.values():
                total.add(row_hash(as_member(row)) + self.lie_about_sum)
            for record in self.records:
                total.add(record_hash(ReplicaRecord(record.kind, record.id, bytes(record.body))))
        return self._ok(
            PullAnswer(
                epoch=self.epoch,
                cursor=Cursor(0, end),
                more=more,
                members=[self.members[i] for i in dict.fromkeys(ids) if i in self.members],
                removed_members=[i for i in dict.fromkeys(ids) if i not in self.members],
                records=[],
                row_count=None if more else total.count,
                row_sum=None if more else total.total.to_bytes(16, "big"),
                leases=[],
                pool=None,
                horizon=1000,
                server_ms=now,
                standing="" if more else self.standing,
                stands=not more and query.get("standing") == [self.standing],
            )
        )


def as_member(row: MemberRow) -> Member:
    from sync.client.replica_file import to_member

    return to_member(row)


class Bench:
    """One seat, one server, one clock, and the engine between them."""

    def __init__(self, directory: Any, **seat: Any) -> None:
        self.store = MemorySyncStore.enrolled(directory, **seat)
        assert self.store.seat is not None
        self.clock = FakeClock()
        verify = self.store.key.public_key().verify
        self.server = Server(self.store.seat, self.clock, verify)
        self.tokens = TokenCache()
        self.restart()

    def restart(self) -> None:
        self.tokens = TokenCache()
        source = random.Random(7)
        self.engine = Engine(self.store, self.clock, tokens=self.tokens, source=source)
        self.urgent = UrgentLane(self.store, tokens=self.tokens, source=source)

    def step(self, machine: Any = None) -> Request | Idle:
        """One poll, and the call it asks for, which takes 20 ms."""
        machine = machine or self.engine
        action = machine.poll(self.clock.s)
        if isinstance(action, Idle):
            return action
        assert isinstance(action, Send)
        try:
            response = self.server.send(action.request)
        except Fault as fault:
            self._pass_time(action)
            machine.failed(action.request, fault, self.clock.s)
        else:
            self._pass_time(action)
            machine.received(action.request, response, self.clock.s)
        return action.request

    def _pass_time(self, action: Send) -> None:
        if action.meanwhile is not None:
            action.meanwhile()
        self.clock.s += 0.02

    def settle(self, machine: Any = None, *, calls: int = 200) -> Idle:
        """Go on until nothing is to be done at this time."""
        for _ in range(calls):
            done = self.step(machine)
            if isinstance(done, Idle):
                return done
        raise AssertionError(f"never comes to rest: {self.server.calls[-12:]}")

    def run(self, seconds: float, machine: Any = None) -> None:
        """Let time pass, doing what falls due."""
        end = self.clock.s + seconds
        for _ in range(10_000):
            idle = self.settle(machine)
            assert idle.until_s > self.clock.s, "an idle engine that is due at once never sleeps"
            if idle.until_s > end:
                self.clock.s = end
                return
            self.clock.s = idle.until_s
        raise AssertionError("never comes to rest")

    def replica(self) -> tuple[set[tuple[UUID, int]], bool]:
        """(member id, points) in the members file, and whether its kept sum is its recount's."""
        from sync.protocol.replica.rows import recount, stored_sum

        path = self.store.members_file()
        assert path is not None
        connection = self.store.connect_members(path)
        try:
            rows = connection.execute("SELECT member_id, posted_points FROM member").fetchall()
            equal = recount(connection) == stored_sum(connection)
        finally:
            connection.close()
        return {(UUID(bytes=member_id), points) for member_id, points in rows}, equal

    def expected(self) -> set[tuple[UUID, int]]:
        return {(row.member_id, row.posted_points) for row in self.server.members.values()}
