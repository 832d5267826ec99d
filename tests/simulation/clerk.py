"""The clerk at a counter: does with customers what the seed says."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.events import CallWish, CustomerYes, Proof, RatingState
from app.domain.flown import Flown
from app.domain.slips import RedemptionSlip
from app.services import (
    accruals,
    appeals,
    encounters,
    looking_up,
    memberships,
    ratings,
    receipts,
    refunds,
    sessions,
    vouchers,
)
from app.services.commands import (
    AddRatingDetail,
    AppealRating,
    CloseInvitation,
    CloseShift,
    ConfirmRedemption,
    FinishEncounter,
    IdentifyMember,
    JoinMember,
    LookUpMember,
    RecordAccrual,
    RecordRating,
    RefundReward,
    ReplaceCard,
    RequestRedemption,
    SkipRating,
    TakeVoucher,
    UndoLast,
    UpdateContact,
)
from app.services.views import EarnProposal, Promise
from tests.simulation.agreeing import Agreeing
from tests.simulation.broken import Broken
from tests.simulation.counter import CounterPc
from tests.simulation.person import Person
from tests.simulation.programme import CARD, DENIED, PIN, STAFF
from tests.simulation.rewards import BLACKED_OUT, BY_TIER, STOCKED
from tests.simulation.risking import broken_caps

_RATED = " AND rating_state IS NULL ORDER BY opened_ms DESC LIMIT 1)"
_SCREEN = sa.text(
    "SELECT (SELECT session_id FROM session),"
    " (SELECT encounter_id FROM encounter WHERE outcome IS NOT NULL" + _RATED + ","
    " (SELECT encounter_id FROM encounter WHERE outcome IS NULL" + _RATED
)


_SPENT_HERE = sa.text(
    "SELECT member_id, (SELECT coalesce(-sum(points), 0) FROM ("
    " SELECT sum(points) AS points FROM effect"
    " WHERE effect.member_id = encounter.member_id AND state = 'pending' GROUP BY ref_id)"
    " WHERE points < 0) FROM encounter WHERE encounter_id = :encounter"
)


_POSTED = (
    "SELECT coalesce((SELECT s.posted_points FROM member s WHERE s.member_id = m.merged_into),"
    " m.posted_points) FROM member m WHERE m.member_id = ?"
)


def _id(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


_APPEALS: Final = 0.04  # of the times that nobody is being served
_SHIFT_ENDS: Final = 0.05  # of the times that nobody is being served
_SHOW_VOUCHERS: Final = 0.12  # of these times, too
_WITH_TERMS: Final = (STOCKED, STOCKED, STOCKED, BLACKED_OUT, BY_TIER)
_CARRIED: Final = 4  # vouchers that customers still show


class Clerk(Person):
    """Serves one customer after another."""

    def __init__(
        self,
        pc: CounterPc,
        members: Sequence[UUID],
        coupons: Sequence[str],
        source: random.Random,
        *,
        cards: list[str],
        given: list[UUID],
        wallet: list[str],
        knows_card: Callable[[str], bool],
        agreeing: Agreeing,
    ) -> None:
        """`cards`, `given` rewards and the `wallet` of vouchers are the hall's; clerks add."""
        super().__init__(pc, STAFF, source, pace_s=source.choice((0.1, 0.2, 0.4)))
        self._members = members
        self._coupons = coupons
        self._cards = cards
        self._given = given
        self._wallet = wallet
        self._knows_card = knows_card
        self._agreeing = agreeing

    @property
    def is_done(self) -> bool:
        return self.pc.is_enrolled and self._looks_at_screen()[1:] == (None, None)

    def _act(self, *, finish: bool) -> None:
        signed_in, invited, encounter = self._looks_at_screen()
        if not signed_in:
            self._sign_in()
            return
        if invited is not None:
            if finish or self._source.random() < 0.93:  # else the next customer is already here
                self._rate(invited)
                return
        elif encounter is not None:
            self._serve(encounter, finish=finish)
            return
        if not finish:
            self._begin()

    def _looks_at_screen(self) -> tuple[bool, UUID | None, UUID | None]:
        """(whether somebody is signed in, the encounter being rated, the one being served)."""
        ((session, invited, encounter),) = self.pc.seat._database.fetch(_SCREEN, {})
        return session is not None, _id(invited), _id(encounter)

    def _begin(self) -> None:
        if self._source.random() < _SHIFT_ENDS:  # what is of it may be pruned from then on
            sessions.close_shift(self.pc.context, CloseShift(PIN))
            return
        if self._source.random() < _APPEALS:
            self._appeal()
            return
        if self._wallet and self._source.random() < _SHOW_VOUCHERS:
            self._take_voucher()
            return
        throw = self._source.random()
        if throw < 0.06:
            self._join()
            return
        strange = self._strange_cards()
        if throw < (0.4 if strange else 0.1):
            member_id = self._look_up(strange)
        else:
            member_id = self._source.choice(self._members)
            self._look_up_stranger(member_id)
        if member_id is not None:
            encounters.identify_member(self.pc.context, IdentifyMember(member_id, Proof.CARD))

    def _appeal(self) -> None:
        """Against a rating of whoever is signed in, the newest or one that was appealed before."""
        for visit in appeals.own_visits(self.pc.context)[:2]:
            command = AppealRating(visit.encounter_id, "simulated")
            appeals.appeal_rating(self.pc.context, command)
            self.witness.appeals.add(("RatingAppealed", str(visit.encounter_id)))

    def _look_up_stranger(self, member_id: UUID) -> None:
        """Where the office has members of its own, the server is asked for others."""
        if self.pc.seat.members.by_id(member_id) is None:
            card = CARD.format(self._members.index(member_id) + 1)
            looking_up.look_up_member(self.pc.context, LookUpMember(card))

    def _strange_cards(self) -> list[str]:
        """Cards that other counters gave a moment ago."""
        members = self.pc.context.members
        return [card for card in self._cards[-3:] if members.by_card(card) is None]

    def _look_up(self, strange: Sequence[str]) -> UUID | None:
        """Ask the server for one of these cards, or for one that is nobody's."""
        members = self.pc.context.members
        made_up = f"CA7{self._source.randrange(10**8):08}"
        card = self._source.choice(strange or [made_up])
        said = looking_up.look_up_member(self.pc.context, LookUpMember(card))
        if said == "none" and self._knows_card(card):
            raise Broken(f"look-ups: the server denies {card}")
        if said != "found":
            return None
        found = next((h.member for h in members.search(card, 20) if h.member.card_no == card), None)
        if found is None:
            raise Broken(f"look-ups: {card} was found, and isn't shown")
        self.witness.looked_up[found.member_id] = found.posted_points
        self.witness.look_ups += 1
        return found.member_id

    def _join(self) -> None:
        number = self._source.randrange(10**8)
        card = f"CA9{number:08}"
        self._cards.append(card)
        encounter_id = memberships.join_member(
            self.pc.context, JoinMember(card, "赵云", "", f"139{number:08}", "zh_CN")
        )
        encounter = self.pc.seat.work.reads.encounter(encounter_id)
        assert encounter is not None
        assert encounter.member_id is not None
        self.witness.joined.add(encounter.member_id)

    def _serve(self, encounter_id: UUID, *, finish: bool) -> None:
        throw = 1.0 if finish else self._source.random()
        if self._is_nobodys(encounter_id):  # came to show a voucher
            throw = max(throw, 0.78)
        if throw < 0.35:
            self._earn(encounter_id)
        elif throw < 0.62:
            self._redeem(encounter_id)
        elif throw < 0.67:
            self._undo(encounter_id)
        elif throw < 0.70:
            self._refund(encounter_id)
        elif throw < 0.74:
            reason = self._source.choice(("queue", "declined_before"))
            encounters.skip_rating(self.pc.context, SkipRating(encounter_id, reason))
            self.witness.closed[encounter_id] = RatingState.NOT_OFFERED
        elif throw < 0.78:
            self._change(encounter_id, is_card=throw < 0.76)
        elif throw < 0.81 and self._wallet:
            self._take_voucher()
        else:
            encounters.finish_encounter(self.pc.context, FinishEncounter(encounter_id))

    def _is_nobodys(self, encounter_id: UUID) -> bool:
        encounter = self.pc.seat.work.reads.encounter(encounter_id)
        return encounter is not None and encounter.member_id is None

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
                    tier=None if coupon else "",
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
        number = self._source.choice((1, 2, 2, 3, 3, *_WITH_TERMS))
        proof = self._source.choice((Proof.CARD, Proof.NAME))
        spendable = self._known_to_server(encounter_id)
        waits = self.pc.waits
        asked = self.pc.redemptions.request(RequestRedemption(encounter_id, number, proof))
        if self._agreeing.see_to(asked):
            self.witness.lies.add(asked.redemption_id)
        result = self.pc.redemptions.confirm(
            ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL)
        )
        if self.pc.waits > waits and result.promise is Promise.GUARANTEED:
            self.witness.had_for_waiting += 1
        covers = self.witness.covers
        covers[result.promise] = covers.get(result.promise, 0) + 1
        if result.promise is Promise.OFFICE_RISK and result.points > spendable:
            self.witness.hopes.append(f"{result.points} of {spendable} points")
        if result.promise in (Promise.OFFICE_RISK, Promise.GUARANTEED_HERE):
            encounter = self.pc.seat.work.reads.encounter(encounter_id)
            if encounter is not None and encounter.member_id in self._members[:DENIED]:
                self.witness.risks.append("a member on the deny list was promised something")
        # A restored server has forgotten what it had heard: that is nothing given away anew
        if result.promise is Promise.OFFICE_RISK:
            self.witness.risks.extend(broken_caps(self.pc))
        if result.promise is Promise.NOT_POSSIBLE:
            self.witness.refused.add(result.redemption_id)
        else:
            self.witness.redemptions.add(result.redemption_id)
            self._given.append(result.redemption_id)
            self._hand_out_voucher(result.redemption_id)

    def _refund(self, encounter_id: UUID) -> None:
        """Take back a reward that any of the counters gave lately, or a part of it."""
        redemption_id = self._source.choice(self._given[-6:] or [UUID(int=0)])
        points = self._source.choice((300, 150, 1, 799, 400))
        involuntary = self._source.random() < 0.3
        command = RefundReward(encounter_id, redemption_id, points, involuntary, "returned")
        if redemption_id.int:
            self.witness.refunds.add(refunds.refund_reward(self.pc.context, command))

    def _hand_out_voucher(self, redemption_id: UUID) -> None:
        """Customers keep it, whatever becomes of the redemption, and show copies of it."""
        for row in self.pc.seat.work.reads.last_receipts(5):
            if row.ref_id == redemption_id:
                slip = RedemptionSlip.of(row.facts)
                self._wallet.append(receipts.voucher_text(self.pc.context, slip.voucher))

    def _take_voucher(self) -> None:
        text = self._source.choice(self._wallet[-_CARRIED:])
        vouchers.take_voucher(self.pc.context, self.pc.new_id(), TakeVoucher(text))
        self.witness.vouchers += 1

    def _known_to_server(self, encounter_id: UUID) -> int:
        """Points in the members file or as looked up, less what was spent here since."""
        files, of = self.pc.seat._files, {"encounter": encounter_id.bytes}
        ((member_id, spent),) = self.pc.seat._database.fetch(_SPENT_HERE, of)
        told = self.witness.looked_up.get(UUID(bytes=member_id), 0)
        if files.path is None:
            return told
        with files.reading():
            row = files.current().execute(_POSTED, (member_id,)).fetchone()
        if row is None:  # gone from the file while they stand here
            kept = self.pc.rows(
                "SELECT json_extract(CAST(member AS TEXT), '$.posted_points') FROM looked_up"
                f" WHERE member_id = x'{bytes(member_id).hex()}'"
            )
            row = kept[0] if kept else None
        return int(row[0] if row else told) - int(spent)

    def _change(self, encounter_id: UUID, *, is_card: bool) -> None:
        """Give another card, sometimes one that another counter may be giving away, or a phone."""
        number = self._source.randrange(self._source.choice((30, 10**8)))
        if is_card:
            command = ReplaceCard(encounter_id, f"CA8{number:08}")
            memberships.replace_card(self.pc.context, command)
        else:
            memberships.update_contact(
                self.pc.context, UpdateContact(encounter_id, f"137{number:08}")
            )
        kind = "CardReplaced" if is_card else "ContactUpdated"
        self.witness.changed.add((encounter_id, kind))

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
