"""`guichet-server rescue import`: the journal of a PC that can't send it any more.

Each entry counts once, also if the PC comes back and sends it itself: what is taken in here is
taken in as an upload is. What it is worth depends on what proves it:

- signed by a device in good standing: as any upload;
- of a device that was shut out, or unsigned but from the very file whose key the device left with
  the server: taken in, but what moves points waits for a manager (see `holding`);
- proved by nothing, or off the server's chain: kept apart, each entry an exception.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
import sqlalchemy as sa
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import Connection

from app.domain.entry import head_statement
from app.domain.errors import Rejected
from sync.protocol.messages import MAX_PUSH_ENTRIES, NOTHING, Blob, PushRequest, Stub
from sync.protocol.rescue import MAGIC, MAX_RESCUE_BYTES, RescueFile
from sync.server.devices import Device, find_device
from sync.server.exceptions import open_exceptions
from sync.server.problems import ProblemError
from sync.server.reading import read_copy
from sync.server.rescued_folder import (
    RescuedChain,
    RescuedEntry,
    RescuedJournal,
    folder_of,
    named_device,
    own_key,
    read_journal,
)
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows
from sync.server.store.engine import reading
from sync.server.unsealing import open_sealed
from sync.server.work import Work


@dataclass(slots=True)
class Rescued:
    """What became of a journal.

    Attributes:
        place: office and counter.
        proof: 'signed', 'own key' or 'none'.
        taken: entries new to the server.
        known: entries that it had.
        waiting: of those taken, how many wait for a manager.
        apart: entries kept apart, for a manager to look at.
        unreadable: entries that the disk didn't give back; where their places are known they
            wait with these.
    """

    place: str
    device_id: UUID
    proof: str
    taken: int = 0
    known: int = 0
    waiting: int = 0
    apart: int = 0
    unreadable: int = 0


class RescueServer(CentralServer):
    """The central server at its operator's command: devices that were shut out have their say."""

    def _known(self, connection: Connection, device_id: UUID, *, lock: bool = False) -> Device:
        device = find_device(connection, device_id, lock=lock)
        if device is None:
            raise ProblemError("unknown_device", "This device isn't enrolled here")
        return device

    def keep_apart(
        self, device_id: UUID, incarnation: int, entries: Sequence[tuple[int, bytes]]
    ) -> None:
        """Quarantine entries; each becomes an exception once, unless its event is known already.

        Args:
            device_id: whose they are said to be.
            incarnation: under which they stand.
            entries: (place, raw bytes).
        """

        def keep(work: Work, device: Device) -> None:
            place = (work.programme_id, device_id, incarnation)
            insert_rows(
                work.connection,
                t.quarantine,
                [c.name for c in t.quarantine.columns],
                [
                    (*place, seq, hashlib.sha256(body).digest(), body, work.now_ms)
                    for seq, body in entries
                ],
                skip_known=True,
            )
            readable = [r for _, body in entries if (r := read_copy(body)).envelope is not None]
            ids = [received.event_id for received in readable]
            known = {row.event_id for row in work.find(t.entry, "event_id", ids)}
            for received in readable:
                received.code = "fork"
                received.message = "Rescued from a disk, and proved by nothing"
            open_exceptions(work, device, [r for r in readable if r.event_id not in known])

        self._work(device_id, keep)


def rescue(server: RescueServer, path: Path, recovery_key: bytes) -> Rescued:
    """Take in an exported file, or a data folder as it was copied.

    Args:
        server: the central server.
        path: the file or folder.
        recovery_key: the recovery key's private half, 32 bytes.

    Raises:
        Rejected: not_rescued, bad_signature, unknown_device, too_large; nothing was taken in.
    """
    if not path.exists():
        raise Rejected("not_rescued", f"There is nothing at {path}")
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(MAGIC)) == MAGIC:
                return _import_file(server, path, recovery_key)
    with folder_of(path) as folder:
        return _import_folder(server, folder, recovery_key)


# --- a file that the device signed ---------------------------------------------------------------


def _import_file(server: RescueServer, path: Path, recovery_key: bytes) -> Rescued:
    file = _open_file(path, recovery_key)
    device = _device(server, file.device_id)
    done = _begin(device, "signed")
    for number, request in enumerate(file.requests):
        try:
            _take(server, device, request, done, unsigned=False)
        except ProblemError as problem:
            code = problem.problem.code
            if code != "fork":  # whatever came before this run is signed, and stays
                raise Rejected(
                    "bad_signature" if code == "bad_signature" else "not_rescued",
                    f"The file's journal isn't the counter's: {problem.problem.message}",
                ) from problem
            done.apart += len(request.entries)
            for later in file.requests[number + 1 :]:
                _keep_apart(server, device, later.incarnation, _places(later), done)
            break
    return done


def _open_file(path: Path, recovery_key: bytes) -> RescueFile:
    if path.stat().st_size > MAX_RESCUE_BYTES:
        raise Rejected("too_large", f"{path} is too large for a journal")
    try:
        frame = open_sealed(recovery_key, path.read_bytes()[len(MAGIC) :])
        size = zstandard.get_frame_parameters(frame).content_size
        if size > MAX_RESCUE_BYTES:  # also where it doesn't say
            raise Rejected("too_large", f"{path} is too large for a journal")
        plain = zstandard.ZstdDecompressor().decompress(frame)
        return msgspec.json.decode(plain, type=RescueFile)
    except (ValueError, zstandard.ZstdError, msgspec.DecodeError) as error:
        raise Rejected(
            "not_rescued", f"{path} is damaged, or was sealed to another recovery key"
        ) from error


def _places(request: PushRequest) -> list[tuple[int, bytes]]:
    lost = {stub.seq for stub in request.stubs}
    places = enumerate((bytes(raw) for raw in request.entries), start=request.first_seq)
    return [(seq, body) for seq, body in places if seq not in lost or body != NOTHING]


# --- a folder ----------------------------------------------------------------------------------


def _import_folder(server: RescueServer, folder: Path, recovery_key: bytes) -> Rescued:
    journal, proved = _read(server, folder, recovery_key)
    device = _device(server, journal.device_id)
    signed = [chain for chain in journal.chains if _is_signed(device, chain)]
    done = _begin(device, "signed" if signed else "own key" if proved else "none")
    for chain in journal.chains:
        done.unreadable += chain.unreadable
        is_signed = chain in signed
        if is_signed or proved:
            apart = _take_chain(server, device, journal, chain, done, signed=is_signed)
        else:
            apart = chain.run + chain.apart
        kept = [(entry.seq, entry.body) for entry in apart if entry.body]
        _keep_apart(server, device, chain.incarnation, kept, done)
    return done


def _take_chain(
    server: RescueServer,
    device: Device,
    journal: RescuedJournal,
    chain: RescuedChain,
    done: Rescued,
    *,
    signed: bool,
) -> list[RescuedEntry]:
    """Take in what joins on to the server's chain; returns what is to be kept apart."""
    run, apart = chain.run, chain.apart
    while run:
        some, run = run[:MAX_PUSH_ENTRIES], run[MAX_PUSH_ENTRIES:]
        stubs = [
            Stub(lost.seq, lost.event_id, lost.link, lost.type, lost.wall_ms)
            for lost in some
            if lost.event_id is not None
        ]
        # The device signed where its chain ends, and never what was lost on the way
        ends_signed = signed and not run and not stubs
        request = PushRequest(
            chain.incarnation,
            some[0].seq,
            [msgspec.Raw(entry.body) if entry.body else NOTHING for entry in some],
            _named_in(journal.blobs, (entry.body for entry in some)),
            chain.signature if ends_signed else b"",
            stubs,
            newest=journal.incarnation,
        )
        try:
            _take(server, device, request, done, unsigned=not ends_signed)
        except ProblemError as problem:
            if problem.problem.code == "fork":
                done.apart += len(some)
            else:
                apart = some + apart
            return run + apart
    return apart


def _read(server: RescueServer, folder: Path, recovery_key: bytes) -> tuple[RescuedJournal, bool]:
    """The journal, and whether it opens with the key that its own device left with the server."""
    named = named_device(folder)
    with reading(server.engine) as connection:
        deposited = connection.execute(
            sa.select(t.device.c.device_id, t.device.c.sealed_work_key).where(
                t.device.c.sealed_work_key.is_not(None)
            )
        ).all()
    # The one that it says it is comes first
    for row in sorted(deposited, key=lambda row: row.device_id != named):
        try:
            key = open_sealed(recovery_key, bytes(row.sealed_work_key))
        except ValueError:
            continue
        journal = read_journal(folder, key)
        if journal is not None and journal.device_id == row.device_id:
            return journal, True
    key_beside = own_key(folder, recovery_key)
    journal = None if key_beside is None else read_journal(folder, key_beside)
    if journal is None:
        raise Rejected("not_rescued", "No key that is sealed to this recovery key opens the folder")
    return journal, False


def _is_signed(device: Device, chain: RescuedChain) -> bool:
    if not chain.signature:
        return False
    last = chain.run[-1]
    statement = head_statement(device.device_id, chain.incarnation, last.seq, last.link)
    try:
        Ed25519PublicKey.from_public_bytes(device.public_key).verify(chain.signature, statement)
    except (InvalidSignature, ValueError):
        return False
    # else the links before it are taken on trust
    return chain.run[0].seq == chain.pruned_seq + 1


def _named_in(blobs: Sequence[Blob], bodies: Iterable[bytes]) -> list[Blob]:
    """The blobs that these entries speak of."""
    text = b"\n".join(bodies)
    return [blob for blob in blobs if blob.commitment.encode() in text]


# --- both --------------------------------------------------------------------------------------


def _device(server: RescueServer, device_id: UUID) -> Device:
    with reading(server.engine) as connection:
        device = find_device(connection, device_id)
    if device is None:
        raise Rejected("unknown_device", f"No device {device_id} is enrolled here")
    return device


def _begin(device: Device, proof: str) -> Rescued:
    return Rescued(f"{device.office_code}/{device.counter_label}", device.device_id, proof)


def _take(
    server: RescueServer, device: Device, request: PushRequest, done: Rescued, *, unsigned: bool
) -> None:
    answer = server.push(device.device_id, request, unsigned=unsigned)
    known = sum(decision.decision == "duplicate" for decision in answer.decisions)
    done.taken += len(request.entries) - known
    done.known += known
    done.waiting += sum(decision.decision == "exception" for decision in answer.decisions)


def _keep_apart(
    server: RescueServer,
    device: Device,
    incarnation: int,
    entries: Sequence[tuple[int, bytes]],
    done: Rescued,
) -> None:
    for first in range(0, len(entries), MAX_PUSH_ENTRIES):
        server.keep_apart(device.device_id, incarnation, entries[first : first + MAX_PUSH_ENTRIES])
    done.apart += len(entries)
