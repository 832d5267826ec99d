"""What the entries of one upload speak of, loaded at once, changed in memory, written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.events import (
    LOW_SCORES,
    AccrualRecorded,
    Cover,
    RatingRecorded,
    RedemptionGranted,
    RedemptionRefunded,
    RedemptionRequested,
    RedemptionVoided,
    StockReturned,
)
from app.domain.flown import Flown
from sync.server.appeals import Appeals
from sync.server.corrections import Corrections, state_of
from sync.server.devices import Device
from sync.server.giving import Given
from sync.server.listenings import Listenings
from sync.server.named import IDS_OF
from sync.server.pooling import Pooling
from sync.server.pools import Pools
from sync.server.qualifying import Qualifying
from sync.server.reading import TEXTS_OF, Received
from sync.server.rules import Rules
from sync.server.states import (
    AWAITED,
    AccrualState,
    EncounterState,
    LeaseState,
    RatingHead,
    RedemptionState,
    TransferState,
)
from sync.server.stock import Stocks
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows, together, update_rows
from sync.server.work import Work

_ORIGIN: Final = ("staff_id", "session_id", "shift_id", "opened_ms")
_ENCOUNTER_CHANGES: Final = (
    "member_id", "ended_ms", "outcome", "rating_state", "score",
    "flags", "reasons", "service", "identified_ms", "rated_ms", "closed_ms",
)  # fmt: skip
_ENCOUNTER: Final = ("device_id", "office_id", "day", *_ENCOUNTER_CHANGES)


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
        self.pooling = Pooling(work)
        self.appeals = Appeals(work)
        self.listenings = Listenings(work)
        self.leases: dict[UUID, LeaseState] = {}
        self.transfers: dict[UUID, TransferState] = {}
        self.cards: dict[str, UUID] = {}
        self.cases: dict[UUID, dict[str, Any]] = {}
        self.exceptions: dict[UUID, Any] = {}
        self.settled: dict[UUID, tuple[Any, ...]] = {}
        self.rating_details: dict[UUID, tuple[Any, ...]] = {}
        self.rewards: dict[UUID, Any] = {}
        self.blobs: dict[str, bytes] = {}
        self.changed_cases: dict[UUID, None] = {}
        self.ringing: list[UUID] = []
        self.opened: dict[UUID, int] = {}  # cases of low ratings, and when each began, ms
        self.remarked: list[Received] = []  # they count, and a manager is to know with which code
        self.proofs: dict[UUID, str] = {}  # how clerks knew whom rewards were asked for
        self.used_shelves: set[str] = set()  # of vouchers that were used
        self.held = False  # rescued: what it says of points and members waits for a manager
        self.handlers: Mapping[type, Handler] = {}  # to apply what a manager honours
        self.pools = Pools(work, device)
        self.stocks = Stocks(work)
        self.given = Given(work)
        self._unstored_redemptions: set[UUID] = set()
        self._changed_redemptions: dict[UUID, None] = {}
        self._changed_accruals: dict[UUID, None] = {}
        self._unstored_transfers: dict[UUID, None] = {}
        self._changed_transfers: dict[UUID, None] = {}
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
            for name, kind in IDS_OF[event]:
                wanted[kind].update(map(attrgetter(f"event.{name}"), group))
            if event is AccrualRecorded:
                wanted["earner"].update([r.event.member_id for r in group])
            if event is RatingRecorded:
                low = (r.event.rating_id for r in group if r.event.score in LOW_SCORES)
                wanted["low rating"].update(low)
        for ids in wanted.values():  # what an event may leave unsaid
            ids.discard(None)
        rows = self._load_rows(wanted)
        self.staff.update({row.staff_id: row for row in rows["staff"]})
        self._keep_service(rows)
        self.appeals.keep(rows["appeal"])
        self.listenings.keep(rows["listening"], rows["action"])
        self._load_flights(alike.get(AccrualRecorded, ()))
        self._load_pools(alike.get(RedemptionGranted, ()))
        self.given.load(
            (r.envelope.staff_id, r.at_ms)
            for kind in (RedemptionGranted, RedemptionRequested)
            for r in alike.get(kind, ())
            if r.envelope is not None and r.envelope.staff_id is not None
        )
        self._load_stocks(alike)
        if wanted["accrual"]:
            self.qualifying.load(self.work.members)
        self._load_cases(wanted)
        writing = (group for event, group in alike.items() if TEXTS_OF[event])
        self.load_blobs(text for group in writing for received in group for text in received.texts)

    def _find(self, kind: str, wanted: set[Any]) -> list[Any]:
        look_up = _LOOK_UPS[kind]
        columns, lock = look_up.columns, look_up.lock
        values = wanted - {None}
        return self.work.find(look_up.table, look_up.column, values, columns=columns, lock=lock)

    def _load_rows(self, wanted: defaultdict[str, set[Any]]) -> dict[str, list[Any]]:
        """Lock the members, then read what is named, asking together what can be."""
        wanted["lease"].update(wanted["transfer"])  # its receiver's lease
        wanted["shared"] = wanted["whose accrual"]
        seen, awaited = self._find_owners(wanted)
        wanted["share"] = wanted["lease"]
        with together(self.work.connection):
            members = self.work.ask_for_members(wanted["member"] - {None})  # locked before all else
            rows = {kind: self._find(kind, wanted[kind]) for kind in _LOOK_UPS}
        if self.work.keep_members(members):  # then under the survivors' locks, too
            with together(self.work.connection):
                rows = {kind: self._find(kind, wanted[kind]) for kind in _LOOK_UPS}
        self._keep_points(rows)
        self.pooling.keep(rows["earner"], rows["shared"])
        earners = [self.work.survivor(member_id) for member_id in wanted["earner"]]
        self.pooling.load({s.member_id for s in earners if s is not None} - wanted["earner"], ())
        self.corrections.load(wanted, awaited)
        if late := {row.redemption_id for row in rows["redemption"]} - seen:
            # not looked for before the locks: neither their members nor their refunds are here
            again = defaultdict[str, set[Any]](set)
            again["redemption"] = again["whose redemption"] = late
            self._load_rows(again)
        return rows

    def _find_owners(self, wanted: defaultdict[str, set[Any]]) -> tuple[set[UUID], list[UUID]]:
        """Add whose points an id means: fixed for good, so it can be read before the locks.

        Returns:
            The redemptions that were found, and those of them that are awaited still.
        """
        find = self.work.find
        for row in find(t.accrual, "accrual_id", wanted["whose accrual"]):
            wanted["member"].add(row.member_id)
        wanted["member"].update(self.pooling.whose(wanted["earner"], wanted["shared"]))
        redemptions = find(t.redemption, "redemption_id", wanted["whose redemption"])
        awaited = [row.redemption_id for row in redemptions if row.state == AWAITED]
        # whoever else brings one of these, or a refund of it, comes before this or after it
        redemptions += find(t.redemption, "redemption_id", awaited, lock=True)
        for row in redemptions:
            wanted["member"].add(row.member_id)
            wanted["lease"].add(row.lease_id)
        wanted["member"].update(self.corrections.whose(wanted["adjustment"]))
        for row in find(t.lease, "lease_id", wanted["lease"] - {None}):
            wanted["member"].add(row.member_id)
        for row in find(t.matter, "matter_id", wanted["case"]):  # which is mentioned beside them
            wanted["member"].add(row.member_id)
        return {row.redemption_id for row in redemptions}, awaited

    def _keep_points(self, rows: Mapping[str, Sequence[Any]]) -> None:
        for row in rows["accrual"]:
            self.accruals[row.accrual_id] = state_of(AccrualState, row)
        self.coupons.update({row.coupon_key: row.accrual_id for row in rows["coupon"]})
        for row in rows["redemption"]:
            self.redemptions[row.redemption_id] = state_of(RedemptionState, row)
        shares: dict[UUID, dict[UUID, int]] = {}
        for row in rows["share"]:
            shares.setdefault(row.lease_id, {})[row.lot_id] = row.points
        for row in rows["lease"]:
            self.leases[row.lease_id] = LeaseState(
                row,
                row.remaining,
                row.restored,
                row.state,
                shares.get(row.lease_id, {}),
                row.exposed,
            )
        for row in rows["transfer"]:
            self.transfers[row.transfer_id] = state_of(TransferState, row)
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

    def _load_stocks(self, alike: Mapping[type, Sequence[Received]]) -> None:
        granted = alike.get(RedemptionGranted, ())
        undone = (*alike.get(RedemptionVoided, ()), *alike.get(RedemptionRefunded, ()))
        returned = alike.get(StockReturned, ())
        if granted or undone or returned:
            self.stocks.load(
                redemptions={received.event.redemption_id for received in (*granted, *undone)},
                leases={received.event.stock_lease_id for received in (*granted, *returned)},
                rewards={received.event.reward_id for received in granted},
            )

    def _keep_service(self, rows: Mapping[str, Sequence[Any]]) -> None:
        for encounter_id, *values in rows["encounter"]:
            self.encounters[encounter_id] = EncounterState(*values)
        for row in rows["rating"]:
            head = self.ratings.get(row.rating_id)
            if head is None:
                head = RatingHead(row.encounter_id, row.revision, row.score, row.flags, set())
                self.ratings[row.rating_id] = head
            elif row.revision > head.revision:
                head.revision, head.score, head.flags = row.revision, row.score, row.flags
            head.presses.add(row.revision)

    def _load_cases(self, wanted: defaultdict[str, set[Any]]) -> None:
        find = self.work.find
        # What had no press before and is not low now has no case
        case_ids = wanted["case"] | wanted["low rating"] | self.ratings.keys()
        for row in find(t.service_case, "case_id", case_ids, lock=True):
            self.cases[row.case_id] = dict(row._mapping)
        for row in find(t.exception_item, "exception_id", wanted["exception"], lock=True):
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
            self._unstored_redemptions.add(redemption_id)
        self._changed_redemptions[redemption_id] = None
        drawn = state.points if state.state == "posted" else 0
        self.pools.note(redemption_id, state.member_id, state.pool_id, drawn)
        self.given.note(redemption_id, state)
        self.redemptions[redemption_id] = state

    def put_transfer(self, transfer_id: UUID, state: TransferState) -> None:
        if transfer_id not in self.transfers:
            self._unstored_transfers[transfer_id] = None
        elif transfer_id not in self._unstored_transfers:
            self._changed_transfers[transfer_id] = None
        self.transfers[transfer_id] = state

    def put_accrual(self, accrual_id: UUID, state: AccrualState) -> None:
        self._changed_accruals[accrual_id] = None
        self.accruals[accrual_id] = state

    # --- writing

    def write(self) -> None:
        """Write what handlers changed since last time; `Work.finish` writes points and the log."""
        self.work.flush()
        self._write_encounters()
        self.appeals.write()
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
        self._write_states(t.lease_transfer, self.transfers, self._unstored_transfers, are_new=True)
        self._write_states(t.lease_transfer, self.transfers, self._changed_transfers)
        self.corrections.write()
        self.qualifying.write()
        self.pooling.write()
        self._write_leases()
        self.pools.write()
        self.stocks.write()
        for table, written in (
            (t.rating_detail, self.rating_details),
            (t.exception_item, self.settled),
        ):
            self.work.replace_rows(table, [(i, *values) for i, values in written.items()])
            written.clear()
        self._changed_redemptions.clear()
        self._unstored_redemptions.clear()
        self._changed_accruals.clear()
        self._unstored_transfers.clear()
        self._changed_transfers.clear()

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
            self.work.mark_day(state.office_id, state.day, self.device.device_id)
            state.origin, state.changed = None, False

    def _write_leases(self) -> None:
        changed = [(i, lease) for i, lease in self.leases.items() if lease.changed]
        programme_id = self.work.programme_id
        update_rows(
            self.work.connection,
            t.lease,
            ["lease_id"],
            ["remaining", "restored", "state", "exposed"],
            [
                (i, lease.remaining, lease.restored, lease.state, lease.exposed)
                for i, lease in changed
            ],
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
    "earner": _LookUp(t.family_share, "member_id"),
    "accrual": _LookUp(t.accrual, "accrual_id"),
    "shared": _LookUp(t.accrual_share, "accrual_id"),
    "coupon": _LookUp(t.accrual, "coupon_key"),
    "redemption": _LookUp(t.redemption, "redemption_id"),
    "lease": _LookUp(t.lease, "lease_id", lock=True),
    "share": _LookUp(t.lease_lot, "lease_id"),
    "transfer": _LookUp(t.lease_transfer, "transfer_id"),
    "card": _LookUp(t.card, "card_no"),
    "reward": _LookUp(t.reward, "reward_id"),
    "encounter": _LookUp(
        t.encounter, "encounter_id", ("encounter_id", *_ENCOUNTER, "appeal", "staff_id")
    ),
    "rating": _LookUp(t.rating, "rating_id"),
    "appeal": _LookUp(t.appeal, "appeal_id", lock=True),
    "listening": _LookUp(t.listening, "listening_id", lock=True),
    "action": _LookUp(t.corrective_action, "action_id", lock=True),
}
