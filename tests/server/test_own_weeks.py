"""Clerks are told of their own weeks: by their own office, and of nobody else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from sync.protocol.told import OwnWeeksAnswer, OwnWeeksRequest
from sync.server.api.app import make_app
from sync.server.problems import ProblemError
from sync.server.programme import put_setting
from tests.server.conftest import Programme
from tests.server.counter_pc import Counter
from tests.server.http import serving
from tests.server.seats import Seat, new_id, visit
from tests.server.test_figures_told import elsewhere

WEEK_MS = 7 * 86_400_000


def ask(seat: Seat) -> OwnWeeksAnswer:
    assert seat.staff_id is not None
    return seat.server.own_weeks(seat.device_id, OwnWeeksRequest(seat.staff_id, new_id()))


def test_the_clerks_own_and_no_one_elses(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "figures", {"staff_least_n": 4})
    mine, other = programme.seat(), programme.seat(counter=1)
    other.staff_id = programme.manager_id
    for score in (5, 5, 5, 1):
        visit(mine, score=score)
    visit(mine, score=None)
    mine.push()
    visit(other, score=1)
    other.push()
    list(programme.upkeep.publishing_office_days())
    assert ask(mine).weeks == [], "the week isn't over"
    programme.clock.ms += 3 * WEEK_MS
    (week,) = ask(mine).weeks
    assert (week.visits, week.ratings, week.good_percent) == (5, 4, 75)
    assert ask(mine).least_n == 4
    (theirs,) = ask(other).weeks
    assert (theirs.visits, theirs.good_percent) == (1, None)
    assert b"by_score" not in msgspec.json.encode(ask(mine)), "sums alone leave the server"


def test_nobody_is_told_of_somebody_who_works_elsewhere(programme: Programme) -> None:
    here, there = programme.seat(), elsewhere(programme, "SHA")
    here.staff_id = there.staff_id
    with pytest.raises(ProblemError, match="another office"):
        ask(here)
    here.staff_id = new_id()
    with pytest.raises(ProblemError, match="isn't known"):
        ask(here)


def test_a_counter_asks_over_the_wire(programme: Programme, tmp_path: Path) -> None:
    counter = Counter(programme, tmp_path / "b", deposits=False)
    counter.upload()
    mine = programme.seat(counter=1)
    visit(mine, score=5)
    mine.push()
    list(programme.upkeep.publishing_office_days())
    programme.clock.ms += 3 * WEEK_MS
    with serving(make_app(programme.server, feed_tick_s=0.5)) as http:
        desk = HttpOnlineDesk(
            counter.seat.sync, lambda _: HttpTransport(http.url), counter.clock,
            tokens=TokenCache(), version="1",
        )  # fmt: skip
        told = desk.own_weeks(staff_id=programme.clerk_id, session_id=new_id(), limit_s=30.0)
        stranger = desk.own_weeks(staff_id=new_id(), session_id=new_id(), limit_s=30.0)
        desk.close()
    counter.close()
    assert told.outcome == "told"
    assert [(week.visits, week.good_percent) for week in told.weeks] == [(1, None)]
    assert told.least_n == 30
    assert (stranger.outcome, stranger.code) == ("unreachable", "forbidden")
