"""What `audit` proves of leases: what they hold, handed on, and are exposed to."""

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

_OF_LEASES: Final = ("lease", "lease_return", KIND)
_OF_REDEMPTIONS: Final = ("redemption", "redemption_reversal", "refund")
"""Kinds of the ledger's transactions that are about a lease, and a redemption."""
_STATES: Final = (*t.LEASE_HELD, "written_off", "closed")


def leases(connection: Connection) -> Iterator[str]:
    """Yields a line for each lease or lot that is wrong."""
    yield from _shares(connection)
    yield from _lots(connection)
    yield from _exposed(connection)
    yield from _history(connection)
    yield from _transfers(connection)


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
    # What was handed on without points behind it counts for its receiver; of a lease that was
    # written off it counts there no more
    handed = t.lease_transfer
    taken_over = (
        sa.select(sa.func.coalesce(sa.func.sum(handed.c.exposed), 0))
        .where(
            handed.c.programme_id == lease.c.programme_id,
            handed.c.transfer_id == lease.c.lease_id,
        )
        .scalar_subquery()
    )
    handed_over = (
        sa.select(sa.func.coalesce(sa.func.sum(handed.c.exposed), 0))
        .where(
            handed.c.programme_id == lease.c.programme_id,
            handed.c.lease_id == lease.c.lease_id,
            handed.c.was_exposed,
        )
        .scalar_subquery()
    )
    was = written_off + taken_over - handed_over
    looked_at = (
        sa.select(lease, was.label("was"), came.label("came"))
        .select_from(outer(lease, late, "programme_id", "lease_id"))
        .where(
            (lease.c.exposed != 0)
            | (came != 0)
            | (lease.c.state == WRITTEN_OFF)
            | lease.c.lease_id.in_(sa.select(txn.c.ref_id).where(txn.c.kind == KIND))
            | lease.c.lease_id.in_(sa.select(handed.c.transfer_id).where(handed.c.exposed != 0))
        )
    )
    for row in stream(connection, looked_at):
        booked = row.was - row.came
        if booked < 0 or row.exposed != (booked if row.state == WRITTEN_OFF else 0):
            yield (
                f"lease {row.lease_id} ({row.state}): {row.exposed} exposed,"
                f" {row.was} written off and {row.came} come in since"
            )


def _history(connection: Connection) -> Iterator[str]:
    """A lease holds what was set aside under it, less what was spent, handed on and given back."""
    lease, txn, posting = t.lease, t.ledger_txn, t.posting
    redemption, transfer = t.redemption, t.lease_transfer
    leased = (
        sa.select(posting.c.programme_id, txn.c.ref_id, txn.c.kind, posting.c.amount)
        .join(
            txn,
            (txn.c.programme_id == posting.c.programme_id) & (txn.c.txn_id == posting.c.txn_id),
        )
        .where(posting.c.account == str(Account.LEASED))
        .subquery("leased")
    )
    amount = leased.c.amount
    moved = sa.union_all(
        sa.select(leased.c.programme_id, leased.c.ref_id.label("lease_id"), amount).where(
            leased.c.kind.in_(_OF_LEASES)
        ),
        sa.select(leased.c.programme_id, redemption.c.lease_id, amount)
        .join(
            redemption,
            (redemption.c.programme_id == leased.c.programme_id)
            & (redemption.c.redemption_id == leased.c.ref_id),
        )
        .where(leased.c.kind.in_(_OF_REDEMPTIONS)),
        sa.select(
            transfer.c.programme_id,
            transfer.c.transfer_id,
            transfer.c.points - transfer.c.exposed,
        ),
        sa.select(
            transfer.c.programme_id,
            transfer.c.lease_id,
            transfer.c.exposed - transfer.c.points,
        ),
    ).subquery("moved")
    held = (
        sa.select(moved.c.programme_id, moved.c.lease_id, sa.func.sum(moved.c.amount).label("n"))
        .group_by(moved.c.programme_id, moved.c.lease_id)
        .subquery("held")
    )
    there = sa.func.coalesce(held.c.n, 0)
    wrong = (
        sa.select(lease, there.label("n"))
        .select_from(outer(lease, held, "programme_id", "lease_id"))
        .where(lease.c.remaining != there)
    )
    for row in stream(connection, wrong):
        yield (
            f"lease {row.lease_id} ({row.state}): {row.remaining} left,"
            f" what was booked under it comes to {row.n}"
        )


def _transfers(connection: Connection) -> Iterator[str]:
    """What was handed on is its receiver's lease, and was the giver's."""
    transfer, giver, receiver = t.lease_transfer, t.lease.alias("giver"), t.lease.alias("receiver")
    joined = transfer.outerjoin(
        giver,
        (giver.c.programme_id == transfer.c.programme_id)
        & (giver.c.lease_id == transfer.c.lease_id),
    ).outerjoin(
        receiver,
        (receiver.c.programme_id == transfer.c.programme_id)
        & (receiver.c.lease_id == transfer.c.transfer_id),
    )
    differs = [
        sa.or_(lease.c.lease_id.is_(None), lease.c.device_id != holder, lease.c.points < points)
        for lease, holder, points in (
            (giver, transfer.c.from_device_id, transfer.c.points),
            (receiver, transfer.c.to_device_id, transfer.c.points),
        )
    ]
    wrong = (
        sa.select(transfer)
        .select_from(joined)
        .where(
            sa.or_(
                *differs,
                giver.c.member_id != transfer.c.member_id,
                receiver.c.member_id != transfer.c.member_id,
                transfer.c.exposed.not_in([0, transfer.c.points]),
                transfer.c.was_exposed & (transfer.c.exposed == 0),
                ~(transfer.c.handed_on | transfer.c.received),
            )
        )
    )
    for row in stream(connection, wrong):
        yield f"transfer {row.transfer_id}: {row.points} handed on, the leases say otherwise"
