"""A core in memory with believable data, so that screens are tested without disk or network.

It keeps the contract of `app.services.core` as far as screens can see it: commands commit before
they return, refusals carry the contract's codes, and changes are announced. `calls` holds every
command it was given, in order; `refuse_next` scripts a refusal; `online` cuts the network.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from app.domain.accrual import STANDARD_RULES, Because, Ground, points_for_flight
from app.domain.errors import GuichetError, Rejected, Unavailable
from app.domain.events import RatingState
from app.domain.family import split
from app.domain.figure_rules import FigureRules
from app.domain.names import name_in
from app.domain.office_time import local_day
from app.domain.own_figures import OwnWeek
from app.domain.records import Figures, Recovery, Role
from app.domain.redemption import SetAside
from app.domain.reports import Choice, Source, choices, report
from app.domain.statement import StatementLine
from app.domain.stock import Stock
from app.domain.texts import Texts, texts_of
from app.domain.typed_flight import TypedFlight, claim_key
from app.ports.phones import PagePlace
from app.services import commands as c
from app.services.figure_views import OwnWeeksView
from app.services.point_views import (
    RefundableReward,
    RefundForeseen,
    StatementPending,
    StatementView,
)
from app.services.views import (
    ApprovalCode,
    ApprovalStatus,
    ApprovalView,
    ChangeKind,
    DeskView,
    EarnProposal,
    EncounterLine,
    EncounterView,
    FamilyView,
    FiguresView,
    LookUpOutcome,
    MatterReceipt,
    MemberView,
    OwnVisit,
    PendingItem,
    PendingSummary,
    Promise,
    RatingInvitation,
    RatingStatus,
    Readiness,
    ReceiptsView,
    RedemptionResult,
    RedemptionToConfirm,
    RewardOffer,
    ScanResult,
    Seat,
    SessionView,
    ShareView,
    ShiftSummary,
    VoucherView,
)

START_MS = 1_795_000_000_000
PASS = "M1ZHANG/WEI            EABC123 PEKSHACA 1501 326Y012A0045 100"
PASS_OF_STRANGER = "M1SMITH/JANE          EXYZ789 PEKSHACA 1501 326Y014C0046 100"
PASS_OF_TWO_LEGS = "M2ZHANG/WEI            EABC123 PEKSHACA 1501 326Y012A0045 100"
OLD_PASS = "M1ZHANG/WEI            EOLD123 SHAPEKCA 1502 300Y022A0033 100"
REFUSED_PASS = "M1ZHANG/WEI            EAWD123 PEKSHACA 1503 326X012A0099 100"
CARD = "880012345678"
BADGE = "GB-1002"

_VOUCHER = VoucherView(
    "GV1A", "K7QF-2M4C", "休息室一次", "Lounge visit", 6_000, "2027-02-16", "北京国贸售票处",
    is_open=True, is_checked=True, refusal="",
)  # fmt: skip
VOUCHERS = {
    "GV1A": _VOUCHER,
    "GV1B": replace(_VOUCHER, text="GV1B", is_open=False),
    "GV1C": replace(_VOUCHER, text="GV1C", refusal="voucher_used"),
}

REASONS = ("attitude", "competence", "efficiency", "facilities", "rules", "other")


def member(
    number: int,
    name: str,
    spoken: str,
    *,
    card: str,
    phone: str,
    tier: str = "basic",
    points: int = 0,
    pending: int = 0,
    expiry: tuple[str, int] | None = None,
    preference: str = "",
    matter: str = "",
    is_self: bool = False,
    family: FamilyView | None = None,
) -> MemberView:
    """A member as the counter shows one."""
    return MemberView(
        member_id=UUID(int=number),
        masked_name=name,
        spoken_name=spoken,
        masked_card=card,
        masked_phone=phone,
        tier=tier,
        spendable_points=points,
        pending_points=pending,
        next_expiry_on=expiry[0] if expiry else None,
        next_expiry_points=expiry[1] if expiry else 0,
        preference=preference,
        open_matter=matter,
        distinguishing=f"{card[-4:]} · …{phone[-2:]} · PEK01",
        matched="name",
        is_self=is_self,
        family=family,
    )


MEMBERS = (
    member(
        1, "张*", "张", card="8800 •••• 5678", phone="138 •••• 5678", tier="gold", points=48_250,
        pending=1_240, expiry=("2026-12-31", 3_000), preference="靠窗 · 素食",
        matter="行李延误 PEK01-0412",
    ),
    member(2, "张*", "张", card="8800 •••• 9023", phone="139 •••• 5678", tier="basic", points=860),
    member(
        3, "WEI Z****", "Wei Zhang", card="8800 •••• 4417", phone="186 •••• 0032", tier="silver",
        points=12_300, expiry=("2027-03-31", 1_200), preference="Aisle seat",
        family=FamilyView(is_head=False, percent=30, head_name="欧阳*华"),
    ),
    member(4, "欧阳*华", "欧阳", card="8800 •••• 7710", phone="137 •••• 7788", tier="platinum",
           points=208_400, pending=3_180, family=FamilyView(is_head=True, members=3)),
    member(5, "李*", "李", card="8800 •••• 0005", phone="135 •••• 1002", is_self=True),
)  # fmt: skip
SEARCH_KEYS = {
    1: ("880012345678", "13812345678", "张伟", "zw", "zhang wei"),
    2: ("880055559023", "13900005678", "张薇", "zw", "zhang wei"),
    3: ("880066664417", "18611110032", "wei zhang", "wz"),
    4: ("880077777710", "13766667788", "欧阳德华", "oydh"),
    5: ("880000000005", "13522221002", "李娜", "ln", "li na"),
}
REWARDS = (
    (1, "行李额 20 公斤", "Extra baggage 20 kg", 3_000),
    (2, "休息室一次", "Lounge visit", 6_000),
    (3, "升舱券", "Upgrade voucher", 20_000),
    (4, "国内往返机票", "Domestic return ticket", 60_000),
)
STAFF: dict[str, tuple[str, str, tuple[Role, ...]]] = {
    "1001": ("王芳", "135790", ("clerk",)),
    "1002": ("李娜", "246801", ("clerk",)),
    "9001": ("赵敏", "112233", ("duty_manager",)),
}


def _share(member_id: UUID, points: int) -> ShareView | None:
    """What of it goes to the head of the member's family."""
    family = next(view.family for view in MEMBERS if view.member_id == member_id)
    if family is None or family.is_head:
        return None
    return ShareView(*split(points, owed=0, percent=family.percent), family.head_name)


EXPLANATION = (
    Because(
        Ground.DISTANCE,
        {
            "flight": "CA1501",
            "route": "PEK-SHA",
            "km": 1_076,
            "percent": 100,
            "booking_class": "Y",
            "points": 1_076,
        },
    ),
    Because(Ground.TIER_BONUS, {"tier": "gold", "percent": 15, "points": 164}),
)


def flight(
    number: int, points: int, *, refused: str = "", retro: bool = False, label: str = ""
) -> EarnProposal:
    """What a boarding pass would earn."""
    return EarnProposal(
        source="retro" if retro else "flight",
        points=0 if refused else points,
        label=label or "CA1501 22 Nov PEK-SHA",
        explanation=EXPLANATION,
        coupon_key=f"coupon-{number}",
        rule_version=1,
        refused=refused,
    )


WAITING = ApprovalStatus(UUID(int=0), "waiting")


def statement(days: int, *, online: bool) -> StatementView:
    """A member's statement, long where it goes back for ever."""
    lines, balance = [], 20_000
    for n in range(3 if days else 60):
        points = -6_000 if n % 5 == 2 else 1_240
        balance += points
        kind, what = (
            ("redemption", "休息室一次") if points < 0 else ("accrual", "CA1501 2026-11-18")
        )
        lines.append(
            StatementLine(
                f"2026-{n // 28 + 9:02}-{n % 28 + 1:02}", "", kind, what, "PEK01", points, balance
            )
        )
    return StatementView(
        first_day="" if not days else "2025-11-22",
        is_from_server=online,
        at_ms=START_MS - (0 if online else 7_200_000),
        opening_points=20_000,
        lines=tuple(lines) if online else (),
        closing_points=balance if online else 48_250,
        owed_points=0,
        lots=((3_000, "2026-12-31"), (1_200, "2027-03-31"), (44_050, None)),
        set_aside=(SetAside(6_000, "PEK01", "A2", START_MS - 86_400_000),) if online else (),
        pending=(StatementPending("accrual", "CA1502 2026-11-22", 1_240),),
    )


@dataclass
class FakeCore:
    """See the module. Attributes may be set by a test before or between commands."""

    enrolled: bool = True
    online: bool = True
    level: Literal["ready", "caution", "critical"] = "ready"
    reasons: tuple[str, ...] = ()
    waiting: list[PendingItem] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)
    now_ms: int = START_MS
    leased_points: int = 6_000
    stocks: dict[int, Stock] = field(default_factory=dict)
    desk_view: DeskView = field(default_factory=lambda: DeskView((), (), None, 3))
    days_counted: tuple[Figures, ...] = ()
    followed: Recovery | None = None
    own_weeks: tuple[OwnWeek, ...] = ()
    kind: Literal["counter", "desk"] = "counter"
    duty_phone: str = "010-8457 0001"
    voucher_is_open: bool = True
    challenge: str = ""
    """A manager has to agree to what is asked for next."""
    approval: ApprovalStatus = WAITING
    approvals: list[ApprovalView] = field(default_factory=list)
    phone_page: PagePlace | None = None
    voucher_text: str = ""  # shown on the panel, where no paper comes out
    rewards_given: list[RefundableReward] = field(default_factory=list)
    own_visits: tuple[OwnVisit, ...] = ()
    rating: dict[str, object] = field(default_factory=dict)  # the setting
    panel_picture: bytes | None = None
    staff_photos: dict[str, bytes] = field(default_factory=dict)
    receipts: ReceiptsView = field(default_factory=lambda: ReceiptsView(False, "", (), ()))

    def __post_init__(self) -> None:
        self.calls: list[c.Command] = []
        self.refuse_next: GuichetError | None = None
        self.server_knows: dict[str, Sequence[MemberView]] = {}  # by what is asked for
        self.look_up_says: LookUpOutcome | GuichetError | None = None
        self.hold_look_ups: threading.Event | None = None
        self.looked_up: dict[str, list[MemberView]] = {}
        self.hold: threading.Event | None = None  # commands wait for it, as for a slow network
        self._lock = threading.RLock()
        self._listeners: list[Callable[[frozenset[ChangeKind]], None]] = []
        self._members = {view.member_id: view for view in MEMBERS}
        self._ids = 1_000
        self._session: SessionView | None = None
        self._shift: tuple[UUID, int] | None = None
        self._encounter: EncounterView | None = None
        self._invitation: RatingInvitation | None = None
        self._asked: dict[UUID, RewardOffer] = {}
        self._wrong_pins = 0
        self._coupons: set[str] = set()
        self.queries = FakeQueries(self)
        self.closed = False

    # the contract

    def execute(self, command: c.Command) -> Any:
        """Run a command as the real core would, and remember it."""
        if isinstance(command, c.LookUpMember) and self.hold_look_ups is not None:
            assert self.hold_look_ups.wait(10), "the test never let the network answer"
        slow = isinstance(command, c.ConfirmRedemption | c.IdentifyMember)
        if slow and self.hold is not None:
            assert self.hold.wait(10), "the test never let the network answer"
        with self._lock:
            self.calls.append(command)
            if isinstance(command, c.LookUpMember):  # asked by itself, whatever a test refuses
                return self._LookUpMember(command)
            problem, self.refuse_next = self.refuse_next, None
            if problem is not None:
                raise problem
            return getattr(self, f"_{type(command).__name__}")(command)

    def subscribe(self, listener: Callable[[frozenset[ChangeKind]], None]) -> None:
        self._listeners.append(listener)

    def close(self) -> None:
        self.closed = True

    # for tests

    def announce(self, *kinds: ChangeKind) -> None:
        """Tell the listeners, as sync would from its thread."""
        for listener in self._listeners:
            listener(frozenset(kinds))

    def sign_in(self, number: str = "1001") -> SessionView:
        """Sign a clerk in without a command."""
        name, _, roles = STAFF[number]
        if self._shift is None:
            self._shift = (self._new_id(), self.now_ms)
        self._session = SessionView(
            self._new_id(),
            UUID(int=int(number)),
            number,
            name,
            roles,
            *self._shift,
        )
        return self._session

    def leave_encounter_open(self, member_number: int = 1) -> EncounterView:
        """An encounter as found after a power cut."""
        view = self._members[UUID(int=member_number)]
        self._encounter = EncounterView(self._new_id(), self.now_ms, view, (), resumed=True)
        return self._encounter

    def commands(self, kind: type) -> list[Any]:
        """The commands of one kind that it was given."""
        return [call for call in self.calls if isinstance(call, kind)]

    # commands

    def _new_id(self) -> UUID:
        self._ids += 1
        return UUID(int=self._ids)

    def _SignIn(self, command: c.SignIn) -> SessionView:
        staff = STAFF.get(command.staff_number)
        if self._wrong_pins >= 5:
            raise Rejected("throttled", "wait", wait_s=30)
        if staff is None or staff[1] != command.pin:
            self._wrong_pins += 1
            raise Rejected("wrong_pin", "wrong", tries_left=5 - self._wrong_pins)
        self._wrong_pins = 0
        view = self.sign_in(command.staff_number)
        self.announce(ChangeKind.SESSION)
        return view

    def _SignInByBadge(self, command: c.SignInByBadge) -> SessionView:
        if command.badge_code != BADGE:
            raise Rejected("unknown_badge", "unknown")
        view = self.sign_in("1002")
        self.announce(ChangeKind.SESSION)
        return view

    def _SignOut(self, command: c.SignOut) -> None:
        self._session = None
        self.announce(ChangeKind.SESSION)

    def _CloseShift(self, command: c.CloseShift) -> ShiftSummary:
        assert self._session is not None
        assert self._shift is not None
        if STAFF[self._session.staff_number][1] != command.pin:
            raise Rejected("wrong_pin", "wrong", tries_left=4)
        if self._encounter is not None:
            raise Rejected("encounter_open", "open")
        summary = ShiftSummary(*self._shift, 34, 29, 4, 1, 2, 1, len(self.waiting))
        self._session = self._shift = None
        self.announce(ChangeKind.SESSION)
        return summary

    def _OpenEncounter(self, command: c.OpenEncounter) -> EncounterView:
        if self._encounter is None:
            self._invitation = None
            self._encounter = EncounterView(self._new_id(), self.now_ms, None, (), resumed=False)
        return self._changed()

    def _IdentifyMember(self, command: c.IdentifyMember) -> EncounterView:
        view = self._members.get(command.member_id)
        if view is None:
            raise Rejected("unknown_member", "unknown")
        if view.is_self:
            raise Rejected("own_membership", "own")
        before = self._encounter
        if before is not None and before.member is not None:
            if before.member.member_id != view.member_id:
                raise Rejected("other_member", "other")
            return before
        self._OpenEncounter(c.OpenEncounter(command.opened_by))
        assert self._encounter is not None
        self._encounter = replace(self._encounter, member=view)
        return self._changed()

    def _LookUpMember(self, command: c.LookUpMember) -> LookUpOutcome:
        if isinstance(self.look_up_says, GuichetError):
            raise self.look_up_says
        for view in self.server_knows.get(command.text, ()):
            self._members[view.member_id] = view
            self.looked_up.setdefault(command.text, []).append(view)
        return self.look_up_says or ("found" if command.text in self.looked_up else "none")

    def _RecordAccrual(self, command: c.RecordAccrual) -> EncounterView:
        proposal = command.proposal
        if proposal.coupon_key in self._coupons:
            raise Rejected("already_earned", "earned")
        if proposal.coupon_key is not None:
            self._coupons.add(proposal.coupon_key)
        return self._add_line("accrual", proposal.label, proposal.points, "waiting")

    def _RequestRedemption(self, command: c.RequestRedemption) -> RedemptionToConfirm:
        for offer in self.queries.offers(command.encounter_id):
            if offer.number == command.reward_number:
                if offer.promise is Promise.NOT_POSSIBLE:
                    detail: dict[str, Any] = {"missing_points": offer.missing_points}
                    raise Rejected(offer.reason, "not possible", **detail)
                redemption_id = self._new_id()
                self._asked[redemption_id] = offer
                left = self._member().spendable_points - offer.points
                return RedemptionToConfirm(
                    redemption_id,
                    offer.name,
                    offer.name_en,
                    offer.points,
                    left,
                    offer.promise,
                    is_open=self.voucher_is_open,
                    challenge=self.challenge,
                )
        raise Rejected("unknown_reward", "unknown")

    def _ConfirmRedemption(self, command: c.ConfirmRedemption) -> RedemptionResult:
        offer = self._asked.pop(command.redemption_id)
        promise = next(
            o for o in self.queries.offers(UUID(int=0)) if o.number == offer.number
        ).promise
        if promise is Promise.NOT_POSSIBLE:
            return RedemptionResult(
                command.redemption_id, promise, offer.points, offer.name, "risk_used_up", "used up"
            )
        view = self._member()
        assert self._encounter is not None
        spent = replace(view, spendable_points=view.spendable_points - offer.points)
        self._encounter = replace(self._encounter, member=spent)
        self._add_line("redemption", offer.name, -offer.points, promise.value, offer.name_en)
        return RedemptionResult(
            command.redemption_id,
            promise,
            offer.points,
            offer.name,
            reward_name_en=offer.name_en,
            voucher=self.voucher_text,
        )

    def _AskManager(self, command: c.AskManager) -> ApprovalStatus:
        return replace(self.approval, redemption_id=command.redemption_id)

    def _EnterApprovalCode(self, command: c.EnterApprovalCode) -> ApprovalStatus:
        if command.code != "24681357":
            raise Rejected("wrong_code", "wrong", tries_left=3)
        return ApprovalStatus(command.redemption_id, "agreed", "赵敏")

    def _AnswerApproval(self, command: c.AnswerApproval) -> None:
        self.approvals = [
            each for each in self.approvals if each.redemption_id != command.redemption_id
        ]
        self.announce(ChangeKind.APPROVALS)

    def _MakeApprovalCode(self, command: c.MakeApprovalCode) -> ApprovalCode:
        if len(command.challenge.replace(" ", "")) != 8:
            raise Rejected("bad_challenge", "eight digits")
        return ApprovalCode(command.challenge, command.points, "24681357")

    def _DeclineRedemption(self, command: c.DeclineRedemption) -> None:
        self._asked.pop(command.redemption_id)

    def _UndoLast(self, command: c.UndoLast) -> EncounterView:
        assert self._encounter is not None
        lines = list(self._encounter.lines)
        for index in reversed(range(len(lines))):
            if lines[index].kind in ("accrual", "redemption") and lines[index].state != "undone":
                lines[index] = replace(lines[index], state="undone")
                self._encounter = replace(self._encounter, lines=tuple(lines))
                return self._changed()
        raise Rejected("nothing_to_undo", "nothing")

    def _AskOwnWeeks(self, command: c.AskOwnWeeks) -> OwnWeeksView:
        if not self.online:
            raise Unavailable("own_weeks_need_server", "not in reach")
        return OwnWeeksView(self.own_weeks, 30, self.now_ms)

    def _AskStatement(self, command: c.AskStatement) -> StatementView:
        return statement(command.days, online=self.online)

    def _AskStatementOf(self, command: c.AskStatementOf) -> StatementView:
        return statement(command.days, online=self.online)

    def _PrintStatement(self, command: c.PrintStatement) -> None:
        """Nothing comes out of a fake."""

    def _SaveStatementOf(self, command: c.SaveStatementOf) -> str:
        return f"/home/li/Guichet/statement 2026-11-23 100000.{command.form}"

    def _SaveStatement(self, command: c.SaveStatement) -> str:
        return f"/home/li/Guichet/statement 2026-11-23 100000.{command.form}"

    def _AskFigures(self, command: c.AskFigures) -> FiguresView:
        if not self.online:
            raise Unavailable("unreachable", "Only the server knows other offices' figures")
        told = self.queries.figures(
            command.days,
            counters=command.counters,
            services=command.services,
            source=command.source,
        )
        return replace(told, office_codes=(command.office_code or "PEK", "SHA"))

    def _CountFigures(self, command: c.CountFigures) -> FiguresView:
        return self.queries.figures(
            command.days,
            counters=command.counters,
            staff=command.staff,
            services=command.services,
            source=command.source,
        )

    def _SaveFigures(self, command: c.SaveFigures) -> str:
        form = "pdf" if command.pdf else "csv"
        return f"/home/li/Guichet/figures 2026-11-23 100000.{form}"

    def _RefundReward(self, command: c.RefundReward) -> EncounterView:
        foreseen = self.queries.foresee_refund(command.points, involuntary=command.involuntary)
        self.rewards_given = [
            replace(each, left_points=each.left_points - command.points)
            if each.redemption_id == command.redemption_id
            else each
            for each in self.rewards_given
        ]
        return self._add_line("refund", command.reward_name, foreseen.coming_points, "waiting")

    def _TakeVoucher(self, command: c.TakeVoucher) -> EncounterView:
        self._OpenEncounter(c.OpenEncounter("scan"))
        return self._add_line("voucher", VOUCHERS[command.text].reward_name, None, "waiting")

    def _AppealRating(self, command: c.AppealRating) -> tuple[OwnVisit, ...]:
        self.own_visits = tuple(
            replace(visit, appeal="waiting")
            if visit.encounter_id == command.encounter_id
            else visit
            for visit in self.own_visits
        )
        return self.own_visits

    def _PrintReceipt(self, command: c.PrintReceipt) -> None:
        """Nothing comes out of a fake."""

    def _DismissReceipts(self, command: c.DismissReceipts) -> None:
        kept = tuple(
            item for item in self.receipts.pending if item.receipt_id not in command.receipt_ids
        )
        self.receipts = replace(self.receipts, pending=kept)
        self.announce(ChangeKind.RECEIPTS)

    def _JoinMember(self, command: c.JoinMember) -> EncounterView:
        if not command.name.strip():
            raise Rejected("bad_name", "bad")
        if len(command.card_no) < 8:
            raise Rejected("bad_card", "bad")
        joined = member(
            self._ids + 1, command.name[:1] + "*", command.name[:1],
            card=f"8800 •••• {command.card_no[-4:]}", phone=f"••• •••• {command.phone[-4:]}",
        )  # fmt: skip
        self._members[joined.member_id] = joined
        self._OpenEncounter(c.OpenEncounter())
        assert self._encounter is not None
        self._encounter = replace(self._encounter, member=joined)
        return self._add_line("joined", joined.masked_card, None, "waiting")

    def _UpdateContact(self, command: c.UpdateContact) -> EncounterView:
        if len(command.phone) < 7:
            raise Rejected("bad_phone", "bad")
        return self._add_line("contact", f"••• •••• {command.phone[-4:]}", None, "waiting")

    def _ReplaceCard(self, command: c.ReplaceCard) -> EncounterView:
        if command.new_card_no == CARD:
            raise Rejected("card_taken", "taken")
        return self._add_line("card", f"8800 •••• {command.new_card_no[-4:]}", None, "waiting")

    def _OpenMatter(self, command: c.OpenMatter) -> MatterReceipt:
        self._OpenEncounter(c.OpenEncounter("walk_in"))
        encounter = self._add_line("matter", "PEK01-0413", None, "waiting")
        department = dict(self.queries.matter_topics())[command.topic]
        return MatterReceipt("PEK01-0413", department, 1_795_000_000_000, encounter)

    def _FinishEncounter(self, command: c.FinishEncounter) -> RatingInvitation | None:
        assert self._encounter is not None
        assert self._session is not None
        self._invitation = RatingInvitation(
            self._encounter.encounter_id,
            "3",
            self._session.staff_number,
            1,
            dict.fromkeys(range(1, 6), REASONS),
            change_window_s=5,
            repeat_window_s=5,
            invitation_s=15,
            details_s=12,
            duty_phone=self.duty_phone,
        )
        self._encounter = None
        self.announce(ChangeKind.ENCOUNTER)
        return self._invitation

    def _SkipRating(self, command: c.SkipRating) -> RatingStatus:
        self._encounter = self._invitation = None
        self.announce(ChangeKind.ENCOUNTER)
        return RatingStatus(command.encounter_id, RatingState.NOT_OFFERED)

    def _RecordRating(self, command: c.RecordRating) -> RatingStatus:
        return RatingStatus(command.encounter_id, RatingState.RATED)

    def _AddRatingDetail(self, command: c.AddRatingDetail) -> RatingStatus:
        return RatingStatus(command.encounter_id, RatingState.RATED, command.call)

    def _CloseInvitation(self, command: c.CloseInvitation) -> RatingStatus:
        self._invitation = None
        return RatingStatus(command.encounter_id, command.state)

    def _RecordStrayPresses(self, command: c.RecordStrayPresses) -> None:
        """It rates nobody."""

    def _Enrol(self, command: c.Enrol) -> Seat:
        if command.code != "ABCD-2345":
            raise Rejected("code_unknown", "unknown")
        self.enrolled = True
        seat = self.queries.seat()
        assert seat is not None
        self.announce(ChangeKind.SESSION)
        return seat

    def _member(self) -> MemberView:
        if self._encounter is None or self._encounter.member is None:
            raise Rejected("no_member", "no member")
        return self._encounter.member

    def _add_line(
        self, kind: Any, text: str, points: int | None, state: Any, text_en: str = ""
    ) -> EncounterView:
        assert self._encounter is not None
        line = EncounterLine(kind, self._new_id(), text, points, state, text_en=text_en)
        self._encounter = replace(self._encounter, lines=(*self._encounter.lines, line))
        return self._changed()

    def _changed(self) -> EncounterView:
        assert self._encounter is not None
        self.announce(ChangeKind.ENCOUNTER, ChangeKind.PENDING)
        return self._encounter


class FakeQueries:
    """The reads of a FakeCore."""

    def __init__(self, core: FakeCore) -> None:
        self._core = core

    def seat(self) -> Seat | None:
        if not self._core.enrolled:
            return None
        return Seat(
            UUID(int=7),
            self._core.kind,
            "国航里程",
            "PEK01",
            "北京国贸售票处",
            "3 号柜台",
            "Asia/Shanghai",
            UUID(int=8),
            UUID(int=9),
        )

    def session(self) -> SessionView | None:
        return self._core._session

    def encounter(self) -> EncounterView | None:
        return self._core._encounter

    def invitation(self) -> RatingInvitation | None:
        return self._core._invitation

    def search(self, text: str, limit: int = 20) -> Sequence[MemberView]:
        wanted = text.strip().lower()
        found = []
        for number, keys in SEARCH_KEYS.items():
            for key in keys:
                if key.startswith(wanted) or (len(wanted) >= 4 and key.endswith(wanted)):
                    kind = "phone" if key.startswith("1") else "card" if key[0] == "8" else "name"
                    found.append(replace(self._core._members[UUID(int=number)], matched=kind))
                    break
        found += self._core.looked_up.get(text.strip(), ())
        return found[:limit] if wanted else []

    def member(self, member_id: UUID) -> MemberView | None:
        return self._core._members.get(member_id)

    def interpret_scan(self, text: str) -> ScanResult:
        zhang = self._core._members[UUID(int=1)]
        if text == PASS:
            return ScanResult("boarding_pass", zhang, (flight(1, 1_240),), "ZHANG/WEI")
        if text == PASS_OF_TWO_LEGS:
            legs = (flight(1, 1_240), flight(2, 2_600, label="CA0981 23 Nov SHA-JFK"))
            return ScanResult("boarding_pass", zhang, legs, "ZHANG/WEI")
        if text == OLD_PASS:
            old = flight(3, 980, retro=True, label="CA1502 27 Oct SHA-PEK")
            return ScanResult("boarding_pass", zhang, (old,), "ZHANG/WEI")
        if text == REFUSED_PASS:
            refused = flight(4, 0, refused="already_earned")
            return ScanResult("boarding_pass", zhang, (refused,), "ZHANG/WEI")
        if text == PASS_OF_STRANGER:
            return ScanResult("boarding_pass", None, (flight(5, 1_240),), "SMITH/JANE")
        if text == CARD:
            return ScanResult("card", zhang)
        if text == BADGE:
            return ScanResult("badge")
        if text in VOUCHERS:
            shown = replace(VOUCHERS[text], is_checked=self._core.online)
            return ScanResult("voucher", voucher=shown)
        for view in self._core.looked_up.get(text, ()):
            return ScanResult("card", view)
        return ScanResult("unknown", problem="scan_not_a_pass", message="not a pass")

    def currency(self) -> str:
        return "CNY"

    def propose_amount(self, member_id: UUID, amount_minor: int) -> EarnProposal:
        points = amount_minor // 100
        paid: dict[str, str | int] = {
            "currency": "CNY",
            "amount_minor": amount_minor,
            "rate_points": 1,
            "rate_minor": 100,
            "points": points,
        }
        return EarnProposal(
            source="amount",
            points=points,
            label=f"CNY {amount_minor / 100:,.2f}",
            explanation=(Because(Ground.AMOUNT, paid),),
            coupon_key=None,
            rule_version=1,
            amount_minor=amount_minor,
            currency="CNY",
            share=_share(member_id, points),
        )

    def propose_claim(self, member_id: UUID, typed: TypedFlight) -> EarnProposal:
        leg = typed.leg(date(2026, 11, 22))
        decision = points_for_flight(STANDARD_RULES, leg, "gold")
        return EarnProposal(
            source="retro",
            points=decision.points,
            label=f"{leg.flight} {leg.flight_date} {leg.origin}-{leg.destination}",
            explanation=decision.explanation,
            coupon_key=claim_key(leg, member_id),
            rule_version=1,
            refused="" if decision.points else decision.reason.value,
            flight=leg.flight,
            flown_on=leg.flight_date.isoformat(),
        )

    def offers(self, encounter_id: UUID) -> Sequence[RewardOffer]:
        points = self._core._member().spendable_points
        offers = []
        for number, name, name_en, price in REWARDS:
            promise, reason, missing = Promise.GUARANTEED, "", 0
            if price > points:
                promise, reason, missing = Promise.NOT_POSSIBLE, "insufficient", price - points
            elif not self._core.online:
                if price <= self._core.leased_points:
                    promise = Promise.GUARANTEED_HERE
                elif price <= 20_000:
                    promise = Promise.OFFICE_RISK
                else:
                    promise, reason = Promise.NOT_POSSIBLE, "over_single_limit"
            stock = self._core.stocks.get(number)
            if stock is not None and (why_not := stock.why_not(online=self._core.online)):
                promise, reason = Promise.NOT_POSSIBLE, why_not
            reward_id = UUID(int=500 + number)
            offer = RewardOffer(
                reward_id, number, name, name_en, price, promise, reason, missing, stock=stock
            )
            offers.append(offer)
        return offers

    def refundable(self, encounter_id: UUID) -> Sequence[RefundableReward]:
        return self._core.rewards_given

    def refundable_by_voucher(self, text: str) -> RefundableReward:
        if text not in VOUCHERS:
            raise Rejected("voucher_unreadable", "unreadable")
        shown = VOUCHERS[text]
        refusal = "refund_handed_over" if shown.refusal else ""
        names = (shown.reward_name, shown.reward_name_en)
        return RefundableReward(UUID(int=77), *names, 6_000, 6_000, START_MS, refusal)

    def foresee_refund(self, points: int, *, involuntary: bool) -> RefundForeseen:
        fee = 0 if involuntary else points // 20
        return RefundForeseen(points, fee, "2027-05-31" if involuntary else None)

    def matter_topics(self) -> Sequence[tuple[str, str]]:
        return (
            ("baggage", "baggage_services"),
            ("delay", "operations"),
            ("refund", "revenue"),
            ("staff", "customer_relations"),
            ("points", "loyalty"),
            ("other", "customer_relations"),
        )

    def skip_reasons(self) -> Sequence[str]:
        return ("customer_left", "panel_broken", "child", "other")

    def name_in(self, language: str, name: str) -> str:
        return name_in(self._core.names, language, name)

    def approvals(self) -> Sequence[ApprovalView]:
        return self._core.approvals

    def texts(self) -> Texts:
        return texts_of(self._core.rating)

    def panel_picture(self) -> bytes | None:
        return self._core.panel_picture

    def staff_photo(self, staff_number: str) -> bytes | None:
        return self._core.staff_photos.get(staff_number)

    def own_visits(self) -> Sequence[OwnVisit]:
        return self._core.own_visits

    def phone_page(self) -> PagePlace | None:
        return self._core.phone_page

    def receipts(self) -> ReceiptsView:
        return self._core.receipts

    def pending(self, limit: int = 200) -> Sequence[PendingItem]:
        return self._core.waiting[:limit]

    def pending_summary(self) -> PendingSummary:
        waiting = [item for item in self._core.waiting if item.state != "exception"]
        oldest = min((item.since_ms for item in waiting), default=None)
        return PendingSummary(len(waiting), oldest)

    def readiness(self) -> Readiness:
        core = self._core
        return Readiness(
            core.level,
            core.online,
            46,
            52,
            14,
            80_000,
            core.online,
            core.reasons,
        )

    def desk(self) -> DeskView:
        return self._core.desk_view

    def figures(
        self,
        days: int,
        *,
        counters: Collection[str] = (),
        staff: Collection[str] = (),
        services: Collection[str] = (),
        source: Source = "panel",
    ) -> FiguresView:
        today = local_day(self._core.now_ms, "Asia/Shanghai")
        choice = Choice.of_last(
            days, today, counters=counters, staff=staff, services=services, source=source
        )
        counted, rules = self._core.days_counted, FigureRules()
        found = report(counted, choice, rules)
        return FiguresView(found, choices(counted), rules, 3, self._core.followed)
