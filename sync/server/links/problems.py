"""Why a link does nothing, or no more: what its page says instead."""

from __future__ import annotations

from typing import Final, Literal

Code = Literal[
    "unreadable",  # forged, cut short, of a PC that was shut out
    "ended",
    "full",  # as many ratings came by it as it takes
    "settled",  # this rating can't be changed any more
    "unknown_rating",
    "busy",
    "too_large",
    "failed",
]

STATUS: Final[dict[Code, int]] = {
    "unreadable": 404,
    "ended": 410,
    "full": 409,
    "settled": 409,
    "unknown_rating": 404,
    "busy": 429,
    "too_large": 413,
    "failed": 503,
}
"""HTTP's, by code."""


class LinkError(Exception):
    """The page says why, in the customer's language. Nothing of what was asked was done."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code
