"""One run: a seed decides who does what and what goes wrong; in the end the model is asked."""

from __future__ import annotations

import gc
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch

from sync.client import replica_file
from sync.server import auth, deciding
from sync.server.upkeep import Upkeep
from tests.simulation import model
from tests.simulation.bell import unheard
from tests.simulation.broken import Broken
from tests.simulation.clock import Ids, World
from tests.simulation.counter import CounterPc
from tests.simulation.facts import Books
from tests.simulation.merges import Merge, Merges, pick
from tests.simulation.mishaps import Mishaps
from tests.simulation.morning import (
    COUNTERS,
    MORNINGS,
    folder_in_memory,
    morning,
    places,
    prepare,
)
from tests.simulation.mutants import planted
from tests.simulation.office import Office
from tests.simulation.patterns import Patterns
from tests.simulation.programme import programme_of
from tests.simulation.replicas import newest_changes, replica_place
from tests.simulation.scoping import OWN_MORNINGS, Coming, short_days
from tests.simulation.stated import Stated
from tests.simulation.waiting import WAITING_MORNINGS, check_that_points_wait, sleep_over_it

ENTRIES: Final = 400
_LONGEST_DRAIN_S: Final = 3600.0
_ABSENT_MS: Final = 90 * 86_400_000  # 45 days are allowed, and clocks may have been set back
_OUT_OF_REACH_S: Final = 15.0
"""So long a revoked PC can't hear of it by the server, and goes on in the office's network."""
_RUSH_S: Final = 2.5
_RINGS_WITHIN_S: Final = 15.0
_HEARD_WITHIN_S: Final = 12.0
_LOOKS: Final = (0.4, 0.8)
"""How far into the day the server looks for patterns, and says what could be lost.

When the storm is over it does once more.
"""
_LOOK_EVERY: Final = 25  # steps, at how far the day has come


class Failed(Exception):
    """A promise was broken, or the run itself failed.

    Attributes:
        what: is wrong.
        promises: those that are broken, such as 'I6'; the error's type where it names none.
        trace: the last things that happened before.
        steps: the storm lasts so many where it is run again.
        digest: of all that happened in order; equal for equal runs.
    """

    def __init__(
        self,
        seed: int,
        what: str,
        promises: tuple[str, ...],
        trace: list[str],
        steps: int,
        digest: int,
    ) -> None:
        super().__init__(seed, what, promises, trace, steps, digest)
        self.seed = seed
        self.what = what
        self.promises = promises
        self.trace = trace
        self.steps = steps
        self.digest = digest

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.what}"

    @property
    def promise(self) -> str:
        """The first that is broken."""
        return self.promises[0]


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        digest: of all that happened in order; equal for equal runs.
        judged: refusals that were gone over, by code.
        left_out: refusals of which the model can't tell whether they were right, by code.
    """

    seed: int
    entries: int
    fired: Counter[str]
    covers: Counter[str]
    digest: int
    judged: Counter[str]
    left_out: Counter[str]
    trace: list[str]


@dataclass(frozen=True)
class Limits:
    """Besides its seed all that a run depends on.

    Attributes:
        entries: the storm is over when there are so many, or
        steps: after so many, if that is sooner.
        without: kinds of fault and of mishap that do not happen.
        mutant: a bug that is planted in the real code, '' for none.
    """

    counters: int = COUNTERS
    entries: int = ENTRIES
    steps: int | None = None
    without: frozenset[str] = frozenset()
    mutant: str = ""


def simulate(seed: int, limits: Limits = Limits()) -> Outcome:  # it is frozen
    """Run one seed.

    Raises:
        Failed: see there.
    """
    prepare(limits.counters)  # no bug is there yet in the morning
    with _garbage_left(), folder_in_memory() as folder, planted(limits.mutant):
        simulation = _Simulation(seed, folder, limits)
        try:
            with (
                patch.object(auth, "TOKEN_MS", simulation.token_ms),
                # So that an upload of a few entries has parts
                patch.object(deciding, "_PART", 3),
                # So that members files' logs are merged in so short a day
                patch.multiple(replica_file, _LONG_LOG=12, _LONGEST_LOG=30),
                short_days(),
            ):
                simulation.run()
        except Exception as error:
            raise simulation.failed(error) from error
        finally:
            simulation.office.close()
    return simulation.outcome()


@contextmanager
def _garbage_left() -> Iterator[None]:
    """A tenth of the time is the collector's; a run's garbage goes with the run."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


class _Simulation:
    def __init__(self, seed: int, folder: Path, limits: Limits) -> None:
        self._seed = seed
        self._steps = 0
        self._limits = limits
        self._source = random.Random(seed)
        self.token_ms = self._source.choice((30_000, 90_000, 3_600_000))
        begun = morning(seed % MORNINGS, limits.counters)
        world = World(begun.world_s)
        new_id = Ids(world, random.Random(self._source.random()))
        self._programme = programme_of(begun.server, begun.programme_id, begun.start, world, new_id)
        self.office = Office(self._programme, self._source, folder, without=limits.without)
        for (name, kind), disk in zip(places(limits.counters), begun.disks, strict=True):
            self.office.add(name, kind, disk)
        self._clerks = self.office.clerks
        self._story = self.office.story
        self._mishaps = Mishaps(
            seed, random.Random(self._source.random()), len(self._clerks), without=limits.without
        )

        self._patterns = Patterns(self._programme)
        self._stated: list[Stated] = []
        self._coming: Coming | None = None
        if seed % MORNINGS in OWN_MORNINGS:
            self._coming = Coming(self._programme, seed, self.office.fired)

    def run(self) -> None:
        self.office.weather.storm = True
        looks = list(_LOOKS)
        while (done := self._day()) < 1.0:
            for what, turn in self._mishaps.due(done):
                self._befall(what, turn)
            for _ in range(_LOOK_EVERY):
                if self._steps == self._limits.steps:
                    break
                self.office.step()
                self._steps += 1
            if looks and looks[0] <= done:
                looks.pop(0)
                self._look_for_patterns()
                self._stated.append(Stated.now(self._programme, self._clerks))
            for _ in Upkeep(self.office.network.server.transactions).publishing_stock():
                self.office.fired["stock_told"] += 1
            if self._coming is not None:
                self._coming.tend(done, self._clerks)
        self._lose_server()
        self._drain()
        if self._seed % MORNINGS in WAITING_MORNINGS:
            check_that_points_wait(self._programme, self._clerks, Merges(self._story.merged))
            self.office.fired["matured"] += sleep_over_it(self._programme)
            self.office.settle(_LONGEST_DRAIN_S)
        self._whisper()
        if self._coming is not None:
            self._coming.count()
        model.check_shut_out(self._programme, self._clerks, self._story)
        self._rescue()
        self._find_copies()
        self._look_for_patterns()
        self.office.settle(_LONGEST_DRAIN_S)
        self._entries = sum(clerk.pc.count_entries() for clerk in self._clerks)
        handed_back = sum(clerk.pc.count_entries("LeaseReturned") for clerk in self._clerks)
        self.office.fired["handed_back"] += handed_back
        returned = sum(clerk.pc.count_entries("StockReturned") for clerk in self._clerks)
        self.office.fired["stock_returned"] += returned
        self.office.fired.update(self._programme.shares())
        self._refusals = model.check(
            self._programme, self._clerks, self._story, self._patterns, self._stated
        )

    def failed(self, error: Exception) -> Failed:
        """What broke off the run."""
        # As long as it lasts the storm has to reach the step in which that happened
        steps = self._steps + self.office.weather.storm
        kind, what = type(error).__name__, str(error)
        told = what.split("; ") if isinstance(error, Broken) else []
        promises = tuple(each.partition(":")[0] for each in told) or (kind,)
        what = what if told else f"{kind}: {what}"
        trace = list(self.office.trace)
        return Failed(self._seed, what, promises, trace, steps, self.office.digest)

    def outcome(self) -> Outcome:
        """What the run did, now that it is over."""
        fired, covers = self.office.fired, Counter[str]()
        for clerk in self._clerks:
            covers.update({str(k): n for k, n in clerk.witness.covers.items()})
            fired["looked_up"] += clerk.witness.look_ups
            fired["had_for_waiting"] += clerk.witness.had_for_waiting
            fired["vouchers_taken"] += clerk.witness.vouchers
            fired["adjusted"] += len(clerk.witness.adjusted)
            fired["given_up_at_desk"] += len(clerk.witness.gave_up)
            fired["appealed"] += sum(kind == "RatingAppealed" for kind, _ in clerk.witness.appeals)
            fired["listened"] += len(clerk.witness.heard)
            fired["acted"] += clerk.witness.acted
            fired["judged"] += sum(kind == "AppealDecided" for kind, _ in clerk.witness.appeals)
        for code in ("case_taken", "case_closed", "case_open"):
            fired["cases_contested"] += self._refusals.judged[code]
        return Outcome(
            self._seed,
            self._entries,
            fired,
            covers,
            self.office.digest,
            self._refusals.judged,
            self._refusals.left_out,
            list(self.office.trace),
        )

    def _look_for_patterns(self) -> None:
        raised = self._patterns.look(self.office.network.server)
        self.office.fired["patterns_raised"] += raised

    def _day(self) -> float:
        """How much of the storm is behind us, 1.0: all of it."""
        if self._steps == self._limits.steps:
            return 1.0
        return sum(c.pc.count_entries() for c in self._clerks) / self._limits.entries

    def _befall(self, what: str, turn: int) -> None:
        """One of the rarer misfortunes, to a counter or to the server."""
        pc = self._clerks[turn].pc
        self.office.note(f"{what} {pc.name}")
        match what:
            case "disk_copied":
                pc.keep_copy()
            case "disk_set_back":
                if not pc.has_copy or pc.shut_out:
                    return
                pc.bell.promised.clear()
                self._clerks[turn].witness.looked_up.clear()
                self.office.restart(turn, set_back=True)
            case "disk_cloned":
                if pc.shut_out:
                    return
                pc.branched = True
                clone = self.office.add(f"{pc.name}'", pc.kind, pc.disk(), branched=True)
                clone.losses.of_clone(pc.losses)
            case "clock_forward" | "clock_back":
                by_ms = self._source.choice((400_000, 7_200_000, 90_000_000, 864_000_000))
                pc.clock.jump(by_ms if what == "clock_forward" else -by_ms)
                # What is kept for days may be let go of
                pc.bell.promised.clear()
                self._clerks[turn].witness.looked_up.clear()
            case "newcomer":
                name = f"A{len(self._clerks) + 1}"
                code = self._programme.new_place(name)
                self.office.add(name, "counter", None, code=code)
            case "server_updated":
                self.office.network.is_newer = self._story.updated = True
            case "server_backed_up":
                self._backup = self._programme.back_up()
                self._merged_by_then = list(self._story.merged)
                self._patterns.backed_up()
                self._programme.confirm_backup()
                self.office.fired["backup_confirmed"] += 1
            case "backup_confirmed":
                self._programme.confirm_backup()
            case "server_restored":
                known = self._programme.decided()
                self._programme.restore(self._backup)
                self._patterns.restored()
                self._story.restored = True
                self._story.unmerged += self._story.merged[len(self._merged_by_then) :]
                self._story.merged = self._merged_by_then
                self._story.forgotten = known - self._programme.decided()
            case "revoked":
                pc.shut_out = True
                device = pc.device_id
                self._story.revoked_at[device] = self._programme.revoke(device)
                with self._programme.engine.connect() as connection:
                    self._story.shut_out[device] = model.heads_of(Books(connection))[device]
                self.office.keep_off(turn, _OUT_OF_REACH_S)
            case "leases_written_off":
                # Given up while it works on: what it had spent by then comes in late
                given_up = max((clerk.pc for clerk in self._clerks), key=CounterPc.unsent_grants)
                given_up = given_up if given_up.unsent_grants() else pc
                place = self._programme.write_off(given_up.device_id)
                self._story.given_up.append((given_up.device_id, place))
            case "members_merged":
                pair = pick(self._programme, self._source, self._story.merged)
                merged_at = None if pair is None else self._programme.merge(*pair)
                if pair is None or merged_at is None:
                    return
                self._story.merged.append(Merge(*pair, merged_at))
            case "family_changed":
                self._programme.change_family(random.Random(self._seed + self._steps))
            case "pages_lost":
                if not pc.branched and not pc.shut_out and pc.is_enrolled:
                    pc.bell.promised.clear()
                    self.office.restart(turn, loses_pages=True)
                return
            case "long_absence":
                if pc.shut_out:
                    return
                # Switched off for longer than anybody may be without the server
                pc.shut_out = True
                pc.clock.jump(_ABSENT_MS)
                pc.bell.promised.clear()  # nobody is rung for after so long
                self.office.restart(turn)
        self.office.fired[what] += 1

    # --- the server is gone ----------------------------------------------------------------------

    def _lose_server(self) -> None:
        """The storm has taken the server along; low ratings ring at the desks all the same."""
        self.office.weather.storm = False
        for clerk in self._clerks:
            clerk.pc.danger.armed = False
        network = self.office.network
        network.is_gone = True
        network.wires.cut()
        self.office.run_for(_RUSH_S)
        self.office.run_for(_RINGS_WITHIN_S, people=False)
        if wrong := unheard(self._programme, self._clerks, forgotten=self._story.forgotten):
            raise Broken(wrong)
        network.is_gone = False
        self._stated.append(Stated.now(self._programme, self._clerks))

    # --- the calm after it -----------------------------------------------------------------------

    def _drain(self) -> None:
        """The network is back, nobody crashes, encounters are finished, everything is sent."""
        self.office.network.offline.clear()
        for clerk in self._clerks:
            if clerk.pc.shut_out:
                continue
            for _ in range(20):
                if clerk.is_done:
                    break
                clerk.act(finish=True)
            assert clerk.is_done, "a clerk can't finish the encounter"
        self.office.settle(_LONGEST_DRAIN_S)

    def _whisper(self) -> None:
        """One more customer, then one more member: whoever hears the feed pulls unasked."""
        listening = set(self.office.network.wires.listening())
        clerk = next(c for c in self._clerks if c.pc.kind == "counter" and not c.pc.is_blind)
        for finish in (False, False, *[True] * 9):
            clerk.act(finish=finish)
        clerk.pc.wake()
        end_s = self.office.world.s + _LONGEST_DRAIN_S
        while clerk.pc.unsent():
            if self.office.world.s > end_s:
                return  # which promise that breaks is the model's to say
            self.office.step(people=False)
        self._all_pull(listening)
        if self._coming is not None:
            listening = set(self.office.network.wires.listening())
            self._coming.bring_in(self.office.network.server)
            self._all_pull(listening)
        self.office.settle(_LONGEST_DRAIN_S)

    def _all_pull(self, listening: set[str]) -> None:
        newest = newest_changes(self._programme)
        self.office.run_for(_HEARD_WITHIN_S, people=False)
        late = [
            c.pc.name
            for c in self._clerks
            if c.pc.name in listening
            and not c.pc.is_blind
            and replica_place(c)[1] < newest[c.pc.kind][1]
        ]
        if late:
            raise Broken(f"hints: {late} hear the feed and haven't pulled")

    def _find_copies(self) -> None:
        """Some disks that lost pages had been copied before: whatever was lost is there."""
        for clerk in self._clerks:
            losses = clerk.pc.losses
            if losses.before_damage is None or clerk.pc.shut_out or self._source.random() < 0.4:
                continue
            with TemporaryDirectory() as name:
                for file, content in losses.before_damage.items():
                    (Path(name) / file).write_bytes(content)
                self._programme.rescue(Path(name))
                if self._programme.rescue(Path(name)):
                    raise Broken("I1: what was lost was found twice")
            losses.has_found_copy = True
            self.office.fired["pages_found"] += 1
        self.office.note_cases(must_ring=False)
        self.office.settle(_LONGEST_DRAIN_S)

    def _rescue(self) -> None:
        """Whoever was shut out is drained from the disk, which proves itself; twice is once."""
        blind = [clerk for clerk in self._clerks if clerk.pc.is_blind]
        for clerk in blind:
            self._programme.rescue(clerk.pc.folder)
            self.office.fired["rescued"] += 1
            if self._programme.rescue(clerk.pc.folder):
                raise Broken("I1: a rescued journal was taken in twice")
        self.office.note_cases(must_ring=False)  # nobody is told of what a rescue brings
        if blind:
            self.office.settle(_LONGEST_DRAIN_S)
