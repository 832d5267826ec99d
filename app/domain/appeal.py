"""Staff may ask that a rating of a visit of theirs not count; they are never shown what it was."""

from __future__ import annotations

from typing import Final

from app.domain.errors import Rejected
from app.domain.records import Appeal

EXCLUDED: Final = "appeal"
"""Why a rating doesn't count whose appeal was upheld, beside the flags that it came with."""
SHOWN_DAYS: Final = 7
"""For so long a visit can be appealed at the counter."""


def checked_reason(typed: str) -> str:
    """Return a reason, of an appeal or of its answer, without blanks around it.

    Raises:
        Rejected: empty_reason, note_too_long.
    """
    reason = typed.strip()
    if not reason:
        raise Rejected("empty_reason", "Write down why")
    if len(reason) > Appeal.LONGEST_REASON:
        raise Rejected("note_too_long", "The reason is too long", limit=Appeal.LONGEST_REASON)
    return reason
