"""Vouchers that counters took."""

from __future__ import annotations

from app.domain.errors import Rejected
from app.domain.events import VoucherUsed
from app.domain.voucher import read_voucher, shelf_of
from sync.server import vouchers
from sync.server.batch import Batch
from sync.server.reading import Received


def voucher_used(
    batch: Batch, received: Received, event: VoucherUsed, *, honoured: bool = False
) -> None:
    """Something was handed over for a voucher: once, or a manager hears of it.

    One that a manager has `honoured` may have been late, or another office's.
    """
    encounter = batch.encounter(event.encounter_id)
    signed = read_voucher(event.voucher)
    voucher = signed.voucher
    known = batch.redemptions.get(voucher.redemption_id)
    vouchers.check(batch.work, batch.device, signed, known, anywhere=honoured)
    if (voucher.redemption_id, voucher.reward_id, voucher.points) != (
        event.redemption_id,
        event.reward_id,
        event.points,
    ):
        raise Rejected("voucher_forged", "The entry and its voucher speak of different things")
    if not honoured and batch.day_it_happened(received) > voucher.last_day.isoformat():
        raise Rejected("voucher_expired", "The voucher had expired")
    vouchers.take(
        batch.work,
        batch.device,
        signed,
        event.use_id,
        at_ms=received.at_ms,
        event_id=received.event_id,
    )
    batch.used_shelves.add(shelf_of(voucher.redemption_id))
    encounter.serve("voucher")
