"""Earning points at the counter; pending until the server has posted them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.accrual import as_written
from app.domain.errors import Rejected
from app.domain.events import (
    AccrualRecorded,
    AccrualReversed,
    AccrualSource,
    RedemptionVoided,
)
from app.ports.work import Work
from app.services.commands import RecordAccrual, UndoLast
from app.services.context import Context, clerk, current_encounter, served_member, signed_in
from app.services.receipts import add_accrual_slip


def record_accrual(context: Context, command: RecordAccrual) -> UUID:
    """Record what the clerk confirmed of a proposal.

    One coupon earns once at this seat, and a member once for a flight, scanned or typed.
    """
    proposal = command.proposal
    if proposal.refused or proposal.points <= 0:
        raise Rejected("nothing_to_earn", "There is nothing to earn here", reason=proposal.refused)

    def unit(work: Work) -> UUID:
        person = clerk(context, work)
        row, member_id = served_member(work, command.encounter_id)
        family = context.members.family(member_id)
        if family is not None and family.head_id is not None and family.head_id == person.member_id:
            raise Rejected("own_membership", "A part of the points would go to the clerk")
        if proposal.coupon_key is not None and work.coupon_used(proposal.coupon_key):
            raise Rejected("already_earned", "This flight has already been credited here")
        keys = () if proposal.flown is None else proposal.flown.keys(member_id)
        if any(map(work.coupon_used, keys)):
            raise Rejected("duplicate_flight", "The member has been credited for this flight here")
        accrual_id = work.new_id()
        entry = work.append(
            AccrualRecorded(
                accrual_id=accrual_id,
                encounter_id=row.encounter_id,
                member_id=member_id,
                points=proposal.points,
                source=AccrualSource(proposal.source),
                coupon_key=proposal.coupon_key,
                amount_minor=proposal.amount_minor,
                currency=proposal.currency,
                rule_version=proposal.rule_version,
                explanation=as_written(proposal.explanation),
                flight=None if proposal.flown is None else str(proposal.flown),
                booking_class=proposal.booking_class,
                tier=proposal.tier,
            )
        )
        work.add_accrual_overlay(
            accrual_id, member_id, proposal.points, proposal.coupon_key, entry, flight_keys=keys
        )
        work.add_line(
            accrual_id, row.encounter_id, "accrual", proposal.label, proposal.points, entry
        )
        add_accrual_slip(context, work, row, accrual_id, proposal.label, proposal.points)
        return row.encounter_id

    encounter_id: UUID = context.store.run(unit)
    return encounter_id


def undo_last(context: Context, command: UndoLast) -> UUID:
    """Undo the encounter's last accrual or redemption.

    What a lease or the risk pool had covered comes back from the server, never by itself: the
    server alone knows whether the slice was needed.
    """

    def unit(work: Work) -> UUID:
        signed_in(work)
        row = current_encounter(work, command.encounter_id)
        undoable = [
            line
            for line in work.lines(row.encounter_id)
            if line.kind in ("accrual", "redemption") and not line.undone
        ]
        if not undoable:
            raise Rejected("nothing_to_undo", "There is nothing to undo in this encounter")
        last = undoable[-1]
        if last.kind == "accrual":
            entry = work.append(AccrualReversed(last.ref_id, row.encounter_id, "undone"))
            work.drop_overlay(last.ref_id, entry)
        else:
            if work.voucher_used(last.ref_id):
                raise Rejected("voucher_used_here", "The reward was handed over for its voucher")
            if work.refunded_points(last.ref_id):
                raise Rejected("partly_refunded", "A part of the reward was given back")
            redemption = work.redemption(last.ref_id)
            if redemption is None:
                raise Rejected("nothing_to_undo", "There is nothing to undo in this encounter")
            entry = work.append(RedemptionVoided(last.ref_id, row.encounter_id, "undone"))
            work.save_redemption(replace(redemption, state="voided"), entry=entry, mark=None)
        work.undo_line(last.ref_id)
        return row.encounter_id

    encounter_id: UUID = context.store.run(unit)
    return encounter_id
