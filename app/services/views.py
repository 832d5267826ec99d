"""What screens show: frozen values read from the replica, already masked, in the user's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from app.domain.accrual import Explanation
from app.domain.case_facts import CaseRules
from app.domain.events import CallWish, RatingState
from app.domain.figure_rules import FigureRules
from app.domain.flown import Flown
from app.domain.lean import dataclass
from app.domain.records import Appeal, AppealState, Case, ExceptionItem, Figures, Recovery, Role
from app.domain.redemption import SetAside
from app.domain.stock import Stock
from app.ports.work import MOST_COUNTED, LineKind, ReceiptKind
from app.services.listening_views import ListeningView
from app.services.point_views import AdjustmentView, DenialView

if TYPE_CHECKING:  # what counters never make
    from app.domain.reports import Choices, Report


class ChangeKind(StrEnum):
    """What kind of thing changed; views decide whether to read again."""

    SESSION = "session"
    ENCOUNTER = "encounter"
    MEMBERS = "members"
    PENDING = "pending"
    READINESS = "readiness"
    CASES = "cases"
    ALARM = "alarm"
    RECEIPTS = "receipts"
    APPROVALS = "approvals"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class Seat:
    """The enrolled device: what it is and where it stands."""

    device_id: UUID
    kind: Literal["counter", "desk"]
    programme_name: str
    office_code: str
    office_name: str
    counter_label: str
    time_zone: str
    programme_id: UUID
    office_id: UUID


@dataclass(frozen=True, slots=True)
class SessionView:
    session_id: UUID
    staff_id: UUID
    staff_number: str
    staff_name: str
    roles: tuple[Role, ...]
    shift_id: UUID | None
    shift_opened_ms: int | None


LookUpOutcome = Literal["found", "none", "too_many", "refused", "unreachable"]
"""What the server said of members that aren't on this PC; see app.ports.online.LookUpVerdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMember:
    """A search hit: enough to choose by, read at every keystroke."""

    member_id: UUID
    masked_name: str
    tier: str
    distinguishing: str  # what tells namesakes apart: card's last four · phone's last two · office
    matched: str  # the kind of key that found it: card, phone, name, initials, latin
    is_self: bool  # the signed-in clerk's own membership: may not be served
    last_visit_ms: int | None = None  # when last served at this counter, where several came up
    from_server: bool = False  # not one of the members on this PC: the server found them just now


@dataclass(frozen=True, slots=True)
class FamilyView:
    """What a member is in a family that puts points together."""

    is_head: bool
    members: int = 0  # who give to this head
    percent: int = 0  # of what the member earns, that goes to the head
    head_name: str = ""  # masked; '' where this counter doesn't hold the head


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView(FoundMember):
    """A member at a glance.

    Points: `spendable` is server state less what is pending here; `pending` is earned but not yet
    with the server, less what goes to the head of a family, and never spendable offline.
    """

    spoken_name: str  # how to address the member: 张先生/女士 is not guessed; surname or full Latin
    masked_card: str
    masked_phone: str
    spendable_points: int
    pending_points: int
    next_expiry_on: str | None
    next_expiry_points: int
    preference: str
    open_matter: str
    family: FamilyView | None = None


class Promise(StrEnum):
    """How sure the customer can be of a redemption, in the words of the counter."""

    GUARANTEED = "guaranteed"
    GUARANTEED_HERE = "guaranteed_here"
    OFFICE_RISK = "office_risk"
    NOT_POSSIBLE = "not_possible"


@dataclass(frozen=True, slots=True)
class RewardOffer:
    """One reward for the member at the counter, with what could be promised right now."""

    reward_id: UUID
    number: int
    name: str
    name_en: str
    points: int
    promise: Promise
    reason: str  # code of why not, '' otherwise
    missing_points: int
    cash_minor: int = 0  # to be paid with money besides `points`
    currency: str = ""
    stock: Stock | None = None  # None: there is no end of it


_Standing = Literal["waiting", "sent", "undone", "in_progress", "exception"]
LineState = Literal[_Standing, "guaranteed", "guaranteed_here", "office_risk"]


@dataclass(frozen=True, slots=True)
class EncounterLine:
    """One line of the encounter's growing list."""

    kind: LineKind
    ref_id: UUID
    text: str  # flight, reward's name, matter's number …
    points: int | None
    state: LineState
    reason: str = ""
    text_en: str = ""  # a reward's English name, where the programme gave one


@dataclass(frozen=True, slots=True)
class EncounterView:
    encounter_id: UUID
    opened_ms: int
    member: MemberView | None
    lines: tuple[EncounterLine, ...]
    resumed: bool  # found open after a restart or left by another clerk


@dataclass(frozen=True, slots=True)
class MatterReceipt:
    """What the customer is told of a matter taken, at once and with no server."""

    number: str
    department: str
    due_ms: int  # wall time the answer is promised for
    encounter: EncounterView
    owner: str = ""  # who is in charge there


@dataclass(frozen=True, slots=True)
class ShareView:
    """Where points will go that a member of a family earns, as far as the counter can know."""

    repaid: int  # pay what is owed
    shared: int  # to the head
    kept: int
    head_name: str  # as a `FamilyView` says it


@dataclass(frozen=True, slots=True)
class EarnProposal:
    """What the program proposes to earn; nothing is recorded until the clerk confirms."""

    source: Literal["flight", "amount", "retro"]
    points: int
    label: str  # 'CA1501 22 Nov PEK-SHA'
    explanation: Explanation  # the figures behind the points, or behind the refusal
    coupon_key: str | None
    rule_version: int
    refused: str = ""  # code of why nothing can be earned; then points is 0
    flight: str = ""
    flown_on: str | None = None  # ISO date
    amount_minor: int | None = None
    currency: str | None = None
    flown: Flown | None = None  # of a flight: what a member is credited for once
    booking_class: str | None = None  # of a flight
    tier: str | None = None  # the member's, as it was decided with
    share: ShareView | None = None  # None: all of it is the member's


@dataclass(frozen=True, slots=True)
class VoucherView:
    """A voucher as it was scanned; nothing is recorded until the clerk confirms."""

    text: str
    code: str  # to be read out
    reward_name: str  # '' for a reward that isn't offered any more
    reward_name_en: str
    points: int
    last_day: str  # ISO date
    office_name: str  # that issued it
    is_open: bool  # any office takes it, so it could be shown at two; else its own office alone
    is_checked: bool  # the server answers and will say whether it was used; else nobody knows
    refusal: str  # code of why it isn't taken, '' where it is


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    """One receipt in the clerk's list."""

    receipt_id: UUID
    kind: ReceiptKind
    text: str  # the reward's name, the flight, the matter's number
    text_en: str
    at_ms: int
    state: Literal["waiting", "printed", "held", "doubtful"]


@dataclass(frozen=True, slots=True)
class ReceiptsView:
    """What became of this counter's receipts.

    Attributes:
        has_printer: one is set up here.
        problem: code of what keeps receipts from coming out now, '' for nothing.
        pending: those that a person has to decide about, oldest first.
        recent: what can be printed again, newest first.
    """

    has_printer: bool
    problem: str
    pending: tuple[ReceiptItem, ...]
    recent: tuple[ReceiptItem, ...]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan meant: a member found, something to earn, a badge, or a plain explanation."""

    kind: Literal["boarding_pass", "card", "badge", "voucher", "unknown"]
    member: MemberView | None = None
    earn: tuple[EarnProposal, ...] = ()
    passenger_name: str = ""
    unknown_card: str = ""  # the number on a pass that no member on this PC has
    problem: str = ""  # code of what is wrong with it, with `message` in plain words
    message: str = ""
    voucher: VoucherView | None = None


@dataclass(frozen=True, slots=True)
class RedemptionResult:
    redemption_id: UUID
    promise: Promise
    points: int
    reward_name: str
    reason: str = ""
    message: str = ""
    reward_name_en: str = ""
    cash_minor: int = 0
    currency: str = ""
    set_aside: tuple[SetAside, ...] = ()  # why points were missing that the member has
    voucher: str = ""  # its text where no paper comes out, so that the customer sees it
    fetched_from: str = ""  # the counter that had handed on what was given


@dataclass(frozen=True, slots=True)
class PendingVisit:
    """The customer's visit that something waiting belongs to."""

    encounter_id: UUID
    opened_ms: int
    masked_name: str  # '' for one served without a member


@dataclass(frozen=True, slots=True)
class PendingItem:
    """One thing that the server doesn't have yet, in plain words and without any score."""

    what: str  # code: 'accrual', 'redemption', 'rating', 'encounter', 'matter', 'member', 'shift'
    text: str
    since_ms: int
    state: Literal["waiting", "exception", "lost"]  # lost: this PC's disk doesn't give it back
    reason: str = ""
    text_en: str = ""  # as EncounterLine's
    visit: PendingVisit | None = None  # None for what is no customer's


@dataclass(frozen=True, slots=True)
class PendingSummary:
    """Things not yet with the server, as people count them.

    Attributes:
        count: how many of `Queries.pending` wait; from `MOST_COUNTED` on, as many or more.
        oldest_ms: wall time of the oldest entry, ms; None when nothing waits.
    """

    count: int
    oldest_ms: int | None

    @property
    def is_exact(self) -> bool:
        """Whether `count` is all of them."""
        return self.count < MOST_COUNTED


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the counter could go on without the network, known before it is gone."""

    level: Literal["ready", "caution", "critical"]
    online: bool
    covered_guests: int  # members with an open lease here
    expected_guests: int
    data_age_s: int | None  # since the last complete pull
    risk_left_points: int  # of the pool, and before the server has to hear of it
    alarm_path: bool  # a low rating would reach a manager now
    reasons: tuple[str, ...]  # codes
    list_as_of: str = ""  # the deny list's date and time at the office; '' before the first pull


@dataclass(frozen=True, slots=True)
class ApprovalStatus:
    """How far a manager's approval has come at the counter.

    `nobody`: no desk is in reach, so the code is the way.
    """

    redemption_id: UUID
    state: Literal["waiting", "agreed", "declined", "nobody"]
    manager_name: str = ""  # of 'agreed'


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """What a counter asks a manager to agree to."""

    redemption_id: UUID
    counter_label: str
    clerk_number: str
    member_name: str  # masked; '' for one whom this desk doesn't hold
    reward_name: str
    reward_name_en: str
    points: int
    trust: str  # the member's level
    spendable_points: int
    list_age_s: int


@dataclass(frozen=True, slots=True)
class ApprovalCode:
    """What a manager reads out to the clerk."""

    challenge: str
    points: int
    code: str


@dataclass(frozen=True, slots=True)
class RedemptionToConfirm:
    """What the panel asks the customer: reward, points, what is left."""

    redemption_id: UUID
    reward_name: str
    reward_name_en: str
    points: int
    left_points: int
    promise: Promise
    cash_minor: int = 0
    currency: str = ""
    is_open: bool = True  # any office will take its voucher; else this one alone
    challenge: str = ""  # a manager has to agree first: what to read out to them


@dataclass(frozen=True, slots=True)
class RatingInvitation:
    encounter_id: UUID
    counter_label: str
    staff_number: str
    reasons_version: int
    reasons_by_score: dict[int, tuple[str, ...]]  # reason codes for each face
    change_window_s: int
    repeat_window_s: int
    invitation_s: int
    details_s: int
    duty_phone: str  # the office's duty manager, '' for none
    link: str = ""  # for the customer's own phone, '' where the programme has none


@dataclass(frozen=True, slots=True)
class RatingStatus:
    encounter_id: UUID
    state: RatingState
    call: CallWish | None = None


@dataclass(frozen=True, slots=True)
class ItemMember:
    """Whose points an exception is about, as this PC knows them."""

    masked_name: str
    masked_card: str
    spendable_points: int  # below zero: what is owed


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A visit that the clerk served and its customer rated, or may have; how, isn't told.

    Attributes:
        kinds: what was done in it.
        appeal: what became of the clerk's appeal, None without one.
        is_rated: on the panel; else they had the link, and only the server knows.
    """

    encounter_id: UUID
    opened_ms: int
    kinds: tuple[LineKind, ...]
    appeal: AppealState | None
    is_rated: bool


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal that waits for a manager.

    Attributes:
        is_own: whoever is signed in made it, so somebody else decides, and the rating isn't shown.
        decided: 'appeal_upheld', 'appeal_declined': here, and the server hasn't heard of it.
    """

    appeal: Appeal
    is_own: bool
    decided: str = ""


@dataclass(frozen=True, slots=True)
class DeskView:
    """All that the manager's desk shows."""

    cases: tuple[Case, ...]  # open ones oldest first, then today's closed ones, the last on top
    exceptions: tuple[ExceptionItem, ...]
    figures: Figures | None
    data_age_s: int | None
    adjustments: tuple[AdjustmentView, ...] = ()  # that wait, oldest first
    adjustment_limit: int = 0  # points beyond which it takes a second manager
    denials: tuple[DenialView, ...] = ()  # the deny list as old as `data_age_s`, the newest on top
    members: Mapping[UUID, ItemMember] = field(default_factory=dict)  # of open exceptions
    rules: CaseRules = field(default_factory=CaseRules)
    appeals: tuple[AppealView, ...] = ()  # oldest first
    listening: ListeningView = field(default_factory=ListeningView)


@dataclass(frozen=True, slots=True)
class FiguresView:
    """What the charts show, and what there is to choose among on these days."""

    report: Report
    choices: Choices
    rules: FigureRules
    data_age_s: int | None
    recovery: Recovery | None = None  # of this office, whatever is chosen
    office_codes: tuple[str, ...] = ()  # whose figures the server told; none where it wasn't asked


@dataclass(frozen=True, slots=True)
class ShiftSummary:
    shift_id: UUID
    opened_ms: int
    encounters: int
    accruals: int
    redemptions: int
    matters: int
    joined: int
    changed: int  # phones and cards
    unsent: int
