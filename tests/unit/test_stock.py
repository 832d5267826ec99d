"""What a counter may promise of a reward with stock, and how many it is to hold."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from app.domain.lease import Lease, Pool
from app.domain.redemption import Standing, foresee, without_server
from app.domain.risk import RiskCaps
from app.domain.stock import Stock, StockLease, stock_statement
from app.domain.stock_policy import Demand, StockPlan, StockRules, most_held, plan_stock

RICH = Standing(
    posted=9_000,
    leased_elsewhere=0,
    spent_here=0,
    lease=Lease(UUID(int=1), UUID(int=2), 2_000, 0, 0, "open"),
    pool=Pool(UUID(int=3), 5_000, 0, RiskCaps.unheeded(5_000, 5_000)),
    drawn_by_member=0,
)


@pytest.mark.parametrize(
    ("stock", "online", "step", "reason"),
    [
        (None, False, "lease", ""),
        (Stock(1), False, "lease", ""),
        (Stock(0, 3, 2), False, "refuse", "stock_online_only"),
        (Stock(0, 3, 2), True, "online", ""),
        (Stock(0, 0, 2), True, "online", ""),  # counters are asked for it
        (Stock(0, 0, 0), True, "refuse", "out_of_stock"),
        (Stock(0, 0, 0), False, "refuse", "out_of_stock"),
        (Stock(0), True, "online", ""),  # nothing was told yet
        (Stock(0), False, "refuse", "stock_online_only"),
        (Stock(2, 0, 0), False, "lease", ""),  # its own, whatever the others have
    ],
)
def test_stock_is_promised_where_it_is(
    stock: Stock | None, online: bool, step: str, reason: str
) -> None:
    verdict = foresee(RICH, 1_000, online=online, stock=stock)
    assert (verdict.step, verdict.reason) == (step, reason)


def test_the_risk_pool_never_stands_for_stock() -> None:
    at_risk = without_server(RICH, 3_000)
    assert at_risk.step == "at_risk"
    assert without_server(RICH, 3_000, stock=Stock(1)).step == "at_risk"
    assert without_server(RICH, 3_000, stock=Stock(0, 9, 0)).reason == "stock_online_only"


def test_too_few_points_come_before_the_stock() -> None:
    assert foresee(RICH, 10_000, online=True, stock=Stock(0, 0, 0)).reason == "insufficient"


def test_a_lease_of_units_holds_what_was_not_given() -> None:
    lease = StockLease(UUID(int=1), UUID(int=2), 5, 2, "open")
    assert lease.remaining_units == 3
    assert StockLease(UUID(int=1), UUID(int=2), 5, 2, "returned").remaining_units == 0
    assert stock_statement(UUID(int=1), UUID(int=2), UUID(int=3), 5).endswith(b"\x05")


@pytest.mark.parametrize(
    ("demand", "plan"),
    [
        (Demand(free=100, held=0, given=0, counters=4, here=None), StockPlan(add=1)),
        (Demand(free=100, held=0, given=70, counters=1, here=None), StockPlan(add=10)),
        (Demand(free=100, held=10, given=70, counters=1, here=6), StockPlan()),
        (Demand(free=100, held=10, given=70, counters=1, here=5), StockPlan(add=5)),
        (Demand(free=900, held=0, given=9_000, counters=1, here=None), StockPlan(add=20)),
        (Demand(free=3, held=0, given=70, counters=1, here=None), StockPlan()),
        (Demand(free=4, held=0, given=70, counters=1, here=None), StockPlan(add=1)),
        (Demand(free=0, held=4, given=70, counters=1, here=4), StockPlan(recall=True)),
        (Demand(free=0, held=4, given=70, counters=1, here=0), StockPlan()),
    ],
)
def test_what_an_office_gave_is_what_its_counter_holds(demand: Demand, plan: StockPlan) -> None:
    assert plan_stock(demand, StockRules()) == plan


def test_counters_together_never_hold_more_than_their_share() -> None:
    source = random.Random(7)
    for _ in range(300):
        rules = StockRules(
            share_percent=source.choice((0, 30, 50, 100)), online_units=source.choice((0, 3))
        )
        free, held = source.randrange(60), [0] * source.randrange(1, 6)
        for _ in range(40):
            at = source.randrange(len(held))
            given = source.randrange(200)
            demand = Demand(free, sum(held), given, len(held), held[at])
            plan = plan_stock(demand, rules)
            assert plan.add <= free
            if plan.recall:
                free, held[at] = free + held[at], 0
            free, held[at] = free - plan.add, held[at] + plan.add
            if plan.add:
                assert sum(held) <= most_held(free + sum(held), rules)
                assert free >= rules.online_units
            if free and source.random() < 0.3:
                free -= 1  # somebody redeems online
