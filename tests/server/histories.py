"""A history of one member's points, and a model of amounts that it has to agree with."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import events as e
from sync.server import families
from sync.server.audience import Changed
from sync.server.audit import audit
from sync.server.pooling import RETURN
from sync.server.programme import NewStaff, add_reward, add_staff, put_setting
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.families import SAID, family
from tests.server.merges import united
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000
_OWN = ("available", "leased")


def check_books(connection: Connection) -> None:
    """What has to hold of everything at each commit, said without the program's rules."""
    posting, lot, balance = t.posting, t.lot, t.balance
    by_txn: Counter[tuple[UUID, str]] = Counter()
    own: Counter[tuple[Any, ...]] = Counter()
    for row in connection.execute(sa.select(posting)):
        by_txn[row.txn_id, row.unit] += row.amount
        if row.account in _OWN:
            own[row.member_id, row.account] += row.amount
            own[row.member_id, row.account, row.lot_id] += row.amount
    assert not any(by_txn.values()), "a transaction doesn't sum to zero"
    check_order(connection)
    held: Counter[UUID] = Counter()
    for row in connection.execute(sa.select(lot)):
        assert 0 <= row.leased <= row.remaining <= row.earned, row
        held[row.member_id] += row.remaining
        assert own[row.member_id, "leased", row.lot_id] == row.leased, row
        assert own[row.member_id, "available", row.lot_id] == row.remaining - row.leased, row
    for row in connection.execute(sa.select(balance)):
        available, leased = (own[row.member_id, account] for account in _OWN)
        assert (row.posted, row.leased) == (available + leased, leased), row
        assert row.posted == held[row.member_id] - row.overdrawn, row
        assert row.overdrawn >= 0
        assert row.pending >= 0


def check_order(connection: Connection) -> None:
    """What expires first is spent first, but for what was leased or over by then."""
    expires = {row.lot_id: row.expires_on or "9999" for row in connection.execute(sa.select(t.lot))}
    lines: dict[UUID, list[Any]] = {}
    for row in connection.execute(sa.select(t.posting).where(t.posting.c.account == "available")):
        lines.setdefault(row.txn_id, []).append(row)
    free: dict[UUID, Counter[UUID | None]] = {}
    for txn in connection.execute(sa.select(t.ledger_txn).order_by(t.ledger_txn.c.txn_id)):
        drawn = []
        for row in lines.get(txn.txn_id, ()):
            free.setdefault(row.member_id, Counter())[row.lot_id] += row.amount
            if txn.kind == "redemption" and row.lot_id is not None:
                drawn.append(row)
        if drawn:
            day = datetime.fromtimestamp(txn.at_ms / 1000 + 8 * 3600, UTC).date().isoformat()
            last = max(expires[row.lot_id] for row in drawn)
            for lot_id, points in free[drawn[0].member_id].items():
                if lot_id is not None and points:
                    assert not day <= expires[lot_id] < last, "a later lot was spent first"


@dataclass
class Given:
    """What the head has of an accrual, by the model: nothing yet of one that is pending."""

    percent: int
    earned: int = 0
    points: int = 0

    def left(self, of_accrual: int) -> int:
        """What the head has of it once so much of it is left."""
        return self.points * of_accrual // self.earned if self.points else 0


@dataclass
class History:
    """One member's points, and what the model says of them: it knows amounts, and no lots."""

    programme: Programme
    seat: Seat
    desks: list[Seat]
    ids: list[UUID]  # of all the member's records, the one that stays last
    head_id: UUID
    encounter_id: UUID
    pending_days: int
    expected: int = 0
    heads: int = 0
    percent: int = 0  # given to the head of what is earned now; 0: in no family
    given: dict[UUID, Given] = field(default_factory=dict)
    accruals: dict[UUID, int] = field(default_factory=dict)
    spends: dict[UUID, int] = field(default_factory=dict)
    refunds: list[e.RedemptionRefunded] = field(default_factory=list)
    lease: Any = None
    ever: dict[UUID, int] = field(default_factory=dict)  # accruals, undone ones too, and their day

    @property
    def member_id(self) -> UUID:
        """The record that stays."""
        return self.ids[-1]

    def card(self, pick: int) -> UUID:
        """Some record: counters may know the member by any of them."""
        return self.ids[pick % len(self.ids)]

    def owed(self) -> int:
        """Points that what is earned next has to pay."""
        with reading(self.programme.server.engine) as connection:
            balance = t.balance
            said = sa.select(balance.c.overdrawn).where(balance.c.member_id == self.member_id)
            return int(connection.execute(said).scalar_one_or_none() or 0)

    @property
    def today(self) -> int:
        """The office's day, counted from 1970."""
        return (self.programme.clock.ms + 8 * 3_600_000) // DAY_MS

    def check(self, step: object) -> None:
        """Points as the model has them, spendable and pending."""
        balance = t.balance
        with reading(self.programme.server.engine) as connection:
            expired = self.expired_of_accruals(connection)
            row = connection.execute(
                sa.select(balance.c.posted, balance.c.pending).where(
                    balance.c.member_id == self.member_id
                )
            ).one()
            head = connection.execute(
                sa.select(balance.c.posted).where(balance.c.member_id == self.head_id)
            ).scalar_one_or_none()
        assert (head or 0) == self.heads, step
        young = (i for i in self.accruals if self.today < self.ever[i] + self.pending_days)
        assert min(expired.values(), default=0) >= 0, "it was counted against two parts"
        assert row.pending == sum(self.accruals[i] for i in young), step
        assert row.posted + row.pending == self.expected, step

    def expired_of_accruals(self, connection: Connection) -> Counter[UUID]:
        """What expired of each, less what was not taken back for that."""
        txn, posting = t.ledger_txn, t.posting
        lines = (
            sa.select(posting, txn.c.kind, txn.c.ref_id)
            .join(txn, txn.c.txn_id == posting.c.txn_id)
            .where(txn.c.ref_id.in_([*self.ids, *self.ever]), txn.c.kind != RETURN)
        )
        found: Counter[UUID] = Counter()
        for row in connection.execute(lines):
            if row.kind == "expiry" and row.lot_id is not None:
                found[row.lot_id] -= row.amount
            elif row.account == "expired" and row.kind != "expiry":
                found[row.ref_id] += row.amount
        return found

    def push(self, event: Any, seat: Seat | None = None) -> str:
        decisions = (seat or self.seat).push(event).decisions
        return decisions[0].code if decisions else ""

    def earn(self, points: int, pick: int) -> None:
        self.earned(e.AccrualRecorded(
            new_id(), self.encounter_id, self.card(pick), points, e.AccrualSource.AMOUNT,
            None, points * 100, "CNY", 1, "", tier="",
        ))  # fmt: skip

    def earned(self, event: e.AccrualRecorded) -> None:
        owed = self.owed()
        assert self.push(event) == ""
        self.accruals[event.accrual_id] = event.points
        self.ever[event.accrual_id] = self.today
        self.expected += event.points
        if self.percent:
            self.given[event.accrual_id] = Given(self.percent)
            if not self.pending_days:
                self.give(event.accrual_id, owed)

    def give(self, accrual_id: UUID, owed: int) -> int:
        """The head's share of what can be spent from now on; returns what is owed after it."""
        left = self.accruals[accrual_id]
        repaid = min(owed, left)
        if (given := self.given.get(accrual_id)) is not None:
            given.earned, given.points = left, (left - repaid) * given.percent // 100
            self.heads += given.points
            self.expected -= given.points
        return owed - repaid

    def taken_back(self, accrual_id: UUID, points: int, before: tuple[int, int]) -> None:
        """So much of an accrual isn't the member's any more, and not the head's."""
        left = self.accruals[accrual_id]
        own, heads = (gone - was for gone, was in zip(self.gone(), before, strict=True))
        part = 0
        if (given := self.given.get(accrual_id)) is not None:
            part = given.left(left) - given.left(left - points)
        # what had expired isn't taken a second time
        self.heads -= part + heads
        self.expected -= points - part + own
        self.accruals[accrual_id] = left - points

    def fly(self, number: int) -> None:
        flight = f"CA15{number:02} 2026-09-{len(self.accruals) + 1:02} PEK-SHA"
        self.earned(e.AccrualRecorded(
            new_id(), self.encounter_id, self.card(number), number + 1, e.AccrualSource.RETRO,
            str(new_id()), None, None, 1, "", flight,
        ))  # fmt: skip

    def spend(self, points: int, cover: e.Cover, lease_id: UUID | None = None) -> None:
        event = e.RedemptionGranted(
            new_id(), self.encounter_id, self.member_id, self.programme.reward_id, points, cover,
            lease_id, self.seat.pool_id if cover is e.Cover.AT_RISK else None,
        )  # fmt: skip
        code = self.push(event)
        assert code in ("", "insufficient", "over_limit", "lease_exceeded", "lease_closed"), code
        if not code:
            self.spends[event.redemption_id] = points
            self.expected -= points

    def refund(self, pick: int, points: int, *, involuntary: bool) -> None:
        if not self.spends:
            return
        redemption_id = list(self.spends)[pick % len(self.spends)]
        event = e.RedemptionRefunded(
            new_id(), redemption_id, self.encounter_id, points, involuntary, "returned"
        )
        left = self.spends[redemption_id]
        assert self.push(event, self.desks[0]) == ("over_refund" if points > left else "")
        if points <= left:
            self.spends[redemption_id] = left - points
            self.expected += points - (0 if involuntary else points * 10 // 100)
            self.refunds.append(event)

    def again(self, pick: int) -> None:
        if self.refunds:
            assert self.push(self.refunds[pick % len(self.refunds)], self.seat) == ""

    def void(self, pick: int) -> None:
        if self.spends:
            redemption_id = list(self.spends)[pick % len(self.spends)]
            assert self.push(e.RedemptionVoided(redemption_id, self.encounter_id, "undone")) == ""
            self.expected += self.spends.pop(redemption_id)

    def reduce(self, pick: int, points: int) -> None:
        if not self.accruals:
            return
        accrual_id = list(self.accruals)[pick % len(self.accruals)]
        event = e.AccrualReduced(new_id(), accrual_id, self.encounter_id, points, "part flown")
        left = self.accruals[accrual_id]
        gone = self.gone()
        assert self.push(event) == ("over_refund" if points > left else "")
        if points <= left:
            self.taken_back(accrual_id, points, gone)

    def reverse(self, pick: int) -> None:
        if self.accruals:
            accrual_id = list(self.accruals)[pick % len(self.accruals)]
            gone = self.gone()
            assert self.push(e.AccrualReversed(accrual_id, self.encounter_id, "undone")) == ""
            self.taken_back(accrual_id, self.accruals[accrual_id], gone)
            del self.accruals[accrual_id]

    def adjust(self, points: int) -> None:
        event = e.PointsAdjusted(
            new_id(), self.member_id, points, "correction", self.desks[0].blob(b"why")
        )
        code = self.push(event, self.desks[0])
        assert code in ("", "insufficient")
        if not code and abs(points) <= 50:
            self.expected += points
        elif not code:
            agreed = self.push(e.AdjustmentConfirmed(event.adjustment_id), self.desks[1])
            assert agreed in ("", "insufficient")
            self.expected += 0 if agreed else points

    def take_lease(self) -> None:
        for lease in self.seat.pull().leases:
            if lease.member_id == self.member_id:
                self.lease = lease

    def hand_back(self) -> None:
        if self.lease is not None:
            assert self.push(e.LeaseReturned(self.lease.lease_id, 0)) == ""

    def gone(self) -> tuple[int, int]:
        """What has expired of the member's and of the head's, but for what was taken back since."""
        txn, posting = t.ledger_txn, t.posting
        lines = (
            sa.select(posting.c.amount, txn.c.kind, txn.c.ref_id)
            .join(txn, txn.c.txn_id == posting.c.txn_id)
            .where(
                posting.c.account == "expired",
                txn.c.ref_id.in_([self.head_id, *self.ids, *self.ever]),
            )
        )
        own = heads = 0
        with reading(self.programme.server.engine) as connection:
            for row in connection.execute(lines):
                if row.kind == RETURN or row.ref_id == self.head_id:
                    heads += row.amount
                else:
                    own += row.amount
        return own, heads

    def share(self, percent: int) -> None:
        """Give so much from now on, or nothing any more."""
        percent = min(percent, 100)
        self.programme.clock.ms += 1_000  # what was recorded is before it, what comes behind it
        with self.programme.work() as work:
            if percent != self.percent:
                families.add(work, self.head_id, self.member_id, percent, SAID)
            else:
                families.remove(work, self.member_id, SAID)
        self.programme.clock.ms += 1_000
        self.percent = 0 if percent == self.percent else percent

    def merge(self, points: int, pick: int) -> None:
        """Another record turns out to be the member's; it goes, or the one that they had."""
        other = self.programme.member(points)
        away, stay = (other, self.member_id) if pick % 2 else (self.member_id, other)
        self.programme.clock.ms += 1_000
        united(self.programme, away, stay)
        self.programme.clock.ms += 1_000
        self.ids = [*(i for i in self.ids if i != stay), *([away] if away is other else []), stay]
        self.expected += points

    def head_spends(self, points: int) -> None:
        event = e.RedemptionGranted(
            new_id(), self.encounter_id, self.head_id, self.programme.reward_id, points,
            e.Cover.AT_RISK, None, self.seat.pool_id,
        )  # fmt: skip
        code = self.push(event)
        assert code in ("", "over_limit"), code
        self.heads -= 0 if code else points

    def wait(self, days: int) -> None:
        day = self.today
        self.programme.clock.ms += days * DAY_MS
        before = self.gone()
        owed = self.owed()
        due = [i for i in self.accruals if self.ever[i] + self.pending_days <= self.today]
        for accrual_id in sorted(due, key=lambda i: (self.ever[i], i)):
            if self.ever[accrual_id] + self.pending_days > day:
                owed = self.give(accrual_id, owed)
        list(self.programme.upkeep.maturing())
        list(self.programme.upkeep.expiring())
        list(self.programme.upkeep.reviewing())
        own, heads = (gone - was for gone, was in zip(self.gone(), before, strict=True))
        self.expected -= own
        self.heads -= heads

    def take(self, what: str, points: int, pick: int) -> None:
        """One step."""
        match what:
            case "earn":
                self.earn(points, pick)
            case "fly":
                self.fly(pick)
            case "risk":
                self.spend(points, e.Cover.AT_RISK)
            case "online":
                self.spend(points, e.Cover.ONLINE)
            case "leased" if self.lease is not None:
                self.spend(points, e.Cover.LEASE, self.lease.lease_id)
            case "refund":
                self.refund(pick, points, involuntary=False)
            case "refund for them":
                self.refund(pick, points, involuntary=True)
            case "refund again":
                self.again(pick)
            case "void":
                self.void(pick)
            case "reduce":
                self.reduce(pick, points)
            case "reverse":
                self.reverse(pick)
            case "give":
                self.adjust(points)
            case "take":
                self.adjust(-points)
            case "lease":
                self.take_lease()
            case "hand back":
                self.hand_back()
            case "share":
                self.share(points)
            case "merge" if len(self.ids) < 4:
                self.merge(points, pick)
            case "head spends":
                self.head_spends(points)
            case "wait":
                self.wait(points)


STEPS = (
    "earn", "earn", "fly", "risk", "online", "lease", "leased", "leased", "hand back", "refund",
    "refund for them", "refund again", "void", "reduce", "reverse", "give", "take", "wait",
    "share", "share", "merge", "head spends",
)  # fmt: skip

RULES: dict[str, dict[str, object]] = {
    "points": {"lot_months": 2, "refund_fee_percent": 10, "involuntary_months": 3,
               "adjustment_limit": 50},
    "tiers": {"levels": [["silver", 5], ["gold", 12]]},
    "redemption": {"lease_points": 60, "lease_share_percent": 60, "pool_points": 5_000,
                   "pool_per_redemption": 100, "pool_per_member": 300},
}  # fmt: skip


PENDING_DAYS = 5


@dataclass
class Counters:
    """A counter and two managers' desks, who play one member's history after the other."""

    programme: Programme
    seat: Seat
    desks: list[Seat]
    pending_days: int
    commits: list[Changed] = field(default_factory=list)

    @classmethod
    def of(cls, programme: Programme, pending_days: int) -> Counters:
        """Set the rules, and look at the books before each commit."""
        with programme.work() as work:
            for name, value in RULES.items():
                put_setting(work, name, value)
            put_setting(work, "points", {**RULES["points"], "pending_days": pending_days})
            add_reward(work, number=2, name="茶", name_en="Tea", points=1)
        desks = [programme.seat(counter=2, kind="desk") for _ in range(2)]
        desks[1].staff_id = second_manager(programme)
        counters = cls(programme, programme.seat(), desks, pending_days)
        programme.server.transactions.before_commit.append(counters.look)
        counters.seat.pull()
        return counters

    def look(self, changed: Changed, connection: Connection) -> None:
        self.commits.append(changed)
        check_books(connection)

    def play(self, steps: list[tuple[str, int, int]]) -> None:
        """Raises AssertionError at the first thing that is wrong."""
        member_id = self.programme.member(home_office=self.programme.code)
        head_id = self.programme.member()
        family(self.programme, head_id)
        encounter_id, _ = visit(self.seat, member_id=member_id)
        history = History(
            self.programme,
            self.seat,
            self.desks,
            [member_id],
            head_id,
            encounter_id,
            self.pending_days,
        )
        for step in steps:
            history.take(*step)
            history.check(step)
        history.hand_back()
        with reading(self.programme.server.engine) as connection:
            assert list(audit(connection, now_ms=self.programme.clock())) == []

    def play_at_random(self, source: random.Random, *, histories: int) -> None:
        for _ in range(histories):
            self.play(
                [
                    (source.choice(STEPS), source.randint(1, 120), source.randint(0, 9))
                    for _ in range(30)
                ]
            )


def second_manager(programme: Programme) -> UUID:
    with programme.work() as work:
        return add_staff(
            work, NewStaff("901", "Zhao", ("duty_manager",), programme.office_id, "$argon2id$")
        )
