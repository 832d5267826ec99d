"""Patterns of visits that look as if ratings were kept from customers, or given in their place.

Each may be innocent. A clerk is compared with the others of the office, by chance alone: a share is
remarked where that many would come about once in a thousand, and where it is twice theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from app.domain.binomial import cumulative
from app.domain.events import RatingState
from app.domain.lean import dataclass
from app.domain.rating import LOW_SCORES
from app.domain.statistics import Tally, total
from app.domain.watching import HOUR_MS, Pattern, Sign, WatchRules

FOLLOWING: Final = 3
"""So many visits after a low rating may show that nobody is asked any more."""

_CHANCE: Final = 0.001  # the upper of a funnel's 99.8 % limits
_TIMES: Final = 2.0
_LEAST: Final = 5
_SKIPPED: Final = (RatingState.NOT_OFFERED, RatingState.DEVICE_DOWN)


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of how a visit's question went.

    Attributes:
        asked_ms: when it came up, at the end of the visit; None while that is to come.
        answered_ms: when the first face was touched, or the question was closed without one.
        state: of RatingState; '' while it is open.
        score: of its rating, flagged or not.
    """

    staff_id: UUID
    opened_ms: int
    asked_ms: int | None
    answered_ms: int | None
    state: str
    score: int | None = None


def suppression(
    visits: Iterable[Visit], rules: WatchRules, strays: Mapping[UUID, int] | None = None
) -> dict[UUID, list[Sign]]:
    """Say of which clerks of an office patterns show, and which.

    Args:
        visits: of one office, some days of them, in any order.
        rules: the programme's; a clerk with fewer visits than its `ratings_n` is not looked at.
        strays: how often somebody pressed while no question was open, by clerk.

    Returns:
        Only clerks of whom there is something to say.
    """
    if not rules.ratings_n:
        return {}
    by_staff: defaultdict[UUID, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.state:
            by_staff[visit.staff_id].append(visit)
    found: dict[UUID, list[Sign]] = {}
    for staff_id, sign in (
        *_against_others(by_staff, Pattern.UNASKED, _unasked, rules),
        *_against_others(by_staff, Pattern.AT_ONCE, _closed_within(rules.at_once_ms), rules),
        *_against_others(by_staff, Pattern.TOO_FAST, _touched_within(rules.touch_ms), rules),
        *_after_low(by_staff, rules),
        *_against_others(by_staff, Pattern.STRAY, _pressed(strays or {}), rules),
    ):
        found.setdefault(staff_id, []).append(sign)
    return found


def is_much(of_one: Tally, of_others: Tally) -> bool:
    """Whether a share is more than chance makes of the others' share.

    The others' share is taken as (observed + 1) / (n + 2), so that none among few is not never.

    >>> is_much(Tally(20, 100), Tally(30, 600))
    True
    >>> is_much(Tally(9, 100), Tally(30, 600))
    False
    """
    usual = (of_others.observed + 1) / (of_others.n + 2)
    if of_one.observed < _LEAST or of_one.observed < _TIMES * usual * of_one.n:
        return False
    first, up_to = cumulative(of_one.n, usual)
    place = of_one.observed - 1 - first
    more = 1.0 - up_to[place] if 0 <= place < len(up_to) else float(place < 0)
    return more < _CHANCE


_Counted = Callable[[Sequence[Visit]], Tally]


def _against_others(
    by_staff: Mapping[UUID, Sequence[Visit]], pattern: Pattern, counted: _Counted, rules: WatchRules
) -> Iterable[tuple[UUID, Sign]]:
    tallies = {staff_id: counted(visits) for staff_id, visits in by_staff.items()}
    whole = total(tallies.values())
    for staff_id, mine in tallies.items():
        others = Tally(whole.observed - mine.observed, whole.n - mine.n)
        if min(mine.n, others.n) >= rules.ratings_n and is_much(mine, others):
            yield staff_id, _sign(pattern, mine, others, rules)


def _after_low(
    by_staff: Mapping[UUID, Sequence[Visit]], rules: WatchRules
) -> Iterable[tuple[UUID, Sign]]:
    """A clerk's visits right after low ratings against their own others."""
    for staff_id, visits in by_staff.items():
        after, rest = _parted(sorted(visits, key=lambda visit: visit.opened_ms))
        if min(len(visits), len(rest)) < rules.ratings_n:
            continue
        mine, others = _unrated(after), _unrated(rest)
        if is_much(mine, others):
            yield staff_id, _sign(Pattern.AFTER_LOW, mine, others, rules)


def _parted(visits: Sequence[Visit]) -> tuple[list[Visit], list[Visit]]:
    """Visits that follow a low rating closely, and all others but the low ones themselves."""
    after, rest = list[Visit](), list[Visit]()
    left, until_ms = 0, 0
    for visit in visits:
        is_low = visit.score in LOW_SCORES
        if left and visit.opened_ms <= until_ms:
            left -= 1
            after.append(visit)
        elif not is_low:
            rest.append(visit)
        if is_low:
            left, until_ms = FOLLOWING, visit.opened_ms + HOUR_MS
    return after, rest


def _unasked(visits: Sequence[Visit]) -> Tally:
    return Tally(sum(visit.state in _SKIPPED for visit in visits), len(visits))


def _unrated(visits: Sequence[Visit]) -> Tally:
    return Tally(sum(visit.state != RatingState.RATED for visit in visits), len(visits))


def _closed_within(limit_ms: int) -> _Counted:
    def counted(visits: Sequence[Visit]) -> Tally:
        asked = [visit for visit in visits if visit.state not in _SKIPPED]
        closed = (each for each in asked if each.state != RatingState.RATED)
        return Tally(sum(_took(visit, limit_ms) for visit in closed), len(asked))

    return counted


def _touched_within(limit_ms: int) -> _Counted:
    def counted(visits: Sequence[Visit]) -> Tally:
        rated = [visit for visit in visits if visit.state == RatingState.RATED]
        return Tally(sum(_took(visit, limit_ms) for visit in rated), len(rated))

    return counted


def _pressed(strays: Mapping[UUID, int]) -> _Counted:
    """At most once a visit, so that it is a share."""

    def counted(visits: Sequence[Visit]) -> Tally:
        times = strays.get(visits[0].staff_id, 0) if visits else 0
        return Tally(min(times, len(visits)), len(visits))

    return counted


def _took(visit: Visit, limit_ms: int) -> bool:
    """Whether the answer came sooner; of a clock that was set back meanwhile nothing is said."""
    if visit.asked_ms is None or visit.answered_ms is None:
        return False
    return 0 <= visit.answered_ms - visit.asked_ms < limit_ms


def _sign(pattern: Pattern, mine: Tally, others: Tally, rules: WatchRules) -> Sign:
    figures = {
        "part": mine.observed,
        "n": mine.n,
        "percent": round(100 * mine.observed / mine.n),
        "usual": round(100 * others.observed / others.n),
        "days": rules.ratings_days,
    }
    return Sign(pattern, 0, figures)
