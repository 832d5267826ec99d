"""kill −9 in the middle of commits: what was confirmed is there, what is there is whole."""

from __future__ import annotations

import multiprocessing
import random
from pathlib import Path
from uuid import UUID

from app.ports.work import Overlay
from tests.store.counter_process import MEMBER, POINTS, work_on
from tests.store.seats import MemoryVault, SteppedClock, check_chain, enrol, open_at, raw_work

KILLS = 20

# Forks a fresh process that has imported all it needs, without this one's threads.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.store.counter_process"])


def test_nothing_confirmed_is_lost_and_nothing_is_halved(folder: Path, vault: MemoryVault) -> None:
    seat = open_at(folder, vault, SteppedClock())
    enrol(seat)
    seat.close()
    source = random.Random(20)
    witnessed: set[UUID] = set()
    for _ in range(KILLS):
        witnessed |= _run_and_kill(folder, vault, source.randint(1, 25))
    assert len(witnessed) >= KILLS

    seat = open_at(folder, vault, SteppedClock())
    try:
        entries, _ = seat.work.reads.unsent_summary()
        assert seat.work.reads.overlay(MEMBER) == Overlay(entries * POINTS, 0)
    finally:
        seat.close()
    raw = raw_work(folder, vault)
    assert check_chain(raw) == entries
    recorded = {UUID(bytes=row[0]) for row in raw.execute("SELECT ref_id FROM effect").fetchall()}
    assert witnessed <= recorded
    for table in ("line", "effect", "journal"):
        assert raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (entries,), table
    assert raw.execute("SELECT count(*) * 2 FROM encounter").fetchone() == (entries,)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


def _run_and_kill(folder: Path, vault: MemoryVault, after: int) -> set[UUID]:
    """Kill the process some time after its `after`-th confirmation; returns all that it gave."""
    witness, teller = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=work_on, args=(folder, vault.secrets, teller))
    process.start()
    teller.close()
    told = []
    try:
        while True:
            told.append(UUID(bytes=witness.recv_bytes()))
            if len(told) == after:
                process.kill()  # it is in the middle of the next ones; what it said counts
    except EOFError:
        pass
    process.join()
    assert process.exitcode == -9, "it was to be killed, not to fail"
    process.close()
    witness.close()
    return set(told)
