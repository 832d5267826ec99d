"""Receipts: saved with what they are receipts of, made into documents when they are printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, Protocol
from uuid import UUID

from app.domain import names
from app.domain.errors import Rejected, Unavailable
from app.domain.events import MatterOpened
from app.domain.family import Split
from app.domain.member import masked_card, masked_name
from app.domain.office_time import local_day, local_time
from app.domain.receipt import Receipt
from app.domain.receipt_words import Language, language_of
from app.domain.slips import (
    AccrualSlip,
    Around,
    Facts,
    MatterSlip,
    RedemptionSlip,
    RefundSlip,
    StatementSlip,
    with_link,
)
from app.domain.voucher import Credential, SignedVoucher, Voucher, voucher_statement
from app.ports.work import (
    EncounterRow,
    ReceiptKind,
    ReceiptRow,
    RedemptionRow,
    Work,
    WorkReads,
)
from app.services.commands import DismissReceipts, PrintReceipt
from app.services.context import Context, enrolled, server_member
from app.services.families import share_of
from app.services.point_views import RefundForeseen
from app.services.rating_links import link_of
from app.services.views import ReceiptItem, ReceiptsView, RedemptionResult
from app.services.vouchers import voucher_rules

# --- saved, in the transaction of what they are receipts of ---


def add_redemption_slip(
    context: Context, work: Work, row: RedemptionRow, reward_en: str, *, is_signed: bool
) -> None:
    """Of a reward that was given, with its voucher's terms; `is_signed`: that is the yes."""
    assert row.cover is not None, "what was given stands on something"
    now_ms = work.now_ms()
    rules = voucher_rules(context)
    voucher = Voucher(
        redemption_id=row.redemption_id,
        reward_id=row.reward_id,
        points=row.points,
        issued_s=(now_ms + (work.link_state().offset_ms or 0)) // 1000,
        last_day=rules.last_day(local_day(now_ms, enrolled(context).time_zone)),
        is_open=row.cover in rules.open_covers,
        cover=row.cover,
    )
    facts = RedemptionSlip(row.reward_name, reward_en, voucher, is_signed).facts()
    _add(context, work, "redemption", row.redemption_id, row.encounter_id, row.member_id, facts)


def add_refund_slip(
    context: Context,
    work: Work,
    row: EncounterRow,
    refund_id: UUID,
    names: tuple[str, str],
    foreseen: RefundForeseen,
) -> None:
    """Of a reward that came back; `names` are its own and its English one."""
    facts = RefundSlip(*names, foreseen.points, foreseen.fee_points).facts()
    _add(context, work, "refund", refund_id, row.encounter_id, row.member_id, facts)


def add_statement_slip(
    context: Context, work: Work, row: EncounterRow, slip: StatementSlip
) -> None:
    """Of what changed a member's points."""
    ref_id, facts = work.new_id(), slip.facts()
    _add(context, work, "statement", ref_id, row.encounter_id, row.member_id, facts)


def add_accrual_slip(
    context: Context, work: Work, row: EncounterRow, accrual_id: UUID, label: str, points: int
) -> None:
    """Of points that were earned, and of where they go as it is foreseen now."""
    member = None if row.member_id is None else server_member(context, work, row.member_id)
    share = share_of(context, member, points)
    slip = AccrualSlip(label, points)
    if share is not None:
        split = Split(share.repaid, share.shared, share.kept)
        slip = AccrualSlip(label, points, split, share.head_name)
    _add(context, work, "accrual", accrual_id, row.encounter_id, row.member_id, slip.facts())


def add_matter_slip(context: Context, work: Work, matter: MatterOpened) -> None:
    """Of a complaint or question that was taken: who answers it, and by when."""
    due = local_time(matter.due_ms, enrolled(context).time_zone)
    facts = MatterSlip(matter.number, matter.department, due, matter.owner).facts()
    _add(context, work, "matter", matter.matter_id, matter.encounter_id, matter.member_id, facts)


def _add(
    context: Context,
    work: Work,
    kind: ReceiptKind,
    ref_id: UUID,
    encounter_id: UUID,
    member_id: UUID | None,
    facts: Facts,
) -> None:
    session = work.session()
    staff = None if session is None else context.members.staff(session.staff_id)
    work.add_receipt(
        ReceiptRow(
            receipt_id=work.new_id(),
            kind=kind,
            ref_id=ref_id,
            encounter_id=encounter_id,
            member_id=member_id,
            staff_number="" if staff is None else staff.number,
            at_ms=work.now_ms(),
            facts=facts,
        )
    )


# --- printed ---


def document_of(context: Context, row: ReceiptRow, seat_language: Language) -> Receipt:
    """Make a receipt's document.

    Args:
        context: tells whose it is, and signs its voucher.
        row: as it was saved.
        seat_language: for those whose own isn't known.

    Raises:
        Unavailable: the vault or the disk.
    """
    around = around_of(
        context,
        row.member_id,
        seat_language,
        at_ms=row.at_ms,
        clerk_number=row.staff_number,
        is_copy=row.times > 0,
    )
    document = _document(context, row, around)
    visit = context.store.reads.encounter(row.encounter_id)
    if visit is None or around.is_copy:  # whoever is given a copy may not be who was served
        return document
    url = link_of(context, visit)
    return with_link(document, around.language, url) if url else document


def _document(context: Context, row: ReceiptRow, around: Around) -> Receipt:
    match row.kind:
        case "redemption":
            slip = RedemptionSlip.of(row.facts)
            return slip.receipt(around, voucher_text(context, slip.voucher))
        case "refund":
            return RefundSlip.of(row.facts).receipt(around)
        case "statement":
            return StatementSlip.of(row.facts).receipt(around)
        case "accrual":
            return AccrualSlip.of(row.facts).receipt(around)
        case "matter":
            return MatterSlip.of(row.facts).receipt(around)


def around_of(
    context: Context,
    member_id: UUID | None,
    seat_language: Language,
    *,
    at_ms: int,
    clerk_number: str,
    is_copy: bool = False,
) -> Around:
    """Return what stands on every paper, in the member's language where they are known."""
    seat, setting = enrolled(context), context.setting(names.SETTING)[0]
    reads = context.store.reads
    member = None if member_id is None else server_member(context, reads, member_id)
    language = seat_language if member is None else language_of(member.language or seat_language)
    return Around(
        language=language,
        programme=seat.programme_name,
        office=names.name_in(setting, language, seat.office_name),
        counter=names.name_in(setting, language, seat.counter_label),
        clerk=clerk_number,
        at=local_time(at_ms, seat.time_zone),
        member=(
            ""
            if member is None
            else f"{masked_name(member.name)} {masked_card(member.card_no)}".strip()
        ),
        is_copy=is_copy,
    )


def voucher_text(context: Context, voucher: Voucher) -> str:
    """Sign a voucher; once more, it is the same text. '' while the server hasn't said who we are.

    Raises:
        Unavailable: the vault or the disk.
    """
    held = context.vouchers.credential()
    if held is None:
        return ""
    credential = Credential.unpacked(held[0])
    signature = context.vouchers.sign(voucher_statement(credential, voucher))
    return SignedVoucher(credential, held[1], voucher, signature).to_text()


def with_voucher(context: Context, result: RedemptionResult) -> RedemptionResult:
    """What a redemption came to, with its voucher's text: no paper comes out here.

    The reward is given whatever the vault does; without its key there is no voucher to show.
    """
    rows = context.store.reads.last_receipts(_MOST_SHOWN)
    of = (row for row in rows if row.kind == "redemption" and row.ref_id == result.redemption_id)
    row = next(of, None)
    if row is None:
        return result
    try:
        text = voucher_text(context, RedemptionSlip.of(row.facts).voucher)
    except Unavailable:
        return result
    return replace(result, voucher=text)


def is_undone(reads: WorkReads, row: ReceiptRow) -> bool:
    """Whether what it is a receipt of was undone: then there is none any more."""
    return any(line.undone for line in reads.lines(row.encounter_id) if line.ref_id == row.ref_id)


# --- what the clerk wants of them ---


def print_receipt(context: Context, command: PrintReceipt) -> None:
    """Let it come out now, whoever stands there; as a copy if it may have come out before."""

    def unit(work: Work) -> None:
        row = work.receipt(command.receipt_id)
        if row is None:
            raise Rejected("unknown_receipt", "This receipt isn't on this PC any more")
        if is_undone(work, row):
            raise Rejected("receipt_undone", "What this was a receipt of has been undone")
        if row.state != "printing":
            work.save_receipt(replace(row, state="asked", problem=""))

    context.store.run(unit)


def dismiss_receipts(context: Context, command: DismissReceipts) -> None:
    """Nobody wants these any more, as far as they still wait for a key."""

    def unit(work: Work) -> None:
        for row in filter(None, map(work.receipt, command.receipt_ids)):
            if row.state in ("held", "doubtful"):
                work.save_receipt(replace(row, state="dismissed"))

    context.store.run(unit)


# --- what the clerk is shown ---


class Queue(Protocol):
    """What is to be known of the print queue (app.services.printing)."""

    problem: str


SHOWN_MS: Final = 86_400_000
"""A receipt that nobody printed in a day, nobody will."""

_MOST_SHOWN: Final = 8
_TEXTS: Final[dict[ReceiptKind, str]] = {
    "redemption": "reward",
    "refund": "reward",
    "accrual": "label",
    "matter": "number",
    "statement": "first_day",
}
"""Which of a receipt's facts says what it is of."""


def receipts_view(context: Context, queue: Queue | None) -> ReceiptsView:
    """What a person has to decide about, and what could be printed again; without one, nothing."""
    if queue is None:
        return ReceiptsView(False, "", (), ())
    reads = context.store.reads
    since_ms = context.clock.now_ms() - SHOWN_MS
    undecided = reads.receipts(("held", "doubtful"), 100)
    pending = [row for row in undecided if row.at_ms > since_ms and not is_undone(reads, row)]
    recent = [row for row in reads.last_receipts(_MOST_SHOWN) if not is_undone(reads, row)]
    return ReceiptsView(
        has_printer=True,
        problem=queue.problem,
        pending=tuple(map(_item, pending[-_MOST_SHOWN:])),
        recent=tuple(map(_item, recent)),
    )


def _item(row: ReceiptRow) -> ReceiptItem:
    facts = row.facts
    text = _TEXTS[row.kind]
    state: Literal["waiting", "printed", "held", "doubtful"]
    match row.state:
        case "held" | "doubtful" | "printed":
            state = row.state
        case "dismissed":
            state = "held" if row.times == 0 else "printed"
        case _:
            state = "waiting"
    return ReceiptItem(
        receipt_id=row.receipt_id,
        kind=row.kind,
        text=str(facts[text]),
        text_en=str(facts.get("reward_en", "")),
        at_ms=row.at_ms,
        state=state,
    )
