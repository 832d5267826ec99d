"""A counter asks the office's desks for a manager's yes, and believes only what a desk signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidSignature

from app.domain.approval import Approval
from app.ports.approval import ApprovalReply, ApprovalRequest
from sync.client.lan.trust import Peer
from sync.protocol.lan import ApprovalAsk, LanAnswer, LanAsk

Answer = tuple[Peer, LanAnswer]


def ask_all(
    request: ApprovalRequest, desks: Sequence[Callable[[LanAsk], Answer | None]]
) -> ApprovalReply:
    """Ask one desk after the other, until one agrees or declines.

    Args:
        request: what for.
        desks: each asks one; None where it didn't answer.
    """
    asked = request.asked
    ask = LanAsk(
        "approve",
        approve=ApprovalAsk(
            asked.redemption_id,
            asked.member_id,
            asked.reward_id,
            asked.points,
            request.clerk_id,
            request.trust,
            request.spendable_points,
            request.list_age_s,
        ),
    )
    best = ApprovalReply("nobody")
    for desk in desks:
        answered = desk(ask)
        if answered is None:
            continue
        peer, answer = answered
        if answer.outcome == "agreed" and answer.approved_by is not None:
            approval = Approval(peer.device.device_id, answer.approved_by, answer.approval)
            if _is_signed(peer, request, approval):
                return ApprovalReply("agreed", approval)
        elif answer.outcome == "declined":
            best = ApprovalReply("declined")
        elif answer.outcome == "waiting" and best.outcome == "nobody":
            best = ApprovalReply("waiting")
    return best


def _is_signed(peer: Peer, request: ApprovalRequest, approval: Approval) -> bool:
    statement = request.asked.statement(approval.desk_id, approval.staff_id)
    try:
        peer.key.verify(bytes.fromhex(approval.proof), statement)
    except (InvalidSignature, ValueError):
        return False
    return True
