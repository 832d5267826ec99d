"""Points that counters hold of a member who stands elsewhere: asked back, and told of.

Nothing is taken back here. A counter that hears of it hands the lease back at the end of its
journal, so that whatever was spent under it has come in first.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from sync.protocol.messages import SetAside
from sync.server.audience import Audience
from sync.server.devices import Device
from sync.server.store import tables as t
from sync.server.work import Work

_MOST_TOLD: Final = 5


def ask_back(
    work: Work, device: Device, member_ids: Collection[UUID], *, points: int, missing: int
) -> list[SetAside]:
    """Ask counters for what they hold of a member, where that makes up for what is missing.

    Args:
        work: the member is locked.
        device: where the member stands.
        member_ids: the member's, and of whoever was merged into them.
        points: wanted.
        missing: how many of them aren't available.

    Returns:
        What is held where, most first; nothing where it wouldn't do, or where `device` itself holds
        enough to go on without the server.
    """
    lease, holder = t.lease, t.device
    held = work.connection.execute(
        sa.select(lease, t.office.c.code, t.office.c.office_id, t.counter.c.label)
        .join(
            holder,
            (holder.c.programme_id == lease.c.programme_id)
            & (holder.c.device_id == lease.c.device_id),
        )
        .join(
            t.office,
            (t.office.c.programme_id == holder.c.programme_id)
            & (t.office.c.office_id == holder.c.office_id),
        )
        .join(
            t.counter,
            (t.counter.c.programme_id == holder.c.programme_id)
            & (t.counter.c.counter_id == holder.c.counter_id),
        )
        .where(
            lease.c.programme_id == work.programme_id,
            lease.c.member_id.in_(member_ids),
            lease.c.state.in_(t.LEASE_HELD),
            lease.c.remaining > 0,
        )
        .order_by(lease.c.remaining.desc(), lease.c.lease_id)
    ).all()
    if sum(row.remaining for row in held) < missing:
        return []
    if any(
        row.device_id == device.device_id and row.state == "open" and row.remaining >= points
        for row in held
    ):
        return []
    work.connection.execute(
        lease.update()
        .where(
            lease.c.programme_id == work.programme_id,
            lease.c.lease_id.in_([row.lease_id for row in held]),
        )
        .values(state="recall", recalled_ms=work.now_ms)
    )
    for row in held:
        if row.state == "open":
            work.told.add(Audience(row.office_id, counters=True))
    return [
        SetAside(row.remaining, row.code, row.label, row.granted_ms) for row in held[:_MOST_TOLD]
    ]
