"""What a counter gave away without the server, looked at from outside each time that it does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from tests.simulation.programme import POOL

_GIVEN: Final = sa.text(
    "SELECT body, seq > confirmed_seq FROM journal JOIN chain USING (incarnation)"
    " WHERE type = 'RedemptionGranted' AND body <> x''"
)


def broken_caps(pc: Any) -> Iterator[str]:
    """Which caps a counter's gifts at risk are beyond."""
    points: list[int] = []  # of those that no server has heard of, as far as it knows
    drawn: Counter[tuple[str, str]] = Counter()
    for body, is_unheard in pc.seat._database.fetch(_GIVEN, {}):
        told = json.loads(body)["payload"]
        if told["cover"] != "at_risk":
            continue
        drawn[told["pool_id"], told["member_id"]] += told["points"]
        if is_unheard:
            points.append(told["points"])
    if max(drawn.values(), default=0) > POOL["pool_per_member"]:
        yield f"a member drew {max(drawn.values())} points on one pool"
    if sum(points) > POOL["risk_window_points"]:
        yield f"{sum(points)} points were given away that no server has heard of"
    if len(points) > POOL["risk_window_redemptions"]:
        yield f"{len(points)} redemptions were given away that no server has heard of"
