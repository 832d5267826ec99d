"""Three customers a week for each manager to listen to: who is drawn, and what came of it.

A list comes from several strata, so that not only those are heard who speak up. Which strata a
manager's list begins with goes on from week to week; who it is within a stratum, a lot decides
that nobody can draw again: it follows from the week, the office and the member alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, timedelta
from heapq import nsmallest
from typing import Any, Final, Literal
from uuid import UUID

from app.domain import facts
from app.domain.case_facts import DEFAULT_CAUSES
from app.domain.errors import Rejected
from app.domain.facts import MOST_SEEN, is_code
from app.domain.lean import dataclass
from app.domain.listening_records import Listening, Said
from app.domain.numbers import number_in
from app.domain.rating import LOW_SCORES

SETTING: Final = "listening"
Stratum = Literal["low", "content", "rated", "silent", "regular", "lapsed"]
"""Rated low the last time; rated otherwise; either, where managers don't learn whose a rating was;
came and never rated; come often or have a tier that says so; haven't come for long."""

_NAMED: Final[tuple[Stratum, ...]] = ("low", "silent", "content", "regular", "lapsed")
_UNNAMED: Final[tuple[Stratum, ...]] = ("rated", "silent", "regular", "lapsed")
MOST_PER_WEEK: Final = 12
LONGEST_TEXT: Final = 2_000

OUTCOMES: Final = ("reached", "not_reached", "declined")
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "outcome": OUTCOMES,
    "topic": (),
    "heard": ("",),
    "shared": ("yes", "no"),
}
"""What a manager says of a conversation: how it went, what about (one of a list that the setting
has), what was heard in words, and whether the office's other managers may read these."""


@dataclass(frozen=True, slots=True)
class ListeningRules:
    """The server's setting 'listening'.

    Attributes:
        per_week: customers on each manager's list; 0: no lists.
        apart_days: so long nobody is on another list, whose ever.
        visited_days: who was at the office within so many days came; who wasn't has lapsed.
        lapsed_days: who was there last before that many days is on no list, unless it is their
            home office.
        regular_visits: within `visited_days` make somebody a regular.
        regular_tiers: tiers that do.
        topics: codes, in the order in which they are offered.
    """

    per_week: int = 3
    apart_days: int = 365
    visited_days: int = 90
    lapsed_days: int = 365
    regular_visits: int = 6
    regular_tiers: tuple[str, ...] = ("gold", "platinum")
    topics: tuple[str, ...] = DEFAULT_CAUSES

    @classmethod
    def from_setting(cls, value: Mapping[str, Any] | None) -> ListeningRules:
        """Read the setting; what it doesn't say, or says in no such way, keeps its default."""
        told, usual = value or {}, cls()

        def number(name: str, low: int, high: int) -> int:
            return number_in(told, name, getattr(usual, name), low=low, high=high)

        return cls(
            per_week=number("per_week", 0, MOST_PER_WEEK),
            apart_days=number("apart_days", 0, 3_650),
            visited_days=number("visited_days", 1, 3_650),
            lapsed_days=number("lapsed_days", 1, 3_650),
            regular_visits=number("regular_visits", 1, 10_000),
            regular_tiers=_codes(told.get("regular_tiers"), usual.regular_tiers, least=0),
            topics=_codes(told.get("topics"), usual.topics, least=1),
        )

    def to_setting(self) -> dict[str, object]:
        """All of it, as a setting's value."""
        names = ("per_week", "apart_days", "visited_days", "lapsed_days", "regular_visits")
        numbers: dict[str, object] = {name: getattr(self, name) for name in names}
        return {
            **numbers,
            "regular_tiers": list(self.regular_tiers),
            "topics": list(self.topics),
        }


def check_setting(value: Mapping[str, object]) -> None:
    """Raises ValueError: it has a name that there isn't, or something else than its name means."""
    usual = ListeningRules().to_setting()
    if unknown := value.keys() - usual.keys():
        raise ValueError(f"listening: there is no {', '.join(sorted(unknown))}")
    understood = ListeningRules.from_setting(value).to_setting()
    for name, said in value.items():
        if understood[name] != said:
            raise ValueError(f"listening: {name} can't be {said!r}")


# --- the draw -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Customer:
    """A member as one office knows them.

    Attributes:
        visits: there within `visited_days`.
        score: of the last of these that was rated and counts.
    """

    member_id: UUID
    tier: str
    visits: int
    score: int | None = None


def strata(*, are_named: bool) -> tuple[Stratum, ...]:
    """Whom lists are drawn among, in turn.

    `are_named`: managers may learn whose a rating was. Where they may not, why somebody was drawn
    mustn't say how they rated.
    """
    return _NAMED if are_named else _UNNAMED


def stratum_of(customer: Customer, rules: ListeningRules, among: Sequence[Stratum]) -> Stratum:
    """Which one of `among` somebody belongs to."""
    if not customer.visits:
        return "lapsed"
    if customer.score in LOW_SCORES and "low" in among:
        return "low"
    if customer.visits >= rules.regular_visits or customer.tier in rules.regular_tiers:
        return "regular"
    if customer.score is not None:
        return "content" if "content" in among else "rated"
    return "silent"


def monday_of(day: date) -> str:
    """The ISO date of the Monday of its week.

    >>> monday_of(date(2026, 12, 6))
    '2026-11-30'
    """
    return (day - timedelta(day.weekday())).isoformat()


def lot(week: str, office_id: UUID, member_id: UUID) -> bytes:
    """Whoever has the least of a stratum is drawn first: 16 bytes, the same whenever asked."""
    return hashlib.sha256(f"{week} {office_id} {member_id}".encode()).digest()[:16]


def in_turn(week: str, staff_ids: Iterable[UUID]) -> list[UUID]:
    """Managers in the order in which their lists are drawn, another one each week."""
    return sorted(staff_ids, key=lambda i: hashlib.sha256(f"{week} {i}".encode()).digest())


def strata_for(
    week: str, staff_id: UUID, left: Mapping[str, int], per_week: int, among: Sequence[Stratum]
) -> list[Stratum]:
    """Say whom a manager's list of a week comes from.

    Args:
        week: its Monday's ISO date.
        staff_id: the manager's.
        left: how many of each stratum can be drawn still.
        per_week: as the rules have it.
        among: the strata.

    Returns:
        A stratum for each place on the list; fewer than `per_week` where nobody is left.
    """
    weeks = date.fromisoformat(week).toordinal() // 7
    own = int.from_bytes(hashlib.sha256(staff_id.bytes).digest()[:4])
    rest = {stratum: left.get(stratum, 0) for stratum in among}
    chosen: list[Stratum] = []
    place = weeks * per_week + own
    while len(chosen) < per_week and any(rest.values()):
        stratum = among[place % len(among)]
        if rest[stratum]:
            rest[stratum] -= 1
            chosen.append(stratum)
        place += 1
    return chosen


@dataclass(slots=True)
class Frame:
    """Whom an office's lists of a week can be drawn among; of many keeps those drawn first.

    Attributes:
        most: members that all lists together may take.
    """

    week: str
    office_id: UUID
    among: Sequence[Stratum]
    most: int
    counts: dict[str, int] = field(default_factory=dict)
    _first: dict[str, list[tuple[bytes, UUID]]] = field(default_factory=dict)

    def add(self, member_id: UUID, stratum: Stratum) -> None:
        """Put somebody in; nobody twice."""
        self.counts[stratum] = self.counts.get(stratum, 0) + 1
        first = self._first.setdefault(stratum, [])
        first.append((lot(self.week, self.office_id, member_id), member_id))
        if len(first) >= 2 * self.most + 100:
            self._first[stratum] = nsmallest(self.most, first)

    def take(self, stratum: Stratum) -> UUID:
        """Draw who comes first in a stratum; they are in it no more."""
        first = self._first[stratum]
        drawn = min(first)
        first.remove(drawn)
        self.counts[stratum] -= 1
        return drawn[1]


def draw(
    frame: Frame, staff_id: UUID, per_week: int
) -> tuple[dict[str, int], list[tuple[Stratum, UUID]]]:
    """Draw a manager's list.

    Returns:
        How many of each stratum there were to draw among, and who was drawn from which.
    """
    before: dict[str, int] = {stratum: frame.counts.get(stratum, 0) for stratum in frame.among}
    chosen = strata_for(frame.week, staff_id, before, per_week, frame.among)
    return before, [(stratum, frame.take(stratum)) for stratum in chosen]


# --- what came of it ----------------------------------------------------------------------------


def check_field(name: str, value: str, saw: Sequence[UUID], *, has_text: bool) -> None:
    """Raises Rejected('bad_field'): no such field, or nothing that may stand in it."""
    choices = CHOICES.get(name)
    is_known = choices is not None and (value in choices or (not choices and is_code(value)))
    if not is_known or len(saw) > MOST_SEEN or has_text != (name == "heard"):
        raise Rejected("bad_field", "A conversation has no such field, or nothing like this in it")


def with_said(listening: Listening, said: Said) -> Listening:
    """Return it with one more entry; one that is there already changes nothing."""
    return replace(listening, said=facts.merged(listening.said, said))


def counting(listening: Listening, name: str) -> Said | None:
    """The version of a field that counts, None while nothing was said."""
    return next(iter(facts.standing(listening.said, name)), None)


def outcome_of(listening: Listening) -> str:
    """One of OUTCOMES, '' while it isn't written down."""
    said = counting(listening, "outcome")
    return "" if said is None else said.value


def is_shared(listening: Listening) -> bool:
    """Whether the office's other managers may read what was heard."""
    said = counting(listening, "shared")
    return said is not None and said.value == "yes"


@dataclass(frozen=True, slots=True)
class Quota:
    """How far a manager is with a week's list.

    Attributes:
        drawn: customers on it.
        logged: of them, those of whom it is written down how it went.
        reached: of these, those who were.
    """

    staff_id: UUID
    drawn: int
    logged: int
    reached: int


def quotas(week: Iterable[Listening], staff_ids: Iterable[UUID]) -> list[Quota]:
    """How far each of these managers is, in the order in which they are named."""
    listed: dict[UUID, list[str]] = {staff_id: [] for staff_id in staff_ids}
    for listening in week:
        listed.setdefault(listening.staff_id, []).append(outcome_of(listening))
    return [
        Quota(staff_id, len(told), sum(map(bool, told)), told.count("reached"))
        for staff_id, told in listed.items()
    ]


def _codes(value: object, usual: tuple[str, ...], *, least: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) < least or not all(map(is_code, value)):
        return usual
    return tuple(dict.fromkeys(value))
