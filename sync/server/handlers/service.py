"""Encounters, ratings and matters."""

from __future__ import annotations

from typing import Final

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
from sync.server.batch import Batch
from sync.server.cases import downgrade_case, mention, open_matter_case, open_rating_case
from sync.server.reading import Received
from sync.server.states import EncounterState, Origin, RatingHead
from sync.server.store import tables as t

_RATED: Final = RatingState.RATED.value


def encounter_opened(batch: Batch, received: Received, event: EncounterOpened) -> None:
    """A customer's visit begins."""
    if event.encounter_id in batch.encounters:
        raise Rejected("encounter_known", "The encounter was opened before")
    envelope = received.envelope
    assert envelope is not None
    device = batch.device
    day = batch.day_of(received.at_ms)
    batch.encounters[event.encounter_id] = EncounterState(
        device.device_id,
        device.office_id,
        day,
        staff_id=envelope.staff_id,
        origin=Origin(envelope.staff_id, envelope.session_id, envelope.shift_id, received.at_ms),
        changed=True,
    )


def encounter_resumed(batch: Batch, received: Received, event: EncounterResumed) -> None:
    """The encounter goes on under another clerk or after a power cut."""
    batch.encounter(event.encounter_id)


def member_identified(batch: Batch, received: Received, event: MemberIdentified) -> None:
    """The encounter is a member's."""
    encounter = batch.encounter(event.encounter_id)
    survivor = batch.work.survivor(event.member_id)
    if survivor is None:
        raise Rejected("unknown_member", "The member isn't known to the server")
    encounter.member_id = event.member_id
    if encounter.identified_ms is None:
        encounter.identified_ms = received.at_ms
    encounter.changed = True
    for member_id in {event.member_id, survivor.member_id}:
        batch.work.scopes.visited(encounter.office_id, member_id, received.at_ms)


def encounter_ended(batch: Batch, received: Received, event: EncounterEnded) -> None:
    """The visit is over."""
    encounter = batch.encounter(event.encounter_id)
    encounter.ended_ms = received.at_ms
    encounter.outcome = event.outcome.value
    encounter.changed = True


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
    if head is None:
        if encounter.rating_state == _RATED:
            raise Rejected("already_rated", "The encounter has its rating")
    elif head.encounter_id != event.encounter_id:
        raise Rejected("other_encounter", "The rating belongs to another encounter")
    elif not received.copied and event.revision in head.presses:
        raise Rejected("rating_known", "The rating was recorded before")
    newest = keep_press(batch, received, event, head)
    encounter.rating_state, encounter.score, encounter.flags = _RATED, newest.score, newest.flags
    if encounter.rated_ms is None:
        encounter.rated_ms = received.at_ms
    encounter.changed = True
    if encounter.appeal is not None:
        batch.appeals.rated_anew(event.encounter_id)


def keep_press(
    batch: Batch, received: Received, event: RatingRecorded, head: RatingHead | None
) -> RatingHead:
    """Keep one press, and open, raise or downgrade the case that goes with it.

    Args:
        batch: the upload's, or the copy's.
        received: the entry.
        event: its press.
        head: the rating's presses so far, None where this is the first.

    Returns:
        the press that counts now.
    """
    first = head is None
    flags = ",".join(event.flags)
    if head is None:
        head = RatingHead(event.encounter_id, event.revision, event.score, flags, set())
        batch.ratings[event.rating_id] = head
    elif event.revision > head.revision:
        head.revision, head.score, head.flags = event.revision, event.score, flags
    if not received.copied:
        head.presses.add(event.revision)
        batch.work.add(
            t.rating,
            event.rating_id,
            event.revision,
            event.encounter_id,
            batch.device.office_id,
            event.score,
            flags,
            received.at_ms,
        )
    low = event.score in LOW_SCORES
    if first and not low:  # what had no press before has no case
        return head
    if event.rating_id in batch.cases:
        downgrade_case(batch, event.rating_id, head.score)
    elif low:
        open_rating_case(batch, received, event, score=head.score)
    return head


def rating_detailed(batch: Batch, received: Received, event: RatingDetailed) -> None:
    """Reasons, comment and wish, for the rating's case too."""
    if event.rating_id not in batch.ratings:
        raise Rejected("unknown_rating", "The rating isn't known to the server")
    keep_detail(batch, event)
    encounter = batch.encounter(event.encounter_id)
    encounter.reasons, encounter.changed = ",".join(event.reasons), True
    if encounter.appeal is not None:
        batch.appeals.rated_anew(event.encounter_id)
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
    encounter.rating_state, encounter.changed = event.state.value, True
    encounter.closed_ms = received.at_ms


def matter_opened(batch: Batch, received: Received, event: MatterOpened) -> None:
    """A complaint or question is taken down and put before the managers."""
    encounter = batch.encounter(event.encounter_id)
    batch.blob(event.text_hash)
    if event.matter_id in batch.cases:
        raise Rejected("matter_known", "The matter was opened before")
    encounter.serve("matter")
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
    member = None if event.member_id is None else batch.work.survivor(event.member_id)
    if member is not None:
        batch.work.update_profile(member, open_matter=mention(event.number, event.topic))
