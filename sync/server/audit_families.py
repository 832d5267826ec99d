"""What `audit` proves of families: nobody is in two, and shares add up to what was earned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.family import share_left, split
from app.domain.ledger import Account
from sync.server.joins import outer
from sync.server.pooling import RETURN, SHARE
from sync.server.store import tables as t
from sync.server.store.bulk import stream

_EARNING = ("accrual", "maturing")


def families(connection: Connection) -> Iterator[str]:
    """Yields a line for each row that is wrong."""
    yield from _spans(connection)
    yield from _heads(connection)
    yield from _shares(connection)
    yield from _amounts(connection)


def _spans(connection: Connection) -> Iterator[str]:
    """Nobody gives to two at a time, heads two families, or heads one and gives to another."""
    family, share = t.family, t.family_share
    places = sa.union_all(
        sa.select(family.c.programme_id, family.c.head_id.label("member_id"),
                  family.c.since_ms, family.c.until_ms),
        sa.select(share.c.programme_id, share.c.member_id, share.c.since_ms, share.c.until_ms),
    ).subquery()  # fmt: skip
    by_member = sa.select(places).order_by(
        places.c.programme_id, places.c.member_id, places.c.since_ms
    )
    before: tuple[Any, Any, float] | None = None
    for row in stream(connection, by_member):
        until = float("inf") if row.until_ms is None else row.until_ms
        if until < row.since_ms:
            yield f"family of member {row.member_id}: it ended before it began"
        if until == row.since_ms:
            continue  # said and taken back in one moment
        who = (row.programme_id, row.member_id)
        if before is not None and before[:2] == who and row.since_ms < before[2]:
            yield f"member {row.member_id}: in two families at a time"
            until = max(until, before[2])
        before = (*who, until)


def _heads(connection: Connection) -> Iterator[str]:
    """A share is of a family, given to its head while they were."""
    family, share = t.family, t.family_share
    rows = sa.select(
        share.c.share_id, share.c.member_id, share.c.head_id, share.c.percent,
        share.c.since_ms, share.c.until_ms, family.c.head_id.label("head"),
        family.c.since_ms.label("from_ms"), family.c.until_ms.label("to_ms"),
    ).select_from(outer(share, family, "programme_id", "family_id"))  # fmt: skip
    for row in stream(connection, rows):
        is_within = (
            row.head == row.head_id
            and row.from_ms <= row.since_ms
            and (row.to_ms is None or (row.until_ms is not None and row.until_ms <= row.to_ms))
        )
        if not is_within or not 1 <= row.percent <= 100:
            yield f"share {row.share_id} of member {row.member_id}: {row.head_id} isn't the head"


def _shares(connection: Connection) -> Iterator[str]:
    """What was given of an accrual was given to who was the head when it was recorded."""
    given, share, accrual, txn = t.accrual_share, t.family_share, t.accrual, t.ledger_txn
    rows = sa.select(
        given, accrual.c.points.label("whole"), accrual.c.reduced, accrual.c.state,
        accrual.c.at_ms, txn.c.at_ms.label("booked_ms"), share.c.head_id.label("head"),
        share.c.percent.label("said"), share.c.since_ms, share.c.until_ms,
    ).select_from(
        outer(given, share, "programme_id", "share_id")
        .outerjoin(
            accrual,
            (accrual.c.programme_id == given.c.programme_id)
            & (accrual.c.accrual_id == given.c.accrual_id),
        )
        .outerjoin(
            txn,
            (txn.c.programme_id == accrual.c.programme_id) & (txn.c.txn_id == accrual.c.txn_id),
        )
    )  # fmt: skip
    for row in stream(connection, rows):
        name = f"share of accrual {row.accrual_id}"
        if row.booked_ms is None or row.head is None:
            yield f"{name}: there is no such accrual, or nobody was to give of it"
            continue
        at_ms = min(row.at_ms, row.booked_ms)
        then = row.since_ms <= at_ms and (row.until_ms is None or at_ms < row.until_ms)
        if not then or (row.head, row.said) != (row.head_id, row.percent):
            yield f"{name}: {row.head_id} wasn't to have {row.percent} % of it then"
        if not 0 <= row.returned <= row.points:
            yield f"{name}: {row.returned} came back of {row.points}"
        left = (
            share_left(row.points, earned=row.earned, left=row.whole - row.reduced)
            if row.points
            else 0
        )
        if row.state == "posted" and row.points - row.returned != left:
            yield f"{name}: the head has {row.points - row.returned} of it, and is to have {left}"
        if row.state != "posted" and row.returned != row.points:
            yield f"{name}: the accrual is {row.state}, and the head has {row.points} of it"


def _amounts(connection: Connection) -> Iterator[str]:
    """Each share is its percentage of what was earned and not owed, and is posted once."""
    given, txn, posting = t.accrual_share, t.ledger_txn, t.posting
    lines = (
        sa.select(
            txn.c.txn_id, txn.c.kind, txn.c.ref_id, posting.c.lot_id, posting.c.amount,
            given.c.lot_id.label("head_lot"), given.c.percent, given.c.points,
            given.c.returned, given.c.earned, given.c.accrual_id, txn.c.why,
        )
        .select_from(
            outer(txn, posting, "programme_id", "txn_id").outerjoin(
                given,
                (given.c.programme_id == txn.c.programme_id)
                & (given.c.accrual_id == txn.c.ref_id),
            )
        )
        .where(
            sa.or_(
                txn.c.kind.in_((SHARE, RETURN)),
                txn.c.kind.in_(_EARNING) & given.c.accrual_id.is_not(None),
            ),
            posting.c.account == str(Account.AVAILABLE),
        )
        .order_by(txn.c.programme_id, txn.c.ref_id)
    )  # fmt: skip
    one: list[Any] = []
    for row in stream(connection, lines):
        if one and one[0].ref_id != row.ref_id:
            yield from _amount(one)
            one = []
        one.append(row)
    if one:
        yield from _amount(one)


def _amount(lines: list[Any]) -> Iterator[str]:
    """One accrual's lines that moved points anybody can spend."""
    first = lines[0]
    if first.accrual_id is None:
        yield f"share of accrual {first.ref_id}: it is posted, and nobody was to give of it"
        return
    own, head = first.accrual_id, first.head_lot
    moved: dict[tuple[str, UUID | None], int] = {}
    for row in lines:
        if row.kind not in _EARNING or row.amount > 0:
            key = (row.kind if row.kind in (SHARE, RETURN) else "earned", row.lot_id)
            moved[key] = moved.get(key, 0) + row.amount
    earned, repaid = moved.get(("earned", own), 0), moved.get(("earned", None), 0)
    shared = -moved.get((SHARE, own), 0)
    due = split(earned, owed=repaid, percent=first.percent).shared
    name = f"share of accrual {own}"
    if len({row.txn_id for row in lines if row.kind == SHARE}) > 1:
        yield f"{name}: posted more than once"
    if any("withheld" in _family(row.why) for row in lines if row.kind in _EARNING):
        due = 0  # the head's membership wasn't active then
    if shared != due or shared != first.points or (shared and earned != first.earned):
        yield f"{name}: {shared} of {due} posted, written down {first.points}"
    if moved.get((RETURN, own), 0) != first.returned:
        yield f"{name}: {moved.get((RETURN, own), 0)} came back, written down {first.returned}"
    if any(lot == head for kind, lot in moved if kind == "earned"):
        yield f"{name}: the lot that was earned is the head's"


def _family(why: str | None) -> dict[str, Any]:
    """What a posting says of the share in what was earned."""
    said = {} if why is None else json.loads(why).get("family", {})
    assert isinstance(said, dict)
    return said
