"""One customer at the counter: opened, identified, finished; found again after a power cut."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import (
    EncounterEnded,
    EncounterOpened,
    EncounterOutcome,
    EncounterResumed,
    MemberIdentified,
    RatingNotGiven,
    RatingState,
    RedemptionVoided,
    SessionEnded,
)
from app.domain.rating import RatingRules
from app.ports.work import EncounterRow, Work
from app.services.commands import FinishEncounter, IdentifyMember, OpenEncounter, SkipRating
from app.services.context import (
    Context,
    clerk,
    current_encounter,
    enrolled,
    server_member,
    signed_in,
)
from app.services.rating_links import link_of
from app.services.views import RatingInvitation, RatingStatus


def opened(work: Work, opened_by: str) -> EncounterRow:
    """The open encounter, or a new one; an invitation still open closes as superseded."""
    row = work.open_encounter()
    if row is not None:
        return row
    session = signed_in(work)
    waiting = work.invited_encounter()
    if waiting is not None:
        settle_invitation(work, waiting, RatingState.SUPERSEDED)
    row = EncounterRow(
        encounter_id=work.new_id(),
        opened_ms=work.now_ms(),
        member_id=None,
        proof=None,
        shift_id=session.shift_id,
        outcome=None,
        rating_state=None,
        rating_id=None,
        rating_revision=0,
        rating_score=None,
        rated_ms=None,
        staff_id=session.staff_id,
    )
    work.append(EncounterOpened(row.encounter_id, opened_by))
    work.add_encounter(row)
    return row


def settle_invitation(
    work: Work, row: EncounterRow, state: RatingState, reason: str = ""
) -> EncounterRow:
    """End an invitation without a face; an encounter that has its state keeps it."""
    if row.rating_state is not None:
        return row
    work.append(RatingNotGiven(row.encounter_id, state, reason))
    row = replace(row, rating_state=state)
    work.save_encounter(row)
    return row


def open_encounter(context: Context, command: OpenEncounter) -> UUID:
    """Start with a customer who has not been found yet."""
    row: EncounterRow = context.store.run(lambda work: opened(work, command.opened_by))
    return row.encounter_id


def identify_member(context: Context, command: IdentifyMember) -> UUID:
    """Put a member to the open encounter, opening one if needed."""
    reads = context.store.reads
    member = server_member(context, reads, command.member_id)
    if member is None:
        raise Rejected("unknown_member", "This member is not on this PC")
    if member.status == "closed":
        raise Rejected("member_closed", "This membership is closed")
    if clerk(context, reads).member_id == member.member_id:
        raise Rejected("own_membership", "Nobody serves their own membership")

    def unit(work: Work) -> UUID:
        row = opened(work, command.opened_by)
        if row.member_id == member.member_id:
            return row.encounter_id
        if row.member_id is not None:
            raise Rejected("other_member", "This encounter is another member's; finish it first")
        work.append(MemberIdentified(row.encounter_id, member.member_id, command.proof))
        work.save_encounter(replace(row, member_id=member.member_id, proof=command.proof))
        return row.encounter_id

    encounter_id: UUID = context.store.run(unit)
    return encounter_id


def invitation_for(context: Context, row: EncounterRow) -> RatingInvitation:
    """What the panel shows while the encounter's customer may rate."""
    value, version = context.setting("rating")
    rules = RatingRules.from_setting(value, version)
    seat = enrolled(context)
    session = context.store.reads.session()
    staff = None if session is None else context.members.staff(session.staff_id)
    office = None if staff is None else context.members.office(staff.office_id)
    return RatingInvitation(
        encounter_id=row.encounter_id,
        counter_label=seat.counter_label,
        staff_number="" if staff is None else staff.number,
        reasons_version=rules.version,
        reasons_by_score=rules.reasons_by_score,
        change_window_s=rules.change_window_s,
        repeat_window_s=rules.repeat_window_s,
        invitation_s=rules.invitation_s,
        details_s=rules.details_s,
        duty_phone="" if office is None else office.duty_phone,
        link=link_of(context, row),
    )


def finish_encounter(context: Context, command: FinishEncounter) -> RatingInvitation:
    """End the encounter; its customer is now invited to rate."""
    row = context.store.run(lambda work: _ended(work, command.encounter_id))
    return invitation_for(context, row)


def skip_rating(context: Context, command: SkipRating) -> RatingStatus:
    """End the encounter without the panel; the reason is journalled and counted."""

    def unit(work: Work) -> None:
        row = work.encounter(command.encounter_id)
        if row is not None and row.outcome is None:
            row = _ended(work, command.encounter_id)
        if row is None:
            raise Rejected("unknown_encounter", "There is no such encounter on this PC")
        settle_invitation(work, row, RatingState.NOT_OFFERED, command.reason)

    context.store.run(unit)
    return RatingStatus(command.encounter_id, RatingState.NOT_OFFERED)


def _ended(work: Work, encounter_id: UUID) -> EncounterRow:
    signed_in(work)
    row = current_encounter(work, encounter_id)
    work.append(EncounterEnded(encounter_id, EncounterOutcome.FINISHED))
    row = replace(row, outcome=EncounterOutcome.FINISHED)
    work.save_encounter(row)
    return row


def recover(context: Context) -> bool:
    """After a start: settle what a power cut left in the middle. Returns whether there was any.

    A redemption without an outcome is voided (the customer was shown none), an invitation that
    nobody can answer any more ends as 'device down', the clerk signs in anew; the open encounter
    stays open.
    """

    def unit(work: Work) -> bool:
        session = work.session()
        encounter = work.open_encounter()
        if not settle_doubts(work) and session is None and encounter is None:
            return False
        if encounter is not None:
            work.append(EncounterResumed(encounter.encounter_id))
        if session is not None:
            work.append(SessionEnded(session.session_id, "interrupted"))
            work.end_session()
        return True

    found: bool = context.store.run(unit)
    return found


def settle_doubts(work: Work) -> bool:
    """End what would otherwise never be known of customers' affairs; returns whether any was.

    To be done too where nobody starts the program any more.
    """
    doubtful, invited = work.redemptions_in_doubt(), work.invited_encounter()
    for row in doubtful:
        entry = work.append(RedemptionVoided(row.redemption_id, row.encounter_id, "interrupted"))
        work.save_redemption(replace(row, state="voided"), entry=entry, mark=None)
    if invited is not None:
        settle_invitation(work, invited, RatingState.DEVICE_DOWN)
    return bool(doubtful) or invited is not None
