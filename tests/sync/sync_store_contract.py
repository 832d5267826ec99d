"""What every SyncStore promises; the fake and the real adapter are both held to it.

Inherit `SyncStoreContract` in a test module and give it a fixture `seat`.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Protocol
from uuid import UUID, uuid4

import pytest

from app.domain.entry import commitment, genesis, links
from app.domain.errors import Unavailable
from app.domain.risk import RiskCaps
from app.ports.sync_store import Decided, GrantedLease, GrantedPool, Heads, SyncStore


class SeatUnderTest(Protocol):
    """An enrolled seat with an empty journal."""

    @property
    def store(self) -> SyncStore: ...

    def append(self, *, urgent: bool = False, blobs: int = 0) -> UUID:
        """Add an entry as a user's command would; returns its event id."""

    def reopen(self) -> None:
        """As after a restart of the program; a seat without a disk does nothing."""


class SyncStoreContract:
    """Test methods only; the subclass has the fixture `seat: SeatUnderTest`."""

    def test_nothing_is_unsent_in_an_empty_journal(self, seat: SeatUnderTest) -> None:
        assert seat.store.unsent(max_entries=10, max_bytes=10_000) is None
        assert list(seat.store.urgent_unsent(limit=10)) == []

    def test_a_run_is_the_oldest_part_of_the_chain(self, seat: SeatUnderTest) -> None:
        events = [seat.append() for _ in range(5)]
        run = seat.store.unsent(max_entries=3, max_bytes=100_000)
        identity = seat.store.identity()
        assert run is not None
        assert identity is not None
        assert (run.first_seq, run.last_seq) == (1, 3)
        assert [json.loads(body)["event_id"] for body in run.bodies] == list(map(str, events[:3]))
        start = genesis(identity.device_id, identity.incarnation)
        assert run.head_link == links(start, run.bodies)[-1]

    def test_a_run_can_be_asked_for_that_comes_behind_another(self, seat: SeatUnderTest) -> None:
        for _ in range(5):
            seat.append()
        seat.store.confirm(1, [], mark=1)
        behind = seat.store.unsent(max_entries=2, max_bytes=100_000, behind=3)
        assert seat.store.unsent(max_entries=2, max_bytes=100_000, behind=5) is None
        older = seat.store.unsent(max_entries=9, max_bytes=100_000, behind=0)
        seat.store.confirm(3, [], mark=2)
        assert behind == seat.store.unsent(max_entries=2, max_bytes=100_000)
        assert older is not None
        assert older.first_seq == 2

    def test_a_run_goes_on_after_what_is_confirmed(self, seat: SeatUnderTest) -> None:
        for _ in range(4):
            seat.append()
        whole = seat.store.unsent(max_entries=10, max_bytes=100_000)
        seat.store.confirm(3, [], mark=1)
        rest = seat.store.unsent(max_entries=10, max_bytes=100_000)
        assert whole is not None
        assert rest is not None
        assert (rest.first_seq, rest.last_seq) == (4, 4)
        assert rest.bodies == whole.bodies[3:]
        assert rest.head_link == whole.head_link

    def test_bytes_cap_a_run_but_one_entry_always_goes(self, seat: SeatUnderTest) -> None:
        for _ in range(3):
            seat.append(blobs=1)
        one = seat.store.unsent(max_entries=10, max_bytes=1)
        assert one is not None
        assert len(one.bodies) == 1
        size = len(one.bodies[0]) + len(one.blobs[0].content)
        two = seat.store.unsent(max_entries=10, max_bytes=2 * size + size // 2)
        assert two is not None
        assert len(two.bodies) == 2

    def test_blobs_travel_with_their_entries_and_fit_their_hash(self, seat: SeatUnderTest) -> None:
        seat.append(blobs=2)
        seat.append(blobs=1)
        run = seat.store.unsent(max_entries=1, max_bytes=100_000)
        assert run is not None
        assert len(run.blobs) == 2
        assert all(commitment(b.salt, b.content) == b.commitment for b in run.blobs)

    def test_confirming_twice_or_less_changes_nothing(self, seat: SeatUnderTest) -> None:
        for _ in range(3):
            seat.append()
        refused = Decided(2, "exception", "staff_inactive", "no longer employed")
        seat.store.confirm(2, [refused], mark=5)
        seat.store.confirm(2, [refused], mark=9)
        seat.store.confirm(1, [], mark=10)
        run = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert run is not None
        assert run.first_seq == 3

    def test_confirming_beyond_the_journal_is_refused(self, seat: SeatUnderTest) -> None:
        seat.append()
        with pytest.raises(ValueError, match="beyond"):
            seat.store.confirm(2, [], mark=1)

    def test_what_the_server_forgot_is_offered_again(self, seat: SeatUnderTest) -> None:
        for _ in range(5):
            seat.append()
        before = seat.store.unsent(max_entries=9, max_bytes=100_000)
        seat.store.confirm(5, [], mark=1)
        seat.store.offer_again(Heads({1: (2, b"")}))
        again = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert before is not None
        assert again is not None
        assert (again.first_seq, again.last_seq) == (3, 5)
        assert again.bodies == before.bodies[2:]
        assert again.head_link == before.head_link

    def test_offering_again_never_confirms(self, seat: SeatUnderTest) -> None:
        seat.append()
        seat.append()
        seat.store.offer_again(Heads({1: (2, b"")}))
        run = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert run is not None
        assert run.first_seq == 1

    def test_urgent_copies_go_once_and_oldest_first(self, seat: SeatUnderTest) -> None:
        first = seat.append(urgent=True, blobs=1)
        seat.append()
        second = seat.append(urgent=True)
        copies = seat.store.urgent_unsent(limit=10)
        assert [copy.event_id for copy in copies] == [first, second]
        assert len(copies[0].blobs) == 1
        assert [c.event_id for c in seat.store.urgent_unsent(limit=1)] == [first]
        seat.store.urgent_delivered(first)
        seat.store.urgent_delivered(first)
        assert [c.event_id for c in seat.store.urgent_unsent(limit=10)] == [second]

    def test_an_urgent_copy_is_the_chains_own_bytes(self, seat: SeatUnderTest) -> None:
        seat.append(urgent=True)
        run = seat.store.unsent(max_entries=1, max_bytes=100_000)
        assert run is not None
        assert seat.store.urgent_unsent(limit=1)[0].body == run.bodies[0]

    def test_what_the_chain_brought_needs_no_copy(self, seat: SeatUnderTest) -> None:
        seat.append(urgent=True)
        seat.store.confirm(1, [], mark=1)
        assert list(seat.store.urgent_unsent(limit=10)) == []

    def test_a_new_incarnation_offers_the_unconfirmed_anew(self, seat: SeatUnderTest) -> None:
        events = [seat.append() for _ in range(4)]
        seat.store.confirm(1, [], mark=1)
        seat.store.new_incarnation(2)
        seat.store.new_incarnation(2)
        identity = seat.store.identity()
        run = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert identity is not None
        assert run is not None
        assert identity.incarnation == 2
        assert (run.first_seq, run.last_seq) == (1, 3)
        documents = [json.loads(body) for body in run.bodies]
        assert [d["event_id"] for d in documents] == list(map(str, events[1:]))
        assert [(d["incarnation"], d["seq"]) for d in documents] == [(2, 1), (2, 2), (2, 3)]
        assert run.head_link == links(genesis(identity.device_id, 2), run.bodies)[-1]

    def test_a_new_incarnation_begins_empty_where_all_was_confirmed(
        self, seat: SeatUnderTest
    ) -> None:
        seat.append()
        seat.store.confirm(1, [], mark=1)
        seat.store.new_incarnation(2)
        assert seat.store.unsent(max_entries=9, max_bytes=100_000) is None
        seat.append()
        run = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert run is not None
        assert (run.first_seq, run.last_seq) == (1, 1)

    def test_an_entry_after_a_fork_joins_the_new_chain(self, seat: SeatUnderTest) -> None:
        seat.append()
        seat.store.new_incarnation(2)
        seat.append()
        run = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert run is not None
        assert run.last_seq == 2
        assert json.loads(run.bodies[1])["incarnation"] == 2

    def test_what_is_forgotten_of_an_older_incarnation_comes_first(
        self, seat: SeatUnderTest
    ) -> None:
        for _ in range(4):
            seat.append()
        before = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert before is not None
        seat.store.confirm(3, [], mark=1)
        seat.store.new_incarnation(2)
        seat.store.confirm(1, [], mark=2)
        seat.store.offer_again(Heads({1: (1, b""), 2: (1, b"")}))
        older = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert older is not None
        assert (older.incarnation, older.first_seq, older.last_seq) == (1, 2, 3)
        assert older.bodies == before.bodies[1:3]
        assert seat.store.unsent(max_entries=9, max_bytes=100_000, behind=3) is None
        seat.store.confirm(3, [], mark=3, incarnation=1)
        assert seat.store.unsent(max_entries=9, max_bytes=100_000) is None
        seat.store.offer_again(Heads({2: (1, b"")}))
        assert seat.store.unsent(max_entries=9, max_bytes=100_000) is None, "of 1 nothing was said"
        seat.store.offer_again(Heads({}, whole_from=0))
        first = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert first is not None
        assert (first.incarnation, first.first_seq, first.last_seq) == (1, 1, 3)
        seat.store.new_incarnation(3)
        moved = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert moved is not None
        assert (moved.incarnation, moved.first_seq, moved.last_seq) == (3, 1, 4)

    def test_a_chain_that_is_another_there_is_offered_whole(self, seat: SeatUnderTest) -> None:
        for _ in range(3):
            seat.append()
        run = seat.store.unsent(max_entries=2, max_bytes=100_000)
        assert run is not None
        seat.store.confirm(3, [], mark=1)
        seat.store.offer_again(Heads({1: (2, run.head_link)}))
        behind = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert behind is not None
        assert behind.first_seq == 3
        seat.store.offer_again(Heads({1: (2, b"x" * 32)}))
        whole = seat.store.unsent(max_entries=9, max_bytes=100_000)
        assert whole is not None
        assert whole.first_seq == 1

    def test_everything_survives_a_restart(self, seat: SeatUnderTest) -> None:
        seat.append()
        seat.append(urgent=True)
        seat.store.confirm(1, [], mark=1)
        epoch = uuid4()
        seat.store.set_epoch(epoch)
        before = seat.store.unsent(max_entries=9, max_bytes=100_000)
        seat.reopen()
        identity = seat.store.identity()
        assert identity is not None
        assert identity.epoch == epoch
        assert seat.store.unsent(max_entries=9, max_bytes=100_000) == before
        assert len(seat.store.urgent_unsent(limit=9)) == 1

    def test_a_members_file_is_adopted_and_the_old_one_goes(self, seat: SeatUnderTest) -> None:
        store = seat.store
        assert store.members_file() is None
        first = self._new_file(seat)
        store.adopt_members_file(first)
        assert store.members_file() == first
        second = self._new_file(seat)
        assert second != first
        store.adopt_members_file(second)
        assert store.members_file() == second
        seat.reopen()
        assert seat.store.members_file() == second
        assert not first.exists()

    def test_an_unfinished_members_file_is_not_in_use(self, seat: SeatUnderTest) -> None:
        first = self._new_file(seat)
        seat.reopen()
        assert seat.store.members_file() is None
        second = seat.store.next_members_file()
        assert not (first.exists() and first != second)

    def _new_file(self, seat: SeatUnderTest):  # type: ignore[no-untyped-def]
        path = seat.store.next_members_file()

        def make() -> None:
            from sync.protocol.replica.ddl import create_replica

            connection = seat.store.connect_members(path)
            connection.execute("BEGIN IMMEDIATE")
            create_replica(connection, scope="office")
            connection.execute("COMMIT")
            connection.close()

        seat.store.write(make)
        return path

    def test_a_file_that_is_none_is_damaged(self, seat: SeatUnderTest) -> None:
        path = self._new_file(seat)
        for leftover in path.parent.glob(path.name + "-*"):
            leftover.unlink()
        path.write_bytes(b"this is no database at all, whatever its name says" * 100)

        def open_it() -> None:
            connection = seat.store.connect_members(path)
            connection.close()

        with pytest.raises(Unavailable) as caught:
            seat.store.write(open_it)
        assert caught.value.code == "members_damaged"

    def test_members_errors_are_the_connections_own(self, seat: SeatUnderTest) -> None:
        path = self._new_file(seat)

        def fail() -> None:
            connection = seat.store.connect_members(path)
            try:
                connection.execute("SELECT * FROM nowhere")
            except connection.DatabaseError as error:
                raise Unavailable("seen", str(error.sqlite_errorcode)) from error
            finally:
                connection.close()

        with pytest.raises(Unavailable, match=f"^{sqlite3.SQLITE_ERROR}$"):
            seat.store.write(fail)

    def test_write_returns_and_raises_what_its_work_does(self, seat: SeatUnderTest) -> None:
        assert seat.store.write(lambda: 7) == 7

        def fail() -> None:
            raise KeyError("x")

        with pytest.raises(KeyError):
            seat.store.write(fail)

    def test_pulls_are_acknowledged_again_and_again(self, seat: SeatUnderTest) -> None:
        lease = GrantedLease(uuid4(), uuid4(), 500, 0, 2_000_000_000_000, "open", b"s" * 64)
        pool = GrantedPool(uuid4(), 10_000, RiskCaps.unheeded(500, 800))
        for _ in range(2):
            seat.store.acknowledge_pull(leases=[lease], pool=pool, horizon=10, now_ms=1)
        seat.store.acknowledge_pull(leases=None, pool=None, horizon=None, now_ms=2)
        seat.store.acknowledge_pull(leases=[], pool=None, horizon=11, now_ms=3)

    def test_the_link_can_be_told(self, seat: SeatUnderTest) -> None:
        seat.store.note_contact(offset_ms=-86_400_000, now_ms=1)
        seat.store.set_link_state(online=False, problem="unreachable")
        seat.store.set_link_state(online=True, problem="")
        seat.store.announce("members", "pending")
