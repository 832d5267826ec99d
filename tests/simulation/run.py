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
from unittest.mock import patch

from sync.server import auth
from tests.simulation import model
from tests.simulation.clerk import Clerk
from tests.simulation.clock import Ids, World
from tests.simulation.counter import CounterPc, Crashed
from tests.simulation.facts import Books, Story
from tests.simulation.mishaps import Mishaps
from tests.simulation.network import Network
from tests.simulation.programme import RECOVERY_KEY, make_programme
from tests.simulation.replicas import has_all, newest_place, wrong_midway

ENTRIES: Final = 400
COUNTERS: Final = 3
_TRACE: Final = 60
_LONGEST_DRAIN_S: Final = 3600.0
_LOOK_EVERY: Final = 25  # steps, at how far the day has come


class Failed(Exception):
    """A promise was broken, or the run itself failed.

    Attributes:
        promise: such as 'I6'; the error's type where it names none.
        trace: the last things that happened before.
        steps: how many the storm lasted.
    """

    def __init__(self, seed: int, cause: BaseException, trace: list[str], steps: int) -> None:
        super().__init__(f"seed {seed}: {type(cause).__name__}: {cause}")
        self.seed = seed
        self.trace = trace
        self.steps = steps
        is_broken = isinstance(cause, model.Broken)
        self.promise = str(cause).partition(":")[0] if is_broken else type(cause).__name__


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


@dataclass(frozen=True)
class Limits:
    """What makes a run shorter or calmer than its seed would have it.

    Attributes:
        steps: the storm is over after so many, None: when there are entries enough.
        without: kinds of fault and of mishap that do not happen.
    """

    counters: int = COUNTERS
    entries: int = ENTRIES
    steps: int | None = None
    without: frozenset[str] = frozenset()


def simulate(seed: int, limits: Limits = Limits()) -> Outcome:  # it is frozen
    """Run one seed.

    Raises:
        Failed: see there.
    """
    started = time.perf_counter()
    with _folder() as folder:
        simulation = _Simulation(seed, folder, limits)
        try:
            with patch.object(auth, "TOKEN_MS", simulation.token_ms):
                simulation.run()
        except Exception as error:
            trace = list(simulation.trace)
            raise Failed(seed, error, trace, simulation.steps) from error
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
    def __init__(self, seed: int, folder: Path, limits: Limits) -> None:
        self.fired: Counter[str] = Counter()
        self.covers: Counter[str] = Counter()
        self.trace: deque[str] = deque(maxlen=_TRACE)
        self.digest = 0
        self.entries = 0
        self.steps = 0
        self._limits = limits
        self._folder = folder
        self._world = World()
        self._source = random.Random(seed)
        self.token_ms = self._source.choice((30_000, 90_000, 3_600_000))
        new_id = Ids(self._world, random.Random(self._source.random()))
        self._programme = make_programme(
            self._world, new_id, self._source, counters=limits.counters
        )
        self._network = Network(
            self._world,
            random.Random(self._source.random()),
            self._programme.boot,
            self.fired,
            self.note,
        )
        self._network.storm = False
        self._network.muted = limits.without
        self._members = list(self._programme.start)
        self._coupons = [f"CA15{n:02}-20261122" for n in range(25)]
        self._story = Story()
        self._clerks: list[Clerk] = []
        self._act_at: list[float] = []
        self._online_until: list[float] = []
        for n in range(limits.counters):
            self._add(f"A{n + 1}", None)
        self._mishaps = Mishaps(
            random.Random(self._source.random()), limits.counters, without=limits.without
        )

    def _add(self, name: str, clone_of: CounterPc | None) -> CounterPc:
        pc = CounterPc(
            name,
            self._folder / name,
            self._world,
            self._network,
            self._source,
            self.fired,
            clone_of=clone_of,
            without=self._limits.without,
            recovery_key=RECOVERY_KEY,
        )
        source = random.Random(self._source.random())
        self._clerks.append(Clerk(pc, self._members, self._coupons, source))
        self._act_at.append(self._world.s)
        self._online_until.append(self._world.s + 15 + self._source.random() * 30)
        return pc

    def note(self, what: str) -> None:
        line = f"{self._world.s:9.3f} {what}"
        self.trace.append(line)
        self.digest = hash((self.digest, line))

    def close(self) -> None:
        for clerk in self._clerks:
            clerk.pc.close()
        self._programme.engine.dispose()

    def run(self) -> None:
        for clerk, code in zip(self._clerks, self._programme.codes, strict=True):
            clerk.pc.crashes = False
            clerk.pc.enrol(code)
        self._settle(60)
        self._network.storm = True
        for clerk in self._clerks:
            clerk.pc.crashes = True
        while (done := self._day()) < 1.0:
            for what, turn in self._mishaps.due(done):
                self._befall(what, turn)
            for _ in range(_LOOK_EVERY):
                self._step()
            self.steps += _LOOK_EVERY
        self._drain()
        model.check_shut_out(self._programme, self._clerks, self._story)
        self._rescue()
        self.entries = sum(clerk.pc.count_entries() for clerk in self._clerks)
        for clerk in self._clerks:
            self.covers.update({str(k): n for k, n in clerk.witness.covers.items()})
        model.check(self._programme, self._clerks, self._story)

    def _day(self) -> float:
        """How much of the storm is behind us, 1.0: all of it."""
        if self._limits.steps is not None and self.steps >= self._limits.steps:
            return 1.0
        return sum(c.pc.count_entries() for c in self._clerks) / self._limits.entries

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
                self._act_at[turn] = self._world.s + self._source.expovariate(1 / clerk.pace_s)
            elif what == "switch":
                self._switch(turn)
            else:
                clerk.pc.poll(what)
        except Crashed:
            self._restart(turn)

    def _agenda(self, people: bool) -> Iterator[tuple[float, int, str]]:
        for turn, clerk in enumerate(self._clerks):
            if clerk.pc.is_blind:
                continue
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
            lasts_s = 8 + self._source.expovariate(1 / 20)
        elif "offline_periods" in self._limits.without:
            lasts_s = 60.0
        else:
            offline.add(name)
            self.fired["offline_periods"] += 1
            self._check_midway(self._clerks[turn])
            lasts_s = 2 + self._source.expovariate(1 / 10)
        self.note(f"{name} {'offline' if name in offline else 'online'}")
        self._online_until[turn] = self._world.s + lasts_s

    def _restart(self, turn: int, *, set_back: bool = False) -> None:
        clerk = self._clerks[turn]
        self.note(f"{clerk.pc.name} crashes")
        while True:
            clerk.pc.pull_the_plug(set_back=set_back)
            set_back = False
            self._world.s += 1 + self._source.random() * 5
            try:
                clerk.pc.switch_on()
                break
            except Crashed:
                self.fired["crash_while_starting"] += 1
        self._check_midway(clerk)
        self._act_at[turn] = self._world.s + self._source.random() * 3

    def _check_midway(self, clerk: Clerk) -> None:
        if clerk.pc.is_blind:
            return
        if wrong := wrong_midway(self._programme, clerk, restored=self._story.restored):
            raise model.Broken(wrong)

    def _befall(self, what: str, turn: int) -> None:
        """One of the rarer misfortunes, to a counter or to the server."""
        pc = self._clerks[turn].pc
        self.note(f"{what} {pc.name}")
        match what:
            case "disk_copied":
                pc.keep_copy()
            case "disk_set_back":
                if not pc.has_copy or pc.revoked:
                    return
                self._restart(turn, set_back=True)
            case "disk_cloned":
                if pc.revoked:
                    return
                pc.branched = True
                self._add(f"{pc.name}'", pc)
            case "clock_forward" | "clock_back":
                by_ms = self._source.choice((400_000, 7_200_000, 90_000_000, 864_000_000))
                pc.clock.jump(by_ms if what == "clock_forward" else -by_ms)
            case "server_updated":
                self._network.is_newer = True
            case "server_backed_up":
                self._backup = self._programme.back_up()
            case "server_restored":
                self._programme.restore(self._backup)
                self._story.restored = True
            case "revoked":
                pc.revoked = True
                device = pc.device_id
                self._programme.revoke(device)
                with self._programme.engine.connect() as connection:
                    self._story.shut_out[device] = model.heads_of(Books(connection))[device]
        self.fired[what] += 1

    # --- the calm after it -----------------------------------------------------------------------

    def _drain(self) -> None:
        """The network is back, nobody crashes, encounters are finished, everything is sent."""
        self._network.storm = False
        self._network.offline.clear()
        for clerk in self._clerks:
            clerk.pc.crashes = False
        for clerk in self._clerks:
            if clerk.pc.revoked:
                continue
            for _ in range(20):
                if clerk.is_done:
                    break
                clerk.act(finish=True)
            assert clerk.is_done, "a clerk can't finish the encounter"
        self._settle(_LONGEST_DRAIN_S)

    def _rescue(self) -> None:
        """Whoever was shut out is drained from the disk, which proves itself; twice is once."""
        blind = [clerk for clerk in self._clerks if clerk.pc.is_blind]
        for clerk in blind:
            self._programme.rescue(clerk.pc.folder)
            self.fired["rescued"] += 1
            if self._programme.rescue(clerk.pc.folder):
                raise model.Broken("I1: a rescued journal was taken in twice")
        if blind:
            self._settle(_LONGEST_DRAIN_S)

    def _settle(self, longest_s: float) -> None:
        """Let only the machines run, until all is sent and seen, or for this long."""
        end_s = self._world.s + longest_s
        while self._world.s < end_s:
            for _ in range(20):
                self._step(people=False)
            if self._is_quiet():
                return

    def _is_quiet(self) -> bool:
        """Everything is with the server, and everybody has pulled since the last change."""
        if self._network.next_s != float("inf"):
            return False
        place = newest_place(self._programme)
        return all(
            clerk.pc.is_blind if clerk.pc.revoked else has_all(clerk, place)
            for clerk in self._clerks
        )
