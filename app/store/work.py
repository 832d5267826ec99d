"""The seat's own writes: the adapter of `app.ports.work`'s `Work` and `WorkStore`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import (
    Connection,
    Executable,
    Row,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.entry import Actor, Entry, Event, commitment
from app.domain.errors import Rejected
from app.domain.trust import Trust
from app.ports.clock import Clock
from app.ports.sync_store import StoredBlob
from app.ports.work import (
    CaseAction,
    EncounterRow,
    LineKind,
    OpenSession,
    ReceiptRow,
    RedemptionRow,
)
from app.store import receipts, refunds
from app.store.database import WorkDatabase
from app.store.journal import Journal
from app.store.tables import (
    case_action,
    contact,
    coupon,
    effect,
    encounter,
    failed_try,
    joined,
    lease,
    line,
    pool_spend,
    redemption,
    risk_draw,
    session,
    state,
    stock_lease,
)
from app.store.work_reads import SqlWorkReads

T = TypeVar("T")

_SALT_BYTES: Final = 16

_INSERT_ENCOUNTER: Final = insert(encounter)


_SAVE_ENCOUNTER: Final = update(encounter).where(encounter.c.encounter_id == bindparam("key"))
_INSERT_REDEMPTION: Final = insert(redemption)
_SAVE_REDEMPTION: Final = update(redemption).where(redemption.c.redemption_id == bindparam("key"))
_INSERT_LINE: Final = insert(line)
_INSERT_EFFECT: Final = insert(effect)
_EFFECTS_OF: Final = select(effect).where(effect.c.ref_id == bindparam("ref")).order_by(effect.c.id)
_SPEND_LEASE: Final = (
    update(lease)
    .where(
        lease.c.lease_id == bindparam("id"),
        lease.c.state == "open",
        lease.c.points - lease.c.spent_points + lease.c.restored_points >= bindparam("wanted"),
        lease.c.points >= bindparam("wanted"),
    )
    .values(spent_points=lease.c.spent_points + bindparam("wanted"))
)
_SPEND_STOCK: Final = (
    update(stock_lease)
    .where(
        stock_lease.c.stock_lease_id == bindparam("id"),
        stock_lease.c.state == "open",
        stock_lease.c.units - stock_lease.c.spent_units + stock_lease.c.restored_units > 0,
    )
    .values(spent_units=stock_lease.c.spent_units + 1)
)
_spend_pool = upsert(pool_spend)
_SPEND_POOL: Final = _spend_pool.on_conflict_do_update(
    index_elements=["pool_id", "member_id"],
    set_={"points": pool_spend.c.points + _spend_pool.excluded.points},
)
_COUNT_MATTER: Final = update(state).values(matters=state.c.matters + 1)
_fail = upsert(failed_try)
_FAIL: Final = _fail.on_conflict_do_update(
    index_elements=["staff_number"],
    set_={"tries": failed_try.c.tries + 1, "last_ms": _fail.excluded.last_ms},
)


class SqlWork(SqlWorkReads):
    """One open transaction on work.db."""

    def __init__(self, connection: Connection, clock: Clock, new_id: Callable[[], UUID]) -> None:
        super().__init__(self._rows, clock)
        self._connection = connection
        self._new_id = new_id
        self._journal: Journal | None = None
        self._session: OpenSession | None = None
        self._knows_session = False

    def _rows(self, statement: Executable, parameters: dict[str, Any]) -> Sequence[Row[Any]]:
        return self._connection.execute(statement, parameters).all()

    def flush(self) -> None:
        """Write the chain's new end; the last step before the commit."""
        if self._journal is not None:
            self._journal.flush()

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def new_id(self) -> UUID:
        return self._new_id()

    # ---------------------------------------------------------------- the journal

    def append(
        self,
        event: Event,
        *,
        actor: Actor | None = None,
        blobs: Sequence[StoredBlob] = (),
        urgent: bool = False,
    ) -> Entry:
        if self._journal is None:
            self._journal = Journal(self._connection, self._clock)
        if actor is None:
            signed_in = self.session()
            actor = (
                Actor()
                if signed_in is None
                else Actor(signed_in.staff_id, signed_in.session_id, signed_in.shift_id)
            )
        return self._journal.append(event, self._new_id(), actor, blobs, urgent=urgent)

    def make_blob(self, content: bytes) -> StoredBlob:
        salt = secrets.token_bytes(_SALT_BYTES)
        return StoredBlob(commitment(salt, content), salt, content)

    # ---------------------------------------------------------------- who is here

    def session(self) -> OpenSession | None:
        # Asked for by the rules and by each entry: read once a transaction
        if not self._knows_session:
            self._session, self._knows_session = super().session(), True
        return self._session

    def start_session(self, session_: OpenSession) -> None:
        self.end_session()
        self._connection.execute(insert(session), {"id": 1, **_values(session_)})

    def end_session(self) -> None:
        self._knows_session = False
        self._connection.execute(delete(session))

    def set_shift(self, shift_id: UUID | None, opened_ms: int | None) -> None:
        self._knows_session = False
        for table in (state, session):
            self._connection.execute(
                update(table), {"shift_id": shift_id, "shift_opened_ms": opened_ms}
            )

    def note_failed_try(self, staff_number: str) -> None:
        self._connection.execute(
            _FAIL, {"staff_number": staff_number, "tries": 1, "last_ms": self.now_ms()}
        )

    def clear_failed_tries(self, staff_number: str) -> None:
        self._connection.execute(
            delete(failed_try).where(failed_try.c.staff_number == staff_number)
        )

    # ---------------------------------------------------------------- encounters

    def add_encounter(self, row: EncounterRow) -> None:
        self._connection.execute(_INSERT_ENCOUNTER, _values(row))

    def save_encounter(self, row: EncounterRow) -> None:
        self._save(_SAVE_ENCOUNTER, "encounter_id", row)

    def _save(self, statement: Any, key: str, row: EncounterRow | RedemptionRow) -> None:
        values = _values(row)
        values["key"] = values.pop(key)
        if self._connection.execute(statement, values).rowcount != 1:
            raise LookupError(f"no such row: {key}")

    def add_line(
        self,
        ref_id: UUID,
        encounter_id: UUID,
        kind: LineKind,
        text: str,
        points: int | None,
        entry: Entry,
    ) -> None:
        self._connection.execute(
            _INSERT_LINE,
            {
                "ref_id": ref_id,
                "encounter_id": encounter_id,
                "kind": kind,
                "text": text,
                "points": points,
                "event_id": entry.event_id,
                "undone": False,
            },
        )

    def undo_line(self, ref_id: UUID) -> None:
        self._connection.execute(update(line).where(line.c.ref_id == ref_id).values(undone=True))

    # ---------------------------------------------------------------- the overlay

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
        self._add_effect(ref_id, member_id, points, event_id=entry.event_id)
        for key in (coupon_key, *flight_keys):
            if key is not None:
                self._connection.execute(insert(coupon), {"coupon_key": key, "ref_id": ref_id})

    def drop_overlay(self, ref_id: UUID, entry: Entry) -> None:
        self._connection.execute(delete(coupon).where(coupon.c.ref_id == ref_id))
        self._undo_effect(ref_id, event_id=entry.event_id)

    def _add_effect(
        self,
        ref_id: UUID,
        member_id: UUID,
        points: int,
        *,
        undo: bool = False,
        event_id: UUID | None = None,
        mark: int | None = None,
    ) -> None:
        self._connection.execute(
            _INSERT_EFFECT,
            {
                "ref_id": ref_id,
                "member_id": member_id,
                "points": points,
                "undo": undo,
                "event_id": event_id,
                "mark": mark,
                "state": "pending",
            },
        )

    def _undo_effect(
        self, ref_id: UUID, *, event_id: UUID | None = None, mark: int | None = None
    ) -> None:
        """Set the opposite against the effect of `ref_id`, if it has one that stands."""
        standing = [row for row in self._rows(_EFFECTS_OF, {"ref": ref_id}) if row.state != "void"]
        if len(standing) == 1:
            (done,) = standing
            self._add_effect(
                ref_id, done.member_id, -done.points, undo=True, event_id=event_id, mark=mark
            )

    def add_redemption(self, row: RedemptionRow) -> None:
        self._connection.execute(_INSERT_REDEMPTION, _values(row))

    def save_redemption(self, row: RedemptionRow, *, entry: Entry | None, mark: int | None) -> None:
        self._save(_SAVE_REDEMPTION, "redemption_id", row)
        event_id = None if entry is None else entry.event_id
        if row.state == "voided":
            self._undo_effect(row.redemption_id, event_id=event_id, mark=mark)
        elif row.state != "intent" and not self._rows(_EFFECTS_OF, {"ref": row.redemption_id}):
            self._add_effect(
                row.redemption_id, row.member_id, -row.points, event_id=event_id, mark=mark
            )

    def add_refund(self, refund_id: UUID, redemption_id: UUID, points: int, entry: Entry) -> None:
        self._connection.execute(
            refunds.ADD,
            {
                "refund_id": refund_id,
                "redemption_id": redemption_id,
                "points": points,
                "event_id": entry.event_id,
            },
        )

    def add_joined_member(self, member_id: UUID, profile: dict[str, str], entry: Entry) -> None:
        self._connection.execute(
            insert(joined),
            {"member_id": member_id, "profile": profile, "event_id": entry.event_id},
        )

    def override_contact(self, member_id: UUID, change: dict[str, str], entry: Entry) -> None:
        self._connection.execute(
            insert(contact),
            {"member_id": member_id, "change": change, "event_id": entry.event_id},
        )

    def add_case_action(self, action: CaseAction, entry: Entry) -> None:
        self._connection.execute(
            insert(case_action), {**_values(action), "event_id": entry.event_id}
        )

    # ---------------------------------------------------------------- on paper

    def add_receipt(self, row: ReceiptRow) -> None:
        self._connection.execute(receipts.ADD, receipts.added(row))

    def save_receipt(self, row: ReceiptRow) -> None:
        if self._connection.execute(receipts.SAVE, receipts.saved(row)).rowcount != 1:
            raise LookupError("no such receipt")

    def forget_receipts(self, *, before_ms: int) -> None:
        self._connection.execute(receipts.FORGET, {"before": before_ms})

    def use_voucher(self, redemption_id: UUID, use_id: UUID) -> None:
        self._connection.execute(receipts.USE, {"redemption_id": redemption_id, "use_id": use_id})

    def next_matter_number(self) -> int:
        self._connection.execute(_COUNT_MATTER)
        return int(self._rows(select(state.c.matters), {})[0][0])

    # ---------------------------------------------------------------- leases and the pool

    def spend_lease(self, lease_id: UUID, points: int) -> None:
        _check_points(points)
        if self._connection.execute(_SPEND_LEASE, {"id": lease_id, "wanted": points}).rowcount != 1:
            raise Rejected("lease_too_small", "What was set aside for this member is not enough.")

    def spend_stock(self, stock_lease_id: UUID) -> None:
        if self._connection.execute(_SPEND_STOCK, {"id": stock_lease_id}).rowcount != 1:
            raise Rejected("stock_online_only", "This counter holds none of this reward.")

    def spend_pool(self, member_id: UUID, points: int, trust: Trust) -> UUID:
        _check_points(points)
        now, unheard = self.pool(), self.unheard().more(points)
        if (
            now is None
            or points > now.caps.per_redemption
            or now.spent_points + points > now.points
            or self.at_risk_spent(member_id) + points > now.caps.of_member(trust)
            or unheard.points > now.caps.window_points
            or unheard.redemptions > now.caps.window_redemptions
        ):
            raise Rejected("over_risk_limit", "This is more than the counter may give on its own.")
        self._connection.execute(
            _SPEND_POOL, {"pool_id": now.pool_id, "member_id": member_id, "points": points}
        )
        return now.pool_id

    def note_drawn(self, entry: Entry, points: int) -> None:
        self._connection.execute(
            insert(risk_draw),
            {"incarnation": entry.incarnation, "seq": entry.seq, "points": points},
        )


def _values(row: EncounterRow | RedemptionRow | OpenSession | CaseAction) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _check_points(points: int) -> None:
    if points < 0:
        raise ValueError(f"points to spend are never negative: {points}")


class SqlWorkStore:
    """The adapter of `WorkStore`."""

    def __init__(self, database: WorkDatabase, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._reads = SqlWorkReads(database.fetch, clock)

    def run(self, work: Callable[[SqlWork], T]) -> T:
        return self._database.transact(lambda connection: self._in(connection, work), user=True)

    def _in(self, connection: Connection, work: Callable[[SqlWork], T]) -> T:
        unit = SqlWork(connection, self._clock, self._new_id)
        result = work(unit)
        unit.flush()
        return result

    @property
    def reads(self) -> SqlWorkReads:
        return self._reads
