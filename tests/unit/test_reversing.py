"""What was spent or earned goes back in parts, to the lots that it came from."""

from __future__ import annotations

from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import ledger, reversing
from app.domain.errors import Rejected
from app.domain.ledger import Account, Change, Holdings, Lot
from app.domain.reversing import Part
from tests.unit.test_ledger import TODAY, check

LOTS = (
    Lot(UUID(int=1), 100, 100, 0, "2026-12-31"),
    Lot(UUID(int=2), 100, 100, 0, "2027-06-30"),
    Lot(UUID(int=3), 100, 100, 0, None),
)


def spent(points: int) -> Change:
    return ledger.spend(Holdings(LOTS), points, today=TODAY, at_risk=True)


def undo(held: Holdings, change: Change, part: Part | None = None) -> Change:
    ids = count(100)
    undone = reversing.reverse_spend(
        held, change.postings, part, to_lease=False, new_id=lambda: UUID(int=next(ids))
    )
    check(held, undone)
    return undone


def left(held: Holdings) -> list[int]:
    return [lot.remaining for lot in held.lots]


def test_what_was_drawn_last_comes_back_first() -> None:
    change = spent(250)
    first = undo(change.after, change, Part(60))
    assert left(first.after) == [0, 10, 100]
    second = undo(first.after, change, Part(60, already=60))
    assert left(second.after) == [0, 70, 100]
    rest = undo(second.after, change, Part(130, already=120))
    assert left(rest.after) == [100, 100, 100]


def test_the_fee_is_taken_from_what_expires_first() -> None:
    change = spent(250)
    back = undo(change.after, change, Part(200, fee=30))
    assert left(back.after) == [20, 100, 100], "180 come back, and were 50 of the first lot"
    assert [(p.account, p.amount) for p in back.postings][-2:] == [
        (Account.REDEEMED, -200),
        (Account.FEES, 30),
    ]
    whole = undo(change.after, change, Part(200, fee=200))
    assert whole.after.posted == change.after.posted


def test_points_last_longer_where_they_would_have_expired_before_a_day() -> None:
    change = spent(250)
    back = undo(change.after, change, Part(250, until="2027-01-31"))
    assert [(lot.expires_on, lot.remaining) for lot in back.after.lots] == [
        ("2026-12-31", 0),
        ("2027-06-30", 100),
        (None, 100),
        ("2027-01-31", 100),
    ], "50 of the last lot had never left it"
    longer = undo(change.after, change, Part(250, until="2028-01-31"))
    assert [lot.remaining for lot in longer.after.lots] == [0, 0, 100, 200]


def test_never_more_than_was_spent() -> None:
    change = spent(100)
    for part in (Part(101), Part(1, already=100), Part(60, already=41)):
        with pytest.raises(Rejected) as refusal:
            undo(change.after, change, part)
        assert refusal.value.code == "over_refund"
    with pytest.raises(Rejected) as refusal:
        undo(change.after, change, Part(0))
    assert refusal.value.code == "bad_points"


def test_what_was_owed_is_forgiven_first() -> None:
    change = spent(350)
    assert change.after.overdrawn == 50
    back = undo(change.after, change, Part(80))
    assert (back.after.overdrawn, left(back.after)) == (0, [0, 0, 30])


def test_a_part_of_what_was_earned_is_taken_from_its_own_lot_first() -> None:
    held = Holdings(LOTS)
    change = reversing.reverse_earning(held, lot_id=UUID(int=2), points=40)
    assert left(change.after) == [100, 60, 100]
    gone = reversing.reverse_earning(
        ledger.expire(held, "2027-01-01").after, lot_id=UUID(int=1), points=40, expired_points=100
    )
    assert gone.after.posted == 200, "it had expired, and is taken no second time"


@given(
    st.integers(1, 400),
    st.lists(st.tuples(st.integers(1, 150), st.integers(0, 100), st.booleans()), max_size=6),
)
def test_any_parts_come_to_the_whole(points: int, parts: list[tuple[int, int, bool]]) -> None:
    change = spent(points)
    held, already, fees = change.after, 0, 0
    ids = count(1000)
    for wanted, percent, longer in parts:
        part = Part(wanted, already, wanted * percent // 100, "2027-03-31" if longer else None)
        try:
            undone = reversing.reverse_spend(
                held, change.postings, part, to_lease=False, new_id=lambda: UUID(int=next(ids))
            )
        except Rejected:
            assert already + wanted > points
            continue
        check(held, undone)
        held, already, fees = undone.after, already + wanted, fees + part.fee
    if already < points:
        held = undo(held, change, Part(points - already, already)).after
    assert held.posted == 300 - fees
