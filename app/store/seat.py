"""Opening a seat: its folder, keys, work.db and members file, and closing them again."""

from __future__ import annotations

import logging
import secrets
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, insert, select, update

from app.domain.entry import next_link
from app.domain.errors import Rejected, Unavailable
from app.domain.shutting_out import Reason
from app.ports.clock import Clock
from app.ports.patience import Patience, Plain
from app.ports.shutter import ChainEnd, Shutter
from app.ports.sync_store import UnsentRun
from app.ports.vault import Vault
from app.store import folder as seat_folder
from app.store.cipher import KEY_BYTES, connect
from app.store.database import WorkDatabase
from app.store.failures import translated
from app.store.guests import Guests
from app.store.journal import all_runs, start_chain
from app.store.looked_up import LookedUp
from app.store.members import SqlMembers
from app.store.members_files import MembersFiles
from app.store.mending import mend
from app.store.migrations import migrate
from app.store.neighbours import SqlNeighbours
from app.store.pictures import SqlPictures
from app.store.sync_store import SqlSyncStore
from app.store.tables import chain, seat, state
from app.store.transfers import SqlTransfers
from app.store.work import SqlWorkStore
from app.store.writer import Writer

_log: Final = logging.getLogger(__name__)

WORK_NAME: Final = "work.db"
WORK_KEY: Final = "work_key"
MEMBERS_KEY: Final = "members_key"

_ENROLMENT: Final = select(seat.c.document, seat.c.server_url)
_CHAIN_END: Final = select(chain.c.incarnation, chain.c.last_seq, chain.c.last_link).where(
    chain.c.incarnation == seat.c.incarnation
)
Listener = Callable[[frozenset[str]], None]


class Seat:
    """The open disk of a seat: `work`, `sync` and `members`, each an adapter of its port."""

    def __init__(
        self,
        folder: Path,
        keys: tuple[bytes, bytes],
        lock: seat_folder.SeatLock,
        clock: Clock,
        new_id: Callable[[], UUID],
        sign: Callable[[bytes], bytes],
        shutter: Shutter | None,
        patience: Patience,
    ) -> None:
        work_key, members_key = keys
        self._clock = clock
        self._new_id = new_id
        self._shutter = shutter
        self.folder = folder
        self._lock = lock
        self._listeners: list[Listener] = []
        self._shut_listeners: list[Callable[[Unavailable], None]] = []
        self._writer = Writer()
        self._database = WorkDatabase(folder / WORK_NAME, work_key, self._writer, patience)
        self._files = MembersFiles(folder, members_key)
        self._looked_up = LookedUp(self._database, clock)
        self.members = SqlMembers(self._files, Guests(self._database.fetch), self._looked_up, clock)
        self.pictures = SqlPictures(folder, members_key, self.members, self._panels_office)
        self.work = SqlWorkStore(self._database, clock, new_id)
        self.sync = SqlSyncStore(
            self._database,
            self._files,
            self.members,
            clock,
            new_id,
            sign=sign,
            announce=self._tell,
            is_genuine=self._is_genuine,
            shut=self._shut,
            sealed_key=self._sealed_key,
        )
        try:
            self._open_members()
        except BaseException:
            self.close()
            raise

    def _open_members(self) -> None:
        """Go on with the members file of last time; a broken or missing one is rebuilt by sync."""
        name = self._database.fetch(select(state.c.members_file), {})[0][0]
        if name is not None and (self.folder / name).exists():
            try:
                self._files.use(self.folder / name)
            except Unavailable as error:
                if error.code not in ("members_damaged", "disk_error"):
                    raise
                _log.warning("the members file %s can't be read and will be made anew", name)
        if name is not None and self._files.path is None:
            self._database.transact(
                lambda connection: connection.execute(update(state).values(members_file=None)),
                user=True,
            )
        self._files.remove_leftovers()
        document = self.document()
        if document is not None:
            self.members.serve_office(str(document["office_code"]))

    def document(self) -> dict[str, object] | None:
        """The server's answer to enrolment (ids as text, bytes as base64) and its 'server_url'."""
        rows = self._database.fetch(_ENROLMENT, {})
        return {**rows[0][0], "server_url": rows[0][1]} if rows else None

    def enrol(self, server_url: str, document: Mapping[str, object]) -> None:
        """Become the device that the server's answer describes, and begin its chain.

        Raises:
            Rejected: already_enrolled, for another device's answer.
        """
        plain = {name: _plain(value) for name, value in document.items()}
        self._database.transact(lambda connection: _enrol(connection, server_url, plain), user=True)
        self.members.serve_office(str(plain["office_code"]))

    def neighbours(self, present: Callable[[ssl.SSLContext, str], None]) -> SqlNeighbours:
        """What the office's own network needs; `present` is the device key's."""
        return SqlNeighbours(self._database, self.members, self._clock, present=present)

    @property
    def transfers(self) -> SqlTransfers:
        """Leases handed on to neighbours, and taken over from them."""
        return SqlTransfers(self._database, self._clock, self._new_id, self.sync.sign)

    def _panels_office(self) -> UUID | None:
        document = self.document()
        if document is None or document["kind"] != "counter":
            return None
        return UUID(str(document["office_id"]))

    def _is_genuine(self, revoked_ms: int, signature: bytes) -> bool:
        document = self.document()
        if document is None or self._shutter is None:
            return False
        return self._shutter.is_genuine(document, revoked_ms, signature)

    def _sealed_key(self) -> bytes:
        document = self.document()
        if document is None or self._shutter is None:
            raise Unavailable("not_enrolled", "This seat is not enrolled yet.")
        return self._shutter.sealed_key(document)

    def _shut(self, reason: Reason) -> None:
        """Go blind, between two of the users' transactions: what is committed is kept."""
        shutter = self._shutter
        if shutter is None:
            raise Unavailable("not_enrolled", "This program does not work for the seat.")
        refusal = shutter.refusal(reason)

        def go_blind() -> None:
            document = self.document()
            assert document is not None, "only an enrolled seat hears of the server"
            shutter.shut(reason, document, self.chain_end(), now_ms=self._clock.now_ms())
            self._looked_up.refuse()
            self._database.refuse(refusal)
            self._files.refuse(refusal)
            self.pictures.close()

        self._writer.run(go_blind)
        self.members.changed()
        for listener in self._shut_listeners:
            listener(refusal)

    def when_shut(self, listener: Callable[[Unavailable], None]) -> None:
        """Have `listener` called, on sync's thread, when the seat goes blind; it can but close."""
        self._shut_listeners.append(listener)

    def whole_journal(self, *, max_entries: int, max_bytes: int) -> Sequence[UnsentRun]:
        """All entries of all incarnations, sent or not, in runs, as of one moment."""
        return self._database.read(
            lambda connection: all_runs(connection, max_entries=max_entries, max_bytes=max_bytes)
        )

    def chain_end(self) -> ChainEnd | None:
        """Where the journal ends now, None before enrolment."""
        rows = self._database.fetch(_CHAIN_END, {})
        return ChainEnd(*rows[0]) if rows else None

    def listen(self, listener: Listener) -> None:
        """Have `listener` called with the kinds of change that sync announces, on its thread."""
        self._listeners.append(listener)

    def _tell(self, kinds: frozenset[str]) -> None:
        for listener in self._listeners:
            listener(kinds)

    def close(self) -> None:
        """Finish what users asked for, close the files and let the next process in.

        Doing it again changes nothing.
        """
        self._writer.close()
        self._files.close()
        self.pictures.close()
        self._database.close()
        self._lock.release()


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _enrol(connection: Connection, server_url: str, document: dict[str, object]) -> None:
    device_id = UUID(str(document["device_id"]))
    known = connection.execute(select(seat.c.device_id)).scalar_one_or_none()
    if known == device_id:
        return
    if known is not None:
        raise Rejected("already_enrolled", "This PC is enrolled already.")
    incarnation = int(str(document["incarnation"]))
    connection.execute(
        insert(seat),
        {
            "id": 1,
            "server_url": server_url,
            "device_id": device_id,
            "incarnation": incarnation,
            "kind": document["kind"],
            "programme_id": UUID(str(document["programme_id"])),
            "office_id": UUID(str(document["office_id"])),
            "epoch": UUID(str(document["epoch"])),
            "document": document,
        },
    )
    start_chain(connection, device_id, incarnation)


def open_seat(
    folder: Path,
    vault: Vault,
    clock: Clock,
    ids: Callable[[], UUID],
    *,
    sign: Callable[[bytes], bytes],
    shutter: Shutter | None = None,
    patience: Patience | None = None,
) -> Seat:
    """Open the seat's data, making folder, keys and work.db the first time.

    Args:
        folder: the data folder, on a disk of this PC.
        vault: holds work_key and members_key, 32 bytes each.
        clock: stamps journal entries.
        ids: makes UUIDv7.
        sign: the device's signature (`app.credentials.device_key.DeviceKey.sign`).
        shutter: makes the seat blind when the server or the time without it says so; None for
            whoever only looks at the data and talks to no server.
        patience: waits while damaged data is mended; `Plain` if not given.

    Raises:
        Unavailable: network_folder, second_instance, keys_missing, database_damaged (or another
            key), database_newer, disk_full, disk_error, and what the vault raises. Nothing that
            was there is changed.
    """
    seat_folder.prepare(folder)
    patience = patience or Plain()
    lock = seat_folder.SeatLock(folder)
    try:
        keys = _keys(folder / WORK_NAME, vault)
        with translated():
            (folder / seat_folder.LETTER_NAME).unlink(missing_ok=True)
            _bring_up(folder / WORK_NAME, keys[0], patience)
            return Seat(folder, keys, lock, clock, ids, sign, shutter, patience)
    except BaseException:
        lock.release()
        raise


def _keys(work: Path, vault: Vault) -> tuple[bytes, bytes]:
    """The two files' keys; new ones only while there is nothing that they could not open."""
    exists = work.exists()
    found = {name: vault.get(name) for name in (WORK_KEY, MEMBERS_KEY)}
    if exists and None in found.values():
        raise Unavailable(
            "keys_missing",
            "This seat's data is here but its keys are not: they were in the keyring of this "
            "PC. Nothing has been changed; please call your administrator, the data can be "
            "recovered through the server.",
        )
    for name, key in found.items():
        if key is None:
            vault.put(name, secrets.token_bytes(KEY_BYTES))
            # Read back: what the vault doesn't keep must not encrypt anything.
            found[name] = vault.get(name)
    work_key, members_key = found[WORK_KEY], found[MEMBERS_KEY]
    if work_key is None or members_key is None:
        raise Unavailable("keyring_missing", "The system's keyring does not keep the seat's keys.")
    return work_key, members_key


def _bring_up(path: Path, key: bytes, patience: Patience) -> None:
    """Migrate work.db, and see that its chain ends as it says; mended if it can't be read."""
    try:
        last = _migrated(path, key)
    except sqlcipher.DatabaseError:
        with ThreadPoolExecutor(1, "guichet-mending") as thread:
            job = thread.submit(mend, path, key, patience.tell)
            patience.wait(job)
        if not job.result().is_damaged:
            raise
        last = _migrated(path, key)
    if last is None or last[0] == 0:
        return
    _, chain_link, body, link, before = last
    is_known = body and before  # None at the chain's beginning, empty where it can't be read
    if link != chain_link or (is_known and next_link(before, body) != link):
        raise Unavailable(
            "database_damaged", "The seat's journal does not end as it was left; it is damaged."
        )


def _migrated(path: Path, key: bytes) -> Any:
    """Bring the file to the present schema; returns how its chain ends."""
    with closing(connect(path, key)) as connection:
        migrate(connection, path)
    with closing(connect(path, key, read_only=True)) as connection:
        return connection.execute(
            "SELECT chain.last_seq, chain.last_link, journal.body, journal.link, before.link"
            " FROM seat JOIN chain ON chain.incarnation = seat.incarnation"
            " LEFT JOIN journal ON journal.incarnation = chain.incarnation"
            " AND journal.seq = chain.last_seq"
            " LEFT JOIN journal AS before ON before.incarnation = chain.incarnation"
            " AND before.seq = chain.last_seq - 1"
        ).fetchone()
