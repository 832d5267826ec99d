"""Spending points: the intent first, then online → lease → at risk → refusal, under one id.

Whatever the network does, the customer is charged once or not at all: the server posts an id once,
gives a lease slice back when it had posted the id already, and reverses what a void names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never
from uuid import UUID

from app.domain.approval import Approval, Asked
from app.domain.catalogue import Price, read_terms
from app.domain.entry import Entry, copy_statement
from app.domain.errors import Rejected
from app.domain.events import (
    Cover,
    CustomerYes,
    Proof,
    RedemptionGranted,
    RedemptionRequested,
    RedemptionVoided,
)
from app.domain.lean import dataclass
from app.domain.records import Reward
from app.domain.redemption import (
    WANTING_A_LEASE,
    Standing,
    Step,
    Verdict,
    without_server,
)
from app.ports.approval import ApprovalRequest, AskDesks, nobody
from app.ports.online import OnlineVerdict
from app.ports.work import RedemptionRow, Work, WorkReads
from app.services.approvals import read_code
from app.services.commands import (
    AskManager,
    ConfirmRedemption,
    DeclineRedemption,
    EnterApprovalCode,
    RequestRedemption,
)
from app.services.context import (
    Context,
    enrolled,
    served_member,
    signed_in,
    standing_of,
    stock_of,
)
from app.services.receipts import add_redemption_slip
from app.services.serving import serving_of
from app.services.views import (
    ApprovalStatus,
    Promise,
    RedemptionResult,
    RedemptionToConfirm,
    RewardOffer,
)
from app.services.vouchers import voucher_rules

LIMIT_S = 2.0
NEIGHBOURS_LIMIT_S = 0.3
"""Of that, so long neighbours may take to hand on a lease, where this counter holds none."""
_NONE_FREE = ("out_of_stock", "stock_held")

_PROMISES: dict[Step, Promise] = {
    "online": Promise.GUARANTEED,
    "lease": Promise.GUARANTEED_HERE,
    "at_risk": Promise.OFFICE_RISK,
    "refuse": Promise.NOT_POSSIBLE,
}

_COVERS: dict[Step, Cover] = {
    "online": Cover.ONLINE,
    "lease": Cover.LEASE,
    "at_risk": Cover.AT_RISK,
}


@dataclass(frozen=True, slots=True)
class _Ask:
    encounter_id: UUID
    member_id: UUID
    reward: Reward
    price: Price
    proof: Proof
    fetched_from: str  # the counter that handed on what it takes, '' for none
    approval_of: Asked | None = None  # it took a manager's yes when it was asked for
    approval: Approval | None = None
    is_signed: bool = False  # the customer's yes is what they sign on the slip


class Redemptions:
    """Redemptions from the clerk's request to their outcome.

    A request that the customer hasn't answered yet lives in memory alone: nothing is spent, so a
    power cut forgets it.
    """

    def __init__(self, context: Context, new_id: Callable[[], UUID]) -> None:
        self._context = context
        self._new_id = new_id
        self._asked: dict[UUID, _Ask] = {}
        self.ask_desks: AskDesks = nobody
        """Over the office's own network, once there is one."""

    def offers(self, encounter_id: UUID) -> list[RewardOffer]:
        """Every active reward with what could be promised for it now."""
        reads = self._context.store.reads
        row = reads.encounter(encounter_id)
        if row is None or row.member_id is None:
            return []
        serving = serving_of(self._context, reads, row.member_id)
        offers = []
        for reward in self._context.members.rewards():
            price, verdict, stock = serving.foresee(reward)
            offers.append(
                RewardOffer(
                    reward_id=reward.reward_id,
                    number=reward.number,
                    name=reward.name,
                    name_en=reward.name_en,
                    points=price.points,
                    promise=_PROMISES[verdict.step],
                    reason=verdict.reason,
                    missing_points=verdict.missing_points,
                    cash_minor=price.cash_minor,
                    currency=price.currency,
                    stock=stock,
                )
            )
        return offers

    def request(self, command: RequestRedemption) -> RedemptionToConfirm:
        """Ready the question for the panel."""
        reads = self._context.store.reads
        signed_in(reads)
        row, member_id = served_member(reads, command.encounter_id)
        reward = self._reward(command.reward_number)
        serving = serving_of(self._context, reads, member_id)
        price, verdict, _ = serving.foresee(reward)
        fetched_from = ""
        if not serving.online and verdict.reason in WANTING_A_LEASE:
            fetched_from = self._fetch(serving.standing, member_id, price.points)
        if fetched_from:
            serving = serving_of(self._context, reads, member_id)
            price, verdict, _ = serving.foresee(reward)
        if verdict.step == "refuse":
            _refuse(verdict)
        redemption_id = self._new_id()
        needed = None
        if verdict.needs_approval:
            counter_id = enrolled(self._context).device_id
            needed = Asked(redemption_id, counter_id, member_id, reward.reward_id, price.points)
        self._asked = {  # the panel asks one thing at a time
            redemption_id: _Ask(
                row.encounter_id, member_id, reward, price, command.proof, fetched_from, needed
            )
        }
        return RedemptionToConfirm(
            redemption_id=redemption_id,
            reward_name=reward.name,
            reward_name_en=reward.name_en,
            points=price.points,
            left_points=max(0, serving.standing.spendable - price.points),
            promise=_PROMISES[verdict.step],
            cash_minor=price.cash_minor,
            currency=price.currency,
            is_open=_COVERS[verdict.step] in voucher_rules(self._context).open_covers,
            challenge="" if needed is None else needed.challenge,
        )

    def ask_manager(self, command: AskManager) -> ApprovalStatus:
        """Ask the desks in reach once more, which have an answer or haven't."""
        ask, needed = self._waiting_for_approval(command.redemption_id)
        reads = self._context.store.reads
        standing = standing_of(self._context, reads, ask.member_id)
        reply = self.ask_desks(
            ApprovalRequest(
                needed,
                signed_in(reads).staff_id,
                str(standing.trust),
                standing.spendable,
                (standing.list_age_ms or 0) // 1000,
            )
        )
        if reply.outcome != "agreed" or reply.approval is None:
            return ApprovalStatus(command.redemption_id, reply.outcome)
        return self._approved(command.redemption_id, ask, reply.approval)

    def enter_code(self, command: EnterApprovalCode) -> ApprovalStatus:
        """Take what a manager read out."""
        ask, needed = self._waiting_for_approval(command.redemption_id)
        approval = read_code(self._context, needed, command.code)
        return self._approved(command.redemption_id, ask, approval)

    def _waiting_for_approval(self, redemption_id: UUID) -> tuple[_Ask, Asked]:
        ask = self._asked.get(redemption_id)
        if ask is None or ask.approval_of is None:
            raise Rejected("nothing_asked", "This redemption is no longer waiting for an answer")
        return ask, ask.approval_of

    def _approved(self, redemption_id: UUID, ask: _Ask, approval: Approval) -> ApprovalStatus:
        self._asked[redemption_id] = replace(ask, approval=approval)
        manager = self._context.members.staff(approval.staff_id)
        return ApprovalStatus(redemption_id, "agreed", "" if manager is None else manager.name)

    def decline(self, command: DeclineRedemption) -> None:
        """The customer said no; nothing had been spent."""
        self._asked.pop(command.redemption_id, None)

    def confirm(self, command: ConfirmRedemption) -> RedemptionResult:
        """The customer said yes: find out what stands behind it, and make it durable."""
        ask = self._asked.pop(command.redemption_id, None)
        if ask is None:
            raise Rejected("nothing_asked", "This redemption is no longer waiting for an answer")
        ask = replace(ask, is_signed=command.customer_yes is CustomerYes.SIGNED_SLIP)
        reads = self._context.store.reads
        if not reads.link_state().online:
            lender = ask.fetched_from or self._fetch_for(ask)
            result = self._context.store.run(
                lambda work: self._fall_back(
                    work,
                    self._intend(work, command.redemption_id, ask, command.customer_yes)[0],
                    ask,
                )
            )
            return _naming(result, lender)
        row, entry = self._context.store.run(
            lambda work: self._intend(work, command.redemption_id, ask, command.customer_yes)
        )
        holds = self._lease_holds(reads, row)
        verdict = self._context.online.redeem(
            entry.body,
            self._context.sign(copy_statement(entry.body)),
            (),
            limit_s=LIMIT_S if holds else LIMIT_S - NEIGHBOURS_LIMIT_S,
        )
        lender = "" if holds or not _may_fall_back(verdict) else self._fetch_for(ask)
        result = self._context.store.run(
            lambda work: self._conclude(work, row, entry, verdict, ask)
        )
        return _naming(result, lender)

    def _fetch_for(self, ask: _Ask) -> str:
        reads = self._context.store.reads
        standing = standing_of(self._context, reads, ask.member_id)
        return self._fetch(standing, ask.member_id, ask.price.points)

    def _fetch(self, standing: Standing, member_id: UUID, points: int) -> str:
        """Have a neighbour hand on a lease that is enough, where none is here and points are.

        Returns:
            The label of the counter that did, '' for none.
        """
        if standing.lease_remaining >= points or standing.with_set_aside < points:
            return ""
        return self._context.neighbours.fetch(member_id, points, limit_s=NEIGHBOURS_LIMIT_S)

    def _reward(self, number: int) -> Reward:
        for reward in self._context.members.rewards():
            if reward.number == number:
                return reward
        raise Rejected("unknown_reward", f"There is no reward number {number}", number=number)

    def _intend(
        self, work: Work, redemption_id: UUID, ask: _Ask, customer_yes: CustomerYes
    ) -> tuple[RedemptionRow, Entry]:
        session = signed_in(work)
        encounter, member_id = served_member(work, ask.encounter_id)
        if member_id != ask.member_id:
            raise Rejected("other_member", "This encounter is another member's")
        entry = work.append(
            RedemptionRequested(
                redemption_id=redemption_id,
                encounter_id=encounter.encounter_id,
                member_id=member_id,
                reward_id=ask.reward.reward_id,
                points=ask.price.points,
                proof=ask.proof,
                customer_yes=customer_yes,
                cash_minor=ask.price.cash_minor,
                currency=ask.price.currency,
            )
        )
        row = RedemptionRow(
            redemption_id=redemption_id,
            encounter_id=encounter.encounter_id,
            member_id=member_id,
            reward_id=ask.reward.reward_id,
            reward_name=ask.reward.name,
            points=ask.price.points,
            state="intent",
            cover=None,
            lease_id=None,
            cash_minor=ask.price.cash_minor,
            currency=ask.price.currency,
            staff_id=session.staff_id,
            at_ms=self._context.clock.now_ms(),
        )
        work.add_redemption(row)
        return row, entry

    def _conclude(
        self, work: Work, row: RedemptionRow, entry: Entry, verdict: OnlineVerdict, ask: _Ask
    ) -> RedemptionResult:
        match verdict.outcome:
            case "posted":
                done = replace(row, state="posted", cover=Cover.ONLINE)
                work.save_redemption(done, entry=entry, mark=verdict.mark)
                return self._granted(work, done, entry, Promise.GUARANTEED, ask)
            case "refused":
                # The server knows of none outside leases; ours may still hold enough.
                if self._holds_what_is_missing(work, row, verdict.code):
                    return self._fall_back(work, row, ask)
                reason = "set_aside" if verdict.set_aside else verdict.code
                voided = self._voided(work, row, reason, verdict.message)
                return replace(voided, set_aside=verdict.set_aside)
            case "unknown" | "unreachable":
                return self._fall_back(work, row, ask)
            case _ as never:
                assert_never(never)

    def _lease_holds(self, reads: WorkReads, row: RedemptionRow) -> bool:
        return standing_of(self._context, reads, row.member_id).lease_remaining >= row.points

    def _holds_what_is_missing(self, reads: WorkReads, row: RedemptionRow, code: str) -> bool:
        if code in _NONE_FREE:
            return stock_of(self._context, reads, row.reward_id).here > 0
        return code == "insufficient" and self._lease_holds(reads, row)

    def _fall_back(self, work: Work, row: RedemptionRow, ask: _Ask) -> RedemptionResult:
        """The steps below the server, in the transaction that makes the outcome durable."""
        standing = standing_of(self._context, work, row.member_id)
        stocked = read_terms(ask.reward.terms).stocked
        stock = stock_of(self._context, work, row.reward_id) if stocked else None
        verdict = without_server(standing, row.points, stock=stock)
        if verdict.step == "refuse":
            return self._voided(work, row, verdict.reason, "")
        if verdict.needs_approval and ask.approval is None:  # the server was there before
            return self._voided(work, row, "approval_needed", "")
        stock_lease = work.stock_lease(row.reward_id) if stocked else None
        if stock_lease is not None:
            work.spend_stock(stock_lease.stock_lease_id)
        if verdict.step == "lease" and standing.lease is not None:
            cover, lease_id, pool_id = Cover.LEASE, standing.lease.lease_id, None
            work.spend_lease(lease_id, row.points)
        else:
            cover, lease_id = Cover.AT_RISK, None
            pool_id = work.spend_pool(row.member_id, row.points, standing.trust)
        entry = work.append(
            RedemptionGranted(
                redemption_id=row.redemption_id,
                encounter_id=row.encounter_id,
                member_id=row.member_id,
                reward_id=row.reward_id,
                points=row.points,
                cover=cover,
                lease_id=lease_id,
                pool_id=pool_id,
                cash_minor=row.cash_minor,
                currency=row.currency,
                stock_lease_id=None if stock_lease is None else stock_lease.stock_lease_id,
                trust=str(standing.trust) if cover is Cover.AT_RISK else "",
                **({} if ask.approval is None else _told(ask.approval)),
            )
        )
        if cover is Cover.AT_RISK:
            work.note_drawn(entry, row.points)
        done = replace(row, state="granted", cover=cover, lease_id=lease_id)
        work.save_redemption(done, entry=entry, mark=None)
        return self._granted(work, done, entry, _PROMISES[verdict.step], ask)

    def _granted(
        self, work: Work, row: RedemptionRow, entry: Entry, promise: Promise, ask: _Ask
    ) -> RedemptionResult:
        work.add_line(
            row.redemption_id, row.encounter_id, "redemption", row.reward_name, -row.points, entry
        )
        name_en = english_name(self._context, row.reward_id)
        add_redemption_slip(self._context, work, row, name_en, is_signed=ask.is_signed)
        return self._result(row, promise)

    def _voided(
        self, work: Work, row: RedemptionRow, reason: str, message: str
    ) -> RedemptionResult:
        entry = work.append(RedemptionVoided(row.redemption_id, row.encounter_id, "refused"))
        work.save_redemption(replace(row, state="voided"), entry=entry, mark=None)
        return self._result(row, Promise.NOT_POSSIBLE, reason, message)

    def _result(
        self, row: RedemptionRow, promise: Promise, reason: str = "", message: str = ""
    ) -> RedemptionResult:
        return RedemptionResult(
            row.redemption_id,
            promise,
            row.points,
            row.reward_name,
            reason,
            message,
            english_name(self._context, row.reward_id),
            row.cash_minor,
            row.currency,
        )


def _told(approval: Approval) -> dict[str, Any]:
    return {
        "approved_at": approval.desk_id,
        "approved_by": approval.staff_id,
        "approval": approval.proof,
    }


def english_name(context: Context, reward_id: UUID) -> str:
    """Return a reward's English name, '' where the programme gave none or dropped the reward."""
    rewards = context.members.rewards()
    return next((each.name_en for each in rewards if each.reward_id == reward_id), "")


def _may_fall_back(verdict: OnlineVerdict) -> bool:
    """Whether a lease would do what the server didn't."""
    lost = verdict.outcome in ("unknown", "unreachable")
    return lost or (verdict.outcome == "refused" and verdict.code == "insufficient")


def _naming(result: RedemptionResult, lender: str) -> RedemptionResult:
    """The result, with the counter whose points were given where they were."""
    used = lender and result.promise is Promise.GUARANTEED_HERE
    return replace(result, fetched_from=lender) if used else result


def _refuse(verdict: Verdict) -> None:
    if verdict.missing_points:
        raise Rejected(
            verdict.reason,
            f"{verdict.missing_points} points are missing",
            missing_points=verdict.missing_points,
        )
    raise Rejected("not_possible", "This is not possible right now", reason=verdict.reason)
