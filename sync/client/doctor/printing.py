"""The seat's receipt printer: does it answer, and could it print?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from app.devices.network_printer import NetworkPrinter
from app.devices.printer_settings import printer_settings
from app.domain.errors import Unavailable
from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import Pc
from sync.client.doctor.settings import PRINTER, in_force


def look_at_printer(pc: Pc) -> Iterator[Finding]:
    """Ask it for its state, as the program does before each receipt; nothing is printed."""
    told = in_force(pc)
    for mistake in told.problems:
        if Path(mistake.place).name == PRINTER:
            yield Finding("printer_settings", {"said": mistake.text})
    settings = printer_settings(told.values)
    if settings.folder is not None and not _can_write(settings.folder):
        yield Finding("printer_folder", {"folder": str(settings.folder)})
    if not settings.host:
        return
    printer = NetworkPrinter(
        settings.host, settings.port, settings.paper, tells_state=settings.tells_state
    )
    try:
        printer.look()
    except Unavailable as problem:
        yield Finding(problem.code, {"at": f"{settings.host}:{settings.port}"})


def _can_write(folder: Path) -> bool:
    """Whether files can be made there; the program makes the folder itself if need be."""
    place = next(each for each in (folder, *folder.parents) if each.exists())
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
