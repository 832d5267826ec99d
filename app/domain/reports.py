"""What a manager's charts show of an office's days: worked out of the days' documents alone.

A day's document has its visits by counter, staff and service, so that any choice of them is a sum.
Every share comes with its n and interval, and is not shown where it comes from too few customers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from operator import attrgetter
from typing import Final, Literal

from app.domain.case_handling import TIERS
from app.domain.control_charts import Chart, XmrChart, p_prime_chart, xmr_chart
from app.domain.figure_rules import FigureRules
from app.domain.funnel import Funnel, Unit, expected_count, funnel
from app.domain.lean import dataclass
from app.domain.rating import GOOD_SCORES, LOW_SCORES, SCORES
from app.domain.records import STEP_EDGES_S, STEPS, Cell, Figures, Handled, Pressed
from app.domain.statistics import (
    Figure,
    ParetoBar,
    Tally,
    defects_per_million,
    pareto,
    quantile,
    total,
)

Source = Literal["panel", "phone", "both"]
"""Whose ratings are looked at: pressed at the panel, given on customers' own phones where the panel
has none, or both. Companions' never are among them."""

RATED: Final = "rated"
_GOOD: Final = frozenset(map(str, GOOD_SCORES))
_LOW: Final = frozenset(map(str, LOW_SCORES))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which visits a report is about; a set that is empty leaves nobody out.

    Attributes:
        first_day: ISO date, as is last_day; both are within.
        source: where ratings come from. What else there is of visits, their states, hours, reasons
            and steps, is the panel's, whatever is chosen.
    """

    first_day: str
    last_day: str
    counters: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    source: Source = "panel"

    @classmethod
    def of_last(
        cls,
        days: int,
        today: date,
        *,
        counters: Iterable[str] = (),
        staff: Iterable[str] = (),
        services: Iterable[str] = (),
        source: Source = "panel",
    ) -> Choice:
        """Choose the last so many days, today among them; at least that one.

        What is given after it is as in the attributes.
        """
        return cls(
            (today - timedelta(max(days, 1) - 1)).isoformat(),
            today.isoformat(),
            frozenset(counters),
            frozenset(staff),
            frozenset(services),
            source,
        )

    @property
    def is_all(self) -> bool:
        """Whether nobody is left out within the days."""
        return not (self.counters or self.staff or self.services)

    def takes(self, of: Cell | Handled) -> bool:
        """Whether it is about these visits, or about that case."""
        return (
            (not self.counters or of.counter in self.counters)
            and (not self.staff or of.staff in self.staff)
            and (not self.services or of.service in self.services)
        )


@dataclass(frozen=True, slots=True)
class Count:
    """Visits of one day, hour or clerk, and their ratings that count."""

    visits: int
    rated: int  # excluded ratings are among them
    ratings: int
    good: int
    low: int

    @property
    def unrated(self) -> Tally:
        """Visits that ended without a rating."""
        return Tally(self.visits - self.rated, self.visits)


@dataclass(frozen=True, slots=True)
class Step:
    """How long one step of visits took.

    Attributes:
        counts: visits below each of STEP_EDGES_S, and those beyond the last.
        late: visits that took as long as the target or longer.
    """

    step: str
    counts: tuple[int, ...]
    target_s: int
    late: Tally
    per_million: Figure


@dataclass(frozen=True, slots=True)
class Soon:
    """How soon cases were taken, attended to or closed, in seconds, of those that were."""

    median: Figure
    p90: Figure
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Handling:
    """How long closed cases were with one tier of those who handle them, while they were open.

    Attributes:
        tier: one of `case_handling.TIERS`.
        reached: closed cases that it had, among all of which is known who had them.
        held: of those that it had.
    """

    tier: str
    reached: Figure
    held: Soon


@dataclass(frozen=True, slots=True)
class Report:
    """What a manager's charts show; shares count customers, times are seconds.

    Attributes:
        days: every date from the first that is known to the last one chosen.
        by_day: one for each of them.
        low_trend: share of low ratings among those that count, a point a day.
        unrated_trend: share of visits without a rating, a point a day.
        taken_trend: median seconds until the day's cases were taken; the days that have any are
            `taken_days`. None with fewer than two such days.
        low_by_staff: low ratings, each clerk's brought to the mix of services of all. By number,
            in no order of merit.
        unrated_by_staff: visits without a rating, likewise.
        reasons: that customers gave with low scores.
        hours: the 24 of a day, the first begins at midnight.
        unopened: customers whom a queue or a host system counted as served beyond the visits that
            were opened, among those whom it counted; n is 0 where nobody counted, or where the
            choice is of staff or services.
        rectified: low ratings whose case ended resolved, among those that count.
        handling: one for each tier, from the nearest to the customer on.
        unanswered: visits without any of the ratings that are looked at; none where these are of
            phones alone, since all others were asked, too.
        phone: good ratings among those that customers gave on their own phones alone; unless they
            are chosen they are in no other figure, since who takes a phone out is chosen otherwise.
        companions: the same of all others that came by visits' links.
        stray_times: how often somebody pressed while no question was open, `stray_presses` how many
            presses these were; 0 where the choice is of staff or services.
    """

    choice: Choice
    days: tuple[str, ...]
    by_day: tuple[Count, ...]
    all: Count
    by_score: Mapping[int, int]
    by_state: Mapping[str, int]
    excluded: Mapping[str, int]
    good: Figure
    good_of_visits: Figure
    low: Figure
    unrated: Figure
    unopened: Figure
    low_trend: Chart
    unrated_trend: Chart
    taken_days: tuple[str, ...]
    taken_trend: XmrChart | None
    low_by_staff: Funnel
    unrated_by_staff: Funnel
    reasons: tuple[ParetoBar, ...]
    hours: tuple[Count, ...]
    steps: tuple[Step, ...]
    taken: Soon
    there: Soon
    closed: Soon
    rectified: Figure
    handling: tuple[Handling, ...]
    unanswered: int
    phone: Figure
    companions: Figure
    stray_times: int = 0
    stray_presses: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: what was there on these days, each by its name."""

    counters: tuple[str, ...]
    staff: tuple[str, ...]
    services: tuple[str, ...]


_Strata = defaultdict[str, defaultdict[str, list[Count]]]
"""Staff's visits by service."""


def choices(days: Iterable[Figures]) -> Choices:
    """Say what there is to choose among."""
    cells = list(chain.from_iterable(day.cells for day in days))
    return Choices(
        *(
            tuple(sorted({getattr(cell, name) for cell in cells}))
            for name in ("counter", "staff", "service")
        )
    )


def report(days: Sequence[Figures], choice: Choice, rules: FigureRules) -> Report:
    """Work out what the charts show.

    Args:
        days: of one office or of several, in any order; those outside of the choice are left out.
        choice: which visits.
        rules: what is too few to be shown, and what takes too long.

    Returns:
        A report of nothing where there is nothing.

    Raises:
        ValueError: the choice's days are no dates.
    """
    within = [day for day in days if choice.first_day <= day.day <= choice.last_day]
    dates = _dates(min((day.day for day in within), default=None), choice.last_day)
    of_day: dict[str, list[Count]] = {day: [] for day in dates}
    of_staff: _Strata = defaultdict(lambda: defaultdict(list))
    chosen: list[Cell] = []  # or whole days, which are fewer
    ratings_of = _RATINGS[choice.source]
    for day in within:
        cells = day.cells if choice.is_all else list(filter(choice.takes, day.cells))
        counts = [_count(cell, ratings_of(cell)) for cell in cells]
        of_day[day.day] += counts
        for cell, count in zip(cells, counts, strict=True):
            of_staff[cell.staff][cell.service].append(count)
        if choice.is_all and day.whole is not None:
            chosen.append(day.whole)
        else:
            chosen += cells
    cases = [(day.day, case) for day in within for case in day.cases if choice.takes(case)]
    by_day = tuple(_total(of_day[day]) for day in dates)
    whole = _total(by_day)
    scores = _sum(map(ratings_of, chosen))
    phone = _good(cell.phone for cell in chosen)
    soon = _by_day(cases)
    strays = _strays(within, choice)
    taken_days = tuple(day for day in dates if soon.get(day))
    return Report(
        choice=choice,
        days=dates,
        by_day=by_day,
        all=whole,
        by_score={score: scores[str(score)] for score in SCORES},
        by_state=_sum(cell.by_state for cell in chosen),
        excluded=_sum(cell.excluded for cell in chosen),
        good=Tally(whole.good, whole.ratings).share().shown_from(rules.least_n),
        good_of_visits=Tally(whole.good, whole.visits).share().shown_from(rules.least_n),
        low=Tally(whole.low, whole.ratings).share().shown_from(rules.least_n),
        unrated=whole.unrated.share().shown_from(rules.least_n),
        unopened=_unopened(within, choice).share().shown_from(rules.least_n),
        low_trend=p_prime_chart([Tally(count.low, count.ratings) for count in by_day]),
        unrated_trend=p_prime_chart([count.unrated for count in by_day]),
        taken_days=taken_days,
        taken_trend=_times(soon, taken_days),
        low_by_staff=_by_staff(of_staff, _low, rules),
        unrated_by_staff=_by_staff(of_staff, _unrated, rules),
        reasons=pareto(_sum(cell.reasons for cell in chosen)),
        hours=_hours(chosen),
        steps=tuple(_step(step, chosen, rules.targets_s[step]) for step in STEPS),
        taken=_soon(case.taken_s for _, case in cases),
        there=_soon(case.there_s for _, case in cases),
        closed=_soon(case.closed_s for _, case in cases),
        rectified=_rectified(case for _, case in cases).share().shown_from(rules.least_n),
        handling=_handling([case.with_s for _, case in cases if case.with_s], rules),
        unanswered=_unanswered(whole, phone, choice.source),
        phone=phone.share().shown_from(rules.least_n),
        companions=_good(cell.companions for cell in chosen).share().shown_from(rules.least_n),
        stray_times=sum(each.times for each in strays),
        stray_presses=sum(each.presses for each in strays),
    )


def _dates(first: str | None, last: str) -> tuple[str, ...]:
    end = date.fromisoformat(last)
    begin = end + timedelta(1) if first is None else date.fromisoformat(first)
    return tuple((begin + timedelta(n)).isoformat() for n in range((end - begin).days + 1))


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    added: defaultdict[str, int] = defaultdict(int)  # a Counter is slower to add to
    for each in counts:
        for name, n in each.items():
            added[name] += n
    return Counter(added)


def _both(cell: Cell) -> Mapping[str, int]:
    return _sum((cell.by_score, cell.phone)) if cell.phone else cell.by_score


_RATINGS: Final[Mapping[Source, Callable[[Cell], Mapping[str, int]]]] = {
    "panel": attrgetter("by_score"),
    "phone": attrgetter("phone"),
    "both": _both,
}


def _unanswered(whole: Count, phone: Tally, source: Source) -> int:
    if source == "phone":
        return 0
    return max(0, whole.unrated.observed - (phone.n if source == "both" else 0))


def _count(cell: Cell, scores: Mapping[str, int]) -> Count:
    ratings = good = low = 0
    for score, n in scores.items():
        ratings += n
        if score in _GOOD:
            good += n
        elif score in _LOW:
            low += n
    return Count(cell.encounters, cell.by_state.get(RATED, 0), ratings, good, low)


def _total(counts: Iterable[Count]) -> Count:
    visits = rated = ratings = good = low = 0
    for count in counts:
        visits += count.visits
        rated += count.rated
        ratings += count.ratings
        good += count.good
        low += count.low
    return Count(visits, rated, ratings, good, low)


def _good(scores: Iterable[Mapping[str, int]]) -> Tally:
    counted = _sum(scores)
    return Tally(sum(n for score, n in counted.items() if score in _GOOD), sum(counted.values()))


def _low(count: Count) -> Tally:
    return Tally(count.low, count.ratings)


def _unrated(count: Count) -> Tally:
    return count.unrated


def _by_staff(of_staff: _Strata, tally: Callable[[Count], Tally], rules: FigureRules) -> Funnel:
    """Each clerk against what would be expected of the services that they had to do with."""
    strata = {
        staff: {service: tally(_total(counts)) for service, counts in by_service.items()}
        for staff, by_service in sorted(of_staff.items())
    }
    services: defaultdict[str, list[Tally]] = defaultdict(list)
    for by_service in strata.values():
        for service, of_service in by_service.items():
            services[service].append(of_service)
    reference = {service: total(tallies) for service, tallies in services.items()}
    units = [
        Unit(staff, total(by_service.values()), expected_count(by_service, reference))
        for staff, by_service in strata.items()
    ]
    return funnel(units, minimum_n=rules.staff_least_n)


def _hours(cells: Iterable[Cell]) -> tuple[Count, ...]:
    visits, ratings, good = [0] * 24, [0] * 24, [0] * 24
    for cell in cells:
        for hour, (n, n_ratings, n_good) in cell.hours.items():
            visits[hour] += n
            ratings[hour] += n_ratings
            good[hour] += n_good
    # Of an hour it isn't counted which ratings are low or left out
    return tuple(
        Count(visits[hour], ratings[hour], ratings[hour], good[hour], 0) for hour in range(24)
    )


def _step(step: str, cells: Iterable[Cell], target_s: int) -> Step:
    counts = [0] * (len(STEP_EDGES_S) + 1)
    for cell in cells:
        for place, n in cell.seconds.get(step, {}).items():
            counts[place] += n
    late = Tally(sum(counts[STEP_EDGES_S.index(target_s) + 1 :]), sum(counts))
    return Step(step, tuple(counts), target_s, late, defects_per_million(late))


def _by_day(cases: Iterable[tuple[str, Handled]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for day, case in cases:
        if case.taken_s is not None:
            found.setdefault(day, []).append(case.taken_s)
    return found


def _times(soon: Mapping[str, Sequence[int]], days: Sequence[str]) -> XmrChart | None:
    if len(days) < 2:
        return None
    medians = [quantile(soon[day], 0.5).value for day in days]
    return xmr_chart([value for value in medians if value is not None], least=0)


def _soon(seconds: Iterable[int | None]) -> Soon:
    values = tuple(each for each in seconds if each is not None)
    return Soon(quantile(values, 0.5), quantile(values, 0.9), values)


def _unopened(days: Iterable[Figures], choice: Choice) -> Tally:
    """Nobody else counts by clerk or service; the whole office's count is no counter's."""
    if choice.staff or choice.services:
        return Tally(0, 0)
    counted = [
        each
        for day in days
        for each in day.served
        if not choice.counters or each.counter in choice.counters
    ]
    return Tally(sum(each.unopened for each in counted), sum(each.n for each in counted))


def _strays(days: Iterable[Figures], choice: Choice) -> list[Pressed]:
    """Which visit or whose somebody pressed beside isn't known."""
    if choice.staff or choice.services:
        return []
    pressed = (each for day in days for each in day.pressed)
    return [each for each in pressed if not choice.counters or each.counter in choice.counters]


def _handling(known: Sequence[Mapping[str, int]], rules: FigureRules) -> tuple[Handling, ...]:
    found = []
    for tier in TIERS:
        held = _soon(with_s.get(tier) for with_s in known)
        reached = Tally(len(held.values), len(known)).share().shown_from(rules.least_n)
        found.append(Handling(tier, reached, held))
    return tuple(found)


def _rectified(cases: Iterable[Handled]) -> Tally:
    low = [case for case in cases if case.origin == "rating" and case.score in LOW_SCORES]
    return Tally(sum(case.outcome == "resolved" for case in low), len(low))
