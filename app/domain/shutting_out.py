"""When a device goes blind: the server has shut it out, or it was too long without the server.

A blind device has deleted the keys of both its files. It reads and spends nothing; what it has
recorded is kept, and read again with the programme's recovery key alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal
from uuid import UUID

from app.domain.lean import dataclass

Reason = Literal["revoked", "out_of_contact"]

HOUR_MS: Final = 3_600_000
DEFAULT_CONTACT: Final[dict[str, object]] = {"blind_after_hours": 45 * 24}
"""Longer than any line is down that somebody means to mend."""

_MOST_HOURS: Final = 366 * 24


def revocation_statement(device_id: UUID, revoked_ms: int) -> bytes:
    """What the server's authority signs when it shuts a device out.

    Nobody else can make a device forget its keys: no portal, proxy or server restored to a time
    before the device was enrolled.
    """
    return b"guichet revoked 1\0" + device_id.bytes + revoked_ms.to_bytes(8, "big")


def longest_absence_ms(value: object) -> int:
    """The time without the server that setting 'contact' allows; the default if it says none."""
    hours = value.get("blind_after_hours") if isinstance(value, dict) else None
    if not isinstance(hours, int) or isinstance(hours, bool) or not 1 <= hours <= _MOST_HOURS:
        hours = DEFAULT_CONTACT["blind_after_hours"]
    assert isinstance(hours, int)
    return hours * HOUR_MS


@dataclass(frozen=True, slots=True)
class Absence:
    """How long the server hasn't answered, by clocks that can't be talked into less.

    While one boot lasts its clock counts, which nobody can set and which goes on during sleep. From
    one boot to the next only the wall clock tells, and it counts from the latest time ever seen: a
    clock that was set back adds nothing, and takes nothing away.

    Attributes:
        absent_ms: counted when it was last looked at.
        limit_ms: allowed.
        wall_ms: the latest the wall clock, or the journal, has ever said.
        boot_id, boot_ms: when it was last looked at.
    """

    absent_ms: int
    limit_ms: int
    wall_ms: int
    boot_id: str
    boot_ms: int

    @property
    def is_over(self) -> bool:
        return self.absent_ms >= self.limit_ms

    def later(self, *, wall_ms: int, journal_ms: int, boot: tuple[str, int]) -> Absence:
        """The absence as it is now.

        Args:
            wall_ms: the wall clock.
            journal_ms: the latest wall time of the journal's entries, 0 for none.
            boot: boot id and milliseconds since, sleep included.
        """
        boot_id, boot_ms = boot
        latest_ms = max(wall_ms, journal_ms)
        same_boot = boot_id == self.boot_id and boot_ms >= self.boot_ms
        passed_ms = boot_ms - self.boot_ms if same_boot else max(0, latest_ms - self.wall_ms)
        return replace(
            self,
            absent_ms=self.absent_ms + passed_ms,
            wall_ms=max(self.wall_ms, latest_ms),
            boot_id=boot_id,
            boot_ms=boot_ms,
        )
