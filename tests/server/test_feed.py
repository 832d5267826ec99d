"""Alarms and changes reach those who listen, in this process and in another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from sqlalchemy.engine import Engine

from app.domain import events as e
from app.domain.records import Case
from sync.protocol.messages import EnrolRequest, FeedLine
from sync.server import forgetting, relay
from sync.server.audience import EVERYBODY, Changed
from sync.server.feed import Feed
from sync.server.opening import upkeep_of
from sync.server.problems import ProblemError
from sync.server.programme import add_counter, add_office, put_setting, revoke_device
from sync.server.service import CentralServer
from sync.server.store.engine import connect_session, is_postgresql, make_engine
from sync.server.work import Work
from tests.fakes.waiting import LIMIT_S, soon
from tests.server.conftest import KEYS, Programme
from tests.server.scoping import choose
from tests.server.seats import Seat, new_id, visit


class Ear:
    """The far end of one feed: an ASGI request whose lines are kept."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[FeedLine | None] = asyncio.Queue()
        self.on_line: Callable[[FeedLine], None] = lambda line: None
        self.reads = asyncio.Event()
        self.reads.set()
        self._gone = asyncio.Event()
        self._asked = False

    async def receive(self) -> MutableMapping[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request"}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self.reads.wait()
        for text in message.get("body", b"").splitlines():
            line = msgspec.json.decode(text, type=FeedLine)
            self.on_line(line)
            self.lines.put_nowait(line)
        if message["type"] == "http.response.body" and not message["more_body"]:
            self.lines.put_nowait(None)
            self._gone.set()

    def hang_up(self) -> None:
        self._gone.set()

    async def next(self, kind: str) -> FeedLine:
        """The next line of a kind."""
        while True:
            line = await asyncio.wait_for(self.lines.get(), LIMIT_S)
            assert line is not None, f"the feed ended before {kind}"
            if line.kind == kind:
                return line

    async def end(self) -> list[str]:
        """The kinds of what is left, once the feed has ended."""
        kinds: list[str] = []
        while (line := await asyncio.wait_for(self.lines.get(), LIMIT_S)) is not None:
            kinds.append(line.kind)
        return kinds


@asynccontextmanager
async def started(server: CentralServer, **options: Any) -> AsyncIterator[Feed]:
    """A process's feed."""
    feed = Feed(server.engine, server.clock, **{"tick_s": 30, **options})
    server.transactions.before_commit.append(feed.before_commit)
    server.transactions.after_commit.append(feed.after_commit)
    await feed.start()
    try:
        await soon(lambda: feed.is_heard)  # beginning to hear is told as a change
        yield feed
    finally:
        await feed.stop()


@asynccontextmanager
async def at(feed: Feed, programme: Programme, seat: Seat) -> AsyncIterator[Ear]:
    """A device that listens, once it does."""
    ear = Ear()
    device = await asyncio.to_thread(programme.server.device, seat.device_id)
    request = asyncio.create_task(feed.attend(device, ear.receive, ear.send))
    await ear.next("hello")
    try:
        yield ear
    finally:
        ear.hang_up()
        await request


@contextmanager
def overheard(engine: Engine) -> Iterator[list[str]]:
    """What is notified meanwhile, as anybody hears it who may read the database."""
    notified: list[str] = []
    if not is_postgresql(engine):
        yield notified
        return
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.add_notify_handler(lambda notice: notified.append(notice.payload))
        connection.execute("LISTEN guichet_feed")
        yield notified
        connection.execute("SELECT 1")  # what was notified before comes before the answer


def low_rating(seat: Seat, member_id: UUID | None = None, comment: str = "") -> UUID:
    """A low rating as an urgent copy, with what was said besides; returns the case."""
    encounter_id, rating_id = visit(seat, score=1, member_id=member_id)
    if member_id is not None:
        seat.push()
    else:
        seat.urgent(seat.bodies[-1])
    if comment:
        said = seat.blob(comment.encode())
        detail = e.RatingDetailed(rating_id, encounter_id, ("wait",), 1, said, None)
        seat.urgent(seat.record(detail)[0])
    return rating_id


@pytest.fixture
def other(programme: Programme) -> Iterator[CentralServer]:
    """The same server as another process on PostgreSQL has it; on SQLite there is one."""
    if not is_postgresql(programme.server.engine):
        yield programme.server
        return
    url = programme.server.engine.url.render_as_string(hide_password=False)
    server = CentralServer(make_engine(url), KEYS, programme.clock)
    yield server
    server.engine.dispose()


@asynccontextmanager
async def both(here: CentralServer, there: CentralServer, **options: Any) -> AsyncIterator[Feed]:
    """The feeds of two processes, or of the only one; yields the other's."""
    async with AsyncExitStack() as stack:
        feeds = [await stack.enter_async_context(started(s, **options)) for s in {here, there}]
        yield next(f for f, s in zip(feeds, {here, there}, strict=True) if s is there)


POSTGRES = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def test_an_alarm_reaches_its_offices_desks_alone(
    programme: Programme, other: CentralServer
) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")

    async def scene() -> None:
        async with (
            both(programme.server, other) as feed,
            at(feed, programme, desk) as ear,
            at(feed, programme, seat) as counter,
        ):
            case_id = await asyncio.to_thread(low_rating, seat)
            case = msgspec.json.decode((await ear.next("alarm")).case, type=Case)
            assert (case.case_id, case.score, case.state) == (case_id, 1, "new")
            await ear.next("changed")
            feed.close()
            assert "alarm" not in await counter.end()

    asyncio.run(scene())


def test_an_alarm_carries_nothing_that_people_wrote(
    programme: Programme, other: CentralServer
) -> None:
    """However long that is: notifications have 8,000 bytes, and lie in the database's files."""
    with programme.work() as work:
        put_setting(work, "rating", {"show_member_name": True})
    member_id = programme.member(name="秘密")
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")

    async def scene() -> None:
        async with both(programme.server, other) as feed, at(feed, programme, desk) as ear:
            await asyncio.to_thread(low_rating, seat, member_id, "秘密" * 1_200)
            for _ in range(2):  # the face, and what was said
                alarm = await ear.next("alarm")
                assert "秘密" not in bytes(alarm.case).decode()
                assert msgspec.json.decode(alarm.case, type=Case).score == 1

    with overheard(programme.server.engine) as notified:
        asyncio.run(scene())
    assert not [note for note in notified if "秘密" in note or len(note.encode()) >= 8_000]
    assert len([note for note in notified if "case" in note]) == 2 * is_postgresql(
        programme.server.engine
    )


def test_an_alarm_always_fits_a_notification() -> None:
    case = Case(
        new_id(), "rating", new_id(), "柜" * 9_000, "101", new_id(), 1, "new", 1,
        ("x" * 9_000,), "c" * 9_000, "", "n" * 9_000,
    )  # fmt: skip
    told = relay.ringing(msgspec.json.encode(case))
    assert len(bytes(told)) < 6_500
    assert msgspec.json.decode(told, type=Case).case_id == case.case_id


@POSTGRES
def test_an_alarm_is_found_that_was_notified_while_nobody_heard(
    programme: Programme, other: CentralServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection dies; what rang meanwhile, in a transaction that began before, rings."""
    monkeypatch.setattr(relay, "_BEAT_S", 0.05)
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    url = programme.server.engine.url.set(drivername="postgresql")

    def cut() -> None:
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                " AND (query LIKE 'LISTEN%' OR query LIKE '%pg_snapshot_xmin%')"
            )

    async def scene() -> None:
        async with both(programme.server, other) as feed, at(feed, programme, desk) as ear:
            await soon(lambda: feed.heard_below is not None)
            may_connect = asyncio.Event()

            async def held(engine: Engine) -> Any:
                await may_connect.wait()
                return await connect_session(engine)

            monkeypatch.setattr("sync.server.relay.connect_session", held)
            await asyncio.to_thread(cut)
            await soon(lambda: not feed.is_heard)
            case_id = await asyncio.to_thread(low_rating, seat)
            may_connect.set()
            case = msgspec.json.decode((await ear.next("alarm")).case, type=Case)
            assert case.case_id == case_id
            await ear.next("changed")

    asyncio.run(scene())


def test_changes_are_told_at_a_pace_and_to_desks_first(programme: Programme) -> None:
    """Whom a pull is told costs a pull; a burst of changes is told once."""
    seats = [programme.seat(counter=n % 2) for n in range(6)]
    desk = programme.seat(counter=2, kind="desk")
    everybody = Changed(programme.programme_id, frozenset({EVERYBODY}))
    told: list[UUID] = []

    async def scene() -> None:
        async with started(programme.server, pulls_per_s=4) as feed, AsyncExitStack() as stack:
            ears = [await stack.enter_async_context(at(feed, programme, s)) for s in (*seats, desk)]
            for ear, seat in zip(ears, (*seats, desk), strict=True):
                ear.on_line = lambda line, seat=seat: (  # type: ignore[misc]
                    told.append(seat.device_id) if line.kind == "changed" else None
                )
            start_s = asyncio.get_running_loop().time()
            for _ in range(50):
                feed.after_commit(everybody)
            await soon(lambda: len(set(told)) == 7)
            took_s = asyncio.get_running_loop().time() - start_s
            assert told[0] == desk.device_id
            assert len(told) <= 4 + 4 * took_s + 1  # four at once, and four a second

    asyncio.run(scene())


def test_what_concerns_one_offices_desks_is_told_to_them_alone(programme: Programme) -> None:
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")

    async def scene() -> None:
        async with (
            started(programme.server) as feed,
            at(feed, programme, desk) as ear,
            at(feed, programme, seat) as counter,
        ):
            visit(seat, score=5)
            await asyncio.to_thread(seat.push)
            await asyncio.to_thread(sum, programme.upkeep.publishing_office_days())
            await ear.next("changed")
            feed.close()
            assert await counter.end() == []

    asyncio.run(scene())


def test_who_enters_an_offices_scope_is_told_to_its_counters_too(
    programme: Programme, other: CentralServer
) -> None:
    member_id = programme.member(1, home_office="SHA")
    choose(programme, "own")
    counter, desk = programme.seat(), programme.seat(counter=2, kind="desk")

    def enter(work: Work) -> None:
        work.scopes.visited(programme.office_id, member_id, programme.clock())

    async def scene() -> None:
        async with (
            both(programme.server, other) as feed,
            at(feed, programme, counter) as ear,
            at(feed, programme, desk) as managers,
        ):
            await asyncio.to_thread(
                programme.server.transactions.step, programme.programme_id, enter
            )
            await ear.next("changed")
            await managers.next("changed")

    asyncio.run(scene())


@POSTGRES
def test_what_the_operators_commands_do_is_told_by_their_own_transactions(
    programme: Programme, other: CentralServer
) -> None:
    """A correction, a job, a rescue: a process that has no feed, and is gone the next moment."""
    member_id = programme.member(home_office="PEK")
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    other.transactions.before_commit.append(relay.announce)

    def correct() -> None:
        with programme.work() as work:
            forgetting.correct(work, member_id, {"phone": "13900002222"})

    def step() -> None:
        upkeep = upkeep_of(other.engine)
        upkeep.transactions.step(
            programme.programme_id, lambda work: work.put_record("reward", "x", {}, None)
        )

    async def scene() -> None:
        async with (
            started(programme.server, pulls_per_s=1e6) as feed,
            at(feed, programme, seat) as counter,
            at(feed, programme, desk) as managers,
        ):
            for command in (correct, step):
                await asyncio.to_thread(command)
                await counter.next("changed")
                await managers.next("changed")
            case_id = await asyncio.to_thread(low_rating, replace(seat, server=other))
            case = msgspec.json.decode((await managers.next("alarm")).case, type=Case)
            assert case.case_id == case_id
            await managers.next("changed")

    asyncio.run(scene())


def test_a_member_is_news_to_those_alone_who_may_hold_them(
    programme: Programme, other: CentralServer
) -> None:
    """A pull that brings nothing costs what any costs."""
    own, stranger = programme.member(1, home_office="PEK"), programme.member(2, home_office="XXX")
    with programme.work() as work:
        elsewhere = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
        programme.counter_ids.append(add_counter(work, office_id=elsewhere, label="S1"))
    choose(programme, "own")
    desk, whole = programme.seat(counter=2, kind="desk"), programme.seat(counter=3)

    def correct(member_id: UUID) -> None:
        programme.server.transactions.step(
            programme.programme_id,
            lambda work: forgetting.correct(work, member_id, {"phone": "13900002222"}),
        )

    async def scene() -> None:
        async with (
            both(programme.server, other, pulls_per_s=1e6) as feed,
            at(feed, programme, desk) as holds_own,
            at(feed, programme, whole) as holds_everybody,
        ):
            for member_id in (stranger, own):
                await asyncio.to_thread(correct, member_id)
                await holds_everybody.next("changed")
            feed.close()
            assert await holds_own.end() == ["changed"]

    asyncio.run(scene())


def test_a_feed_ends_whose_device_is_to_hold_other_members(programme: Programme) -> None:
    seat = programme.seat()

    async def scene() -> None:
        async with started(programme.server, tick_s=0.05) as feed:
            for members in ("own", "whole"):
                async with at(feed, programme, seat) as ear:
                    await asyncio.to_thread(choose, programme, members)
                    await ear.end()

    asyncio.run(scene())


def test_a_feed_ticks_and_ends_for_a_device_that_was_shut_out(programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)

    async def scene() -> None:
        async with (
            started(programme.server, tick_s=0.05) as feed,
            at(feed, programme, seat) as ear,
            at(feed, programme, other) as stays,
        ):
            await ear.next("tick")
            with programme.work() as work:
                revoke_device(work, KEYS, seat.device_id)
            await ear.end()
            await soon(lambda: feed.listening == 1)
            await stays.next("tick")

    asyncio.run(scene())


def test_who_does_not_read_holds_nobody_up_and_is_dropped(programme: Programme) -> None:
    seat, other = programme.seat(), programme.seat(counter=1)
    everybody = Changed(programme.programme_id, frozenset({EVERYBODY}))

    async def scene() -> None:
        async with (
            started(programme.server, pulls_per_s=1e6) as feed,
            at(feed, programme, seat) as deaf,
            at(feed, programme, other) as ear,
        ):
            deaf.reads.clear()
            for _ in range(200):
                feed.after_commit(everybody)
                await ear.next("changed")
            assert feed.listening == 1
            deaf.reads.set()

    asyncio.run(scene())


def test_a_process_that_stops_or_is_full_admits_no_feed(programme: Programme) -> None:
    device = programme.server.device(programme.seat().device_id)

    async def refused(feed: Feed) -> str:
        ear = Ear()
        with pytest.raises(ProblemError) as error:
            await feed.attend(device, ear.receive, ear.send)
        return error.value.problem.code

    async def scene() -> None:
        async with started(programme.server, most=0) as feed:
            assert await refused(feed) == "busy"
        async with started(programme.server) as feed:
            feed.close()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert await refused(feed) == "busy"

    asyncio.run(scene())


@POSTGRES
def test_wrong_codes_count_whichever_process_they_are_sent(
    programme: Programme, other: CentralServer
) -> None:
    wrong = EnrolRequest("X", b"1" * 32, "pc", "1")

    def tried() -> str:
        with pytest.raises(ProblemError) as error:
            programme.server.enrol(wrong, address="10.0.0.7")
        return error.value.problem.code

    heard: list[str] = []

    async def scene() -> None:
        async with started(programme.server) as feed, started(other, on_wrong_code=heard.append):
            programme.server.on_wrong_code = feed.wrong_code
            await asyncio.to_thread(tried)
            await soon(lambda: bool(heard))

    asyncio.run(scene())
    assert "10.0.0.7" not in heard[0]
    for _ in range(10):
        other.throttle.note_wrong(heard[0], programme.clock.ms)
    with pytest.raises(ProblemError) as error:
        other.enrol(wrong, address="10.0.0.7")
    assert (error.value.problem.code, error.value.status) == ("busy", 429)
