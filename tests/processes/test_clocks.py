"""Wall clocks set back and forward under processes at work, by days."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.reckoning import open_journal, reckon
from tests.processes.running import USABLE_S
from tests.processes.wrong_clock import WrongClock

pytestmark = pytest.mark.slow

SHIFTS = ("+10d", "-3d", "+400d", "-200d")
SERVER_SHIFTS = ("+2d", "-2d", "+0")
DAY_MS = 86_400_000
BACK_S = 60.0


def test_a_counters_clock_may_go_wherever_it_likes(
    tmp_path: Path, make_central: MakeCentral, make_pc: MakePc
) -> None:
    """With the server and without it, through kills as well: nobody is stopped or loses a thing."""
    central = make_central("sqlite")
    central.start()
    clock, pc = WrongClock(tmp_path / "clock"), make_pc("A1")
    pc.start(env=clock.env)
    pc.join(central)
    pc.order("work")
    for shift in SHIFTS:
        clock.set(shift)
        confirmed, taken = pc.confirmed(), central.entries()
        until(lambda c=confirmed: pc.confirmed() > c + 8, f"people are served at {shift}")  # type: ignore[misc]
        until(lambda n=taken: central.entries() > n, f"the server takes it at {shift}", BACK_S)  # type: ignore[misc]
        pc.kill()
        central.kill()
        clock.set("+60d")
        pc.start(env=clock.env, works=True)  # cut off for two months, says the calendar
        confirmed = pc.confirmed()
        until(lambda c=confirmed: pc.confirmed() > c + 3, "it still opens and serves")  # type: ignore[misc]
        clock.set(shift)
        central.start()
    told = pc.tell()
    assert told["refused"] == {}
    pc.order("rest")
    pc.drain(BACK_S)
    pc.leave()
    central.stop()
    print(reckon(central, [pc]))
    (first, last) = (
        open_journal(pc).execute("SELECT min(wall_ms), max(wall_ms) FROM journal").fetchone()
    )
    assert last - first > 500 * DAY_MS, "the clock was set, and the journal says so"


def test_the_servers_clock_may_be_set_too(
    tmp_path: Path, make_central: MakeCentral, make_pc: MakePc
) -> None:
    """Tokens run out or come from the future; devices get new ones and go on."""
    clock = WrongClock(tmp_path / "clock")
    central = make_central("postgres")
    central.start(env=clock.env)
    pc = make_pc("A1")
    pc.start()
    pc.join(central)
    pc.order("work")
    for shift in SERVER_SHIFTS:
        clock.set(shift)
        taken = central.entries()
        until(lambda n=taken: central.entries() > n + 30, f"it goes on at {shift}", BACK_S)  # type: ignore[misc]
        assert pc.tell()["longest_s"] < USABLE_S
    pc.order("rest")
    pc.drain(BACK_S)
    pc.leave()
    central.stop()
    print(reckon(central, [pc]))
