"""What `audit` proves of leases: what they hold, and what is exposed of those written off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.ledger import Account
from sync.server.handlers.points import WRITTEN_OFF
from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream
from sync.server.write_off import KIND

_STATES: Final = (*t.LEASE_HELD, "written_off", "closed")


def leases(connection: Connection) -> Iterator[str]:
    """Yields a line for each lease or lot that is wrong."""
    yield from _shares(connection)
    yield from _lots(connection)
    yield from _exposed(connection)


def _shares(connection: Connection) -> Iterator[str]:
    lease, share = t.lease, t.lease_lot
    shares = (
        sa.select(share.c.programme_id, share.c.lease_id, sa.func.sum(share.c.points).label("n"))
        .group_by(share.c.programme_id, share.c.lease_id)
        .subquery("shares")
    )
    held = sa.func.coalesce(shares.c.n, 0)
    wrong = (
        sa.select(lease, held.label("h"))
        .select_from(outer(lease, shares, "programme_id", "lease_id"))
        .where(
            (lease.c.remaining != held)
            | (lease.c.remaining < 0)
            | (lease.c.remaining > lease.c.points)
            | (lease.c.state.not_in(t.LEASE_HELD) & (lease.c.remaining != 0))
            | lease.c.state.not_in(_STATES)
        )
    )
    for row in stream(connection, wrong):
        yield (
            f"lease {row.lease_id} ({row.state}): {row.remaining} left of {row.points},"
            f" its lots say {row.h}"
        )


def _lots(connection: Connection) -> Iterator[str]:
    lot, share = t.lot, t.lease_lot
    by_lot = (
        sa.select(share.c.programme_id, share.c.lot_id, sa.func.sum(share.c.points).label("n"))
        .group_by(share.c.programme_id, share.c.lot_id)
        .subquery("by_lot")
    )
    leased = sa.func.coalesce(by_lot.c.n, 0)
    apart = (
        sa.select(lot.c.lot_id, lot.c.leased, leased.label("n"))
        .select_from(outer(lot, by_lot, "programme_id", "lot_id"))
        .where(lot.c.leased != leased)
    )
    for row in stream(connection, apart):
        yield f"lot {row.lot_id}: {row.leased} leased, its leases hold {row.n}"


def _exposed(connection: Connection) -> Iterator[str]:
    """What is exposed of a lease is what was written off, less what has come in since."""
    lease, txn, posting, redemption = t.lease, t.ledger_txn, t.posting, t.redemption
    written_off = (
        sa.select(sa.func.coalesce(sa.func.sum(posting.c.amount), 0))
        .join(
            txn,
            (txn.c.programme_id == posting.c.programme_id) & (txn.c.txn_id == posting.c.txn_id),
        )
        .where(
            txn.c.programme_id == lease.c.programme_id,
            txn.c.ref_id == lease.c.lease_id,
            txn.c.kind == KIND,
            posting.c.account == str(Account.AVAILABLE),
        )
        .scalar_subquery()
    )
    late = (
        sa.select(
            redemption.c.programme_id,
            redemption.c.lease_id,
            sa.func.sum(redemption.c.points).label("n"),
        )
        .where(redemption.c.cover == WRITTEN_OFF)
        .group_by(redemption.c.programme_id, redemption.c.lease_id)
        .subquery("late")
    )
    came = sa.func.coalesce(late.c.n, 0)
    looked_at = (
        sa.select(lease, written_off.label("was"), came.label("came"))
        .select_from(outer(lease, late, "programme_id", "lease_id"))
        .where(
            (lease.c.exposed != 0)
            | (came != 0)
            | (lease.c.state == WRITTEN_OFF)
            | lease.c.lease_id.in_(sa.select(txn.c.ref_id).where(txn.c.kind == KIND))
        )
    )
    for row in stream(connection, looked_at):
        booked = row.was - row.came
        if booked < 0 or row.exposed != (booked if row.state == WRITTEN_OFF else 0):
            yield (
                f"lease {row.lease_id} ({row.state}): {row.exposed} exposed,"
                f" {row.was} written off and {row.came} come in since"
            )
