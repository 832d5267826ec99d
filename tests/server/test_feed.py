"""Alarms and changes reach those who listen, in this worker and in another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from sync.protocol.messages import FeedLine
from sync.server.feed import Feed
from sync.server.service import CentralServer
from sync.server.store.engine import is_postgresql, make_engine
from tests.server.conftest import KEYS, Programme
from tests.server.seats import visit


async def next_line(lines: AsyncIterator[bytes]) -> FeedLine:
    return msgspec.json.decode(await asyncio.wait_for(anext(lines), 10), type=FeedLine)


def test_an_alarm_reaches_desks_alone(programme: Programme) -> None:
    """On PostgreSQL the one who listens sits at another worker."""
    pushing, seat = programme.server, programme.seat()
    desk = pushing.device(programme.seat(counter=2, kind="desk").device_id)
    counter = pushing.device(seat.device_id)
    engine = pushing.engine
    if is_postgresql(engine):
        engine = make_engine(engine.url.render_as_string(hide_password=False))
    listening = pushing if engine is pushing.engine else CentralServer(engine, KEYS, pushing.clock)

    async def scene() -> None:
        feeds = [Feed(s.engine, s.clock, tick_s=30) for s in {pushing, listening}]
        for feed, server in zip(feeds, {pushing, listening}, strict=True):
            server.before_commit.append(feed.before_commit)
            server.after_commit.append(feed.after_commit)
            await feed.start()
        feed = next(f for f, s in zip(feeds, {pushing, listening}, strict=True) if s is listening)
        at_desk = feed.lines(desk, lambda: True)
        at_counter = feed.lines(counter, lambda: True)
        assert (await next_line(at_desk)).kind == "hello"
        assert (await next_line(at_counter)).kind == "hello"
        await listening_is_up(feed, pushing)
        visit(seat, score=1)
        await asyncio.to_thread(seat.urgent, seat.bodies[-1])
        alarm = await next_line(at_desk)
        while alarm.kind != "alarm":
            alarm = await next_line(at_desk)
        assert b'"score":1' in bytes(alarm.case)
        assert (await next_line(at_counter)).kind == "changed"
        feed.close()
        assert [line async for line in at_counter if b"alarm" in line] == []
        for each in feeds:
            await each.stop()

    asyncio.run(scene())
    if engine is not pushing.engine:
        engine.dispose()


async def listening_is_up(feed: Feed, server: CentralServer) -> None:
    """Wait until the other worker's LISTEN stands, by looking at the database."""
    if not is_postgresql(server.engine):
        return

    def standing() -> int:
        with server.engine.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE starts_with(query, 'LISTEN')"
                " AND datname = current_database()"
            )
            return int(found.scalar_one())

    while await asyncio.to_thread(standing) < 2:
        await asyncio.sleep(0.01)


def test_a_feed_ticks_and_ends_with_the_welcome(programme: Programme) -> None:
    device = programme.server.device(programme.seat().device_id)
    welcome = [True, False]

    async def scene() -> list[str]:
        feed = Feed(programme.server.engine, programme.clock, tick_s=0.01)
        lines = feed.lines(device, lambda: welcome.pop(0))
        return [msgspec.json.decode(line, type=FeedLine).kind async for line in lines]

    assert asyncio.run(scene()) == ["hello", "tick"]


def test_one_change_line_waits_and_a_deaf_listener_goes(programme: Programme) -> None:
    seat = programme.seat()
    device = programme.server.device(seat.device_id)

    async def scene() -> None:
        feed = Feed(programme.server.engine, programme.clock)
        await feed.start()
        lines = feed.lines(device, lambda: True)
        await next_line(lines)
        for _ in range(3):
            feed.after_commit(programme.programme_id, [])
        assert (await next_line(lines)).kind == "changed"
        feed.after_commit(programme.programme_id, [])
        assert (await next_line(lines)).kind == "changed"
        assert feed.listening == 1
        feed.close()
        assert [line async for line in lines] == []
        assert feed.listening == 0
        await feed.stop()

    asyncio.run(scene())
