"""How far a member is trusted, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.trust import Standing, Trust, TrustRules, trust_of

OLD = Standing(is_active=True, owed_points=0, member_days=2_000, visits=0, tier="basic")


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, Trust.KNOWN),
        ({"member_days": 3}, Trust.NEW),
        ({"member_days": 30}, Trust.KNOWN),
        ({"member_days": 3, "visits": 2}, Trust.KNOWN),
        ({"member_days": None}, Trust.KNOWN),
        ({"visits": 6}, Trust.TRUSTED),
        ({"visits": 5}, Trust.KNOWN),
        ({"member_days": 364, "visits": 60}, Trust.KNOWN),
        ({"member_days": None, "visits": 60}, Trust.KNOWN),
        ({"member_days": 1, "tier": "gold"}, Trust.TRUSTED),
        ({"owed_points": 1, "tier": "gold"}, Trust.BLOCKED),
        ({"is_active": False, "visits": 60}, Trust.BLOCKED),
    ],
)
def test_levels(change: dict[str, object], level: Trust) -> None:
    assert trust_of(replace(OLD, **change), TrustRules()) is level  # type: ignore[arg-type]


def test_each_level_may_have_no_less_than_the_one_before() -> None:
    percents = [TrustRules().percent(level) for level in Trust]
    assert percents == sorted(percents)
