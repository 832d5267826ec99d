"""Plays days of a programme hour by hour: lists come in, offices are cut off, members come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from build_scripts.policy.accounts import Account, WrongAccount, check_books, total
from build_scripts.policy.counter import Counter
from build_scripts.policy.programme import Base, Programme, ms_of
from build_scripts.policy.visits import CLOSES_H, OPENS_H, Traffic, Visit
from sync.server.audit import audit
from sync.server.exposure import exposure
from sync.server.store import tables as t
from sync.server.store.engine import reading

LIST_COMES_H: Final = 18
"""The hour of the day before at which an office's booking list comes in."""


@dataclass(frozen=True, slots=True)
class _Hour:
    at_h: int


@dataclass(frozen=True, slots=True)
class _Link:
    at_h: float
    office: str
    online: bool


def play(
    base: Base,
    traffic: Traffic,
    settings: Mapping[str, Any],
    *,
    counted_from: int,
    until: int,
    seed: int,
) -> Account:
    """Play from the base's morning to day `until`; returns the account from day `counted_from` on.

    The days before it let the leases settle: the first counters know of none.

    Raises:
        WrongAccount: the server's books say something else.
    """
    return _Week(base, traffic, settings, counted_from, until, seed).run()


class _Week:
    def __init__(
        self,
        base: Base,
        traffic: Traffic,
        settings: Mapping[str, Any],
        counted_from: int,
        until: int,
        seed: int,
    ) -> None:
        self._programme = Programme(base, settings, seed=seed)
        self._traffic = traffic
        self._from_h, self._counted_from_h = base.from_day * 24, counted_from * 24
        self._until_h = until * 24
        self._counters = {
            office: [Counter(self._programme, office, n) for n in range(count)]
            for office, count in traffic.counters.items()
        }
        self._all = [counter for each in self._counters.values() for counter in each]
        self._balance = dict(base.points)
        self._account = Account(counter_days=len(self._all) * (until - counted_from))
        self._before = Account()

    def run(self) -> Account:
        for happening in self._happenings():
            self._programme.clock.ms = ms_of(happening.at_h)
            match happening:
                case _Hour():
                    self._strike(happening.at_h)
                case Visit():
                    self._receive(happening)
                case _Link():
                    self._link(happening)
        for counter in self._all:
            counter.link()
            counter.sync()
        whole = self._progress()
        self._account.done = whole.done - self._before.done
        self._account.looks = whole.looks - self._before.looks
        self._account.looking_s = whole.looking_s - self._before.looking_s
        self._check()
        return self._account

    def _happenings(self) -> Iterator[_Hour | _Link | Visit]:
        """All that happens, in order; at one moment the hour strikes before anybody comes."""
        cuts = self._traffic.cuts
        everything: list[_Hour | _Link | Visit] = [
            *(
                _Hour(day * 24 + hour)
                for day in range(self._from_h // 24, self._until_h // 24)
                for hour in range(OPENS_H, CLOSES_H + 1)
            ),
            *(_Link(cut.from_h, cut.office, online=False) for cut in cuts),
            *(_Link(cut.until_h, cut.office, online=True) for cut in cuts),
            *self._traffic.visits,
        ]
        for happening in sorted(everything, key=lambda each: each.at_h):
            if self._from_h <= happening.at_h < self._until_h:
                yield happening

    def _strike(self, at_h: float) -> None:
        day, hour = divmod(int(at_h), 24)
        if at_h == self._from_h + OPENS_H:
            self._expect(day)
        if hour == LIST_COMES_H:
            self._expect(day + 1)
        if at_h == self._counted_from_h + OPENS_H:
            self._before = self._progress()
        if hour == CLOSES_H:
            for counter in self._connected():
                counter.sync()
            for counter in self._all:
                counter.is_due = True
        for counter in self._connected():
            if counter.is_due:
                counter.look()
        if at_h >= self._counted_from_h:
            self._sample()

    def _expect(self, day: int) -> None:
        for (listed_on, office), people in self._traffic.lists.items():
            if listed_on == day:
                self._programme.expect(office, people, day)

    def _link(self, link: _Link) -> None:
        """An office loses the server, or has it back; its PCs are on while it is open."""
        counters = self._counters[link.office]
        is_open = OPENS_H < link.at_h % 24 < CLOSES_H
        if link.online:
            for counter in counters:
                counter.link()
                if is_open:
                    counter.look() if counter.is_due else counter.sync()
            return
        if is_open:
            for counter in counters:
                counter.sync()
        known = self._programme.points()
        for counter in counters:
            counter.cut_off(known)

    def _receive(self, visit: Visit) -> None:
        base = self._programme.base
        member_id = base.members[visit.person]
        counter = self._counters[visit.office][visit.counter]
        served = counter.serve(member_id, visit.reward, ask_holders=self._ask_holders)
        if served is None:
            return
        _, points = base.rewards[visit.reward]
        is_theirs = self._balance[member_id] >= points
        if served.outcome != "refused":
            self._balance[member_id] -= points
        if visit.at_h >= self._counted_from_h:
            self._account.note(served, online=counter.online, is_theirs=is_theirs)

    def _ask_holders(self) -> None:
        """Whoever is connected hears the feed and hands back."""
        for counter in self._connected():
            counter.sync()

    def _connected(self) -> list[Counter]:
        return [counter for counter in self._all if counter.online]

    # --- what is counted

    def _progress(self) -> Account:
        """What was done to leases so far."""
        return total(counter.account for counter in self._all)

    def _sample(self) -> None:
        balance = t.balance
        ((posted, leased),) = self._programme.read(
            sa.select(sa.func.sum(balance.c.posted), sa.func.sum(balance.c.leased)).where(
                balance.c.unit == t.POINTS
            )
        )
        self._account.leased.append(int(leased) / int(posted))
        with reading(self._programme.engine) as connection:
            now = exposure(connection, self._programme.base.programme_id)
        self._account.exposed.append(now.points)

    def _check(self) -> None:
        """Hold the account against the books, and these against `audit`."""
        redemption, balance = t.redemption, t.balance
        covers = self._programme.read(
            sa.select(redemption.c.cover, sa.func.count())
            .where(
                redemption.c.state == "posted",
                redemption.c.at_ms >= ms_of(self._counted_from_h),
            )
            .group_by(redemption.c.cover)
        )
        check_books(self._account, dict(map(tuple, covers)))
        rows = self._programme.read(
            sa.select(balance.c.member_id, balance.c.posted, balance.c.overdrawn).where(
                balance.c.unit == t.POINTS
            )
        )
        posted = {row.member_id: row.posted - row.overdrawn for row in rows}
        if posted != self._balance:
            raise WrongAccount("members' balances aren't what was granted")
        with reading(self._programme.engine) as connection:
            if findings := list(audit(connection, now_ms=self._programme.clock())):
                raise WrongAccount("; ".join(findings[:3]))
