"""What a policy did in a week, counted as it happens."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from build_scripts.policy.served import Served


class WrongAccount(Exception):
    """The account doesn't say what the server's books say."""


@dataclass
class Account:
    """One policy's week, or several of them added up.

    Redemptions whose member hasn't the points stand apart: no policy could promise them.

    Attributes:
        offline: redemptions without the server, by what covers them: lease, at_risk, refused.
        why_not: of those refused, why.
        online: the same with the server: online, lease (the server knew of no points outside
            leases, and the counter's own was enough), waited (other counters were asked back
            first), refused (for points that other counters hold).
        if_cut: of those, what would have been if the network had gone just then: lease, at_risk,
            refuse. It tells more than the few that were made offline, and of a moment before.
        beyond: whose member hadn't the points, by what became of them.
        leased: share of all points that was set aside, at each full hour.
        exposed: the worst possible loss at each of them, in points.
        done: what was done to leases: granted, filled up, prolonged, handed back.
        counter_days: counters times days.
        looks: how often the server looked what a counter should hold,
        looking_s: and the processor time that this took, in seconds.
    """

    offline: Tally[str] = field(default_factory=Tally)
    why_not: Tally[str] = field(default_factory=Tally)
    online: Tally[str] = field(default_factory=Tally)
    if_cut: Tally[str] = field(default_factory=Tally)
    beyond: Tally[str] = field(default_factory=Tally)
    leased: list[float] = field(default_factory=list)
    exposed: list[int] = field(default_factory=list)
    done: Tally[str] = field(default_factory=Tally)
    counter_days: int = 0
    looks: int = 0
    looking_s: float = 0.0

    def note(self, served: Served, *, online: bool, is_theirs: bool) -> None:
        """Count a redemption; `is_theirs` says whether the member has the points."""
        if not is_theirs:
            self.beyond[served.outcome] += 1
        elif not online:
            self.offline[served.outcome] += 1
            if served.outcome == "refused":
                self.why_not[served.reason] += 1
        else:
            is_late = served.waited and served.outcome != "refused"
            self.online["waited" if is_late else served.outcome] += 1
            self.if_cut[served.if_cut] += 1

    @property
    def made_offline(self) -> int:
        """How many redemptions were made without the server."""
        return self.offline.total() - self.offline["refused"]

    @property
    def promised(self) -> float:
        """Of the redemptions made offline, the share that a lease covered."""
        return _share(self.offline["lease"], self.made_offline)

    @property
    def promised_if_cut(self) -> float:
        """The same of the redemptions made online, had the network gone just before."""
        return _share(self.if_cut["lease"], self._made_if_cut)

    @property
    def _made_if_cut(self) -> int:
        return self.if_cut["lease"] + self.if_cut["at_risk"]

    @property
    def hindered(self) -> float:
        """Of the online redemptions, the share that waited or was refused for a lease elsewhere."""
        return _share(self.online["waited"] + self.online["refused"], self.online.total())

    def figures(self) -> dict[str, Any]:
        """All that is told of it, in shares, points, and leases a counter and day."""
        days = max(1, self.counter_days)
        hindered = self.online["waited"] + self.online["refused"]
        asked = self.offline.total()
        return {
            "offline": asked,
            "made_offline": self.made_offline,
            "promised": self.promised,
            "promised_interval": interval(self.offline["lease"], self.made_offline),
            "promised_of_asked": _share(self.offline["lease"], asked),
            "promised_if_cut": self.promised_if_cut,
            "promised_if_cut_interval": interval(self.if_cut["lease"], self._made_if_cut),
            "at_risk": _share(self.offline["at_risk"], asked),
            "refused": _share(self.offline["refused"], asked),
            "why_not": dict(self.why_not),
            "online": self.online.total(),
            "hindered": self.hindered,
            "hindered_interval": interval(hindered, self.online.total()),
            "leased_mean": _mean(self.leased),
            "leased_most": max(self.leased, default=0.0),
            "exposed_mean": _mean(self.exposed),
            "exposed_most": max(self.exposed, default=0),
            "per_counter_day": {name: n / days for name, n in sorted(self.done.items())},
            "looking_ms": 1000 * self.looking_s / max(1, self.looks),
        }

    def document(self) -> dict[str, Any]:
        """Everything counted, as JSON can hold it."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: dict(value) if isinstance(value, Tally) else value
            for name, value in found.items()
        }


def total(accounts: Iterable[Account]) -> Account:
    """Several weeks as one."""
    whole = Account()
    for account in accounts:
        for name in ("offline", "why_not", "online", "if_cut", "beyond", "done"):
            getattr(whole, name).update(getattr(account, name))
        whole.leased += account.leased
        whole.exposed += account.exposed
        whole.counter_days += account.counter_days
        whole.looks += account.looks
        whole.looking_s += account.looking_s
    return whole


def interval(count: int, of: int, *, z: float = 1.96) -> tuple[float, float]:
    """Bound the true share behind `count` of `of`; (0, 1) where there is nothing.

    Source:
        E. B. Wilson (1927), JASA 22(158), 209-212.

    >>> tuple(round(bound, 2) for bound in interval(80, 100))
    (0.71, 0.87)
    """
    if not of:
        return 0.0, 1.0
    share = count / of
    middle = share + z * z / (2 * of)
    around = z * ((share * (1 - share) + z * z / (4 * of)) / of) ** 0.5
    scale = 1 + z * z / of
    return (middle - around) / scale, (middle + around) / scale


def check_books(account: Account, posted: Mapping[str, int]) -> None:
    """Compare with how many redemptions of the same days the server posted, by cover.

    Raises:
        WrongAccount: something was counted twice, or not at all.
    """
    counted = (account.offline + account.online + account.beyond) - Tally(
        refused=account.offline["refused"] + account.online["refused"] + account.beyond["refused"]
    )
    counted["online"] += counted.pop("waited", 0)
    if +counted != +Tally(posted):
        raise WrongAccount(f"counted {dict(counted)}, and the server posted {dict(posted)}")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[float] | list[int]) -> float:
    return sum(values) / len(values) if values else 0.0
