"""What screens read: members, the encounter, what is pending, readiness, the manager's desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from app.domain import names
from app.domain.boarding_pass import BadScan, BoardingPass, parse
from app.domain.errors import Rejected
from app.domain.events import Cover
from app.domain.matter import MatterRules
from app.domain.member import Member, distinction, masked_card, masked_name, masked_phone
from app.domain.office_time import local_day, local_time
from app.domain.rating import RatingRules
from app.domain.redemption import risk_left
from app.domain.texts import Texts, texts_of
from app.domain.typed_flight import TypedFlight
from app.domain.voucher import looks_like_voucher
from app.ports.phones import PagePlace
from app.ports.work import EncounterRow, LineRow, RedemptionRow, WaitingEntry
from app.services import refunds, vouchers
from app.services.appeals import own_visits
from app.services.approvals import Approvals
from app.services.context import (
    Context,
    enrolled,
    list_age_ms,
    overlay_of,
    server_member,
    standing_of,
)
from app.services.desk_reading import desk_view, figures_view
from app.services.earnings import accrual_rules, propose_amount, propose_claim, propose_flights
from app.services.encounters import invitation_for
from app.services.families import family_of, share_of
from app.services.phones import Phones
from app.services.point_views import RefundableReward, RefundForeseen
from app.services.receipts import Queue, receipts_view
from app.services.redemptions import Redemptions, english_name
from app.services.sessions import session_view
from app.services.views import (
    ApprovalView,
    DeskView,
    EarnProposal,
    EncounterLine,
    EncounterView,
    FiguresView,
    FoundMember,
    LineState,
    MemberView,
    OwnVisit,
    PendingItem,
    PendingSummary,
    PendingVisit,
    RatingInvitation,
    Readiness,
    ReceiptsView,
    RewardOffer,
    ScanResult,
    Seat,
    SessionView,
)

if TYPE_CHECKING:
    from app.domain.reports import Choice

BADGE_PREFIX = "GB-"
STALE_DATA_S = 15 * 60
OLD_DATA_S = 24 * 3600

# What an entry is called in the list of what waits; never with a score.
_PENDING_WORDS = {
    "": "unknown",  # nothing of it is left but its place
    "AccrualRecorded": "accrual",
    "AccrualReversed": "accrual_undone",
    "AccrualReduced": "accrual_undone",
    "RedemptionRequested": "redemption",
    "RedemptionGranted": "redemption",
    "RedemptionVoided": "redemption_undone",
    "RedemptionRefunded": "redemption_undone",
    "VoucherUsed": "voucher",
    "RatingRecorded": "rating",
    "RatingDetailed": "rating",
    "RatingNotGiven": "rating",
    "StrayPressesRecorded": "rating",
    "MatterOpened": "matter",
    "MemberJoined": "member",
    "ContactUpdated": "member",
    "CardReplaced": "member",
    "ShiftOpened": "shift",
    "ShiftClosed": "shift",
    "SessionStarted": "session",
    "SessionEnded": "session",
    "PointsAdjusted": "case",
    "AdjustmentConfirmed": "case",
    "AdjustmentDeclined": "case",
    "LeasesWrittenOff": "case",
    "MemberDenied": "case",
    "MemberAllowed": "case",
    "CaseAcknowledged": "case",
    "CaseNoted": "case",
    "CaseAdvanced": "case",
    "CaseClosed": "case",
    "CaseReopened": "case",
    "CaseFieldSet": "case",
    "AppealDecided": "case",
    "RatingAppealed": "appeal",
    "ListeningFieldSet": "case",
    "ContactShown": "case",
    "ActionOpened": "case",
    "ActionFieldSet": "case",
    "ApprovalAnswered": "case",
    "FiguresSaved": "case",
    "ExceptionSettled": "case",
}

_COVER_STATES: dict[Cover, LineState] = {
    Cover.ONLINE: "guaranteed",
    Cover.LEASE: "guaranteed_here",
    Cover.AT_RISK: "office_risk",
}


class Reading:
    """Implements app.services.core.Queries over the ports."""

    def __init__(
        self,
        context: Context,
        redemptions: Redemptions,
        printing: Queue | None,
        approvals: Approvals,
        phones: Phones,
    ) -> None:
        self._context = context
        self._phones = phones
        self._approvals = approvals
        self._printing = printing
        self._redemptions = redemptions
        self._resumed: UUID | None = None
        self.desk_in_reach = False  # on the office's own network

    def note_resumed(self) -> None:
        """The open encounter was found after a restart."""
        row = self._context.store.reads.open_encounter()
        self._resumed = None if row is None else row.encounter_id

    def seat(self) -> Seat | None:
        return self._context.seat()

    def session(self) -> SessionView | None:
        session = self._context.store.reads.session()
        return None if session is None else session_view(self._context, session)

    def encounter(self) -> EncounterView | None:
        row = self._context.store.reads.open_encounter()
        return None if row is None else self._encounter_view(row)

    def invitation(self) -> RatingInvitation | None:
        row = self._context.store.reads.invited_encounter()
        return None if row is None else invitation_for(self._context, row)

    def search(self, text: str, limit: int = 20) -> Sequence[FoundMember]:
        reads = self._context.store.reads
        own = self._own_membership()
        joined = [
            FoundMember(**_tokens(member, "name", own))
            for member_id in reads.joined_members(text)
            if (member := server_member(self._context, reads, member_id)) is not None
        ]
        known = {found.member_id for found in joined}
        found = []
        for hit in self._context.members.search(text, limit):
            member = self._survivor(hit.member)
            if member.member_id not in known and member.status == "active":
                known.add(member.member_id)
                tokens = _tokens(member, hit.matched, own)
                found.append(FoundMember(**tokens, from_server=hit.from_server))
        both = (joined + found)[:limit]
        if len(both) < 2:
            return both
        seen = reads.last_visits([each.member_id for each in both])
        return [replace(each, last_visit_ms=seen.get(each.member_id)) for each in both]

    def member(self, member_id: UUID) -> MemberView | None:
        member = server_member(self._context, self._context.store.reads, member_id)
        return None if member is None else self._member_view(member, "")

    def interpret_scan(self, text: str) -> ScanResult:
        scanned = text.strip()
        if scanned.upper().startswith(BADGE_PREFIX):
            return ScanResult(kind="badge")
        member = self._member_of_card(scanned.upper())
        if member is not None:
            return ScanResult(kind="card", member=self._member_view(member, "card"))
        if looks_like_voucher(scanned):
            return self._voucher(scanned)
        today = self.today()
        try:
            boarding_pass = parse(text, today=today)
        except BadScan as bad:
            return ScanResult(kind="unknown", problem=bad.code, message=bad.message)
        return self._boarding_pass(boarding_pass, today)

    def _voucher(self, scanned: str) -> ScanResult:
        try:
            return ScanResult(kind="voucher", voucher=vouchers.look_at(self._context, scanned))
        except Rejected as bad:
            return ScanResult(kind="unknown", problem=bad.code, message=bad.message)

    def _boarding_pass(self, boarding_pass: BoardingPass, today: date) -> ScanResult:
        traveller = next(
            (
                found
                for leg in boarding_pass.legs
                if leg.frequent_flyer_number
                and (found := self._member_of_card(leg.frequent_flyer_number.upper())) is not None
            ),
            None,
        )
        current = self._context.store.reads.open_encounter()
        served = None if current is None or current.member_id is None else current.member_id
        member_id = served or (None if traveller is None else traveller.member_id)
        member = (
            None
            if member_id is None
            else server_member(self._context, self._context.store.reads, member_id)
        )
        cards = (leg.frequent_flyer_number.upper() for leg in boarding_pass.legs)
        return ScanResult(
            kind="boarding_pass",
            member=None if traveller is None else self._member_view(traveller, "card"),
            earn=propose_flights(self._context, boarding_pass, member, today),
            passenger_name=boarding_pass.passenger_name,
            unknown_card="" if traveller is not None else next(filter(None, cards), ""),
        )

    def currency(self) -> str:
        return accrual_rules(self._context).currency

    def propose_amount(self, member_id: UUID, amount_minor: int) -> EarnProposal:
        member = server_member(self._context, self._context.store.reads, member_id)
        return propose_amount(self._context, amount_minor, member)

    def propose_claim(self, member_id: UUID, typed: TypedFlight) -> EarnProposal:
        member = server_member(self._context, self._context.store.reads, member_id)
        if member is None:
            raise Rejected("unknown_member", "This member isn't on this PC")
        return propose_claim(self._context, typed, member, self.today())

    def offers(self, encounter_id: UUID) -> Sequence[RewardOffer]:
        return self._redemptions.offers(encounter_id)

    def refundable(self, encounter_id: UUID) -> Sequence[RefundableReward]:
        return refunds.refundable(self._context, encounter_id)

    def refundable_by_voucher(self, text: str) -> RefundableReward:
        return refunds.refundable_by_voucher(self._context, text)

    def foresee_refund(self, points: int, *, involuntary: bool) -> RefundForeseen:
        return refunds.foresee_refund(self._context, points, involuntary=involuntary)

    def matter_topics(self) -> Sequence[tuple[str, str]]:
        value, _ = self._context.setting("matter")
        return MatterRules.from_setting(value).topics

    def skip_reasons(self) -> Sequence[str]:
        value, version = self._context.setting("rating")
        return RatingRules.from_setting(value, version).skip_reasons

    def name_in(self, language: str, name: str) -> str:
        value, _ = self._context.setting(names.SETTING)
        return names.name_in(value, language, name)

    def pending(self, limit: int = 200) -> Sequence[PendingItem]:
        waiting = self._context.store.reads.waiting(limit)
        visits = self._visits({row.encounter_id for row in waiting})
        english = {reward.name: reward.name_en for reward in self._context.members.rewards()}
        return [
            PendingItem(
                what=_PENDING_WORDS.get(row.type, "encounter"),
                text=row.text,
                since_ms=row.wall_ms,
                state=_pending_state(row),
                reason=row.exception_code,
                text_en=english.get(row.text, ""),
                visit=visits.get(row.encounter_id),
            )
            for row in waiting
        ]

    def _visits(self, encounter_ids: set[UUID | None]) -> dict[UUID | None, PendingVisit]:
        reads = self._context.store.reads
        visits: dict[UUID | None, PendingVisit] = {}
        for row in (reads.encounter(each) for each in encounter_ids if each is not None):
            if row is not None:
                member = (
                    None
                    if row.member_id is None
                    else server_member(self._context, reads, row.member_id)
                )
                name = "" if member is None else masked_name(member.name)
                visits[row.encounter_id] = PendingVisit(row.encounter_id, row.opened_ms, name)
        return visits

    def pending_summary(self) -> PendingSummary:
        return PendingSummary(*self._context.store.reads.unsent_things())

    def readiness(self) -> Readiness:
        reads = self._context.store.reads
        link = reads.link_state()
        left, no_risk = risk_left(reads.pool(), reads.unheard(), list_age_ms(self._context, reads))
        now_ms = self._context.clock.now_ms()
        age_s = None if link.last_pull_ms is None else max(0, now_ms - link.last_pull_ms) // 1000
        reasons = []
        if age_s is None:
            reasons.append("no_data_yet")
        elif age_s > OLD_DATA_S:
            reasons.append("data_old")
        if not link.online:
            reasons.append(link.problem or "unreachable")
        if link.online and age_s is not None and age_s > STALE_DATA_S:
            reasons.append("data_stale")
        covered = reads.leases_held()
        seat = self._context.seat()
        if seat is None or seat.kind == "counter":  # a desk spends no points
            if covered == 0:
                reasons.append("no_guests_covered")
            if no_risk:
                reasons.append(no_risk)
        critical = {"no_data_yet", "data_old", "revoked"} & set(reasons)
        return Readiness(
            level="critical" if critical else "caution" if reasons else "ready",
            online=link.online,
            covered_guests=covered,
            expected_guests=reads.leases_offered(),
            data_age_s=age_s,
            risk_left_points=left,
            alarm_path=link.online or self.desk_in_reach,
            reasons=tuple(reasons),
            list_as_of=""
            if link.last_pull_ms is None or seat is None
            else local_time(link.last_pull_ms, seat.time_zone),
        )

    def texts(self) -> Texts:
        return texts_of(self._context.setting("rating")[0])

    def panel_picture(self) -> bytes | None:
        return self._context.pictures.panel_picture()

    def staff_photo(self, staff_number: str) -> bytes | None:
        return self._context.pictures.staff_photo(staff_number)

    def own_visits(self) -> Sequence[OwnVisit]:
        return own_visits(self._context)

    def receipts(self) -> ReceiptsView:
        return receipts_view(self._context, self._printing)

    def approvals(self) -> Sequence[ApprovalView]:
        return self._approvals.waiting()

    def phone_page(self) -> PagePlace | None:
        return self._phones.place

    def desk(self) -> DeskView:
        return desk_view(self._context, data_age_s=self.readiness().data_age_s)

    def figures(self, choice: Choice) -> FiguresView:
        return figures_view(self._context, choice, data_age_s=self.readiness().data_age_s)

    def today(self) -> date:
        """Return the office's day."""
        return local_day(self._context.clock.now_ms(), enrolled(self._context).time_zone)

    def _member_of_card(self, card_no: str) -> Member | None:
        member = self._context.members.by_card(card_no)
        if member is not None:
            return self._survivor(member)
        reads = self._context.store.reads
        for member_id in reads.joined_members(card_no):
            joined = reads.joined_member(member_id)
            if joined is not None and joined["card_no"] == card_no:
                return server_member(self._context, reads, member_id)
        return None

    def _survivor(self, found: Member) -> Member:
        """Whom a card or a name leads to: of merged records the one that stays."""
        if found.merged_into is None:
            return found
        return server_member(self._context, self._context.store.reads, found.member_id) or found

    def _own_membership(self) -> UUID | None:
        session = self._context.store.reads.session()
        staff = None if session is None else self._context.members.staff(session.staff_id)
        return None if staff is None else staff.member_id

    def _member_view(self, member: Member, matched: str) -> MemberView:
        reads = self._context.store.reads
        pending = (
            member.pending_points + overlay_of(self._context, reads, member.member_id).earned_points
        )
        share = share_of(self._context, member, pending)
        return MemberView(
            **_tokens(member, matched, self._own_membership()),
            spoken_name=member.latin_name or member.name[:1],
            masked_card=masked_card(member.card_no),
            masked_phone=masked_phone(member.phone),
            spendable_points=standing_of(self._context, reads, member.member_id).spendable,
            pending_points=pending if share is None else pending - share.shared,
            next_expiry_on=(
                None if member.next_expiry_on is None else member.next_expiry_on.isoformat()
            ),
            next_expiry_points=member.next_expiry_points,
            preference=member.preference,
            open_matter=member.open_matter,
            family=family_of(self._context, member),
        )

    def _encounter_view(self, row: EncounterRow) -> EncounterView:
        return EncounterView(
            encounter_id=row.encounter_id,
            opened_ms=row.opened_ms,
            member=None if row.member_id is None else self.member(row.member_id),
            lines=tuple(
                self._line(line) for line in self._context.store.reads.lines(row.encounter_id)
            ),
            resumed=row.encounter_id == self._resumed,
        )

    def _english(self, line: LineRow, redemption: RedemptionRow | None) -> str:
        if redemption is not None:
            return english_name(self._context, redemption.reward_id)
        if line.kind not in ("voucher", "refund"):
            return ""
        rewards = self._context.members.rewards()
        return next((each.name_en for each in rewards if each.name == line.text), "")

    def _line(self, line: LineRow) -> EncounterLine:
        redemption = None
        if line.kind == "redemption":
            redemption = self._context.store.reads.redemption(line.ref_id)
        state: LineState = "sent" if line.entry_state == "confirmed" else "waiting"
        if line.undone:
            state = "undone"
        elif line.entry_state == "exception":
            state = "exception"
        elif line.kind == "redemption":
            cover = None if redemption is None else redemption.cover
            state = _COVER_STATES[cover] if cover is not None else "in_progress"
        return EncounterLine(
            kind=line.kind,
            ref_id=line.ref_id,
            text=line.text,
            points=line.points,
            state=state,
            reason=line.exception_code,
            text_en=self._english(line, redemption),
        )


def _pending_state(row: WaitingEntry) -> Literal["waiting", "exception", "lost"]:
    if row.state == "exception":
        return "exception"
    return "lost" if row.is_lost else "waiting"


def _tokens(member: Member, matched: str, own_membership: UUID | None) -> dict[str, Any]:
    """What a member is chosen by, as the fields of FoundMember."""
    apart = distinction(member)
    return {
        "member_id": member.member_id,
        "masked_name": masked_name(member.name),
        "tier": member.tier,
        "distinguishing": " · ".join(
            part
            for part in (apart.card_ending, f"…{apart.phone_ending}", apart.home_office)
            if part.strip("…")
        ),
        "matched": matched,
        "is_self": member.member_id == own_membership,
    }
