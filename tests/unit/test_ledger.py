"""The ledger's promises, attacked with any sequence of operations."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import ledger, reversing
from app.domain.errors import Rejected
from app.domain.ledger import Account, Change, Holdings, Lot, Posting

DAYS = [None, "2026-03-31", "2026-12-31", "2027-06-30", "2028-01-31"]
TODAY = "2026-06-30"
OWN = (Account.AVAILABLE, Account.LEASED)


def lot(n: int, remaining: int, expires_on: str | None, leased: int = 0) -> Lot:
    return Lot(UUID(int=n), max(remaining, 1), remaining, leased, expires_on)


def check(before: Holdings, change: Change) -> None:
    """Postings sum to zero and say exactly how the holdings changed, lot by lot."""
    assert sum(p.amount for p in change.postings) == 0
    own = [p for p in change.postings if p.account in OWN]
    assert change.after.posted - before.posted == sum(p.amount for p in own)
    leased = sum(p.amount for p in own if p.account == Account.LEASED)
    assert change.after.leased - before.leased == leased
    old = {held.lot_id: held.remaining for held in before.lots}
    for held in change.after.lots:
        assert 0 <= held.leased <= held.remaining <= held.earned
        moved = sum(p.amount for p in own if p.lot_id == held.lot_id)
        assert held.remaining - old.get(held.lot_id, 0) == moved
    owed = -sum(p.amount for p in own if p.lot_id is None)
    assert change.after.overdrawn - before.overdrawn == owed
    assert change.after.overdrawn >= 0


def test_spending_takes_what_expires_first() -> None:
    held = Holdings((lot(1, 100, None), lot(2, 100, "2028-01-31"), lot(3, 100, "2026-12-31")))
    change = ledger.spend(held, 150, today=TODAY)
    assert [(p.lot_id, p.amount) for p in change.postings] == [
        (UUID(int=3), -100),
        (UUID(int=2), -50),
        (None, 150),
    ]
    assert held.next_expiry(TODAY) == ("2026-12-31", 100)
    assert change.after.next_expiry(TODAY) == ("2028-01-31", 50)


def test_points_that_wait_stand_outside_the_balance() -> None:
    held = Holdings((lot(1, 100, None),))
    waiting = ledger.hold(held, lot_id=UUID(int=2), points=50, pending=10)
    check(held, waiting)
    assert waiting.after == held
    assert [(p.account, p.amount) for p in waiting.postings] == [
        (Account.PENDING, 50),
        (Account.ISSUED, -50),
    ]
    with pytest.raises(Rejected, match="out of bounds"):
        ledger.hold(held, lot_id=UUID(int=2), points=50, pending=ledger.MAX_POINTS - 149)


def test_what_counts_for_a_tier_is_booked_in_a_unit_of_its_own() -> None:
    earned = ledger.earn(Holdings(), lot_id=UUID(int=1), points=100, expires_on=None)
    assert ledger.with_units(earned, lot_id=UUID(int=1), units=0) == earned
    counted = ledger.with_units(earned, lot_id=UUID(int=1), units=-30)
    assert counted.after == earned.after
    assert [(p.unit, p.amount) for p in counted.postings[len(earned.postings) :]] == [
        (ledger.Unit.QUALIFYING, -30),
        (ledger.Unit.QUALIFYING, 30),
    ]


def test_what_is_leased_is_not_spendable_elsewhere() -> None:
    held = ledger.grant_lease(Holdings((lot(1, 100, None),)), 60, today=TODAY).after
    assert (held.posted, held.leased, held.available) == (100, 60, 40)
    with pytest.raises(Rejected) as refusal:
        ledger.spend(held, 41, today=TODAY)
    assert refusal.value.detail == {"missing_points": 1}
    with pytest.raises(Rejected):
        ledger.grant_lease(held, 41, today=TODAY)
    with pytest.raises(Rejected) as refusal:
        ledger.spend_lease(held, {UUID(int=1): 60}, 61)
    assert refusal.value.code == "lease_exceeded"


def test_what_is_handed_on_of_a_lease_goes_by_the_earliest_day() -> None:
    held = Holdings((lot(1, 50, "2027-01-31", 50), lot(2, 50, "2026-12-31", 50)))
    shares = {UUID(int=1): 50, UUID(int=2): 50}
    assert ledger.part_of_lease(held, shares, 70) == {UUID(int=2): 50, UUID(int=1): 20}
    for points, code in ((101, "lease_exceeded"), (0, "bad_points")):
        with pytest.raises(Rejected) as refusal:
            ledger.part_of_lease(held, shares, points)
        assert refusal.value.code == code


def test_a_debt_is_paid_by_what_is_earned_next_and_comes_back_as_points() -> None:
    risky = ledger.spend(Holdings((lot(1, 30, "2026-12-31"),)), 100, at_risk=True, today=TODAY)
    assert (risky.after.posted, risky.after.overdrawn) == (-70, 70)
    earned = ledger.earn(risky.after, lot_id=UUID(int=2), points=50, expires_on="2027-06-30")
    assert (earned.after.posted, earned.after.overdrawn) == (-20, 20)
    undone = reversing.reverse_spend(
        earned.after, risky.postings, to_lease=False, new_id=lambda: UUID(int=9)
    )
    check(earned.after, undone)
    assert undone.after.posted == 80
    assert {(held.lot_id.int, held.remaining) for held in undone.after.lots} == {
        (1, 30),
        (2, 0),
        (9, 50),
    }


def test_reversing_an_accrual_spares_leases() -> None:
    held = Holdings((lot(1, 100, "2026-12-31"), lot(2, 20, None)))
    held = ledger.grant_lease(held, 90, today=TODAY).after
    change = reversing.reverse_earning(held, lot_id=UUID(int=1), points=100)
    check(held, change)
    assert (change.after.leased, change.after.overdrawn, change.after.posted) == (90, 70, 20)


@pytest.mark.parametrize("points", [0, -1, 2**53 + 1])
def test_points_are_bounded(points: int) -> None:
    held = Holdings((lot(1, 2**53, None),))
    for change in (
        lambda: ledger.spend(held, points, at_risk=True, today=TODAY),
        lambda: ledger.grant_lease(held, points, today=TODAY),
        lambda: ledger.spend_lease(held, {}, points),
        lambda: ledger.earn(held, lot_id=UUID(int=5), points=points, expires_on=None),
        lambda: reversing.reverse_earning(held, lot_id=UUID(int=1), points=points),
    ):
        with pytest.raises(Rejected) as refusal:
            change()
        assert refusal.value.code == "bad_points"
    with pytest.raises(Rejected):
        ledger.earn(held, lot_id=UUID(int=5), points=1, expires_on=None)


def test_what_has_expired_is_neither_spent_nor_leased_nor_shown_as_next() -> None:
    held = Holdings((lot(1, 100, "2026-06-29"), lot(2, 40, TODAY), lot(3, 9, None)))
    assert (held.available, held.spendable(TODAY)) == (149, 49)
    assert held.next_expiry(TODAY) == (TODAY, 40)
    for change in (ledger.spend, ledger.grant_lease):
        with pytest.raises(Rejected) as refusal:
            change(held, 50, today=TODAY)
        assert refusal.value.detail == {"missing_points": 1}
        assert UUID(int=1) not in {p.lot_id for p in change(held, 49, today=TODAY).postings}
    owed = ledger.spend(held, 60, today=TODAY, at_risk=True)
    check(held, owed)
    assert owed.after.overdrawn == 11


def test_an_expired_lot_goes_but_for_what_a_counter_holds() -> None:
    held = Holdings((lot(1, 100, "2026-06-29", leased=30), lot(2, 40, TODAY)))
    change = ledger.expire(held, TODAY)
    check(held, change)
    assert (change.after.posted, change.after.leased, change.after.available) == (70, 30, 40)
    assert ledger.expire(change.after, TODAY) == Change(change.after, ())
    spent = ledger.spend_lease(change.after, {UUID(int=1): 30}, 20)  # promised, so honoured
    closed = ledger.close_lease(spent.after, {UUID(int=1): 10})
    assert closed.after.spendable(TODAY) == 40
    assert ledger.expire(closed.after, TODAY).after.posted == 40


def test_what_is_forfeited_goes_but_for_what_a_counter_holds() -> None:
    held = Holdings((lot(1, 100, TODAY, leased=30), lot(2, 40, None)))
    change = ledger.forfeit(held)
    check(held, change)
    assert (change.after.posted, change.after.leased, change.after.available) == (30, 30, 0)
    assert ledger.forfeit(change.after) == Change(change.after, ())


def test_an_accrual_that_has_expired_is_not_taken_twice() -> None:
    held = ledger.expire(Holdings((lot(1, 100, "2026-06-29"), lot(2, 500, None))), TODAY).after
    change = reversing.reverse_earning(held, lot_id=UUID(int=1), points=100, expired_points=100)
    check(held, change)
    assert change.after.posted == 500


def test_an_empty_lease_closes_without_postings() -> None:
    held = Holdings((lot(1, 5, None),))
    assert ledger.close_lease(held, {UUID(int=1): 0}) == Change(held, ())


operations = st.lists(
    st.tuples(
        st.sampled_from(
            ["earn", "spend", "risk", "lease", "lease_spend", "close", "undo", "unearn", "expire"]
        ),
        st.integers(1, 200),
        st.sampled_from(DAYS),
        st.integers(0, 10),
    ),
    max_size=30,
)


@given(operations)
def test_any_sequence_balances(steps: list[tuple[str, int, str | None, int]]) -> None:
    held = Holdings()
    leases: list[dict[UUID, int]] = []
    spent: list[tuple[tuple[Posting, ...], dict[UUID, int] | None]] = []
    earned: list[tuple[UUID, int]] = []
    expiry: dict[UUID, str | None] = {}
    expired: Counter[UUID | None] = Counter()
    for n, (what, points, day, pick) in enumerate(steps, start=1):
        shares = leases[pick % len(leases)] if leases else {}
        undone: tuple[tuple[Posting, ...], dict[UUID, int] | None] | None = None
        try:
            if what == "earn":
                change = ledger.earn(held, lot_id=UUID(int=n), points=points, expires_on=day)
                earned.append((UUID(int=n), points))
                expiry[UUID(int=n)] = day
            elif what in ("spend", "risk"):
                change = ledger.spend(held, points, at_risk=what == "risk", today=TODAY)
                spent.append((change.postings, None))
            elif what == "lease":
                change = ledger.grant_lease(held, points, today=TODAY)
                leases.append({})
                shares = leases[-1]
            elif what == "lease_spend":
                change = ledger.spend_lease(held, shares, points)
                spent.append((change.postings, shares))
            elif what == "close":
                change = ledger.close_lease(held, shares)
            elif what == "undo" and spent:
                undone = spent.pop(pick % len(spent))
                open_lease = undone[1] is not None and any(undone[1] is s for s in leases)
                shares = undone[1] if open_lease and undone[1] is not None else {}
                change = reversing.reverse_spend(
                    held, undone[0], to_lease=open_lease, new_id=iter([UUID(int=1000 + n)]).__next__
                )
                expiry[UUID(int=1000 + n)] = None
            elif what == "unearn" and earned:
                lot_id, amount = earned.pop(pick % len(earned))
                change = reversing.reverse_earning(
                    held, lot_id=lot_id, points=amount, expired_points=expired[lot_id]
                )
            elif what == "expire":
                change = ledger.expire(held, TODAY)
                for posting in change.postings:
                    if posting.account == Account.AVAILABLE:
                        expired[posting.lot_id] -= posting.amount
                assert change.after.leased == held.leased
                assert change.after.available == change.after.spendable(TODAY)
                assert ledger.expire(change.after, TODAY) == Change(change.after, ())
            else:
                continue
        except Rejected:
            continue
        check(held, change)
        if what in ("spend", "lease"):
            touched = {p.lot_id for p in change.postings if p.account in OWN}
            assert not any(expiry[i] == "2026-03-31" for i in touched if i is not None)
        if what not in ("risk", "unearn", "expire"):
            assert change.after.posted >= min(0, held.posted)
        for posting in change.postings:
            if posting.account == Account.LEASED and posting.lot_id is not None:
                shares[posting.lot_id] = shares.get(posting.lot_id, 0) + posting.amount
        if what == "close":
            leases = [s for s in leases if s is not shares]
        held = change.after
        assert {x.lot_id: x.expires_on for x in held.lots} == {
            x.lot_id: expiry[x.lot_id] for x in held.lots
        }
        assert held.leased == sum(sum(s.values()) for s in leases)


def test_what_never_expires_is_announced_by_nobody() -> None:
    held = Holdings((lot(1, 500, None), lot(2, 0, "2026-12-31"), lot(3, 70, "2026-03-31")))
    assert held.next_expiry(TODAY) == (None, 0)
    held = Holdings((*held.lots, lot(4, 30, TODAY), lot(5, 20, TODAY, leased=5)))
    assert held.next_expiry(TODAY) == (TODAY, 50)


def test_what_was_owed_and_paid_off_since_comes_back_as_a_lot() -> None:
    """Undone after the debt was paid: nothing is left to forgive, and nothing is lost."""
    start = Holdings((lot(1, 100, None),))
    owing = ledger.spend(start, 400, today=TODAY, at_risk=True)
    assert owing.after.overdrawn == 300
    paid = ledger.earn(owing.after, lot_id=UUID(int=2), points=250, expires_on=None)
    for points, forgiven in ((0, 50), (50, 0)):
        held = paid.after
        if points:
            held = ledger.earn(held, lot_id=UUID(int=3), points=points, expires_on=None).after
        undone = reversing.reverse_spend(
            held, owing.postings, to_lease=False, new_id=lambda: UUID(int=9)
        )
        check(held, undone)
        assert undone.after.overdrawn == 0
        assert undone.after.posted == 350 + points
        new = next(held for held in undone.after.lots if held.lot_id == UUID(int=9))
        assert (new.remaining, new.expires_on) == (300 - forgiven, None)
