"""What every WorkStore promises of the overlay: done here shows at once, and never twice."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import pytest

from app.domain.events import (
    AccrualReversed,
    CaseAcknowledged,
    Cover,
    EncounterOutcome,
    EncounterResumed,
    RedemptionGranted,
    RedemptionVoided,
)
from app.ports.work import (
    CaseAction,
    Overlay,
    RedemptionRow,
    Work,
)
from tests.store.seats import add_encounter, earn
from tests.store.subject import Subject

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
                row.redemption_id, uuid4(), member_id, uuid4(), 30, Cover.AT_RISK, None, uuid4()
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


@pytest.mark.parametrize("exceptions", [[], [1]], ids=["taken in", "refused"])
def test_whoever_is_served_stays_known(
    subject: Subject, member_id: UUID, exceptions: list[int]
) -> None:
    profile = {"card_no": "CA1", "name": "", "latin_name": "", "phone": "", "language": "en"}

    def join(work: Work) -> UUID:
        work.add_joined_member(member_id, profile, work.append(EncounterResumed(uuid4())))
        return add_encounter(work, member_id)

    def finish(work: Work) -> None:
        row = work.open_encounter()
        assert row is not None
        work.append(EncounterResumed(row.encounter_id))
        work.save_encounter(replace(row, outcome=EncounterOutcome.FINISHED))

    subject.store.run(join)
    subject.confirm_all(mark=5, exceptions=exceptions)
    subject.pull(horizon=6)
    assert subject.reads.joined_member(member_id) == profile
    subject.store.run(finish)
    assert subject.confirm_all(mark=7), "a pull lets go of whoever has left"
    subject.pull(horizon=8)
    assert subject.reads.joined_member(member_id) is None


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
