"""Letting go of what the server's confirmed backups hold, and of nothing else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.domain.events import EncounterResumed
from app.ports.sync_store import Decided, Heads
from app.ports.work import OpenSession, Work
from app.store.pruning import DAY_MS, kept_days
from app.store.seat import Seat
from app.store.tables import chain, encounter
from sync.protocol.replica.encoding import Record
from tests.store.conftest import OpenSeat
from tests.store.seats import SteppedClock, add_encounter, build_members

DAYS = 30


def add(seat: Seat, count: int = 1) -> None:
    """Visits that are over, a text with each."""

    def visit(work: Work) -> None:
        encounter_id = add_encounter(work)
        work.append(EncounterResumed(encounter_id), blobs=[work.make_blob(b"words")])

    for _ in range(count):
        seat.work.run(visit)
    end(seat)


def end(seat: Seat) -> None:
    over = update(encounter).values(outcome="finished")
    seat._database.transact(lambda connection: connection.execute(over), user=True)


def wait(clock: SteppedClock, days: float = DAYS + 1) -> None:
    clock.wall_ms += int(days * DAY_MS)


def bodies(seat: Seat) -> list[int]:
    """The seqs of the entries whose bodies are there."""
    rows = seat._database.read(
        lambda c: c.exec_driver_sql("SELECT seq FROM journal WHERE body <> X'' ORDER BY seq").all()
    )
    return [seq for (seq,) in rows]


def texts(seat: Seat) -> int:
    rows = seat._database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM blob").all())
    return int(rows[0][0])


def prune(seat: Seat) -> None:
    while seat.sync.prune():
        pass


def test_what_is_old_and_backed_up_goes_and_nothing_else(seat: Seat, clock: SteppedClock) -> None:
    add(seat, 5)
    seat.sync.confirm(5, [], mark=10)
    wait(clock)
    prune(seat)
    assert bodies(seat) == [1, 2, 3, 4, 5], "no backup was confirmed"
    seat.sync.note_backed_up(10)
    prune(seat)
    assert bodies(seat) == [1, 2, 3, 4, 5], "the backup ends before"
    add(seat, 1)
    seat.sync.confirm(6, [], mark=12)
    add(seat, 1)
    seat.sync.note_backed_up(11)
    assert texts(seat) == 7
    prune(seat)
    assert bodies(seat) == [6, 7]
    assert texts(seat) == 2
    seat.sync.note_backed_up(13)
    prune(seat)
    assert bodies(seat) == [6, 7], "it is of today"
    wait(clock)
    prune(seat)
    assert bodies(seat) == [7], "what is unsent stays"


def test_the_chain_still_joins_and_the_seat_goes_on(
    seat: Seat, clock: SteppedClock, reopen: OpenSeat
) -> None:
    add(seat, 250)
    seat.sync.confirm(250, [], mark=1)
    seat.sync.note_backed_up(2)
    wait(clock)
    assert seat.sync.prune(), "a hundred at a time"
    assert len(bodies(seat)) == 150
    prune(seat)
    assert bodies(seat) == []
    seat = reopen()
    add(seat, 3)
    run = seat.sync.unsent(max_entries=100, max_bytes=10**6)
    assert run is not None
    assert (run.first_seq, run.broken) == (251, ())
    [whole] = seat.whole_journal(max_entries=1_000, max_bytes=10**7)
    assert [place.seq for place in whole.broken] == list(range(1, 251))
    assert all(place.link for place in whole.broken)
    seat.sync.new_incarnation(2)
    assert seat.work.reads.unsent_summary()[0] == 3


def test_what_is_before_a_manager_or_not_over_stays(seat: Seat, clock: SteppedClock) -> None:
    add(seat, 3)
    seat.sync.confirm(3, [Decided(2, "exception", "unknown_member", "")], mark=1)
    seat.work.run(add_encounter)  # and nobody ends it
    seat.work.run(lambda work: work.append(EncounterResumed(uuid4())))
    seat.sync.confirm(4, [], mark=2)
    seat.sync.note_backed_up(3)
    wait(clock)
    prune(seat)
    assert bodies(seat) == [2, 4]
    end(seat)
    prune(seat)
    assert bodies(seat) == [2]


def test_an_open_shift_keeps_its_entries(seat: Seat, clock: SteppedClock) -> None:
    shift_id = uuid4()
    add(seat, 1)

    def sign_in(work: Work) -> None:
        work.start_session(OpenSession(uuid4(), uuid4(), shift_id, work.now_ms()))
        work.set_shift(shift_id, work.now_ms())

    seat.work.run(sign_in)
    add(seat, 2)
    seat.sync.confirm(3, [], mark=1)
    seat.sync.note_backed_up(2)
    wait(clock)
    prune(seat)
    assert bodies(seat) == [2, 3]


def test_a_restored_server_is_told_of_the_places_that_its_backups_did_not_hold(
    seat: Seat, clock: SteppedClock
) -> None:
    """The operator had confirmed what was not there: nothing is passed over in silence."""
    add(seat, 6)
    seat.sync.confirm(6, [], mark=5)
    seat.sync.note_backed_up(6)
    wait(clock)
    prune(seat)
    seat.sync.set_epoch(uuid4())
    seat.sync.offer_again(Heads({1: (4, b"")}))
    run = seat.sync.unsent(max_entries=100, max_bytes=10**6)
    assert run is not None
    assert (run.first_seq, [place.seq for place in run.broken]) == (5, [5, 6])
    assert run.head_link


def test_marks_of_another_epoch_count_for_nothing(seat: Seat, clock: SteppedClock) -> None:
    add(seat, 4)
    seat.sync.confirm(4, [], mark=500)
    seat.sync.note_backed_up(501)
    seat.sync.set_epoch(uuid4())
    seat.sync.offer_again(Heads({1: (2, b"")}))
    wait(clock)
    prune(seat)
    assert bodies(seat) == [1, 2, 3, 4]
    seat.sync.confirm(4, [], mark=7)
    seat.sync.note_backed_up(7)
    prune(seat)
    assert bodies(seat) == [1, 2, 3, 4]
    seat.sync.note_backed_up(8)
    prune(seat)
    assert bodies(seat) == []


def test_a_server_that_forgot_everything_backs_up_nothing(seat: Seat, clock: SteppedClock) -> None:
    add(seat, 2)
    seat.sync.confirm(2, [], mark=5)
    seat.sync.offer_again(Heads({1: (0, b"")}))
    seat.sync.note_backed_up(9)
    wait(clock)
    prune(seat)
    assert bodies(seat) == [1, 2]


def test_one_mark_is_kept_an_hour(seat: Seat, clock: SteppedClock) -> None:
    for seq in range(1, 5):
        add(seat)
        seat.sync.confirm(seq, [], mark=seq)
        wait(clock, days=0.02)
    rows = seat._database.read(
        lambda c: c.exec_driver_sql("SELECT seq, mark FROM acknowledged ORDER BY seq").all()
    )
    assert [tuple(row) for row in rows] == [(3, 3), (4, 4)]


def test_what_was_uploaded_before_marks_were_kept_goes_with_what_came_after(
    seat: Seat, clock: SteppedClock
) -> None:
    add(seat, 2)
    confirmed = update(chain).values(confirmed_seq=2)
    seat._database.transact(lambda connection: connection.execute(confirmed), user=True)
    seat.sync.note_backed_up(10)
    wait(clock)
    prune(seat)
    assert bodies(seat) == [1, 2]
    add(seat, 1)
    seat.sync.confirm(3, [], mark=11)
    seat.sync.note_backed_up(12)
    wait(clock)
    prune(seat)
    assert bodies(seat) == []


def test_a_clock_that_ran_ahead_stops_nothing_for_good(seat: Seat, clock: SteppedClock) -> None:
    """Its entries are as young as what stands behind them, whatever they say."""
    add(seat, 2)
    right = clock.wall_ms
    clock.wall_ms += 4_000 * DAY_MS
    add(seat, 2)
    clock.wall_ms = right
    wait(clock)
    add(seat, 1)
    seat.sync.confirm(5, [], mark=1)
    seat.sync.note_backed_up(2)
    prune(seat)
    assert bodies(seat) == [3, 4, 5], "they may be of yesterday"
    wait(clock)
    prune(seat)
    assert bodies(seat) == []


def test_a_clock_that_was_set_back_takes_nothing_young_along(
    seat: Seat, clock: SteppedClock
) -> None:
    wait(clock)
    add(seat, 2)
    clock.wall_ms -= (DAYS + 1) * DAY_MS
    add(seat, 1)
    wait(clock)
    seat.sync.confirm(3, [], mark=1)
    seat.sync.note_backed_up(2)
    prune(seat)
    assert bodies(seat) == [1, 2, 3]


def test_what_was_kept_of_a_fork_goes_with_the_entries(seat: Seat, clock: SteppedClock) -> None:
    def archived() -> int:
        rows = seat._database.read(
            lambda c: c.exec_driver_sql("SELECT count(*) FROM journal_archive").all()
        )
        return int(rows[0][0])

    add(seat, 3)
    seat.sync.new_incarnation(2)
    wait(clock)
    add(seat, 2)
    assert archived() == 3
    seat.sync.confirm(2, [], mark=1)
    seat.sync.note_backed_up(2)
    prune(seat)
    assert (bodies(seat), archived()) == ([3, 4, 5], 1)


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ({"keep_days": 7}, 7),
        ({"keep_days": 0}, 0),
        ({"keep_days": -1}, DAYS),
        ({"keep_days": "7"}, DAYS),
        ({}, DAYS),
        (None, DAYS),
    ],
)
def test_how_long_is_a_setting(value: Any, days: int) -> None:
    assert kept_days(value) == days


def test_the_programmes_setting_counts(seat: Seat, clock: SteppedClock) -> None:
    setting = b'{"name":"journal","version":1,"value":{"keep_days":2}}'
    build_members(seat, records=[Record("setting", "journal", setting)])
    add(seat, 2)
    seat.sync.confirm(2, [], mark=1)
    seat.sync.note_backed_up(2)
    wait(clock, days=1)
    prune(seat)
    assert bodies(seat) == [1, 2]
    wait(clock, days=1.1)
    prune(seat)
    assert bodies(seat) == []
