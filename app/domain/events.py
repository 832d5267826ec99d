"""Everything the journal can say, one frozen dataclass a fact, named in the past tense.

Payloads carry ids, numbers and short codes alone. A field named `…_hash` is a `commitment` to a
blob that travels beside the chain (a name, a phone, a comment).
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from app.domain.lean import dataclass


class Proof(StrEnum):
    """How the clerk knows that the person at the counter is the member."""

    CARD = "card"
    BOARDING_PASS = "boarding_pass"  # noqa: S105 # no password
    DOCUMENT = "document"
    PHONE = "phone"
    NAME = "name"


class CustomerYes(StrEnum):
    """How the customer agreed to spend points."""

    PANEL = "panel"
    SHARED_SCREEN = "shared_screen"  # by touch or mouse on the clerk's own, keys shut out
    SIGNED_SLIP = "signed_slip"


class Cover(StrEnum):
    """What stands behind a redemption."""

    ONLINE = "online"
    LEASE = "lease"
    AT_RISK = "at_risk"


class AccrualSource(StrEnum):
    FLIGHT = "flight"
    AMOUNT = "amount"
    RETRO = "retro"


class EncounterOutcome(StrEnum):
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    HANDED_OVER = "handed_over"


class RatingState(StrEnum):
    """How an encounter's invitation to rate ended; every encounter ends in exactly one."""

    RATED = "rated"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    NOT_OFFERED = "not_offered"
    DEVICE_DOWN = "device_down"
    SUPERSEDED = "superseded"


class CallWish(StrEnum):
    """What a dissatisfied customer wants done."""

    NOW = "now"
    WAIT = "wait"
    CALL_ME = "call_me"
    NO = "no"


PARTS_OF_A_THING: Final = (
    "EncounterOpened",
    "MemberIdentified",
    "EncounterResumed",
    "EncounterEnded",
    "RatingDetailed",
    "RedemptionRequested",
    "LeaseReturned",
    "LeaseHandedOn",
    "LeaseReceived",
    "StockReturned",
)
"""Entries that people count under another one: a visit under what was done in it, a reward that was
asked for under its outcome. So is a rating's further press, a `RatingRecorded` of revision 2."""


@dataclass(frozen=True, slots=True)
class SessionStarted:
    TYPE: ClassVar[str] = "SessionStarted"
    session_id: UUID
    staff_id: UUID
    method: str  # 'pin' or 'badge'; 'phone': on a manager's own, beside whoever sits at the desk


@dataclass(frozen=True, slots=True)
class SessionEnded:
    TYPE: ClassVar[str] = "SessionEnded"
    session_id: UUID
    reason: str  # 'signed_out', 'switched', 'idle', 'interrupted'


@dataclass(frozen=True, slots=True)
class ShiftOpened:
    TYPE: ClassVar[str] = "ShiftOpened"
    shift_id: UUID


@dataclass(frozen=True, slots=True)
class ShiftClosed:
    """A shift ended; `unsent` entries of it were still waiting for the server."""

    TYPE: ClassVar[str] = "ShiftClosed"
    shift_id: UUID
    unsent: int


@dataclass(frozen=True, slots=True)
class EncounterOpened:
    TYPE: ClassVar[str] = "EncounterOpened"
    encounter_id: UUID
    opened_by: str  # 'scan', 'search', 'walk_in'


@dataclass(frozen=True, slots=True)
class MemberIdentified:
    TYPE: ClassVar[str] = "MemberIdentified"
    encounter_id: UUID
    member_id: UUID
    proof: Proof


@dataclass(frozen=True, slots=True)
class EncounterResumed:
    """Another clerk, or the program after a power cut, went on with an open encounter."""

    TYPE: ClassVar[str] = "EncounterResumed"
    encounter_id: UUID


@dataclass(frozen=True, slots=True)
class EncounterEnded:
    TYPE: ClassVar[str] = "EncounterEnded"
    encounter_id: UUID
    outcome: EncounterOutcome


@dataclass(frozen=True, slots=True)
class RatingRecorded:
    """One press of a face; a changed mind within 5 s is a further press with the next revision."""

    TYPE: ClassVar[str] = "RatingRecorded"
    rating_id: UUID
    encounter_id: UUID
    revision: int  # 1, 2, …; the last counts
    score: int  # 1..5
    flags: tuple[str, ...] = ()  # 'repeat', …


@dataclass(frozen=True, slots=True)
class RatingDetailed:
    """What the customer added after the face."""

    TYPE: ClassVar[str] = "RatingDetailed"
    rating_id: UUID
    encounter_id: UUID
    reasons: tuple[str, ...]
    reasons_version: int
    comment_hash: str | None
    call: CallWish | None


@dataclass(frozen=True, slots=True)
class RatingNotGiven:
    TYPE: ClassVar[str] = "RatingNotGiven"
    encounter_id: UUID
    state: RatingState  # anything but RATED
    reason: str = ""  # the staff's reason for 'not_offered'


@dataclass(frozen=True, slots=True)
class StrayPressesRecorded:
    """Presses on the customer's side while no question was open; they rate nobody."""

    TYPE: ClassVar[str] = "StrayPressesRecorded"
    source: str  # app.domain.stray_presses.PressSource
    presses: int  # 0 of a key that sticks and was never let go
    began_ms: int  # the first's wall time
    lasted_ms: int  # until the last
    is_stuck: bool  # a key sticks, or something lies on the glass


@dataclass(frozen=True, slots=True)
class AccrualRecorded:
    TYPE: ClassVar[str] = "AccrualRecorded"
    accrual_id: UUID
    encounter_id: UUID
    member_id: UUID
    points: int
    source: AccrualSource
    coupon_key: str | None  # one flight coupon earns once, wherever it is shown
    amount_minor: int | None
    currency: str | None
    rule_version: int
    explanation: str
    flight: str | None = None  # 'CA1501 2026-11-18 PEK-SHA' (app.domain.flown): once for a member
    # What the rules were asked with besides; None from counters that didn't write it down
    booking_class: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class AccrualReversed:
    TYPE: ClassVar[str] = "AccrualReversed"
    accrual_id: UUID
    encounter_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class AccrualReduced:
    """A part of what was earned is taken back: its ticket was refunded in part."""

    TYPE: ClassVar[str] = "AccrualReduced"
    refund_id: UUID
    accrual_id: UUID
    encounter_id: UUID
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class RedemptionRequested:
    """The intent, journalled before the server is asked; posts only as an urgent copy."""

    TYPE: ClassVar[str] = "RedemptionRequested"
    redemption_id: UUID
    encounter_id: UUID
    member_id: UUID
    reward_id: UUID
    points: int
    proof: Proof
    customer_yes: CustomerYes
    cash_minor: int = 0  # what the customer pays with money besides, in the smallest coin
    currency: str = ""


@dataclass(frozen=True, slots=True)
class RedemptionGranted:
    """Granted without the server's answer, by a lease or at risk; the same id as the intent's.

    ONLINE where the server had posted it and was then set back to before that.
    """

    TYPE: ClassVar[str] = "RedemptionGranted"
    redemption_id: UUID
    encounter_id: UUID
    member_id: UUID
    reward_id: UUID
    points: int
    cover: Cover
    lease_id: UUID | None  # of LEASE
    pool_id: UUID | None  # of AT_RISK: the risk pool it was drawn from
    cash_minor: int = 0
    currency: str = ""
    trust: str = ""  # of AT_RISK: the level (app.domain.trust) that the member's cap was by
    # A manager's yes, where it took one (app.domain.approval.Approval)
    approved_at: UUID | None = None  # the desk
    approved_by: UUID | None = None  # the manager
    approval: str = ""  # their proof
    stock_lease_id: UUID | None = None  # whose unit it is, of a reward with stock


@dataclass(frozen=True, slots=True)
class RedemptionVoided:
    """The customer was not given the reward; whatever was posted under the id is reversed."""

    TYPE: ClassVar[str] = "RedemptionVoided"
    redemption_id: UUID
    encounter_id: UUID
    reason: str  # 'refused', 'interrupted', 'undone'


@dataclass(frozen=True, slots=True)
class RedemptionRefunded:
    """The customer gives a reward back, or a part of it; any counter may take it.

    The server keeps a fee by its rules, and none where the customer didn't want it (involuntary).
    """

    TYPE: ClassVar[str] = "RedemptionRefunded"
    refund_id: UUID
    redemption_id: UUID
    encounter_id: UUID
    points: int  # of what was spent, before any fee
    involuntary: bool
    reason: str


@dataclass(frozen=True, slots=True)
class VoucherUsed:
    """A counter took a voucher and handed over what it is for."""

    TYPE: ClassVar[str] = "VoucherUsed"
    use_id: UUID
    encounter_id: UUID
    redemption_id: UUID  # that yielded it
    reward_id: UUID
    points: int
    voucher: str  # as it was read: it proves itself (app.domain.voucher)


@dataclass(frozen=True, slots=True)
class LeaseReturned:
    """The device hands a lease back; every spend under it stands earlier in the chain."""

    TYPE: ClassVar[str] = "LeaseReturned"
    lease_id: UUID
    remaining_points: int


@dataclass(frozen=True, slots=True)
class LeaseHandedOn:
    """A part of a lease is another counter's from now on; journalled before that one may spend."""

    TYPE: ClassVar[str] = "LeaseHandedOn"
    transfer_id: UUID
    lease_id: UUID
    member_id: UUID
    to_device_id: UUID
    points: int


@dataclass(frozen=True, slots=True)
class LeaseReceived:
    """A part of another counter's lease is this one's, under the transfer's id as its lease's."""

    TYPE: ClassVar[str] = "LeaseReceived"
    transfer_id: UUID
    lease_id: UUID
    member_id: UUID
    from_device_id: UUID
    points: int
    proof: str  # that the other gave it, and held it (app.domain.lease.TransferProof)


@dataclass(frozen=True, slots=True)
class StockReturned:
    """The device hands units of a reward back; all that it gave of them stands earlier."""

    TYPE: ClassVar[str] = "StockReturned"
    stock_lease_id: UUID
    remaining_units: int


@dataclass(frozen=True, slots=True)
class MemberJoined:
    TYPE: ClassVar[str] = "MemberJoined"
    encounter_id: UUID
    member_id: UUID
    card_no: str
    profile_hash: str  # blob: JSON {name, latin_name, phone, language}


@dataclass(frozen=True, slots=True)
class ContactUpdated:
    TYPE: ClassVar[str] = "ContactUpdated"
    encounter_id: UUID
    member_id: UUID
    contact_hash: str  # blob: JSON {phone}


@dataclass(frozen=True, slots=True)
class CardReplaced:
    TYPE: ClassVar[str] = "CardReplaced"
    encounter_id: UUID
    member_id: UUID
    old_card_no: str
    new_card_no: str


@dataclass(frozen=True, slots=True)
class MatterOpened:
    """A complaint or question taken at the counter: acknowledged at once, answered later."""

    TYPE: ClassVar[str] = "MatterOpened"
    matter_id: UUID
    encounter_id: UUID
    member_id: UUID | None
    number: str
    topic: str
    department: str
    due_ms: int  # wall time the answer was promised for
    text_hash: str
    owner: str = ""  # who is in charge there, as the customer was told


@dataclass(frozen=True, slots=True)
class PointsAdjusted:
    """A manager gives points, or takes them, for a reason; many of them wait for a second person.

    `points` below zero are taken.
    """

    TYPE: ClassVar[str] = "PointsAdjusted"
    adjustment_id: UUID
    member_id: UUID
    points: int
    kind: str  # 'goodwill', 'correction'
    reason_hash: str


@dataclass(frozen=True, slots=True)
class AdjustmentConfirmed:
    """A second manager agrees to an adjustment, which posts it."""

    TYPE: ClassVar[str] = "AdjustmentConfirmed"
    adjustment_id: UUID


@dataclass(frozen=True, slots=True)
class AdjustmentDeclined:
    """A manager says no to an adjustment that waits: a second one, or who recorded it."""

    TYPE: ClassVar[str] = "AdjustmentDeclined"
    adjustment_id: UUID


@dataclass(frozen=True, slots=True)
class LeasesWrittenOff:
    """A manager gives up a counter of their office: members have back what it holds of theirs."""

    TYPE: ClassVar[str] = "LeasesWrittenOff"
    device_id: UUID
    reason_hash: str


@dataclass(frozen=True, slots=True)
class MemberDenied:
    """A manager puts a member on the deny list: no counter promises them anything by itself."""

    TYPE: ClassVar[str] = "MemberDenied"
    member_id: UUID
    reason_hash: str


@dataclass(frozen=True, slots=True)
class MemberAllowed:
    """A manager takes a member off the deny list."""

    TYPE: ClassVar[str] = "MemberAllowed"
    member_id: UUID
    reason_hash: str


@dataclass(frozen=True, slots=True)
class CaseAcknowledged:
    TYPE: ClassVar[str] = "CaseAcknowledged"
    case_id: UUID


@dataclass(frozen=True, slots=True)
class CaseNoted:
    TYPE: ClassVar[str] = "CaseNoted"
    case_id: UUID
    note_hash: str


@dataclass(frozen=True, slots=True)
class CaseAdvanced:
    """A manager says how far a case has come; stages may be passed over."""

    TYPE: ClassVar[str] = "CaseAdvanced"
    case_id: UUID
    stage: str  # 'arrived', 'investigating', 'offered', 'told'


@dataclass(frozen=True, slots=True)
class CaseClosed:
    TYPE: ClassVar[str] = "CaseClosed"
    case_id: UUID
    outcome: str  # 'resolved', 'unable'


@dataclass(frozen=True, slots=True)
class CaseFieldSet:
    """One field of a case as a manager sees it."""

    TYPE: ClassVar[str] = "CaseFieldSet"
    case_id: UUID
    field: str  # app.domain.case_facts.CHOICES
    value: str  # a code
    saw: tuple[UUID, ...]  # the entries whose versions the desk showed
    list_version: int  # of the setting that a cause was chosen by
    adjustment_id: UUID | None = None  # of points given as a remedy, recorded with it


@dataclass(frozen=True, slots=True)
class CaseReopened:
    """A closed case goes on; whoever opens it again has it."""

    TYPE: ClassVar[str] = "CaseReopened"
    case_id: UUID


@dataclass(frozen=True, slots=True)
class RatingAppealed:
    """Whoever served a visit asks that its rating not count; what it was isn't known to them."""

    TYPE: ClassVar[str] = "RatingAppealed"
    appeal_id: UUID
    encounter_id: UUID
    reason_hash: str


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """A manager's answer to an appeal: upheld, the rating is kept and doesn't count."""

    TYPE: ClassVar[str] = "AppealDecided"
    appeal_id: UUID
    is_upheld: bool
    reason_hash: str


@dataclass(frozen=True, slots=True)
class ListeningFieldSet:
    """A manager says one thing of a conversation with a customer on their weekly list."""

    TYPE: ClassVar[str] = "ListeningFieldSet"
    listening_id: UUID
    field: str  # app.domain.listening.CHOICES
    value: str  # a code, '' where it is words
    saw: tuple[UUID, ...]  # the entries whose versions the desk showed
    list_version: int  # of the setting that a topic was chosen by
    text_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ContactShown:
    """A manager was shown the phone number of a customer on their weekly list."""

    TYPE: ClassVar[str] = "ContactShown"
    listening_id: UUID


@dataclass(frozen=True, slots=True)
class ActionOpened:
    """A manager has something done about what they heard; who, and until when, is said with it."""

    TYPE: ClassVar[str] = "ActionOpened"
    action_id: UUID
    listening_id: UUID
    what_hash: str


@dataclass(frozen=True, slots=True)
class ActionFieldSet:
    """A manager says one thing of an action: who does it, when it is looked at, what it did."""

    TYPE: ClassVar[str] = "ActionFieldSet"
    action_id: UUID
    field: str  # app.domain.acting.check_action_field
    value: str
    saw: tuple[UUID, ...]
    text_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalAnswered:
    """A manager's answer, at their desk, to a reward that a counter wants to give at risk."""

    TYPE: ClassVar[str] = "ApprovalAnswered"
    approval_id: UUID
    counter: str  # its label
    challenge: str  # of the redemption (app.domain.approval)
    points: int
    is_agreed: bool
    asked_by: str  # 'lan', or 'code' where people read it out


@dataclass(frozen=True, slots=True)
class FiguresSaved:
    """A manager took figures along as a file, none of them a clerk's."""

    TYPE: ClassVar[str] = "FiguresSaved"
    form: str  # 'csv', 'pdf'
    office_code: str  # '' of all offices together
    first_day: str  # ISO date, as last_day
    last_day: str


@dataclass(frozen=True, slots=True)
class ExceptionSettled:
    """A manager's answer to an entry that the server could not simply post."""

    TYPE: ClassVar[str] = "ExceptionSettled"
    exception_id: UUID
    answer: str  # app.domain.settling.Answer
    note_hash: str | None


ALL_EVENTS = (
    SessionStarted,
    SessionEnded,
    ShiftOpened,
    ShiftClosed,
    EncounterOpened,
    MemberIdentified,
    EncounterResumed,
    EncounterEnded,
    RatingRecorded,
    RatingDetailed,
    RatingNotGiven,
    StrayPressesRecorded,
    AccrualRecorded,
    AccrualReversed,
    AccrualReduced,
    RedemptionRequested,
    RedemptionGranted,
    RedemptionVoided,
    RedemptionRefunded,
    VoucherUsed,
    LeaseReturned,
    LeaseHandedOn,
    LeaseReceived,
    StockReturned,
    MemberJoined,
    ContactUpdated,
    CardReplaced,
    MatterOpened,
    PointsAdjusted,
    AdjustmentConfirmed,
    AdjustmentDeclined,
    LeasesWrittenOff,
    MemberDenied,
    MemberAllowed,
    CaseAcknowledged,
    CaseNoted,
    CaseAdvanced,
    CaseClosed,
    CaseReopened,
    CaseFieldSet,
    RatingAppealed,
    AppealDecided,
    ListeningFieldSet,
    ContactShown,
    ActionOpened,
    ActionFieldSet,
    ApprovalAnswered,
    FiguresSaved,
    ExceptionSettled,
)
EVENT_TYPES: dict[str, type] = {event.TYPE: event for event in ALL_EVENTS}

# The case of a low rating has the rating's own id, the exception of an entry its event's id, so
# that however many paths deliver them there is one of each.
LOW_SCORES = (1, 2)
