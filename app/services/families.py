"""What a member is in a family, and where what they are about to earn will go."""

from __future__ import annotations

from app.domain.family import split
from app.domain.member import Member, masked_name
from app.services.context import Context
from app.services.views import FamilyView, ShareView


def family_of(context: Context, member: Member) -> FamilyView | None:
    """What a member is in a family, as the server has told; None: in none."""
    told = context.members.family(member.member_id)
    if told is None or told.head_id is None:
        return None
    if told.head_id == member.member_id:
        return FamilyView(is_head=True, members=told.members)
    head = context.members.by_id(told.head_id)
    return FamilyView(
        is_head=False,
        percent=told.percent,
        head_name="" if head is None else masked_name(head.name),
    )


def share_of(context: Context, member: Member | None, points: int) -> ShareView | None:
    """Where points will go that a member is about to earn; None: all of them to the member.

    By the server's own rule, of what this counter was told; the server decides.
    """
    family = None if member is None else family_of(context, member)
    if member is None or family is None or family.is_head:
        return None
    owed = max(0, -member.available_points)
    return ShareView(*split(points, owed=owed, percent=family.percent), family.head_name)
