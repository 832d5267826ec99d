"""A reward that the customer gives back, or a part of it."""

from __future__ import annotations

from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import RedemptionRefunded
from app.domain.ledger import check_points
from app.ports.work import Work
from app.services.commands import RefundReward
from app.services.context import Context, served_member, signed_in


def refund_reward(context: Context, command: RefundReward) -> UUID:
    """Record that points come back; what does, less the fee, is shown once the server has it.

    The reward may have been given at another counter, which this one then knows nothing of.
    """

    def unit(work: Work) -> UUID:
        signed_in(work)
        row, _ = served_member(work, command.encounter_id)
        check_points(command.points)
        used = work.voucher_used, context.members.is_voucher_used
        if any(is_used(command.redemption_id) for is_used in used):
            raise Rejected("handed_over", "The reward was handed over for its voucher")
        given = work.redemption(command.redemption_id)
        if given is not None and (given.state == "voided" or command.points > given.points):
            raise Rejected("over_refund", "More would come back than was spent")
        refund_id = work.new_id()
        work.append(
            RedemptionRefunded(
                refund_id=refund_id,
                redemption_id=command.redemption_id,
                encounter_id=row.encounter_id,
                points=command.points,
                involuntary=command.involuntary,
                reason=command.reason,
            )
        )
        return refund_id

    refund_id: UUID = context.store.run(unit)
    return refund_id
