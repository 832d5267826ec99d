"""Who comes to one counter, and what its clerks type for them: made up, in shares argued for here.

Nothing is kept from the generator but what a counter has: display order, which knows last
year's visits and not the rates they are drawn from; the home office; the visits that this very
counter saw in the ninety days before and since; the leases that a lagging server gave it. There
is no list of tomorrow's visitors, because no counter has one.

Who comes. Each member comes at a rate of their own, the same all year, as buyers of anything do
(Ehrenberg's Poisson visits with rates that differ); four of five visits go to the home office.
One visit in five brings another about the same matter within some days, to the same office: of
calls to call centres 28 % do (SQM Group), and fewer of visits should. Without returns there is
nothing that a counter could know of today; that share is told apart.

What is typed. A card or a pass that is there is scanned, and types nothing. So a customer without
one says a number or a name:

- The phone's last four, because everybody knows their own number, it is short to say in a hall,
  and it is the flow that clerks are taught. About half.
- A name with the phone's last digits, where the name is known or the four digits were not enough
  the last time: a Chinese surname as a character or as pinyin initials, a Latin one by two letters.
  About a third; initials less often than characters, because the input method is at hand.
- The card's last four, when the card doesn't scan or is read aloud. Its first four are the same
  for thousands, so nobody is taught to type them, and they are not among the queries.
- A Chinese name alone, when it is said and seems rare. A Latin surname alone, when the clerk
  hears it first: they go on typing, but it is judged after four letters like all others.

The shares are judgement, not measurement: no field study of counters was found.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from uuid import UUID

from pypinyin import Style, lazy_pinyin

from app.domain.familiarity import DAY_MS, Familiarity
from app.domain.member import Member
from build_scripts.demo.programme import OFFICES, DemoMember, make_members

# Assumed: four visits of five go to the home office, the others share the fifth.
_HOME_SHARE: Final = 0.8
_VISITORS: Final = 200  # of the office in a day
_COUNTERS: Final = 3
_DAYS_BEFORE: Final = 90
_RETURN_SHARE: Final = 0.2
_RETURN_DAYS: Final = 4.0
_LEASES: Final = 200  # granted for the office's last visitors when the first day begins
_SECONDS_A_VISIT: Final = 120

# Assumed, see above: what clerks type, in shares of visits.
_CHINESE_HABITS: Final = {
    "phone's last four": 0.5,
    "name and phone's last digits": 0.2,
    "initials and phone's last digits": 0.15,
    "card's last four": 0.1,
    "name alone": 0.05,
}
_LATIN_HABITS: Final = {
    "phone's last four": 0.5,
    "surname and phone's last digits": 0.3,
    "card's last four": 0.1,
    "surname's first four": 0.1,
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is typed for one visitor, and whom it means."""

    habit: str
    text: str
    member_id: UUID
    at_ms: int
    returns: bool


def _to_members(made: Sequence[DemoMember], rng: random.Random) -> list[Member]:
    """Give members ids and the rank that last year's visits earn them."""
    seen = [_poisson(rng, demo.visits) for demo in made]
    order = sorted(range(len(made)), key=lambda at: -seen[at])
    members = []
    for rank, at in enumerate(order, start=1):
        demo = made[at]
        initials = "" if demo.name.isascii() else _initials(demo.name)
        members.append(
            Member(
                member_id=UUID(int=rng.getrandbits(128)),
                rank=rank,
                card_no=demo.card_no,
                name=demo.name,
                latin_name=demo.latin_name,
                initials=initials,
                phone=demo.phone,
                tier=demo.tier,
                home_office=demo.home_office,
                posted_points=demo.points,
                preference=demo.preference,
                language=demo.language,
                born_on_year=demo.born_year,
                joined_on=demo.joined_on,
            )
        )
    return members


def _initials(name: str) -> str:
    letters = lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore")
    return "".join(letters).lower()


def _poisson(rng: random.Random, mean: float) -> int:
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _weights(made: Sequence[DemoMember], members: Sequence[Member]) -> list[float]:
    """Say how often each member comes to the first office; nobody but the generator knows."""
    visits = {demo.card_no: demo.visits for demo in made}
    elsewhere = (1 - _HOME_SHARE) / (len(OFFICES) - 1)
    return [
        # Whoever did not come last year may come today.
        (visits[member.card_no] + 0.25)
        * (_HOME_SHARE if member.home_office == OFFICES[0].code else elsewhere)
        for member in members
    ]


def _draw_visits(
    members: Sequence[Member], weights: Sequence[float], days: int, rng: random.Random
) -> Iterator[list[tuple[Member, bool]]]:
    """Draw the office's visitors day by day, each with whether it is a return."""
    bounds = list(accumulate(weights))
    due: defaultdict[int, list[Member]] = defaultdict(list)
    for day in range(days):
        back = [(member, True) for member in due.pop(day, [])][:_VISITORS]
        new = rng.choices(members, cum_weights=bounds, k=_VISITORS - len(back))
        visitors = [*back, *((member, False) for member in new)]
        rng.shuffle(visitors)
        for member, _ in visitors:
            if rng.random() < _RETURN_SHARE:
                due[day + 1 + int(rng.expovariate(1 / _RETURN_DAYS))].append(member)
        yield visitors


def _habits(member: Member) -> dict[str, float]:
    return _CHINESE_HABITS if member.initials else _LATIN_HABITS


def _draw_queries(
    members: Sequence[Member], weights: Sequence[float], days: int, rng: random.Random
) -> tuple[Familiarity, list[Query]]:
    """Let one counter serve its share of the office's visitors.

    Returns:
        Whom the counter knows when the first measured day begins, and the queries since.
    """
    familiar = Familiarity()
    latest: dict[UUID, None] = {}
    queries = []
    for day, visitors in enumerate(_draw_visits(members, weights, _DAYS_BEFORE + days, rng)):
        if day == _DAYS_BEFORE:
            familiar.expect(member_id.bytes for member_id in list(latest)[-_LEASES:])
        for at, (member, returns) in enumerate(visitors):
            at_ms = day * DAY_MS + at * _SECONDS_A_VISIT * 1000
            latest.pop(member.member_id, None)
            latest[member.member_id] = None
            if rng.randrange(_COUNTERS) != 0:
                continue
            if day < _DAYS_BEFORE:
                familiar.saw(member.member_id.bytes, at_ms)
                continue
            habits = _habits(member)
            habit = rng.choices(list(habits), list(habits.values()))[0]
            text = _typed(habit, member)
            queries.append(Query(habit, text, member.member_id, at_ms, returns))
    return familiar, queries


def ceiling(days: Days) -> list[bool]:
    """Say of whom the first three would hold if all rates were known, but not who returns."""
    likely: defaultdict[str, defaultdict[UUID, float]] = defaultdict(lambda: defaultdict(float))
    for member, weight in zip(days.members, days.weights, strict=True):
        for habit, share in _habits(member).items():
            likely[_typed(habit, member)][member.member_id] += share * weight
    return [
        query.member_id in sorted(found, key=lambda known: -found[known])[:3]
        for query in days.queries
        for found in [likely[query.text]]
    ]


def _typed(habit: str, member: Member) -> str:
    def with_digits(name: str) -> str:
        name = name[:2].lower() if member.initials == "" else name[:3]
        return name + member.phone[-(4 - len(name)) :]

    match habit:
        case "phone's last four":
            return member.phone[-4:]
        case "name and phone's last digits":
            return with_digits(member.name)
        case "initials and phone's last digits":
            return with_digits(member.initials)
        case "surname and phone's last digits":
            return with_digits(member.name.split()[-1])
        case "card's last four":
            return member.card_no[-4:]
        case "surname's first four":
            return member.name.split()[-1][:4]
        case _:
            return member.name


@dataclass(frozen=True, slots=True)
class Days:
    """A programme's members, and whom one counter serves."""

    members: list[Member]
    weights: list[float]
    familiar: Familiarity
    queries: list[Query]


def draw_days(members_n: int, days: int, seed: int) -> Days:
    """Draw so many members, and `days` of one counter of an office that 200 visit a day."""
    rng = random.Random(seed)
    made = list(make_members(members_n, seed))
    members = _to_members(made, rng)
    weights = _weights(made, members)
    return Days(members, weights, *_draw_queries(members, weights, days, rng))
