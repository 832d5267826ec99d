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


def deny(work: Work, member_id: UUID, reason: str, *, by: str, since_ms: int | None = None) -> None:
    """Put a member on the list; again only changes who says so, and why.

    Args:
        work: the transaction.
        member_id: one who isn't merged into another.
        reason: why; no replica is told.
        by: who says so.
        since_ms: when they did; now if not given.

    Raises:
        Rejected: bad_reason.
    """
    reason = check_reason(reason)
    known = work.find(t.denial, "member_id", [member_id])
    since_ms = work.now_ms if since_ms is None else since_ms
    since_ms = known[0].since_ms if known else since_ms
    work.add_or_replace(t.denial, member_id, since_ms, reason, by)
    _tell(work, Denial(member_id, True, since_ms, by))


def allow(work: Work, member_id: UUID) -> bool:
    """Take a member off the list; returns whether they were on it."""
    if not work.find(t.denial, "member_id", [member_id]):
        return False
    work.connection.execute(
        sa.delete(t.denial).where(
            t.denial.c.programme_id == work.programme_id, t.denial.c.member_id == member_id
        )
    )
    _tell(work, Denial(member_id, False))
    return True


def move(work: Work, away_id: UUID, stay_id: UUID) -> None:
    """Who is denied under one record is denied as the person that both are."""
    rows = {row.member_id: row for row in work.find(t.denial, "member_id", [away_id, stay_id])}
    if away_id in rows:
        row = rows[away_id]
        allow(work, away_id)
        if stay_id not in rows:
            deny(work, stay_id, row.reason, by=row.recorded_by, since_ms=row.since_ms)


def check_reason(reason: str) -> str:
    """Return it without blanks around. Raises Rejected('bad_reason')."""
    reason = reason.strip()
    if not reason or len(reason) > Denial.LONGEST_REASON or "\0" in reason:
        raise Rejected("bad_reason", f"Say why, in at most {Denial.LONGEST_REASON} characters")
    return reason


def _tell(work: Work, denial: Denial) -> None:
    work.put_record(Denial.KIND, str(denial.member_id), denial, None)
