"""What `audit` proves of rewards with stock: every unit is somewhere, and in one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.joins import outer
from sync.server.stock import BEYOND, LEASE, STOCK
from sync.server.store import tables as t
from sync.server.store.bulk import stream

_STATES: Final = (*t.LEASE_HELD, "written_off", "closed")
_SOURCES: Final = (STOCK, LEASE, BEYOND)


def stocks(connection: Connection) -> Iterator[str]:
    """Yields a line for each stock, lease or use that is wrong."""
    yield from _units(connection)
    yield from _leases(connection)
    yield from _uses(connection)


def _units(connection: Connection) -> Iterator[str]:
    """What there ever was is free, held, or given and not returned; none of it below nothing."""
    stock, lease, use = t.reward_stock, t.stock_lease, t.stock_use
    held = (
        sa.select(
            lease.c.programme_id, lease.c.reward_id, sa.func.sum(lease.c.remaining).label("n")
        )
        .group_by(lease.c.programme_id, lease.c.reward_id)
        .subquery("held")
    )
    given = (
        sa.select(use.c.programme_id, use.c.reward_id, sa.func.count().label("n"))
        .where(~use.c.returned, use.c.source != BEYOND)
        .group_by(use.c.programme_id, use.c.reward_id)
        .subquery("given")
    )
    key = ("programme_id", "reward_id")
    joined = outer(stock, held, *key).outerjoin(
        given, sa.and_(*(stock.c[name] == given.c[name] for name in key))
    )
    held_units = sa.func.coalesce(held.c.n, 0)
    given_units = sa.func.coalesce(given.c.n, 0)
    wrong = (
        sa.select(stock, held_units.label("held"), given_units.label("given"))
        .select_from(joined)
        .where((stock.c.free < 0) | (stock.c.total != stock.c.free + held_units + given_units))
    )
    for row in stream(connection, wrong):
        yield (
            f"reward_stock {row.reward_id}: there were {row.total}, and {row.free} are free,"
            f" {row.held} held by counters, {row.given} given"
        )
    for table in (lease, use):
        lost = sa.select(table.c.reward_id).select_from(outer(table, stock, *key)).distinct()
        for row in stream(connection, lost.where(stock.c.reward_id.is_(None))):
            yield f"reward_stock {row.reward_id}: it is missing, and {table.name} speaks of it"


def _leases(connection: Connection) -> Iterator[str]:
    lease, use = t.stock_lease, t.stock_use
    key = ("programme_id", "stock_lease_id")
    drawn = (
        sa.select(
            *(use.c[name] for name in key),
            sa.func.sum(sa.case((use.c.source == LEASE, 1), else_=0)).label("own"),
            sa.func.sum(sa.case((use.c.source != LEASE, 1), else_=0)).label("late"),
        )
        .where(use.c.stock_lease_id.is_not(None))
        .group_by(*(use.c[name] for name in key))
        .subquery("drawn")
    )
    late = sa.func.coalesce(drawn.c.late, 0)
    own = sa.func.coalesce(drawn.c.own, 0)
    # what came back to it may have been given again, so that it held no more than `units` at once
    wrong = (
        sa.select(lease, own.label("own"), late.label("came"))
        .select_from(outer(lease, drawn, *key))
        .where(
            (lease.c.remaining < 0)
            | (lease.c.remaining > lease.c.units)
            | (own > lease.c.units + lease.c.restored)
            | (lease.c.state.not_in(t.LEASE_HELD) & (lease.c.remaining != 0))
            | lease.c.state.not_in(_STATES)
            | (lease.c.late != late)
            | (lease.c.late > lease.c.written_off)
        )
    )
    for row in stream(connection, wrong):
        yield (
            f"stock_lease {row.stock_lease_id} ({row.state}): {row.remaining} left of {row.units},"
            f" {row.own} given under it; {row.late} late of {row.written_off} written off,"
            f" {row.came} came"
        )


def _uses(connection: Connection) -> Iterator[str]:
    """A unit is given with a posted redemption and is back once that is undone whole."""
    use, redemption = t.stock_use, t.redemption
    undone = (redemption.c.state == "voided") | (redemption.c.refunded == redemption.c.points)
    wrong = (
        sa.select(use.c.redemption_id, use.c.returned, use.c.source, redemption.c.state)
        .select_from(outer(use, redemption, "programme_id", "redemption_id"))
        .where(
            redemption.c.redemption_id.is_(None)
            | (use.c.returned != undone)
            | (redemption.c.reward_id != use.c.reward_id)
            | use.c.source.not_in(_SOURCES)
        )
    )
    for row in stream(connection, wrong):
        yield (
            f"stock_use of redemption {row.redemption_id} ({row.state}): from {row.source},"
            f" {'returned' if row.returned else 'given'}"
        )
