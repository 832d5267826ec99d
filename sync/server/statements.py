"""A member's statement: what changed their points, one line a transaction, and what they hold.

Everything in it is added up from postings and lots, so it is what `audit` proves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.events import AccrualRecorded
from app.domain.ledger import Account, Lot, expiry_order
from app.domain.member import masked_card
from app.domain.office_time import local_day
from app.domain.statement import StatementLine
from sync.server.reading import read_copy
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows

_OWN: Final = (str(Account.AVAILABLE), str(Account.LEASED))
_ACTS: Final = ("accrual", "redemption")
_Rows = Callable[[sa.Table, str, Iterable[Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class Statement:
    """What changed a member's points in a span of days, and what they hold now.

    Attributes:
        opening_points: the balance before the first line.
        closing_points: the balance after the last.
        posted_points: the balance now, less what is owed.
        leased_points: of it, set aside for counters.
        owed_points: spent beyond what there was; what is earned next pays it first.
        lots: what isn't spent yet, earliest expiry first.
    """

    opening_points: int
    lines: tuple[StatementLine, ...]
    closing_points: int
    posted_points: int
    leased_points: int
    owed_points: int
    lots: tuple[Lot, ...]


def statement_of(
    connection: Connection,
    programme_id: UUID,
    member_ids: Sequence[UUID],
    *,
    time_zone: str,
    first_day: str = "",
    last_day: str = "9999-12-31",
) -> Statement:
    """Add up a member's statement.

    Args:
        connection: reads, in one unchanging view.
        programme_id: whose.
        member_ids: the member, and those merged into them.
        time_zone: of the days on which lines were booked.
        first_day: ISO date; what was booked before is in `opening_points`.
        last_day: ISO date; what was booked later is left out.
    """
    rows: _Rows = partial(_rows, connection, programme_id)
    booked = _booked(connection, programme_id, member_ids)
    days = [local_day(row.at_ms, time_zone).isoformat() for row in booked]
    opening = sum(int(row.points) for row, day in zip(booked, days, strict=True) if day < first_day)
    wanted = [
        (row, day) for row, day in zip(booked, days, strict=True) if first_day <= day <= last_day
    ]
    say = _Acts(rows, booked, member_ids)
    lines, balance = [], opening
    for row, day in wanted:
        balance += int(row.points)
        lines.append(say.line(row, day, balance))
    lots = [
        Lot(row.lot_id, row.earned, row.remaining, row.leased, row.expires_on)
        for row in rows(t.lot, "member_id", member_ids)
        if row.unit == t.POINTS and row.remaining > 0
    ]
    balances = [row for row in rows(t.balance, "member_id", member_ids) if row.unit == t.POINTS]
    return Statement(
        opening_points=opening,
        lines=tuple(lines),
        closing_points=balance,
        posted_points=sum(row.posted for row in balances),
        leased_points=sum(row.leased for row in balances),
        owed_points=sum(row.overdrawn for row in balances),
        lots=tuple(expiry_order(lots)),
    )


def _rows(
    connection: Connection, programme_id: UUID, table: sa.Table, column: str, of: Iterable[Any]
) -> list[Any]:
    return find_rows(connection, table, column, of, programme_id=programme_id)


def _booked(connection: Connection, programme_id: UUID, member_ids: Sequence[UUID]) -> list[Any]:
    """The transactions that changed the members' points, oldest first.

    What only moved points aside for a counter, or back, adds up to 0 and is left out.
    """
    txn, posting = t.ledger_txn, t.posting
    points = sa.func.sum(posting.c.amount)
    statement = (
        sa.select(
            txn.c.txn_id, txn.c.kind, txn.c.ref_id, txn.c.event_id, txn.c.at_ms,
            points.label("points"),
        )
        .join(
            posting,
            (posting.c.programme_id == txn.c.programme_id) & (posting.c.txn_id == txn.c.txn_id),
        )
        .where(
            txn.c.programme_id == programme_id,
            posting.c.member_id.in_(member_ids),
            posting.c.unit == t.POINTS,
            posting.c.account.in_(_OWN),
        )
        .group_by(txn.c.programme_id, txn.c.txn_id)
        .having(points != 0)
        .order_by(txn.c.at_ms, txn.c.txn_id)
    )  # fmt: skip
    return list(connection.execute(statement))


class _Acts:
    """What transactions are about: the accruals and redemptions, and where they happened."""

    def __init__(self, rows: _Rows, booked: Sequence[Any], member_ids: Sequence[UUID]) -> None:
        refs = {row.ref_id for row in booked}
        redemptions = rows(t.redemption, "redemption_id", refs)
        earned = rows(t.accrual, "accrual_id", refs)
        # what others earned and shared: not where they went for it, which is theirs to tell
        accruals = [row for row in earned if row.member_id in member_ids]
        others = {row.accrual_id: row.member_id for row in earned if row not in accruals}
        self._acts = {row.redemption_id: row for row in redemptions}
        self._acts.update({row.accrual_id: row for row in accruals})
        rewards = {r.reward_id: r.name for r in rows(t.reward, "reward_id", _named(redemptions))}
        self._what = {row.redemption_id: rewards.get(row.reward_id, "") for row in redemptions}
        earned_by = {row.event_id: row.ref_id for row in booked if row.kind == "accrual"}
        for entry in rows(t.entry, "event_id", earned_by):
            event = read_copy(bytes(entry.raw)).event if entry.raw else None
            if isinstance(event, AccrualRecorded):
                self._what[event.accrual_id] = _earned_for(event)
        cards = {
            row.member_id: masked_card(row.card_no)
            for row in rows(t.member, "member_id", others.values())
        }
        self._what.update({i: cards[member_id] for i, member_id in others.items()})
        visits = rows(
            t.encounter, "encounter_id", {act.encounter_id for act in self._acts.values()}
        )
        offices = {
            row.office_id: (row.code, row.time_zone)
            for row in rows(t.office, "office_id", {visit.office_id for visit in visits})
        }
        self._places = {visit.encounter_id: offices[visit.office_id] for visit in visits}

    def line(self, row: Any, booked_on: str, balance: int) -> StatementLine:
        act = self._acts.get(row.ref_id)
        office_code = happened_on = ""
        if act is not None and act.encounter_id in self._places:
            office_code, time_zone = self._places[act.encounter_id]
            # an act has its own time; when it was undone, or a part, is known by the booking alone
            if row.kind in _ACTS:
                happened_on = local_day(act.at_ms, time_zone).isoformat()
        return StatementLine(
            booked_on=booked_on,
            happened_on=happened_on,
            kind=row.kind,
            what=self._what.get(row.ref_id, ""),
            office_code=office_code,
            points=int(row.points),
            balance=balance,
        )


def _named(redemptions: Sequence[Any]) -> set[UUID]:
    return {row.reward_id for row in redemptions if row.reward_id is not None}


def _earned_for(event: AccrualRecorded) -> str:
    if event.flight is not None:
        return event.flight
    if event.amount_minor is not None:
        return f"{event.currency} {event.amount_minor / 100:,.2f}"
    return ""
