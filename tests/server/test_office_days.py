"""Offices' days: counted by every upload, told to desks by a job, none of it lost in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from sync.server import office_days
from sync.server.ending import end
from sync.server.jobs import Jobs
from sync.server.programme import add_office
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from sync.server.transactions import Transactions
from sync.server.upkeep import Upkeep
from sync.server.work import Work
from tests.fakes.waiting import LIMIT_S, until
from tests.server.conftest import Programme
from tests.server.seats import new_id, visit


def told(programme: Programme) -> dict[str, object]:
    """What desks know of the office's only day."""
    with reading(programme.server.engine) as connection:
        rows = connection.execute(sa.select(t.record.c.body).where(t.record.c.kind == "figures"))
        bodies = [bytes(row.body) for row in rows]
    return msgspec.json.decode(bodies[0]) if bodies else {}


def test_desks_are_told_what_is_counted_and_only_what_is_news(programme: Programme) -> None:
    seat = programme.seat()
    visit(seat, score=5)
    visit(seat, score=1)
    seat.push()
    assert told(programme) == {}
    assert sum(programme.upkeep.publishing_office_days()) == 4
    first = told(programme)
    assert (first["encounters"], first["by_state"], first["by_score"]) == (
        2,
        {"rated": 2},
        {"1": 1, "5": 1},
    )
    assert sum(programme.upkeep.publishing_office_days()) == 0
    visit(seat, score=None)
    seat.push()
    assert sum(programme.upkeep.publishing_office_days()) == 1
    assert told(programme) == {**first, "encounters": 3}


def test_offices_that_count_on_and_on_keep_nobody_waiting(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_days, "CHUNK_DAYS", 2)
    with programme.work() as work:
        offices = sorted(
            add_office(work, code=f"O{n}", name="x", time_zone="Asia/Shanghai") for n in range(4)
        )

    def count(office_ids: list[UUID]) -> None:
        with programme.work() as work:
            for office_id in office_ids:
                work.figures(office_id, "2026-09-21")["encounters"] += 1

    count(offices)
    steps = 0
    for _ in programme.upkeep.publishing_office_days():
        count(offices[:2])
        steps += 1
    assert steps == 2
    with reading(programme.server.engine) as connection:
        rows = connection.execute(sa.select(t.figure.c.published).order_by(t.figure.c.office_id))
        assert list(rows.scalars()) == [1, 1, 1, 1]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_is_counted_while_a_day_is_told_is_told_the_next_time(programme: Programme) -> None:
    seat, server = programme.seat(), programme.server
    visit(seat, score=5)
    seat.push()
    with reading(server.engine) as connection:
        days = office_days.find_unpublished(
            connection, programme.programme_id, after=office_days.START
        )
    visit(seat, score=5)
    with ThreadPoolExecutor(1) as threads:
        with writing(server.engine) as connection:
            work = Work(connection, programme.programme_id, now_ms=programme.clock(), new_id=new_id)
            assert office_days.publish(work, days) == 3
            work.finish()
            waiting = threads.submit(seat.push)  # for the figures' locks
            until(lambda: _waits_for_a_lock(server))
        assert waiting.result(LIMIT_S).decisions == []
    assert told(programme)["encounters"] == 1
    assert sum(programme.upkeep.publishing_office_days()) == 3
    assert told(programme)["encounters"] == 2


def _waits_for_a_lock(server: CentralServer) -> bool:
    with reading(server.engine) as connection:
        found = connection.execute(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return bool(found.scalar_one())


def test_desks_dont_wait_for_a_members_file_in_the_making(
    programme: Programme, database_url: str
) -> None:
    made = threading.Event()

    class Busy(Upkeep):
        def refreshing(self) -> Iterator[int]:
            assert made.wait(LIMIT_S)
            yield 0

    seat = programme.seat()
    visit(seat)
    seat.push()

    async def scene() -> None:
        engine = make_engine(database_url)
        jobs = Jobs(Busy(Transactions(engine, programme.clock)), look_s=0.05, publish_s=0.01)
        task = asyncio.create_task(jobs.run())
        try:
            await asyncio.to_thread(until, lambda: bool(told(programme)))
        finally:
            made.set()
            await end([task])
            engine.dispose()

    asyncio.run(scene())
