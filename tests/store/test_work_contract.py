"""What every WorkStore promises; the real one runs it here, with the real SyncStore beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID, uuid4

import pytest

from app.domain.entry import Actor, commitment
from app.domain.errors import Rejected
from app.domain.events import (
    AccrualReversed,
    CaseAcknowledged,
    Cover,
    EncounterEnded,
    EncounterOpened,
    EncounterOutcome,
    EncounterResumed,
    MemberJoined,
    Proof,
    RatingState,
    RedemptionGranted,
    RedemptionVoided,
)
from app.ports.sync_store import Decided, GrantedLease, GrantedPool, SyncStore
from app.ports.work import (
    CaseAction,
    EncounterRow,
    OpenSession,
    Overlay,
    RedemptionRow,
    Work,
    WorkReads,
    WorkStore,
)
from app.store.seat import Seat
from tests.store.seats import add_encounter, earn


@dataclass
class Subject:
    store: WorkStore
    sync: SyncStore

    @property
    def reads(self) -> WorkReads:
        return self.store.reads

    def confirm_all(self, *, mark: int, exceptions: Sequence[int] = ()) -> None:
        run = self.sync.unsent(max_entries=1_000, max_bytes=10**9)
        assert run is not None
        decided = [Decided(seq, "exception", "code", "message") for seq in exceptions]
        self.sync.confirm(run.last_seq, decided, mark=mark)

    def pull(self, horizon: int | None = None, **grants: object) -> None:
        arguments = {"leases": None, "pool": None, **grants}
        self.sync.acknowledge_pull(horizon=horizon, now_ms=5, **arguments)  # type: ignore[arg-type]


@pytest.fixture
def subject(seat: Seat) -> Subject:
    return Subject(seat.work, seat.sync)


@pytest.fixture
def member_id() -> UUID:
    return uuid4()


# ------------------------------------------------------------------------------ all or nothing


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
    assert [(w.seq, w.type, w.state, w.text) for w in waiting] == [
        (1, "EncounterOpened", "unsent", ""),
        (2, "AccrualRecorded", "unsent", "100 points"),
        (3, "EncounterEnded", "unsent", ""),
    ]
    assert subject.reads.unsent_summary() == (3, waiting[0].wall_ms)
    assert subject.reads.unsent_in_shift(shift_id) == 3
    assert subject.reads.unsent_in_shift(uuid4()) == 0
    assert [w.seq for w in subject.reads.waiting(2)] == [1, 2]
    subject.sync.confirm(2, [Decided(1, "exception", "late", "too late")], mark=1)
    assert [(w.seq, w.state, w.exception_code) for w in subject.reads.waiting(10)] == [
        (1, "exception", "late"),
        (3, "unsent", ""),
    ]
    assert subject.reads.unsent_summary() == (1, waiting[2].wall_ms)
    assert subject.reads.unsent_in_shift(shift_id) == 1


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
        assert kept != undone

    subject.store.run(unit)
    assert subject.reads.shift_counts(shift_id) == {
        "encounters": 2,
        "accruals": 1,
        "redemptions": 1,
        "matters": 1,
    }


# ------------------------------------------------------------------------------ the overlay


def test_points_earned_stay_pending_until_a_pull_shows_them(
    subject: Subject, member_id: UUID
) -> None:
    subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 100, "coupon"))
    assert subject.reads.overlay(member_id) == Overlay(100, 0)
    assert subject.reads.overlay(uuid4()) == Overlay(0, 0)
    assert subject.reads.coupon_used("coupon")
    subject.pull(horizon=50)
    assert subject.reads.overlay(member_id) == Overlay(100, 0), "the server hasn't seen it"
    subject.confirm_all(mark=50)
    subject.pull(horizon=50)
    assert subject.reads.overlay(member_id) == Overlay(100, 0), "the horizon is not beyond it"
    subject.pull(horizon=51)
    assert subject.reads.overlay(member_id) == Overlay(0, 0)
    assert subject.reads.coupon_used("coupon")


def _undo(work: Work, accrual_id: UUID) -> None:
    work.drop_overlay(accrual_id, work.append(AccrualReversed(accrual_id, uuid4(), "undone")))


def test_undone_before_the_server_saw_it(subject: Subject, member_id: UUID) -> None:
    ref = subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 100, "coupon"))
    subject.store.run(lambda work: _undo(work, ref))
    assert subject.reads.overlay(member_id) == Overlay(0, 0)
    assert not subject.reads.coupon_used("coupon")
    subject.confirm_all(mark=5)
    subject.pull(horizon=6)
    assert subject.reads.overlay(member_id) == Overlay(0, 0)


def test_undone_after_the_members_file_showed_it(subject: Subject, member_id: UUID) -> None:
    ref = subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 100))
    subject.confirm_all(mark=5)
    subject.pull(horizon=6)
    subject.store.run(lambda work: _undo(work, ref))
    assert subject.reads.overlay(member_id) == Overlay(0, 100)
    subject.confirm_all(mark=8)
    subject.pull(horizon=9)
    assert subject.reads.overlay(member_id) == Overlay(0, 0)


def test_undone_between_upload_and_pull(subject: Subject, member_id: UUID) -> None:
    ref = subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 100))
    subject.confirm_all(mark=5)
    subject.store.run(lambda work: _undo(work, ref))
    subject.pull(horizon=6)  # the file shows 100 more now, the undoing is still here
    assert subject.reads.overlay(member_id) == Overlay(0, 100)


def test_undoing_twice_takes_points_off_once(subject: Subject, member_id: UUID) -> None:
    ref = subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 100))
    subject.confirm_all(mark=5)
    subject.pull(horizon=6)
    for _ in range(2):
        subject.store.run(lambda work: _undo(work, ref))
    assert subject.reads.overlay(member_id) == Overlay(0, 100)


def test_an_exception_takes_its_effect_with_it(subject: Subject, member_id: UUID) -> None:
    def unit(work: Work) -> UUID:
        encounter_id = add_encounter(work)
        earn(work, encounter_id, member_id, 100)
        return earn(work, encounter_id, member_id, 7, "coupon")

    refused = subject.store.run(unit)
    subject.confirm_all(mark=5, exceptions=[2])
    assert subject.reads.overlay(member_id) == Overlay(100, 0)
    assert not subject.reads.coupon_used("coupon")
    subject.store.run(lambda work: _undo(work, refused))
    assert subject.reads.overlay(member_id) == Overlay(100, 0)


def test_a_refused_undoing_leaves_the_accrual(subject: Subject, member_id: UUID) -> None:
    ref = subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 100))
    subject.store.run(lambda work: _undo(work, ref))
    subject.confirm_all(mark=5, exceptions=[2])
    assert subject.reads.overlay(member_id) == Overlay(100, 0)


def test_a_refused_accrual_takes_its_undoing_with_it(subject: Subject, member_id: UUID) -> None:
    ref = subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 100))
    subject.store.run(lambda work: _undo(work, ref))
    subject.confirm_all(mark=5, exceptions=[1])
    assert subject.reads.overlay(member_id) == Overlay(0, 0)


def _intent(work: Work, member_id: UUID, points: int = 30) -> RedemptionRow:
    row = RedemptionRow(
        uuid4(), add_encounter(work), member_id, uuid4(), "cup", points, "intent", None, None
    )
    work.add_redemption(row)
    return row


def test_a_redemption_posted_online_counts_until_its_mark_is_shown(
    subject: Subject, member_id: UUID
) -> None:
    row = subject.store.run(lambda work: _intent(work, member_id))
    assert subject.reads.redemptions_in_doubt() == [row]
    assert subject.reads.overlay(member_id) == Overlay(0, 0)
    posted = replace(row, state="posted", cover=Cover.ONLINE)

    def conclude(work: Work) -> None:
        entry = work.append(EncounterResumed(row.encounter_id))
        work.save_redemption(posted, entry=entry, mark=40)

    subject.store.run(conclude)
    assert subject.reads.redemption(row.redemption_id) == posted
    assert subject.reads.redemptions_in_doubt() == []
    assert subject.reads.overlay(member_id) == Overlay(0, 30)
    subject.confirm_all(mark=90)  # the chain's copy is a duplicate; the points went with 40
    subject.pull(horizon=41)
    assert subject.reads.overlay(member_id) == Overlay(0, 0)


def test_a_granted_redemption_and_its_voiding(subject: Subject, member_id: UUID) -> None:
    row = subject.store.run(lambda work: _intent(work, member_id))
    granted = replace(row, state="granted", cover=Cover.AT_RISK)

    def grant(work: Work) -> None:
        entry = work.append(
            RedemptionGranted(
                row.redemption_id, uuid4(), member_id, uuid4(), 30, Cover.AT_RISK, None
            )
        )
        work.save_redemption(granted, entry=entry, mark=None)

    def void(work: Work) -> None:
        entry = work.append(RedemptionVoided(row.redemption_id, row.encounter_id, "undone"))
        work.save_redemption(replace(granted, state="voided"), entry=entry, mark=None)

    subject.store.run(grant)
    assert subject.reads.overlay(member_id) == Overlay(0, 30)
    subject.confirm_all(mark=5)
    subject.pull(horizon=6)
    assert subject.reads.overlay(member_id) == Overlay(0, 0)
    subject.store.run(void)
    assert subject.reads.overlay(member_id) == Overlay(30, 0), "given back, not yet spendable"
    subject.confirm_all(mark=7)
    subject.pull(horizon=8)
    assert subject.reads.overlay(member_id) == Overlay(0, 0)


def test_a_voided_intent_never_counted(subject: Subject, member_id: UUID) -> None:
    row = subject.store.run(lambda work: _intent(work, member_id))

    def void(work: Work) -> None:
        entry = work.append(RedemptionVoided(row.redemption_id, row.encounter_id, "refused"))
        work.save_redemption(replace(row, state="voided"), entry=entry, mark=None)

    subject.store.run(void)
    assert subject.reads.overlay(member_id) == Overlay(0, 0)
    assert subject.reads.redemptions_in_doubt() == []


def test_new_members_and_contacts_are_found_until_the_file_has_them(
    subject: Subject, member_id: UUID
) -> None:
    profile = {
        "card_no": "CA0012345678",
        "name": "欧阳娜",
        "latin_name": "Ouyang Na",
        "phone": "13800001234",
        "language": "zh_CN",
    }

    def unit(work: Work) -> None:
        entry = work.append(EncounterResumed(uuid4()))
        work.add_joined_member(member_id, profile, entry)

    subject.store.run(unit)
    assert subject.reads.joined_member(member_id) == profile
    for text in ("欧阳", "ouy", "ca0012345678", "1234"):
        assert list(subject.reads.joined_members(text)) == [member_id], text
    for text in ("", "王", "9999", "'; DROP TABLE joined; --"):
        assert list(subject.reads.joined_members(text)) == [], text

    for phone in ("13811110000", "13811115678"):
        subject.store.run(partial(_change_phone, member_id, phone))
    assert subject.reads.contact_override(member_id) == {"phone": "13811115678"}
    assert list(subject.reads.joined_members("5678")) == [member_id]
    assert list(subject.reads.joined_members("1234")) == []

    subject.confirm_all(mark=5, exceptions=[3])
    assert subject.reads.contact_override(member_id) == {"phone": "13811110000"}
    subject.pull(horizon=6)
    assert subject.reads.joined_member(member_id) is None
    assert subject.reads.contact_override(member_id) == {}


def _change_phone(member_id: UUID, phone: str, work: Work) -> None:
    work.override_contact(member_id, {"phone": phone}, work.append(EncounterResumed(uuid4())))


def test_case_actions_show_until_a_pull_has_them(subject: Subject) -> None:
    action = CaseAction(uuid4(), "acknowledged", 5, uuid4(), "")
    later = replace(action, action="noted", text="spoke to the guest")

    def unit(work: Work) -> None:
        for one in (action, later):
            work.add_case_action(one, work.append(CaseAcknowledged(one.case_id)))

    subject.store.run(unit)
    assert subject.reads.case_actions() == [action, later]
    subject.confirm_all(mark=5, exceptions=[2])
    assert subject.reads.case_actions() == [action]
    subject.pull(horizon=6)
    assert subject.reads.case_actions() == []


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
    lease = subject.reads.lease(member_id)
    assert lease is not None
    assert (lease.spent_points, lease.remaining_points) == (100, 0)
    assert (subject.reads.leases_held(), subject.reads.leases_offered()) == (0, 1)

    # A pull names it again: what was spent here stays spent, what the server gives back comes back.
    subject.pull(leases=[replace(grant, restored_points=25)])
    lease = subject.reads.lease(member_id)
    assert lease is not None
    assert lease.remaining_points == 25
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 26))
    subject.store.run(lambda work: work.spend_lease(grant.lease_id, 25))
    subject.pull(leases=None)
    assert subject.reads.leases_offered() == 1, "a page that names none closes none"
    subject.pull(leases=[])
    assert subject.reads.lease(member_id) is None
    assert subject.reads.leases_offered() == 0


@pytest.mark.parametrize("state", ["recall", "closed"])
def test_nothing_is_spent_under_a_lease_that_is_not_open(
    subject: Subject, member_id: UUID, state: str
) -> None:
    grant = _lease(member_id, state=state)
    subject.pull(leases=[grant])
    assert subject.reads.lease(member_id) is None
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 1))


def test_no_more_than_granted_is_ever_left(subject: Subject, member_id: UUID) -> None:
    grant = _lease(member_id, points=50, restored_points=30)
    subject.pull(leases=[grant])
    lease = subject.reads.lease(member_id)
    assert lease is not None
    assert lease.remaining_points == 50
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, 51))


def test_the_pool_holds_each_of_its_caps(subject: Subject, member_id: UUID) -> None:
    with pytest.raises(Rejected):
        subject.store.run(lambda work: work.spend_pool(member_id, 1))
    pool = GrantedPool(uuid4(), 100, 50, 60)
    subject.pull(pool=pool)
    other = uuid4()

    def refused(who: UUID, points: int) -> None:
        with pytest.raises(Rejected) as error:
            subject.store.run(lambda work: work.spend_pool(who, points))
        assert error.value.code == "over_risk_limit"

    refused(member_id, 51)
    subject.store.run(lambda work: work.spend_pool(member_id, 50))
    refused(member_id, 11)
    subject.store.run(lambda work: work.spend_pool(member_id, 10))
    refused(other, 41)
    subject.store.run(lambda work: work.spend_pool(other, 40))
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


@pytest.mark.parametrize("points", [-1, -(2**53)])
def test_nobody_spends_less_than_nothing(subject: Subject, member_id: UUID, points: int) -> None:
    grant = _lease(member_id)
    subject.pull(leases=[grant], pool=GrantedPool(uuid4(), 100, 50, 60))
    with pytest.raises(ValueError, match="negative"):
        subject.store.run(lambda work: work.spend_lease(grant.lease_id, points))
    with pytest.raises(ValueError, match="negative"):
        subject.store.run(lambda work: work.spend_pool(member_id, points))


def test_large_points_are_kept_exactly(subject: Subject, member_id: UUID) -> None:
    subject.store.run(lambda work: earn(work, add_encounter(work), member_id, 2**53))
    assert subject.reads.overlay(member_id) == Overlay(2**53, 0)


def test_matters_are_counted(subject: Subject) -> None:
    assert [subject.store.run(lambda w: w.next_matter_number()) for _ in range(3)] == [1, 2, 3]
