"""The ladder of promises."""

from dataclasses import replace
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lease import Lease, Pool
from app.domain.redemption import Standing, foresee, risk_left, without_server
from app.domain.risk import RiskCaps, Unheard
from app.domain.trust import Trust

LEASE = Lease(UUID(int=1), UUID(int=2), 1_000, 200, 10**12, "open")
CAPS = RiskCaps(500, (400, 800, 1_600), 1_500, 5, 48, 450)
POOL = Pool(UUID(int=3), points=2_000, spent_points=0, caps=CAPS)
NONE = Unheard(0, 0)
STANDING = Standing(
    posted=5_000, leased_elsewhere=0, spent_here=0, lease=LEASE, pool=POOL, drawn_by_member=0
)


def test_the_server_is_asked_first_when_it_answers() -> None:
    assert foresee(STANDING, 100, online=True).step == "online"


def test_a_lease_carries_what_it_holds_and_no_more() -> None:
    assert foresee(STANDING, 800, online=False).step == "lease"
    assert foresee(STANDING, 801, online=False).reason == "over_single_limit"


def test_what_no_lease_covers_is_drawn_on_the_risk_pool() -> None:
    bare = replace(STANDING, lease=None)
    assert foresee(bare, 500, online=False).step == "at_risk"


@pytest.mark.parametrize(
    ("change", "points", "reason"),
    [
        ({"pool": None}, 100, "no_promise_offline"),
        ({"pool": replace(POOL, points=0)}, 100, "no_promise_offline"),
        ({}, 501, "over_single_limit"),
        ({"drawn_by_member": 400}, 450, "over_member_limit"),
        ({"pool": replace(POOL, spent_points=1_900)}, 150, "risk_used_up"),
        ({"trust": Trust.BLOCKED}, 1, "denied"),
        ({"trust": Trust.NEW}, 401, "over_member_limit"),
        ({"trust": Trust.TRUSTED, "drawn_by_member": 1_200}, 401, "over_member_limit"),
        ({"unheard": Unheard(1_200, 3)}, 301, "window_used_up"),
        ({"unheard": Unheard(5, 5)}, 1, "contact_needed"),
        ({"list_age_ms": 48 * 3_600_000 + 1}, 1, "list_too_old"),
        ({"list_age_ms": None}, 1, "list_too_old"),
    ],
)
def test_each_refusal_names_its_cap(change: dict[str, object], points: int, reason: str) -> None:
    standing = replace(STANDING, lease=None, **change)  # type: ignore[arg-type]
    verdict = foresee(standing, points, online=False)
    assert (verdict.step, verdict.reason) == ("refuse", reason)


def test_what_is_left_at_risk_is_the_least_of_what_bounds_it() -> None:
    def left(
        pool: Pool | None = POOL, unheard: Unheard = NONE, age_ms: int | None = 0
    ) -> tuple[int, str]:
        return risk_left(pool, unheard, age_ms)

    assert left() == (1_500, "")
    assert left(replace(POOL, spent_points=600)) == (1_400, "")
    assert left(unheard=Unheard(1_499, 4)) == (1, "")
    assert left(None) == left(replace(POOL, spent_points=2_000)) == (0, "risk_used_up")
    assert left(unheard=Unheard(1_500, 4)) == (0, "risk_used_up")
    assert left(unheard=Unheard(0, 5)) == (0, "contact_needed")
    assert left(age_ms=None) == (0, "list_too_old")


def test_each_cap_is_reached_and_not_passed() -> None:
    bare = replace(STANDING, lease=None)
    for change, points in (
        ({"trust": Trust.NEW}, 400),
        ({"trust": Trust.TRUSTED, "drawn_by_member": 1_200}, 400),
        ({"unheard": Unheard(1_200, 4)}, 300),
        ({"list_age_ms": 48 * 3_600_000}, 500),
    ):
        standing = replace(bare, **change)
        assert without_server(standing, points).step == "at_risk"


def test_who_is_denied_spends_by_no_lease_either_but_online() -> None:
    denied = replace(STANDING, trust=Trust.BLOCKED)
    assert foresee(denied, 100, online=True).step == "online"
    assert foresee(denied, 100, online=False).reason == "denied"


def test_beyond_a_threshold_a_manager_is_asked() -> None:
    bare = replace(STANDING, lease=None)
    assert not without_server(bare, 450).needs_approval
    assert without_server(bare, 451).needs_approval
    assert not without_server(STANDING, 700).needs_approval, "a lease needs nobody's yes"


def test_missing_points_are_counted() -> None:
    verdict = foresee(replace(STANDING, posted=300, spent_here=100), 250, online=True)
    assert (verdict.step, verdict.reason, verdict.missing_points) == ("refuse", "insufficient", 50)


def test_a_lease_closed_or_handed_back_promises_nothing() -> None:
    states: tuple[Literal["returned", "closed"], ...] = ("returned", "closed")
    for state in states:
        lease = replace(LEASE, state=state)
        assert without_server(replace(STANDING, lease=lease), 100).step == "at_risk"


def test_what_other_counters_hold_can_be_asked_for_while_the_server_answers() -> None:
    standing = replace(STANDING, posted=1_000, leased_elsewhere=700, lease=None, spent_here=100)
    assert foresee(standing, 900, online=True).step == "online"
    verdict = foresee(standing, 900, online=False)
    assert (verdict.step, verdict.reason, verdict.missing_points) == ("refuse", "set_aside", 700)
    verdict = foresee(standing, 901, online=True)
    assert (verdict.step, verdict.reason, verdict.missing_points) == ("refuse", "insufficient", 1)


def test_nothing_is_not_redeemed() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        foresee(STANDING, 0, online=True)


points = st.integers(0, 5_000)


@given(
    posted=points,
    elsewhere=points,
    spent=points,
    leased=points,
    used=points,
    pool=points,
    pool_used=points,
    single=points,
    member=points,
    drawn=points,
    price=st.integers(1, 5_000),
)
def test_no_step_below_the_server_goes_beyond_what_covers_it(
    posted: int,
    elsewhere: int,
    spent: int,
    leased: int,
    used: int,
    pool: int,
    pool_used: int,
    single: int,
    member: int,
    drawn: int,
    price: int,
) -> None:
    standing = Standing(
        posted=posted,
        leased_elsewhere=elsewhere,
        spent_here=spent,
        lease=Lease(UUID(int=1), UUID(int=2), max(leased, used), used, 0, "open"),
        pool=Pool(UUID(int=3), pool, pool_used, RiskCaps.unheeded(single, member)),
        drawn_by_member=drawn,
    )
    step = without_server(standing, price).step
    if step == "lease":
        assert price <= standing.lease_remaining
    if step == "at_risk":
        assert price <= min(single, member - drawn, pool - pool_used, standing.spendable)
