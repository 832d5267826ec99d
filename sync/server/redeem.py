"""Online redemption: the member's row is locked, Python decides, the outcome is written.

Idempotent by redemption id: asked again, it answers as it did before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from app.domain import ledger
from app.domain.catalogue import Price, Terms, read_terms
from app.domain.errors import Rejected
from app.domain.events import RedemptionRequested
from app.domain.segments import Known
from sync.protocol.messages import SetAside
from sync.server.asking_back import ask_back
from sync.server.batch import Batch
from sync.server.handlers.refunds import post_waiting
from sync.server.member_state import MemberState
from sync.server.reading import Received
from sync.server.states import AWAITED, RedemptionState


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome.

    Attributes:
        available_points: None for a member that isn't known.
        set_aside: what counters hold of the points that are missing, and were asked for.
    """

    decision: Literal["accepted", "duplicate", "refused"]
    code: str = ""
    message: str = ""
    available_points: int | None = None
    set_aside: Sequence[SetAside] = ()


@lru_cache(maxsize=1_024)
def _terms(text: str) -> Terms:
    return read_terms(json.loads(text))


def segment_of(batch: Batch, state: MemberState, day: str) -> str:
    """A member's segment on an office's day, '' for none."""
    profile = state.profile
    joined_on = profile["joined_on"]
    known = Known(
        profile["home_office"],
        profile["born_on_year"],
        None if joined_on is None else date.fromisoformat(joined_on),
    )
    return batch.rules.segments.of(known, day)


def redeem(batch: Batch, received: Received, event: RedemptionRequested) -> Verdict:
    """Post a redemption, or say why not; the batch has loaded and locked what it names."""
    known = batch.redemptions.get(event.redemption_id)
    state = batch.work.survivor(event.member_id)
    today = batch.day_of(batch.work.now_ms)
    available = None if state is None else state.holdings.spendable(today)
    if known is not None and known.state != AWAITED:
        if known.state == "voided":
            return Verdict("refused", "voided", "The redemption was voided", available)
        is_same = batch.work.are_one(known.member_id, event.member_id)
        if not is_same or known.points != event.points:
            return Verdict("refused", "conflict", "Another redemption has this id", available)
        return Verdict("duplicate", available_points=available)
    reward = batch.rewards.get(event.reward_id)
    if state is None:
        return Verdict("refused", "unknown_member", "The member isn't known", None)
    if state.profile["status"] != "active":
        return Verdict("refused", "member_closed", "The membership is closed", available)
    if reward is None or not reward.active:
        return Verdict("refused", "reward_unknown", "The reward isn't offered", available)
    terms = _terms(reward.terms)
    if why_not := terms.why_not(today):
        return Verdict("refused", why_not, "The reward isn't offered today", available)
    price = Price(event.points, event.cash_minor, event.currency)
    segment = segment_of(batch, state, today) if terms.segment_percent else ""
    if not terms.allows(reward.points, state.profile["tier"], price, segment):
        return Verdict("refused", "reward_changed", "The reward's price has changed", available)
    staff_id = None if received.envelope is None else received.envelope.staff_id
    try:
        batch.given.check(staff_id, event.points, at_ms=received.at_ms)
        change = ledger.spend(state.holdings, event.points, today=today)
    except Rejected as refusal:
        set_aside: Sequence[SetAside] = ()
        if refusal.code == "insufficient":
            set_aside = ask_back(
                batch.work,
                batch.device,
                {event.member_id, state.member_id},
                points=event.points,
                missing=event.points - state.holdings.spendable(today),
            )
        return Verdict("refused", refusal.code, refusal.message, available, set_aside)
    if terms.stocked and (
        shortage := batch.stocks.take(event.redemption_id, event.reward_id, batch.device)
    ):
        return Verdict("refused", shortage, "None of the reward is left to give now", available)
    txn_id = batch.work.post(
        state, change, kind="redemption", ref_id=event.redemption_id, event_id=received.event_id
    )
    batch.put_redemption(
        event.redemption_id,
        RedemptionState(
            member_id=state.member_id,
            points=event.points,
            state="posted",
            cover="online",
            lease_id=None,
            pool_id=None,
            device_id=batch.device.device_id,
            txn_id=txn_id,
            reward_id=event.reward_id,
            encounter_id=event.encounter_id,
            at_ms=received.at_ms,
            cash_minor=event.cash_minor,
            currency=event.currency,
            staff_id=staff_id,
            proof=str(event.proof),
        ),
    )
    post_waiting(batch, event)
    return Verdict("accepted", available_points=state.holdings.spendable(today))
