"""What the server's clock shows, as far as a device knows it while the two don't speak."""

from __future__ import annotations

from typing import Final

from app.domain.lean import dataclass

MOST_DRIFT_MS: Final = 120_000
"""By more than that no clock drifts from another in a month: somebody has set it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The server's clock as it was last compared with the PC's two.

    Attributes:
        wall_ms: the PC's wall clock then, milliseconds since 1970 UTC.
        offset_ms: the server's clock minus that.
        boot_id: identifies the run of the operating system; None where it wasn't noted.
        boot_ms: milliseconds since that boot, sleep included.
    """

    wall_ms: int
    offset_ms: int
    boot_id: str | None
    boot_ms: int | None

    def offset_at(self, wall_ms: int, boot: tuple[str, int]) -> int:
        """The server's clock minus a wall clock that may have been set since.

        Within one boot the boot clock tells, which nobody can set; after another one the wall
        clock is believed to have gone on as it was.

        >>> then = Contact(1_000_000, 500, "one", 10_000)
        >>> then.offset_at(1_060_000, ("one", 70_000)), then.offset_at(4_660_000, ("one", 70_000))
        (500, -3599500)
        >>> then.offset_at(4_660_000, ("two", 70_000))
        500
        """
        boot_id, boot_ms = boot
        if self.boot_ms is None or self.boot_id != boot_id:
            return self.offset_ms
        was_set_by = (wall_ms - self.wall_ms) - (boot_ms - self.boot_ms)
        return self.offset_ms if abs(was_set_by) <= MOST_DRIFT_MS else self.offset_ms - was_set_by
