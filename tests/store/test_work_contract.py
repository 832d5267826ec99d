"""What every WorkStore promises: all or nothing, the journal, who is here, leases and the pool."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.domain.entry import Actor, commitment
from app.domain.errors import Rejected
from app.domain.events import (
    EncounterEnded,
    EncounterOpened,
    EncounterOutcome,
    EncounterResumed,
    MemberJoined,
    Proof,
    RatingRecorded,
    RatingState,
    ShiftOpened,
)
from app.domain.risk import RiskCaps
from app.domain.trust import Trust
from app.ports.sync_store import Decided, GrantedLease, GrantedPool
from app.ports.work import (
    MOST_COUNTED,
    EncounterRow,
    OpenSession,
    Overlay,
    Work,
)
from tests.store.seats import add_encounter, earn
from tests.store.subject import Subject

# ------------------------------------------------------------------------------ all or nothing


CAPS = RiskCaps.unheeded(50, 60)


def test_a_unit_that_raises_changes_nothing(subject: Subject, member_id: UUID) -> None:
    class Broken(Exception):
        pass

    def unit(work: Work) -> None:
        encounter_id = add_encounter(work, member_id)
        earn(work, encounter_id, member_id, 100, "coupon")
        work.start_session(OpenSession(uuid4(), uuid4(), None, None))
        work.note_failed_try("7")
        work.next_matter_number()
        raise Broken

    with pytest.raises(Broken):
        subject.store.run(unit)
    assert subject.reads.open_encounter() is None
    assert subject.reads.overlay(member_id) == Overlay(0, 0)
    assert subject.reads.unsent_summary() == (0, None)
    assert subject.reads.session() is None
    assert subject.reads.failed_tries("7") == (0, None)
    assert not subject.reads.coupon_used("coupon")
    assert subject.store.run(lambda work: work.next_matter_number()) == 1
    # … and the chain goes on where it was.
    assert subject.store.run(lambda w: w.append(EncounterOpened(uuid4(), "scan"))).seq == 1


def test_a_unit_reads_what_it_wrote_and_others_only_after(subject: Subject) -> None:
    def unit(work: Work) -> UUID:
        encounter_id = add_encounter(work)
        assert work.encounter(encounter_id) is not None
        assert subject.reads.encounter(encounter_id) is None
        return encounter_id

    assert subject.reads.encounter(subject.store.run(unit)) is not None


# ------------------------------------------------------------------------------ the journal


def test_entries_are_numbered_without_gaps_and_carry_their_actor(subject: Subject) -> None:
    session = OpenSession(uuid4(), uuid4(), uuid4(), 7)
    other = Actor(uuid4(), uuid4(), None)

    def unit(work: Work) -> list[bytes]:
        first = work.append(EncounterOpened(uuid4(), "scan"))
        work.start_session(session)
        second = work.append(EncounterOpened(uuid4(), "scan"))
        third = work.append(EncounterOpened(uuid4(), "scan"), actor=other)
        assert (first.seq, second.seq, third.seq) == (1, 2, 3)
        return [first.body, second.body, third.body]

    first, second, third = subject.store.run(unit)
    assert b'"staff_id":null' in first
    assert str(session.staff_id).encode() in second
    assert str(session.shift_id).encode() in second
    assert str(other.staff_id).encode() in third
    assert str(session.shift_id).encode() not in third
    assert subject.store.run(lambda w: w.append(EncounterOpened(uuid4(), "scan"))).seq == 4


def test_blobs_travel_with_their_entry(subject: Subject) -> None:
    def unit(work: Work) -> None:
        blob = work.make_blob("张伟".encode())
        assert blob.commitment == commitment(blob.salt, blob.content)
        assert work.make_blob("张伟".encode()).commitment != blob.commitment
        work.append(MemberJoined(uuid4(), uuid4(), "CA1", blob.commitment), blobs=[blob])

    subject.store.run(unit)
    run = subject.sync.unsent(max_entries=10, max_bytes=10**6)
    assert run is not None
    assert [blob.content for blob in run.blobs] == ["张伟".encode()]
    assert run.blobs[0].commitment.encode() in run.bodies[0]


def test_what_waits_is_listed_oldest_first_and_counted(subject: Subject) -> None:
    shift_id = uuid4()

    def unit(work: Work) -> int:
        work.start_session(OpenSession(uuid4(), uuid4(), shift_id, 7))
        encounter_id = add_encounter(work)
        work.append(EncounterOpened(encounter_id, "scan"))
        earn(work, encounter_id, uuid4(), 100)
        return work.append(EncounterEnded(encounter_id, EncounterOutcome.FINISHED)).seq

    assert subject.store.run(unit) == 3
    waiting = subject.reads.waiting(10)
    (visit,) = {each.encounter_id for each in waiting}
    assert visit is not None
    assert subject.reads.encounter(visit) is not None
    assert [(w.seq, w.type, w.state, w.text) for w in waiting] == [
        (2, "AccrualRecorded", "unsent", "100 points"),
    ]
    count, oldest_ms = subject.reads.unsent_summary()
    assert count == 3
    assert subject.reads.unsent_things() == (1, oldest_ms)
    assert subject.reads.unsent_in_shift(shift_id) == 3
    assert subject.reads.unsent_in_shift(uuid4()) == 0
    subject.sync.confirm(2, [Decided(1, "exception", "late", "too late")], mark=1)
    assert [(w.seq, w.state, w.exception_code) for w in subject.reads.waiting(10)] == [
        (1, "exception", "late"),
        (3, "unsent", ""),
    ], "where parts alone wait one of them is shown"
    assert subject.reads.unsent_summary()[0] == subject.reads.unsent_things()[0] == 1
    assert subject.reads.unsent_in_shift(shift_id) == 1


def test_things_wait_and_not_the_entries_they_take(subject: Subject) -> None:
    rating_id = uuid4()

    def unit(work: Work) -> None:
        encounter_id = add_encounter(work)
        work.append(EncounterOpened(encounter_id, "scan"))
        for number in range(3):
            earn(work, encounter_id, uuid4(), 100 + number)
        work.append(EncounterEnded(encounter_id, EncounterOutcome.FINISHED))
        work.append(RatingRecorded(rating_id, encounter_id, 1, 5))
        work.append(RatingRecorded(rating_id, encounter_id, 2, 1))  # changed within 5 s

    subject.store.run(unit)
    assert subject.reads.unsent_summary()[0] == 7
    assert subject.reads.unsent_things()[0] == 4
    assert [each.seq for each in subject.reads.waiting(9)] == [2, 3, 4, 6]
    assert [each.seq for each in subject.reads.waiting(2)] == [2, 3]
    assert not any(each.is_lost for each in subject.reads.waiting(9))
    subject.sync.confirm(5, [], mark=1)
    assert subject.reads.unsent_things()[0] == 1, "a changed mind is no answer of its own"
    subject.sync.confirm(7, [], mark=2)
    assert subject.reads.unsent_things() == (0, None)


def test_many_things_are_counted_up_to_a_bound(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        subject.store.run(
            lambda work: [work.append(ShiftOpened(uuid4())) for _ in range(MOST_COUNTED // 2 + 1)]
        )
    assert subject.reads.unsent_things()[0] == MOST_COUNTED


def test_what_is_no_customers_waits_without_a_visit(subject: Subject) -> None:
    subject.store.run(lambda work: work.append(ShiftOpened(uuid4())))
    assert [each.encounter_id for each in subject.reads.waiting(9)] == [None]


def test_the_last_finished_visit_of_each_is_known(subject: Subject) -> None:
    regular, once, never = uuid4(), uuid4(), uuid4()

    def visit(member_id: UUID | None, *, finished: bool = True) -> int:
        def unit(work: Work) -> int:
            row = work.encounter(add_encounter(work, member_id))
            assert row is not None
            if finished:
                work.save_encounter(replace(row, outcome=EncounterOutcome.FINISHED))
            return row.opened_ms

        return subject.store.run(unit)

    visit(regular)
    at_ms = {once: visit(once), regular: visit(regular)}
    visit(None)
    visit(never, finished=False)
    assert subject.reads.last_visits([never, regular, once]) == at_ms
    assert subject.reads.last_visits([never]) == {}
    assert subject.reads.last_visits([]) == {}


# ------------------------------------------------------------------------------ who is here


def test_sessions_shifts_and_tries(subject: Subject) -> None:
    first = OpenSession(uuid4(), uuid4(), None, None)
    second = OpenSession(uuid4(), uuid4(), None, None)
    shift_id = uuid4()
    subject.store.run(lambda work: work.start_session(first))
    assert subject.reads.session() == first
    subject.store.run(lambda work: work.start_session(second))
    assert subject.reads.session() == second
    subject.store.run(lambda work: work.set_shift(shift_id, 7))
    assert subject.reads.session() == replace(second, shift_id=shift_id, shift_opened_ms=7)
    subject.store.run(lambda work: work.end_session())
    assert subject.reads.session() is None
    assert subject.reads.open_shift() == (shift_id, 7), "the shift outlives the session"
    subject.store.run(lambda work: work.set_shift(None, None))
    assert subject.reads.open_shift() == (None, None)

    for _ in range(3):
        subject.store.run(lambda work: work.note_failed_try("7"))
    tries, last_ms = subject.reads.failed_tries("7")
    assert tries == 3
    assert last_ms is not None
    assert subject.reads.failed_tries("8") == (0, None)
    subject.store.run(lambda work: work.clear_failed_tries("7"))
    assert subject.reads.failed_tries("7") == (0, None)


def test_an_encounter_is_open_then_invited_then_rated(subject: Subject, member_id: UUID) -> None:
    encounter_id = subject.store.run(lambda work: add_encounter(work, member_id))
    opened = subject.reads.open_encounter()
    assert opened is not None
    assert (opened.encounter_id, opened.member_id) == (encounter_id, member_id)
    assert subject.reads.invited_encounter() is None

    ended = replace(opened, outcome=EncounterOutcome.FINISHED, proof=Proof.CARD)
    subject.store.run(lambda work: work.save_encounter(ended))
    assert subject.reads.open_encounter() is None
    assert subject.reads.invited_encounter() == ended

    rated = replace(
        ended,
        rating_state=RatingState.RATED,
        rating_id=uuid4(),
        rating_revision=2,
        rating_score=1,
        rated_ms=9,
    )
    subject.store.run(lambda work: work.save_encounter(rated))
    assert subject.reads.invited_encounter() is None
    assert subject.reads.encounter(encounter_id) == rated


def test_saving_an_encounter_that_is_not_there_is_a_bug(subject: Subject) -> None:
    row = EncounterRow(uuid4(), 1, None, None, None, None, None, None, 0, None, None)
    with pytest.raises(LookupError):
        subject.store.run(lambda work: work.save_encounter(row))


def test_lines_show_the_state_of_their_entry(subject: Subject, member_id: UUID) -> None:
    def unit(work: Work) -> tuple[UUID, list[UUID]]:
        encounter_id = add_encounter(work, member_id)
        return encounter_id, [earn(work, encounter_id, member_id, n) for n in (10, 20, 30)]

    encounter_id, refs = subject.store.run(unit)
    subject.sync.confirm(2, [Decided(2, "exception", "late", "m")], mark=1)
    subject.store.run(lambda work: work.undo_line(refs[2]))
    assert [
        (line.ref_id, line.seq, line.points, line.undone, line.entry_state, line.exception_code)
        for line in subject.reads.lines(encounter_id)
    ] == [
        (refs[0], 1, 10, False, "confirmed", ""),
        (refs[1], 2, 20, False, "exception", "late"),
        (refs[2], 3, 30, True, "unsent", ""),
    ]


def test_a_shift_is_counted(subject: Subject, member_id: UUID) -> None:
    shift_id = uuid4()

    def unit(work: Work) -> None:
        encounter_id = add_encounter(work, member_id, shift_id)
        add_encounter(work, None, shift_id)
        add_encounter(work, None, uuid4())
        kept = earn(work, encounter_id, member_id, 10)
        undone = earn(work, encounter_id, member_id, 20)
        work.undo_line(undone)
        entry = work.append(EncounterResumed(encounter_id))
        work.add_line(uuid4(), encounter_id, "redemption", "cup", -5, entry)
        work.add_line(uuid4(), encounter_id, "matter", "PEK-1", None, entry)
        for kind in ("joined", "contact", "card"):
            work.add_line(uuid4(), encounter_id, kind, "12", None, entry)
        assert kept != undone

    subject.store.run(unit)
    assert subject.reads.shift_counts(shift_id) == {
        "encounters": 2,
        "accruals": 1,
        "redemptions": 1,
        "matters": 1,
        "joined": 1,
        "changed": 2,
    }


# ------------------------------------------------------------------------------ leases, pool


def _lease(member_id: UUID, points: int = 100, **changes: object) -> GrantedLease:
    base = GrantedLease(uuid4(), member_id, points, 0, 99, "open", b"signature")
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_lease_is_spent_to_its_last_point_and_not_beyond(
    subject: Subject, member_id: UUID
) -> None:
    grant = _lease(member_id)
    subject.pull(leases=[grant])
    assert (subject.reads.leases_held(), subject.reads.leases_offered()) == (1, 1)
    subject.store.run(lambda work: work.spend_lease(grant.lease_id, 60))
    subject.store.run(lambda work: work.spend_lease(grant.lease_id, 40))
    with pytest.raises(Rejected) as refused:
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 1))
    assert refused.value.code == "lease_too_small"
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(uuid4(), 1))
    lease = next(iter(subject.reads.leases(member_id)), None)
    assert lease is not None
    assert (lease.spent_points, lease.remaining_points) == (100, 0)
    assert (subject.reads.leases_held(), subject.reads.leases_offered()) == (0, 1)

    # A pull names it again: what was spent here stays spent, what the server gives back comes back.
    subject.pull(leases=[replace(grant, restored_points=25)])
    lease = next(iter(subject.reads.leases(member_id)), None)
    assert lease is not None
    assert lease.remaining_points == 25
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 26))
    subject.store.run(lambda work: work.spend_lease(grant.lease_id, 25))
    subject.pull(leases=None)
    assert subject.reads.leases_offered() == 1, "a page that names none closes none"
    subject.pull(leases=[])
    assert subject.reads.leases(member_id) == []
    assert subject.reads.leases_offered() == 0


def _returns(subject: Subject) -> list[tuple[str, int]]:
    """(lease id, points) of all that the journal hands back."""
    run = subject.sync.unsent(max_entries=1_000, max_bytes=10**9)
    documents = [json.loads(body) for body in (run.bodies if run else ())]
    return [
        (document["payload"]["lease_id"], document["payload"]["remaining_points"])
        for document in documents
        if document["type"] == "LeaseReturned"
    ]


def test_what_the_server_asks_for_is_handed_back_behind_all_that_was_spent(
    subject: Subject, member_id: UUID
) -> None:
    grant, other = _lease(member_id), _lease(uuid4())
    assert not subject.pull(leases=[grant, other])
    subject.store.run(lambda work: work.spend_lease(grant.lease_id, 60))
    asked_for = replace(grant, state="recall", restored_points=10)
    assert subject.pull(leases=[asked_for, other])
    assert _returns(subject) == [(str(grant.lease_id), 50)]
    assert subject.reads.leases(member_id) == []
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 1))
    assert subject.reads.leases_offered() == 1, "the other stays"

    # Until the server has heard of it, it asks on; it is handed back once
    assert not subject.pull(leases=[asked_for, other])
    assert len(_returns(subject)) == 1


def test_what_was_handed_back_stays_so_whatever_a_restored_server_says(
    subject: Subject, member_id: UUID
) -> None:
    grant = _lease(member_id)
    subject.pull(leases=[replace(grant, state="recall")])
    subject.pull(leases=[])
    subject.pull(leases=[grant])
    assert subject.reads.leases(member_id) == []
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 1))
    assert _returns(subject) == [(str(grant.lease_id), 100)]


def test_a_lease_that_is_filled_up_holds_more(subject: Subject, member_id: UUID) -> None:
    grant = _lease(member_id)
    subject.pull(leases=[grant])
    subject.store.run(lambda work: work.spend_lease(grant.lease_id, 90))
    subject.pull(leases=[replace(grant, points=190, signature=b"another")])
    lease = next(iter(subject.reads.leases(member_id)), None)
    assert lease is not None
    assert lease.remaining_points == 100


@pytest.mark.parametrize("state", ["recall", "closed"])
def test_nothing_is_spent_under_a_lease_that_is_not_open(
    subject: Subject, member_id: UUID, state: str
) -> None:
    grant = _lease(member_id, state=state)
    subject.pull(leases=[grant])
    assert subject.reads.leases(member_id) == []
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 1))


def test_no_more_than_granted_is_ever_left(subject: Subject, member_id: UUID) -> None:
    grant = _lease(member_id, points=50, restored_points=30)
    subject.pull(leases=[grant])
    lease = next(iter(subject.reads.leases(member_id)), None)
    assert lease is not None
    assert lease.remaining_points == 50
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 51))


def test_the_pool_holds_each_of_its_caps(subject: Subject, member_id: UUID) -> None:
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_pool(member_id, 1, Trust.KNOWN))
    pool = GrantedPool(uuid4(), 100, CAPS)
    subject.pull(pool=pool)
    other = uuid4()

    def refused(who: UUID, points: int) -> None:
        with pytest.raises(Rejected) as error:
            subject.store.run(lambda work: work.spend_pool(who, points, Trust.KNOWN))
        assert error.value.code == "over_risk_limit"

    refused(member_id, 51)
    subject.store.run(lambda work: work.spend_pool(member_id, 50, Trust.KNOWN))
    refused(member_id, 11)
    subject.store.run(lambda work: work.spend_pool(member_id, 10, Trust.KNOWN))
    refused(other, 41)
    subject.store.run(lambda work: work.spend_pool(other, 40, Trust.KNOWN))
    refused(uuid4(), 1)
    now = subject.reads.pool()
    assert now is not None
    assert (now.points, now.spent_points) == (100, 100)
    assert subject.reads.at_risk_spent(member_id) == 60

    subject.pull(pool=pool)
    again = subject.reads.pool()
    assert again == now, "the same pool issued again is not a new one"
    subject.pull(pool=replace(pool, pool_id=uuid4()))
    renewed = subject.reads.pool()
    assert renewed is not None
    assert renewed.spent_points == 0
    assert subject.reads.at_risk_spent(member_id) == 0


def test_a_pool_that_is_not_named_beside_the_leases_is_withdrawn(
    subject: Subject, member_id: UUID
) -> None:
    pool = GrantedPool(uuid4(), 100, CAPS)
    subject.pull(leases=[], pool=pool)
    subject.store.run(lambda work: work.spend_pool(member_id, 30, Trust.KNOWN))
    subject.pull()
    assert subject.reads.pool() is not None, "a page that names nothing changes nothing"
    subject.pull(leases=[])
    assert subject.reads.pool() is None
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_pool(member_id, 1, Trust.KNOWN))
    subject.pull(leases=[], pool=pool)
    again = subject.reads.pool()
    assert again is not None
    assert again.spent_points == 30


@pytest.mark.parametrize("points", [-1, -(2**53)])
def test_nobody_spends_less_than_nothing(subject: Subject, member_id: UUID, points: int) -> None:
    grant = _lease(member_id)
    subject.pull(leases=[grant], pool=GrantedPool(uuid4(), 100, CAPS))
    with pytest.raises(ValueError, match="negative"):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, points))
    with pytest.raises(ValueError, match="negative"):
        subject.store.run(lambda work: work.spend_pool(member_id, points, Trust.KNOWN))


def test_large_points_are_kept_exactly(subject: Subject, member_id: UUID) -> None:
    subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 2**53))
    assert subject.reads.overlay(member_id) == Overlay(2**53, 0)


def test_matters_are_counted(subject: Subject) -> None:
    assert [subject.store.run(lambda w: w.next_matter_number()) for _ in range(3)] == [1, 2, 3]
