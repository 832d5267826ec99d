"""Days of one office as its server counts them, made up but alike every time."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from uuid import UUID

from app.domain.merged_days import as_one
from app.domain.records import (
    SERVICES,
    STEP_EDGES_S,
    STEPS,
    Cell,
    Figures,
    Handled,
    Recovery,
    RecoveryGroup,
)

OFFICE = UUID(int=70)
_STATES = ("declined", "timed_out", "not_offered", "device_down", "superseded")
_REASONS = ("attitude", "efficiency", "competence", "facilities", "rules", "other")
_TYPICAL_PLACE = {"identify": 2.0, "serve": 5.0, "answer": 1.5}


def followed() -> Recovery:
    """Return what members did after low ratings, one group of them too small to be shown."""
    groups = (
        RecoveryGroup("recovered", 84, 52, 20, 31, 24),
        RecoveryGroup("unrecovered", 61, 31, 12, 4, 2),
        RecoveryGroup("others", 2_000, 1_180, 455, 612, 560),
    )
    return Recovery(OFFICE, "2026-11-18", "2026-02-21", "2026-08-20", 90, groups)


def office_days(
    last: date, count: int, *, visits_a_day: int = 550, staff: int = 24, seed: int = 7
) -> tuple[Figures, ...]:
    """Return so many days, the last one `last`; Sundays are closed in longer rows."""
    dice = random.Random(seed)
    days = [last - timedelta(days=back) for back in reversed(range(count))]
    return tuple(
        _day(dice, day, visits_a_day, staff) for day in days if count < 14 or day.isoweekday() != 7
    )


def _day(dice: random.Random, day: date, visits: int, staff: int) -> Figures:
    bad_spell = 0.05 if day.month in (2, 8) else 0.0
    mood = max(0.01, dice.gauss(0.045 + bad_spell, 0.012))
    cells = []
    on_duty = dice.sample(range(staff), max(1, min(staff, staff * 2 // 3)))
    for number in on_duty:
        share = visits / len(on_duty)
        for service in dice.sample(SERVICES, 3):
            n = max(0, round(dice.gauss(share / 3, share / 9)))
            if n:
                cells.append(_cell(dice, n, number, service, mood))
    cases = tuple(
        _case(dice, cell)
        for cell in cells
        for _ in range(cell.by_score.get("1", 0) + cell.by_score.get("2", 0))
    )
    by_state: Counter[str] = Counter()
    by_score: Counter[str] = Counter()
    for cell in cells:
        by_state.update(cell.by_state)
        by_score.update(cell.by_score)
    whole = sum(cell.encounters for cell in cells)
    return Figures(
        OFFICE, day.isoformat(), whole, by_state, by_score, tuple(cells), cases,
        whole=as_one(cells),
    )  # fmt: skip


def _cell(dice: random.Random, n: int, number: int, service: str, mood: float) -> Cell:
    careless = 2.4 if number == 3 else 1.0
    rated_share = 0.35 if number == 5 else 0.68
    low_share = mood * careless * (2.0 if service == "matter" else 1.0)
    states: Counter[str] = Counter()
    scores: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    hours: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    seconds: dict[str, Counter[int]] = {step: Counter() for step in STEPS}
    excluded = 0
    for _ in range(n):
        hour = hours[min(19, max(8, round(dice.gauss(12.5, 2.6))))]
        hour[0] += 1
        for step, typical in _TYPICAL_PLACE.items():
            place = min(len(STEP_EDGES_S), max(0, round(dice.gauss(typical, 1.3))))
            seconds[step][place] += 1
        if dice.random() > rated_share:
            states[dice.choices(_STATES, (9, 12, 3, 1, 3))[0]] += 1
            continue
        states["rated"] += 1
        if dice.random() < 0.01:
            excluded += 1
            continue
        if dice.random() < low_share:
            score = dice.choice("112")
            for reason in dice.sample(_REASONS[:5], dice.choice((1, 1, 2))):
                reasons[reason] += 1
        else:
            score = dice.choices("345", (1, 4, 8))[0]
        scores[score] += 1
        hour[1] += 1
        hour[2] += score in "45"
    return Cell(
        f"A{number % 8 + 1}",
        f"{1001 + number}",
        service,
        n,
        states,
        scores,
        {"repeat": excluded} if excluded else {},
        reasons,
        {hour: (counts[0], counts[1], counts[2]) for hour, counts in hours.items()},
        {step: dict(counts) for step, counts in seconds.items()},
    )


def _case(dice: random.Random, cell: Cell) -> Handled:
    taken = round(dice.lognormvariate(4.2, 0.9))
    there = taken + round(dice.lognormvariate(5.0, 0.7))
    is_over = dice.random() < 0.8
    closed = there + round(dice.lognormvariate(8.0, 1.0)) if is_over else None
    with_s = {} if closed is None else {"front": closed}
    if closed is not None and taken % 4 == 0:  # passed on, some of them further still
        with_s = {"front": there, "coordination": closed - there}
        if taken % 8 == 0:
            with_s |= {"coordination": taken * 3, "system": closed * 2}
    return Handled(
        "rating", cell.counter, cell.staff, cell.service, dice.choice((1, 2)), taken, there,
        closed, dice.choice(("resolved", "resolved", "unable")) if is_over else "", with_s,
    )  # fmt: skip
