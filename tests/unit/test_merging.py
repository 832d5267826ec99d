"""Two people's points put together: nothing is lost, nothing made, each lot keeps its day."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.domain.ledger import MAX_POINTS, Account, Holdings, Lot, Unit
from app.domain.merging import merge
from app.domain.tiers import Level, TierHeld, TierRules

TIERS = TierRules(1, (Level("silver", 5), Level("gold", 10)), base="basic")


@st.composite
def holdings(draw: st.DrawFn, first: int) -> Holdings:
    lots = []
    for n in range(draw(st.integers(0, 4))):
        earned = draw(st.integers(1, 500))
        remaining = draw(st.integers(0, earned))
        leased = draw(st.integers(0, remaining))
        day = draw(st.sampled_from(["2026-01-31", "2027-06-30", None]))
        lots.append(Lot(UUID(int=first + n), earned, remaining, leased, day))
    return Holdings(tuple(lots), draw(st.integers(0, 600)))


waiting = st.dictionaries(st.integers(200, 210).map(lambda n: UUID(int=n)), st.integers(1, 90))


@given(holdings(1), holdings(100), waiting, waiting)
def test_all_of_it_moves_and_nothing_else_happens(
    away: Holdings, stay: Holdings, pending: dict[UUID, int], units: dict[UUID, int]
) -> None:
    done = merge(away, stay, pending=pending, units=units)
    assert done.away.after == Holdings()
    assert done.stay.after.posted == away.posted + stay.posted
    assert done.stay.after.leased == away.leased + stay.leased
    totals: Counter[Unit] = Counter()
    of_away: Counter[tuple[Account, UUID | None, Unit]] = Counter()
    for line in done.away.postings:
        totals[line.unit] += line.amount
        of_away[line.account, line.lot_id, line.unit] += line.amount
    for line in done.stay.postings:
        totals[line.unit] += line.amount
    assert not any(totals.values())
    for lot in away.lots:
        assert of_away[Account.AVAILABLE, lot.lot_id, Unit.POINTS] == -lot.free
        assert of_away[Account.LEASED, lot.lot_id, Unit.POINTS] == -lot.leased
    assert of_away[Account.AVAILABLE, None, Unit.POINTS] == away.overdrawn
    before = {lot.lot_id: lot for lot in (*away.lots, *stay.lots)}
    for lot in done.stay.after.lots:
        was = before.pop(lot.lot_id)
        assert (lot.earned, lot.expires_on, lot.leased) == (was.earned, was.expires_on, was.leased)
        assert 0 <= lot.leased <= lot.remaining <= was.remaining
    assert not before
    free = sum(lot.free for lot in done.stay.after.lots)
    assert done.stay.after.overdrawn == 0 or free == 0, "what is free pays what is owed"


def test_what_one_owes_is_paid_by_what_expires_first_of_both() -> None:
    soon, late = Lot(UUID(int=1), 50, 50, 0, "2026-01-31"), Lot(UUID(int=2), 50, 50, 20, None)
    done = merge(Holdings((late,), 0), Holdings((soon,), 70), pending={}, units={})
    left = {lot.lot_id: lot.remaining for lot in done.stay.after.lots}
    assert left == {soon.lot_id: 0, late.lot_id: 30}
    assert done.stay.after.overdrawn == 0


def test_more_than_there_may_be_is_refused() -> None:
    half = MAX_POINTS // 2 + 1
    one, other = (Holdings((Lot(UUID(int=n), half, half, 0, None),)) for n in (1, 2))
    with pytest.raises(Rejected, match="bounds"):
        merge(one, other, pending={}, units={})


@pytest.mark.parametrize(
    ("stay", "away", "both"),
    [
        (TierHeld("silver", None, "2026-12-31"), TierHeld("gold", None, "2026-06-30"), "away"),
        (TierHeld("gold", None, "2026-12-31"), TierHeld("gold", None, "2027-12-31"), "away"),
        (TierHeld("gold"), TierHeld("gold", None, "2027-12-31"), "stay"),
        (TierHeld("gold"), TierHeld("gold"), "stay"),
        (TierHeld("basic"), TierHeld(""), "stay"),
        (TierHeld("ours"), TierHeld("gold"), "stay"),
        (TierHeld("silver"), TierHeld("theirs"), "stay"),
        (TierHeld("basic"), TierHeld("theirs"), "away"),
        (TierHeld("ours"), TierHeld("theirs"), "stay"),
    ],
)
def test_the_higher_tier_counts_with_its_end(stay: TierHeld, away: TierHeld, both: str) -> None:
    assert TIERS.of_both(stay, away) is {"stay": stay, "away": away}[both]
