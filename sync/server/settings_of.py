"""A programme's versioned settings as the server's own rules read them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.lease_policy import LeaseRules
from sync.server.store import tables as t


def setting_value(connection: Connection, programme_id: UUID, name: str) -> dict[str, Any]:
    """The value of a setting, {} where it isn't set."""
    text = connection.execute(
        sa.select(t.setting.c.value).where(
            t.setting.c.programme_id == programme_id, t.setting.c.name == name
        )
    ).scalar_one_or_none()
    value = {} if text is None else json.loads(text)
    return value if isinstance(value, dict) else {}


def number_in(
    value: dict[str, Any], name: str, default: int, *, low: int = 0, high: int = 2**53
) -> int:
    """A whole number of a setting, the default where it is missing or makes no sense."""
    found = value.get(name, default)
    if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
        return default
    return found


def lease_rules(connection: Connection, programme_id: UUID) -> LeaseRules:
    """The programme's lease policy; a slice that buys no reward at all is not worth leasing."""
    value = setting_value(connection, programme_id, "redemption")
    default = LeaseRules()
    cheapest = connection.execute(
        sa.select(sa.func.min(t.reward.c.points)).where(
            t.reward.c.programme_id == programme_id, t.reward.c.active
        )
    ).scalar_one()
    return LeaseRules(
        slice_points=number_in(value, "lease_points", default.slice_points),
        share_percent=number_in(value, "lease_share_percent", default.share_percent, high=100),
        useful_points=cheapest or default.useful_points,
        per_device=number_in(value, "leases_per_device", default.per_device, high=10_000),
        days=number_in(value, "lease_days", default.days, low=1, high=3_650),
        visitor_days=number_in(value, "visitor_days", default.visitor_days, high=3_650),
    )


def texts_kept_days(connection: Connection, programme_id: UUID) -> int:
    """How many days comments, complaints and notes are kept."""
    value = setting_value(connection, programme_id, "retention")
    return number_in(value, "texts_days", 730, low=1, high=36_500)
