"""Whom the server leases for."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.lease_policy import Candidate, LeaseRules, plan_leases, slice_points

candidates = st.lists(
    st.builds(
        Candidate,
        st.integers(0, 2**64).map(lambda n: UUID(int=n)),
        st.integers(-100, 2**53),
        st.none() | st.integers(0, 10**12),
    ),
    unique_by=lambda candidate: candidate.member_id,
)
rules = st.builds(
    LeaseRules,
    st.integers(0, 10_000),
    st.integers(1, 100),
    st.integers(0, 5_000),
    st.integers(0, 20),
)


def test_visitors_come_before_large_balances() -> None:
    a, b, c = (UUID(int=n) for n in (1, 2, 3))
    plan = plan_leases(
        [Candidate(a, 9_000), Candidate(b, 2_000, 5), Candidate(c, 2_000, 9)],
        open_leases=1,
        rules=LeaseRules(slice_points=1_000, share_percent=50, per_device=3),
    )
    assert list(plan) == [(c, 1_000), (b, 1_000)]


@given(candidates, st.integers(0, 20), rules)
def test_a_plan_stays_within_the_rules(
    found: list[Candidate], open_leases: int, within: LeaseRules
) -> None:
    plan = list(plan_leases(found, open_leases=open_leases, rules=within))
    assert len(plan) <= max(0, within.per_device - open_leases)
    available = {candidate.member_id: candidate.available_points for candidate in found}
    for member_id, points in plan:
        assert max(1, within.useful_points) <= points <= within.slice_points
        assert points * 100 <= available[member_id] * within.share_percent
    assert len({member_id for member_id, _ in plan}) == len(plan)


def test_nothing_is_leased_of_a_debt() -> None:
    assert slice_points(-5_000, LeaseRules()) == 0
