"""Pictures that the server gives to panels: whose they are, and how large they may be."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from app.domain.lean import dataclass

PIECE_BYTES: Final = 128 * 1024
"""What a broken line loses at most, and an alarm's neighbour on it waits for."""

MOST_BYTES: Final = 1024 * 1024
MOST_PIXELS: Final = 8_000_000
MOST_SIDE: Final = 8_192
PHOTO_BYTES: Final = 256 * 1024
PHOTO_PIXELS: Final = 2_000_000
MOST_PICTURES: Final = 500
"""Of a programme; a seat fetches its office's alone."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown in one place, as all seats are told; the content is fetched by its digest.

    Attributes:
        place: '' for the panel's own, behind greeting and thanks; a staff id for whom one rates.
        office_id: of the panel's own: where; None everywhere else than where an office has its own.
        digest: SHA-256 of the content in hex; '' where there is none any more.
        size_bytes: of the content.
    """

    KIND: ClassVar[str] = "picture"
    place: str
    office_id: UUID | None
    digest: str
    size_bytes: int

    @property
    def key(self) -> str:
        """What it is known by: a newer one of the same key takes its place."""
        return f"staff {self.place}" if self.place else f"panel {self.office_id or 'all'}"

    @property
    def pieces(self) -> int:
        """How many its content travels in."""
        return -(-self.size_bytes // PIECE_BYTES)
