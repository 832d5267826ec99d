"""What a screen has to say just now, kept as a code so that a change of language rewords it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.errors import GuichetError, Unavailable
from ui.viewmodels import wording

Weight = Literal["info", "positive", "caution", "critical"]


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence.

    Attributes:
        weight: how it is to be shown.
        code: a key of `sentences.MESSAGES`; '' for a refusal.
        blanks: what fills the sentence.
        problem: the refusal to put into words.
    """

    weight: Weight
    code: str = ""
    blanks: tuple[tuple[str, str | int], ...] = ()
    problem: GuichetError | None = None

    @classmethod
    def message(cls, weight: Weight, code: str, **blanks: str | int) -> Said:
        """A sentence of the screen's own."""
        return cls(weight, code, tuple(blanks.items()))

    @classmethod
    def refusal(cls, problem: GuichetError) -> Said:
        """What the core refused."""
        weight: Weight = "critical" if isinstance(problem, Unavailable) else "caution"
        return cls(weight, problem=problem)

    def words(self) -> str:
        """Return the sentence in the language in force."""
        if self.problem is not None:
            return wording.error(self.problem)
        return wording.message(self.code, **dict(self.blanks))
