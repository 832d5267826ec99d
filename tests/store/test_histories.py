"""Random histories: whatever happens in whatever order, the chain holds and rows are in step."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.domain.errors import Rejected
from app.domain.events import AccrualReversed
from app.ports.sync_store import GrantedLease
from app.ports.work import Work
from tests.store.seats import (
    MemoryVault,
    SteppedClock,
    add_encounter,
    check_chain,
    earn,
    enrol,
    open_at,
    raw_work,
)

MEMBERS = [UUID(int=number) for number in range(3)]
LEASE = UUID(int=99)


class _Planned(Exception):
    pass


class Seats(RuleBasedStateMachine):
    """A seat against a model of it: what the server would show, plus the overlay, is the truth."""

    @initialize()
    def start(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.folder = Path(self.directory.name) / "seat"
        self.vault, self.clock = MemoryVault(), SteppedClock()
        self.seat = open_at(self.folder, self.vault, self.clock)
        enrol(self.seat)
        self.encounter_id = self.seat.work.run(add_encounter)
        self.entries = 0  # of the current incarnation
        self.confirmed = 0
        self.incarnation = 1
        self.mark = 0
        self.events: list[tuple[UUID, int]] = []  # (member, points) by entry, current chain
        self.server: dict[UUID, int] = defaultdict(int)  # what a complete pull would show
        self.file: dict[UUID, int] = defaultdict(int)  # what the members file shows
        self.truth: dict[UUID, int] = defaultdict(int)  # all that stands
        self.standing: dict[UUID, tuple[UUID, int]] = {}
        self.lease_spent = 0
        self.seat.sync.acknowledge_pull(
            leases=[GrantedLease(LEASE, MEMBERS[0], 100, 0, 9, "open", b"")],
            pool=None,
            horizon=None,
            now_ms=1,
        )

    def teardown(self) -> None:
        self.seat.close()
        self.directory.cleanup()

    def _did(self, member: UUID, points: int) -> None:
        self.entries += 1
        self.events.append((member, points))
        self.truth[member] += points

    @rule(member=st.sampled_from(MEMBERS), points=st.integers(0, 50))
    def accrue(self, member: UUID, points: int) -> None:
        ref = self.seat.work.run(lambda work: earn(work, self.encounter_id, member, points))
        self.standing[ref] = (member, points)
        self._did(member, points)

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        if not self.standing:
            return
        ref = data.draw(st.sampled_from(sorted(self.standing)))
        member, points = self.standing.pop(ref)

        def unit(work: Work) -> None:
            entry = work.append(AccrualReversed(ref, self.encounter_id, "undone"))
            work.drop_overlay(ref, entry)
            work.undo_line(ref)

        self.seat.work.run(unit)
        self._did(member, -points)

    @rule(member=st.sampled_from(MEMBERS), entries=st.integers(1, 3))
    def fail(self, member: UUID, entries: int) -> None:
        def unit(work: Work) -> None:
            for _ in range(entries):
                earn(work, self.encounter_id, member, 1_000)
            work.spend_lease(LEASE, 0)
            raise _Planned

        try:
            self.seat.work.run(unit)
        except _Planned:
            return
        raise AssertionError("the unit's error did not come through")

    @rule(points=st.integers(0, 60))
    def spend(self, points: int) -> None:
        try:
            self.seat.work.run(lambda work: work.spend_lease(LEASE, points))
        except Rejected:
            assert self.lease_spent + points > 100
        else:
            self.lease_spent += points

    @rule(part=st.floats(0, 1))
    def upload(self, part: float) -> None:
        head = self.confirmed + round((self.entries - self.confirmed) * part)
        self.mark += 1
        self.seat.sync.confirm(head, [], mark=self.mark)
        self.seat.sync.confirm(head, [], mark=self.mark + 7)  # a repeated answer
        for member, points in self.events[self.confirmed : head]:
            self.server[member] += points
        self.confirmed = head

    @rule()
    def pull(self) -> None:
        self.file = defaultdict(int, self.server)
        self.seat.sync.acknowledge_pull(leases=None, pool=None, horizon=self.mark + 1, now_ms=1)

    @rule()
    def fork(self) -> None:
        self.incarnation += 1
        self.seat.sync.new_incarnation(self.incarnation)
        self.events = self.events[self.confirmed :]
        self.entries -= self.confirmed
        self.confirmed = 0

    @rule()
    def restart(self) -> None:
        self.seat.close()
        self.seat = open_at(self.folder, self.vault, self.clock)

    @invariant()
    def the_member_sees_what_stands(self) -> None:
        for member in MEMBERS:
            overlay = self.seat.work.reads.overlay(member)
            shown = self.file[member] + overlay.earned_points - overlay.spent_points
            assert shown == self.truth[member], overlay
            assert min(overlay.earned_points, overlay.spent_points) >= 0

    @invariant()
    def the_chain_is_unbroken(self) -> None:
        raw = raw_work(self.folder, self.vault)
        try:
            assert check_chain(raw) == self.entries
        finally:
            raw.close()

    @invariant()
    def nothing_is_forgotten(self) -> None:
        reads = self.seat.work.reads
        assert reads.unsent_summary()[0] == self.entries - self.confirmed
        run = self.seat.sync.unsent(max_entries=10_000, max_bytes=10**9)
        if self.entries == self.confirmed:
            assert run is None
        else:
            assert run is not None
            assert (run.first_seq, run.last_seq) == (self.confirmed + 1, self.entries)
        undone = [line for line in reads.lines(self.encounter_id) if line.undone]
        kept = [line for line in reads.lines(self.encounter_id) if not line.undone]
        assert {line.ref_id for line in kept} == set(self.standing)
        assert not {line.ref_id for line in undone} & set(self.standing)
        lease = next(iter(reads.leases(MEMBERS[0])), None)
        assert lease is not None
        assert lease.spent_points == self.lease_spent <= 100


TestHistories = Seats.TestCase
TestHistories.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
)
