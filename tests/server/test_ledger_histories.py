"""Any history of points keeps the books: zero at every commit, lots and balances as posted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from app.domain import events as e
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


@dataclass
class History:
    """One member's points, and what the model says of them: it knows amounts, and no lots."""

    programme: Programme
    seat: Seat
    desks: list[Seat]
    member_id: UUID
    encounter_id: UUID
    expected: int = 0
    accruals: dict[UUID, int] = field(default_factory=dict)
    spends: dict[UUID, int] = field(default_factory=dict)
    refunds: list[e.RedemptionRefunded] = field(default_factory=list)
    lease: Any = None
    ever: list[UUID] = field(default_factory=list)  # accruals, undone ones too

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
        self.ever.append(event.accrual_id)
        self.expected += points

    def fly(self, number: int) -> None:
        flight = f"CA15{number:02} 2026-09-{len(self.accruals) + 1:02} PEK-SHA"
        event = e.AccrualRecorded(
            new_id(), self.encounter_id, self.member_id, number + 1, e.AccrualSource.RETRO,
            str(new_id()), None, None, 1, "", flight,
        )  # fmt: skip
        assert self.push(event) == ""
        self.accruals[event.accrual_id] = event.points
        self.ever.append(event.accrual_id)
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


@pytest.mark.parametrize("pending_days", [0, 5])
def test_any_history_keeps_the_books(programme: Programme, pending_days: int) -> None:
    with programme.work() as work:
        for name, value in RULES.items():
            put_setting(work, name, value)
        put_setting(work, "points", {**RULES["points"], "pending_days": pending_days})
        add_reward(work, number=2, name="茶", name_en="Tea", points=1)
    commits: list[Changed] = []

    def look(changed: Changed, connection: Connection) -> None:
        commits.append(changed)
        check_books(connection)

    programme.server.transactions.before_commit.append(look)
    seat, desks = programme.seat(), [programme.seat(counter=2, kind="desk") for _ in range(2)]
    desks[1].staff_id = second_manager(programme)
    seat.pull()

    # Histories are played one after the other on one database, so none can be made smaller
    @settings(
        max_examples=12,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(histories)
    def play(steps: list[tuple[str, int, int]]) -> None:
        member_id = programme.member(home_office=programme.code)
        encounter_id, _ = visit(seat, member_id=member_id)
        history = History(programme, seat, desks, member_id, encounter_id)
        for step in steps:
            history.take(*step)
            with reading(programme.server.engine) as connection:
                balance = t.balance
                row = connection.execute(
                    sa.select(balance.c.posted, balance.c.pending).where(
                        balance.c.member_id == member_id
                    )
                ).one()
            assert row.posted + row.pending == history.expected, step
        history.hand_back()
        with reading(programme.server.engine) as connection:
            assert list(audit(connection, now_ms=programme.clock())) == []

    play()
    assert len(commits) > 100
    kinds = sa.select(t.ledger_txn.c.kind).distinct()
    with reading(programme.server.engine) as connection:
        assert set(connection.execute(kinds).scalars()) == KINDS | (
            {"maturing"} if pending_days else set()
        )


def second_manager(programme: Programme) -> UUID:
    with programme.work() as work:
        return add_staff(
            work, NewStaff("901", "Zhao", ("duty_manager",), programme.office_id, "$argon2id$")
        )
