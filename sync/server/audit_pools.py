"""What `audit` proves of risk pools: charged with what was drawn on them, within their caps."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream


def pools(connection: Connection) -> Iterator[str]:
    """Yields a line for each pool or member that is wrong."""
    pool, redemption = t.risk_pool, t.redemption
    drawn = (
        sa.select(
            redemption.c.programme_id,
            redemption.c.pool_id,
            sa.func.sum(redemption.c.points).label("n"),
            sa.func.max(redemption.c.points).label("largest"),
        )
        .where(redemption.c.pool_id.is_not(None))
        .group_by(redemption.c.programme_id, redemption.c.pool_id)
        .subquery("drawn")
    )
    came, largest = (sa.func.coalesce(drawn.c[name], 0) for name in ("n", "largest"))
    wrong = (
        sa.select(pool, came.label("came"), largest.label("largest"))
        .select_from(outer(pool, drawn, "programme_id", "pool_id"))
        .where(
            (pool.c.spent != came)
            | (pool.c.spent > pool.c.points)
            | (largest > pool.c.per_redemption)
        )
    )
    for row in stream(connection, wrong):
        yield (
            f"pool {row.pool_id}: {row.spent} of {row.points} drawn, its redemptions come to"
            f" {row.came}, the largest to {row.largest} of {row.per_redemption}"
        )
    of_member = (
        sa.select(
            redemption.c.pool_id,
            redemption.c.member_id,
            sa.func.sum(redemption.c.points).label("n"),
            pool.c.per_trusted,
        )
        .join(
            pool,
            (pool.c.programme_id == redemption.c.programme_id)
            & (pool.c.pool_id == redemption.c.pool_id),
        )
        .where(redemption.c.state == "posted")
        .group_by(redemption.c.pool_id, redemption.c.member_id, pool.c.per_trusted)
        .having(sa.func.sum(redemption.c.points) > pool.c.per_trusted)
    )
    for row in stream(connection, of_member):
        yield f"pool {row.pool_id}: member {row.member_id} drew {row.n} of {row.per_trusted}"
