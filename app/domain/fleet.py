"""What devices say of themselves, and what of it somebody should look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.lean import dataclass

HOUR_MS: Final = 3_600_000
AWAY_MS: Final = 24 * HOUR_MS
STUCK_MS: Final = HOUR_MS
LEAST_FREE_MB: Final = 1_024
MOST_OFFSET_MS: Final = 120_000
MOST_CODES: Final = 20
"""Findings of the doctor that a device names."""
DOCTOR_WORST: Final = ("", "well", "warning", "error")


class Trouble(StrEnum):
    """What is wrong, the worst first."""

    STUCK = "stuck"
    """It calls, and holds work that is older than an hour."""
    AWAY = "away"
    """Nobody heard of it for a day."""
    DOCTOR = "doctor"
    """Its last check of itself found an error."""
    DISK = "disk"
    CLOCK = "clock"
    SHUT_OUT = "shut_out"
    """It was revoked; not wrong by itself, and last."""


_RANK: Final[Mapping[Trouble, int]] = {trouble: place for place, trouble in enumerate(Trouble)}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a device says of itself.

    Attributes:
        version: of its program.
        system: of its PC, such as 'Linux 6.1'.
        unsent: entries that the server hasn't confirmed.
        oldest_unsent_ms: how long the oldest of them has waited, 0 without any.
        free_mb: on the disk of its data, None where that isn't known.
        offset_ms: the server's clock minus its own, None before the first contact.
        doctor_ran_ms: when `guichet doctor` ran last, by its clock; None: never.
        doctor_worst: what that found, one of DOCTOR_WORST.
        doctor_codes: of what it found.
    """

    version: str
    system: str
    unsent: int = 0
    oldest_unsent_ms: int = 0
    free_mb: int | None = None
    offset_ms: int | None = None
    doctor_ran_ms: int | None = None
    doctor_worst: str = ""
    doctor_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetDevice:
    """A device as the server knows it.

    Attributes:
        last_ms: when it called last, to be enrolled at least.
        said_ms: when it said `condition`, None where it never did.
        leases: members whose points it holds, `leased_points` in all.
    """

    device_id: UUID
    office_code: str
    counter_label: str
    kind: str
    is_shut_out: bool
    last_ms: int
    said_ms: int | None
    condition: Condition
    leases: int = 0
    leased_points: int = 0

    @property
    def place(self) -> str:
        return f"{self.office_code}/{self.counter_label}"

    def oldest_unsent_ms(self, now_ms: int) -> int:
        """How long its oldest unsent entry has waited by now, as far as it has said."""
        if not self.condition.unsent or self.said_ms is None:
            return 0
        return self.condition.oldest_unsent_ms + max(0, now_ms - self.said_ms)

    def troubles(self, now_ms: int) -> tuple[Trouble, ...]:
        """What is wrong with it, the worst first."""
        if self.is_shut_out:
            return (Trouble.SHUT_OUT,)
        said = self.condition
        is_away = now_ms - self.last_ms > AWAY_MS
        found = {
            Trouble.STUCK: not is_away and self.oldest_unsent_ms(now_ms) > STUCK_MS,
            Trouble.AWAY: is_away,
            Trouble.DOCTOR: said.doctor_worst == DOCTOR_WORST[-1],
            Trouble.DISK: said.free_mb is not None and said.free_mb < LEAST_FREE_MB,
            Trouble.CLOCK: said.offset_ms is not None and abs(said.offset_ms) > MOST_OFFSET_MS,
        }
        return tuple(trouble for trouble, is_so in found.items() if is_so)


def worst_first(devices: Iterable[FleetDevice], now_ms: int) -> list[FleetDevice]:
    """In the order in which somebody should look: what is wrong, then by place."""

    def rank(device: FleetDevice) -> tuple[float, int, str, str, UUID]:
        troubles = device.troubles(now_ms)
        first = _RANK[troubles[0]] if troubles else len(_RANK) - 1.5
        return first, -len(troubles), device.office_code, device.counter_label, device.device_id

    return sorted(devices, key=rank)
