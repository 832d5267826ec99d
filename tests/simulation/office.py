"""Counters, a server and a network between them, on one clock: who is next does one thing."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import crc32

from tests.simulation.clerk import Clerk
from tests.simulation.counter import CounterPc, Crashed
from tests.simulation.disk import Disk
from tests.simulation.facts import Broken, Story
from tests.simulation.network import Network
from tests.simulation.programme import RECOVERY_KEY, Programme
from tests.simulation.replicas import has_all, newest_place, wrong_midway

COUPONS: Final = [f"CA15{n:02}-20261122" for n in range(25)]
_TRACE: Final = 60


class Office:
    """What acts in a run, and how its time goes on.

    Attributes:
        fired: how often each kind of fault did something.
        trace: the last things that happened.
        digest: of all that happened in order; equal for equal seeds.
    """

    def __init__(
        self,
        programme: Programme,
        source: random.Random,
        folder: Path,
        *,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self.fired: Counter[str] = Counter()
        self.trace: deque[str] = deque(maxlen=_TRACE)
        self.digest = 0
        self.story = Story()
        self.programme = programme
        self.world = programme.world
        self.clerks: list[Clerk] = []
        self.network = Network(
            self.world, random.Random(source.random()), programme.boot, self.fired, self.note
        )
        self.network.storm = False
        self.network.muted = without
        self._without = without
        self._folder = folder
        self._source = source
        self._members = list(programme.start)
        self._act_at: list[float] = []
        self._online_until: list[float] = []

    def add(self, name: str, disk: Disk | None, *, branched: bool = False) -> CounterPc:
        """Put up a counter, with what another's disk and vault held or with nothing."""
        pc = CounterPc(
            name,
            self._folder / name,
            self.world,
            self.network,
            self._source,
            self.fired,
            disk=disk,
            without=self._without,
            recovery_key=RECOVERY_KEY,
        )
        pc.branched = branched
        source = random.Random(self._source.random())
        self.clerks.append(Clerk(pc, self._members, COUPONS, source))
        self._act_at.append(self.world.s)
        self._online_until.append(self.world.s + 15 + self._source.random() * 30)
        return pc

    def note(self, what: str) -> None:
        line = f"{self.world.s:9.3f} {what}"
        self.trace.append(line)
        self.digest = crc32(line.encode(), self.digest)

    def close(self) -> None:
        """Close what is open, whatever state it is in."""
        for clerk in self.clerks:
            clerk.pc.close()
        self.programme.engine.dispose()

    # --- who is next -----------------------------------------------------------------------------

    def step(self, *, people: bool = True) -> None:
        """Let whoever is next do one thing."""
        when, turn, what = min(self._agenda(people))
        self.world.s = max(self.world.s, when)
        if what == "late":
            self.network.deliver_late()
            return
        clerk = self.clerks[turn]
        try:
            if what == "person":
                self.note(f"{clerk.pc.name} acts")
                clerk.act()
                self._act_at[turn] = self.world.s + self._source.expovariate(1 / clerk.pace_s)
            elif what == "switch":
                self._switch(turn)
            else:
                clerk.pc.poll(what)
        except Crashed:
            self.restart(turn)

    def _agenda(self, people: bool) -> Iterator[tuple[float, int, str]]:
        for turn, clerk in enumerate(self.clerks):
            if clerk.pc.is_blind:
                continue
            for what, due_s in clerk.pc.due.items():
                yield due_s, turn, what
            if people:
                yield self._act_at[turn], turn, "person"
                yield self._online_until[turn], turn, "switch"
        yield self.network.next_s, 0, "late"

    def _switch(self, turn: int) -> None:
        """The counter's network goes, or comes back."""
        name = self.clerks[turn].pc.name
        offline = self.network.offline
        if name in offline:
            offline.remove(name)
            lasts_s = 8 + self._source.expovariate(1 / 20)
        elif "offline_periods" in self._without:
            lasts_s = 60.0
        else:
            offline.add(name)
            self.fired["offline_periods"] += 1
            self._check_midway(self.clerks[turn])
            lasts_s = 2 + self._source.expovariate(1 / 10)
        self.note(f"{name} {'offline' if name in offline else 'online'}")
        self._online_until[turn] = self.world.s + lasts_s

    def restart(self, turn: int, *, set_back: bool = False, loses_pages: bool = False) -> None:
        """The PC goes down as it is, and is switched on again a few seconds later."""
        clerk = self.clerks[turn]
        self.note(f"{clerk.pc.name} crashes")
        while True:
            clerk.pc.pull_the_plug(set_back=set_back, loses_pages=loses_pages)
            set_back = loses_pages = False
            self.world.s += 1 + self._source.random() * 5
            try:
                clerk.pc.switch_on()
                break
            except Crashed:
                self.fired["crash_while_starting"] += 1
        self._check_midway(clerk)
        self._act_at[turn] = self.world.s + self._source.random() * 3

    def _check_midway(self, clerk: Clerk) -> None:
        if clerk.pc.is_blind:
            return
        if wrong := wrong_midway(self.programme, clerk, restored=self.story.restored):
            raise Broken(wrong)

    # --- until nothing is left to do -------------------------------------------------------------

    def settle(self, longest_s: float) -> None:
        """Let only the machines run, until all is sent and seen, or for this long."""
        end_s = self.world.s + longest_s
        while self.world.s < end_s:
            for _ in range(20):
                self.step(people=False)
            if self._is_quiet():
                return

    def _is_quiet(self) -> bool:
        """Everything is with the server, and everybody has pulled since the last change."""
        if self.network.next_s != float("inf"):
            return False
        place = newest_place(self.programme)
        return all(
            clerk.pc.is_blind if clerk.pc.shut_out else has_all(clerk, place)
            for clerk in self.clerks
        )
