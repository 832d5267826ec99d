"""Rewards with terms: what the model works out of them by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from tests.simulation.facts import Books, Journals, read
from tests.simulation.merges import Merges
from tests.simulation.rewards import BLACKED_OUT, BY_TIER, tier_of

_WHOLE: Final = {"gold": 600, "silver": 960}  # what of the 1,200 points they pay


def wrong_terms(
    books: Books, journals: Journals, members: Mapping[UUID, int], merges: Sequence[Merges]
) -> Iterator[str]:
    """Nothing is given on a day when it isn't offered, and nobody pays another price than theirs.

    `members` are those of the start, by rank; one of several records pays what any of them may.
    """
    number = {UUID(row["reward_id"]): row["number"] for row in books.table("reward")}
    tiers = {member_id: tier_of(rank) for rank, member_id in enumerate(members, 1)}
    posted = {UUID(r["redemption_id"]) for r in books.table("redemption") if r["state"] == "posted"}
    for body in journals.known.values():
        document = read(body)
        if document["type"] not in ("RedemptionRequested", "RedemptionGranted"):
            continue
        told = document["payload"]
        if UUID(told["redemption_id"]) not in posted:
            continue
        which = number[UUID(told["reward_id"])]
        if which == BLACKED_OUT:
            yield "terms: a reward was given that isn't offered these days"
        if which == BY_TIER:
            theirs = {i for each in merges for i in each.one_of(UUID(told["member_id"]))}
            wholes = {_WHOLE.get(tiers.get(i, ""), 1_200) for i in theirs}
            points, cash = told["points"], told["cash_minor"]
            if not any(_pays(whole, points, cash) for whole in wholes):
                yield f"terms: {points} points and {cash} paid for {min(wholes)}"


def _pays(whole: int, points: int, cash_minor: int) -> bool:
    if not cash_minor:
        return points == whole
    missing = whole - points
    enough = points % 100 == 0 and 2 * points >= whole
    return enough and missing > 0 and cash_minor == -(-missing * 6 // 5)
