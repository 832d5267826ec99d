"""kill −9 of either side, fifty times, while counters record and push."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from tests.fakes.waiting import until
from tests.processes.reckoning import Found, reckon
from tests.processes.running import Central, CounterPc

ROUNDS = 17


def kill_again_and_again(central: Central, pcs: Sequence[CounterPc]) -> Found:
    """The server and each counter once a round, in any order, in the middle of what they are doing.

    Who is to die has worked since it was started: the server has taken entries, the counter has
    confirmed something. With two counters that makes 51 kills.
    """
    central.start()
    for pc in pcs:
        pc.start()
        pc.join(central)
        pc.order("work")
    source = random.Random(50)
    kills = 0
    everybody: list[Central | CounterPc] = [central, *pcs]
    for _ in range(ROUNDS):
        for victim in source.sample(everybody, len(everybody)):
            _wait_for_work(victim, source.randint(1, 5))
            time.sleep(source.uniform(0, 0.05))  # where it hits is chance; nothing waits for this
            victim.kill()
            kills += 1
            if isinstance(victim, CounterPc):
                victim.start(works=True, wait=False)
            else:
                victim.start(wait=False)
    for pc in pcs:
        pc.answer("working")
        pc.order("rest")
        pc.drain()
        pc.leave()
    central.stop()
    found = reckon(central, pcs)
    print(f"{kills} kills: {found}")
    assert kills > 50
    assert min(found.witnessed[what] for what in ("rated", "earned", "redeemed")) > ROUNDS
    assert found.urgent > ROUNDS
    return found


def _wait_for_work(victim: Central | CounterPc, count: int) -> None:
    if isinstance(victim, CounterPc):
        confirmed = victim.confirmed() + count
        until(lambda: victim.confirmed() >= confirmed, "people are served")
        return
    victim.is_up()
    taken = victim.entries()
    until(lambda: victim.entries() > taken, "the server takes something")
