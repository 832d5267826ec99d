"""Any history of points keeps the books: zero at every commit, lots and balances as posted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from app.domain import events as e
from app.domain import ledger, reversing
from app.domain.points_rules import PointsRules
from sync.server.audience import Changed
from sync.server.audit import audit
from sync.server.programme import NewStaff, add_reward, add_staff, put_setting
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import Programme
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
class History:
    """One member's points, and what the model says of them: it knows amounts, and no lots."""

    programme: Programme
    seat: Seat
    desks: list[Seat]
    member_id: UUID
    encounter_id: UUID
    pending_days: int
    expected: int = 0
    accruals: dict[UUID, int] = field(default_factory=dict)
    spends: dict[UUID, int] = field(default_factory=dict)
    refunds: list[e.RedemptionRefunded] = field(default_factory=list)
    lease: Any = None
    ever: dict[UUID, int] = field(default_factory=dict)  # accruals, undone ones too, and their day

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
            .where(txn.c.ref_id.in_([self.member_id, *self.ever]))
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

    def earn(self, points: int) -> None:
        event = e.AccrualRecorded(
            new_id(), self.encounter_id, self.member_id, points, e.AccrualSource.AMOUNT,
            None, points * 100, "CNY", 1, "", tier="",
        )  # fmt: skip
        assert self.push(event) == ""
        self.accruals[event.accrual_id] = points
        self.ever[event.accrual_id] = self.today
        self.expected += points

    def fly(self, number: int) -> None:
        flight = f"CA15{number:02} 2026-09-{len(self.accruals) + 1:02} PEK-SHA"
        event = e.AccrualRecorded(
            new_id(), self.encounter_id, self.member_id, number + 1, e.AccrualSource.RETRO,
            str(new_id()), None, None, 1, "", flight,
        )  # fmt: skip
        assert self.push(event) == ""
        self.accruals[event.accrual_id] = event.points
        self.ever[event.accrual_id] = self.today
        self.expected += event.points

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
            self.accruals[accrual_id] = left - points
            self.expected -= points - (gone - self.gone())

    def reverse(self, pick: int) -> None:
        if self.accruals:
            accrual_id = list(self.accruals)[pick % len(self.accruals)]
            gone = self.gone()
            assert self.push(e.AccrualReversed(accrual_id, self.encounter_id, "undone")) == ""
            self.expected -= self.accruals.pop(accrual_id) - (gone - self.gone())

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

    def gone(self) -> int:
        """What has expired, but for what was taken back with its accrual since."""
        txn, posting = t.ledger_txn, t.posting
        mine = sa.select(txn.c.txn_id).where(txn.c.ref_id.in_([self.member_id, *self.ever]))
        total = sa.select(sa.func.coalesce(sa.func.sum(posting.c.amount), 0)).where(
            posting.c.account == "expired", posting.c.txn_id.in_(mine)
        )
        with reading(self.programme.server.engine) as connection:
            return int(connection.execute(total).scalar_one())

    def wait(self, days: int) -> None:
        self.programme.clock.ms += days * DAY_MS
        before = self.gone()
        list(self.programme.upkeep.maturing())
        list(self.programme.upkeep.expiring())
        list(self.programme.upkeep.reviewing())
        self.expected -= self.gone() - before

    def take(self, what: str, points: int, pick: int) -> None:
        """One step."""
        match what:
            case "earn":
                self.earn(points)
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
            case "wait":
                self.wait(points)


STEPS = (
    "earn", "earn", "fly", "risk", "online", "lease", "leased", "leased", "hand back", "refund",
    "refund for them", "refund again", "void", "reduce", "reverse", "give", "take", "wait",
)  # fmt: skip

histories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(1, 120), st.integers(0, 9)),
    min_size=15,
    max_size=40,
)

KINDS = {
    "accrual", "accrual_reduction", "accrual_reversal", "redemption", "redemption_reversal",
    "refund", "adjustment", "lease", "lease_return", "expiry",
}  # fmt: skip

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
        encounter_id, _ = visit(self.seat, member_id=member_id)
        history = History(
            self.programme, self.seat, self.desks, member_id, encounter_id, self.pending_days
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


@pytest.mark.parametrize("pending_days", [0, PENDING_DAYS])
def test_any_history_keeps_the_books(programme: Programme, pending_days: int) -> None:
    counters = Counters.of(programme, pending_days)

    # Histories are played one after the other on one database, so none can be made smaller
    @settings(
        max_examples=12,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(histories)
    def play(steps: list[tuple[str, int, int]]) -> None:
        counters.play(steps)

    play()
    assert len(counters.commits) > 100
    kinds = sa.select(t.ledger_txn.c.kind).distinct()
    with reading(programme.server.engine) as connection:
        assert set(connection.execute(kinds).scalars()) == KINDS | (
            {"maturing"} if pending_days else set()
        )


def _lot_order(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ledger.expiry_order
    monkeypatch.setattr(ledger, "expiry_order", lambda lots: real(lots)[::-1])


def _double_restore(monkeypatch: pytest.MonkeyPatch) -> None:
    real = reversing.reverse_spend

    def forgetful(held: Any, postings: Any, part: Any, **options: Any) -> Any:
        return real(held, postings, replace(part, already=0), **options)

    monkeypatch.setattr(reversing, "reverse_spend", forgetful)


def _pending_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    def at_once(held: Any, *, lot_id: UUID, points: int, pending: int) -> Any:
        return ledger.earn(held, lot_id=lot_id, points=points, expires_on=None)

    monkeypatch.setattr(ledger, "hold", at_once)


def _fee_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PointsRules, "refund_fee", lambda *_, **__: 0)


def _half_a_posting(monkeypatch: pytest.MonkeyPatch) -> None:
    real = reversing.reverse_earning

    def one_sided(*args: Any, **options: Any) -> Any:
        change = real(*args, **options)
        return replace(change, postings=change.postings[:-1])

    monkeypatch.setattr(reversing, "reverse_earning", one_sided)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "plant", [_lot_order, _double_restore, _pending_spent, _fee_forgotten, _half_a_posting]
)
def test_a_planted_bug_is_noticed(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, plant: Callable[..., None]
) -> None:
    counters, source = Counters.of(programme, PENDING_DAYS), random.Random(1)
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        counters.play_at_random(source, histories=60)


def second_manager(programme: Programme) -> UUID:
    with programme.work() as work:
        return add_staff(
            work, NewStaff("901", "Zhao", ("duty_manager",), programme.office_id, "$argon2id$")
        )
