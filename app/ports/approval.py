"""How a counter asks a manager over the office's own network; the adapter is in sync.client.lan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from app.domain.approval import Approval, Asked
from app.domain.lean import dataclass


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What a desk is shown.

    Attributes:
        clerk_id: who wants to give it.
        trust: the member's level (app.domain.trust).
        spendable_points: the member's, as far as the counter knows.
        list_age_s: how old the counter's deny list is.
        counter_label: the counter's, by its certificate; the counter itself says none.
    """

    asked: Asked
    clerk_id: UUID
    trust: str
    spendable_points: int
    list_age_s: int
    counter_label: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalReply:
    """'waiting' for a manager, 'nobody' where no desk is in reach or nobody is signed in there."""

    outcome: Literal["waiting", "agreed", "declined", "nobody"]
    approval: Approval | None = None  # of 'agreed'


AskDesks = Callable[[ApprovalRequest], ApprovalReply]
"""Asks each of the office's desks once, two seconds at most; on no GUI thread, nor the writer's."""

HearRequest = Callable[[ApprovalRequest], ApprovalReply]
"""What a desk says to a counter that asks, each time anew; on the network's threads."""


def nobody(request: ApprovalRequest) -> ApprovalReply:
    """Where there is no network to ask over."""
    return ApprovalReply("nobody")
