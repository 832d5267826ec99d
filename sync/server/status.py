"""`guichet-server status`: what stands in the database, in lines."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.leases import NEWEST_FIRST
from sync.server.store import tables as t


def status_lines(connection: Connection) -> Iterator[str]:
    """Counts, devices and the exposure: what could at most be lost through risk pools.

    A pool in use is exposed by what it has left. Until it is drawn on, the one that it replaced may
    still be charged with what its counter had given away, and not sent, before it heard of the new.
    """
    for programme in connection.execute(sa.select(t.programme)):
        mine = programme.programme_id

        def one(
            expression: sa.ColumnElement[int], table: sa.Table, *where: sa.ColumnElement[bool]
        ) -> int:
            statement = sa.select(expression).select_from(table)
            found = connection.execute(
                statement.where(table.c.programme_id == mine, *where)  # noqa: B023
            )
            return int(found.scalar_one() or 0)

        count = sa.func.count()
        yield f"programme\t{programme.name}"
        yield f"members\t{one(count, t.member)}"
        yield f"entries\t{one(count, t.entry)}"
        open_items = one(count, t.exception_item, t.exception_item.c.state == "open")
        yield f"exceptions open\t{open_items}"
        cases = one(count, t.service_case, t.service_case.c.state != "closed")
        yield f"cases open\t{cases}"
        yield f"points posted\t{one(sa.func.sum(t.balance.c.posted), t.balance)}"
        yield f"points leased\t{one(sa.func.sum(t.balance.c.leased), t.balance)}"
        pool = t.risk_pool
        pools = (
            sa.select(
                (pool.c.points - pool.c.spent).label("left"),
                sa.func.row_number()
                .over(partition_by=pool.c.device_id, order_by=NEWEST_FIRST)
                .label("place"),
                sa.func.lag(pool.c.spent)
                .over(partition_by=pool.c.device_id, order_by=NEWEST_FIRST)
                .label("newer"),
            )
            .where(pool.c.programme_id == mine)
            .subquery()
        )
        total = (
            sa.select(pools.c.place, sa.func.sum(pools.c.left))
            .where(sa.or_(pools.c.place == 1, pools.c.newer == 0))
            .group_by(pools.c.place)
        )
        left = {place: int(points) for place, points in connection.execute(total)}
        yield f"points at risk\t{left.get(1, 0)}"
        yield f"points at risk on pools just replaced\t{left.get(2, 0)}"
        yield f"points overdrawn\t{one(sa.func.sum(t.balance.c.overdrawn), t.balance)}"
        devices = (
            sa.select(
                t.device.c.device_id,
                t.device.c.kind,
                t.device.c.incarnation,
                t.device.c.revoked_ms,
                sa.func.coalesce(sa.func.max(t.chain.c.head_seq), 0).label("head_seq"),
            )
            .join(
                t.chain,
                (t.chain.c.programme_id == t.device.c.programme_id)
                & (t.chain.c.device_id == t.device.c.device_id)
                & (t.chain.c.incarnation == t.device.c.incarnation),
                isouter=True,
            )
            .where(t.device.c.programme_id == mine)
            .group_by(
                t.device.c.device_id,
                t.device.c.kind,
                t.device.c.incarnation,
                t.device.c.revoked_ms,
            )
            .order_by(t.device.c.device_id)
        )
        for row in connection.execute(devices):
            state = "revoked" if row.revoked_ms else f"{row.incarnation}:{row.head_seq}"
            yield f"device\t{row.device_id}\t{row.kind}\t{state}"
