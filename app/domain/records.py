"""Server state other than members, as replicas hold it: one frozen dataclass a kind of record.

On the wire and in the members file each is a JSON document under (kind, id); members themselves
have a table and a search of their own.
"""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar, Final, Literal
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.listening_records import CorrectiveAction, Listening
from app.domain.pictures import Picture

Role = Literal["clerk", "duty_manager", "administrator"]
CaseState = Literal["new", "acknowledged", "closed"]
CaseStage = Literal["", "arrived", "investigating", "offered", "told"]
"""How far a case has come that somebody has: the manager is with the customer, looks into it, has
offered a remedy, has told the customer; '' before any of it."""
AdjustmentStatus = Literal["waiting", "posted", "declined"]
"""'waiting' until a second person agrees; 'declined' is for good."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who may sign in; the verifiers let them do so without the server."""

    KIND: ClassVar[str] = "staff"
    staff_id: UUID
    number: str
    name: str
    roles: tuple[Role, ...]
    office_id: UUID
    pin_verifier: str  # argon2id, PHC string
    badge_hash: str  # SHA-256 of the badge's code in hex, '' for none
    active: bool
    member_id: UUID | None = None  # staff may not serve themselves


@dataclass(frozen=True, slots=True)
class Reward:
    KIND: ClassVar[str] = "reward"
    reward_id: UUID
    number: int  # 1..99, what the clerk types
    name: str
    name_en: str
    points: int
    active: bool
    terms: dict[str, object] = field(default_factory=dict)  # app.domain.catalogue reads them


@dataclass(frozen=True, slots=True)
class RewardStock:
    """How many of a reward can still be given; told anew a while after it has changed."""

    KIND: ClassVar[str] = "reward_stock"
    reward_id: UUID
    free: int  # with the server
    held: int  # set aside for counters


@dataclass(frozen=True, slots=True)
class Office:
    KIND: ClassVar[str] = "office"
    office_id: UUID
    code: str
    name: str
    time_zone: str
    duty_phone: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Versioned configuration; `value` is a JSON-like tree whose shape its reader knows.

    Names: 'rating' (levels, reasons by level, texts), 'accrual' (rules), 'redemption' (caps),
    'matter' (topics, departments, due times), 'cases' (root causes), 'listening' (how many
    customers a week, and whom), 'voucher' (how long, and which any office takes).
    """

    KIND: ClassVar[str] = "setting"
    name: str
    version: int
    value: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseNote:
    at_ms: int
    staff_name: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseStep:
    """How a case came further, by whom and when."""

    kind: str  # 'acknowledged', a CaseStage, 'closed', 'reopened'
    at_ms: int
    staff_name: str


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One version of one field of a case (`app.domain.case_facts`)."""

    entry_id: UUID
    field: str
    value: str  # a code
    at_ms: int
    staff_name: str
    saw: tuple[UUID, ...] = ()  # the versions that its desk had seen
    adjustment_id: UUID | None = None  # of points given as a remedy


@dataclass(frozen=True, slots=True)
class Case:
    """A low rating, or a matter left open, that a duty manager answers; sent to desks alone."""

    KIND: ClassVar[str] = "case"
    case_id: UUID  # the rating's or the matter's id
    origin: Literal["rating", "matter"]
    office_id: UUID
    counter_label: str
    clerk_number: str
    encounter_id: UUID
    opened_ms: int
    state: CaseState
    score: int | None
    reasons: tuple[str, ...]
    comment: str
    call: str  # a CallWish or ''
    member_name: str  # '' unless the office's rule lets the manager see it
    number: str = ""  # a matter's number
    topic: str = ""
    department: str = ""  # that answers it
    owner: str = ""  # who is in charge there
    due_ms: int | None = None
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""
    closed_ms: int | None = None
    closed_by: str = ""
    outcome: str = ""
    notes: tuple[CaseNote, ...] = ()
    stage: CaseStage = ""
    steps: tuple[CaseStep, ...] = ()  # by time; of cases before they were written down, none
    facts: tuple[CaseFact, ...] = ()  # by time
    source: str = ""  # 'phone': the rating came from the customer's own


@dataclass(frozen=True, slots=True)
class ExceptionItem:
    """What a manager settles: an entry that the server could not simply post, or a pattern."""

    KIND: ClassVar[str] = "exception"
    exception_id: UUID  # the entry's event id; a pattern's own
    office_id: UUID
    counter_label: str
    entry_type: str
    code: str
    message: str
    points: int | None
    member_id: UUID | None
    received_ms: int
    state: Literal["open", "settled"]
    answer: str = ""
    settled_by: str = ""
    clerk_number: str = ""  # who recorded it, or gave what a pattern shows with
    seen: dict[str, int] = field(default_factory=dict)  # of a pattern (app.domain.watching)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points that a manager gave or took beyond the limit, for a second one to decide about.

    Sent to the desks of the office where it was recorded.
    """

    KIND: ClassVar[str] = "adjustment"
    adjustment_id: UUID
    office_id: UUID
    member_id: UUID
    points: int  # below zero: taken
    kind: str  # 'goodwill', 'correction'
    reason: str  # '' once it is decided
    recorded_ms: int
    recorded_by: UUID
    recorded_by_name: str
    state: AdjustmentStatus
    decided_by_name: str = ""


SERVICES: Final = (
    "", "member", "accrual", "claim", "voucher", "redemption", "refund", "matter"
)  # fmt: skip
"""What a visit may be about, the weightiest last: a visit is counted under one of them."""

STEPS: Final = ("identify", "serve", "answer")
"""A visit's way: opened to member known, opened to ended, ended to rated."""

STEP_EDGES_S: Final = (5, 10, 15, 30, 60, 120, 180, 300, 600, 1200)
"""Seconds that visits' steps are counted between: days add up, and a target is one of these."""


AppealState = Literal["waiting", "upheld", "declined"]


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal against a visit's rating, as the office's desks are told of it.

    Attributes:
        opened_ms: when the visit began.
        score: of the panel's rating, None where none has come in; `reasons` are the customer's.
        reason: why, as they wrote it; '' once it is decided.
        phones: what came by the visit's link, in order: score and reasons.
    """

    KIND: ClassVar[str] = "appeal"
    LONGEST_REASON: ClassVar[int] = 500
    appeal_id: UUID
    office_id: UUID
    encounter_id: UUID
    counter_label: str
    staff_id: UUID  # who appealed, and served
    staff_name: str
    staff_number: str
    opened_ms: int
    at_ms: int
    reason: str
    score: int | None
    reasons: tuple[str, ...]
    state: AppealState = "waiting"
    decided_by: str = ""
    decided_ms: int | None = None
    phones: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class AppealAnswer:
    """What became of an appeal, as counters are told: it says nothing of the rating."""

    KIND: ClassVar[str] = "appeal_answer"
    appeal_id: UUID
    is_upheld: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """Visits of one day that have counter, staff and service in common.

    Attributes:
        by_score: ratings that count. `excluded` has those that don't, by why, also of phones';
            `by_state` both.
        reasons: how often customers gave each with a low score that counts.
        hours: by the office's hour in which they began (0..23): visits, ratings that count, and
            those of them that are good.
        seconds: for each of STEPS how many took how long: n by the place of the first of
            STEP_EDGES_S that they stayed below, and by their number for those beyond the last.
        phone: scores that customers gave on their own phones, of visits without a rating at the
            counter; in none of the above.
        companions: all others that came by visits' links; likewise apart.
    """

    counter: str  # its label
    staff: str  # number; '' where nobody was signed in
    service: str  # of SERVICES
    encounters: int
    by_state: dict[str, int]
    by_score: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    hours: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    seconds: dict[str, dict[int, int]] = field(default_factory=dict)
    phone: dict[str, int] = field(default_factory=dict)
    companions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handled:
    """How soon a case of the day came on; None is for what hasn't happened.

    Attributes:
        with_s: of a closed one, for how long each tier that ever had it did while it was open
            (app.domain.case_handling); none of others.
    """

    origin: str
    counter: str
    staff: str
    service: str
    score: int | None
    taken_s: int | None
    there_s: int | None
    closed_s: int | None
    outcome: str
    with_s: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Served:
    """Customers whom somebody else counted on a day: a queue's tickets, a host's transactions.

    Attributes:
        counter: its label; '' for the office as a whole, where nobody counted by counter.
        n: how many were served.
        unopened: of them, those beyond the visits that were opened there; >= 0.
    """

    counter: str
    n: int
    unopened: int


@dataclass(frozen=True, slots=True)
class Pressed:
    """Presses on a counter's panel while no question was open (app.domain.stray_presses).

    Attributes:
        counter: its label.
        times: how often somebody pressed, what came together being one time.
        presses: how many presses these were.
    """

    counter: str
    times: int
    presses: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One office's day, counted by the server (id: '<office code> <ISO date>').

    Attributes:
        by_score: ratings that count.
        whole: all cells as one that nobody and no service has, so that who looks at all of them
            adds up days and not cells. None where there is none, or none was told.
    """

    KIND: ClassVar[str] = "figures"
    office_id: UUID
    day: str
    encounters: int
    by_state: dict[str, int]
    by_score: dict[str, int]
    cells: tuple[Cell, ...] = ()
    cases: tuple[Handled, ...] = ()  # by the time they were opened
    served: tuple[Served, ...] = ()  # none where nobody counted
    pressed: tuple[Pressed, ...] = ()
    whole: Cell | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A device that was shut out: its neighbours refuse it, with the server gone too."""

    KIND: ClassVar[str] = "revocation"
    device_id: UUID
    revoked_ms: int  # by the server's clock
    signature: bytes = b""  # the authority's over `shutting_out.revocation_statement`


@dataclass(frozen=True, slots=True)
class UsedVouchers:
    """Vouchers that were used and could be shown again; one of 256 such records."""

    KIND: ClassVar[str] = "used_vouchers"
    shelf: str  # `voucher.shelf_of` all of them
    tails: tuple[str, ...]  # `voucher.tail_of` each


@dataclass(frozen=True, slots=True)
class Denial:
    """A member whom a person put on the deny list: no counter promises them anything by itself.

    Why is told to nobody.
    """

    KIND: ClassVar[str] = "denial"
    LONGEST_REASON: ClassVar[int] = 500
    member_id: UUID
    is_denied: bool  # False once they were taken off
    since_ms: int = 0  # by the server's clock; 0 where nobody has told
    by: str = ""  # who put them on it, '' where nobody has told


@dataclass(frozen=True, slots=True)
class Family:
    """What a member is in a family: its head, who gives a share of what they earn, or nothing."""

    KIND: ClassVar[str] = "family"
    member_id: UUID
    head_id: UUID | None = None  # the member's own where they are the head; None: in no family
    percent: int = 0  # of what is earned, that goes to the head
    members: int = 0  # who give to this head


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A member whose data was erased; whoever holds one of these blobs drops it."""

    KIND: ClassVar[str] = "forgotten"
    member_id: UUID
    commitments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecoveryGroup:
    """Members of one of app.domain.recovery.GROUPS, and what they did later.

    Attributes:
        again: of `members`, those who came again; as are all but the last.
        redeemed: those who had a reward.
        rated: those who rated again.
        good: of `rated`, those whose next rating was good.
    """

    name: str
    members: int
    again: int
    redeemed: int
    rated: int
    good: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """What an office's customers did within `days` after a low rating (id: the office's code).

    Attributes:
        until: ISO date up to which it was looked at.
        first_day: of the visits from which on members were followed, as last_day.
        basis: a hash of all that was added up, in hex: where it is the same, so are the groups.
    """

    KIND: ClassVar[str] = "recovery"
    office_id: UUID
    until: str
    first_day: str
    last_day: str
    days: int
    groups: tuple[RecoveryGroup, ...]
    basis: str = ""


RECORD_KINDS: dict[str, type] = {
    kind.KIND: kind
    for kind in (
        Staff,
        Reward,
        RewardStock,
        Office,
        Setting,
        Case,
        ExceptionItem,
        Adjustment,
        Appeal,
        AppealAnswer,
        Listening,
        CorrectiveAction,
        Figures,
        Recovery,
        Revocation,
        UsedVouchers,
        Denial,
        Family,
        Forgotten,
        Picture,
    )
}
