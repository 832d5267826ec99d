"""A reward that the customer gives back, or a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import RedemptionRefunded
from app.domain.ledger import check_points
from app.domain.office_time import local_day
from app.domain.points_rules import SETTING, PointsRules
from app.domain.voucher import read_voucher
from app.ports.work import RedemptionRow, Work, WorkReads
from app.services.commands import RefundReward
from app.services.context import Context, enrolled, served_member, signed_in
from app.services.point_views import RefundableReward, RefundForeseen
from app.services.receipts import add_refund_slip
from app.services.redemptions import english_name
from app.services.vouchers import is_genuine

MOST_SHOWN: Final = 9  # they are chosen by one digit


def refundable(context: Context, encounter_id: UUID) -> Sequence[RefundableReward]:
    """What this counter gave the member lately, newest first, with what could come back of it.

    Raises:
        Rejected: no_encounter, no_member.
    """
    reads = context.store.reads
    _, member_id = served_member(reads, encounter_id)
    return [_refundable(context, row) for row in reads.last_redemptions(member_id, MOST_SHOWN)]


def refundable_by_voucher(context: Context, text: str) -> RefundableReward:
    """What could come back of the reward that a voucher is of, wherever it was given.

    Raises:
        Rejected: voucher_unreadable, voucher_forged, voucher_other_programme.
    """
    signed = read_voucher(text)
    voucher = signed.voucher
    if signed.credential.programme_id != enrolled(context).programme_id:
        raise Rejected("voucher_other_programme", "Another programme issued the voucher")
    if not is_genuine(context, signed):
        raise Rejected("voucher_forged", "No counter of this programme issued the voucher")
    own = context.store.reads.redemption(voucher.redemption_id)
    if own is not None:
        return _refundable(context, own)
    reward = next((r for r in context.members.rewards() if r.reward_id == voucher.reward_id), None)
    return _with_refusal(
        context,
        RefundableReward(
            redemption_id=voucher.redemption_id,
            reward_name=signed.code if reward is None else reward.name,
            reward_name_en="" if reward is None else reward.name_en,
            points=voucher.points,
            left_points=_left(context.store.reads, voucher.redemption_id, voucher.points),
            at_ms=voucher.issued_s * 1000,
        ),
    )


def foresee_refund(context: Context, points: int, *, involuntary: bool) -> RefundForeseen:
    """What of `points` would come back by the rules in force here."""
    rules = points_rules(context)
    today = local_day(context.clock.now_ms(), enrolled(context).time_zone).isoformat()
    return RefundForeseen(
        points,
        rules.refund_fee(points, involuntary=involuntary),
        rules.lasts_at_least_until(today, involuntary=involuntary),
    )


def points_rules(context: Context) -> PointsRules:
    """The programme's setting in force; the defaults where a newer program wrote it."""
    value, version = context.setting(SETTING)
    try:
        return PointsRules.from_setting(value, version)
    except ValueError:
        return PointsRules()


def refund_reward(context: Context, command: RefundReward) -> UUID:
    """Record that points come back; what does, less the fee, counts once the server has it.

    The reward may have been given at another counter, which this one then knows nothing of.
    Returns the refund's id.
    """
    check_points(command.points)

    def unit(work: Work) -> UUID:
        signed_in(work)
        row, _ = served_member(work, command.encounter_id)
        given = work.redemption(command.redemption_id)
        if refusal := _refusal(context, work, command.redemption_id, given):
            raise Rejected(refusal, "Nothing of this reward can come back")
        if given is not None and command.points > _left(work, given.redemption_id, given.points):
            raise Rejected("over_refund", "More would come back than was spent")
        refund_id = work.new_id()
        entry = work.append(
            RedemptionRefunded(
                refund_id=refund_id,
                redemption_id=command.redemption_id,
                encounter_id=row.encounter_id,
                points=command.points,
                involuntary=command.involuntary,
                reason=command.reason,
            )
        )
        foreseen = foresee_refund(context, command.points, involuntary=command.involuntary)
        name = command.reward_name if given is None else given.reward_name
        work.add_refund(refund_id, command.redemption_id, command.points, entry)
        work.add_line(refund_id, row.encounter_id, "refund", name, foreseen.coming_points, entry)
        if given is not None and foreseen.coming_points:  # else it isn't known whose they are
            work.add_accrual_overlay(
                refund_id, given.member_id, foreseen.coming_points, None, entry
            )
        english = "" if given is None else english_name(context, given.reward_id)
        add_refund_slip(context, work, row, refund_id, (name, english), foreseen)
        return refund_id

    refund_id: UUID = context.store.run(unit)
    return refund_id


def _left(reads: WorkReads, redemption_id: UUID, points: int) -> int:
    return max(0, points - reads.refunded_points(redemption_id))


def _refundable(context: Context, row: RedemptionRow) -> RefundableReward:
    return _with_refusal(
        context,
        RefundableReward(
            redemption_id=row.redemption_id,
            reward_name=row.reward_name,
            reward_name_en=english_name(context, row.reward_id),
            points=row.points,
            left_points=_left(context.store.reads, row.redemption_id, row.points),
            at_ms=row.at_ms,
        ),
        row,
    )


def _with_refusal(
    context: Context, reward: RefundableReward, row: RedemptionRow | None = None
) -> RefundableReward:
    refusal = _refusal(context, context.store.reads, reward.redemption_id, row)
    return replace(reward, refusal=refusal or ("" if reward.left_points else "refunded_whole"))


def _refusal(
    context: Context, reads: WorkReads, redemption_id: UUID, row: RedemptionRow | None
) -> str:
    """Why none of a reward can come back: it was handed over, or nothing was taken for it."""
    if reads.voucher_used(redemption_id):
        return "refund_handed_over_here"
    if context.members.is_voucher_used(redemption_id):
        return "refund_handed_over"
    if row is None:
        return ""
    if row.state == "voided":
        return "over_refund"
    refused = any(
        line.entry_state == "exception"
        for line in reads.lines(row.encounter_id)
        if line.ref_id == redemption_id
    )
    return "refund_with_manager" if refused else ""
