"""Which spending is put before a manager, and how often an ordinary week would be."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import fields, replace
from typing import Any, Final
from uuid import UUID

import pytest

from app.domain.watching import DAY_MS, HOUR_MS, History, Pattern, Spend, WatchRules, signs

NOW: Final = 1_800_000_000_000
HERE, THERE, YONDER = UUID(int=1), UUID(int=2), UUID(int=3)
CLERK, OTHER = UUID(int=11), UUID(int=12)
RULES: Final = WatchRules()


def spend(hours_ago: float = 0, points: int = 1_000, *, office_id: UUID = HERE) -> Spend:
    return Spend(NOW - round(hours_ago * HOUR_MS), points, office_id, CLERK)


def shown(*spends: Spend, rules: WatchRules = RULES, **known: Any) -> dict[str, dict[str, int]]:
    """By pattern, the figures; the last of the spends is looked at."""
    history = History(spends, **{"has": 10**6, **known})
    found = signs(spends[-1], history, rules)
    assert all(sign.points > 0 for sign in found)
    return {str(sign.pattern): dict(sign.figures) for sign in found}


def test_rewards_of_a_member_who_comes_now_and_then_are_nothing() -> None:
    both = spend(1, points=30_000), spend(points=30_000)
    assert shown(*both, has=0, last_booked_ms=NOW - 90 * DAY_MS) == {}
    assert shown(*both, has=0, last_booked_ms=None) == {}


def test_an_account_emptied_after_long_quiet() -> None:
    quiet = NOW - 201 * DAY_MS
    taken = (spend(5, 6_000), spend(points=3_500))
    assert shown(*taken, has=500, last_booked_ms=quiet) == {
        "watch_emptied": {"taken": 9_500, "had": 10_000, "times": 2, "hours": 24, "days": 200}
    }
    assert shown(*taken, has=2_000, last_booked_ms=quiet) == {}, "much is left"
    little = spend(1, 2_000), spend(points=2_999)
    assert shown(*little, has=0, last_booked_ms=quiet) == {}, "it was little"
    assert shown(spend(points=9_500), has=0, last_booked_ms=quiet) == {}, "one saved-up reward"
    assert shown(spend(30, 6_000), spend(points=3_500), has=500, last_booked_ms=quiet) == {}
    assert shown(*taken, has=-500, last_booked_ms=quiet)["watch_emptied"]["had"] == 9_500


def test_several_offices_within_hours() -> None:
    spread = (spend(3), spend(2, office_id=THERE), spend(office_id=YONDER))
    assert shown(*spread) == {"watch_far_apart": {"offices": 3, "times": 3, "hours": 12}}
    assert shown(spend(13), *spread[1:]) == {}
    assert shown(spend(3), spend(2, office_id=THERE), spend()) == {}


def test_points_spent_right_after_another_card() -> None:
    changed = NOW - HOUR_MS // 2
    assert shown(spend(points=2_000), changed_ms=changed) == {
        "watch_after_change": {"taken": 2_000, "minutes": 30}
    }
    assert shown(spend(points=1_999), changed_ms=changed) == {}
    assert shown(spend(points=2_000), changed_ms=NOW - 24 * HOUR_MS) == {}
    assert shown(spend(points=2_000), changed_ms=NOW + 1) == {}, "changed afterwards"


def test_a_clerk_who_serves_the_same_member_again_and_again() -> None:
    often = [spend(24 * day) for day in (5, 4, 2, 1, 0)]
    assert shown(*often) == {"watch_same_clerk": {"times": 5, "days": 7, "taken": 5_000}}
    assert shown(replace(often[0], staff_id=OTHER), *often[1:]) == {}
    nobody = [replace(each, staff_id=None) for each in often]
    assert shown(*nobody) == {}


def test_a_clerk_who_knows_members_by_name_alone() -> None:
    by_name = [spend(hour) for hour in (7, 6, 3, 1, 0)]
    assert shown(spend(), by_name=by_name) == {
        "watch_by_name": {"times": 5, "hours": 8, "taken": 5_000}
    }
    assert shown(spend(), by_name=by_name[1:]) == {}


def test_each_can_be_turned_off() -> None:
    off = WatchRules(emptied_percent=0, offices=0, change_hours=0, same_clerk=0, by_name=0)
    spends = [spend(hour, office_id=UUID(int=20 + hour)) for hour in range(9, -1, -1)]
    everything: dict[str, Any] = {
        "has": 0,
        "last_booked_ms": NOW - 900 * DAY_MS,
        "changed_ms": NOW - 1,
        "by_name": spends,
    }
    assert len(shown(*spends, **everything)) == 4, "1,000 points are too few after a change"
    assert shown(*spends, rules=off, **everything) == {}


def test_a_setting_is_looked_at_when_it_is_set() -> None:
    assert WatchRules.from_setting({}) == RULES
    assert WatchRules.from_setting(RULES.to_setting()) == RULES
    assert WatchRules.from_setting({"offices": 2}).offices == 2
    for name in (each.name for each in fields(WatchRules)):
        for wrong in (-1, 2**60, "5", True, 1.5, None):
            with pytest.raises(ValueError, match=name):
                WatchRules.from_setting({name: wrong})
    with pytest.raises(ValueError, match="there is no colour"):
        WatchRules.from_setting({"colour": 1})


def ordinary_week(seed: int) -> tuple[int, Counter[str]]:
    """(redemptions, what would be raised) of 20 offices with three clerks each.

    About 6,000 redemptions: a member who redeems comes once or twice, one in fifty on a journey at
    several offices; one in a hundred has a new card or phone that day, and half of those spend
    afterwards; one in 25 is known by name alone; three in four go back to their own office, a third
    of them to the same clerk; one in twenty spends nearly all after half a year.
    """
    source = random.Random(seed)
    offices = [UUID(int=100 + n) for n in range(20)]
    clerks = {
        office: [UUID(int=1_000 + 3 * n + k) for k in range(3)] for n, office in enumerate(offices)
    }
    week = []
    for number in range(4_000):
        home, travels = source.choice(offices), source.random() < 0.02
        favourite = source.choice(clerks[home])
        for _ in range(1 + (source.random() < 0.4) + (source.random() < 0.1) + 2 * travels):
            office = source.choice(offices) if travels or source.random() > 0.75 else home
            own = office == home and source.random() < 0.33
            clerk = favourite if own else source.choice(clerks[office])
            at_ms = NOW + source.randrange(7) * DAY_MS + round(source.uniform(8, 20) * HOUR_MS)
            points = source.choice((500, 1_000, 1_000, 2_000, 3_000, 6_000, 12_000))
            week.append((Spend(at_ms, points, office, clerk), number, source.random()))
    week.sort(key=lambda each: each[0].at_ms)
    of_member: defaultdict[int, list[Spend]] = defaultdict(list)
    by_name: defaultdict[UUID | None, list[Spend]] = defaultdict(list)
    raised: set[tuple[str, object]] = set()
    for each, number, luck in week:
        of_member[number].append(each)
        named: list[Spend] = []
        if luck < 0.04:
            named = by_name[each.staff_id]
            named.append(each)
        history = History(
            of_member[number],
            has=0 if number % 20 == 0 else 20_000,
            last_booked_ms=NOW - (190 if number % 20 == 0 else 60) * DAY_MS,
            changed_ms=each.at_ms - HOUR_MS if 0.5 < luck < 0.505 else None,
            by_name=named,
        )
        for sign in signs(each, history, RULES):
            raised.add((str(sign.pattern), number))
    return len(week), Counter(pattern for pattern, _ in raised)


def test_an_ordinary_week_raises_little() -> None:
    """The figures stand in docs/reliability.md."""
    redemptions, raised = ordinary_week(1)
    assert 5_000 < redemptions < 8_000
    assert sum(raised.values()) < redemptions * 0.01
    assert set(raised) <= set(map(str, Pattern))
    assert raised[Pattern.BY_NAME] + raised[Pattern.SAME_CLERK] <= 5
