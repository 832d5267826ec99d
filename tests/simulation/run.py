"""One run: a seed decides who does what and what goes wrong; in the end the model is asked."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.simulation import model
from tests.simulation.clerk import Clerk
from tests.simulation.clock import Ids, World
from tests.simulation.counter import CounterPc, Crashed
from tests.simulation.network import Network
from tests.simulation.programme import make_programme

ENTRIES: Final = 400
COUNTERS: Final = 3
_TRACE: Final = 60
_LONGEST_DRAIN_S: Final = 3600.0


class Failed(Exception):
    """A promise was broken, or the run itself failed.

    Attributes:
        trace: the last things that happened before.
    """

    def __init__(self, seed: int, cause: BaseException, trace: list[str]) -> None:
        super().__init__(f"seed {seed}: {type(cause).__name__}: {cause}")
        self.seed = seed
        self.trace = trace


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        digest: of all that happened in order; equal for equal seeds.
    """

    seed: int
    entries: int
    seconds: float
    fired: Counter[str]
    covers: Counter[str]
    digest: int
    trace: list[str] = field(default_factory=list)


def simulate(seed: int, *, counters: int = COUNTERS, entries: int = ENTRIES) -> Outcome:
    """Run one seed.

    Raises:
        Failed: see there.
    """
    started = time.perf_counter()
    with _folder() as folder:
        simulation = _Simulation(seed, folder, counters, entries)
        try:
            simulation.run()
        except Exception as error:
            raise Failed(seed, error, list(simulation.trace)) from error
        finally:
            simulation.close()
    return Outcome(
        seed,
        simulation.entries,
        time.perf_counter() - started,
        simulation.fired,
        simulation.covers,
        simulation.digest,
        list(simulation.trace),
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder in memory where there is one: nothing here is to survive a power cut of ours."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="guichet-simulation-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Simulation:
    def __init__(self, seed: int, folder: Path, counters: int, entries: int) -> None:
        self.fired: Counter[str] = Counter()
        self.covers: Counter[str] = Counter()
        self.trace: deque[str] = deque(maxlen=_TRACE)
        self.digest = 0
        self.entries = 0
        self._wanted = entries
        self._world = World()
        self._source = random.Random(seed)
        new_id = Ids(self._world, random.Random(self._source.random()))
        self._programme = make_programme(self._world, new_id, self._source, counters=counters)
        self._network = Network(
            self._world,
            random.Random(self._source.random()),
            self._programme.boot,
            self.fired,
            self.note,
        )
        self._network.storm = False
        members = list(self._programme.start)
        coupons = [f"CA15{n:02}-20261122" for n in range(25)]
        self._clerks = []
        for n in range(counters):
            pc = CounterPc(
                f"A{n + 1}",
                folder / f"A{n + 1}",
                self._world,
                self._network,
                self._source,
                self.fired,
            )
            clerk = Clerk(pc, members, coupons, random.Random(self._source.random()))
            self._clerks.append(clerk)
        self._act_at = [0.0] * counters
        self._online_until = [60.0 + self._source.random() * 60 for _ in range(counters)]

    def note(self, what: str) -> None:
        line = f"{self._world.s:9.3f} {what}"
        self.trace.append(line)
        self.digest = hash((self.digest, line))

    def close(self) -> None:
        for clerk in self._clerks:
            clerk.pc.pull_the_plug()
        self._programme.engine.dispose()

    def run(self) -> None:
        for clerk, code in zip(self._clerks, self._programme.codes, strict=True):
            clerk.pc.crashes = False
            clerk.pc.enrol(code)
        self._settle(60)
        self._network.storm = True
        for clerk in self._clerks:
            clerk.pc.crashes = True
        while sum(len(clerk.pc.journal()) for clerk in self._clerks) < self._wanted:
            for _ in range(80):
                self._step()
        self._drain()
        self.entries = sum(len(clerk.pc.journal()) for clerk in self._clerks)
        for clerk in self._clerks:
            self.covers.update({str(k): n for k, n in clerk.witness.covers.items()})
        model.check(self._programme, self._clerks)

    # --- the storm -------------------------------------------------------------------------------

    def _step(self, *, people: bool = True) -> None:
        """Let whoever is next do one thing."""
        when, turn, what = min(self._agenda(people))
        self._world.s = max(self._world.s, when)
        if what == "late":
            self._network.deliver_late()
            return
        clerk = self._clerks[turn]
        try:
            if what == "person":
                self.note(f"{clerk.pc.name} acts")
                clerk.act()
                self._act_at[turn] = self._world.s + self._source.expovariate(1 / 0.8)
            elif what == "switch":
                self._switch(turn)
            else:
                clerk.pc.poll(what)
        except Crashed:
            self._restart(turn)

    def _agenda(self, people: bool) -> Iterator[tuple[float, int, str]]:
        for turn, clerk in enumerate(self._clerks):
            for what, due_s in clerk.pc.due.items():
                yield due_s, turn, what
            if people:
                yield self._act_at[turn], turn, "person"
                yield self._online_until[turn], turn, "switch"
        yield self._network.next_s, 0, "late"

    def _switch(self, turn: int) -> None:
        """The counter's network goes, or comes back."""
        name = self._clerks[turn].pc.name
        offline = self._network.offline
        if name in offline:
            offline.remove(name)
            lasts_s = 10 + self._source.expovariate(1 / 40)
        else:
            offline.add(name)
            self.fired["offline_periods"] += 1
            model.check_midway(self._programme, self._clerks[turn])
            lasts_s = 5 + self._source.expovariate(1 / 25)
        self.note(f"{name} {'offline' if name in offline else 'online'}")
        self._online_until[turn] = self._world.s + lasts_s

    def _restart(self, turn: int) -> None:
        clerk = self._clerks[turn]
        self.note(f"{clerk.pc.name} crashes")
        while True:
            clerk.pc.pull_the_plug()
            self._world.s += 1 + self._source.random() * 5
            try:
                clerk.pc.switch_on()
                break
            except Crashed:
                self.fired["crash_while_starting"] += 1
        model.check_midway(self._programme, clerk)
        self._act_at[turn] = self._world.s + self._source.random() * 3

    # --- the calm after it -----------------------------------------------------------------------

    def _drain(self) -> None:
        """The network is back, nobody crashes, encounters are finished, everything is sent."""
        self._network.storm = False
        self._network.offline.clear()
        for clerk in self._clerks:
            clerk.pc.crashes = False
        for clerk in self._clerks:
            for _ in range(20):
                if clerk.is_done:
                    break
                clerk.act(finish=True)
            assert clerk.is_done, "a clerk can't finish the encounter"
        self._settle(_LONGEST_DRAIN_S)

    def _settle(self, longest_s: float) -> None:
        """Let only the machines run, until all is sent and seen, or for this long."""
        end_s = self._world.s + longest_s
        while self._world.s < end_s:
            for _ in range(50):
                self._step(people=False)
            if self._is_quiet():
                return

    def _is_quiet(self) -> bool:
        """Everything is with the server, and everybody has pulled since the last change."""
        rows = self._programme.engine
        with rows.connect() as connection:
            newest = connection.exec_driver_sql("SELECT xid FROM write_counter").scalar_one()
        return self._network.next_s == float("inf") and all(
            _has_all(clerk, newest) for clerk in self._clerks
        )


def _has_all(clerk: Clerk, newest_xid: int) -> bool:
    unsent = clerk.pc.seat.sync.unsent(max_entries=1, max_bytes=1)
    return unsent is None and model.replica_xid(clerk) >= newest_xid
