"""`guichet rescue`: the work of a PC that can't connect any more, taken along on a stick.

`export` writes the journal, signed by the device and readable by the programme's recovery key
alone; where this PC has lost its keys, the ciphertext as it lies on the disk. `set-aside` makes
room for setting the PC up anew: it moves the seat's files and deletes nothing.
"""

from __future__ import annotations

import argparse
import base64
import sys
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import zstandard

from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.sealed import seal
from app.credentials.shutter import FolderShutter
from app.credentials.vaults import open_vault
from app.domain.errors import GuichetError, Rejected, Unavailable
from app.ports.vault import Vault
from app.services.encounters import settle_doubts
from app.store.copying import copy_readable
from app.store.folder import SeatLock, prepare
from app.store.seat import Seat, open_seat
from sync.client.signing import signed_upload
from sync.protocol.framing import encode
from sync.protocol.messages import MAX_PUSH_BYTES, MAX_PUSH_ENTRIES
from sync.protocol.rescue import FOLDER_FILES, MAGIC, WORK_NAME, RescueFile

# These say that the PC or its user is in the way, not that the keys are gone
_DESCRIPTION: Final = (
    "Take the work of a PC that can't connect any more along on a stick. export writes the "
    "journal, signed by the device and readable by the programme's recovery key alone; where this "
    "PC has lost its keys, the ciphertext as it lies on the disk. set-aside makes room for setting "
    "the PC up anew: it moves the seat's files and deletes nothing."
)
_IN_THE_WAY: Final = frozenset({"second_instance", "network_folder", "disk_full", "keyring_locked"})
_NOT_MOVED: Final = frozenset(
    {
        "seat.lock",
        "screen.ini",
        "crash.log",
        "guichet.log",
        "policy.kept.json",
        "authority.kept.pem",
    }
)


def export(folder: Path, target: Path, *, vault: Vault | None = None) -> str:
    """Write the seat's journal, or its ciphertext, as a new file.

    Args:
        folder: the seat's data folder; the program must not be running.
        target: a file that doesn't exist yet.
        vault: the seat's secrets; the folder's own if not given.

    Returns:
        What was written, as a sentence for the operator.

    Raises:
        Rejected: target_exists, nothing_there.
        Unavailable: second_instance, keyring_locked, disk_full, disk_error.
    """
    if target.exists():
        raise Rejected("target_exists", f"{target} is there already; choose another name")
    if not (folder / WORK_NAME).is_file():
        raise Rejected("nothing_there", f"There is no seat's data in {folder}")
    try:
        vault = vault or open_vault(folder)
        FolderShutter(folder, vault).check()
        clock = SystemClock()
        seat = open_seat(folder, vault, clock, new_id, sign=DeviceKey(vault).sign)
    except Unavailable as problem:
        if problem.code in _IN_THE_WAY:
            raise
        return _export_ciphertext(folder, target, problem)
    try:
        return _export_journal(seat, target, now_ms=clock.now_ms())
    finally:
        seat.close()


def _export_journal(seat: Seat, target: Path, *, now_ms: int) -> str:
    document, identity = seat.document(), seat.sync.identity()
    if document is None or identity is None:
        raise Rejected("nothing_there", "This PC was never enrolled: it has recorded nothing")
    with suppress(Unavailable):  # a disk that takes nothing more gives what it has
        seat.work.run(settle_doubts)
    requests = []
    for run in seat.whole_journal(max_entries=MAX_PUSH_ENTRIES, max_bytes=MAX_PUSH_BYTES):
        requests.append(signed_upload(identity, run, seat.sync.sign))
    file = RescueFile(UUID(str(document["device_id"])), now_ms, requests)
    frame = zstandard.ZstdCompressor(level=3).compress(encode(file))
    sealed = seal(base64.b64decode(str(document["recovery_key"])), frame)
    _write_new(target, MAGIC + sealed)
    waiting, _ = seat.work.reads.unsent_summary()
    entries = sum(len(request.entries) for request in requests)
    return f"{entries} entries, {waiting} of them unsent, signed by this PC: {target}"


def _export_ciphertext(folder: Path, target: Path, problem: Unavailable) -> str:
    lock, missing = SeatLock(folder), 0
    try:
        with target.open("xb") as file, zipfile.ZipFile(file, "w") as archive:
            for name in FOLDER_FILES:
                if (folder / name).is_file():
                    with archive.open(name, "w", force_zip64=True) as packed:
                        missing += copy_readable(folder / name, packed)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise Unavailable("disk_error", f"{target} can't be written") from error
    finally:
        lock.release()
    pages = f"{missing} page" if missing == 1 else f"{missing} pages"
    lacking = f", but for {pages} that can't be read" if missing else ""
    return f"{problem.message}\nThe encrypted work as it lies on the disk{lacking}: {target}"


def _write_new(target: Path, content: bytes) -> None:
    try:
        with target.open("xb") as file:
            file.write(content)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise Unavailable("disk_error", f"{target} can't be written") from error


def set_aside(folder: Path, *, vault: Vault | None = None, now_s: float | None = None) -> Path:
    """Move a seat's files into a folder beside them, so that the PC can be set up anew.

    Raises:
        Rejected: work_pending, the seat works and has entries that the server lacks;
            nothing_there.
        Unavailable: second_instance, keyring_locked, disk_error.
    """
    if not (folder / WORK_NAME).exists():
        raise Rejected("nothing_there", f"There is no seat's data in {folder}")
    prepare(folder)
    try:
        vault = vault or open_vault(folder)
        FolderShutter(folder, vault).check()
        seat = open_seat(folder, vault, SystemClock(), new_id, sign=DeviceKey(vault).sign)
    except Unavailable as problem:
        if problem.code in _IN_THE_WAY:
            raise
    else:
        waiting, _ = seat.work.reads.unsent_summary()
        seat.close()
        if waiting:
            raise Rejected(
                "work_pending",
                f"{waiting} entries of this PC are not with the central server; let it send them, "
                "or take them along with `guichet rescue export` and import them first",
            )
    lock = SeatLock(folder)
    try:
        stamp = datetime.fromtimestamp(time.time() if now_s is None else now_s, UTC)
        aside = folder / f"set-aside-{stamp:%Y%m%dT%H%M%SZ}"
        aside.mkdir(mode=0o700)
        # The work last: while it is in place nothing new can be begun over it
        files = [
            path for path in folder.iterdir() if path.is_file() and path.name not in _NOT_MOVED
        ]
        for path in sorted(files, key=lambda path: path.name == WORK_NAME):
            path.rename(aside / path.name)
    except OSError as error:
        raise Unavailable("disk_error", f"The files in {folder} can't be moved") from error
    finally:
        lock.release()
    return aside


def main(arguments: Sequence[str], data_folder: Path) -> int:
    """Run `guichet rescue …`; returns the exit code."""
    parser = argparse.ArgumentParser(prog="guichet rescue", description=_DESCRIPTION)
    parser.add_argument("--data-folder", type=Path, default=data_folder)
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    exporting = commands.add_parser("export", help="write what this PC recorded to a new file")
    exporting.add_argument("file", type=Path, metavar="FILE", help="on the stick")
    commands.add_parser("set-aside", help="make room for setting this PC up anew")
    options = parser.parse_args(arguments)
    try:
        if options.command == "export":
            print(export(options.data_folder, options.file))
            print("At the central server: guichet-server rescue import FILE")
        else:
            aside = set_aside(options.data_folder)
            print(f"The seat's files are in {aside}; keep them until they are imported.")
    except GuichetError as problem:
        print(f"guichet rescue: {problem.message}", file=sys.stderr)
        return 1
    return 0
