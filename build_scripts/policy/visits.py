"""Who comes to which office when, what for, and when offices are cut off; the same for a seed.

The days are laid out so that the last one is the base's own date. Flights go back from each
member's last one by their own gaps. Each flight carries a redemption by the member's redemptions a
flight, so that the weeks hold what the base counted. All else is assumed, and stands here.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from build_scripts.demo.day import Guest, Redeem, write_day
from build_scripts.demo.programme import REWARDS
from build_scripts.policy.people import COUNTED_DAYS, Person

OPENS_H: Final = 8
CLOSES_H: Final = 20
_HOURS: Final = range(OPENS_H, CLOSES_H)
_BUSY: Final = (2, 4, 5, 4, 2, 2, 3, 4, 4, 3, 2, 1)
"""How visits are spread over the hours of a day."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What no file says; shares are 0..1.

    Attributes:
        coming_share: of the flights without a redemption that bring their member to a counter.
        own_share: of the visits that are at the member's own office; the others are spread by how
            many members each office has, as are those of members without an office.
        listed_share: of the flights that their office's booking list names the day before. Whoever
            flies is on the list, whether or not they come to a counter.
        walk_in_share: of the redemptions that go with no flight, so that no list names them.
        return_share: of the visits that are followed by another to the same office,
        return_days: after so many days on average.
        cut_share: of an office's days on which it is cut off once,
        shortest_cut_h: for between so many hours
        longest_cut_h: and so many.
        members_a_counter: an office has a counter for so many members, or part of them.
    """

    coming_share: float = 0.5
    own_share: float = 0.8
    listed_share: float = 0.7
    walk_in_share: float = 0.2
    return_share: float = 0.2
    return_days: float = 4.0
    cut_share: float = 1.0
    shortest_cut_h: float = 1.0
    longest_cut_h: float = 8.0
    members_a_counter: int = 500


@dataclass(frozen=True, slots=True)
class Visit:
    """One member at one counter.

    Attributes:
        at_h: hours since the first day's midnight, in the offices' time.
        counter: its index at the office.
        person: the index of the member.
        reward: the reward's number, 0 where they want none.
    """

    at_h: float
    office: str
    counter: int
    person: int
    reward: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """An office without the server, from hour to hour."""

    from_h: float
    until_h: float
    office: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """Some weeks of a programme.

    Attributes:
        days: how many; day 0 is the first.
        counters: at each office, by its code.
        visits: in order.
        lists: persons that an office expects, by (day, office).
        cuts: in order; no two of an office at once.
    """

    days: int
    counters: Mapping[str, int]
    visits: Sequence[Visit]
    lists: Mapping[tuple[int, str], Sequence[int]]
    cuts: Sequence[Cut]


def demo_rewards() -> dict[int, int]:
    """How often each reward is asked for in the demo's day, by its number."""
    asked = Counter(
        job.number
        for visit in write_day(2_000, kills=0)
        for job in visit.jobs
        if isinstance(job, Redeem) and visit.guest is not Guest.POOR
    )
    return dict(sorted(asked.items()))


def generate(
    people: Sequence[Person], *, weeks: int, seed: int, assumed: Assumptions | None = None
) -> Traffic:
    """Generate `weeks` that end with the base's own date."""
    return _Generator(people, weeks * 7, seed, assumed or Assumptions()).run()


class _Generator:
    def __init__(
        self, people: Sequence[Person], days: int, seed: int, assumed: Assumptions
    ) -> None:
        self._people, self._days, self._assumed = people, days, assumed
        self._rng = random.Random(f"visits {seed}")
        self._cuts_rng = random.Random(f"cuts {seed}")
        sizes = Counter(person.home for person in people if person.home)
        self._offices, self._sizes = list(sizes), list(sizes.values())
        self._counters = {
            code: math.ceil(size / assumed.members_a_counter)
            for code, size in sorted(sizes.items())
        }
        self._prices = {reward.number: reward.points for reward in REWARDS}
        self._rewards = demo_rewards()
        self._visits: list[Visit] = []
        self._lists: defaultdict[tuple[int, str], list[int]] = defaultdict(list)

    def run(self) -> Traffic:
        for index, person in enumerate(self._people):
            for day in self._flights(person):
                self._fly(index, person, day)
            for day in self._walk_ins(person):
                self._come(index, day, self._office(person), self._reward(person))
        self._visits.sort(key=lambda visit: (visit.at_h, visit.person))
        cuts = sorted(self._cut_off(), key=lambda cut: (cut.from_h, cut.office))
        lists = {place: sorted(set(listed)) for place, listed in self._lists.items()}
        return Traffic(self._days, self._counters, self._visits, lists, cuts)

    def _flights(self, person: Person) -> Iterator[int]:
        """The days of a member's flights, from the last one back."""
        day = float(self._days - person.last_flight_days)
        while day >= 0:
            yield int(day)
            gap = self._rng.expovariate(1 / person.gap_days) if person.gap_days > 0 else 1.0
            day -= max(0.5, min(gap, person.longest_gap_days))

    def _fly(self, index: int, person: Person, day: int) -> None:
        office = self._office(person)
        if self._rng.random() < self._assumed.listed_share:
            self._lists[day, office].append(index)
        flown = (1 - self._assumed.walk_in_share) * person.redemptions
        if self._rng.random() * person.flights < flown:
            self._come(index, day, office, self._reward(person))
        elif self._rng.random() < self._assumed.coming_share:
            self._come(index, day, office, 0)

    def _walk_ins(self, person: Person) -> Iterator[int]:
        for _ in range(person.redemptions):
            day = int(self._rng.random() * COUNTED_DAYS)
            if self._rng.random() < self._assumed.walk_in_share and day < self._days:
                yield day

    def _office(self, person: Person) -> str:
        if person.home and self._rng.random() < self._assumed.own_share:
            return person.home
        return self._rng.choices(self._offices, self._sizes)[0]

    def _reward(self, person: Person) -> int:
        """One that the member can pay."""
        can = [number for number in self._rewards if self._prices[number] <= person.points]
        return self._rng.choices(can, [self._rewards[number] for number in can])[0] if can else 0

    def _come(self, index: int, day: int, office: str, reward: int) -> None:
        while day < self._days:
            hour = self._rng.choices(_HOURS, _BUSY)[0] + self._rng.random()
            counter = self._rng.randrange(self._counters[office])
            self._visits.append(Visit(day * 24 + hour, office, counter, index, reward))
            if self._rng.random() >= self._assumed.return_share:
                return
            day += 1 + int(self._rng.expovariate(1 / self._assumed.return_days))
            reward = 0

    def _cut_off(self) -> Iterator[Cut]:
        """At most one cut a day; it may begin before the office opens, and ends with the day."""
        assumed, rng = self._assumed, self._cuts_rng
        for office in sorted(self._offices):
            for day in range(self._days):
                begins, lasts = rng.random(), rng.random()
                if rng.random() >= assumed.cut_share:
                    continue
                from_h = OPENS_H - 2 + begins * (CLOSES_H - OPENS_H + 1)
                lasts_h = assumed.shortest_cut_h + lasts * (
                    assumed.longest_cut_h - assumed.shortest_cut_h
                )
                yield Cut(day * 24 + from_h, day * 24 + min(from_h + lasts_h, 24), office)
