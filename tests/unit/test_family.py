"""A family's shares: all of what is earned goes somewhere, and all of it comes back."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import pooling
from app.domain.errors import Rejected
from app.domain.family import FamilyRules, share_left, split
from app.domain.ledger import MAX_POINTS, Account, Holdings, Lot, earn
from app.domain.reversing import reverse_earning

OWN, HEADS = UUID(int=1), UUID(int=2)
points = st.integers(1, MAX_POINTS)


@given(points, st.integers(0, MAX_POINTS), st.integers(0, 100))
def test_each_point_goes_to_one_place(earned: int, owed: int, percent: int) -> None:
    done = split(earned, owed=owed, percent=percent)
    assert done.repaid + done.shared + done.kept == earned
    assert min(done) >= 0
    assert done.repaid == min(earned, owed), "what is owed goes first"
    assert done.shared * 100 <= (earned - done.repaid) * percent < done.shared * 100 + 100


@given(points, st.integers(0, 100), st.lists(st.integers(1, 10**6), max_size=8))
def test_parts_come_to_the_same_in_any_order(earned: int, percent: int, parts: list[int]) -> None:
    shared = split(earned, owed=0, percent=percent).shared
    left, head = earned, shared
    for part in parts:
        part = min(part, left)
        kept = share_left(shared, earned=earned, left=left - part)
        assert 0 <= head - kept <= part, "no more comes back than is taken back"
        left, head = left - part, kept
        assert head <= left
    assert head == share_left(shared, earned=earned, left=left)
    assert share_left(shared, earned=earned, left=0) == 0


def test_the_setting_says_what_it_leaves_out() -> None:
    assert FamilyRules.from_setting({}).to_setting() == {"members": 8}
    assert FamilyRules.from_setting({"members": 3}).members == 3
    for wrong in ({"members": 0}, {"members": True}, {"members": 2.0}, {"limit": 3}):
        with pytest.raises(ValueError, match="family"):
            FamilyRules.from_setting(wrong)


@st.composite
def heads(draw: st.DrawFn) -> Holdings:
    lots = []
    for n in range(draw(st.integers(0, 3))):
        earned = draw(st.integers(1, 500))
        remaining = draw(st.integers(0, earned))
        lots.append(Lot(UUID(int=10 + n), earned, remaining, draw(st.integers(0, remaining)), None))
    return Holdings(tuple(lots), draw(st.sampled_from([0, 0, 30, 900])))


@given(heads(), st.integers(1, 500), st.integers(0, 600), st.integers(1, 100), st.data())
def test_what_is_given_and_taken_back_leaves_nobody_richer(
    head: Holdings, earned: int, owed: int, percent: int, data: st.DataObject
) -> None:
    before = Holdings((), owed)
    flyer = earn(before, lot_id=OWN, points=earned, expires_on="2027-12-31").after
    shared = split(earned, owed=owed, percent=percent).shared
    if not shared:
        return
    given_ = pooling.give(flyer, lot_id=OWN, points=shared)
    got = pooling.receive(head, lot_id=HEADS, points=shared, expires_on="2027-12-31")
    lines = (*given_.postings, *got.postings)
    assert sum(line.amount for line in lines) == 0
    assert {line.account for line in lines} == {Account.AVAILABLE}
    assert given_.after.posted == flyer.posted - shared
    assert got.after.posted == head.posted + shared
    part = data.draw(st.integers(1, earned))
    back = shared - share_left(shared, earned=earned, left=earned - part)
    expired = data.draw(st.integers(0, shared))
    expired = min(expired, next(lot.remaining for lot in got.after.lots if lot.lot_id == HEADS))
    gone = Holdings(
        tuple(
            Lot(lot.lot_id, lot.earned, lot.remaining - expired, lot.leased, lot.expires_on)
            if lot.lot_id == HEADS
            else lot
            for lot in got.after.lots
        ),
        got.after.overdrawn,
    )
    if back:
        came = pooling.give_back(gone, lot_id=HEADS, points=back, expired_points=expired)
        again = pooling.take_again(given_.after, lot_id=OWN, points=back)
        lines = (*came.postings, *again.postings)
        assert sum(line.amount for line in lines) == 0
        lost = -sum(line.amount for line in lines if line.account is Account.EXPIRED)
        assert 0 <= lost <= expired
        assert came.after.posted == gone.posted - back + lost
        undone = reverse_earning(again.after, lot_id=OWN, points=part)
        assert undone.after.posted == flyer.posted - shared + back - part
        for lot in (*came.after.lots, *undone.after.lots):
            assert 0 <= lot.leased <= lot.remaining <= lot.earned


def test_a_head_can_hold_only_so_much() -> None:
    full = Holdings((Lot(UUID(int=9), MAX_POINTS, MAX_POINTS, 0, None),))
    with pytest.raises(Rejected, match="out of bounds"):
        pooling.receive(full, lot_id=HEADS, points=1, expires_on=None)


def test_no_share_is_given_of_what_is_not_there() -> None:
    lot = Lot(OWN, 10, 10, 3, "2027-12-31")
    with pytest.raises(ValueError, match="of what is there"):
        pooling.give(Holdings(lots=(lot,)), lot_id=OWN, points=8)
