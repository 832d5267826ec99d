"""Rules of the rating: levels, reasons, and how long a mind may be changed.

Every number here is configuration: the setting 'rating' from the server replaces these defaults.
"""

from __future__ import annotations

from typing import Any

from app.domain.lean import dataclass

SCORES = (1, 2, 3, 4, 5)
LOW_SCORES = (1, 2)
GOOD_SCORES = (4, 5)
MAX_COMMENT_CHARS = 500

DEFAULT_RATING: dict[str, object] = {
    "version": 1,
    "reasons": {
        "1": ["attitude", "competence", "efficiency", "facilities", "rules", "other"],
        "2": ["attitude", "competence", "efficiency", "facilities", "rules", "other"],
        "3": ["efficiency", "competence", "attitude", "facilities", "rules", "other"],
        "4": ["efficiency", "competence", "attitude", "facilities"],
        "5": ["efficiency", "competence", "attitude", "facilities"],
    },
    "change_window_s": 5,
    "repeat_window_s": 5,
    "invitation_s": 15,
    "details_s": 12,
    "skip_reasons": ["customer_left", "panel_broken", "child", "other"],
    "show_member_name": False,  # to managers, beside a low rating
}


def is_low(score: int) -> bool:
    """Whether a score brings a duty manager over."""
    return score in LOW_SCORES


@dataclass(frozen=True, slots=True)
class RatingRules:
    """The rating's configuration in force.

    Attributes:
        reasons_by_score: reason codes offered for each score, at most six each.
        change_window_s: how long after the first press a face may be changed.
        repeat_window_s: presses on a new invitation closer than this to the last are flagged.
        invitation_s: without a touch, until the question counts as timed out.
        details_s: without a touch, until what was ticked after the face is taken as it stands.
    """

    version: int
    reasons_by_score: dict[int, tuple[str, ...]]
    change_window_s: int
    repeat_window_s: int
    invitation_s: int
    details_s: int
    skip_reasons: tuple[str, ...]

    @classmethod
    def from_setting(cls, value: dict[str, Any] | None, version: int = 1) -> RatingRules:
        """Read the server's setting; what it doesn't say keeps its default."""
        merged: dict[str, Any] = {**DEFAULT_RATING, **(value or {})}
        return cls(
            version=version,
            reasons_by_score={
                int(score): tuple(codes)[:6] for score, codes in merged["reasons"].items()
            },
            change_window_s=int(merged["change_window_s"]),
            repeat_window_s=int(merged["repeat_window_s"]),
            invitation_s=int(merged["invitation_s"]),
            details_s=int(merged["details_s"]),
            skip_reasons=tuple(merged["skip_reasons"]),
        )
