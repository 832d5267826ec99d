"""A programme's versioned settings as the server's own rules read them."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.lease_policy import ALL_CLAIMS, CLAIMS, Claim, LeaseRules
from app.domain.stock_policy import StockRules
from app.domain.trust import TrustRules
from sync.server.store import tables as t

# Asked often, so composed once
SETTING: Final = sa.select(t.setting.c.value).where(
    t.setting.c.programme_id == sa.bindparam("programme"),
    t.setting.c.name == sa.bindparam("setting_name"),
)
CHEAPEST: Final = sa.select(sa.func.min(t.reward.c.points)).where(
    t.reward.c.programme_id == sa.bindparam("programme"), t.reward.c.active
)


def setting_value(connection: Connection, programme_id: UUID, name: str) -> dict[str, Any]:
    """The value of a setting, {} where it isn't set."""
    of = {"programme": programme_id, "setting_name": name}
    return setting_object(connection.execute(SETTING, of).scalar_one_or_none())


def setting_object(text: str | None) -> dict[str, Any]:
    """What a setting's text says, {} where it isn't set."""
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
    """The programme's lease policy."""
    value = setting_value(connection, programme_id, "redemption")
    cheapest = connection.execute(CHEAPEST, {"programme": programme_id}).scalar_one()
    return lease_rules_in(value, cheapest)


def lease_rules_in(value: dict[str, Any], cheapest: int | None) -> LeaseRules:
    """The same from the 'redemption' setting and the cheapest reward, None where there is none.

    A slice that buys no reward at all is not worth leasing.
    """
    default = LeaseRules()
    return LeaseRules(
        slice_points=number_in(value, "lease_points", default.slice_points),
        share_percent=number_in(value, "lease_share_percent", default.share_percent, high=100),
        online_percent=number_in(value, "lease_online_percent", default.online_percent, high=100),
        useful_points=cheapest or default.useful_points,
        top_up_percent=number_in(value, "lease_top_up_percent", default.top_up_percent, high=100),
        per_device=number_in(value, "leases_per_device", default.per_device, high=10_000),
        days=number_in(value, "lease_days", default.days, low=1, high=3_650),
        visitor_days=number_in(value, "visitor_days", default.visitor_days, high=3_650),
        calm_minutes=number_in(value, "lease_calm_minutes", default.calm_minutes, high=100_000),
        claims=claims_in(value),
        trust=trust_rules_in(value),
    )


def claims_in(value: dict[str, Any]) -> frozenset[Claim]:
    """Whose points are set aside, from the 'redemption' setting; everybody's if that is no list."""
    names = value.get("lease_claims")
    if not isinstance(names, list):
        return ALL_CLAIMS
    return frozenset().union(*(CLAIMS[name] for name in names if name in CLAIMS))


def stock_rules_in(value: dict[str, Any]) -> StockRules:
    """How units of scarce rewards are set aside, from the 'redemption' setting."""
    default = StockRules()

    def number(name: str, *, low: int = 0, high: int = 100_000) -> int:
        found = getattr(default, name)
        return number_in(value, f"stock_{name}", found, low=low, high=high)

    return StockRules(
        share_percent=number("share_percent", high=100),
        online_units=number("online_units"),
        window_days=number("window_days", low=1, high=3_650),
        cover_days=number("cover_days", high=3_650),
        per_lease=number("per_lease"),
        calm_minutes=number_in(value, "lease_calm_minutes", default.calm_minutes, high=100_000),
    )


def trust_rules_in(value: dict[str, Any]) -> TrustRules:
    """How members are trusted, from the 'redemption' setting."""
    default = TrustRules()
    tiers = value.get("trust_trusted_tiers")
    is_list = isinstance(tiers, list) and all(isinstance(tier, str) for tier in tiers)

    def number(name: str, *, low: int = 0) -> int:
        return number_in(value, f"trust_{name}", getattr(default, name), low=low, high=100_000)

    return TrustRules(
        known_days=number("known_days"),
        known_visits=number("known_visits"),
        trusted_days=number("trusted_days"),
        trusted_visits=number("trusted_visits"),
        trusted_tiers=tuple(tiers) if tiers is not None and is_list else default.trusted_tiers,
        new_percent=min(100, number("new_percent")),
        trusted_percent=number("trusted_percent", low=100),
    )


def texts_kept_days(connection: Connection, programme_id: UUID) -> int:
    """How many days comments, complaints and notes are kept."""
    value = setting_value(connection, programme_id, "retention")
    return number_in(value, "texts_days", 730, low=1, high=36_500)
