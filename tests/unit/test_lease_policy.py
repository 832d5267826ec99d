"""Whom the server leases for, what it fills up and what it asks back."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.lease_policy import (
    ALL_CLAIMS,
    CLAIMS,
    DAY_MS,
    Candidate,
    Claim,
    HeldLease,
    LeaseRules,
    Plan,
    plan_leases,
    slice_points,
)
from app.domain.trust import Trust, TrustRules

NOW_MS = 1_000 * DAY_MS
A, B, C, D = (UUID(int=n) for n in (1, 2, 3, 4))


def lease(number: int, remaining: int, *, days: int = 14) -> HeldLease:
    return HeldLease(UUID(int=1000 + number), remaining, NOW_MS + days * DAY_MS)


def plan(*candidates: Candidate, recalled: int = 0, **rules: int) -> Plan:
    return plan_leases(candidates, recalled=recalled, rules=LeaseRules(**rules), now_ms=NOW_MS)  # type: ignore[arg-type]


def test_who_is_expected_comes_first_then_visitors_then_large_balances() -> None:
    found = plan(
        Candidate(A, 90_000),
        Candidate(B, 2_000, claim=Claim.VISITOR, visited_ms=5),
        Candidate(C, 2_000, claim=Claim.VISITOR, visited_ms=9),
        Candidate(D, 400, claim=Claim.EXPECTED),
        slice_points=1_000,
        share_percent=50,
        per_device=3,
    )
    assert list(found.grants.items()) == [(D, 200), (C, 1_000), (B, 1_000)]


def test_nothing_is_leased_for_whom_nobody_waits_for() -> None:
    assert not plan(Candidate(A, 9_000, claim=Claim.NONE))


def test_a_share_stays_to_be_spent_online_however_many_counters_there_are() -> None:
    available, leased = 8_000, 0
    for _ in range(20):
        (points,) = plan(
            Candidate(A, available, leased), slice_points=10_000, online_percent=40
        ).grants.values() or (0,)
        available, leased = available - points, leased + points
    assert (available, leased) == (3_200, 4_800)


def test_a_slice_is_larger_the_more_a_member_is_trusted() -> None:
    def points(trust: Trust) -> int:
        return sum(plan(Candidate(A, 100_000, trust=trust)).grants.values())

    assert points(Trust.BLOCKED) == 0
    assert points(Trust.NEW) == 800
    assert points(Trust.KNOWN) == 1_600
    assert points(Trust.TRUSTED) == 2_400


def test_a_spent_slice_is_filled_up_and_one_hardly_begun_is_not() -> None:
    half = Candidate(A, 6_000, 500, Claim.VISITOR, lease=lease(1, 500))
    hardly = Candidate(B, 6_000, 1_400, Claim.VISITOR, lease=lease(2, 1_400))
    found = plan(half, hardly, slice_points=1_500)
    assert found.top_ups == {UUID(int=1001): 1_000}


def test_a_used_up_slice_is_filled_up_or_ends() -> None:
    rich = Candidate(A, 6_000, 0, Claim.VISITOR, lease=lease(1, 0))
    poor = Candidate(B, 0, 0, Claim.VISITOR, lease=lease(2, 0))
    found = plan(rich, poor)
    assert (found.top_ups, found.used_up) == ({UUID(int=1001): 1_500}, (UUID(int=1002),))


def test_a_lease_that_is_still_wanted_is_prolonged_in_time() -> None:
    old = Candidate(A, 6_000, 1_500, Claim.VISITOR, lease=lease(1, 1_500, days=6))
    new = Candidate(B, 6_000, 1_500, Claim.VISITOR, lease=lease(2, 1_500, days=8))
    assert plan(old, new).top_ups == {UUID(int=1001): 0}


def test_points_of_somebody_out_of_sight_are_asked_back() -> None:
    gone = Candidate(A, 6_000, 1_500, Claim.NONE, lease=lease(1, 1_500))
    blocked = Candidate(B, 6_000, 1_500, Claim.VISITOR, 7, 1, Trust.BLOCKED, lease(2, 1_500))
    found = plan(gone, blocked)
    assert set(found.recalls) == {UUID(int=1001), UUID(int=1002)}


def test_leases_follow_the_guests_where_there_is_no_room() -> None:
    at_home = Candidate(A, 90_000, 1_500, Claim.HOME, lease=lease(1, 1_500))
    visitor = Candidate(B, 6_000, 1_500, Claim.VISITOR, 7, 1, lease=lease(2, 1_500))
    expected = Candidate(C, 6_000, claim=Claim.EXPECTED)
    found = plan(at_home, visitor, expected, per_device=2)
    assert (found.recalls, found.grants) == ((UUID(int=1001),), {})
    found = plan(visitor, expected, recalled=1, per_device=2)
    assert not found, "its place isn't free before it has come back"
    found = plan(visitor, expected, per_device=2)
    assert found.grants == {C: 1_500}


def test_equal_claims_do_not_take_places_from_each_other() -> None:
    held = Candidate(A, 4_000, 1_000, lease=lease(1, 1_000))
    richer = Candidate(B, 400_000)
    assert not plan(held, richer, per_device=1)


def test_who_comes_often_comes_before_who_came_last() -> None:
    """By doubling, so that one visit more doesn't move anybody's points."""
    here_on = 700 * DAY_MS
    often = Candidate(C, 4_000, 1_000, Claim.VISITOR, here_on, 2, lease=lease(3, 1_000))
    as_often = Candidate(D, 4_000, 0, Claim.VISITOR, here_on + 9 * DAY_MS, 3)
    assert not plan(often, as_often, per_device=1)
    twice_as_often = Candidate(D, 4_000, 0, Claim.VISITOR, here_on, 4)
    assert plan(often, twice_as_often, per_device=1).recalls == (UUID(int=1003),)
    assert list(plan(replace(often, lease=None), as_often, per_device=1).grants) == [D]


def test_whoever_is_expected_tomorrow_comes_behind_todays_and_before_visitors() -> None:
    visitor = Candidate(A, 8_000, claim=Claim.VISITOR, visits=90)
    tomorrow = Candidate(B, 8_000, claim=Claim.TOMORROW)
    today = Candidate(C, 8_000, claim=Claim.EXPECTED)
    assert list(plan(visitor, tomorrow, today, per_device=2).grants) == [C, B]


def test_only_for_whom_the_rules_name_are_points_set_aside() -> None:
    expected = Candidate(A, 6_000, 500, Claim.EXPECTED, lease=lease(1, 500))
    tomorrow = Candidate(B, 6_000, claim=Claim.TOMORROW)
    visitor = Candidate(C, 6_000, 1_500, Claim.VISITOR, 7, 1, lease=lease(3, 1_500))
    at_home = Candidate(D, 6_000, claim=Claim.HOME)
    found = plan_leases(
        [expected, tomorrow, visitor, at_home],
        recalled=0,
        rules=LeaseRules(slice_points=1_500, claims=CLAIMS["expected"]),
        now_ms=NOW_MS,
    )
    assert found.grants.keys() == {B}
    assert found.top_ups.keys() == {UUID(int=1001)}
    assert found.recalls == (UUID(int=1003),)


candidates = st.lists(
    st.builds(
        Candidate,
        st.integers(0, 2**64).map(lambda n: UUID(int=n)),
        st.integers(-100, 2**53),
        st.integers(0, 10_000),
        st.sampled_from(Claim),
        st.integers(0, 10**12),
        st.integers(0, 200),
        st.sampled_from(Trust),
        st.none()
        | st.builds(
            HeldLease,
            st.integers(0, 2**64).map(lambda n: UUID(int=n)),
            st.integers(0, 10_000),
            st.integers(NOW_MS, NOW_MS + 20 * DAY_MS),
        ),
    ),
    unique_by=lambda candidate: candidate.member_id,
)
rules = st.builds(
    LeaseRules,
    st.integers(0, 10_000),
    st.integers(1, 100),
    st.integers(0, 100),
    st.integers(0, 5_000),
    st.integers(0, 100),
    st.integers(0, 20),
    claims=st.frozensets(st.sampled_from(sorted(ALL_CLAIMS))),
)


@given(candidates, st.integers(0, 20), rules)
def test_a_plan_stays_within_the_rules(
    found: list[Candidate], recalled: int, within: LeaseRules
) -> None:
    made = plan_leases(found, recalled=recalled, rules=within, now_ms=NOW_MS)
    held = {c.lease.lease_id: c for c in found if c.lease is not None}
    assert len(made.grants) <= max(0, within.per_device - recalled - len(held))
    by_id = {candidate.member_id: candidate for candidate in found}
    for member_id, points in made.grants.items():
        who = by_id[member_id]
        most = within.slice_points * within.trust.percent(who.trust) // 100
        assert max(1, within.useful_points) <= points <= most
        assert points * 100 <= who.available_points * within.share_percent
        theirs = who.available_points + who.leased_points
        assert (who.leased_points + points) * 100 <= theirs * (100 - within.online_percent)
        assert who.claim in within.claims
    for lease_id, points in made.top_ups.items():
        assert 0 <= points <= max(0, held[lease_id].available_points)  # 0: it is only prolonged
    named = [*made.top_ups, *made.recalls, *made.used_up]
    assert len(set(named)) == len(named)
    assert set(named) <= held.keys()


def test_nothing_is_leased_of_a_debt() -> None:
    assert slice_points(-5_000, LeaseRules()) == 0
    assert TrustRules().percent(Trust.BLOCKED) == 0
