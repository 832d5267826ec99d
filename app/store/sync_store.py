"""The seat's disk as the sync engine sees it: the adapter of `app.ports.sync_store.SyncStore`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, select, update

from app.domain.shutting_out import Reason, longest_absence_ms
from app.ports.clock import Clock
from app.ports.sync_store import (
    Decided,
    GrantedLease,
    GrantedPool,
    GrantedStock,
    Heads,
    MembersImport,
    SeatIdentity,
    UnsentRun,
    UrgentCopy,
)
from app.store import overlay
from app.store.absence import begin_anew, count_on
from app.store.database import WorkDatabase
from app.store.grants import grant_leases, hand_back, issue_pool
from app.store.hearing import mark_told, to_relay
from app.store.journal import (
    confirm_up_to,
    mark_delivered,
    rechain,
    unconfirm_after,
    unsent_run,
    urgent_copies,
)
from app.store.leaving import Leaving
from app.store.members import SqlMembers
from app.store.members_files import MembersFiles, unless_damaged, write_through
from app.store.pruning import (
    KEEP_DAYS,
    begin_epoch,
    forget_after,
    kept_days,
    note_acknowledged,
    note_backed_up,
    prune,
)
from app.store.saying_again import say_online_redemptions
from app.store.stock_grants import grant_stock, hand_back_stock
from app.store.tables import blob, contact, joined, seat, state

T = TypeVar("T")

_IDENTITY: Final = select(
    seat.c.device_id,
    seat.c.incarnation,
    seat.c.kind,
    seat.c.server_url,
    seat.c.programme_id,
    seat.c.office_id,
    seat.c.epoch,
)

_DROP_TEXT: Final = delete(blob).where(blob.c.commitment == bindparam("of"))
_DROP_PROFILES: Final = tuple(
    delete(table).where(table.c.member_id == bindparam("of")) for table in (joined, contact)
)


class SqlSyncStore:
    """Journal as upload queue, members file as download, on the seat's single writer."""

    def __init__(
        self,
        database: WorkDatabase,
        files: MembersFiles,
        members: SqlMembers,
        clock: Clock,
        new_id: Callable[[], UUID],
        *,
        sign: Callable[[bytes], bytes],
        announce: Callable[[frozenset[str]], None],
        is_genuine: Callable[[int, bytes], bool],
        shut: Callable[[Reason], None],
        sealed_key: Callable[[], bytes],
    ) -> None:
        """Build the store on its open files.

        Args:
            database: work.db.
            files: the members files.
            members: is told of what changes.
            clock: the PC's.
            new_id: makes UUIDv7.
            sign: the device's signature.
            announce: tells listeners.
            is_genuine: whether the server signed that it revoked this device, and when.
            shut: makes the seat blind.
            sealed_key: the work key for the recovery key alone.
        """
        self._database = database
        self._files = files
        self._members = members
        self._clock = clock
        self._new_id = new_id
        self._sign = sign
        self._announce = announce
        self._is_genuine = is_genuine
        self._shut = shut
        self._sealed_key = sealed_key
        self._is_shut = False
        self._forgotten: set[UUID] = set()
        self._leaving = Leaving(database, members)

    def _change(self, work: Callable[[Connection], T]) -> T:
        return self._database.transact(work, user=False)

    # ---------------------------------------------------------------- who this is

    def identity(self) -> SeatIdentity | None:
        if self._is_shut:
            return None
        rows = self._database.fetch(_IDENTITY, {})
        return SeatIdentity(*rows[0]) if rows else None

    def sign(self, statement: bytes) -> bytes:
        return self._sign(statement)

    def sealed_work_key(self) -> bytes:
        return self._sealed_key()

    def papers(self) -> tuple[str, str]:
        ((document,),) = self._database.fetch(select(seat.c.document), {})
        return str(document.get("certificate", "")), str(document.get("authority", ""))

    def keep_certificate(self, certificate: str) -> None:
        def work(connection: Connection) -> None:
            document = connection.execute(select(seat.c.document)).scalar_one()
            changed = {**document, "certificate": certificate}
            connection.execute(update(seat).values(document=changed))

        self._change(work)

    def keep_voucher_credential(self, credential: bytes) -> None:
        self._keep_in_document("voucher_credential", b64encode(credential).decode())

    def keep_approval_keys(self, keys: Mapping[UUID, bytes]) -> None:
        told = {str(desk_id): b64encode(key).decode() for desk_id, key in keys.items()}
        self._keep_in_document("approval_keys", told)

    def _keep_in_document(self, name: str, value: object) -> None:
        ((held,),) = self._database.fetch(select(seat.c.document), {})
        if held.get(name) == value:
            return

        def work(connection: Connection) -> None:
            document = connection.execute(select(seat.c.document)).scalar_one()
            connection.execute(update(seat).values(document={**document, name: value}))

        self._change(work)

    # ---------------------------------------------------------------- upload

    def unsent(self, *, max_entries: int, max_bytes: int, behind: int = 0) -> UnsentRun | None:
        return self._database.read(
            lambda connection: unsent_run(
                connection, max_entries=max_entries, max_bytes=max_bytes, behind=behind
            )
        )

    def confirm(
        self,
        head_seq: int,
        decided: Sequence[Decided],
        *,
        mark: int,
        incarnation: int | None = None,
    ) -> bool:
        def work(connection: Connection) -> bool:
            confirmed = confirm_up_to(connection, incarnation, head_seq, decided)
            if confirmed is None:
                return False
            now_ms = self._clock.now_ms()
            note_acknowledged(connection, confirmed.incarnation, head_seq, mark=mark, now_ms=now_ms)
            return overlay.settle(connection, confirmed, decided, mark)

        return self._change(work)

    def offer_again(self, heads: Heads) -> None:
        def work(connection: Connection) -> None:
            for forgotten in unconfirm_after(connection, heads):
                overlay.unsettle(connection, forgotten)
                forget_after(connection, forgotten.incarnation, forgotten.first_seq - 1)

        self._change(work)

    def note_backed_up(self, horizon: int) -> None:
        self._change(lambda connection: note_backed_up(connection, horizon))

    def prune(self) -> bool:
        days = unless_damaged(self._kept_days, None)
        if days is None:  # how long is to be kept isn't known: nothing goes
            return False
        now_ms = self._clock.now_ms()
        return self._change(lambda connection: prune(connection, now_ms=now_ms, keep_days=days))

    def _kept_days(self) -> int | None:
        setting = self._members.setting("journal") if self._files.path is not None else None
        return KEEP_DAYS if setting is None else kept_days(setting.value)

    def urgent_unsent(self, *, limit: int) -> Sequence[UrgentCopy]:
        def read(connection: Connection) -> list[UrgentCopy]:
            own = urgent_copies(connection, limit)
            return [*own, *to_relay(connection, limit - len(own))]

        return self._database.read(read)

    def urgent_delivered(self, event_id: UUID) -> None:
        def work(connection: Connection) -> None:
            mark_delivered(connection, event_id)
            mark_told(connection, event_id)

        self._change(work)

    def has_to_relay(self) -> bool:
        return bool(self._database.read(lambda connection: to_relay(connection, 1)))

    def new_incarnation(self, incarnation: int) -> None:
        self._change(lambda connection: rechain(connection, incarnation))

    # ---------------------------------------------------------------- the members file

    def members_file(self) -> Path | None:
        return self._files.path

    def next_members_file(self) -> Path:
        return self._files.next_path()

    def adopt_members_file(self, path: Path) -> None:
        write_through(path)
        kept = self._leaving.keep_of_file()

        def work(connection: Connection) -> None:
            self._leaving.keep_late(connection, kept)
            connection.execute(update(state).values(members_file=path.name))
            # Before the commit: a file that can't be read must not become the one in use.
            self._files.check(path)

        self._change(work)
        self._files.use(path)
        self._members.changed()
        self._members.ready()

    def keep_leaving(self, member_ids: Sequence[UUID]) -> None:
        self._leaving.leave(member_ids)

    def members_import(self) -> MembersImport:
        return self._files.arriving()

    def connect_members(self, path: Path) -> Any:
        return self._files.connect(path)

    def write(self, work: Callable[[], T]) -> T:
        return self._database.writer.run_sync(work)

    def acknowledge_pull(
        self,
        *,
        leases: Sequence[GrantedLease] | None,
        pool: GrantedPool | None,
        horizon: int | None,
        now_ms: int,
        stock: Sequence[GrantedStock] = (),
    ) -> bool:
        def work(connection: Connection) -> bool:
            handed_back = False
            if leases is not None:
                grant_leases(connection, leases)
                grant_stock(connection, stock)
                handed_back = hand_back(connection, leases, self._clock, self._new_id)
                handed_back |= hand_back_stock(connection, stock, self._clock, self._new_id)
            # The page that names the leases names the pool, so none there is one withdrawn.
            if leases is not None or pool is not None:
                issue_pool(connection, pool)
            if horizon is not None:
                overlay.shown(connection, horizon)
                connection.execute(update(state).values(last_pull_ms=now_ms))
            return handed_back

        handed_back = False
        if leases is not None or pool is not None or horizon is not None:
            handed_back = self._change(work)
        self._leaving.left()
        self._members.changed()
        if leases is not None:
            self._members.ready()
        self._forget_members()
        if horizon is not None:
            self._members.tidy()
        return handed_back

    def _forget_members(self) -> None:
        """Drop what was written here about members whose data was erased, sent or not."""
        new = [f for f in self._members.forgotten() if f.member_id not in self._forgotten]
        if not new:
            return

        def work(connection: Connection) -> None:
            texts = [{"of": text} for f in new for text in f.commitments]
            if texts:
                connection.execute(_DROP_TEXT, texts)
            for statement in _DROP_PROFILES:
                connection.execute(statement, [{"of": f.member_id} for f in new])

        self._change(work)
        self._forgotten.update(f.member_id for f in new)

    # ---------------------------------------------------------------- the link

    def note_contact(self, *, offset_ms: int, now_ms: int) -> None:
        limit_ms = unless_damaged(self._longest_absence_ms, None)
        boot_id, boot_ms = self._clock.boot()
        contact = {
            "offset_ms": offset_ms,
            "last_contact_ms": now_ms,
            "contact_boot_id": boot_id,
            "contact_boot_ms": boot_ms,
        }

        def work(connection: Connection) -> None:
            connection.execute(update(state), contact)
            begin_anew(connection, self._clock, limit_ms)

        self._change(work)

    def _longest_absence_ms(self) -> int | None:
        """What the members file allows; None leaves what was allowed."""
        if self._files.path is None:
            return None
        allowed = self._members.setting("contact")
        return longest_absence_ms(None if allowed is None else allowed.value)

    def absent_too_long(self) -> bool:
        absence = self._change(lambda connection: count_on(connection, self._clock))
        return absence is not None and absence.is_over

    def shut_out(self, revoked_ms: int, signature: bytes) -> bool:
        if self._is_shut:
            return True
        if not self._is_genuine(revoked_ms, signature):
            return False
        self._go_blind("revoked")
        return True

    def lock_up(self) -> None:
        if not self._is_shut:
            self._go_blind("out_of_contact")

    def _go_blind(self, reason: Reason) -> None:
        self._shut(reason)
        self._is_shut = True

    def is_shut(self) -> bool:
        return self._is_shut

    def set_link_state(self, *, online: bool, problem: str) -> None:
        if not self._is_shut:  # nobody can read it any more
            values = {"online": online, "problem": problem}
            self._change(lambda connection: connection.execute(update(state), values))

    def set_epoch(self, epoch: UUID) -> None:
        def work(connection: Connection) -> None:
            changed = connection.execute(
                update(seat).where(seat.c.epoch != epoch).values(epoch=epoch)
            )
            if changed.rowcount:
                overlay.begin_epoch(connection)
                say_online_redemptions(connection, self._clock, self._new_id)
                begin_epoch(connection)

        self._change(work)

    def announce(self, *kinds: str) -> None:
        self._announce(frozenset(kinds))
