"""PostgreSQL stopped and crashed under load, with two server processes and two counters at it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

import pytest

from tests.fakes.postgres import PostgresServer
from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.reckoning import reckon
from tests.processes.running import USABLE_S, CounterPc

pytestmark = pytest.mark.slow

RESTARTS = 12
BACK_S = 45.0


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """One of its own: others share theirs with tests that don't expect this."""
    with PostgresServer() as server:
        yield server


def test_crashes_and_stops_of_the_database_lose_nothing(
    postgres: PostgresServer, make_central: MakeCentral, make_pc: MakePc
) -> None:
    central = make_central("postgres")
    central.start(workers=2)
    pcs = [make_pc("A1"), make_pc("A2")]
    for pc in pcs:
        pc.start()
        pc.join(central)
        pc.order("work")
    source = random.Random(12)
    waited_s = []
    for number in range(RESTARTS):
        taken = central.entries()
        until(lambda taken=taken: central.entries() > taken, "the server takes something")  # type: ignore[misc]
        time.sleep(source.uniform(0, 0.1))  # where it hits is chance; nothing waits for this
        if number % 2:
            postgres.stop()
        else:
            postgres.kill()
        confirmed = [pc.confirmed() for pc in pcs]
        until(lambda c=confirmed: _all_more(pcs, c), "counters go on without it")  # type: ignore[misc]
        postgres.start()
        began_s, taken = time.monotonic(), central.entries()
        until(lambda taken=taken: central.entries() > taken, "it is taken up again", BACK_S)  # type: ignore[misc]
        waited_s.append(time.monotonic() - began_s)
        assert max(pc.tell()["longest_s"] for pc in pcs) < USABLE_S
    for pc in pcs:
        pc.order("rest")
        pc.drain(BACK_S)
        pc.leave()
    central.stop()
    found = reckon(central, pcs)
    print(f"{RESTARTS} restarts, taken up again after {max(waited_s):.1f} s at most: {found}")
    assert min(found.witnessed[what] for what in ("rated", "earned")) > RESTARTS


def _all_more(pcs: Sequence[CounterPc], before: Sequence[int]) -> bool:
    return all(pc.confirmed() > count for pc, count in zip(pcs, before, strict=True))
