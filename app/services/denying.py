"""Members whom no counter promises anything by itself, because a duty manager said so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import MemberAllowed, MemberDenied
from app.domain.member import masked_card, masked_name
from app.domain.records import Denial
from app.ports.work import CaseAction, Work
from app.services.adjustments import is_own
from app.services.cases import duty_manager
from app.services.commands import AllowMember, DenyMember
from app.services.context import Context, server_member, signed_in
from app.services.point_views import DenialView


def deny_member(context: Context, command: DenyMember) -> None:
    """Put a member on the list; again only changes who says so, and why."""
    _record(context, command)


def allow_member(context: Context, command: AllowMember) -> None:
    """Take a member off the list."""
    _record(context, command)


def denials(context: Context) -> Sequence[DenialView]:
    """Who is on the list as this desk knows it, whoever was put on it last on top."""
    told = context.members.denials()
    actions = context.store.reads.case_actions()
    views = {each.member_id: _told(context, each) for each in told}
    for action in actions:
        if action.action == "denied":
            views[action.case_id] = _done_here(context, action)
        elif action.action == "allowed" and action.case_id in views:
            views[action.case_id] = replace(
                views[action.case_id], state="allowing", reason=action.text
            )
    return sorted(views.values(), key=lambda view: -view.since_ms)


def _record(context: Context, command: DenyMember | AllowMember) -> None:
    duty_manager(context)
    reason = command.reason.strip()
    if not reason:
        raise Rejected("empty_reason", "Write down why")
    if len(reason) > Denial.LONGEST_REASON:
        raise Rejected("note_too_long", "The reason is too long", limit=Denial.LONGEST_REASON)
    member = server_member(context, context.store.reads, command.member_id)
    denies = isinstance(command, DenyMember)
    if member is None and denies:
        raise Rejected("unknown_member", "This member isn't on this PC")
    member_id = command.member_id if member is None else member.member_id
    if is_own(context, member_id):
        raise Rejected("own_membership", "Nobody decides about themselves")
    if not denies and not _is_on_it(denials(context), member_id):
        raise Rejected("not_denied", "This member isn't on the list")

    def unit(work: Work) -> None:
        session = signed_in(work)
        blob = work.make_blob(reason.encode())
        event = (MemberDenied if denies else MemberAllowed)(member_id, blob.commitment)
        action = CaseAction(
            member_id, "denied" if denies else "allowed", work.now_ms(), session.staff_id, reason
        )
        work.add_case_action(action, work.append(event, blobs=(blob,)))

    context.store.run(unit)


def _is_on_it(views: Iterable[DenialView], member_id: UUID) -> bool:
    return any(each.member_id == member_id and each.state != "allowing" for each in views)


def _told(context: Context, record: Denial) -> DenialView:
    return _view(context, record.member_id, record.since_ms, record.by)


def _done_here(context: Context, action: CaseAction) -> DenialView:
    staff = context.members.staff(action.staff_id)
    by = "" if staff is None else f"{staff.name} ({staff.number})"
    view = _view(context, action.case_id, action.at_ms, by)
    return replace(view, state="denying", reason=action.text)


def _view(context: Context, member_id: UUID, since_ms: int, by: str) -> DenialView:
    member = server_member(context, context.store.reads, member_id)
    return DenialView(
        member_id=member_id,
        masked_name="" if member is None else masked_name(member.name),
        masked_card="" if member is None else masked_card(member.card_no),
        since_ms=since_ms,
        by=by,
        is_own=is_own(context, member_id),
    )
