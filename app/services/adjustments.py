"""Points that a duty manager gives or takes, and a second one's word where they are many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import AdjustmentConfirmed, AdjustmentDeclined, PointsAdjusted
from app.domain.ledger import check_points
from app.domain.member import masked_card, masked_name
from app.domain.records import Adjustment
from app.ports.work import CaseAction, Work
from app.services.cases import MAX_NOTE_CHARS, duty_manager, remedy_by
from app.services.commands import AdjustPoints, DecideAdjustment
from app.services.context import Context, clerk, server_member, signed_in
from app.services.point_views import AdjustmentView
from app.services.refunds import points_rules


def adjust_points(context: Context, command: AdjustPoints) -> UUID:
    """Record points given or taken; beyond the limit they wait for a second manager.

    Returns the adjustment's id.
    """
    duty_manager(context)
    if command.kind not in ("goodwill", "correction"):
        raise Rejected("bad_adjustment", "Goodwill gives points; a correction gives or takes them")
    check_points(abs(command.points))
    if command.kind == "goodwill" and command.points < 0:
        raise Rejected("bad_adjustment", "Goodwill gives points; a correction gives or takes them")
    reason = command.reason.strip()
    if not reason:
        raise Rejected("empty_reason", "Write down why")
    if len(reason) > MAX_NOTE_CHARS:
        raise Rejected("note_too_long", "The reason is too long", limit=MAX_NOTE_CHARS)
    member = server_member(context, context.store.reads, command.member_id)
    if member is None:
        raise Rejected("unknown_member", "This member isn't on this PC")
    if is_own(context, member.member_id):
        raise Rejected("own_membership", "Nobody adjusts their own points")

    record_remedy = None if command.case_id is None else remedy_by(context, command.case_id)

    def unit(work: Work) -> UUID:
        session = signed_in(work)
        blob = work.make_blob(reason.encode())
        adjustment_id = work.new_id()
        event = PointsAdjusted(
            adjustment_id, member.member_id, command.points, command.kind, blob.commitment
        )
        entry = work.append(event, blobs=(blob,))
        told = {
            "member_id": str(member.member_id),
            "points": command.points,
            "kind": command.kind,
            "reason": reason,
        }
        work.add_case_action(
            CaseAction(
                adjustment_id, "adjusted", work.now_ms(), session.staff_id, json.dumps(told)
            ),
            entry,
        )
        if record_remedy is not None:
            record_remedy(work, adjustment_id)
        return adjustment_id

    adjustment_id: UUID = context.store.run(unit)
    return adjustment_id


def decide_adjustment(context: Context, command: DecideAdjustment) -> None:
    """Agree to an adjustment that waits, which posts it, or decline it for good."""
    duty_manager(context)
    view = next(
        (each for each in adjustments(context) if each.adjustment_id == command.adjustment_id),
        None,
    )
    if view is None or view.state != "waiting":
        raise Rejected("unknown_adjustment", "This adjustment doesn't wait any more")
    refusal = view.refusal
    if refusal and not (refusal == "same_person" and not command.agree):
        raise Rejected(refusal, "Somebody else has to decide about this")

    def unit(work: Work) -> None:
        session = signed_in(work)
        decided = AdjustmentConfirmed if command.agree else AdjustmentDeclined
        entry = work.append(decided(command.adjustment_id))
        action = CaseAction(
            command.adjustment_id,
            "agreed" if command.agree else "declined",
            work.now_ms(),
            session.staff_id,
            "",
        )
        work.add_case_action(action, entry)

    context.store.run(unit)


def adjustments(context: Context) -> Sequence[AdjustmentView]:
    """What waits for a second manager, oldest first, and what this desk did that isn't there yet.

    Raises:
        Rejected: not_signed_in, unknown_staff.
    """
    actions = context.store.reads.case_actions()
    decided = {
        action.case_id: action for action in actions if action.action in ("agreed", "declined")
    }
    views = [_of_record(context, record) for record in context.members.adjustments()]
    views += _unsent(context, actions, {view.adjustment_id for view in views})
    return sorted(
        (
            replace(
                view,
                state=decided[view.adjustment_id].action,  # type: ignore[arg-type]
                refusal="",
            )
            if view.adjustment_id in decided
            else view
            for view in views
        ),
        key=lambda view: view.recorded_ms,
    )


def _of_record(context: Context, record: Adjustment) -> AdjustmentView:
    own = record.recorded_by == clerk(context, context.store.reads).staff_id
    refusal = "same_person" if own else ""
    if is_own(context, record.member_id):
        refusal = "own_membership"
    return _view(
        context,
        record.adjustment_id,
        record.member_id,
        points=record.points,
        kind=record.kind,
        reason=record.reason,
        recorded_ms=record.recorded_ms,
        recorded_by_name=record.recorded_by_name,
        refusal=refusal,
    )


def _unsent(
    context: Context, actions: Sequence[CaseAction], known: set[UUID]
) -> Iterator[AdjustmentView]:
    for action in actions:
        if action.action == "adjusted" and action.case_id not in known:
            told = json.loads(action.text)
            staff = context.members.staff(action.staff_id)
            view = _view(
                context,
                action.case_id,
                UUID(told["member_id"]),
                points=told["points"],
                kind=told["kind"],
                reason=told["reason"],
                recorded_ms=action.at_ms,
                recorded_by_name="" if staff is None else staff.name,
                refusal="",
            )
            yield replace(view, state="unsent")


def _view(
    context: Context,
    adjustment_id: UUID,
    member_id: UUID,
    *,
    points: int,
    kind: str,
    reason: str,
    recorded_ms: int,
    recorded_by_name: str,
    refusal: str,
) -> AdjustmentView:
    member = server_member(context, context.store.reads, member_id)
    return AdjustmentView(
        adjustment_id=adjustment_id,
        masked_name="" if member is None else masked_name(member.name),
        masked_card="" if member is None else masked_card(member.card_no),
        points=points,
        kind=kind,
        reason=reason,
        recorded_ms=recorded_ms,
        recorded_by_name=recorded_by_name,
        state="waiting",
        takes_two=abs(points) > points_rules(context).adjustment_limit,
        refusal=refusal,
    )


def is_own(context: Context, member_id: UUID) -> bool:
    """Whether these are the points of the person signed in, merged with another record or not."""
    reads = context.store.reads
    own = clerk(context, reads).member_id
    if own is None:
        return False
    mine, asked = (server_member(context, reads, each) for each in (own, member_id))
    return own == member_id or (
        mine is not None and asked is not None and mine.member_id == asked.member_id
    )
