"""What members did after a low rating: who is counted, from when, and how often."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.records import RecoveryGroup
from app.domain.recovery import COHORT_DAYS, GROUPS, Later, Start, cohort, follow

ANNE, BO, CHEN = (UUID(int=n) for n in (1, 2, 3))
DAY = "2026-03-01"


def group(found: tuple[RecoveryGroup, ...], name: str) -> RecoveryGroup:
    (one,) = (each for each in found if each.name == name)
    return one


def test_visits_rewards_and_the_next_rating_are_counted_once_a_member() -> None:
    starts = [
        Start(ANNE, DAY, "recovered"),
        Start(BO, DAY, "unrecovered"),
        Start(CHEN, DAY, "others"),
    ]
    later = [
        Later(ANNE, "2026-03-05", 5),
        Later(ANNE, "2026-03-09", 1),
        Later(ANNE, "2026-03-09", is_reward=True),
        Later(BO, "2026-03-20"),
        Later(BO, "2026-03-02", 2),
    ]
    found = follow(starts, later, 30)
    assert [each.name for each in found] == list(GROUPS)
    assert group(found, "recovered") == RecoveryGroup("recovered", 1, 1, 1, 1, 1)
    assert group(found, "unrecovered") == RecoveryGroup("unrecovered", 1, 1, 0, 1, 0)
    assert group(found, "others") == RecoveryGroup("others", 1, 0, 0, 0, 0)


def test_the_day_itself_and_what_comes_too_late_are_not_later() -> None:
    starts = [Start(ANNE, DAY, "recovered")]
    for day, again in ((DAY, 0), ("2026-03-02", 1), ("2026-03-31", 1), ("2026-04-01", 0)):
        (one, *_) = follow(starts, [Later(ANNE, day)], 30)
        assert one.again == again, day
    (one, *_) = follow(starts, [Later(ANNE, "2026-02-20", is_reward=True)], 30)
    assert one.redeemed == 0


def test_whoever_is_in_the_cohort_was_followed_all_these_days() -> None:
    assert cohort("2026-06-30", 30) == ("2025-12-03", "2026-05-31")
    assert COHORT_DAYS == 180


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from(GROUPS)), unique_by=lambda each: each[0]),
    st.lists(
        st.tuples(
            st.integers(1, 9), st.integers(1, 28), st.none() | st.integers(1, 5), st.booleans()
        )
    ),
)
def test_no_part_is_larger_than_its_whole(
    who: list[tuple[int, str]], did: list[tuple[int, int, int | None, bool]]
) -> None:
    starts = [Start(UUID(int=n), "2026-03-10", name) for n, name in who]  # type: ignore[arg-type]
    later = [
        Later(UUID(int=n), f"2026-03-{day:02}", None if reward else score, reward)
        for n, day, score, reward in did
    ]
    for one in follow(starts, later, 10):
        assert 0 <= one.good <= one.rated <= one.again <= one.members
        assert 0 <= one.redeemed <= one.members
    assert sum(one.members for one in follow(starts, later, 10)) == len(starts)
    assert follow(starts, later[::-1], 10) == follow(starts, later, 10) or any(
        a[:2] == b[:2] for a in did for b in did if a is not b
    )
