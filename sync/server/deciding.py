"""Deciding entries: who may do what, which were decided before, and what each comes to.

Nothing is dropped: what can't be read or breaks a rule becomes an exception, and what stands behind
it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final
from uuid import UUID

from app.domain import events as e
from app.domain.entry import commitment
from app.domain.errors import Rejected
from sync.protocol.messages import MAX_BLOB_BYTES, Blob, Decision
from sync.server import vouchers
from sync.server.batch import Batch, Handler
from sync.server.cases import write_cases
from sync.server.devices import Device
from sync.server.exceptions import open_exceptions, settle_by_itself
from sync.server.handlers import (
    adjusting,
    appealing,
    deny_list,
    desk,
    earning,
    giving_up,
    listening,
    members,
    points,
    refunds,
    service,
    settling,
    stray_presses,
    transfers,
)
from sync.server.handlers.vouchers import voucher_used
from sync.server.holding import check_not_held
from sync.server.own_membership import check_not_own
from sync.server.reading import Received, read_copy
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, together
from sync.server.work import Work

# So many are decided at a time, and written while the next ones are
_PART: Final = 700


def _nothing(batch: Batch, received: Received, event: object) -> None:
    """Sessions and shifts stand in the journal; nothing else follows from them."""


HANDLERS: Final[dict[type, Handler]] = {
    e.SessionStarted: _nothing,
    e.SessionEnded: _nothing,
    e.ShiftOpened: _nothing,
    e.ShiftClosed: _nothing,
    e.EncounterOpened: service.encounter_opened,
    e.MemberIdentified: service.member_identified,
    e.EncounterResumed: service.encounter_resumed,
    e.EncounterEnded: service.encounter_ended,
    e.RatingRecorded: service.rating_recorded,
    e.RatingDetailed: service.rating_detailed,
    e.RatingNotGiven: service.rating_not_given,
    e.StrayPressesRecorded: stray_presses.stray_presses_recorded,
    e.AccrualRecorded: earning.accrual_recorded,
    e.AccrualReversed: earning.accrual_reversed,
    e.AccrualReduced: earning.accrual_reduced,
    e.RedemptionRequested: points.redemption_requested,
    e.RedemptionGranted: points.redemption_granted,
    e.RedemptionVoided: points.redemption_voided,
    e.RedemptionRefunded: refunds.redemption_refunded,
    e.VoucherUsed: voucher_used,
    e.LeaseReturned: points.lease_returned,
    e.LeaseHandedOn: transfers.lease_handed_on,
    e.LeaseReceived: transfers.lease_received,
    e.StockReturned: points.stock_returned,
    e.MemberJoined: members.member_joined,
    e.ContactUpdated: members.contact_updated,
    e.CardReplaced: members.card_replaced,
    e.MatterOpened: service.matter_opened,
    e.PointsAdjusted: adjusting.points_adjusted,
    e.AdjustmentConfirmed: adjusting.adjustment_confirmed,
    e.AdjustmentDeclined: adjusting.adjustment_declined,
    e.LeasesWrittenOff: giving_up.leases_written_off,
    e.MemberDenied: deny_list.member_denied,
    e.MemberAllowed: deny_list.member_allowed,
    e.CaseAcknowledged: desk.case_acknowledged,
    e.CaseNoted: desk.case_noted,
    e.CaseAdvanced: desk.case_advanced,
    e.CaseClosed: desk.case_closed,
    e.CaseReopened: desk.case_reopened,
    e.CaseFieldSet: desk.case_field_set,
    e.RatingAppealed: appealing.rating_appealed,
    e.AppealDecided: appealing.appeal_decided,
    e.ListeningFieldSet: listening.listening_field_set,
    e.ContactShown: listening.contact_shown,
    e.ActionOpened: listening.action_opened,
    e.ActionFieldSet: listening.action_field_set,
    e.ApprovalAnswered: desk.approval_answered,
    e.FiguresSaved: desk.figures_saved,
    e.ExceptionSettled: settling.exception_settled,
}

# What the program or the customer may do with nobody signed in.
_WITHOUT_STAFF: Final = frozenset(
    {
        e.SessionEnded,
        e.ShiftClosed,
        e.EncounterEnded,
        e.EncounterResumed,
        e.RatingRecorded,
        e.RatingDetailed,
        e.RatingNotGiven,
        e.StrayPressesRecorded,
        e.RedemptionVoided,
        e.LeaseReturned,
        e.LeaseHandedOn,
        e.LeaseReceived,
        e.StockReturned,
    }
)
_MANAGERS_ONLY: Final = frozenset(
    {
        e.PointsAdjusted,
        e.AdjustmentConfirmed,
        e.AdjustmentDeclined,
        e.LeasesWrittenOff,
        e.MemberDenied,
        e.MemberAllowed,
        e.CaseAcknowledged,
        e.CaseNoted,
        e.CaseAdvanced,
        e.CaseClosed,
        e.CaseReopened,
        e.CaseFieldSet,
        e.AppealDecided,
        e.ListeningFieldSet,
        e.ContactShown,
        e.ActionOpened,
        e.ActionFieldSet,
        e.ApprovalAnswered,
        e.FiguresSaved,
        e.ExceptionSettled,
    }
)

_SERVING_A_MEMBER: Final = frozenset(
    {
        e.MemberIdentified,
        e.AccrualRecorded,
        e.RedemptionRequested,
        e.RedemptionGranted,
        e.PointsAdjusted,
        e.MemberDenied,
        e.MemberAllowed,
    }
)

# Entries that may stand twice in what reached the server, first as an urgent copy.
_CONFIRMED_BY_CHAIN: Final = (e.RatingRecorded, e.RatingDetailed)


def check_staff(batch: Batch, received: Received) -> None:
    """Check who is said to have done it.

    Raises:
        Rejected: no_staff, unknown_staff, staff_inactive, wrong_office, not_manager,
            own_membership.
    """
    assert received.envelope is not None
    staff, kind = received.envelope.staff, type(received.event)
    if staff is None:
        if kind not in _WITHOUT_STAFF:
            raise Rejected("no_staff", "Nobody was signed in for the entry")
        return
    if (staff, kind) not in batch.allowed:
        _check_role(batch, UUID(staff), kind)
        batch.allowed.add((staff, kind))
    if kind in _SERVING_A_MEMBER:
        person = batch.staff[UUID(staff)]
        check_not_own(batch.work, person, received.event.member_id)


def _check_role(batch: Batch, staff_id: UUID, kind: type) -> None:
    staff = batch.staff.get(staff_id)
    if staff is None:
        raise Rejected("unknown_staff", "The person signed in isn't known to the server")
    if not staff.active:
        raise Rejected("staff_inactive", "The person signed in no longer works here")
    roles = staff.roles.split(",")
    if staff.office_id != batch.device.office_id and "administrator" not in roles:
        raise Rejected("wrong_office", "The person signed in works at another office")
    if kind in _MANAGERS_ONLY and not {"duty_manager", "administrator"} & set(roles):
        raise Rejected("not_manager", "Only a duty manager may do this")


def apply(batch: Batch, received: Received) -> None:
    """Decide one entry; on return `received.code` says whether it became an exception."""
    if received.event is None:
        return
    kind = type(received.event)
    if received.confirmed or (received.copied and kind not in _CONFIRMED_BY_CHAIN):
        return
    try:
        check_not_held(batch, received)
        check_staff(batch, received)
        HANDLERS[kind](batch, received, received.event)
        refunds.post_waiting(batch, received.event)
    except Rejected as refusal:
        received.code, received.message = refusal.code, refusal.message


def keep_blobs(work: Work, blobs: Sequence[Blob]) -> dict[str, bytes]:
    """Store the blobs whose content fits their commitment; entries miss the others."""
    good = {
        blob.commitment: blob
        for blob in blobs
        if len(blob.content) <= MAX_BLOB_BYTES
        and len(blob.salt) <= 64
        and commitment(blob.salt, blob.content) == blob.commitment
    }
    insert_rows(
        work.connection,
        t.blob,
        ["programme_id", "commitment", "salt", "content", "received_ms"],
        [(work.programme_id, b.commitment, b.salt, b.content, work.now_ms) for b in good.values()],
        skip_known=True,
    )
    return {name: blob.content for name, blob in good.items()}


def set_aside(entries: Sequence[Received], places: Set[int]) -> None:
    """Leave entries that the server fails at unread."""
    for received in entries:
        if received.seq in places:
            received.event = None
            received.code, received.message = "failed", "The server failed at the entry"


def load(batch: Batch, entries: Sequence[Received], *, are_stored: bool = False) -> None:
    """Find out which were decided before, and load all that these entries speak of.

    `are_stored`: in a chain already, and not applied.
    """
    _mark_copies(batch.work, batch.device, entries, are_stored=are_stored)
    batch.load(entries)


def decide(batch: Batch, entries: Sequence[Received]) -> list[Decision]:
    """Decide loaded entries one after the other, and write all that follows from them."""
    for start in range(0, len(entries), _PART):
        for received in entries[start : start + _PART]:
            apply(batch, received)
            if batch.exceptions and not received.code:
                settle_by_itself(batch, received)
        batch.write()
    write_cases(batch)
    batch.appeals.publish()
    batch.listenings.publish()
    vouchers.publish(batch.work, batch.used_shelves)
    refused = [received for received in entries if received.code]
    open_exceptions(batch.work, batch.device, [*refused, *batch.remarked])
    return [decision_of(received) for received in entries]


def decision_of(received: Received) -> Decision:
    """What an entry came to, once it is decided; before, what it comes to if no rule objects."""
    return "exception" if received.code else "duplicate" if received.copied else "accepted"


def _mark_copies(
    work: Work, device: Device, entries: Sequence[Received], *, are_stored: bool
) -> None:
    """Find events that were decided already, or that stand twice in this very upload."""
    before: dict[UUID, bytes] = {}
    chained: set[UUID] = set()
    ids = {received.event_id for received in entries}
    asked = ("event_id", "raw", "decision")
    with together(work.connection):
        copies = work.find(t.urgent_copy, "event_id", ids, columns=asked)
        places = [] if are_stored else work.find(t.entry, "event_id", ids, columns=asked)
    for row in copies:
        if row.decision != "exception":
            before[row.event_id] = row.raw
    for row in places:
        if row.raw:
            before[row.event_id] = row.raw
            chained.add(row.event_id)
    if not before and len(ids) == len(entries):
        return
    for received in entries:
        if not received.raw:
            _know_by_copy(received, device, before.get(received.event_id))
            received.confirmed = received.copied and received.event_id in chained
            continue
        first = before.setdefault(received.event_id, received.raw)
        received.confirmed = received.event_id in chained
        chained.add(received.event_id)
        if first is received.raw:
            continue
        received.copied = True
        earlier = read_copy(bytes(first))
        if received.event != earlier.event or not _is_of(device, earlier):
            received.event = None
            received.code = "conflict"
            received.message = "Another entry has this one's id"


def _know_by_copy(lost: Received, device: Device, copy: bytes | None) -> None:
    """What came ahead, or under an older incarnation, says what a lost entry said."""
    earlier = None if copy is None else read_copy(bytes(copy))
    if earlier is None or earlier.event is None or not _is_of(device, earlier):
        return
    lost.envelope, lost.event = earlier.envelope, earlier.event
    lost.code = lost.message = ""
    lost.copied = True


def _is_of(device: Device, received: Received) -> bool:
    return received.envelope is not None and received.envelope.device_id == device.device_id
