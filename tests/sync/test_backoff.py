"""How long a kind of work rests: longer and longer, never all counters at once."""

from __future__ import annotations

import random

import pytest

from sync.client.backoff import FIRST_WAIT_S, LINK_CAP_S, SERVER_CAP_S, Lane

COUNTERS = 400


def waits(failures: int, **options: float) -> list[float]:
    """How long each of many counters waits after so many failures in a row."""
    lanes = [Lane(random.Random(seed)) for seed in range(COUNTERS)]
    for lane in lanes:
        for _ in range(failures):
            lane.fail(100.0, "unreachable", **options)
    return sorted(lane.next_s - 100.0 for lane in lanes)


@pytest.mark.parametrize("failures", [1, 2, 4, 30])
@pytest.mark.parametrize("cap_s", [LINK_CAP_S, SERVER_CAP_S])
def test_it_doubles_up_to_its_cap_and_half_of_it_is_chance(failures: int, cap_s: float) -> None:
    most_s = min(cap_s, FIRST_WAIT_S * 2 ** (failures - 1))
    waited = waits(failures, cap_s=cap_s)
    assert most_s / 2 <= waited[0] < waited[-1] <= most_s
    # no tenth of the time has many more than its share of them
    for tenth in range(10):
        start_s = most_s * (0.5 + tenth / 20)
        here = sum(start_s <= each < start_s + most_s / 20 for each in waited)
        assert COUNTERS / 25 < here < COUNTERS / 5


def test_what_the_server_asked_for_is_the_least_and_they_come_back_apart() -> None:
    waited = waits(1, retry_after_s=30.0)
    assert 30.0 <= waited[0] < waited[-1] <= 33.0
    assert len(set(waited)) == COUNTERS


def test_a_success_is_forgiven_at_once() -> None:
    lane = Lane(random.Random(1))
    for _ in range(9):
        lane.fail(100.0, "unreachable")
    lane.succeed(100.0)
    assert lane.is_ready(100.0)
    lane.fail(100.0, "unreachable")
    assert lane.next_s <= 100.0 + FIRST_WAIT_S
