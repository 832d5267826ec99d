"""Pictures that the server gives to this seat's panel. The adapter is app.store.pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.domain.pictures import Picture


class ShownPictures(Protocol):
    """What the panel shows; thread-safe."""

    def panel_picture(self) -> bytes | None:
        """The office's own, else that of all offices; None without one."""

    def staff_photo(self, staff_number: str) -> bytes | None:
        """Of whom customers rate; None without one."""


class PictureStore(ShownPictures, Protocol):
    """What of them has arrived; thread-safe. What can't be kept is fetched again another time."""

    def wanted(self) -> Sequence[Picture]:
        """Those that this seat may show and doesn't have whole, smallest first.

        What is no longer to be shown is let go.
        """

    def pieces(self, digest: str) -> int:
        """How many of a picture's have arrived, one after another from the first."""

    def keep_piece(self, picture: Picture, number: int, piece: bytes) -> bool:
        """Keep the next piece; returns whether the picture is whole now, and as was promised.

        One that isn't as was promised is thrown away and counts as never begun.
        """


class NoPictures:
    """The server gave none."""

    def panel_picture(self) -> bytes | None:
        return None

    def staff_photo(self, staff_number: str) -> bytes | None:
        return None
