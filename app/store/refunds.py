"""Rewards that may come back, and those that did, in work.db."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, func, insert, or_, select

from app.store.tables import journal, redemption, refund

STANDING: Final = (
    select(*redemption.c)
    .where(
        redemption.c.member_id == bindparam("member"),
        redemption.c.state.in_(("posted", "granted")),
    )
    .order_by(redemption.c.at_ms.desc(), redemption.c.redemption_id.desc())
    .limit(bindparam("count"))
)
POINTS: Final = (
    select(func.coalesce(func.sum(refund.c.points), 0))
    .outerjoin(journal, journal.c.event_id == refund.c.event_id)
    .where(
        refund.c.redemption_id == bindparam("id"),
        or_(journal.c.decision.is_(None), journal.c.decision != "exception"),
    )
)
ADD: Final = insert(refund)
