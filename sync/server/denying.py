"""The deny list: members whom no counter promises anything by itself, because a person said so.

It reaches counters with their next pull, as a record a member. What they hold of such a member is
asked back by the lease policy, as of anybody who is blocked.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.records import Denial
from sync.server.store import tables as t
from sync.server.work import Work

MOST_REASON: int = 500


def deny(work: Work, member_id: UUID, reason: str) -> None:
    """Put a member on the list; again only changes the reason.

    Raises:
        Rejected: bad_reason.
    """
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON or "\0" in reason:
        raise Rejected("bad_reason", f"Say why, in at most {MOST_REASON} characters")
    known = work.find(t.denial, "member_id", [member_id])
    since_ms = known[0].since_ms if known else work.now_ms
    work.add_or_replace(t.denial, member_id, since_ms, reason)
    _tell(work, member_id, is_denied=True)


def allow(work: Work, member_id: UUID) -> bool:
    """Take a member off the list; returns whether they were on it."""
    if not work.find(t.denial, "member_id", [member_id]):
        return False
    work.connection.execute(
        sa.delete(t.denial).where(
            t.denial.c.programme_id == work.programme_id, t.denial.c.member_id == member_id
        )
    )
    _tell(work, member_id, is_denied=False)
    return True


def _tell(work: Work, member_id: UUID, *, is_denied: bool) -> None:
    work.put_record(Denial.KIND, str(member_id), Denial(member_id, is_denied), None)
