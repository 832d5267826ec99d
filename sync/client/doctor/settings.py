"""What is set for the seat: can every source be gone by?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.domain.errors import Unavailable
from app.settings.in_force import Settings, read_settings
from app.settings.schema import SeatSettings
from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import NotLookedAt, Pc

PRINTER: Final = "printer.ini"  # whose mistakes are told with the printer


def in_force(pc: Pc) -> Settings:
    """What is in force at the seat.

    Raises:
        NotLookedAt: the policy is broken, which is told by itself.
    """
    try:
        return read_settings({"data_folder": pc.folder}, places=pc.places)
    except Unavailable as error:
        raise NotLookedAt from error


def set_for(pc: Pc) -> SeatSettings:
    """What is set for the seat; where the policy is broken, what would be without any."""
    try:
        return in_force(pc).values
    except NotLookedAt:
        return SeatSettings()


def look_at_settings(pc: Pc) -> Iterator[Finding]:
    """Read them as the program does when it starts."""
    try:
        settings = read_settings({"data_folder": pc.folder}, places=pc.places)
    except Unavailable as problem:
        yield Finding("policy_broken", {"said": problem.detail["what"]})
        return
    for mistake in settings.problems:
        if Path(mistake.place).name != PRINTER:
            yield Finding("settings_mistake", {"said": str(mistake)})
