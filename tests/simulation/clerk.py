"""The people at a counter: they do what the seed says, and remember what a screen confirmed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.domain.errors import Rejected, Unavailable
from app.domain.events import CallWish, CustomerYes, Proof, RatingState
from app.domain.flown import Flown
from app.services import accruals, encounters, memberships, ratings, sessions
from app.services.commands import (
    AddRatingDetail,
    CloseInvitation,
    ConfirmRedemption,
    FinishEncounter,
    IdentifyMember,
    JoinMember,
    RecordAccrual,
    RecordRating,
    RequestRedemption,
    SignIn,
    SkipRating,
    UndoLast,
)
from app.services.views import EarnProposal, Promise
from tests.simulation.counter import CounterPc
from tests.simulation.programme import PIN, STAFF


@dataclass
class Witness:
    """What the screens of one counter confirmed, by id; gone over at the end of a run."""

    accruals: set[UUID] = field(default_factory=set)
    redemptions: set[UUID] = field(default_factory=set)
    refused: set[UUID] = field(default_factory=set)
    rated: dict[UUID, int] = field(default_factory=dict)
    closed: dict[UUID, str] = field(default_factory=dict)
    joined: set[UUID] = field(default_factory=set)
    covers: dict[Promise, int] = field(default_factory=dict)


class Clerk:
    """Serves one customer after another."""

    def __init__(
        self,
        pc: CounterPc,
        members: Sequence[UUID],
        coupons: Sequence[str],
        source: random.Random,
    ) -> None:
        self.pc = pc
        self.witness = Witness()
        self.served = 0
        self._members = members
        self._coupons = coupons
        self._source = source
        self._undoing = False

    def act(self, *, finish: bool = False) -> None:
        """Do one thing; with `finish` only what brings the encounter to its end."""
        try:
            self._act(finish=finish)
        except (Rejected, Unavailable) as error:
            if error.code in ("not_signed_in", "unknown_staff"):
                self._sign_in()
        finally:
            # Now and then nobody tells the engine, which then finds the entries by itself
            if not self.pc._dead and self._source.random() < 0.25:
                self.pc.wake()

    @property
    def is_done(self) -> bool:
        reads = self.pc.seat.work.reads
        return reads.open_encounter() is None and reads.invited_encounter() is None

    def _sign_in(self) -> None:
        try:
            sessions.sign_in(self.pc.context, SignIn(self._source.choice(STAFF), PIN))
        except Rejected as error:
            if error.code != "staff_list_missing":
                raise

    def _act(self, *, finish: bool) -> None:
        reads = self.pc.seat.work.reads
        if reads.session() is None:
            self._sign_in()
            return
        invitation = reads.invited_encounter()
        if invitation is not None:
            if finish or self._source.random() < 0.93:  # else the next customer is already here
                self._rate(invitation.encounter_id)
                return
        elif (encounter := reads.open_encounter()) is not None:
            self._serve(encounter.encounter_id, finish=finish)
            return
        if not finish:
            self._begin()

    def _begin(self) -> None:
        self.served += 1
        if self._source.random() < 0.06:
            self._join()
            return
        member_id = self._source.choice(self._members)
        encounters.identify_member(self.pc.context, IdentifyMember(member_id, Proof.CARD))

    def _join(self) -> None:
        number = self._source.randrange(10**8)
        encounter_id = memberships.join_member(
            self.pc.context, JoinMember(f"CA9{number:08}", "赵云", "", f"139{number:08}", "zh_CN")
        )
        encounter = self.pc.seat.work.reads.encounter(encounter_id)
        assert encounter is not None
        assert encounter.member_id is not None
        self.witness.joined.add(encounter.member_id)

    def _serve(self, encounter_id: UUID, *, finish: bool) -> None:
        throw = 1.0 if finish else self._source.random()
        if throw < 0.35:
            self._earn(encounter_id)
        elif throw < 0.62:
            self._redeem(encounter_id)
        elif throw < 0.70:
            self._undo(encounter_id)
        elif throw < 0.74:
            reason = self._source.choice(("queue", "declined_before"))
            encounters.skip_rating(self.pc.context, SkipRating(encounter_id, reason))
            self.witness.closed[encounter_id] = RatingState.NOT_OFFERED
        else:
            encounters.finish_encounter(self.pc.context, FinishEncounter(encounter_id))

    def _earn(self, encounter_id: UUID) -> None:
        coupon, flown = None, None
        if self._source.random() < 0.4:
            coupon, flown = self._flight_of(encounter_id)
        points = self._source.randrange(1, 900)
        accruals.record_accrual(
            self.pc.context,
            RecordAccrual(
                encounter_id,
                EarnProposal(
                    source="flight" if coupon else "amount",
                    points=points,
                    label="simulated",
                    explanation=(),
                    coupon_key=coupon,
                    rule_version=1,
                    amount_minor=None if coupon else points * 100,
                    currency=None if coupon else "CNY",
                    flown=flown,
                ),
            ),
        )
        self.witness.accruals.add(self.pc.seat.work.reads.lines(encounter_id)[-1].ref_id)

    def _flight_of(self, encounter_id: UUID) -> tuple[str, Flown]:
        """One of two flights that the member took, shown or, as often, claimed by typing."""
        encounter = self.pc.seat.work.reads.encounter(encounter_id)
        assert encounter is not None
        assert encounter.member_id is not None
        number = (encounter.member_id.int + self._source.randrange(2)) % len(self._coupons)
        coupon = self._coupons[number]
        if self._source.random() < 0.5:
            coupon = f"{coupon} typed for {encounter.member_id}"
        return coupon, Flown(f"CA15{number:02}", date(2026, 11, 22), "PEK", "SHA")

    def _redeem(self, encounter_id: UUID) -> None:
        number = self._source.choice((1, 2, 2, 3, 3))
        asked = self.pc.redemptions.request(RequestRedemption(encounter_id, number, Proof.CARD))
        result = self.pc.redemptions.confirm(
            ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL)
        )
        covers = self.witness.covers
        covers[result.promise] = covers.get(result.promise, 0) + 1
        if result.promise is Promise.NOT_POSSIBLE:
            self.witness.refused.add(result.redemption_id)
        else:
            self.witness.redemptions.add(result.redemption_id)

    def _undo(self, encounter_id: UUID) -> None:
        reads = self.pc.seat.work.reads
        known = {"accrual": self.witness.accruals, "redemption": self.witness.redemptions}
        # Should the PC die now nobody knows whether it is undone: the witness forgets these.
        for line in reads.lines(encounter_id):
            if line.kind in known:
                known[line.kind].discard(line.ref_id)
        accruals.undo_last(self.pc.context, UndoLast(encounter_id))
        for line in reads.lines(encounter_id):
            if line.kind in known and not line.undone:
                known[line.kind].add(line.ref_id)

    def _rate(self, encounter_id: UUID) -> None:
        throw = self._source.random()
        if throw < 0.3:
            state = self._source.choice((RatingState.DECLINED, RatingState.TIMED_OUT))
            ratings.close_invitation(self.pc.context, CloseInvitation(encounter_id, state))
            self.witness.closed[encounter_id] = state
            return
        score = self._source.randrange(1, 6)
        ratings.record_rating(self.pc.context, RecordRating(encounter_id, score))
        self.witness.rated[encounter_id] = score
        if self._source.random() < 0.3:
            second = self._source.randrange(1, 6)
            del self.witness.rated[encounter_id]
            ratings.record_rating(self.pc.context, RecordRating(encounter_id, second))
            self.witness.rated[encounter_id] = second
        if self._source.random() < 0.3:
            ratings.add_rating_detail(
                self.pc.context, AddRatingDetail(encounter_id, (), "慢", CallWish.NOW)
            )
