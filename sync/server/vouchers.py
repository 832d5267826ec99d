"""Vouchers at the server: who may take one, and which replicas are told were taken.

`voucher_use` has at most one row for each redemption. A counter that is connected claims a voucher
before it hands anything over; the entry `VoucherUsed` confirms it, or takes what nobody claimed.
"""

from __future__ import annotations

from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.errors import Rejected
from app.domain.records import UsedVouchers
from app.domain.voucher import SignedVoucher, read_voucher, shelf_of, tail_of
from sync.protocol.messages import VoucherAnswer, VoucherRequest
from sync.server.devices import Device
from sync.server.problems import ProblemError
from sync.server.states import AWAITED
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, update_rows
from sync.server.work import Work

_COLUMNS: Final = [column.name for column in t.voucher_use.columns]
_CHANGING: Final = ("use_id", "device_id", "office_id", "at_ms", "event_id")


def claim(work: Work, device: Device, request: VoucherRequest) -> VoucherAnswer:
    """Say whether a counter may take a voucher, and keep it for that counter if so.

    Whether it has expired is for the counter to see, by its own office's day.

    Raises:
        ProblemError: forbidden, for a desk.
    """
    if device.is_desk:
        raise ProblemError("forbidden", "Vouchers are taken at counters")
    try:
        signed = read_voucher(request.voucher)
        known = work.find(t.redemption, "redemption_id", [signed.voucher.redemption_id])
        check(work, device, signed, known[0] if known else None)
        take(work, device, signed, request.use_id, at_ms=work.now_ms, event_id=None)
    except Rejected as refusal:
        return VoucherAnswer("refused", refusal.code, refusal.message, work.now_ms)
    return VoucherAnswer("taken", "", "", work.now_ms)


class Redemption(Protocol):
    """What is to be known of the redemption that a voucher is of."""

    device_id: UUID
    points: int
    state: str
    refunded: int


def check(
    work: Work,
    device: Device,
    signed: SignedVoucher,
    known: Redemption | None,
    *,
    anywhere: bool = False,
) -> None:
    """See that this device's office may take a voucher; whether it was used is for `take` to say.

    `known` is its redemption, None where nobody has told of it yet; `anywhere`: whoever takes it.

    Raises:
        Rejected: voucher_forged, voucher_issuer_shut_out, voucher_elsewhere, voucher_voided,
            voucher_refunded.
    """
    credential, voucher = signed.credential, signed.voucher
    issuers = work.find(t.device, "device_id", [credential.device_id])
    if not issuers or not _is_signed(bytes(issuers[0].public_key), signed):
        raise Rejected("voucher_forged", "No counter of this programme issued the voucher")
    if known is None or known.state == AWAITED:
        if issuers[0].revoked_ms is not None:
            raise Rejected("voucher_issuer_shut_out", "It comes from a counter that was shut out")
    elif known.state == "voided":
        raise Rejected("voucher_voided", "The redemption was undone")
    elif (known.device_id, known.points) != (credential.device_id, voucher.points):
        raise Rejected("voucher_forged", "The redemption was another one")
    elif known.refunded >= known.points:
        raise Rejected("voucher_refunded", "The reward was given back for its points")
    if not (voucher.is_open or anywhere) and credential.office_id != device.office_id:
        raise Rejected("voucher_elsewhere", "Another office's counters alone take it")


def _is_signed(public_key: bytes, signed: SignedVoucher) -> bool:
    if public_key != signed.credential.public_key:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signed.signature, signed.statement())
    except InvalidSignature:
        return False
    return True


def take(
    work: Work,
    device: Device,
    signed: SignedVoucher,
    use_id: UUID,
    *,
    at_ms: int,
    event_id: UUID | None,
) -> None:
    """Write down who takes a voucher; the entry that is first stands.

    A claim keeps other counters' claims out and gives way to its own counter, which had no answer
    or died before it handed anything over. It gives way to any entry, too: of what was handed over
    without the server the first is no exception.

    Raises:
        Rejected: voucher_used.
    """
    redemption_id = signed.voucher.redemption_id
    last_day = signed.voucher.last_day.isoformat()
    shelf = shelf_of(redemption_id)
    row = (
        work.programme_id,
        redemption_id,
        use_id,
        device.device_id,
        device.office_id,
        at_ms,
        last_day,
        shelf,
        event_id,
    )
    insert_rows(work.connection, t.voucher_use, _COLUMNS, [row], skip_known=True)
    (stands,) = work.find(t.voucher_use, "redemption_id", [redemption_id], lock=True)
    is_entry, is_claim = event_id is not None, stands.event_id is None
    gives_way = is_claim and (is_entry or stands.device_id == device.device_id)
    if stands.use_id != use_id and not gives_way:
        raise Rejected("voucher_used", "The voucher was used before")
    if gives_way:
        update_rows(
            work.connection,
            t.voucher_use,
            ["redemption_id"],
            _CHANGING,
            [(redemption_id, use_id, device.device_id, device.office_id, at_ms, event_id)],
            programme_id=work.programme_id,
        )


def is_used(work: Work, redemption_id: UUID) -> bool:
    """Whether something was handed over for the redemption's voucher."""
    found = work.find(t.voucher_use, "redemption_id", [redemption_id])
    return any(row.event_id is not None for row in found)


def publish(work: Work, shelves: set[str]) -> None:
    """Tell replicas what stands on these shelves: what was used and could be shown again."""
    if not shelves:
        return
    # Two that add to one shelf come one after the other, and the second sees what the first added
    programme = t.programme.c.programme_id
    work.connection.execute(
        sa.select(programme).where(programme == work.programme_id).with_for_update()
    )
    table: Any = t.voucher_use
    for shelf in sorted(shelves):
        used = work.connection.execute(
            sa.select(table.c.redemption_id).where(
                table.c.programme_id == work.programme_id,
                table.c.shelf == shelf,
                table.c.last_day >= work.today,
                table.c.event_id.is_not(None),
            )
        ).scalars()
        tails = tuple(sorted(map(tail_of, used)))
        work.put_record(UsedVouchers.KIND, shelf, UsedVouchers(shelf, tails), None)
