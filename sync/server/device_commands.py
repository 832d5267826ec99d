"""`guichet-server enrol`, `revoke`, `rescue import`: devices come, and go and leave their work."""

from __future__ import annotations

import argparse
import re
import socket
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.errors import Rejected
from sync.server.auth import CODE_MINUTES
from sync.server.enrolment import make_code
from sync.server.keys import load_keys
from sync.server.office_commands import office_of
from sync.server.opening import new_id, open_engine, working
from sync.server.programme import revoke_device
from sync.server.relay import announce
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings, address_file
from sync.server.store import tables as t
from sync.server.work import Work


def enrol(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Give out a one-use code, and say where to type it."""
    with working(settings) as work:
        office = office_of(work, options.counter.partition("/")[0])
        counter = _counter(work, office, options.counter)
        code = make_code(
            work.connection,
            work.programme_id,
            counter_id=counter.counter_id,
            kind=options.kind,
            now_ms=work.now_ms,
        )
        until_ms = work.now_ms + CODE_MINUTES * 60_000
    # The code alone goes to stdout, for scripts
    print(code, flush=True)
    until = datetime.fromtimestamp(until_ms / 1000, ZoneInfo(office.time_zone))
    print(
        f"Good once, until {until:%H:%M} in {office.name} ({office.time_zone}),"
        f" for {options.counter} as a {options.kind}.\n{_where(settings.data)}\n"
        "At the new PC: start Guichet, type this address and the code, press Enter.",
        file=sys.stderr,
    )


def _where(data: Path) -> str:
    """How a counter's PC finds the server that runs on this data folder."""
    try:
        address = address_file(data).read_text().strip()
    except OSError:
        return "Server: not running now; `guichet-server serve` says its address in its first line."
    anywhere = re.match(r"(https?://)(0\.0\.0\.0|\[::\])(:.*)", address)
    if anywhere:
        return f"Server: {anywhere[1]}{socket.getfqdn()}{anywhere[3]}"
    if re.match(r"https?://(127\.|localhost|\[::1\])", address):
        return (
            f"Server: {address} (from this machine alone; `serve --host` lets other PCs reach it)"
        )
    return f"Server: {address}"


def revoke(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Shut a device out."""
    with working(settings) as work:
        device_id = device_named(work, options.device)
        revoke_device(work, load_keys(settings.data / "keys"), device_id)
    print(f"Device {device_id} is shut out")


def device_named(work: Work, named: str, *, even_revoked: bool = False) -> UUID:
    """A device by its id, or by its place where one alone is in use.

    Args:
        work: the transaction.
        named: the id or the place.
        even_revoked: where none is in use, the one that was and is shut out.

    Raises:
        Rejected: unknown_counter, unknown_device, which_device.
    """
    office_code, slash, _ = named.partition("/")
    if not slash:
        try:
            return UUID(named)
        except ValueError:
            raise Rejected(
                "unknown_device", "Name a place, such as PEK/A1, or an id as `status` shows it"
            ) from None
    counter = _counter(work, office_of(work, office_code), named)
    there = work.find(t.device, "counter_id", [counter.counter_id])
    in_use: list[UUID] = [row.device_id for row in there if row.revoked_ms is None]
    revoked: list[UUID] = [row.device_id for row in there if row.revoked_ms is not None]
    if not in_use and not (even_revoked and revoked):
        were = f"; revoked there: {', '.join(map(str, revoked))}" if revoked else ""
        raise Rejected("unknown_device", f"No device is in use at {named}{were}")
    found, words = (in_use, "in use") if in_use else (revoked, "revoked")
    if len(found) > 1:
        ids = ", ".join(map(str, found))
        raise Rejected(
            "which_device", f"{len(found)} devices are {words} at {named}, name one: {ids}"
        )
    return found[0]


def _counter(work: Work, office: Any, place: str) -> Any:
    label = place.partition("/")[2]
    for row in work.find(t.counter, "office_id", [office.office_id]):
        if row.label == label:
            return row
    raise Rejected("unknown_counter", f"Office {office.code} has no counter {label}")


def import_rescued(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Take in the journal of a PC that can't connect any more."""
    from sync.server.rescue import RescueServer, rescue

    keys = settings.data / "keys"
    recovery_key = (options.recovery_key or keys / "recovery.key").read_bytes()
    if len(recovery_key) != 32:
        raise Rejected("bad_recovery_key", "That file holds no recovery key")
    engine = open_engine(settings)
    try:
        server = RescueServer(engine, load_keys(keys), now_ms, new_id=new_id)
        server.transactions.before_commit.append(announce)
        done = rescue(server, options.path, recovery_key)
    finally:
        engine.dispose()
    print(
        f"{done.place}: {done.taken} entries taken in, {done.known} known before;"
        f" {done.waiting} wait for a manager; {done.apart} kept apart, {done.unreadable} unreadable"
    )
