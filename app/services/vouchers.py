"""Taking a voucher: what it is, whether this counter may take it, and that it is taken once."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import VoucherUsed
from app.domain.office_time import local_day
from app.domain.voucher import (
    MAX_CHARACTERS,
    SETTING,
    Known,
    SignedVoucher,
    VoucherRules,
    read_voucher,
    refusal_of,
)
from app.ports.work import Work, WorkReads
from app.services.commands import TakeVoucher
from app.services.context import Context, enrolled, signed_in
from app.services.encounters import opened
from app.services.views import VoucherView

ONLINE_LIMIT_S: Final = 2.0

_SURE_ONLINE: Final = "voucher_issuer_shut_out"
"""The server knows which of such vouchers are good; the counter alone can't."""


def voucher_rules(context: Context) -> VoucherRules:
    """The programme's setting in force."""
    return VoucherRules.from_setting(context.setting(SETTING)[0])


def look_at(context: Context, text: str) -> VoucherView:
    """Say what a scanned voucher is, and why it isn't taken if it isn't.

    Raises:
        Rejected: voucher_unreadable.
        Unavailable: the disk.
    """
    signed = read_voucher(text)
    voucher = signed.voucher
    reads = context.store.reads
    is_online = reads.link_state().online
    refusal = _refusal(context, reads, signed)
    reward = next((r for r in context.members.rewards() if r.reward_id == voucher.reward_id), None)
    office = context.members.office(signed.credential.office_id)
    return VoucherView(
        text=text.strip().upper()[:MAX_CHARACTERS],
        code=signed.code,
        reward_name="" if reward is None else reward.name,
        reward_name_en="" if reward is None else reward.name_en,
        points=voucher.points,
        last_day=voucher.last_day.isoformat(),
        office_name="" if office is None else office.name,
        is_open=voucher.is_open,
        is_checked=is_online,
        refusal="" if refusal == _SURE_ONLINE and is_online else refusal,
    )


def take_voucher(context: Context, use_id: UUID, command: TakeVoucher) -> UUID:
    """Take a voucher: the server is asked first where it answers, and told afterwards where not.

    `use_id` is new. Returns the encounter's id.

    Raises:
        Rejected: what `refusal_of` names; voucher_unreadable, not_signed_in.
    """
    signed = read_voucher(command.text)
    reads = context.store.reads
    signed_in(reads)
    refusal = _refusal(context, reads, signed)
    if refusal not in ("", _SURE_ONLINE):
        raise Rejected(refusal, "The voucher isn't taken here")
    is_sure = _ask_server(context, reads, signed, use_id)
    if refusal and not is_sure:
        raise Rejected(refusal, "The voucher's counter was shut out")

    def unit(work: Work) -> UUID:
        signed_in(work)
        voucher = signed.voucher
        if work.voucher_used(voucher.redemption_id):
            raise Rejected("voucher_used_here", "The voucher was taken at this counter before")
        row = opened(work, "scan")
        entry = work.append(
            VoucherUsed(
                use_id=use_id,
                encounter_id=row.encounter_id,
                redemption_id=voucher.redemption_id,
                reward_id=voucher.reward_id,
                points=voucher.points,
                voucher=signed.to_text(),
            )
        )
        work.use_voucher(voucher.redemption_id, use_id)
        name = next(
            (r.name for r in context.members.rewards() if r.reward_id == voucher.reward_id),
            signed.code,
        )
        work.add_line(use_id, row.encounter_id, "voucher", name, None, entry)
        return row.encounter_id

    encounter_id: UUID = context.store.run(unit)
    return encounter_id


def _ask_server(context: Context, reads: WorkReads, signed: SignedVoucher, use_id: UUID) -> bool:
    """Whether the server says that nobody has used it; False where it can't be asked.

    Raises:
        Rejected: what it says against it.
    """
    if not reads.link_state().online:
        return False
    verdict = context.online.claim_voucher(signed.to_text(), use_id, limit_s=ONLINE_LIMIT_S)
    if verdict.outcome == "refused":
        raise Rejected(verdict.code, verdict.message)
    return verdict.outcome == "taken"


def is_genuine(context: Context, signed: SignedVoucher) -> bool:
    """Whether a counter of a programme that this seat trusts signed it."""
    keys, credential = context.vouchers, signed.credential
    return keys.is_by_authority(credential.statement(), signed.vouched) and keys.is_by(
        credential.public_key, signed.statement(), signed.signature
    )


def _refusal(context: Context, reads: WorkReads, signed: SignedVoucher) -> str:
    seat = enrolled(context)
    credential, redemption_id = signed.credential, signed.voucher.redemption_id
    own = reads.redemption(redemption_id)
    known = Known(
        is_vouched=is_genuine(context, signed),
        is_shut_out=any(
            told.device_id == credential.device_id for told in context.members.revocations()
        ),
        used_here=reads.voucher_used(redemption_id),
        used_elsewhere=context.members.is_voucher_used(redemption_id),
        voided_here=own is not None and own.state == "voided",
        refunded_here=reads.refunded_points(redemption_id) >= signed.voucher.points,
    )
    return refusal_of(
        signed,
        known,
        programme_id=seat.programme_id,
        office_id=seat.office_id,
        today=local_day(context.clock.now_ms(), seat.time_zone),
    )
