"""What the entries of one upload speak of, loaded at once, changed in memory, written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.domain.entry import Event
from app.domain.errors import Rejected
from app.domain.events import (
    ALL_EVENTS,
    LOW_SCORES,
    AccrualRecorded,
    Cover,
    RatingRecorded,
    RedemptionGranted,
)
from app.domain.flown import Flown
from sync.server.devices import Device
from sync.server.pools import Pools
from sync.server.reading import TEXTS_OF, Received
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, together, update_rows
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
        self.held = False  # rescued: what it says of points and members waits for a manager
        self.handlers: Mapping[type, Handler] = {}  # to apply what a manager honours
        self.pools = Pools(work, device)
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
        for event, group in alike.items():
            wanted["staff"].update([r.envelope.staff_id for r in group if r.envelope])
            if self.device.incarnation > 1:  # a quarantined copy may be waiting to be settled
                wanted["exception"].update([received.event_id for received in group])
            for name, kind in _IDS_OF[event]:
                wanted[kind].update(map(attrgetter(f"event.{name}"), group))
            if event is RatingRecorded:
                low = (r.event.rating_id for r in group if r.event.score in LOW_SCORES)
                wanted["case"].update(low)
        self._find_owners(wanted)
        wanted["share"] = wanted["lease"]
        with together(self.work.connection):
            members = self.work.ask_for_members(wanted["member"] - {None})  # locked before all else
            rows = {kind: self._find(kind, wanted[kind]) for kind in _LOOK_UPS}
        if self.work.keep_members(members):  # then under the survivors' locks, too
            with together(self.work.connection):
                rows = {kind: self._find(kind, wanted[kind]) for kind in _LOOK_UPS}
        self.staff.update({row.staff_id: row for row in rows["staff"]})
        self._keep_points(rows)
        self._keep_service(rows)
        self._load_flights(alike.get(AccrualRecorded, ()))
        self._load_pools(alike.get(RedemptionGranted, ()))
        self._load_cases(wanted)
        writing = (group for event, group in alike.items() if TEXTS_OF[event])
        self.load_blobs(text for group in writing for received in group for text in received.texts)

    def _find(self, kind: str, wanted: set[Any]) -> list[Any]:
        look_up = _LOOK_UPS[kind]
        columns, lock = look_up.columns, look_up.lock
        values = wanted - {None}
        return self.work.find(look_up.table, look_up.column, values, columns=columns, lock=lock)

    def _find_owners(self, wanted: defaultdict[str, set[Any]]) -> None:
        """Add whose points an id means: fixed for good, so it can be read before the locks."""
        find = self.work.find
        for row in find(t.accrual, "accrual_id", wanted["whose accrual"]):
            wanted["member"].add(row.member_id)
        for row in find(t.redemption, "redemption_id", wanted["whose redemption"]):
            wanted["member"].add(row.member_id)
            wanted["lease"].add(row.lease_id)
        for row in find(t.lease, "lease_id", wanted["lease"] - {None}):
            wanted["member"].add(row.member_id)

    def _keep_points(self, rows: Mapping[str, Sequence[Any]]) -> None:
        for row in rows["accrual"]:
            self.accruals[row.accrual_id] = AccrualState(
                **{name: getattr(row, name) for name in AccrualState.__dataclass_fields__}
            )
        for row in rows["coupon"]:
            self.coupons[row.coupon_key] = row.accrual_id
        for row in rows["redemption"]:
            self.redemptions[row.redemption_id] = RedemptionState(
                **{name: getattr(row, name) for name in RedemptionState.__dataclass_fields__}
            )
        shares: dict[UUID, dict[UUID, int]] = {}
        for row in rows["share"]:
            shares.setdefault(row.lease_id, {})[row.lot_id] = row.points
        for row in rows["lease"]:
            self.leases[row.lease_id] = LeaseState(
                row, row.remaining, row.restored, row.state, shares.get(row.lease_id, {})
            )
        self.cards.update({row.card_no: row.member_id for row in rows["card"]})
        self.rewards.update({row.reward_id: row for row in rows["reward"]})

    def _load_flights(self, earned: Iterable[Received]) -> None:
        keys = [self.flight_keys(received.event) for received in earned]
        for place, name in enumerate(("departure_key", "arrival_key")):
            wanted = {pair[place] for pair in keys} - {None}
            for row in self.work.find(t.accrual, name, wanted):
                self.flights[getattr(row, name)] = row.accrual_id

    def _load_pools(self, granted: Iterable[Received]) -> None:
        at_risk = (r.event.member_id for r in granted if r.event.cover == Cover.AT_RISK)
        states = (self.work.survivor(member_id) for member_id in set(at_risk))
        self.pools.load({state.member_id for state in states if state is not None})

    def _keep_service(self, rows: Mapping[str, Sequence[Any]]) -> None:
        for encounter_id, *values in rows["encounter"]:
            self.encounters[encounter_id] = EncounterState(*values)
        for row in rows["rating"]:
            head = self.ratings.get(row.rating_id)
            if head is None:
                head = RatingHead(row.encounter_id, row.revision, row.score, set())
                self.ratings[row.rating_id] = head
            elif row.revision > head.revision:
                head.revision, head.score = row.revision, row.score
            head.presses.add(row.revision)

    def _load_cases(self, wanted: Mapping[str, set[Any]]) -> None:
        find = self.work.find
        # What had no press before and is not low now has no case
        case_ids = (wanted.get("case", set()) | self.ratings.keys()) - {None}
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
        self._changed_redemptions[redemption_id] = None
        drawn = state.points if state.state == "posted" else 0
        self.pools.note(redemption_id, state.member_id, state.pool_id, drawn)
        self.redemptions[redemption_id] = state

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
        self.pools.write()
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


class _LookUp(NamedTuple):
    """Where rows of a kind are found, and by what; which columns, all if none are named."""

    table: sa.Table
    column: str
    columns: tuple[str, ...] = ()
    lock: bool = False


# In the order in which they are locked
_LOOK_UPS: Final = {
    "staff": _LookUp(t.staff, "staff_id"),
    "accrual": _LookUp(t.accrual, "accrual_id"),
    "coupon": _LookUp(t.accrual, "coupon_key"),
    "redemption": _LookUp(t.redemption, "redemption_id"),
    "lease": _LookUp(t.lease, "lease_id", lock=True),
    "share": _LookUp(t.lease_lot, "lease_id"),
    "card": _LookUp(t.card, "card_no"),
    "reward": _LookUp(t.reward, "reward_id"),
    "encounter": _LookUp(t.encounter, "encounter_id", ("encounter_id", *_ENCOUNTER)),
    "rating": _LookUp(t.rating, "rating_id"),
}

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


def _ids_of(event: type[Event]) -> tuple[tuple[str, str], ...]:
    """(field, kind) of what an event names, and by what alone it says whose points it is about."""
    fields = event.__dataclass_fields__
    named = [(name, _NAMED[name]) for name in fields if name in _NAMED]
    if "member_id" not in fields:
        named += [(name, f"whose {kind}") for name, kind in named if kind in _OF_POINTS]
    return tuple(named)


_OF_POINTS: Final = ("accrual", "redemption")
_IDS_OF: Final[dict[type, tuple[tuple[str, str], ...]]] = {
    event: _ids_of(event) for event in ALL_EVENTS
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
