"""The change log goes behind what every device has seen; who comes from before begins anew."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.domain.shutting_out import HOUR_MS
from sync.protocol.messages import Cursor
from sync.server import pace, snapshots
from sync.server.problems import ProblemError
from sync.server.programme import put_setting
from sync.server.store import tables as t
from tests.server.conftest import Programme
from tests.server.scoping import OwnReplica, follow, rebuild
from tests.server.seats import Seat, new_id

ABSENCE_MS = 48 * HOUR_MS
"""As the setting says: the log is kept twice as long."""


@pytest.fixture
def kept(programme: Programme) -> Programme:
    with programme.work() as work:
        put_setting(work, "contact", {"blind_after_hours": ABSENCE_MS // HOUR_MS})
    return programme


def prune(programme: Programme) -> None:
    for _ in programme.upkeep.pruning():
        pass


def days_pass(programme: Programme, ms: int) -> None:
    """As they do for a server whose jobs run now and then."""
    for _ in range(ms // (24 * HOUR_MS)):
        programme.clock.ms += 24 * HOUR_MS
        prune(programme)


def log_rows(programme: Programme) -> int:
    with programme.server.engine.connect() as connection:
        found = connection.execute(sa.select(sa.func.count()).select_from(t.change_log))
        return int(found.scalar_one())


def refused(seat: Seat) -> str:
    with pytest.raises(ProblemError) as error:
        seat.pull()
    return error.value.problem.code


def test_whoever_was_away_no_longer_than_is_allowed_goes_on(kept: Programme) -> None:
    programme = kept
    seat = programme.seat()
    replica = rebuild(seat)
    follow(seat, replica)
    prune(programme)
    member_id = programme.member(100)
    days_pass(programme, ABSENCE_MS)
    follow(seat, replica)
    assert member_id in replica.members
    days_pass(programme, 2 * ABSENCE_MS)
    assert log_rows(programme) == 0, "everything is older than twice the absence"
    follow(seat, replica)


def test_a_cursor_from_before_makes_a_new_file(kept: Programme) -> None:
    programme = kept
    seat = programme.seat()
    replica = rebuild(seat)
    follow(seat, replica)
    programme.member(100)
    days_pass(programme, 4 * ABSENCE_MS)
    assert refused(seat) == "cursor_unknown"
    replica = rebuild(seat)
    follow(seat, replica)
    assert len(replica.members) == 1


def test_what_is_younger_stays_and_chunks_end_anywhere(
    kept: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHUNK_ROWS", 2)
    programme = kept
    for _ in range(7):
        programme.member(1)
    old = log_rows(programme)
    days_pass(programme, 2 * ABSENCE_MS)
    young = [programme.member(n) for n in range(5)]
    assert log_rows(programme) == old + len(young)
    programme.clock.ms += 24 * HOUR_MS
    running = programme.upkeep.pruning()
    assert next(running) == 2  # a server that is stopped in the middle of it
    assert old + len(young) - 2 == log_rows(programme)
    seat = programme.seat()
    assert refused(seat) == "cursor_unknown"
    prune(programme)
    assert log_rows(programme) == len(young)


def test_a_file_ready_made_from_before_is_not_offered(kept: Programme) -> None:
    programme = kept
    programme.member(1)
    seat = programme.seat()
    snapshots.build(
        programme.server.engine, programme.programme_id, now_ms=programme.clock, new_id=new_id
    )
    offer = seat.server.snapshot(seat.device_id)
    days_pass(programme, 2 * ABSENCE_MS)
    programme.member(2)
    days_pass(programme, 3 * ABSENCE_MS)
    with pytest.raises(ProblemError) as error:
        seat.server.snapshot(seat.device_id)
    assert error.value.problem.code == "no_snapshot"
    seat.cursor = offer.cursor
    assert refused(seat) == "cursor_unknown"


def test_a_database_that_was_moved_counts_anew(kept: Programme) -> None:
    """Another cluster's transactions have smaller numbers."""
    programme = kept
    with programme.server.engine.begin() as connection:
        connection.execute(sa.update(t.programme).values(log_from_xid=2**40))
        connection.execute(
            sa.insert(t.log_mark).values(
                programme_id=programme.programme_id, xid=2**40, at_ms=programme.clock()
            )
        )
    prune(programme)
    seat = programme.seat()
    seat.cursor = Cursor(0, 0)
    replica = OwnReplica()
    follow(seat, replica)
    with programme.server.engine.connect() as connection:
        assert connection.execute(sa.select(t.log_mark.c.xid)).scalar_one() < 2**40
