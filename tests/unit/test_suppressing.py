"""Patterns that may keep ratings away: what shows, and who is never named by chance."""

from __future__ import annotations

import random
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.statistics import Tally
from app.domain.suppressing import Visit, is_much, suppression
from app.domain.watching import Pattern, WatchRules

RULES = WatchRules()
ANNE, BO, CHEN = (UUID(int=n) for n in (1, 2, 3))
MINUTE_MS = 60_000


def visits(
    staff_id: UUID, count: int, *, every: int = 0, state: str = "not_offered", took_ms: int = 4_000
) -> list[Visit]:
    """Rated ones but for each `every`-th, ten minutes apart, answered after `took_ms`."""
    return [
        Visit(
            staff_id,
            n * 10 * MINUTE_MS,
            n * 10 * MINUTE_MS + MINUTE_MS,
            n * 10 * MINUTE_MS + MINUTE_MS + took_ms,
            state if every and n % every == 0 else "rated",
            None if every and n % every == 0 else 5,
        )
        for n in range(count)
    ]


def patterns(found: list[Visit], rules: WatchRules = RULES) -> dict[UUID, set[Pattern]]:
    signs = suppression(found, rules)
    return {staff_id: {sign.pattern for sign in of_one} for staff_id, of_one in signs.items()}


def test_who_asks_fewer_than_the_others_do() -> None:
    others = visits(BO, 200, every=20) + visits(CHEN, 200, every=20)
    shown = suppression(others + visits(ANNE, 100, every=4), RULES)
    ((staff_id, (sign,)),) = shown.items()
    assert (staff_id, sign.pattern) == (ANNE, Pattern.UNASKED)
    assert sign.figures == {"part": 25, "n": 100, "percent": 25, "usual": 5, "days": 7}
    down = visits(ANNE, 100, every=4, state="device_down")
    assert patterns(others + down) == {ANNE: {Pattern.UNASKED}}


def test_an_office_where_nobody_asks_has_nobody_who_differs() -> None:
    alike = [visit for who in (ANNE, BO, CHEN) for visit in visits(who, 100, every=3)]
    assert patterns(alike) == {}


def test_too_few_visits_say_nothing() -> None:
    others = visits(BO, 200)
    assert patterns(others + visits(ANNE, 29, every=1)) == {}
    assert patterns(visits(ANNE, 200, every=1)) == {}, "there is nobody to compare with"
    assert patterns(visits(BO, 29) + visits(ANNE, 200, every=2)) == {}
    assert patterns(others + visits(ANNE, 90, every=2), replace(RULES, ratings_n=0)) == {}


def test_questions_that_are_closed_at_once() -> None:
    others = visits(BO, 200, every=4, state="declined")
    shut = visits(ANNE, 100, every=4, state="superseded", took_ms=999)
    assert patterns(others + shut) == {ANNE: {Pattern.AT_ONCE}}
    slow = visits(ANNE, 100, every=4, state="superseded", took_ms=1_000)
    assert patterns(others + slow) == {}


def test_ratings_sooner_than_a_touch() -> None:
    others = visits(BO, 200)
    assert patterns(others + visits(ANNE, 60, took_ms=300)) == {ANNE: {Pattern.TOO_FAST}}
    assert patterns(others + visits(ANNE, 60, took_ms=700)) == {}
    assert patterns(others + visits(ANNE, 60, took_ms=-5)) == {}, "a clock was set back"
    quick = visits(BO, 200, took_ms=300)
    assert patterns(quick + visits(ANNE, 60, took_ms=300)) == {}, "as everybody's"


def test_no_ratings_right_after_low_ones() -> None:
    mine = visits(ANNE, 120)
    for low in range(0, 120, 12):
        mine[low] = replace(mine[low], score=1)
        for after in range(low + 1, low + 4):
            mine[after] = replace(mine[after], state="timed_out", score=None)
    ((staff_id, (sign,)),) = suppression(mine, RULES).items()
    assert (staff_id, sign.pattern) == (ANNE, Pattern.AFTER_LOW)
    assert (sign.figures["part"], sign.figures["n"], sign.figures["usual"]) == (30, 30, 0)
    late = [
        replace(visit, opened_ms=visit.opened_ms + (n % 12 > 0) * 61 * MINUTE_MS)
        for n, visit in enumerate(mine)
    ]
    late = [visit for n, visit in enumerate(late) if n % 12 in (0, 1, 2, 3, 11)]
    assert patterns(late) == {}, "an hour later it is another customer's day"


def test_a_visit_whose_end_has_not_come_in_counts_for_nobody() -> None:
    waiting = [replace(visit, state="") for visit in visits(ANNE, 100)]
    assert patterns(visits(BO, 200) + waiting) == {}


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_more_of_one_and_fewer_of_the_others_is_never_less(a: int, b: int, c: int, d: int) -> None:
    one, others = Tally(min(a, b), max(a, b)), Tally(min(c, d), max(c, d))
    if is_much(one, others):
        assert is_much(Tally(one.n, one.n), others)
        assert is_much(one, Tally(0, others.n))
        assert one.observed >= 5


def test_chance_names_one_in_a_thousand_at_most() -> None:
    """20 offices of ten clerks, all alike, a year of weeks."""
    dice = random.Random(5)
    named = weeks = 0
    for _ in range(50):
        tallies = [Tally(sum(dice.random() < 0.06 for _ in range(120)), 120) for _ in range(10)]
        whole = sum(tally.observed for tally in tallies)
        for tally in tallies:
            weeks += 1
            named += is_much(tally, Tally(whole - tally.observed, 9 * 120))
    assert weeks == 500
    assert named <= 2


def test_who_is_pressed_for_outside_a_question_more_than_the_others() -> None:
    everybody = visits(ANNE, 100) + visits(BO, 200) + visits(CHEN, 200)
    signs = suppression(everybody, RULES, {ANNE: 12, BO: 4, CHEN: 5})
    ((staff_id, (sign,)),) = signs.items()
    assert (staff_id, sign.pattern) == (ANNE, Pattern.STRAY)
    assert sign.figures == {"part": 12, "n": 100, "percent": 12, "usual": 2, "days": 7}
    assert suppression(everybody, RULES, {ANNE: 10, BO: 20, CHEN: 20}) == {}
    assert patterns(visits(ANNE, 20) + visits(BO, 200)) == {}, "too few to say anything"
    more_than_visits = suppression(everybody, RULES, {ANNE: 400})
    assert more_than_visits[ANNE][0].figures["part"] == 100


@given(st.permutations(range(130)))
def test_whatever_order_things_come_in(order: list[int]) -> None:
    found = visits(BO, 65, every=30) + visits(ANNE, 65, every=3)
    assert suppression([found[n] for n in order], RULES) == suppression(found, RULES)
