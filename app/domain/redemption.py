"""What can be promised of a redemption, in the order tried: online, lease, at risk, refusal."""

from __future__ import annotations

from typing import Final, Literal

from app.domain.lean import dataclass
from app.domain.lease import Lease, Pool
from app.domain.risk import NOTHING_UNHEARD, RiskCaps, Unheard
from app.domain.stock import Stock
from app.domain.trust import Trust

Step = Literal["online", "lease", "at_risk", "refuse"]

_HOUR_MS = 3_600_000

WANTING_A_LEASE: Final = frozenset(
    {
        "",
        "set_aside",
        "no_promise_offline",
        "over_single_limit",
        "over_member_limit",
        "risk_used_up",
        "list_too_old",
        "contact_needed",
        "window_used_up",
    }
)
"""Reasons of a verdict without the server that a neighbour's lease of the member would better."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Points of a member that a counter holds for them.

    Attributes:
        since_ms: by the server's clock.
    """

    points: int
    office_code: str
    counter_label: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What this seat knows of one member's points (all in points, whole numbers).

    Attributes:
        posted: the ledger's balance as of the last pull, leased points included.
        leased_elsewhere: promised to other holders.
        spent_here: spent at this seat and not in `posted` yet.
        lease: the lease this seat holds for the member.
        pool: the seat's risk pool, with `drawn_by_member` of it drawn by this member.
        trust: how far the member is trusted, as far as a replica can tell.
        unheard: what the seat gave away at risk and the server hasn't taken in.
        list_age_ms: how old the seat's deny list is; None where it never had one.
    """

    posted: int
    leased_elsewhere: int
    spent_here: int
    lease: Lease | None
    pool: Pool | None
    drawn_by_member: int
    trust: Trust = Trust.KNOWN
    unheard: Unheard = NOTHING_UNHEARD
    list_age_ms: int | None = 0

    @property
    def lease_remaining(self) -> int:
        return self.lease.remaining_points if self.lease is not None else 0

    @property
    def spendable(self) -> int:
        """What the member may be told is theirs to spend at this counter."""
        return max(0, self.posted - self.leased_elsewhere - self.spent_here)

    @property
    def with_set_aside(self) -> int:
        """The same with what other counters hold, which the server can ask them for."""
        return max(0, self.posted - self.spent_here)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first step that could carry a redemption, and why no better one could.

    `reason` for 'refuse': insufficient, set_aside (points enough are the member's, and other
    counters hold them), denied, and those of `at_risk_refusal`; of the reward's stock
    out_of_stock, stock_online_only.

    Attributes:
        needs_approval: a manager has to agree first.
    """

    step: Step
    reason: str = ""
    missing_points: int = 0
    needs_approval: bool = False


def risk_left(pool: Pool | None, unheard: Unheard, list_age_ms: int | None) -> tuple[int, str]:
    """What a seat may give away at risk now, all redemptions together: (points, why none)."""
    if pool is None:
        return 0, "risk_used_up"
    if why_not := _closed(pool.caps, unheard, list_age_ms):
        return 0, why_not
    left = min(pool.points - pool.spent_points, pool.caps.window_points - unheard.points)
    return (left, "") if left > 0 else (0, "risk_used_up")


def _closed(caps: RiskCaps, unheard: Unheard, list_age_ms: int | None) -> str:
    if list_age_ms is None or list_age_ms > caps.list_hours * _HOUR_MS:
        return "list_too_old"
    return "contact_needed" if unheard.redemptions >= caps.window_redemptions else ""


def at_risk_refusal(standing: Standing, points: int) -> str:
    """Why the risk pool can't carry `points`, '' when it can.

    no_promise_offline, list_too_old, contact_needed, over_single_limit, over_member_limit,
    window_used_up, risk_used_up.
    """
    pool = standing.pool
    if pool is None or pool.points == 0:
        return "no_promise_offline"
    caps, unheard = pool.caps, standing.unheard
    if why_not := _closed(caps, unheard, standing.list_age_ms):
        return why_not
    if points > caps.per_redemption:
        return "over_single_limit"
    if standing.drawn_by_member + points > caps.of_member(standing.trust):
        return "over_member_limit"
    if unheard.points + points > caps.window_points:
        return "window_used_up"
    if pool.spent_points + points > pool.points:
        return "risk_used_up"
    return ""


def foresee(
    standing: Standing, points: int, *, online: bool, stock: Stock | None = None
) -> Verdict:
    """Say beforehand what could be promised; the ladder itself asks again step by step.

    Args:
        standing: what this seat knows of the member's points.
        points: the reward's price, > 0.
        online: whether the server answers.
        stock: the reward's, None where there is no end of it.

    Raises:
        ValueError: `points` is not positive.
    """
    if points <= 0:
        raise ValueError("a redemption spends at least one point")
    if standing.with_set_aside < points:
        return Verdict("refuse", "insufficient", points - standing.with_set_aside)
    if stock is not None and (reason := stock.why_not(online=online)):
        return Verdict("refuse", reason)
    if online:
        return Verdict("online")
    return without_server(standing, points, stock=stock)


def without_server(standing: Standing, points: int, *, stock: Stock | None = None) -> Verdict:
    """The ladder's steps below the server; the risk pool stands for points, never for stock."""
    if stock is not None and (reason := stock.why_not(online=False)):
        return Verdict("refuse", reason)
    if standing.trust is Trust.BLOCKED:
        return Verdict("refuse", "denied")
    if standing.lease_remaining >= points:
        return Verdict("lease")
    if standing.with_set_aside < points:
        return Verdict("refuse", "insufficient", points - standing.with_set_aside)
    if standing.spendable < points:
        return Verdict("refuse", "set_aside", points - standing.spendable)
    if refusal := at_risk_refusal(standing, points):
        return Verdict("refuse", refusal)
    assert standing.pool is not None, "no redemption is at risk without one"
    beyond = points > standing.pool.caps.approval_points
    return Verdict("at_risk", needs_approval=beyond)
