"""What `audit` proves of managers' answers: each booked what it says, and nothing else is borne."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import events as e
from app.domain.ledger import SPENDABLE, Account
from app.domain.settling import Answer, is_given_away
from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream

_TAKEN_BACK: Final = ("refund", "redemption_reversal")


def settled(connection: Connection) -> Iterator[str]:
    """A line for each answer without its posting, and for each loss without an answer."""
    yield from _answers(connection)
    yield from _losses(connection)


def _booked() -> sa.Subquery:
    """What transactions took of a member, and what of them the programme bore, both from 0 down."""
    posting = t.posting

    def total(*accounts: Account) -> sa.ColumnElement[Any]:
        named = posting.c.account.in_(list(map(str, accounts)))
        return sa.func.sum(sa.case((named, posting.c.amount), else_=0))

    return (
        sa.select(
            posting.c.programme_id,
            posting.c.txn_id,
            total(*SPENDABLE).label("own"),
            total(Account.WRITTEN_OFF).label("borne"),
        )
        .where(posting.c.unit == t.POINTS)
        .group_by(posting.c.programme_id, posting.c.txn_id)
        .subquery("booked")
    )


def _answers(connection: Connection) -> Iterator[str]:
    item, booked = t.exception_item, _booked()
    wanted = sa.select(item, booked.c.own, booked.c.borne).select_from(
        outer(item, booked, "programme_id", "txn_id")
    )
    # What was settled before answers were booked says nothing of when
    for row in stream(connection, wanted.where(item.c.settled_ms.is_not(None))):
        if not _books(row.entry_type, row.code, row.answer):
            continue
        said = f"exception {row.exception_id}: it was answered '{row.answer}'"
        if row.own is None:
            yield f"{said}, and nothing is booked"
        elif _is_other(row.answer, row.points, own=-row.own, borne=-row.borne):
            yield (
                f"{said} for {row.points} points, and {-row.own} are taken and {-row.borne} borne"
            )


def _books(entry_type: str, code: str, answer: str) -> bool:
    """Whether an answer has to have booked points."""
    if answer == Answer.HONOUR:
        is_reward = entry_type == e.RedemptionGranted.TYPE
        return is_reward or entry_type == e.AccrualRecorded.TYPE
    return answer != Answer.NOTED and is_given_away(entry_type, code)


def _is_other(answer: str, points: int, *, own: int, borne: int) -> bool:
    match answer:
        case Answer.CLAIM_BACK:
            return (own, borne) != (points, 0)
        case Answer.WRITE_OFF:
            return (own, borne) != (0, points)
    return borne < 0  # points earned come to the member


def _losses(connection: Connection) -> Iterator[str]:
    txn, item, booked = t.ledger_txn, t.exception_item, _booked()
    borne = (
        sa.select(txn.c.txn_id, txn.c.kind, txn.c.ref_id, booked.c.borne, item.c.exception_id)
        .select_from(
            txn.join(
                booked,
                (booked.c.programme_id == txn.c.programme_id) & (booked.c.txn_id == txn.c.txn_id),
            ).outerjoin(
                item, (item.c.programme_id == txn.c.programme_id) & (item.c.txn_id == txn.c.txn_id)
            )
        )
        .where(booked.c.borne != 0)
    )
    left: dict[Any, int] = {}
    for row in stream(connection, borne):
        left[row.ref_id] = left.get(row.ref_id, 0) + row.borne
        if row.exception_id is None and row.kind not in _TAKEN_BACK:
            yield f"ledger_txn {row.txn_id}: {-row.borne} points are borne, and nobody said so"
    for ref_id, points in left.items():
        if points > 0:
            yield f"redemption {ref_id}: {points} more came back to the programme than it bore"
