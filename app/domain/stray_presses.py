"""Presses on the customer's panel or keypad while no question is open, folded so that few say all.

Nobody's rating, whatever was pressed, and not forgotten either: somebody may want to say something
and isn't asked, a child plays, a key sticks. Sans-I/O: the caller tells the time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.lean import dataclass

FIRST_SPAN_MS: Final = 60_000
LONGEST_SPAN_MS: Final = 16 * 60_000
"""Where presses go on, each span is twice as long as the one before: some 40 in eight hours."""

PAUSE_MS: Final = 700
"""Presses of one key that are closer than this are one run."""

STUCK_MS: Final = 30_000
"""Nobody presses one key for so long without a pause."""

MOST_PRESSES: Final = 1_000_000


class PressSource(StrEnum):
    """Where somebody pressed."""

    TOUCH = "touch"
    KEYPAD = "keypad"
    SERIAL_KEYPAD = "serial_keypad"


NO: Final = 0
YES: Final = 10
GLASS: Final = -1
"""The key of a touch: wherever it is, it is the same glass."""


@dataclass(frozen=True, slots=True)
class StrayPresses:
    """What came together.

    Attributes:
        presses: how many, 1..MOST_PRESSES; 0 of a key that sticks and was never let go.
        began_ms: the first, by the caller's clock, as ended_ms, the last.
        is_stuck: among them is a run of one key that nobody would make.
        session_id: who was signed in, None for nobody.
    """

    source: PressSource
    presses: int
    began_ms: float
    ended_ms: float
    is_stuck: bool
    session_id: UUID | None


@dataclass(slots=True)
class _Run:
    key: int
    began_ms: float
    last_ms: float
    is_told: bool = False


@dataclass(slots=True)
class _Span:
    session_id: UUID | None
    began_ms: float
    ended_ms: float
    until_ms: float
    presses: int = 0
    is_stuck: bool = False


class PressFolder:
    """Folds the presses of each source, and knows a key that sticks."""

    def __init__(self) -> None:
        """Begin with nothing pressed."""
        self._runs: dict[PressSource, _Run] = {}
        self._spans: dict[PressSource, _Span] = {}
        self._last: dict[PressSource, tuple[float, float]] = {}  # span: its length, when it ended

    def note(self, source: PressSource, key: int, now_ms: float) -> None:
        """Take notice of a press, counted or not, or of a key's being held still."""
        run = self._runs.get(source)
        if run is None or run.key != key or now_ms - run.last_ms > PAUSE_MS:
            self._runs[source] = _Run(key, now_ms, now_ms)
        else:
            run.last_ms = now_ms

    def pressed_since_ms(self, source: PressSource) -> float:
        """When the run began that the last noted press belongs to."""
        return self._runs[source].began_ms

    def is_stuck(self, source: PressSource) -> bool:
        """Whether the last noted press belongs to a run that nobody would make."""
        run = self._runs[source]
        return run.last_ms - run.began_ms >= STUCK_MS

    def count(self, source: PressSource, now_ms: float, session_id: UUID | None) -> None:
        """Count the press just noted as one that no question was open for."""
        span = self._span(source, now_ms, session_id)
        span.presses = min(span.presses + 1, MOST_PRESSES)

    def tell_stuck(self, source: PressSource, now_ms: float, session_id: UUID | None) -> bool:
        """Say that a key sticks if the run does and nobody was told; returns whether that is news.

        It is due at once, whatever it is folded with.
        """
        run = self._runs[source]
        if run.is_told or not self.is_stuck(source):
            return False
        run.is_told = True
        span = self._span(source, now_ms, session_id)
        span.is_stuck, span.until_ms = True, now_ms
        return True

    def due_ms(self) -> float | None:
        """When something can be taken next; None for nothing."""
        return min((span.until_ms for span in self._spans.values()), default=None)

    def take(self, now_ms: float, *, all_of_it: bool = False) -> list[StrayPresses]:
        """Take what is over, or everything."""
        taken = []
        for source, span in list(self._spans.items()):
            if all_of_it or span.until_ms <= now_ms:
                del self._spans[source]
                length_ms = max(span.until_ms - span.began_ms, FIRST_SPAN_MS)
                self._last[source] = (length_ms, now_ms)
                taken.append(
                    StrayPresses(
                        source,
                        span.presses,
                        span.began_ms,
                        span.ended_ms,
                        span.is_stuck,
                        span.session_id,
                    )
                )
        return taken

    def _span(self, source: PressSource, now_ms: float, session_id: UUID | None) -> _Span:
        span = self._spans.get(source)
        if span is None:
            length_ms, until_ms = self._last.get(source, (0, 0))
            goes_on = now_ms - until_ms <= length_ms
            length_ms = min(2 * length_ms, LONGEST_SPAN_MS) if goes_on else FIRST_SPAN_MS
            span = _Span(session_id, now_ms, now_ms, now_ms + max(length_ms, FIRST_SPAN_MS))
            self._spans[source] = span
        span.ended_ms = now_ms
        return span
