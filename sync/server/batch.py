"""What the entries of one upload speak of, loaded at once, changed in memory, written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.events import ALL_EVENTS, LOW_SCORES, AccrualRecorded, RatingRecorded
from app.domain.flown import Flown
from sync.server.corrections import Corrections, state_of
from sync.server.devices import Device
from sync.server.qualifying import Qualifying
from sync.server.reading import TEXTS_OF, Received
from sync.server.rules import Rules
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, update_rows
from sync.server.work import Work

_ORIGIN: Final = ("staff_id", "session_id", "shift_id", "opened_ms")
_ENCOUNTER_CHANGES: Final = ("member_id", "ended_ms", "outcome", "rating_state", "score")
_ENCOUNTER: Final = ("device_id", "office_id", "day", *_ENCOUNTER_CHANGES)


@dataclass(slots=True)
class Origin:
    """How an encounter began, which nothing is decided by afterwards."""

    staff_id: UUID | None
    session_id: UUID | None
    shift_id: UUID | None
    opened_ms: int


@dataclass(slots=True)
class EncounterState:
    """An encounter; its rating state is '' until it ends in one.

    Attributes:
        origin: of one that is to be stored yet; None where it is.
        changed: whether it has to be written.
    """

    device_id: UUID
    office_id: UUID
    day: str
    member_id: UUID | None = None
    ended_ms: int | None = None
    outcome: str = ""
    rating_state: str = ""
    score: int | None = None
    origin: Origin | None = None
    changed: bool = False


@dataclass(slots=True)
class RatingHead:
    """The press that counts for a rating so far, and the revisions of all its presses."""

    encounter_id: UUID
    revision: int
    score: int
    presses: set[int]


@dataclass(slots=True)
class LeaseState:
    """A lease and what it still holds of each lot."""

    row: Any
    remaining: int
    restored: int
    state: str
    shares: dict[UUID, int]
    changed: bool = False


@dataclass(slots=True)
class RedemptionState:
    """A redemption; one voided before anything was posted has no member and no points."""

    member_id: UUID | None
    points: int
    state: str
    cover: str
    lease_id: UUID | None
    pool_id: UUID | None
    device_id: UUID
    txn_id: UUID | None
    reward_id: UUID | None
    encounter_id: UUID
    at_ms: int
    late: bool = False
    refunded: int = 0


@dataclass(slots=True)
class AccrualState:
    """An accrual; a reversed one has no coupon and no flight any more.

    What can't be spent yet is 'pending' until `spendable_from`.
    """

    member_id: UUID
    encounter_id: UUID
    points: int
    source: str
    coupon_key: str | None
    state: str
    txn_id: UUID | None
    at_ms: int
    departure_key: str | None = None
    arrival_key: str | None = None
    reduced: int = 0
    expires_on: str | None = None
    spendable_from: str | None = None

    @property
    def rest(self) -> int:
        """What of its points wasn't taken back."""
        return self.points - self.reduced


AWAITED: Final = "awaited"
"""The state of a redemption of which refunds have come, and it itself hasn't."""

Handler = Callable[["Batch", Received, Any], None]


class Batch:
    """Handlers read and change its dictionaries; `write` turns the changes into statements.

    A handler raises before it changes anything, so that an exception leaves no half of itself.
    """

    def __init__(self, work: Work, device: Device) -> None:
        self.work = work
        self.device = device
        self.zone = ZoneInfo(device.office_time_zone)
        self.staff: dict[UUID, Any] = {}
        self.allowed: set[tuple[str, type]] = set()  # people, and what they were found to may do
        self.encounters: dict[UUID, EncounterState] = {}
        self.ratings: dict[UUID, RatingHead] = {}
        self.redemptions: dict[UUID, RedemptionState] = {}
        self.accruals: dict[UUID, AccrualState] = {}
        self.coupons: dict[str, UUID] = {}
        self.flights: dict[str, UUID] = {}  # by `Flown.keys`
        self.corrections = Corrections(work)
        self.rules = Rules(work.connection, work.programme_id)
        self.qualifying = Qualifying(work, self.rules)
        self.leases: dict[UUID, LeaseState] = {}
        self.cards: dict[str, UUID] = {}
        self.cases: dict[UUID, dict[str, Any]] = {}
        self.exceptions: dict[UUID, Any] = {}
        self.settled: dict[UUID, tuple[Any, ...]] = {}
        self.rating_details: dict[UUID, tuple[Any, ...]] = {}
        self.rewards: dict[UUID, Any] = {}
        self.blobs: dict[str, bytes] = {}
        self.changed_cases: dict[UUID, None] = {}
        self.ringing: list[UUID] = []
        self.held = False  # rescued: what it says of points and members waits for a manager
        self.handlers: Mapping[type, Handler] = {}  # to apply what a manager honours
        self._new_redemptions: set[UUID] = set()
        self._unstored_redemptions: set[UUID] = set()
        self._changed_redemptions: dict[UUID, None] = {}
        self._changed_accruals: dict[UUID, None] = {}
        self._days: dict[int, str] = {}

    # --- loading

    def load(self, entries: Iterable[Received]) -> None:
        """Load, and lock where it matters, all that these entries name."""
        wanted: defaultdict[str, set[Any]] = defaultdict(set)
        alike: defaultdict[type, list[Received]] = defaultdict(list)
        for received in entries:
            if received.event is not None:
                alike[type(received.event)].append(received)
        staff: set[UUID | None] = set()
        for event, group in alike.items():
            staff.update([received.envelope.staff_id for received in group if received.envelope])
            if self.device.incarnation > 1:  # a quarantined copy may be waiting to be settled
                wanted["exception"].update([received.event_id for received in group])
            for name, kind in _IDS_OF[event]:
                wanted[kind].update(map(attrgetter(f"event.{name}"), group))
            if event is RatingRecorded:
                low = (r.event.rating_id for r in group if r.event.score in LOW_SCORES)
                wanted["case"].update(low)
        for ids in (staff, *wanted.values()):
            ids.discard(None)
        self.staff.update({r.staff_id: r for r in self.work.find(t.staff, "staff_id", staff)})
        self._load_points(wanted)
        self._load_flights(alike.get(AccrualRecorded, ()))
        if wanted["accrual"]:
            self.qualifying.load(self.work.members)
        self._load_service(wanted)
        writing = (group for event, group in alike.items() if TEXTS_OF[event])
        self.load_blobs(text for group in writing for received in group for text in received.texts)

    def _load_points(self, wanted: dict[str, set[Any]]) -> None:
        find = self.work.find
        # whose points an id means is fixed for good, so it can be read before the locks
        for row in find(t.accrual, "accrual_id", wanted.get("accrual", ())):
            wanted.setdefault("member", set()).add(row.member_id)
        redemptions = find(t.redemption, "redemption_id", wanted.get("redemption", ()))
        awaited = [row.redemption_id for row in redemptions if row.state == AWAITED]
        # whoever else brings one of these, or a refund of it, comes before this or after it
        redemptions += find(t.redemption, "redemption_id", awaited, lock=True)
        for row in redemptions:
            wanted.setdefault("member", set()).add(row.member_id)
            wanted.setdefault("lease", set()).add(row.lease_id)
        adjusted = self.corrections.whose(wanted.get("adjustment", ()))
        wanted.setdefault("member", set()).update(adjusted)
        wanted.get("lease", set()).discard(None)
        for row in find(t.lease, "lease_id", wanted.get("lease", ())):
            wanted.setdefault("member", set()).add(row.member_id)
        wanted.get("member", set()).discard(None)
        self.work.load_members(wanted.get("member", ()))
        for row in find(t.accrual, "accrual_id", wanted.get("accrual", ())):
            self.accruals[row.accrual_id] = state_of(AccrualState, row)
        for row in find(t.accrual, "coupon_key", wanted.get("coupon", ())):
            self.coupons[row.coupon_key] = row.accrual_id
        known = {row.redemption_id for row in redemptions}
        late = set()
        for row in find(t.redemption, "redemption_id", wanted.get("redemption", ())):
            self.redemptions[row.redemption_id] = state_of(RedemptionState, row)
            if row.redemption_id not in known:
                late.add(row.redemption_id)
        self.corrections.load(wanted, awaited)
        shares: dict[UUID, dict[UUID, int]] = {}
        for row in find(t.lease_lot, "lease_id", wanted.get("lease", ())):
            shares.setdefault(row.lease_id, {})[row.lot_id] = row.points
        for row in find(t.lease, "lease_id", wanted.get("lease", ()), lock=True):
            self.leases[row.lease_id] = LeaseState(
                row, row.remaining, row.restored, row.state, shares.get(row.lease_id, {})
            )
        for row in find(t.card, "card_no", wanted.get("card", ())):
            self.cards[row.card_no] = row.member_id
        for row in find(t.reward, "reward_id", wanted.get("reward", ())):
            self.rewards[row.reward_id] = row
        if late:  # committed between the two looks, so neither members nor refunds are here
            self._load_points({"redemption": late})

    def _load_flights(self, earned: Iterable[Received]) -> None:
        keys = [self.flight_keys(received.event) for received in earned]
        for place, name in enumerate(("departure_key", "arrival_key")):
            wanted = {pair[place] for pair in keys} - {None}
            for row in self.work.find(t.accrual, name, wanted):
                self.flights[getattr(row, name)] = row.accrual_id

    def _load_service(self, wanted: defaultdict[str, set[Any]]) -> None:
        find = self.work.find
        columns = ("encounter_id", *_ENCOUNTER)
        for encounter_id, *values in find(
            t.encounter, "encounter_id", wanted.get("encounter", ()), columns=columns
        ):
            self.encounters[encounter_id] = EncounterState(*values)
        for row in find(t.rating, "rating_id", wanted.get("rating", ())):
            head = self.ratings.get(row.rating_id)
            if head is None:
                head = RatingHead(row.encounter_id, row.revision, row.score, set())
                self.ratings[row.rating_id] = head
            elif row.revision > head.revision:
                head.revision, head.score = row.revision, row.score
            head.presses.add(row.revision)
        # What had no press before and is not low now has no case
        case_ids = wanted["case"] | self.ratings.keys()
        for row in find(t.service_case, "case_id", case_ids, lock=True):
            self.cases[row.case_id] = dict(row._mapping)
        for row in find(t.exception_item, "exception_id", wanted.get("exception", ()), lock=True):
            self.exceptions[row.exception_id] = row

    def load_blobs(self, commitments: Iterable[str]) -> None:
        """Look up blobs that came with an earlier upload."""
        missing = [c for c in commitments if c not in self.blobs]
        for row in self.work.find(t.blob, "commitment", missing):
            self.blobs[row.commitment] = row.content

    # --- asking

    def day_it_happened(self, received: Received) -> str:
        """The office's day by the counter's clock, which may run ahead: today at the latest."""
        return self.day_of(min(received.at_ms, self.work.now_ms))

    def day_of(self, at_ms: int) -> str:
        """The office's local day."""
        hour = at_ms // 900_000  # no zone's offset changes within a quarter of an hour
        day = self._days.get(hour)
        if day is None:
            # a journal's clock may say anything; days outside the calendar are its first
            seconds = min(max(hour * 900, 0), 253_370_764_800)
            day = datetime.fromtimestamp(seconds, UTC).astimezone(self.zone).date().isoformat()
            self._days[hour] = day
        return day

    def encounter(self, encounter_id: UUID) -> EncounterState:
        """Raises Rejected('unknown_encounter')."""
        state = self.encounters.get(encounter_id)
        if state is None:
            raise Rejected("unknown_encounter", "The encounter isn't known to the server")
        return state

    def flight_keys(self, event: AccrualRecorded) -> tuple[str, str] | tuple[None, None]:
        """What the member behind the event's is credited for once; None for no known flight."""
        member = self.work.survivor(event.member_id)
        if event.flight is None or member is None:
            return None, None
        try:
            return Flown.read(event.flight).keys(member.member_id)
        except ValueError:
            return None, None

    def blob(self, commitment: str) -> bytes:
        """Raises Rejected('blob_missing')."""
        content = self.blobs.get(commitment)
        if content is None:
            raise Rejected("blob_missing", "What the entry refers to didn't come with it")
        return content

    # --- changing

    def put_redemption(self, redemption_id: UUID, state: RedemptionState) -> None:
        known = self.redemptions.get(redemption_id)
        if known is None or known.state == AWAITED:
            self._new_redemptions.add(redemption_id)
        if known is None:
            self._unstored_redemptions.add(redemption_id)
        self._changed_redemptions[redemption_id] = None
        self.redemptions[redemption_id] = state

    def is_new_redemption(self, redemption_id: UUID) -> bool:
        """Whether it came with these entries."""
        return redemption_id in self._new_redemptions

    def put_accrual(self, accrual_id: UUID, state: AccrualState) -> None:
        self._changed_accruals[accrual_id] = None
        self.accruals[accrual_id] = state

    # --- writing

    def write(self) -> None:
        """Write what handlers changed since last time; `Work.finish` writes points and the log."""
        self.work.flush()
        self._write_encounters()
        # reversed ones first: they set their coupons and flights free
        accruals = sorted(
            self._changed_accruals, key=lambda i: self.accruals[i].state != "reversed"
        )
        # One that somebody else has brought meanwhile is not to be written over: all is done again
        unstored = [i for i in self._changed_redemptions if i in self._unstored_redemptions]
        stored = [i for i in self._changed_redemptions if i not in self._unstored_redemptions]
        self._write_states(t.redemption, self.redemptions, unstored, are_new=True)
        self._write_states(t.redemption, self.redemptions, stored)
        self._write_states(t.accrual, self.accruals, accruals)
        self.corrections.write()
        self.qualifying.write()
        self._write_leases()
        for table, written in (
            (t.rating_detail, self.rating_details),
            (t.exception_item, self.settled),
        ):
            self.work.replace_rows(table, [(i, *values) for i, values in written.items()])
            written.clear()
        self._changed_redemptions.clear()
        self._unstored_redemptions.clear()
        self._changed_accruals.clear()

    def _write_states(
        self,
        table: sa.Table,
        states: Mapping[UUID, Any],
        changed: Iterable[UUID],
        *,
        are_new: bool = False,
    ) -> None:
        """Write those that changed, whose fields are the table's columns behind its key."""
        names = [column.name for column in table.columns][2:]
        values = attrgetter(*names)
        programme_id = self.work.programme_id
        insert_rows(
            self.work.connection,
            table,
            [column.name for column in table.columns],
            [(programme_id, i, *values(states[i])) for i in changed],
            replace=None if are_new else names,
        )

    def _write_encounters(self) -> None:
        programme_id = self.work.programme_id
        values, origin = attrgetter(*_ENCOUNTER), attrgetter(*_ORIGIN)
        changed = [(i, state) for i, state in self.encounters.items() if state.changed]
        insert_rows(
            self.work.connection,
            t.encounter,
            ["programme_id", "encounter_id", *_ENCOUNTER, *_ORIGIN],
            [
                (programme_id, encounter_id, *values(state), *origin(state.origin))
                for encounter_id, state in changed
                if state.origin is not None
            ],
        )
        values = attrgetter(*_ENCOUNTER_CHANGES)
        update_rows(
            self.work.connection,
            t.encounter,
            ["encounter_id"],
            _ENCOUNTER_CHANGES,
            [
                (encounter_id, *values(state))
                for encounter_id, state in changed
                if state.origin is None
            ],
            programme_id=programme_id,
        )
        for _, state in changed:
            state.origin, state.changed = None, False

    def _write_leases(self) -> None:
        changed = [(i, lease) for i, lease in self.leases.items() if lease.changed]
        programme_id = self.work.programme_id
        update_rows(
            self.work.connection,
            t.lease,
            ["lease_id"],
            ["remaining", "restored", "state"],
            [(i, lease.remaining, lease.restored, lease.state) for i, lease in changed],
            programme_id=programme_id,
        )
        for _, lease in changed:
            lease.changed = False
        insert_rows(
            self.work.connection,
            t.lease_lot,
            ["programme_id", "lease_id", "lot_id", "points"],
            [
                (programme_id, i, lot_id, points)
                for i, lease in changed
                for lot_id, points in lease.shares.items()
            ],
            replace=["points"],
        )


_NAMED: Final = {
    "encounter_id": "encounter",
    "member_id": "member",
    "rating_id": "rating",
    "accrual_id": "accrual",
    "coupon_key": "coupon",
    "redemption_id": "redemption",
    "reward_id": "reward",
    "lease_id": "lease",
    "refund_id": "refund",
    "adjustment_id": "adjustment",
    "case_id": "case",
    "matter_id": "case",
    "exception_id": "exception",
    "card_no": "card",
    "old_card_no": "card",
    "new_card_no": "card",
}

_IDS_OF: Final[dict[type, tuple[tuple[str, str], ...]]] = {
    event: tuple((name, _NAMED[name]) for name in event.__dataclass_fields__ if name in _NAMED)
    for event in ALL_EVENTS
}


def next_rank(work: Work) -> int:
    """The place behind all members so far."""
    programme = t.programme
    work.connection.execute(
        programme.update()
        .where(programme.c.programme_id == work.programme_id)
        .values(last_rank=programme.c.last_rank + 1)
    )
    return int(
        work.connection.execute(
            sa.select(programme.c.last_rank).where(programme.c.programme_id == work.programme_id)
        ).scalar_one()
    )
