import math
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.familiarity import DAY_MS, HOME_ODDS, Familiarity, usual_visits

_A, _B, _C = (UUID(int=n).bytes for n in (1, 2, 3))
_NOW = 1_800_000_000_000


def test_display_order_and_home_office_say_who_comes() -> None:
    usual = [usual_visits(rank, 50_000, at_home=False) for rank in range(1, 50_001)]
    assert usual == sorted(usual, reverse=True)
    assert usual[-1] > 0
    assert sum(usual) / len(usual) == pytest.approx(2, rel=0.05)
    # The upper fifth of a log-normal with a deviation of 1 makes more than half of the visits.
    assert 0.5 < sum(usual[:10_000]) / sum(usual) < 0.65
    assert usual_visits(7, 100, at_home=True) == HOME_ODDS * usual_visits(7, 100, at_home=False)


def test_who_joined_after_the_count_has_a_place() -> None:
    assert 0 < usual_visits(101, 100, at_home=False) < usual_visits(100, 99, at_home=True)


def test_a_stranger_weighs_what_is_usual() -> None:
    familiar = Familiarity()
    assert familiar.weigh(_A, 3.0, _NOW) == 3.0
    familiar.saw(_B, _NOW)
    assert familiar.weigh(_A, 3.0, _NOW) == 3.0


def test_the_frequent_visitor_comes_before_the_rare_and_the_late_before_the_early() -> None:
    familiar = Familiarity()
    for days in (20, 30, 40, 50):
        familiar.saw(_A, _NOW - days * DAY_MS)
    familiar.saw(_B, _NOW - 20 * DAY_MS)
    familiar.saw(_C, _NOW - 40 * DAY_MS)
    weights = [familiar.weigh(member, 3.0, _NOW) for member in (_A, _B, _C)]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == 3


def test_a_visit_of_this_week_outweighs_the_average_home_member() -> None:
    familiar = Familiarity()
    familiar.saw(_A, _NOW - 2 * DAY_MS)
    rare = usual_visits(45_000, 50_000, at_home=False)
    average = usual_visits(15_000, 50_000, at_home=True)
    assert familiar.weigh(_A, rare, _NOW) > average > familiar.weigh(_B, rare, _NOW)
    assert familiar.weigh(_A, rare, _NOW + 60 * DAY_MS) < average


def test_expected_guests_weigh_more_until_they_are_expected_no_more() -> None:
    familiar = Familiarity()
    familiar.expect([_A])
    assert familiar.weigh(_A, 3.0, _NOW) > 3.0
    assert familiar.likeliest() == (_A,)
    familiar.expect([_B])
    assert familiar.weigh(_A, 3.0, _NOW) == 3.0
    assert familiar.likeliest() == (_B,)


def test_the_likeliest_are_those_seen_last_then_those_expected() -> None:
    familiar = Familiarity()
    for n in range(1, 301):
        familiar.saw(UUID(int=n).bytes, _NOW + n * 60_000)
    familiar.expect([UUID(int=300).bytes, UUID(int=999).bytes])
    likeliest = familiar.likeliest()
    assert likeliest == tuple(UUID(int=n).bytes for n in range(300, 100, -1))
    assert familiar.likeliest() is likeliest
    familiar.saw(_A, _NOW + 400 * 60_000)
    assert familiar.likeliest()[:2] == (_A, UUID(int=300).bytes)
    few = Familiarity()
    few.saw(_A, _NOW)
    few.expect([_B, _A])
    assert few.likeliest() == (_A, _B)


@given(st.permutations([(_A, 0), (_A, 5), (_B, 3), (_B, -70), (_C, 400)]))
def test_the_order_of_telling_does_not_matter(visits: list[tuple[bytes, int]]) -> None:
    told, sorted_told = Familiarity(), Familiarity()
    for familiar, ordered in ((told, visits), (sorted_told, sorted(visits, key=str))):
        for member, days in ordered:
            familiar.saw(member, _NOW + days * DAY_MS)
    for member in (_A, _B, _C):
        now = _NOW + 401 * DAY_MS
        assert told.weigh(member, 2.0, now) == pytest.approx(sorted_told.weigh(member, 2.0, now))


_any_ms = st.integers(min_value=-(2**53), max_value=2**53)


@given(st.lists(st.tuples(st.sampled_from([_A, _B]), _any_ms), max_size=5), _any_ms)
def test_no_clock_is_too_wrong(visits: list[tuple[bytes, int]], now_ms: int) -> None:
    familiar = Familiarity()
    for member, at_ms in visits:
        familiar.saw(member, at_ms)
    for member in (_A, _B, _C):
        weight = familiar.weigh(member, 2.0, now_ms)
        assert math.isfinite(weight)
        assert 2.0 <= weight <= 2.0 * (1 + len(visits)) + 100.0 * len(visits)
