"""Staff may be members too, and may not serve themselves: the classic loyalty fraud."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.errors import Rejected
from sync.server.work import Work


def check_not_own(work: Work, staff: Any, member_id: UUID | None) -> None:
    """Raises Rejected('own_membership') for the person's own, merged with another or not."""
    if staff.member_id is None or member_id is None:
        return
    theirs, asked = (work.survivor(i) for i in (staff.member_id, member_id))
    own = {staff.member_id, staff.member_id if theirs is None else theirs.member_id}
    if member_id in own or (asked is not None and asked.member_id in own):
        raise Rejected("own_membership", "Nobody serves their own membership")
