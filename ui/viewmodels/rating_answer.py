"""What one customer has said so far: the face, the reasons, a few words, and who is to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.domain.events import CallWish
from app.domain.rating import MAX_COMMENT_CHARS, is_low
from app.services.commands import AddRatingDetail

MAX_PHONE_CHARS: Final = 20
MAX_REASONS: Final = 6


class RatingAnswer:
    """One customer's answer, as far as it has come. Knows what fits it; sends nothing.

    Attributes:
        choice: the face, 1..5; None before the first.
        reasons: codes of what is ticked, in the order they are offered.
        comment: the words written.
        phone: the number that the customer wants to be called at.
        call: what a dissatisfied customer wants done.
    """

    def __init__(self, reasons_by_score: Mapping[int, tuple[str, ...]] | None = None) -> None:
        """Begin with nothing said; `reasons_by_score` are the codes that fit each face."""
        self._reasons_by_score = reasons_by_score or {}
        self.choice: int | None = None
        self.reasons: tuple[str, ...] = ()
        self.comment = self.phone = ""
        self.call: CallWish | None = None

    @property
    def is_low(self) -> bool:
        """Whether the face chosen is one that brings somebody over."""
        return self.choice is not None and is_low(self.choice)

    @property
    def offered_reasons(self) -> tuple[str, ...]:
        """The codes of the reasons that fit the face chosen, at most six."""
        if self.choice is None:
            return ()
        return tuple(self._reasons_by_score.get(self.choice, ()))[:MAX_REASONS]

    def choose(self, level: int | None) -> None:
        """Take this face; ticks that don't fit it are taken away."""
        self.choice = level
        self.reasons = tuple(code for code in self.reasons if code in self.offered_reasons)

    def toggle(self, code: str) -> None:
        """Tick an offered reason, or take the tick away."""
        ticked = set(self.reasons) ^ {code}
        self.reasons = tuple(each for each in self.offered_reasons if each in ticked)

    def write_comment(self, text: str) -> None:
        """Take the words; together with a phone number they stay within what can be recorded."""
        self.comment = text[: MAX_COMMENT_CHARS - MAX_PHONE_CHARS - 2]

    def write_phone(self, text: str) -> None:
        """Take the number."""
        self.phone = text[:MAX_PHONE_CHARS]

    def details(self, encounter_id: UUID) -> AddRatingDetail | None:
        """Return what there is to be recorded beside the face, None if nothing."""
        if self.choice is None:
            return None
        phone = self.phone.strip() if self.call is CallWish.CALL_ME else ""
        comment = "\n".join(part for part in (self.comment.strip(), phone) if part)
        if not (self.reasons or comment or self.call):
            return None
        return AddRatingDetail(encounter_id, self.reasons, comment, self.call)
