"""The customer's answer: faces, reasons, a comment, a wish; durable before the panel thanks."""

from __future__ import annotations

from dataclasses import replace

from app.domain.entry import Actor
from app.domain.errors import Rejected
from app.domain.events import (
    CallWish,
    RatingDetailed,
    RatingRecorded,
    RatingState,
    StrayPressesRecorded,
)
from app.domain.rating import MAX_COMMENT_CHARS, SCORES, RatingRules, is_low
from app.ports.work import EncounterRow, Work
from app.services.commands import (
    AddRatingDetail,
    CloseInvitation,
    RecordRating,
    RecordStrayPresses,
)
from app.services.context import Context
from app.services.encounters import settle_invitation
from app.services.views import RatingStatus

# The panel counts its change window from the paint, the core from the commit.
_GRACE_S = 2


def record_rating(context: Context, command: RecordRating) -> RatingStatus:
    """Record one press of a face; within the change window a further press revises the first.

    An alarm that a first low press raised stands, whatever follows it.
    """
    if command.score not in SCORES:
        raise Rejected("bad_score", "A rating has a score from 1 to 5")
    value, version = context.setting("rating")
    rules = RatingRules.from_setting(value, version)

    def unit(work: Work) -> RatingStatus:
        row = _rateable(work, command, rules)
        now_ms = work.now_ms()
        row = replace(
            row,
            rating_state=RatingState.RATED,
            rating_id=row.rating_id or work.new_id(),
            rating_revision=row.rating_revision + 1,
            rating_score=command.score,
            rated_ms=row.rated_ms or now_ms,
        )
        assert row.rating_id is not None
        work.append(
            RatingRecorded(
                row.rating_id,
                row.encounter_id,
                row.rating_revision,
                command.score,
                command.flags,
            ),
            urgent=is_low(command.score) or row.rating_revision > 1,
        )
        work.save_encounter(row)
        return RatingStatus(row.encounter_id, RatingState.RATED)

    status: RatingStatus = context.store.run(unit)
    return status


def _rateable(work: Work, command: RecordRating, rules: RatingRules) -> EncounterRow:
    row = work.encounter(command.encounter_id)
    if row is None:
        raise Rejected("unknown_encounter", "There is no such encounter on this PC")
    if row.outcome is None:
        raise Rejected("encounter_open", "The encounter has not ended yet")
    if row.rating_state is None:
        return row
    if row.rating_state is not RatingState.RATED:
        raise Rejected("invitation_closed", "The invitation to rate has ended")
    elapsed_ms = work.now_ms() - (row.rated_ms or 0)
    if not 0 <= elapsed_ms <= (rules.change_window_s + _GRACE_S) * 1000:
        raise Rejected("invitation_closed", "The rating can no longer be changed")
    return row


def add_rating_detail(context: Context, command: AddRatingDetail) -> RatingStatus:
    """Record what the customer added after the face."""
    comment = command.comment.strip()
    if len(comment) > MAX_COMMENT_CHARS:
        raise Rejected("comment_too_long", "The comment is too long", limit=MAX_COMMENT_CHARS)
    value, version = context.setting("rating")
    rules = RatingRules.from_setting(value, version)

    def unit(work: Work) -> RatingStatus:
        row = work.encounter(command.encounter_id)
        if row is None:
            raise Rejected("unknown_encounter", "There is no such encounter on this PC")
        if row.rating_id is None or row.rating_score is None:
            raise Rejected("not_rated", "There is no rating to add to")
        offered = rules.reasons_by_score.get(row.rating_score, ())
        if any(reason not in offered for reason in command.reasons):
            raise Rejected("unknown_reason", "This reason is not offered for the rating")
        blob = work.make_blob(comment.encode()) if comment else None
        work.append(
            RatingDetailed(
                row.rating_id,
                row.encounter_id,
                command.reasons,
                rules.version,
                None if blob is None else blob.commitment,
                command.call,
            ),
            blobs=() if blob is None else (blob,),
            urgent=is_low(row.rating_score) or command.call is CallWish.NOW,
        )
        return RatingStatus(row.encounter_id, RatingState.RATED, command.call)

    status: RatingStatus = context.store.run(unit)
    return status


def record_stray_presses(context: Context, command: RecordStrayPresses) -> None:
    """Keep presses that no question was open for, under who was signed in then, or nobody."""

    def unit(work: Work) -> None:
        session = work.session()
        is_same = session is not None and session.session_id == command.session_id
        event = StrayPressesRecorded(
            command.source,
            command.presses,
            work.now_ms() - command.ago_ms,
            command.lasted_ms,
            command.is_stuck,
        )
        work.append(event, actor=None if is_same else Actor())

    context.store.run(unit)


def close_invitation(context: Context, command: CloseInvitation) -> RatingStatus:
    """End the invitation without a face, unless it has ended already."""

    def unit(work: Work) -> RatingStatus:
        row = work.encounter(command.encounter_id)
        if row is None:
            raise Rejected("unknown_encounter", "There is no such encounter on this PC")
        row = settle_invitation(work, row, command.state)
        return RatingStatus(row.encounter_id, row.rating_state or command.state)

    status: RatingStatus = context.store.run(unit)
    return status
