"""The part of `audit` that follows points through parts undone, waits, tiers and adjustments.

Whatever was booked under an accrual, a redemption or an adjustment, over all of its transactions,
is what is left of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.ledger import Account, Unit
from sync.server import expiry
from sync.server.corrections import POSTED
from sync.server.store import tables as t
from sync.server.store.bulk import stream

_ACCRUAL: Final = ("accrual", "accrual_reduction", "accrual_reversal")
_REDEMPTION: Final = ("redemption", "refund", "redemption_reversal")


def corrections(connection: Connection) -> Iterator[str]:
    """A line for each wrong row."""
    yield from _left(connection)
    yield from _parts(connection)
    yield from _expired(connection)
    yield from _pending(connection)
    yield from _qualifying(connection)
    yield from _settings(connection)


def _booked(account: Account, kinds: tuple[str, ...]) -> sa.Subquery:
    """Points by what the transactions are about."""
    txn, posting = t.ledger_txn, t.posting
    return (
        sa.select(txn.c.programme_id, txn.c.ref_id, sa.func.sum(posting.c.amount).label("n"))
        .join(
            posting,
            (posting.c.programme_id == txn.c.programme_id) & (posting.c.txn_id == txn.c.txn_id),
        )
        .where(
            txn.c.kind.in_(kinds),
            posting.c.account == str(account),
            posting.c.unit == str(Unit.POINTS),
        )
        .group_by(txn.c.programme_id, txn.c.ref_id)
        .subquery()
    )


def _left(connection: Connection) -> Iterator[str]:
    accrual, redemption, adjustment = t.accrual, t.redemption, t.adjustment
    for table, key, account, kinds, left in (
        (
            accrual,
            accrual.c.accrual_id,
            Account.ISSUED,
            _ACCRUAL,
            sa.case((accrual.c.state == "reversed", 0), else_=accrual.c.reduced - accrual.c.points),
        ),
        (
            redemption,
            redemption.c.redemption_id,
            Account.REDEEMED,
            _REDEMPTION,
            sa.case(
                (redemption.c.state == POSTED, redemption.c.points - redemption.c.refunded),
                else_=0,
            ),
        ),
        (
            adjustment,
            adjustment.c.adjustment_id,
            Account.ADJUSTED,
            ("adjustment",),
            sa.case((adjustment.c.state == POSTED, -adjustment.c.points), else_=0),
        ),
    ):
        booked = _booked(account, kinds)
        n = sa.func.coalesce(booked.c.n, 0)
        wrong = (
            sa.select(key.label("id"), left.label("left"), n.label("n"))
            .select_from(
                table.outerjoin(
                    booked,
                    (booked.c.programme_id == table.c.programme_id) & (booked.c.ref_id == key),
                )
            )
            .where(n != left)
        )
        for row in stream(connection, wrong):
            yield f"{table.name} {row.id}: {abs(row.left)} points are left of it, {row.n} booked"


def _parts(connection: Connection) -> Iterator[str]:
    refund = t.refund
    parts = (
        sa.select(refund.c.programme_id, refund.c.of_id, sa.func.sum(refund.c.points).label("n"))
        .where(refund.c.state == POSTED)
        .group_by(refund.c.programme_id, refund.c.of_id)
        .subquery()
    )
    n: sa.ColumnElement[Any] = sa.func.coalesce(parts.c.n, 0)
    for table, key, part in (
        (t.redemption, t.redemption.c.redemption_id, t.redemption.c.refunded),
        (t.accrual, t.accrual.c.accrual_id, t.accrual.c.reduced),
    ):
        joined = table.outerjoin(
            parts, (parts.c.programme_id == table.c.programme_id) & (parts.c.of_id == key)
        )
        wrong = sa.select(key.label("id"), part.label("part"), n.label("n")).select_from(joined)
        # with its last part an accrual is reversed, and that part is in its points alone
        not_last = sa.true() if table is t.redemption else t.accrual.c.state != "reversed"
        apart = ((part != n) & not_last) | (part < 0) | (part > table.c.points)
        for row in stream(connection, wrong.where(apart)):
            yield f"{table.name} {row.id}: {row.part} points undone in parts, refunds say {row.n}"


def _expired(connection: Connection) -> Iterator[str]:
    """What an accrual's undoing counted as expired had expired."""
    txn, posting = t.ledger_txn, t.posting
    counted = _booked(Account.EXPIRED, _ACCRUAL)
    gone = (
        sa.select(
            posting.c.programme_id, posting.c.lot_id, sa.func.sum(posting.c.amount).label("n")
        )
        .join(
            txn,
            (txn.c.programme_id == posting.c.programme_id) & (txn.c.txn_id == posting.c.txn_id),
        )
        .where(txn.c.kind == expiry.KIND, posting.c.lot_id.is_not(None))
        .group_by(posting.c.programme_id, posting.c.lot_id)
        .subquery()
    )
    n = sa.func.coalesce(gone.c.n, 0)
    joined = counted.outerjoin(
        gone, (gone.c.programme_id == counted.c.programme_id) & (gone.c.lot_id == counted.c.ref_id)
    )
    wrong = sa.select(counted.c.ref_id, counted.c.n, n.label("gone")).select_from(joined)
    for row in stream(connection, wrong.where(counted.c.n < n)):
        yield f"accrual {row.ref_id}: {-row.n} points were undone as expired, {-row.gone} had"


def _pending(connection: Connection) -> Iterator[str]:
    accrual, posting, balance = t.accrual, t.posting, t.balance
    waiting = (
        sa.select(
            accrual.c.programme_id,
            accrual.c.member_id,
            sa.func.sum(accrual.c.points - accrual.c.reduced).label("n"),
        )
        .where(accrual.c.state == "pending")
        .group_by(accrual.c.programme_id, accrual.c.member_id)
        .subquery()
    )
    booked = (
        sa.select(
            posting.c.programme_id, posting.c.member_id, sa.func.sum(posting.c.amount).label("n")
        )
        .where(posting.c.account == str(Account.PENDING))
        .group_by(posting.c.programme_id, posting.c.member_id)
        .subquery()
    )
    said, there = (sa.func.coalesce(found.c.n, 0) for found in (waiting, booked))
    joined: sa.FromClause = balance
    for found in (waiting, booked):
        same = (found.c.programme_id == balance.c.programme_id) & (
            found.c.member_id == balance.c.member_id
        )
        joined = joined.outerjoin(found, same)
    wrong = (
        sa.select(balance.c.member_id, balance.c.pending, said.label("a"), there.label("b"))
        .select_from(joined)
        .where((balance.c.pending != said) | (balance.c.pending != there))
    )
    for row in stream(connection, wrong):
        yield (
            f"balance of member {row.member_id}: {row.pending} pending,"
            f" accruals say {row.a}, postings {row.b}"
        )


def _qualifying(connection: Connection) -> Iterator[str]:
    posting, qualifying = t.posting, t.qualifying
    booked = (
        sa.select(
            posting.c.programme_id,
            posting.c.member_id,
            posting.c.lot_id,
            sa.func.sum(posting.c.amount).label("n"),
        )
        .where(posting.c.account == str(Account.QUALIFIED))
        .group_by(posting.c.programme_id, posting.c.member_id, posting.c.lot_id)
        .subquery()
    )
    n = sa.func.coalesce(booked.c.n, 0)
    units = sa.func.coalesce(qualifying.c.units, 0)
    joined = booked.outerjoin(
        qualifying,
        (qualifying.c.programme_id == booked.c.programme_id)
        & (qualifying.c.member_id == booked.c.member_id)
        & (qualifying.c.accrual_id == booked.c.lot_id),
    )
    wrong = (
        sa.select(booked.c.lot_id, units.label("units"), n.label("n"))
        .select_from(joined)
        .where(units != n)
    )
    for row in stream(connection, wrong):
        yield f"qualifying of accrual {row.lot_id}: {row.units} units, {row.n} posted"
    baseless = (
        sa.select(qualifying.c.accrual_id)
        .select_from(
            qualifying.outerjoin(
                booked,
                (qualifying.c.programme_id == booked.c.programme_id)
                & (qualifying.c.member_id == booked.c.member_id)
                & (qualifying.c.accrual_id == booked.c.lot_id),
            )
        )
        .where(booked.c.lot_id.is_(None), qualifying.c.units != 0)  # 0: undone, then merged
    )
    for row in stream(connection, baseless):
        yield f"qualifying of accrual {row.accrual_id}: nothing is posted of it"


def _settings(connection: Connection) -> Iterator[str]:
    setting, kept = t.setting, t.setting_version
    joined = setting.outerjoin(
        kept,
        (kept.c.programme_id == setting.c.programme_id)
        & (kept.c.name == setting.c.name)
        & (kept.c.version == setting.c.version)
        & (kept.c.value == setting.c.value),
    )
    lost = sa.select(setting.c.name, setting.c.version).select_from(joined)
    for row in stream(connection, lost.where(kept.c.name.is_(None))):
        yield f"setting {row.name}: its version {row.version} isn't kept as it is in force"
