"""What a seat hands on of its leases, and takes over of others': the adapter of `TransferStore`.

Each side is one transaction of its own, in which the journal says it. A giver signs what it has
committed, so nothing is proved that a power cut could still undo.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from app.domain.entry import Actor
from app.domain.errors import Rejected
from app.domain.events import LeaseHandedOn, LeaseReceived
from app.domain.lease import LeaseTransfer, TransferProof
from app.ports.clock import Clock
from app.ports.transfers import HandedOn
from app.store.database import WorkDatabase
from app.store.journal import Journal
from app.store.tables import handed_on, lease, seat

_left = lease.c.points - lease.c.spent_points + lease.c.restored_points
_ENOUGH: Final = (
    select(lease.c.lease_id)
    .where(
        lease.c.member_id == bindparam("member"),
        lease.c.state == "open",
        lease.c.may_hand_on,
        lease.c.points >= bindparam("wanted"),
        _left >= bindparam("wanted"),
    )
    .order_by(_left, lease.c.lease_id)  # the least that is enough
    .limit(1)
)
_SPEND: Final = (
    update(lease)
    .where(lease.c.lease_id == bindparam("of"))
    .values(spent_points=lease.c.spent_points + bindparam("given"))
)
_HANDED_ON: Final = select(
    handed_on.c.lease_id, handed_on.c.member_id, handed_on.c.to_device_id, handed_on.c.points
).where(handed_on.c.transfer_id == bindparam("of"))
_GRANTED: Final = select(lease.c.points, lease.c.expires_ms, lease.c.signature).where(
    lease.c.lease_id == bindparam("of")
)
_KNOWN: Final = select(lease.c.lease_id).where(lease.c.lease_id == bindparam("of"))
_SEAT: Final = select(seat.c.device_id, seat.c.document)


class SqlTransfers:
    """Both sides, on work.db."""

    def __init__(
        self,
        database: WorkDatabase,
        clock: Clock,
        new_id: Callable[[], UUID],
        sign: Callable[[bytes], bytes],
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._sign = sign

    def new_id(self) -> UUID:
        return self._new_id()

    def could_hand_on(self, member_id: UUID, points: int) -> bool:
        return bool(self._database.fetch(_ENOUGH, {"member": member_id, "wanted": points}))

    def hand_on(
        self, transfer_id: UUID, member_id: UUID, to_device_id: UUID, points: int
    ) -> HandedOn:
        ((own_id, document),) = self._database.fetch(_SEAT, {})

        def work(connection: Connection) -> tuple[LeaseTransfer, Any]:
            known = connection.execute(_HANDED_ON, {"of": transfer_id}).one_or_none()
            if known is None:
                wanted = {"member": member_id, "wanted": points}
                lease_id = connection.execute(_ENOUGH, wanted).scalar_one_or_none()
                if lease_id is None:
                    raise Rejected("nothing_held", "Not so much is set aside here")
            else:
                lease_id = known.lease_id
            transfer = LeaseTransfer(transfer_id, lease_id, member_id, own_id, to_device_id, points)
            if known is None:
                self._give(connection, transfer)
            elif tuple(known[1:]) != (member_id, to_device_id, points):
                raise Rejected("conflict", "Another transfer has this id")
            return transfer, connection.execute(_GRANTED, {"of": lease_id}).one()

        transfer, granted = self._database.transact(work, user=True)
        certificate = ssl.PEM_cert_to_DER_cert(str(document["certificate"]))
        proof = TransferProof(
            self._sign(transfer.statement),
            granted.points,
            granted.expires_ms,
            granted.signature,
            certificate,
        )
        return HandedOn(transfer, proof)

    def _give(self, connection: Connection, transfer: LeaseTransfer) -> None:
        event = LeaseHandedOn(
            transfer.transfer_id,
            transfer.lease_id,
            transfer.member_id,
            transfer.to_device_id,
            transfer.points,
        )
        self._say(connection, event)
        connection.execute(_SPEND, {"of": transfer.lease_id, "given": transfer.points})
        connection.execute(
            insert(handed_on),
            {
                "transfer_id": transfer.transfer_id,
                "lease_id": transfer.lease_id,
                "member_id": transfer.member_id,
                "to_device_id": transfer.to_device_id,
                "points": transfer.points,
            },
        )

    def take_over(self, handed_on: HandedOn) -> bool:
        transfer, proof = handed_on.transfer, handed_on.proof

        def work(connection: Connection) -> bool:
            if connection.execute(_KNOWN, {"of": transfer.transfer_id}).one_or_none():
                return False
            event = LeaseReceived(
                transfer.transfer_id,
                transfer.lease_id,
                transfer.member_id,
                transfer.from_device_id,
                transfer.points,
                proof.to_text(),
            )
            connection.execute(
                insert(lease),
                {
                    "lease_id": transfer.transfer_id,
                    "member_id": transfer.member_id,
                    "points": transfer.points,
                    "spent_points": 0,
                    "restored_points": 0,
                    "expires_ms": proof.expires_ms,
                    "state": "open",
                    "signature": b"",
                    "may_hand_on": False,
                    "received_by": self._say(connection, event),
                },
            )
            return True

        return self._database.transact(work, user=True)

    def _say(self, connection: Connection, event: LeaseHandedOn | LeaseReceived) -> UUID:
        chain_end, event_id = Journal(connection, self._clock), self._new_id()
        chain_end.append(event, event_id, Actor(), (), urgent=False)
        chain_end.flush()
        return event_id
