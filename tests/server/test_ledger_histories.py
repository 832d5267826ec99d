"""Any history of points keeps the books: zero at every commit, lots and balances as posted.

Whose it is gives a share to a family, leaves it, and turns out to have more than one record.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain import ledger, reversing
from app.domain.points_rules import PointsRules
from sync.server.pooling import Pooling
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.histories import PENDING_DAYS, STEPS, Counters

histories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(1, 120), st.integers(0, 9)),
    min_size=15,
    max_size=40,
)

# What makes each kind of booking at least once, whatever chance does besides
EACH = [
    ("share", 50, 0), ("earn", 120, 0), ("earn", 100, 0), ("fly", 1, 9), ("wait", 6, 0),
    ("lease", 1, 0), ("leased", 5, 0), ("hand back", 1, 0), ("risk", 20, 0), ("risk", 10, 0),
    ("refund", 5, 0), ("void", 1, 1), ("reduce", 10, 0), ("reverse", 1, 1), ("give", 60, 0),
    ("take", 20, 0), ("merge", 70, 1), ("merge", 30, 0), ("earn", 90, 1), ("wait", 100, 0),
]  # fmt: skip

KINDS = {
    "accrual", "accrual_reduction", "accrual_reversal", "redemption", "redemption_reversal",
    "refund", "adjustment", "lease", "lease_return", "expiry", "opening", "merge", "family_share",
    "family_return",
}  # fmt: skip


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

    counters.play(EACH)
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


def _share_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Pooling.give

    def twice(*args: Any, **options: Any) -> None:
        real(*args, **options)
        real(*args, **options)

    monkeypatch.setattr(Pooling, "give", twice)


def _share_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pooling, "take_back", lambda *_, **__: None)


def _share_before_debt(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Pooling.give
    monkeypatch.setattr(
        Pooling, "give", lambda *args, **options: real(*args, **{**options, "owed": 0})
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("plant", "noticed"),
    [
        (_lot_order, AssertionError),
        (_double_restore, AssertionError),
        (_pending_spent, AssertionError),
        (_fee_forgotten, AssertionError),
        (_half_a_posting, AssertionError),
        (_share_twice, ValueError),  # the ledger gives no share of what isn't there
        (_share_stays, AssertionError),
        (_share_before_debt, ValueError),
    ],
)
def test_a_planted_bug_is_noticed(
    programme: Programme,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[..., None],
    noticed: type[Exception],
) -> None:
    counters, source = Counters.of(programme, PENDING_DAYS), random.Random(1)
    plant(monkeypatch)
    with pytest.raises(noticed, match="of what is there" if noticed is ValueError else None):
        counters.play_at_random(source, histories=60)
