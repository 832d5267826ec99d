"""What a counter knows as it prices rewards for whoever stands there, and what it could promise."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from app.domain import segments
from app.domain.catalogue import Price, read_terms
from app.domain.lean import dataclass
from app.domain.member import Member
from app.domain.office_time import local_day
from app.domain.records import Reward
from app.domain.redemption import Standing, Verdict, foresee
from app.domain.segments import Known, Segments
from app.domain.stock import Stock
from app.ports.work import WorkReads
from app.services.context import Context, enrolled, server_member, standing_of, stock_of

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Serving:
    """What every reward's price and promise depend on alike, looked up once.

    Attributes:
        today: the office's day, ISO date.
        clerk_left: points that the clerk may still give within the hour; None for no limit.
        stock_of: of a reward of which there are only so many, by id.
    """

    standing: Standing
    online: bool
    tier: str
    segment: str
    today: str
    clerk_left: int | None
    stock_of: Callable[[UUID], Stock]

    def foresee(self, reward: Reward) -> tuple[Price, Verdict, Stock | None]:
        """What a reward costs, what could be promised of it, and its stock if it has one."""
        try:
            terms = read_terms(reward.terms)
        except ValueError:  # of a newer program
            return Price(reward.points), Verdict("refuse", "newer_terms"), None
        spendable = self.standing.spendable
        price = terms.price(reward.points, self.tier, spendable=spendable, segment=self.segment)
        stock = self.stock_of(reward.reward_id) if terms.stocked else None
        if why_not := terms.why_not(self.today):
            return price, Verdict("refuse", why_not), stock
        verdict = foresee(self.standing, price.points, online=self.online, stock=stock)
        beyond = self.clerk_left is not None and price.points > self.clerk_left
        if verdict.step != "refuse" and beyond:
            return price, Verdict("refuse", "over_clerk_limit"), stock
        return price, verdict, stock


def serving_of(context: Context, reads: WorkReads, member_id: UUID) -> Serving:
    """Look up what all rewards have in common for a member at this counter."""
    member = server_member(context, reads, member_id)
    now_ms = context.clock.now_ms()
    value, _ = context.setting("redemption")
    limit = (value or {}).get("clerk_points_per_hour")
    session = reads.session()
    clerk_left = None
    if isinstance(limit, int) and session is not None:
        clerk_left = limit - reads.given_since(session.staff_id, now_ms - _HOUR_MS)
    today = local_day(now_ms, enrolled(context).time_zone).isoformat()
    return Serving(
        standing=standing_of(context, reads, member_id),
        online=reads.link_state().online,
        tier="" if member is None else member.tier,
        segment="" if member is None else _segment(context, member, today),
        today=today,
        clerk_left=clerk_left,
        stock_of=lambda reward_id: stock_of(context, reads, reward_id),
    )


def _segment(context: Context, member: Member, day: str) -> str:
    """The member's; '' where the setting is of a newer program, so that they pay the whole."""
    value, _ = context.setting(segments.SETTING)
    known = Known(member.home_office, member.born_on_year, member.joined_on)
    try:
        return Segments.from_setting(value).of(known, day)
    except ValueError:
        return ""
