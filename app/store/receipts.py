"""Receipts and used vouchers in work.db: what the print queue and the counter ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.ports.work import ReceiptRow
from app.store.tables import receipt, voucher_use

_COLUMNS: Final = tuple(field.name for field in fields(ReceiptRow))
_receipts = select(*(receipt.c[name] for name in _COLUMNS))

ONE: Final = _receipts.where(receipt.c.receipt_id == bindparam("id"))
IN_STATES: Final = (
    _receipts.where(receipt.c.state.in_(bindparam("states", expanding=True)))
    .order_by(receipt.c.id)
    .limit(bindparam("count"))
)
LAST: Final = _receipts.order_by(receipt.c.id.desc()).limit(bindparam("count"))
ADD: Final = insert(receipt)
SAVE: Final = (
    update(receipt)
    .where(receipt.c.receipt_id == bindparam("of"))
    .values(state=bindparam("now"), problem=bindparam("why"), times=bindparam("count"))
)
FORGET: Final = delete(receipt).where(receipt.c.at_ms < bindparam("before"))

USED: Final = select(voucher_use.c.use_id).where(voucher_use.c.redemption_id == bindparam("id"))
USE: Final = upsert(voucher_use).on_conflict_do_nothing()


def rows_of(found: Sequence[Row[Any]]) -> list[ReceiptRow]:
    """Make rows of what a statement above found."""
    return [ReceiptRow(*row) for row in found]


def added(row: ReceiptRow) -> dict[str, Any]:
    """`ADD`'s parameters."""
    return {name: getattr(row, name) for name in _COLUMNS}


def saved(row: ReceiptRow) -> dict[str, Any]:
    """`SAVE`'s parameters: what it says never changes, what became of it does."""
    return {"of": row.receipt_id, "now": row.state, "why": row.problem, "count": row.times}
