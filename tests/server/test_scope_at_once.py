"""An office's scope with two connections at the same moment, on PostgreSQL: the sums hold.

SQLite has one writer: nothing can come between.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from sync.server import scope_jobs
from sync.server.programme import add_office, choose_members
from sync.server.scope import DAY_MS, OWN, VISITED_DAYS
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import findings
from tests.server.conftest import Programme, add_member
from tests.server.scoping import choose, earn, follow, move, rebuild, refused, scoping
from tests.server.seats import visit

ROUNDS = 12


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_entering_a_scope_while_the_member_changes(quiet: Programme) -> None:
    """What is added to the sum is the hash that stands there, whoever is first at the member."""
    programme = quiet
    members = [programme.member(100, home_office="SHA") for _ in range(ROUNDS)]
    choose(programme, "own")
    seat = programme.seat()
    replica = rebuild(seat)
    askers = [programme.seat(counter=n) for n in (0, 1)]
    with ThreadPoolExecutor(3) as threads:
        for number, member_id in enumerate(members):
            together = Barrier(3)

            def at_once(who: int) -> None:
                together.wait(20)  # noqa: B023 # done before the next round
                match who:
                    case 0:  # the visit brings them in
                        visit(askers[0], member_id=member_id)  # noqa: B023
                        askers[0].push()
                    case 1:
                        earn(askers[1], member_id, 7)  # noqa: B023
                    case _:
                        home = "PEK" if number % 2 else "SHA"  # noqa: B023
                        move(programme, member_id, home)  # noqa: B023

            list(threads.map(at_once, range(3)))
            follow(seat, replica, limit=2)
            assert replica.members[member_id].posted_points == 107
    assert findings(programme) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_leaving_a_scope_while_the_member_comes_again(quiet: Programme) -> None:
    programme = quiet
    members = [programme.member(100, home_office="SHA") for _ in range(ROUNDS)]
    choose(programme, "own")
    seat, other = programme.seat(), programme.seat(counter=1)
    replica = rebuild(seat)
    with ThreadPoolExecutor(2) as threads:
        for member_id in members:
            visit(other, member_id=member_id)
            other.push()
            programme.clock.ms += (VISITED_DAYS + 2) * DAY_MS
            together = Barrier(2)

            def at_once(who: int) -> None:
                together.wait(20)  # noqa: B023 # done before the next round
                if who:
                    scoping(programme)
                else:
                    visit(other, member_id=member_id)  # noqa: B023
                    other.push()

            list(threads.map(at_once, range(2)))
            follow(seat, replica)
            assert member_id in replica.members, "who came again stays"
    assert findings(programme) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_transaction_that_began_before_the_choice_is_waited_for(
    quiet: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It doesn't know that it has to take members in, so nobody is gathered before it ends."""
    monkeypatch.setattr(scope_jobs, "_PATIENCE_S", 0.3)
    programme = quiet
    seat = programme.seat()
    slow = programme.work()
    work = slow.__enter__()
    assert work.scopes.kept == {}
    late = add_member(work, 1, home_office="PEK")
    choose(programme, "own")
    replica = rebuild(seat)
    seat.pull()  # it holds everybody still
    slow.__exit__(None, None, None)
    scoping(programme)
    assert refused(seat) == "cursor_unknown"
    replica = rebuild(seat)
    follow(seat, replica)
    assert replica.members.keys() == {late}
    assert findings(programme) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_one_that_began_after_the_choices_keeps_no_office_waiting(
    quiet: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the offices behind the one that was being gathered when it began."""
    monkeypatch.setattr(scope_jobs, "_PATIENCE_S", 0.3)
    programme = quiet
    with programme.work() as work:
        add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
    with programme.work() as work:
        for code in ("PEK", "SHA"):
            choose_members(work, code=code, members="own")
            add_member(work, 1, home_office=code)
    running = programme.upkeep.scoping()
    next(running)
    with programme.server.engine.connect() as late:
        late.execute(sa.select(sa.func.pg_current_xact_id()))
        for _ in running:
            pass
    with reading(programme.server.engine) as connection:
        members = connection.execute(sa.select(t.office.c.members)).scalars().all()
    assert members == [OWN, OWN]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_gather_at_once_while_members_change(
    quiet: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator's command and a server's job, and the counters at work."""
    monkeypatch.setattr("sync.server.pace.CHUNK_ROWS", 4)
    programme = quiet
    members = [programme.member(n, home_office=("PEK", "SHA")[n % 2]) for n in range(40)]
    seat, other = programme.seat(), programme.seat(counter=1)
    with programme.work() as work:
        choose_members(work, code="PEK", members="own")

    def at_work(who: int) -> None:
        if who < 2:
            scoping(programme)
            return
        source = random.Random(3)
        for _ in range(15):
            earn(other, source.choice(members), 1)
            move(programme, source.choice(members), source.choice(("PEK", "SHA")))

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(at_work, range(3)))
    scoping(programme)
    replica = rebuild(seat)
    follow(seat, replica)
    assert findings(programme) == []
