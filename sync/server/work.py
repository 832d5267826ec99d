"""One writing transaction on a programme: what it loads, changes, and tells the replicas.

Handlers decide on what is loaded here and change it in memory; `finish` writes everything in a few
statements, with the change log and the replicas' sums. A member's row is locked before its points
are read; locks are taken in the order device, members, cases, marks, sums.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from itertools import count
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.ledger import MEMBERS_OWN, Account, Change, Holdings, Posting, Unit
from app.domain.records import Case
from sync.protocol.replica.encoding import Record, record_hash
from sync.server import member_state
from sync.server.audience import EVERYBODY, HOLD_EVERYBODY, Audience
from sync.server.days import earliest_day
from sync.server.member_state import MemberState
from sync.server.scope import SCOPE_KIND, Scopes, Standing
from sync.server.settings_of import setting_value
from sync.server.store import tables as t
from sync.server.store.bulk import ask, find_rows, insert_rows, together
from sync.server.store.engine import is_postgresql
from sync.server.sums import Lanes

SUM_SLOTS: Final = 16
PROGRAMME_SCOPE: Final = "programme"
"""Under which the sum of all members is kept; one office's own are under their scope's id."""
RECORD_SCOPE: Final = "records"
"""Under which the sum of all devices' records is; of a desk's own, under its office's id."""

_XID: Final = sa.select(sa.cast(sa.func.pg_current_xact_id(), sa.Text).label("xid"))
_COUNTED: Final = sa.select(t.write_counter.c.xid).where(
    t.write_counter.c.programme_id == sa.bindparam("programme")
)
_COUNT_UP: Final = (
    t.write_counter.update()
    .where(t.write_counter.c.programme_id == sa.bindparam("programme"))
    .values(xid=t.write_counter.c.xid + 1)
)
_OFFICES: Final = (
    sa.select(t.office)
    .where(
        t.office.c.programme_id == sa.bindparam("programme"),
        t.office.c.scope_id.is_not(None)
        | t.office.c.code.in_(
            sa.select(sa.func.min(t.office.c.code))
            .where(t.office.c.programme_id == sa.bindparam("programme"))
            .group_by(t.office.c.time_zone)
        ),
    )
    .order_by(t.office.c.office_id)
)
_PARENTS_FIRST: Final = t.METADATA.sorted_tables


class Work:
    """A writing transaction; call `finish` before it commits.

    Attributes:
        xid: the transaction's number, which orders the change log and marks what it applied.
        alarms: (office, case JSON) to ring for after the commit.
        told: whose seats have something to pull besides what the change log says.
        case_offices: whose desks are told of cases anew, once it is finished.
    """

    def __init__(
        self,
        connection: Connection,
        programme_id: UUID,
        *,
        now_ms: int,
        new_id: Callable[[], UUID],
    ) -> None:
        self.connection = connection
        self.programme_id = programme_id
        self.now_ms = now_ms
        self.new_id = new_id
        self.members: dict[UUID, MemberState] = {}
        self.alarms: list[tuple[UUID, bytes]] = []
        self.told: set[Audience] = set()
        self.case_offices: set[UUID] = set()
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.scopes = Scopes(connection, programme_id, now_ms, lambda: self.offices)
        self._settings: dict[str, dict[str, Any]] = {}
        self._unloaded: dict[UUID, Standing] = {}
        self._touched: dict[UUID, None] = {}
        self._records: dict[tuple[str, str], tuple[bytes | None, UUID | None]] = {}
        self._marked: dict[tuple[UUID, str, UUID], None] = {}
        if not is_postgresql(connection):
            connection.execute(_COUNT_UP, {"programme": programme_id})

    @property
    def xid(self) -> int:
        return int(self._numbered[0].xid)

    @cached_property
    def _numbered(self) -> Sequence[Any]:
        of = {} if is_postgresql(self.connection) else {"programme": self.programme_id}
        return ask(self.connection, _XID if not of else _COUNTED, of)

    @cached_property
    def today(self) -> str:
        """The earliest of the offices' local days."""
        return earliest_day((row.time_zone for row in self.offices), self.now_ms)

    @cached_property
    def offices(self) -> Sequence[Any]:
        """One office of each time zone, and all that have members of their own.

        Read behind the transaction's number: whoever changes how they hold members waits for the
        transactions that may not know of it.
        """
        _ = self._numbered
        return ask(self.connection, _OFFICES, {"programme": self.programme_id})

    # --- reading

    def setting(self, name: str) -> dict[str, Any]:
        """The value of a setting, {} where it isn't set; the same throughout."""
        value = self._settings.get(name)
        if value is None:
            value = setting_value(self.connection, self.programme_id, name)
            self._settings[name] = value
        return value

    def mine(self, table: sa.Table) -> sa.Select[Any]:
        """All columns of the programme's rows."""
        return sa.select(table).where(table.c.programme_id == self.programme_id)

    def find(
        self,
        table: sa.Table,
        column: str,
        values: Iterable[Any],
        *,
        columns: tuple[str, ...] = (),
        lock: bool = False,
    ) -> list[Any]:
        """The programme's rows where `column` is one of `values`; locked in key order if asked.

        `columns` are those to be read, all if not given.
        """
        return find_rows(
            self.connection,
            table,
            column,
            values,
            programme_id=self.programme_id,
            columns=columns,
            lock=lock,
        )

    def load_members(self, ids: Iterable[UUID]) -> None:
        """Lock and load members that aren't loaded yet, and the survivors of merged ones."""
        with together(self.connection):
            asked = self.ask_for_members(ids)
        self.keep_members(asked)

    def ask_for_members(self, ids: Iterable[UUID]) -> member_state.Asked:
        """The first half of `load_members`, for a block of questions that are asked together."""
        wanted = {i for i in ids if i not in self.members}
        _ = self.offices if wanted else self._numbered
        return member_state.ask_for(self.connection, self.programme_id, wanted)

    def keep_members(self, asked: member_state.Asked) -> bool:
        """The second half, behind that block; returns whether more had to be locked for it."""
        loaded = member_state.states(asked)
        self.members.update({state.member_id: state for state in loaded})
        survivors = {state.profile["merged_into"] for state in loaded} - {None}
        more = survivors - self.members.keys()
        if more:
            self.load_members(more)
        return bool(more)

    def survivor(self, member_id: UUID) -> MemberState | None:
        """The member to post to: a merged one's survivor; None for an unknown id."""
        state = self.members.get(member_id)
        while state is not None and state.profile["merged_into"] is not None:
            state = self.members[state.profile["merged_into"]]
        return state

    def are_one(self, one_id: UUID | None, other_id: UUID) -> bool:
        """Whether two ids mean one member, merged or not; both are loaded, or unknown."""
        if one_id == other_id or one_id is None:
            return one_id == other_id
        one, other = self.survivor(one_id), self.survivor(other_id)
        return one is not None and one is other

    # --- changing

    def add(self, table: sa.Table, *values: Any) -> None:
        """Remember a row to insert: values in column order, after programme_id."""
        self.rows.setdefault(table.name, []).append((self.programme_id, *values))

    def add_or_replace(self, table: sa.Table, *values: Any) -> None:
        """Like `add`, at once, over whatever stands under the same key."""
        self.replace_rows(table, [values])

    def replace_rows(self, table: sa.Table, rows: Iterable[Sequence[Any]]) -> None:
        """Like `add_or_replace`, many in one statement; no two under the same key."""
        insert_rows(
            self.connection,
            table,
            [column.name for column in table.columns],
            [(self.programme_id, *values) for values in rows],
            replace=[column.name for column in table.columns if not column.primary_key],
        )

    def add_member(self, member_id: UUID, profile: dict[str, Any]) -> MemberState:
        state = MemberState(member_id, profile, Holdings())
        self.members[member_id] = state
        self._touched[member_id] = None
        return state

    def update_profile(self, state: MemberState, **changes: Any) -> None:
        state.profile.update(changes)
        state.is_profiled = True
        self._touched[state.member_id] = None

    def post(
        self,
        state: MemberState | None,
        change: Change,
        *,
        kind: str,
        ref_id: UUID,
        event_id: UUID | None,
        why: dict[str, object] | None = None,
    ) -> UUID:
        """Post a change of a member's points, or of nobody's; returns the transaction's id.

        `why` says by which versions of which rules, and what they were asked with that the entry
        doesn't say (`explaining.py`).
        """
        return self.post_together(
            [(state, change)], kind=kind, ref_id=ref_id, event_id=event_id, why=why
        )

    def post_together(
        self,
        parts: Iterable[tuple[MemberState | None, Change]],
        *,
        kind: str,
        ref_id: UUID,
        event_id: UUID | None,
        why: dict[str, object] | None = None,
    ) -> UUID:
        """Post changes of several members' points as one transaction; see `post`."""
        txn_id = self.new_id()
        said = None if why is None else json.dumps(why, separators=(",", ":"))
        self.add(t.ledger_txn, txn_id, kind, ref_id, event_id, self.now_ms, said)
        lines = count()
        for state, change in parts:
            for posting in change.postings:
                self.add(
                    t.posting,
                    txn_id,
                    next(lines),
                    str(posting.account),
                    state.member_id if state and posting.account in MEMBERS_OWN else None,
                    posting.lot_id,
                    str(posting.unit),
                    posting.amount,
                )
            if state is not None:
                state.holdings = change.after
                self._touched[state.member_id] = None
        return txn_id

    def postings_of(self, txn_id: UUID) -> list[Posting]:
        """A transaction's lines, also of one that this very transaction has added."""
        new = [row for row in self.rows.get(t.posting.name, ()) if row[1] == txn_id]
        if new:
            return [Posting(Account(row[3]), row[7], row[5], Unit(row[6])) for row in new]
        rows = self.find(t.posting, "txn_id", [txn_id])
        return [
            Posting(Account(row.account), row.amount, row.lot_id, Unit(row.unit))
            for row in sorted(rows, key=lambda row: row.line)
        ]

    def put_record(self, kind: str, record_id: str, body: object, office_id: UUID | None) -> None:
        """Publish a document to replicas; to all of them, or to the desks of one office."""
        encoded = msgspec.json.encode(body)
        self._records[kind, record_id] = (encoded, office_id)

    def mark_day(self, office_id: UUID, day: str, device_id: UUID) -> None:
        """Have an office's day counted anew, by a job (`office_days`).

        Marks are a device's own: no counter waits for another's.
        """
        self._marked[office_id, day, device_id] = None

    # --- writing

    def flush(self) -> None:
        """Write the rows added so far, parents first."""
        for table in _PARENTS_FIRST:
            rows = self.rows.pop(table.name, None)
            if rows:
                insert_rows(self.connection, table, [c.name for c in table.columns], rows)

    def finish(self) -> frozenset[Audience]:
        """Write everything, and the change log that replicas follow.

        Returns:
            Whose replicas have something to pull.
        """
        sums: dict[str, Lanes] = {}
        concerned = dict.fromkeys([*self._touched, *self.scopes.named])
        if not (concerned and self.scopes.kept):
            concerned.clear()
        before = self.hold_members(concerned)
        self.scopes.load(concerned)
        self.flush()
        changed = self._write_members(sums)
        told = self.scopes.write(before, self.hold_members(concerned), sums)
        self._write_marks()
        told.extend(self._write_records(sums))
        log = [("member", str(member_id), None) for member_id in changed] + told
        insert_rows(
            self.connection,
            t.change_log,
            [c.name for c in t.change_log.columns],
            [(self.programme_id, self.xid, seq, *line) for seq, line in enumerate(log)],
        )
        slot = secrets.randbelow(SUM_SLOTS)
        insert_rows(
            self.connection,
            t.replica_sum,
            [c.name for c in t.replica_sum.columns],
            [
                (self.programme_id, scope, slot, lanes.rows, *lanes.lanes)
                for scope, lanes in sorted(sums.items())
                if lanes
            ],
            add=("row_count", "lane0", "lane1", "lane2", "lane3"),
        )
        return (
            frozenset(
                EVERYBODY if office_id is None else Audience(office_id, counters=kind == SCOPE_KIND)
                for kind, _, office_id in told
            )
            | self._holding(changed)
            | self.told
        )

    def _holding(self, changed: Collection[UUID]) -> set[Audience]:
        """Whose replicas may hold one of these members; who enters or leaves is told apart."""
        if not changed:
            return set()
        if not self.scopes.kept:
            return {EVERYBODY}
        offices = self.scopes.offices_that_held(changed)
        return {HOLD_EVERYBODY, *(Audience(office_id, counters=True) for office_id in offices)}

    def hold_members(self, ids: Iterable[UUID]) -> dict[UUID, Standing]:
        """How members stand; those that aren't loaded are locked, and not loaded for it."""
        unread = [i for i in ids if i not in self.members and i not in self._unloaded]
        columns = ("member_id", "home_office", "row_hash")
        for row in self.find(t.member, "member_id", unread, columns=columns, lock=True):
            row_hash = int.from_bytes(row.row_hash, "big") if row.row_hash else None
            self._unloaded[row.member_id] = Standing(row.home_office, row_hash)
        return {
            i: Standing(state.profile["home_office"], state.old_hash)
            if (state := self.members.get(i)) is not None
            else self._unloaded[i]
            for i in ids
        }

    def _write_members(self, sums: dict[str, Lanes]) -> list[UUID]:
        touched, self._touched = list(self._touched), {}
        if touched:
            lanes = sums.setdefault(PROGRAMME_SCOPE, Lanes())
            states = [self.members[member_id] for member_id in touched]
            member_state.write(self.connection, self.programme_id, states, lanes, today=self.today)
        return touched

    def _write_marks(self) -> None:
        marked, self._marked = sorted(self._marked), {}  # locked in one order by everybody
        rows = [(self.programme_id, *place, 1) for place in marked]
        columns = [c.name for c in t.day_mark.columns]
        insert_rows(self.connection, t.day_mark, columns, rows, add=("n",))

    def _write_records(self, sums: dict[str, Lanes]) -> Sequence[tuple[str, str, UUID | None]]:
        wanted, self._records = dict(sorted(self._records.items())), {}
        before = {
            (row.kind, row.id): row
            for row in self.find(t.record, "id", {key[1] for key in wanted}, lock=True)
        }
        rows, log = [], []
        for (kind, record_id), (body, office_id) in wanted.items():
            old = before.get((kind, record_id))
            if body is None or (old is not None and old.body == body):
                continue
            lanes = sums.setdefault(RECORD_SCOPE if office_id is None else str(office_id), Lanes())
            if old is not None:
                lanes.count(int.from_bytes(old.row_hash, "big"), -1)
            new_hash = record_hash(Record(kind, record_id, body))
            lanes.count(new_hash, 1)
            packed = new_hash.to_bytes(16, "big")
            rows.append((self.programme_id, kind, record_id, office_id, body, packed))
            log.append((kind, record_id, office_id))
            if kind == Case.KIND and office_id is not None:
                self.case_offices.add(office_id)
        insert_rows(
            self.connection,
            t.record,
            [c.name for c in t.record.columns],
            rows,
            replace=("office_id", "body", "row_hash"),
        )
        return log
