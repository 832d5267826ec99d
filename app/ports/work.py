"""The seat's own writes: one unit of work is one transaction on work.db, run on the single writer.

Services read and change rows through a `Work` and append events to the journal in the same
transaction; when the unit of work returns everything is durable, when it raises nothing happened.
The adapter is app.store, a fake for tests is tests.fakes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, Protocol, TypeVar
from uuid import UUID

from app.domain.entry import Actor, Entry, Event
from app.domain.events import Cover, EncounterOutcome, Proof, RatingState
from app.domain.lean import dataclass
from app.domain.lease import Lease, Pool
from app.domain.risk import Unheard
from app.domain.stock import StockLease
from app.domain.trust import Trust
from app.ports.sync_store import StoredBlob

T = TypeVar("T")

MOST_COUNTED: Final = 1_000
"""So many things that wait are counted, at each change: more are said to be as many or more."""

LineKind = Literal[
    "accrual", "redemption", "refund", "joined", "contact", "card", "matter", "voucher"
]
RedemptionState = Literal["intent", "posted", "granted", "voided"]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Who is signed in on this seat and in which shift; survives a power cut."""

    session_id: UUID
    staff_id: UUID
    shift_id: UUID | None
    shift_opened_ms: int | None


@dataclass(frozen=True, slots=True)
class EncounterRow:
    """One encounter of this seat.

    Open while `outcome` is None; invited while it has ended and `rating_state` is None.
    """

    encounter_id: UUID
    opened_ms: int
    member_id: UUID | None
    proof: Proof | None
    shift_id: UUID | None
    outcome: EncounterOutcome | None
    rating_state: RatingState | None
    rating_id: UUID | None
    rating_revision: int
    rating_score: int | None  # never leaves app.services
    rated_ms: int | None
    staff_id: UUID | None = None  # who began to serve
    appeal_id: UUID | None = None  # theirs against its rating


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of an encounter's list; `seq` is the entry that recorded it (its state follows)."""

    ref_id: UUID
    encounter_id: UUID
    kind: LineKind
    text: str
    points: int | None
    seq: int
    undone: bool
    entry_state: Literal["unsent", "confirmed", "exception"]
    exception_code: str = ""


@dataclass(frozen=True, slots=True)
class RedemptionRow:
    """One redemption of this seat, from intent to outcome."""

    redemption_id: UUID
    encounter_id: UUID
    member_id: UUID
    reward_id: UUID
    reward_name: str
    points: int
    state: RedemptionState
    cover: Cover | None
    lease_id: UUID | None
    cash_minor: int = 0
    currency: str = ""
    staff_id: UUID | None = None
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Overlay:
    """What this seat did for one member that the members file doesn't show yet (points >= 0)."""

    earned_points: int
    spent_points: int


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """One journal entry the server hasn't posted, without its payload."""

    seq: int
    type: str
    wall_ms: int
    state: Literal["unsent", "exception"]
    exception_code: str
    exception_message: str
    text: str  # its encounter line's text, '' if it has none
    encounter_id: UUID | None  # whose visit it belongs to; None for what is no customer's
    is_lost: bool  # the disk doesn't give it back, so its visit isn't known


@dataclass(frozen=True, slots=True)
class CaseAction:
    """What this desk did to a case, an exception and so on that isn't in the members file yet."""

    case_id: UUID
    action: Literal[
        "acknowledged",
        "noted",
        "advanced",
        "closed",
        "reopened",
        "field_set",
        "settled",
        "adjusted",
        "agreed",
        "declined",
        "written_off",
        "denied",
        "allowed",
        "appeal_upheld",
        "appeal_declined",
        "listening_said",
        "action_opened",
        "action_said",
    ]
    at_ms: int
    staff_id: UUID
    text: str  # the note, stage, outcome or answer; of an adjustment and a field all, as JSON


ReceiptKind = Literal["redemption", "refund", "accrual", "matter", "statement"]
ReceiptState = Literal["waiting", "asked", "printing", "printed", "held", "doubtful", "dismissed"]


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt and what became of it.

    Attributes:
        ref_id: of the accrual, redemption, refund or matter; a statement's own.
        member_id: whose it is; who that is, is looked up when it is printed.
        facts: what it says, in plain values; no personal data.
        state: 'waiting' comes out by itself and soon, 'asked' was asked for by a key, 'printing' is
            at the printer, 'held' waits for a key, of 'doubtful' nobody knows whether it came out.
        problem: a code of what stands in the way, or stood.
        times: how often it came out, or may have.
    """

    receipt_id: UUID
    kind: ReceiptKind
    ref_id: UUID
    encounter_id: UUID
    member_id: UUID | None
    staff_number: str
    at_ms: int
    facts: dict[str, str | int | bool]
    state: ReceiptState = "waiting"
    problem: str = ""
    times: int = 0


@dataclass(frozen=True, slots=True)
class LinkState:
    """Whether the server answers, and when it last did."""

    online: bool
    problem: str
    last_contact_ms: int | None
    last_pull_ms: int | None
    offset_ms: int | None


class WorkReads(Protocol):
    """Reads of work.db; also usable outside a unit of work, on a read-only connection."""

    def session(self) -> OpenSession | None: ...

    def open_shift(self) -> tuple[UUID | None, int | None]:
        """The seat's shift and since when (wall ms); it outlives the sessions within it."""

    def open_encounter(self) -> EncounterRow | None: ...

    def invited_encounter(self) -> EncounterRow | None: ...

    def encounter(self, encounter_id: UUID) -> EncounterRow | None: ...

    def asked_visits(
        self, staff_id: UUID, since_ms: int, limit: int, *, only_rated: bool
    ) -> Sequence[EncounterRow]:
        """Visits that somebody began to serve here, newest first.

        Those whose customers were asked, or with `only_rated` those alone who rated here.
        """

    def lines(self, encounter_id: UUID) -> Sequence[LineRow]: ...

    def unsent_lines(self, member_id: UUID) -> Sequence[LineRow]:
        """What was done here for a member that the server doesn't have yet, oldest first."""

    def redemption(self, redemption_id: UUID) -> RedemptionRow | None: ...

    def last_redemptions(self, member_id: UUID, limit: int) -> Sequence[RedemptionRow]:
        """What this seat gave a member and still stands, newest first."""

    def refunded_points(self, redemption_id: UUID) -> int:
        """Points of it that came back through this seat; those that were refused left out."""

    def redemptions_in_doubt(self) -> Sequence[RedemptionRow]:
        """Intents without an outcome (after a crash)."""

    def coupon_used(self, coupon_key: str) -> bool:
        """Whether this seat has recorded an accrual under the key that still stands."""

    def overlay(self, member_id: UUID) -> Overlay: ...

    def joined_member(self, member_id: UUID) -> dict[str, str] | None:
        """A member who joined here and isn't in the members file yet.

        Keys: card_no, name, latin_name, phone, language.
        """

    def joined_members(self, text: str) -> Sequence[UUID]:
        """Members who joined here and match a typed card, phone ending or name."""

    def contact_override(self, member_id: UUID) -> dict[str, str]:
        """Phone or card changed here and not in the members file yet; {} for none."""

    def case_actions(self) -> Sequence[CaseAction]:
        """Oldest first."""

    def leases(self, member_id: UUID) -> Sequence[Lease]:
        """The open leases this seat holds for the member, what holds most first.

        More than one where a neighbour handed one on.
        """

    def leases_held(self) -> int:
        """Members this seat could promise points to by itself (open leases with something left)."""

    def leases_offered(self) -> int:
        """Members the server meant to cover: open leases, used up or not."""

    def stock_lease(self, reward_id: UUID) -> StockLease | None:
        """Units of a reward that this seat may promise by itself."""

    def pool(self) -> Pool | None: ...

    def at_risk_spent(self, member_id: UUID) -> int:
        """Points the member has drawn from the current pool."""

    def unheard(self) -> Unheard:
        """What the seat gave away at risk and the server hasn't confirmed, undone since or not."""

    def given_since(self, staff_id: UUID, since_ms: int) -> int:
        """Points of what a clerk has given since then at this seat, voided ones left out."""

    def last_visits(self, member_ids: Sequence[UUID]) -> Mapping[UUID, int]:
        """When each was last served here, wall time in ms; those seen long ago or never lack."""

    def waiting(self, limit: int) -> Sequence[WaitingEntry]:
        """Oldest first: unsent things, and exceptions of the last 7 days.

        A thing is an entry that isn't part of another's (`PARTS_OF_A_THING`); where parts alone
        are unsent the oldest of them stands for all.
        """

    def unsent_summary(self) -> tuple[int, int | None]:
        """(entries not confirmed, wall time of the oldest in ms)."""

    def unsent_things(self) -> tuple[int, int | None]:
        """(things of `waiting` not confirmed, at most `MOST_COUNTED`; the same wall time)."""

    def unsent_in_shift(self, shift_id: UUID) -> int: ...

    def shift_counts(self, shift_id: UUID) -> dict[str, int]:
        """encounters, accruals, redemptions, matters, joined, changed of a shift."""

    def link_state(self) -> LinkState: ...

    def absent_ms(self) -> int:
        """How long the seat has been without the server, as counted last, by no clock alone."""

    def receipt(self, receipt_id: UUID) -> ReceiptRow | None: ...

    def receipts(self, states: Sequence[ReceiptState], limit: int) -> Sequence[ReceiptRow]:
        """Those in one of the states, oldest first."""

    def last_receipts(self, limit: int) -> Sequence[ReceiptRow]:
        """Whatever became of them, newest first."""

    def voucher_used(self, redemption_id: UUID) -> bool:
        """Whether this seat has taken the redemption's voucher."""

    def failed_tries(self, staff_number: str) -> tuple[int, int | None]:
        """(wrong PINs in a row, wall time of the last in ms)."""


class Work(WorkReads, Protocol):
    """One open transaction."""

    def now_ms(self) -> int: ...

    def new_id(self) -> UUID:
        """A UUIDv7."""

    def append(
        self,
        event: Event,
        *,
        actor: Actor | None = None,
        blobs: Sequence[StoredBlob] = (),
        urgent: bool = False,
    ) -> Entry:
        """Add to the journal.

        `actor` defaults to the open session's. Urgent entries also travel ahead of their chain.
        """

    def make_blob(self, content: bytes) -> StoredBlob:
        """Salt and commit a blob (append it with its event)."""

    def start_session(self, session: OpenSession) -> None: ...

    def end_session(self) -> None: ...

    def set_shift(self, shift_id: UUID | None, opened_ms: int | None) -> None: ...

    def add_encounter(self, row: EncounterRow) -> None: ...

    def save_encounter(self, row: EncounterRow) -> None: ...

    def add_line(
        self,
        ref_id: UUID,
        encounter_id: UUID,
        kind: LineKind,
        text: str,
        points: int | None,
        entry: Entry,
    ) -> None: ...

    def undo_line(self, ref_id: UUID) -> None: ...

    def add_accrual_overlay(
        self,
        ref_id: UUID,
        member_id: UUID,
        points: int,
        coupon_key: str | None,
        entry: Entry,
        *,
        flight_keys: Sequence[str] = (),
    ) -> None:
        """Points that come in and aren't confirmed yet; nothing earns twice under these keys."""

    def drop_overlay(self, ref_id: UUID, entry: Entry) -> None:
        """Undo what `ref_id` added to the overlay.

        Unless the server has it already: then `entry` (the reversal) takes its place with the
        opposite sign until a pull shows it.
        """

    def add_redemption(self, row: RedemptionRow) -> None: ...

    def save_redemption(self, row: RedemptionRow, *, entry: Entry | None, mark: int | None) -> None:
        """Save the row and keep the overlay in step: spent while posted or granted, else nothing.

        `entry` is what changed it; with `mark` the server has posted it in that transaction.
        """

    def spend_lease(self, lease_id: UUID, points: int) -> None:
        """Raises Rejected('lease_too_small') rather than overspend."""

    def spend_stock(self, stock_lease_id: UUID) -> None:
        """Give one unit of a reward. Raises Rejected('stock_online_only') where none is left."""

    def spend_pool(self, member_id: UUID, points: int, trust: Trust) -> UUID:
        """Draw on the pool in use for a member of this level; returns its id.

        `note_drawn` says with which entry.

        Raises Rejected('over_risk_limit') rather than go beyond any of the pool's caps.
        """

    def note_drawn(self, entry: Entry, points: int) -> None:
        """`entry` gave away points at risk: they are unheard until it is confirmed."""

    def add_joined_member(self, member_id: UUID, profile: dict[str, str], entry: Entry) -> None: ...

    def override_contact(self, member_id: UUID, change: dict[str, str], entry: Entry) -> None: ...

    def add_case_action(self, action: CaseAction, entry: Entry) -> None:
        """Shown at once; goes when a pull shows what `entry` changed."""

    def add_refund(self, refund_id: UUID, redemption_id: UUID, points: int, entry: Entry) -> None:
        """A reward or a part of it came back; `points` are of what was spent."""

    def add_receipt(self, row: ReceiptRow) -> None:
        """To be printed once this transaction is durable."""

    def save_receipt(self, row: ReceiptRow) -> None: ...

    def forget_receipts(self, *, before_ms: int) -> None:
        """Drop those of before."""

    def use_voucher(self, redemption_id: UUID, use_id: UUID) -> None:
        """The redemption's voucher is taken; it can't be taken here again."""

    def next_matter_number(self) -> int:
        """1, 2, 3 …, this seat's own count."""

    def note_failed_try(self, staff_number: str) -> None: ...

    def clear_failed_tries(self, staff_number: str) -> None: ...


class WorkStore(Protocol):
    """The seat's store of its own work."""

    def run(self, work: Callable[[Work], T]) -> T:
        """Run one transaction on the writer, ahead of sync's; returns after the durable commit.

        Raises whatever `work` raised (nothing committed), Unavailable('disk_full'),
        Unavailable('disk_error').
        """

    @property
    def reads(self) -> WorkReads: ...
