"""The rewards with terms that a simulated programme has, and whose tiers they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

TIERS: Final = ("basic", "gold", "basic", "silver")
"""Of the members at the start, by rank, over and over."""

STOCKED: Final = 4
UNITS: Final = 12
BLACKED_OUT: Final = 5
BY_TIER: Final = 6
TERMS: Final[Mapping[int, dict[str, Any]]] = {
    BLACKED_OUT: {"blackouts": [["2020-01-01", "2099-12-31"]]},
    BY_TIER: {
        "tier_percent": {"gold": 50, "silver": 80},
        "floor": 500,
        "cash": {"least_percent": 50, "step": 100, "minor_per_100": 120, "currency": "CNY"},
    },
}


def tier_of(rank: int) -> str:
    return TIERS[rank % len(TIERS)]
