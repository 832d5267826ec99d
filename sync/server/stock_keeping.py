"""A programme's stock as its operator keeps it, and as counters are told of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.errors import Rejected
from app.domain.ledger import MAX_POINTS
from app.domain.records import RewardStock
from sync.server.stock import BEYOND
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.work import Work

MOST_UNITS: Final = MAX_POINTS


@dataclass(frozen=True, slots=True)
class Kept:
    """A reward's stock; units throughout.

    Attributes:
        total: that there ever were.
        given: of them, and not come back.
        held: set aside for counters.
        free: for whoever asks first.
        beyond: given though there was none, besides these.
        exposed: written off with lost counters, which may have given them all the same.
    """

    reward_id: UUID
    number: int
    name: str
    limited: bool
    total: int
    given: int
    held: int
    free: int
    beyond: int
    exposed: int


def kept(connection: Connection, programme_id: UUID) -> Iterator[Kept]:
    """All stocks, by the reward's number."""
    stock, reward, lease, use = t.reward_stock, t.reward, t.stock_lease, t.stock_use
    count = sa.func.count()
    exposed = sa.func.sum(lease.c.written_off - lease.c.late)
    rows = connection.execute(
        sa.select(
            stock.c.reward_id,
            reward.c.number,
            reward.c.name,
            stock.c.limited,
            stock.c.total,
            _of_reward(use, count, ~use.c.returned, use.c.source != BEYOND),
            _HELD,
            stock.c.free,
            _of_reward(use, count, ~use.c.returned, use.c.source == BEYOND),
            _of_reward(lease, exposed, lease.c.state == "written_off"),
        )
        .join(
            reward,
            (reward.c.programme_id == stock.c.programme_id)
            & (reward.c.reward_id == stock.c.reward_id),
        )
        .where(stock.c.programme_id == programme_id)
        .order_by(reward.c.number)
    )
    for row in rows:
        yield Kept(*row[:4], *map(int, row[4:]))


def _of_reward(
    table: sa.Table, what: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]
) -> sa.ScalarSelect[Any]:
    """What a table's rows of the stock's reward come to, 0 where there are none."""
    stock = t.reward_stock
    return (
        sa.select(sa.func.coalesce(what, 0))
        .where(
            table.c.programme_id == stock.c.programme_id,
            table.c.reward_id == stock.c.reward_id,
            *where,
        )
        .correlate(stock)
        .scalar_subquery()
    )


_HELD: Final = _of_reward(
    t.stock_lease,
    sa.func.sum(t.stock_lease.c.remaining),
    t.stock_lease.c.state.in_(t.LEASE_HELD),
)


_LIMITED: Final = sa.select(t.reward_stock.c.reward_id, t.reward_stock.c.free, _HELD).where(
    t.reward_stock.c.programme_id == sa.bindparam("programme"), t.reward_stock.c.limited
)
_TOLD: Final = sa.select(t.record.c.id, t.record.c.body).where(
    t.record.c.programme_id == sa.bindparam("programme"), t.record.c.kind == RewardStock.KIND
)


def _shown(connection: Connection, programme_id: UUID) -> list[RewardStock]:
    """The stocks as counters are told of them."""
    rows = connection.execute(_LIMITED, {"programme": programme_id})
    return [RewardStock(row[0], int(row[1]), int(row[2])) for row in rows]


def unpublished(connection: Connection, programme_id: UUID) -> list[UUID]:
    """Rewards of whose stock counters know other figures than hold now."""
    found = connection.execute(_TOLD, {"programme": programme_id})
    told = {row.id: bytes(row.body) for row in found}
    return [
        stock.reward_id
        for stock in _shown(connection, programme_id)
        if told.get(str(stock.reward_id)) != msgspec.json.encode(stock)
    ]


def publish(work: Work, rewards: Collection[UUID]) -> int:
    """Tell counters of these stocks as they are now; returns how many there were."""
    shown = [s for s in _shown(work.connection, work.programme_id) if s.reward_id in rewards]
    for stock in shown:
        work.put_record(RewardStock.KIND, str(stock.reward_id), stock, None)
    return len(shown)


def keep_stock(work: Work, reward_id: UUID, *, left: int | None = None, add: int = 0) -> None:
    """Say how many of a reward can still be given, or how many have come besides.

    Args:
        work: the transaction.
        reward_id: whose.
        left: so many in all, what counters hold among them; None: as many as there are.
        add: so many more, or fewer below zero.

    Raises:
        Rejected: bad_stock, for less than nothing; stock_held, for fewer than counters hold: what
            they have been promised can't be taken from them.
    """
    row = _locked(work, reward_id)
    held = _held(work, reward_id)
    before = held + (0 if row is None else row.free)
    now = (before if left is None else left) + add
    if not 0 <= now <= MOST_UNITS:
        raise Rejected("bad_stock", f"{now} can't be given: there are {before} left")
    if now < held:
        raise Rejected(
            "stock_held",
            f"Counters hold {held} of it and may be giving them now. Set it to {held}: then no"
            " more are set aside, and what they hand back you can take off",
        )
    total = now - before + (0 if row is None else row.total)
    work.add_or_replace(t.reward_stock, reward_id, True, total, now - held)


def end_stock(work: Work, reward_id: UUID) -> None:
    """From now on there is no end of a reward; what counters hold of it they hand back."""
    row = _locked(work, reward_id)
    if row is not None:
        work.add_or_replace(t.reward_stock, reward_id, False, row.total, row.free)


def write_off_stock(work: Work, device_id: UUID, *, exposes: bool) -> int:
    """What a device held that is gone is free again.

    Args:
        work: the transaction.
        device_id: whose; it is locked.
        exposes: it may have given it all the same; else nothing more can come of it.

    Returns:
        How many units.
    """
    lease, stock = t.stock_lease, t.reward_stock
    ending = t.LEASE_HELD if exposes else (*t.LEASE_HELD, "written_off")
    mine = work.mine(lease).where(lease.c.device_id == device_id, lease.c.state.in_(ending))
    rewards = {row.reward_id for row in work.connection.execute(mine)}
    work.find(stock, "reward_id", rewards, lock=True)
    rows = work.connection.execute(mine.order_by(lease.c.stock_lease_id)).all()
    for row in rows:
        work.connection.execute(
            stock.update()
            .where(stock.c.programme_id == work.programme_id, stock.c.reward_id == row.reward_id)
            .values(free=stock.c.free + row.remaining)
        )
    update_rows(
        work.connection,
        lease,
        ["stock_lease_id"],
        ["remaining", "state", "written_off"],
        [
            (r.stock_lease_id, 0, "written_off", r.remaining)
            if exposes and r.remaining
            else (r.stock_lease_id, 0, "closed", r.written_off)
            for r in rows
        ],
        programme_id=work.programme_id,
    )
    return sum(int(row.remaining) for row in rows)


def _locked(work: Work, reward_id: UUID) -> Any:
    return next(iter(work.find(t.reward_stock, "reward_id", [reward_id], lock=True)), None)


def _held(work: Work, reward_id: UUID) -> int:
    lease = t.stock_lease
    found = work.connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(lease.c.remaining), 0)).where(
            lease.c.programme_id == work.programme_id,
            lease.c.reward_id == reward_id,
            lease.c.state.in_(t.LEASE_HELD),
        )
    )
    return int(found.scalar_one())
