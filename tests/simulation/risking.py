"""What a counter gave away without the server, looked at from outside each time that it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from tests.simulation.facts import Journals, read
from tests.simulation.merges import Merges
from tests.simulation.programme import POOL
from tests.simulation.rewards import tier_of

RISKY_MORNINGS: Final = frozenset({2})
"""On these hardly anybody has points set aside: what is given offline is given at risk."""
FEW_LEASES: Final = 2
_GIVEN: Final = sa.text(
    "SELECT body, seq > confirmed_seq FROM journal JOIN chain USING (incarnation)"
    " WHERE type = 'RedemptionGranted' AND body <> x''"
)
_KNOWN: Final = POOL["pool_per_member"]
_CAPS: Final = {
    "new": _KNOWN * POOL["trust_new_percent"] // 100,
    "known": _KNOWN,
    "trusted": _KNOWN * POOL["trust_trusted_percent"] // 100,
}
"""What a member may draw on one pool, by the level that the counter trusts them."""


def broken_caps(pc: Any) -> Iterator[str]:
    """Which caps a counter's gifts at risk are beyond."""
    points: list[int] = []  # of those that no server has heard of, as far as it knows
    drawn: Counter[tuple[str, str]] = Counter()
    for body, is_unheard in pc.seat._database.fetch(_GIVEN, {}):
        told = read(body)["payload"]
        if told["cover"] != "at_risk":
            continue
        of = told["pool_id"], told["member_id"]
        drawn[of] += told["points"]
        if drawn[of] > _CAPS.get(told["trust"], 0):
            yield f"a member trusted as {told['trust']} drew {drawn[of]} points on one pool"
        if is_unheard:
            points.append(told["points"])
    if sum(points) > POOL["risk_window_points"]:
        yield f"{sum(points)} points were given away that no server has heard of"
    if len(points) > POOL["risk_window_redemptions"]:
        yield f"{len(points)} redemptions were given away that no server has heard of"


def wrong_levels(
    journals: Journals, start: Sequence[UUID], merges: Sequence[Merges]
) -> Iterator[str]:
    """Where a counter trusted somebody more or less than their tier and tenure say."""
    level = {
        member_id: "trusted" if tier_of(rank) == "gold" else "known"
        for rank, member_id in enumerate(start, 1)
    }
    for body in journals.known.values():
        document = read(body)
        told = document["payload"]
        if document["type"] != "RedemptionGranted" or told["cover"] != "at_risk":
            continue
        member_id = UUID(told["member_id"])
        # Who was merged may be served by either record, until the counter hears of it
        records = {one for each in merges for one in each.one_of(member_id)}
        could_be = {level.get(one, "new") for one in records}
        if told["trust"] not in could_be:
            yield f"I4: {member_id}, who is {sorted(could_be)}, was trusted as {told['trust']}"
