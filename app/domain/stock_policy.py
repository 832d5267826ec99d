"""How many units of a scarce reward the server sets aside for one counter, and when it asks back.

What an office gave of late says what it will give: a counter gets its part of what its office needs
for some days. All counters together hold a share of what can still be given and no more, and the
last units stay with the server, so that nobody is told 'none left' while another counter sits on
them.
"""

from __future__ import annotations

from app.domain.lean import dataclass


@dataclass(frozen=True, slots=True)
class StockRules:
    """The policy's numbers; a programme's 'redemption' setting may name others.

    Attributes:
        share_percent: the most of what can still be given that counters hold together, 0..100.
        online_units: so many stay with the server in any case.
        window_days: over how many days an office's demand is counted.
        cover_days: for how many days of it a counter should hold enough.
        per_lease: the most units of one lease.
        calm_minutes: so long after units were asked back, for somebody who stood elsewhere, none
            are set aside.
    """

    share_percent: int = 50
    online_units: int = 3
    window_days: int = 14
    cover_days: int = 2
    per_lease: int = 20
    calm_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Demand:
    """What one plan is made from.

    Attributes:
        free: units that the server has.
        held: units under all counters' leases, this one's among them.
        given: what the office gave within `window_days`.
        counters: of the office, at least 1.
        here: what is left under this counter's open lease; None where it has none.
    """

    free: int
    held: int
    given: int
    counters: int
    here: int | None


@dataclass(frozen=True, slots=True)
class StockPlan:
    """What is to be done: `add` units to the lease, or a new one of so many; or ask it back."""

    add: int = 0
    recall: bool = False

    def __bool__(self) -> bool:
        return self.add > 0 or self.recall


def most_held(can_be_given: int, rules: StockRules) -> int:
    """How many units counters may hold together, of those that can still be given.

    >>> most_held(10, StockRules(share_percent=50, online_units=3))
    5
    >>> most_held(4, StockRules(share_percent=50, online_units=3))
    1
    """
    return max(0, min(can_be_given * rules.share_percent // 100, can_be_given - rules.online_units))


def plan_stock(demand: Demand, rules: StockRules) -> StockPlan:
    """Plan for one counter and one reward.

    A counter of an office that gave none of late holds one, where there is room: who stands there
    with no network is told so rather than that it can't be known. A lease grows once half of it is
    gone, so that not every redemption is followed by a grant.

    >>> plan_stock(Demand(free=40, held=0, given=28, counters=2, here=None), StockRules())
    StockPlan(add=2, recall=False)
    """
    room = most_held(demand.free + demand.held, rules) - demand.held
    if room < 0:
        return StockPlan(recall=bool(demand.here))
    needed = -(-demand.given * rules.cover_days // (rules.window_days * demand.counters))
    wanted = min(rules.per_lease, max(1, needed))
    here = demand.here or 0
    if 2 * here > wanted:
        return StockPlan()
    return StockPlan(add=max(0, min(wanted - here, room, demand.free)))
