"""Counters, desks, a server and networks between them, on one clock: who is next does one thing."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID
from zlib import crc32

from app.domain.approval import Approval
from tests.simulation.agreeing import Agreeing
from tests.simulation.broken import Broken
from tests.simulation.clerk import Clerk
from tests.simulation.counter import CounterPc, Kind
from tests.simulation.danger import Crashed
from tests.simulation.disk import Disk
from tests.simulation.facts import Story
from tests.simulation.lan import OfficeLan
from tests.simulation.manager import Manager
from tests.simulation.network import Network
from tests.simulation.person import Person
from tests.simulation.programme import RECOVERY_KEY, Programme
from tests.simulation.replicas import has_all, newest_changes, wrong_midway
from tests.simulation.weather import Weather

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
        self.clerks: list[Person] = []
        self.weather = Weather(self.fired, without)
        self.network = Network(
            self.world, random.Random(source.random()), programme.boot, self.weather, self.note
        )
        self.network.taken_in = lambda died: self.note_cases(must_ring=not died)
        self.lan = OfficeLan(self.world, random.Random(source.random()), self.weather)
        self._cards: list[str] = []
        self._given: list[UUID] = []
        self._wallet: list[str] = []
        self._managers: list[Manager] = []
        self._approvals: list[Approval] = []
        self._known_cases: set[UUID] = set()
        self._without = without
        self._folder = folder
        self._source = source
        self._members = list(programme.start)
        self._act_at: list[float] = []
        self._online_until: list[float] = []

    def add(
        self,
        name: str,
        kind: Kind,
        disk: Disk | None,
        *,
        code: str = "",
        branched: bool = False,
    ) -> CounterPc:
        """Put up a counter or a desk, with a disk and a vault or with a code that enrols it."""
        pc = CounterPc(
            name,
            self._folder / name,
            self.world,
            self.network,
            self.lan,
            self._source,
            self.fired,
            kind=kind,
            code=code,
            disk=disk,
            without=self._without,
            recovery_key=RECOVERY_KEY,
        )
        pc.branched = branched
        pc.meanwhile = lambda seconds: self.run_for(seconds, people=False)
        source = random.Random(self._source.random())
        if kind == "desk":
            self.lan.desks[name] = pc
            manager = Manager(pc, self._members, source)
            self._managers.append(manager)
            self.clerks.append(manager)
        else:
            self.clerks.append(
                Clerk(
                    pc,
                    self._members,
                    COUPONS,
                    source,
                    cards=self._cards,
                    given=self._given,
                    wallet=self._wallet,
                    knows_card=self.programme.knows_card,
                    agreeing=Agreeing(pc, source, self._managers, self._approvals, self.fired),
                )
            )
            self.lan.counters[name] = pc
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
        self._do_next(people=people)
        while self.lan.died:
            died = self.lan.died.pop()
            if died.danger.dead:
                self.restart([clerk.pc for clerk in self.clerks].index(died))

    def _do_next(self, *, people: bool) -> None:
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
            return
        except Crashed as crash:
            died = crash.pc
        # Not while the crash is being handled, whose traceback holds what was open
        self.restart([clerk.pc for clerk in self.clerks].index(died))

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
            self.network.wires.cut_off(name)
            self.fired["offline_periods"] += 1
            self._check_midway(self.clerks[turn])
            lasts_s = 2 + self._source.expovariate(1 / 10)
        self.note(f"{name} {'offline' if name in offline else 'online'}")
        self._online_until[turn] = self.world.s + lasts_s

    def keep_off(self, turn: int, seconds: float) -> None:
        """A PC is out of the server's reach for so long, and in its neighbours'."""
        name = self.clerks[turn].pc.name
        self.network.offline.add(name)
        self.network.wires.cut_off(name)
        self._online_until[turn] = self.world.s + seconds

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

    def note_cases(self, *, must_ring: bool) -> None:
        """See which cases are new at the server; whoever hears its feed has rung for them by now.

        Raises:
            Broken: a desk was told nothing.
        """
        with self.programme.engine.connect() as connection:
            found = connection.exec_driver_sql(
                "SELECT case_id FROM service_case WHERE origin = 'rating'"
            )
            new = {UUID(case_id) for (case_id,) in found} - self._known_cases
        self._known_cases |= new
        for name, desk in self.lan.desks.items():
            if wrong := desk.bell.fed - self._known_cases:
                raise Broken(f"alarms: the server rang {name} for what it hasn't: {sorted(wrong)}")
        if not must_ring or not new:
            return
        listening = self.network.wires.listening()
        for name, desk in self.lan.desks.items():
            if name in listening and not desk.bell.rang >= new:
                raise Broken(f"alarms: {name} hears the server and did not ring for {sorted(new)}")

    def _check_midway(self, clerk: Person) -> None:
        if clerk.pc.is_blind or not clerk.pc.is_enrolled:
            return
        # A restored server has forgotten cases that it had told of
        if not self.story.restored and (missing := clerk.pc.unrung()):
            raise Broken(f"alarms: {clerk.pc.name} kept {missing} and is silent about them")
        if wrong := wrong_midway(self.programme, clerk, restored=self.story.restored):
            raise Broken(wrong)

    # --- until nothing is left to do -------------------------------------------------------------

    def run_for(self, seconds: float, *, people: bool = True) -> None:
        """Let everybody go on for a while, or the machines alone."""
        end_s = self.world.s + seconds
        while min(self._agenda(people))[0] < end_s:
            self.step(people=people)
        self.world.s = max(self.world.s, end_s)

    def settle(self, longest_s: float) -> None:
        """Let only the machines run, until all is sent and seen, or for this long."""
        end_s = self.world.s + longest_s
        while self.world.s < end_s:
            for _ in range(20):
                self.step(people=False)
            if self.network.next_s == float("inf") and not self.behind():
                return

    def behind(self) -> set[str]:
        """Whose work isn't with the server, or who hasn't pulled since the last change."""
        places = newest_changes(self.programme)
        return {
            pc.name
            for clerk in self.clerks
            for pc in [clerk.pc]
            if not (pc.is_blind if pc.shut_out else has_all(clerk, places[pc.kind]))
        }
