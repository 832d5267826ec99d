"""Writes and fsyncs that fail under a counter at work: refused in words, and nothing half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.fiu import SYNCS, WRITES, FaultyDisk
from tests.processes.reckoning import reckon
from tests.processes.running import CounterPc

pytestmark = pytest.mark.slow

# (calls that fail, how often, the disk says that it is full, the code that people are told)
FAULTS = (
    (SYNCS, 1.0, False, "disk_error"),
    (WRITES, 1.0, False, "disk_error"),
    (WRITES, 1.0, True, "disk_full"),
    (SYNCS, 0.2, False, "disk_error"),
    (WRITES, 0.05, False, "disk_error"),
)


def refusals(pc: CounterPc, code: str) -> int:
    return int(pc.tell()["refused"].get(code, 0))


def test_failing_writes_and_syncs_are_told_and_leave_nothing_behind(
    tmp_path: Path, make_central: MakeCentral, make_pc: MakePc
) -> None:
    """What was refused is not there, what was confirmed is: exactly, since nobody is killed."""
    central = make_central("sqlite")
    central.start()
    pc = make_pc("A1")
    disk = FaultyDisk(pc, tmp_path / "fiu")
    pc.start(before=disk.before)
    pc.join(central)
    pc.order("work")
    until(lambda: pc.confirmed() > 5, "people are served")
    for calls, probability, full, code in FAULTS:
        before = refusals(pc, code)
        disk.fail(*calls, probability=probability, full=full)
        until(lambda b=before, c=code: refusals(pc, c) > b + 3, f"{calls} are told")  # type: ignore[misc]
        if probability == 1.0:
            confirmed = pc.confirmed()
            more = refusals(pc, code) + 5
            until(lambda c=code, m=more: refusals(pc, c) >= m, "and told again")  # type: ignore[misc]
            assert pc.confirmed() == confirmed, "confirmed on a disk that takes nothing"
        disk.heal()
        confirmed = pc.confirmed()
        until(lambda c=confirmed: pc.confirmed() > c + 5, "and over when the disk is well")  # type: ignore[misc]
        until(lambda: bool(pc.tell()["online"]), "sync goes on")
    pc.order("rest")
    told = pc.tell()
    assert set(told["refused"]) <= {"disk_full", "disk_error"}, told
    pc.drain()
    pc.leave()
    central.stop()
    found = reckon(central, [pc])
    print(told["refused"], found)
    assert found.recorded == {what: found.witnessed[what] for what in ("rated", "earned")}


def test_a_pc_that_dies_after_its_syncs_failed_starts_whole(
    tmp_path: Path, make_central: MakeCentral, make_pc: MakePc
) -> None:
    """Of what a failed fsync left in the log at most the last unit of work is there afterwards."""
    central = make_central("sqlite")
    central.start()
    pc = make_pc("A1")
    pc.start()
    pc.join(central)
    pc.leave()
    lives = 4
    for _ in range(lives):
        disk = FaultyDisk(pc, tmp_path / "fiu")
        pc.start(before=disk.before, works=True)
        confirmed = pc.confirmed()
        until(lambda c=confirmed: pc.confirmed() > c + 5, "people are served")  # type: ignore[misc]
        disk.fail(*SYNCS)
        until(lambda: refusals(pc, "disk_error") > 3, "the clerk is told")
        pc.order("rest")  # nothing is under way any more when it dies
        pc.kill()
    pc.start()
    pc.drain()
    pc.leave()
    central.stop()
    found = reckon(central, [pc])
    print(found)
    for what in ("rated", "earned"):
        assert 0 <= found.recorded[what] - found.witnessed[what] <= lives
