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
from sync.server.devices import Device
from sync.server.reading import TEXTS_OF, Received
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


@dataclass(slots=True)
class AccrualState:
    """An accrual; a reversed one has no coupon and no flight any more."""

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
        self.used_shelves: set[str] = set()  # of vouchers that were used
        self.held = False  # rescued: what it says of points and members waits for a manager
        self.handlers: Mapping[type, Handler] = {}  # to apply what a manager honours
        self._new_redemptions: set[UUID] = set()
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
        self._load_service(wanted)
        writing = (group for event, group in alike.items() if TEXTS_OF[event])
        self.load_blobs(text for group in writing for received in group for text in received.texts)

    def _load_points(self, wanted: dict[str, set[Any]]) -> None:
        find = self.work.find
        # whose points an id means is fixed for good, so it can be read before the locks
        for row in find(t.accrual, "accrual_id", wanted.get("accrual", ())):
            wanted.setdefault("member", set()).add(row.member_id)
        for row in find(t.redemption, "redemption_id", wanted.get("redemption", ())):
            wanted.setdefault("member", set()).add(row.member_id)
            wanted.setdefault("lease", set()).add(row.lease_id)
        wanted.get("lease", set()).discard(None)
        for row in find(t.lease, "lease_id", wanted.get("lease", ())):
            wanted.setdefault("member", set()).add(row.member_id)
        wanted.get("member", set()).discard(None)
        self.work.load_members(wanted.get("member", ()))
        for row in find(t.accrual, "accrual_id", wanted.get("accrual", ())):
            self.accruals[row.accrual_id] = AccrualState(
                **{name: getattr(row, name) for name in AccrualState.__dataclass_fields__}
            )
        for row in find(t.accrual, "coupon_key", wanted.get("coupon", ())):
            self.coupons[row.coupon_key] = row.accrual_id
        for row in find(t.redemption, "redemption_id", wanted.get("redemption", ())):
            self.redemptions[row.redemption_id] = RedemptionState(
                **{name: getattr(row, name) for name in RedemptionState.__dataclass_fields__}
            )
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
        if redemption_id not in self.redemptions:
            self._new_redemptions.add(redemption_id)
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
        connection, programme_id = self.work.connection, self.work.programme_id
        self.work.flush()
        self._write_encounters()
        names = list(RedemptionState.__dataclass_fields__)
        values = attrgetter(*names)
        insert_rows(
            connection,
            t.redemption,
            ["programme_id", "redemption_id", *names],
            [(programme_id, i, *values(self.redemptions[i])) for i in self._changed_redemptions],
            replace=names,
        )
        names = list(AccrualState.__dataclass_fields__)
        values = attrgetter(*names)
        accruals = [(i, self.accruals[i]) for i in self._changed_accruals]
        # reversed ones first: they set their coupons and flights free
        accruals.sort(key=lambda pair: pair[1].state != "reversed")
        insert_rows(
            connection,
            t.accrual,
            ["programme_id", "accrual_id", *names],
            [(programme_id, i, *values(a)) for i, a in accruals],
            replace=names,
        )
        self._write_leases()
        for table, written in (
            (t.rating_detail, self.rating_details),
            (t.exception_item, self.settled),
        ):
            self.work.replace_rows(table, [(i, *values) for i, values in written.items()])
            written.clear()
        self._changed_redemptions.clear()
        self._changed_accruals.clear()

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
