"""What a screen has to say just now, kept as a code so that a change of language rewords it."""

from __future__ import annotations

from typing import Final, Literal

from app.domain.errors import GuichetError, Unavailable
from app.domain.lean import dataclass
from ui.viewmodels import wording

SHORTEST_SHOWN: Final = 8  # characters of a scan; the ends of a shorter one would tell it all

Weight = Literal["info", "positive", "caution", "critical"]


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence.

    Attributes:
        weight: how it is to be shown.
        code: a key of `sentences.MESSAGES`, said after the refusal if there is one; '' for none.
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

    @classmethod
    def key_refused(cls, code: str) -> Said:
        """Why a key does nothing now."""
        if code == "answer_first":
            return cls.message("info", code)
        return cls.refusal(GuichetError(code, code))

    @classmethod
    def failed_scan(cls, problem: GuichetError, text: str) -> Said:
        """What a scanner read that is nothing; of `text` no more is kept than its ends."""
        read = f"{text[:2]}…{text[-2:]}" if len(text) >= SHORTEST_SHOWN else "…"
        blanks = (("read", read), ("count", len(text)))
        return cls("caution", "scan_read", blanks, problem)

    def words(self) -> str:
        """Return the sentence in the language in force."""
        if self.problem is not None and not self.code:
            return wording.error(self.problem)
        if self.problem is not None:
            why = wording.error(self.problem)
            return f"{why} {wording.message(self.code, **dict(self.blanks))}"
        return wording.message(self.code, **dict(self.blanks))
