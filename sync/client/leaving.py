"""`guichet leave --prepare`: the last that a PC does before its program is taken away.

It ends what a power cut left in doubt, sends what the server lacks and, where that is nothing any
more, writes a letter into the data folder by which the seat is given up should the data be removed,
too: an installer's script posts it when the program is gone. Until then the letter changes nothing,
and opening the seat takes it back.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.file_vault import write_private
from app.credentials.ids import new_id
from app.credentials.keyring_vault import would_ask
from app.credentials.shutter import BLIND_NAME, FolderShutter
from app.credentials.vaults import known_vault
from app.domain.entry import leave_statement
from app.domain.errors import GuichetError, Rejected, Unavailable
from app.ports.clock import Clock
from app.ports.sync_store import SeatIdentity
from app.ports.vault import Vault
from app.services.encounters import settle_doubts
from app.settings.in_force import read_settings
from app.store.folder import LETTER_NAME, prepare
from app.store.seat import WORK_NAME, Seat, open_seat
from sync.client.engine import Engine
from sync.client.exchange import Fault, Head, Idle, Send, Transport
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from sync.protocol.framing import encode
from sync.protocol.messages import LeaveRequest

_DESCRIPTION: Final = (
    "Do the last that a PC does before its program is taken away: send what the server lacks and, "
    "where that is nothing any more, write a letter into the data folder by which the seat is "
    "given up should the data be removed, too. Until then the letter changes nothing, and opening "
    "the seat takes it back."
)
LIMIT_S: Final = 60.0
OPEN: Final = 75
"""Exit code where another process has the seat open: the program mustn't be taken away now."""
UNENROLLED: Final = b"unenrolled\n"
"""The letter of a PC that never was a seat: there is nothing to give up, nor to lose."""
_LOOK_S: Final = 0.2
_LOST_ANSWERS: Final = 3
_RESCUE: Final = (
    "Its data stay, also when purged. Before it is removed: `guichet rescue export FILE`, at the"
    " server `guichet-server rescue import FILE`, and here `guichet rescue set-aside`."
)


class Way(Transport, Protocol):
    """A transport that tells by which proxy it goes, '' for none."""

    @property
    def proxy(self) -> str: ...

    def close(self) -> None: ...


def write_letter(
    folder: Path,
    make_way: Callable[[str], Way],
    *,
    authority: Path | None = None,
    vault: Vault | None = None,
    clock: Clock | None = None,
    within_s: float = LIMIT_S,
) -> str:
    """Send what waits, and write the letter of a seat whose work is all with the server.

    The letter is one file for this account alone: a line with the address to post to, a line with
    the proxy or nothing, a line with the `LeaveRequest`, and the authority's certificates.

    Args:
        folder: the seat's data folder; the program must not be running.
        make_way: makes the way to a server's address.
        authority: certifies the server, where the settings name one.
        vault: the seat's secrets; the folder's own if not given.
        clock: the system's if not given.
        within_s: how long sending may take, s.

    Returns:
        What was done, a sentence.

    Raises:
        Rejected: nothing_there; work_pending, the server lacks something, and why.
        Unavailable: what `open_seat` names; revoked, out_of_contact, keys_missing, keyring_locked,
            disk_error.
    """
    if not (folder / WORK_NAME).is_file():
        raise Rejected("nothing_there", f"There is no seat's data in {folder}.")
    prepare(folder)
    vault = vault or known_vault(folder)
    if vault is None:
        raise Unavailable("keys_missing", "Where the keys of the seat's data are isn't known.")
    if vault.strength == "system" and would_ask():  # whoever removes a package sees no question
        raise Unavailable("keyring_locked", "The keyring with the seat's keys is locked.")
    clock = clock or SystemClock()
    shutter = FolderShutter(folder, vault)
    shutter.check()
    sign = DeviceKey(vault).sign
    seat = open_seat(folder, vault, clock, new_id, sign=sign, shutter=shutter)
    try:
        identity = seat.sync.identity()
        if identity is None:
            _write(folder, UNENROLLED)
            return "This PC was never enrolled; its data hold nothing."
        seat.work.run(settle_doubts)  # a customer may be charged for what they were never shown
        way = make_way(identity.server_url)
        try:
            is_heard = _send_all(seat, way, clock, within_s)
            _write(folder, _letter(seat, identity, way.proxy, authority, clock.now_ms()))
        finally:
            way.close()
    finally:
        seat.close()
    if is_heard:
        return "All of this PC's work is with the central server, which can let it go."
    return (
        "Nothing of this PC's work waits to be sent. The central server was not reached now;"
        " purging asks it whether it has all."
    )


def _send_all(seat: Seat, way: Transport, clock: Clock, within_s: float) -> bool:
    """Send what is unsent; returns whether the server answered.

    Raises:
        Rejected: work_pending, something of it is left.
    """
    if seat.sync.absent_too_long():
        raise Unavailable(
            "out_of_contact",
            "This PC was too long without the central server; open the program once before it is"
            " removed.",
        )
    is_heard, why = _exchange(seat, way, clock, clock.monotonic_s() + within_s)
    waiting, _ = seat.work.reads.unsent_summary()
    if waiting:
        entries = "1 entry" if waiting == 1 else f"{waiting} entries"
        raise Rejected(
            "work_pending",
            f"{entries} of this PC are not with the central server: {why}.",
        )
    return is_heard


def _exchange(seat: Seat, way: Transport, clock: Clock, ends_s: float) -> tuple[bool, str]:
    """Carry what the engine says until all is sent.

    Returns:
        Whether the server answered, and why something may not be sent.
    """
    engine = Engine(
        seat.sync, clock, tokens=TokenCache(), source=random.Random(), only_uploads=True
    )
    is_heard, lost = False, 0
    try:
        while (now := clock.monotonic_s()) < ends_s:
            match engine.poll(now):
                case Idle(until_s):
                    if seat.work.reads.unsent_summary()[0] == 0 and is_heard:
                        break
                    time.sleep(max(0.0, min(until_s, ends_s, now + _LOOK_S) - now))
                case Send(request):
                    try:
                        response = way.send(request, limit_s=ends_s - now)
                    except Fault as fault:
                        engine.failed(request, fault, clock.monotonic_s())
                        lost += 1
                        if fault.kind != "lost" or lost == _LOST_ANSWERS:
                            return is_heard, "it can't be reached"
                    else:
                        engine.received(request, response, clock.monotonic_s())
                        is_heard |= isinstance(request.step, Head) and response.status == 200
    finally:
        engine.close()
    return is_heard, "it doesn't take them now"


def _letter(
    seat: Seat, identity: SeatIdentity, proxy: str, authority: Path | None, now_ms: int
) -> bytes:
    end = seat.chain_end()
    assert end is not None, "an enrolled seat has a chain"
    of = (identity.device_id, end.incarnation, end.last_seq, end.last_link, now_ms)
    request = LeaveRequest(*of, signature=seat.sync.sign(leave_statement(*of)))
    try:
        certificates = b"" if authority is None else authority.read_bytes()
    except OSError as error:
        raise Unavailable("disk_error", f"{authority} can't be read.") from error
    address = f"{identity.server_url.rstrip('/')}/v1/leave"
    return b"\n".join([address.encode(), proxy.encode(), encode(request), certificates])


def _write(folder: Path, letter: bytes) -> None:
    try:
        write_private(folder / LETTER_NAME, letter, own=True)
    except OSError as error:
        raise Unavailable("disk_error", "The data folder can't be written.") from error


def main(arguments: Sequence[str], data_folder: Path) -> int:
    """Run `guichet leave`; has said why where there is no letter.

    Returns:
        0; `OPEN`; 1 where there is no letter for any other reason.
    """
    parser = argparse.ArgumentParser(prog="guichet leave", description=_DESCRIPTION)
    parser.add_argument(
        "--prepare", action="store_true", required=True, help="for when the package is purged"
    )
    parser.add_argument("--data-folder", type=Path, default=data_folder)
    options = parser.parse_args(arguments)
    try:
        told = read_settings({"data_folder": options.data_folder}).values

        def make_way(server_url: str) -> Way:
            return HttpTransport(server_url, authority=told.certificate_authority, proxy=told.proxy)

        done = write_letter(options.data_folder, make_way, authority=told.certificate_authority)
    except GuichetError as problem:
        if problem.code == "second_instance":
            print(f"guichet: {problem.message}", file=sys.stderr)
            return OPEN
        is_blind = (options.data_folder / BLIND_NAME).exists()
        stay = _RESCUE if is_blind else "Its data stay, also when purged."
        print(f"guichet: {problem.message} {stay}", file=sys.stderr)
        return 1
    print(f"guichet: {done}")
    return 0
