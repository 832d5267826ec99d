"""`guichet-server lease write-off` and `exposure`: what counters hold, and what it may cost."""

from __future__ import annotations

import argparse
import getpass
import itertools
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from app.domain.errors import Rejected
from sync.server.device_commands import device_named
from sync.server.exposure import EXPLANATIONS, DeviceExposure, Exposure, Part, exposure
from sync.server.opening import new_id, programme_of, working
from sync.server.plain import counted
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.store.engine import reading
from sync.server.transactions import programme_work
from sync.server.write_off import WrittenOff, held_by, write_off

_LONGEST_REASON: Final = 200
_LONGEST_NAME: Final = 80
_HEADINGS = {
    Part.POOL: "AT-RISK",
    Part.REPLACED: "REPLACED",
    Part.WRITTEN_OFF: "WRITTEN-OFF",
    Part.WAITING: "WAITING",
    Part.FORGOTTEN: "FORGOTTEN",
}


def write_off_leases(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Give members back what a lost device holds of theirs."""
    with working(settings) as work:
        device_id = device_named(work, options.device, even_revoked=True)
        held = held_by(work, device_id)
    if not (held.leases or held.units):
        raise Rejected("nothing_held", f"{options.device} holds no points of members")
    if not options.yes:
        print(
            f"{options.device} holds {counted(held.points, 'point')} of"
            f" {counted(held.leases, 'member')}, and {counted(held.units, 'unit')} of rewards. If"
            " it is lost for good, say it again with --yes and --reason: they are free again, and"
            " the programme bears what the device may have given away of them. `revoke` shuts it"
            " out besides."
        )
        return
    reason = _said(options.reason or _asked("Why is it given up? "), "reason", _LONGEST_REASON)
    by = _said(options.by or _operator(), "name", _LONGEST_NAME)
    done = WrittenOff(0, 0)
    with programme_of(settings) as (engine, programme_id):
        while True:
            with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
                some = write_off(work, device_id, by=by, reason=reason)
            if not (some.leases or some.units):
                break
            done = WrittenOff(
                done.leases + some.leases, done.points + some.points, done.units + some.units
            )
    print(
        f"{counted(done.points, 'point')} of {counted(done.leases, 'member')} are theirs again, and"
        f" {counted(done.units, 'unit')} of rewards free; as many are exposed until the device"
        " hands them back"
    )


def _asked(question: str) -> str:
    """What whoever sits at the terminal answers, '' where nobody does."""
    return input(question) if sys.stdin.isatty() else ""


def _operator() -> str:
    """Who is logged in, '' where the system doesn't know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _said(text: str, what: str, longest: int) -> str:
    """The text as it is kept. Raises Rejected where there is none, or too much of it."""
    text = " ".join(text.split())
    if not text or len(text) > longest:
        raise Rejected(
            f"no_{what}",
            f"Say --{'by' if what == 'name' else what} in 1 to {longest} characters: it stays with"
            " what is written off",
        )
    return text


def show_exposure(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print what could be lost at most, and how that comes about."""
    with programme_of(settings) as (engine, programme_id), reading(engine) as connection:
        found = exposure(connection, programme_id)
    if options.json:
        print(json.dumps(as_json(found), indent=2))
        return
    for line in exposure_lines(found):
        print(line)


def exposure_lines(found: Exposure) -> Iterator[str]:
    """A table by office and device, the totals, and a line for each part that there is."""
    rows = [("PLACE", *_HEADINGS.values(), "TOTAL", "ID")]
    for code, devices in _by_office(found):
        rows += [(*_cells(f"{code}/{d.counter_label}", [d]), str(d.device_id)) for d in devices]
        rows.append((*_cells(code, devices), "-"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        yield "  ".join(map(str.ljust, cells, widths)).rstrip()
    yield f"worst possible loss\t{found.points}"
    yield f"worst of one member\t{found.one_member}"
    yield f"owed by members already\t{found.owed}"
    for given_up in found.given_up:
        day = datetime.fromtimestamp(given_up.at_ms / 1000, UTC).date()
        yield (
            f"given up\t{given_up.place}\t{given_up.exposed}\t{day}\t{given_up.by or 'unknown'}"
            f"\t{given_up.reason or '-'}"
        )
    for part, points in _totals(found.devices).items():
        yield f"{_HEADINGS[part]}\t{points}\t{EXPLANATIONS[part]}"


def _cells(place: str, devices: list[DeviceExposure]) -> tuple[str, ...]:
    totals = _totals(devices)
    return (
        place.replace(" ", "_"),
        *(str(totals.get(part, 0)) for part in Part),
        str(sum(totals.values())),
    )


def _totals(devices: Any) -> dict[Part, int]:
    summed = {part: sum(device.parts.get(part, 0) for device in devices) for part in Part}
    return {part: points for part, points in summed.items() if points}


def _by_office(found: Exposure) -> Iterator[tuple[str, list[DeviceExposure]]]:
    for code, devices in itertools.groupby(found.devices, lambda device: device.office_code):
        yield code, list(devices)


def as_json(found: Exposure) -> dict[str, Any]:
    """The same, for programs; points throughout."""
    return {
        "points": found.points,
        "one_member": found.one_member,
        "owed": found.owed,
        "offices": [
            {
                "code": code,
                "points": sum(device.points for device in devices),
                "devices": [
                    {
                        "place": f"{code}/{device.counter_label}",
                        "device_id": str(device.device_id),
                        "points": device.points,
                        "parts": dict(device.parts),
                    }
                    for device in devices
                ],
            }
            for code, devices in _by_office(found)
        ],
        "given_up": [
            {
                "place": each.place,
                "device_id": str(each.device_id),
                "points": each.exposed,
                "at_ms": each.at_ms,
                "by": each.by,
                "reason": each.reason,
            }
            for each in found.given_up
        ],
        "explanations": dict(EXPLANATIONS),
    }
