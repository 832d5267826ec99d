"""Parts of leases that counters of one office handed on to each other.

The giver says so in its chain and the receiver in its own, with the giver's signature: whichever
comes first moves the points, the other confirms it. The receiver holds a lease of the transfer's id
from then on. Where the giver has no such points any more, because a copy of its disk handed them on
or spent them, the receiver is believed all the same: what it may spend is exposed, and a manager is
told.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import ledger
from app.domain.errors import Rejected
from app.domain.events import LeaseHandedOn, LeaseReceived
from app.domain.lease import LeaseTransfer, TransferProof
from sync.server.audience import Audience
from sync.server.batch import Batch
from sync.server.devices import Device, find_device
from sync.server.handlers.points import WRITTEN_OFF, member_of
from sync.server.leaving import WHY, has_left_for_good
from sync.server.reading import Received
from sync.server.states import GrantedTo, LeaseState, TransferState
from sync.server.store import tables as t
from sync.server.write_off import RETURNED

TWICE: Final = "handed_on_twice"
"""What a manager is told of a transfer that the giver had no points for any more."""


def lease_handed_on(batch: Batch, received: Received, event: LeaseHandedOn) -> None:
    """The giver's side.

    A receiver that left meanwhile never had them: they are the member's again.
    """
    receiver = _neighbour(batch, event.to_device_id)
    transfer = LeaseTransfer(
        event.transfer_id,
        event.lease_id,
        event.member_id,
        batch.device.device_id,
        event.to_device_id,
        event.points,
    )
    _hand_over(batch, received, transfer).handed_on = True
    if has_left_for_good(batch.work.connection, receiver):
        _give_back(batch, received, transfer)


def lease_received(batch: Batch, received: Received, event: LeaseReceived) -> None:
    """The receiver's side; the giver's signature proves it."""
    giver = _neighbour(batch, event.from_device_id)
    transfer = LeaseTransfer(
        event.transfer_id,
        event.lease_id,
        event.member_id,
        event.from_device_id,
        batch.device.device_id,
        event.points,
    )
    try:
        proof = TransferProof.of_text(event.proof)
        key = Ed25519PublicKey.from_public_bytes(giver.public_key)
        key.verify(proof.signature, transfer.statement)
    except (ValueError, OverflowError, InvalidSignature) as error:
        raise Rejected("bad_transfer", "The other counter did not sign that") from error
    _hand_over(batch, received, transfer).received = True


def _neighbour(batch: Batch, device_id: UUID) -> Device:
    """Raises Rejected('bad_transfer')."""
    device, own = find_device(batch.work.connection, device_id), batch.device
    if (
        device is None
        or (device.programme_id, device.office_id) != (own.programme_id, own.office_id)
        or device.device_id == own.device_id
        or device.is_desk
    ):
        raise Rejected("bad_transfer", "The other counter isn't one of this office")
    return device


def _hand_over(batch: Batch, received: Received, transfer: LeaseTransfer) -> TransferState:
    """Move the points, once, and make them the receiver's lease.

    Raises:
        Rejected: conflict; unknown_lease; wrong_member; unknown_member; bad_points;
            lease_exceeded, for more than was ever set aside under the lease.
    """
    known = batch.transfers.get(transfer.transfer_id)
    if known is not None:
        if not known.is_of(transfer):
            raise Rejected("conflict", "Another transfer has this id")
        batch.put_transfer(transfer.transfer_id, known)
        return known
    lease = batch.leases.get(transfer.lease_id)
    if lease is None or lease.row.device_id != transfer.from_device_id:
        raise Rejected("unknown_lease", "The lease isn't the counter's that handed it on")
    if not batch.work.are_one(lease.row.member_id, transfer.member_id):
        raise Rejected("wrong_member", "The lease is another member's")
    if transfer.transfer_id in batch.leases:
        raise Rejected("conflict", "A lease has this id")
    state, points = member_of(batch, transfer.member_id), ledger.check_points(transfer.points)
    if points > lease.row.points:
        raise Rejected("lease_exceeded", "The lease never held that many points")
    shares: dict[UUID, int] = {}
    exposed, was_exposed = 0, False
    if lease.is_held and lease.remaining >= points:
        shares = ledger.part_of_lease(state.holdings, lease.shares, points)
        for lot_id, part in shares.items():
            lease.shares[lot_id] -= part
        lease.remaining -= points
    elif lease.state == WRITTEN_OFF and lease.exposed >= points:
        lease.exposed -= points
        exposed, was_exposed = points, True
    else:
        exposed = points
        message = "The counter that handed the points on had none left"
        batch.remarked.append(msgspec.structs.replace(received, code=TWICE, message=message))
    lease.changed = True
    _lease_to(batch, transfer, state.member_id, lease, shares, exposed)
    done = TransferState(
        transfer.lease_id,
        transfer.member_id,
        transfer.from_device_id,
        transfer.to_device_id,
        points,
        exposed,
        was_exposed,
        at_ms=batch.work.now_ms,
    )
    batch.put_transfer(transfer.transfer_id, done)
    return done


def _give_back(batch: Batch, received: Received, transfer: LeaseTransfer) -> None:
    lease = batch.leases[transfer.transfer_id]
    if not lease.is_held:
        return
    state = member_of(batch, transfer.member_id)
    batch.work.post(
        state,
        ledger.close_lease(state.holdings, lease.shares),
        kind=RETURNED,
        ref_id=transfer.transfer_id,
        event_id=received.event_id,
        why=dict(WHY),
    )
    lease.shares = dict.fromkeys(lease.shares, 0)
    lease.remaining, lease.state, lease.changed = 0, "closed", True


def _lease_to(
    batch: Batch,
    transfer: LeaseTransfer,
    member_id: UUID,
    giver: LeaseState,
    shares: dict[UUID, int],
    exposed: int,
) -> None:
    work, row = batch.work, giver.row
    state = WRITTEN_OFF if exposed else giver.state
    remaining = 0 if exposed else transfer.points
    work.scopes.leased(batch.device.office_id, member_id)
    work.told.add(Audience(batch.device.office_id, counters=True))  # the receiver may not know
    work.add(
        t.lease,
        transfer.transfer_id,
        transfer.to_device_id,
        member_id,
        t.POINTS,
        transfer.points,
        remaining,
        0,
        row.expires_ms,
        state,
        b"",  # it can't be handed on again until the server has signed it
        work.now_ms,
        exposed,
        None,
    )
    held_by = GrantedTo(transfer.to_device_id, member_id, transfer.points, row.expires_ms)
    batch.leases[transfer.transfer_id] = LeaseState(
        held_by, remaining, 0, state, dict(shares), exposed, changed=True
    )
