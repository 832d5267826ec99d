"""Encounters, ratings and matters."""

from __future__ import annotations

from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import (
    LOW_SCORES,
    CallWish,
    EncounterEnded,
    EncounterOpened,
    EncounterResumed,
    MatterOpened,
    MemberIdentified,
    RatingDetailed,
    RatingNotGiven,
    RatingRecorded,
    RatingState,
)
from sync.server.batch import Batch, EncounterState, RatingHead
from sync.server.cases import downgrade_case, open_matter_case, open_rating_case
from sync.server.reading import Received
from sync.server.store import tables as t


def encounter_opened(batch: Batch, received: Received, event: EncounterOpened) -> None:
    """A customer's visit begins."""
    if event.encounter_id in batch.encounters:
        raise Rejected("encounter_known", "The encounter was opened before")
    envelope = received.envelope
    assert envelope is not None
    device = batch.device
    day = batch.day_of(received.at_ms)
    batch.open_encounter(
        event.encounter_id,
        EncounterState(
            device.device_id,
            device.office_id,
            envelope.staff_id,
            envelope.session_id,
            envelope.shift_id,
            None,
            day,
            received.at_ms,
        ),
    )
    batch.work.count_figure(device.office_id, day, "encounters", 1)


def encounter_resumed(batch: Batch, received: Received, event: EncounterResumed) -> None:
    """The encounter goes on under another clerk or after a power cut."""
    batch.encounter(event.encounter_id)


def member_identified(batch: Batch, received: Received, event: MemberIdentified) -> None:
    """The encounter is a member's."""
    encounter = batch.encounter(event.encounter_id)
    if event.member_id not in batch.work.members:
        raise Rejected("unknown_member", "The member isn't known to the server")
    encounter.member_id = event.member_id
    batch.touch_encounter(event.encounter_id)


def encounter_ended(batch: Batch, received: Received, event: EncounterEnded) -> None:
    """The visit is over."""
    encounter = batch.encounter(event.encounter_id)
    encounter.ended_ms = received.at_ms
    encounter.outcome = str(event.outcome)
    batch.touch_encounter(event.encounter_id)


def set_rating_state(
    batch: Batch,
    encounter_id: UUID,
    encounter: EncounterState,
    state: RatingState,
    score: int | None,
) -> None:
    """Give the encounter its one rating state and keep the day's count of it."""
    count = batch.work.count_figure
    office_id, day = encounter.office_id, encounter.day
    if encounter.rating_state:
        count(office_id, day, f"state:{encounter.rating_state}", -1)
    if encounter.score is not None:
        count(office_id, day, f"score:{encounter.score}", -1)
    count(office_id, day, f"state:{state.value}", 1)
    if score is not None:
        count(office_id, day, f"score:{score}", 1)
    encounter.rating_state, encounter.score = state.value, score
    batch.touch_encounter(encounter_id)


def check_score(event: RatingRecorded) -> None:
    """Raises Rejected('bad_score')."""
    if not 1 <= event.score <= 5 or not 1 <= event.revision <= 1000:
        raise Rejected("bad_score", "A score is one of five faces")


def rating_recorded(batch: Batch, received: Received, event: RatingRecorded) -> None:
    """One press of a face, in its place in the chain."""
    check_score(event)
    encounter = batch.encounter(event.encounter_id)
    head = batch.ratings.get(event.rating_id)
    if encounter.device_id != batch.device.device_id:
        raise Rejected("wrong_device", "The encounter belongs to another counter")
    if head is not None and head.encounter_id != event.encounter_id:
        raise Rejected("other_encounter", "The rating belongs to another encounter")
    if head is None and encounter.rating_state == RatingState.RATED:
        raise Rejected("already_rated", "The encounter has its rating")
    if not received.copied and head is not None and event.revision in head.presses:
        raise Rejected("rating_known", "The rating was recorded before")
    newest = keep_press(batch, received, event)
    set_rating_state(batch, event.encounter_id, encounter, RatingState.RATED, newest.score)


def keep_press(batch: Batch, received: Received, event: RatingRecorded) -> RatingHead:
    """Keep one press, and open, raise or downgrade the case that goes with it.

    Returns:
        the press that counts now.
    """
    head = batch.ratings.get(event.rating_id)
    if head is None:
        head = RatingHead(event.encounter_id, event.revision, event.score, set())
        batch.ratings[event.rating_id] = head
    elif event.revision > head.revision:
        head.revision, head.score = event.revision, event.score
    if not received.copied:
        head.presses.add(event.revision)
        batch.work.add(
            t.rating,
            event.rating_id,
            event.revision,
            event.encounter_id,
            batch.device.office_id,
            event.score,
            ",".join(event.flags),
            received.at_ms,
        )
    if event.rating_id in batch.cases:
        downgrade_case(batch, event.rating_id, head.score)
    elif event.score in LOW_SCORES:
        open_rating_case(batch, received, event, score=head.score)
    return head


def rating_detailed(batch: Batch, received: Received, event: RatingDetailed) -> None:
    """Reasons, comment and wish, for the rating's case too."""
    if event.rating_id not in batch.ratings:
        raise Rejected("unknown_rating", "The rating isn't known to the server")
    keep_detail(batch, event)
    if event.call == CallWish.NOW and not received.copied and event.rating_id in batch.cases:
        batch.ringing.append(event.rating_id)


def keep_detail(batch: Batch, event: RatingDetailed) -> None:
    """Keep what was said with a rating, which may not be here yet, for its case too.

    Raises:
        Rejected: other_encounter, wrong_device, blob_missing, bad_reasons.
    """
    head = batch.ratings.get(event.rating_id)
    if head is not None and head.encounter_id != event.encounter_id:
        raise Rejected("other_encounter", "The rating belongs to another encounter")
    encounter = batch.encounters.get(event.encounter_id)
    if encounter is not None and encounter.device_id != batch.device.device_id:
        raise Rejected("wrong_device", "The encounter belongs to another counter")
    if event.comment_hash is not None:
        batch.blob(event.comment_hash)
    if len(event.reasons) > 20 or any(len(reason) > 100 for reason in event.reasons):
        raise Rejected("bad_reasons", "More reasons than there are")
    batch.rating_details[event.rating_id] = (
        ",".join(event.reasons),
        event.reasons_version,
        event.comment_hash,
        "" if event.call is None else str(event.call),
    )
    if event.rating_id in batch.cases:
        batch.changed_cases[event.rating_id] = None


def rating_not_given(batch: Batch, received: Received, event: RatingNotGiven) -> None:
    """The encounter ends without a face."""
    if event.state == RatingState.RATED:
        raise Rejected("bad_state", "A rating that wasn't given can't be 'rated'")
    encounter = batch.encounter(event.encounter_id)
    if encounter.rating_state:
        raise Rejected("already_rated", "The encounter has its rating state")
    set_rating_state(batch, event.encounter_id, encounter, event.state, None)


def matter_opened(batch: Batch, received: Received, event: MatterOpened) -> None:
    """A complaint or question is taken down and put before the managers."""
    batch.encounter(event.encounter_id)
    batch.blob(event.text_hash)
    if event.matter_id in batch.cases:
        raise Rejected("matter_known", "The matter was opened before")
    batch.work.add(
        t.matter,
        event.matter_id,
        event.encounter_id,
        batch.device.office_id,
        event.member_id,
        event.number,
        event.topic,
        event.department,
        event.due_ms,
        event.text_hash,
        received.at_ms,
    )
    open_matter_case(batch, received, event)
    member = None if event.member_id is None else batch.work.members.get(event.member_id)
    if member is not None:
        batch.work.update_profile(member, open_matter=f"{event.number} {event.topic}"[:200])
