"""Managers' approvals: a counter reads their codes, a desk answers what it is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.approval import DIGITS, GUESSES, Approval, Asked, code, is_code, pair_key
from app.domain.errors import Rejected
from app.domain.events import ApprovalAnswered
from app.domain.member import masked_name
from app.domain.records import Staff
from app.domain.sign_in import FREE_TRIES, remaining_wait_s
from app.ports.approval import ApprovalReply, ApprovalRequest
from app.ports.work import Work
from app.services.commands import AnswerApproval, MakeApprovalCode
from app.services.context import Context, clerk, enrolled, signed_in
from app.services.views import ApprovalCode, ApprovalView

FORGOTTEN_MS: Final = 5_000
"""A counter that hasn't asked again for so long doesn't wait any more."""
_MOST: Final = 20


def read_code(context: Context, asked: Asked, typed: str) -> Approval:
    """Find out which manager, at which of the office's desks, made this code.

    Wrong ones slow the next down, as wrong PINs do, whatever redemption they were for.

    Raises:
        Rejected: bad_code, which is no try; wrong_code (detail: tries_left); throttled
            (detail: wait_s); no_approval_keys.
    """
    proof = "".join(letter for letter in typed if not letter.isspace())
    if not (len(proof) == DIGITS and proof.isascii() and proof.isdigit()):
        raise Rejected("bad_code", "A code has eight digits")
    keys = context.approval_keys()
    if not keys:
        raise Rejected("no_approval_keys", "This counter knows of no desk of its office")
    reads = context.store.reads
    tries, last_ms = reads.failed_tries(GUESSES)
    if wait_s := remaining_wait_s(tries, last_ms, context.clock.now_ms()):
        raise Rejected("throttled", f"Wait {wait_s} s", wait_s=wait_s)
    for desk_id, key in keys.items():
        for staff_id in _managers(context, asked.member_id):
            approval = Approval(desk_id, staff_id, proof)
            if is_code(key, asked, approval):
                context.store.run(lambda work: work.clear_failed_tries(GUESSES))
                return approval

    context.store.run(lambda work: work.note_failed_try(GUESSES))
    raise Rejected("wrong_code", "That isn't the code", tries_left=max(0, FREE_TRIES - tries))


def _managers(context: Context, member_id: UUID) -> list[UUID]:
    """Who may agree: not to what they give or get themselves."""
    seat, session = enrolled(context), context.store.reads.session()
    return [
        staff.staff_id
        for staff in context.members.all_staff()
        if staff.active
        and {"duty_manager", "administrator"} & set(staff.roles)
        and (staff.office_id == seat.office_id or "administrator" in staff.roles)
        and staff.member_id != member_id
        and (session is None or staff.staff_id != session.staff_id)
    ]


def _manager(context: Context) -> Staff:
    """Who is signed in. Raises Rejected('not_manager') unless it is a duty manager."""
    staff = clerk(context, context.store.reads)
    if "duty_manager" not in staff.roles:
        raise Rejected("not_manager", "Only a duty manager can do this")
    return staff


@dataclass(slots=True)
class _Pending:
    request: ApprovalRequest
    heard_ms: int
    reply: ApprovalReply


class Approvals:
    """What counters ask of one desk: in memory alone, as a counter that waits asks again and again.

    `hear` is called on the network's threads.
    """

    def __init__(self, context: Context, changed: Callable[[], None]) -> None:
        """`changed` is called, on any thread, when there is something else to be shown."""
        self._context = context
        self._changed = changed
        self._lock = threading.Lock()
        self._pending: dict[UUID, _Pending] = {}

    def hear(self, request: ApprovalRequest) -> ApprovalReply:
        """Take a counter's request, or say what became of it."""
        if not self._manager_is_here():
            return ApprovalReply("nobody")
        now_ms = self._context.clock.now_ms()
        with self._lock:
            gone = self._drop_forgotten(now_ms)
            known = self._pending.get(request.asked.redemption_id)
            is_new = known is None or known.request.asked != request.asked
            if known is not None and not is_new:
                known.heard_ms = now_ms
                reply = known.reply
            elif len(self._pending) >= _MOST:
                reply = ApprovalReply("nobody")
            else:
                reply = ApprovalReply("waiting")
                self._pending[request.asked.redemption_id] = _Pending(request, now_ms, reply)
        if is_new or gone:
            self._changed()
        return reply

    def waiting(self) -> tuple[ApprovalView, ...]:
        """Requests that a manager has yet to answer, the oldest first."""
        with self._lock:
            self._drop_forgotten(self._context.clock.now_ms())
            requests = [
                each.request for each in self._pending.values() if each.reply.outcome == "waiting"
            ]
        return tuple(map(self._view, requests))

    def answer(self, command: AnswerApproval) -> None:
        """Agree or decline; journalled before any counter hears of it.

        Raises:
            Rejected: not_manager; not_waiting, the counter has stopped; own_membership,
                same_person.
        """
        manager = _manager(self._context)
        with self._lock:
            pending = self._pending.get(command.redemption_id)
        if pending is None or pending.reply.outcome != "waiting":
            raise Rejected("not_waiting", "The counter doesn't wait for it any more")
        asked = pending.request.asked
        if command.is_agreed and manager.member_id == asked.member_id:
            raise Rejected("own_membership", "Nobody agrees to what they get themselves")
        if command.is_agreed and manager.staff_id == pending.request.clerk_id:
            raise Rejected("same_person", "Nobody agrees to what they give themselves")
        desk_id = enrolled(self._context).device_id
        self._record(
            pending.request.counter_label, asked.challenge, asked.points, command.is_agreed, "lan"
        )
        reply = ApprovalReply("declined")
        if command.is_agreed:
            proof = self._context.sign(asked.statement(desk_id, manager.staff_id)).hex()
            reply = ApprovalReply("agreed", Approval(desk_id, manager.staff_id, proof))
        with self._lock:
            pending.reply = reply

    def make_code(self, command: MakeApprovalCode) -> ApprovalCode:
        """Answer a challenge that was read out; journalled before it is shown.

        Raises:
            Rejected: not_manager; bad_challenge, bad_counter, bad_points; no_approval_keys.
        """
        manager = _manager(self._context)
        challenge = "".join(letter for letter in command.challenge if not letter.isspace())
        if not (challenge.isascii() and challenge.isdigit() and len(challenge) == DIGITS):
            raise Rejected("bad_challenge", f"The counter shows {DIGITS} digits")
        if not 0 < len(command.counter_label.strip()) <= 40:
            raise Rejected("bad_counter", "Say which counter it is, as its sign does")
        if not 0 < command.points < 2**53:
            raise Rejected("bad_points", "Points are a whole number above 0")
        desk_id = enrolled(self._context).device_id
        key = self._context.approval_keys().get(desk_id)
        if key is None:
            raise Rejected("no_approval_keys", "The server has given this desk no key yet")
        self._record(command.counter_label.strip(), challenge, command.points, True, "code")
        of_pair = pair_key(key, command.counter_label)
        return ApprovalCode(
            challenge, command.points, code(of_pair, manager.staff_id, challenge, command.points)
        )

    def _record(
        self, counter: str, challenge: str, points: int, is_agreed: bool, asked_by: str
    ) -> None:
        def unit(work: Work) -> None:
            signed_in(work)
            work.append(
                ApprovalAnswered(work.new_id(), counter, challenge, points, is_agreed, asked_by)
            )

        self._context.store.run(unit)

    def _manager_is_here(self) -> bool:
        try:
            _manager(self._context)
        except Rejected:
            return False
        return True

    def _drop_forgotten(self, now_ms: int) -> bool:
        gone = [i for i, each in self._pending.items() if now_ms - each.heard_ms > FORGOTTEN_MS]
        for redemption_id in gone:
            del self._pending[redemption_id]
        return bool(gone)

    def _view(self, request: ApprovalRequest) -> ApprovalView:
        members, asked = self._context.members, request.asked
        member = members.by_id(asked.member_id)
        clerk = members.staff(request.clerk_id)
        reward = next((r for r in members.rewards() if r.reward_id == asked.reward_id), None)
        return ApprovalView(
            redemption_id=asked.redemption_id,
            counter_label=request.counter_label,
            clerk_number="" if clerk is None else clerk.number,
            member_name="" if member is None else masked_name(member.name),
            reward_name="" if reward is None else reward.name,
            reward_name_en="" if reward is None else reward.name_en,
            points=asked.points,
            trust=request.trust,
            spendable_points=request.spendable_points,
            list_age_s=request.list_age_s,
        )
