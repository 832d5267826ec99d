"""`guichet-server fleet`: how the devices are, what is wrong first."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from app.domain.errors import Rejected
from app.domain.fleet import FleetDevice, Trouble, worst_first
from sync.server.command_parts import command
from sync.server.fleet import devices_of
from sync.server.opening import programme_of
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store.engine import reading

_NOTES: Final = """\
WRONG says, the worst first: stuck (it calls, and holds work older than an hour), away (not heard of
for a day), doctor (its own check found an error), disk (less than 1 GB free), clock (more than two
minutes off), shut_out (it was revoked). OLDEST is how long its oldest unsent entry has waited.
"""
_HEADINGS: Final = (
    "PLACE", "KIND", "WRONG", "SEEN", "VERSION", "UNSENT", "OLDEST", "LEASES", "FREE", "CLOCK",
    "DOCTOR", "SYSTEM", "ID",
)  # fmt: skip


def add_fleet(commands: Any) -> None:
    """Add the command to the parser."""
    fleet = command(commands, "fleet", "show how every device is, what is wrong first", _NOTES)
    fleet.add_argument("--office", default="", metavar="CODE", help="of this office alone")
    fleet.add_argument(
        "--stale", action="store_true", help="those alone that are stuck or weren't heard of"
    )
    fleet.add_argument("--json", action="store_true", help="the same for programs")


def show_fleet(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print the devices. Raises Rejected('unknown_office') for one that has no devices."""
    now = now_ms()
    with programme_of(settings) as (engine, programme_id), reading(engine) as connection:
        devices = worst_first(devices_of(connection, programme_id), now)
    if options.office:
        devices = [device for device in devices if device.office_code == options.office]
        if not devices:
            raise Rejected("unknown_office", f"Office {options.office} has no devices")
    if options.stale:
        late = {Trouble.STUCK, Trouble.AWAY}
        devices = [device for device in devices if late & set(device.troubles(now))]
    if options.json:
        print(json.dumps([_as_json(device, now) for device in devices], indent=2))
        return
    for line in fleet_lines(devices, now):
        print(line)


def fleet_lines(devices: list[FleetDevice], now: int) -> Iterator[str]:
    """A table: no blanks inside a cell, so that scripts can split it."""
    rows = [_HEADINGS, *(_cells(device, now) for device in devices)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        yield "  ".join(map(str.ljust, cells, widths)).rstrip()


def _cells(device: FleetDevice, now: int) -> tuple[str, ...]:
    said = device.condition
    clock = "-" if said.offset_ms is None else f"{said.offset_ms / 1000:+.0f}s"
    cells = (
        device.place,
        device.kind,
        ",".join(device.troubles(now)) or "-",
        _ago(now - device.last_ms),
        said.version or "-",
        "-" if device.said_ms is None else str(said.unsent),
        _ago(oldest) if (oldest := device.oldest_unsent_ms(now)) else "-",
        f"{device.leases}/{device.leased_points}",
        "-" if said.free_mb is None else f"{said.free_mb}MB",
        clock,
        ":".join(filter(None, (said.doctor_worst, ",".join(said.doctor_codes)))) or "-",
        said.system or "-",
        str(device.device_id),
    )
    return tuple(cell.replace(" ", "_") for cell in cells)


def _ago(ms: int) -> str:
    seconds = max(0, ms) // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _as_json(device: FleetDevice, now: int) -> dict[str, Any]:
    return {
        **asdict(device),
        "device_id": str(device.device_id),
        "place": device.place,
        "troubles": list(device.troubles(now)),
        "oldest_unsent_now_ms": device.oldest_unsent_ms(now),
    }
