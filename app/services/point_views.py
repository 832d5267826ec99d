"""What screens show of points beyond a balance: given back, stated, adjusted, exposed."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.redemption import SetAside
from app.domain.statement import StatementLine
from app.ports.online import CounterExposure
from app.ports.work import LineKind


@dataclass(frozen=True, slots=True)
class RefundableReward:
    """A reward that was given, and what of it could come back."""

    redemption_id: UUID
    reward_name: str
    reward_name_en: str
    points: int  # that were spent
    left_points: int  # of them, what hasn't come back as far as this counter knows
    at_ms: int
    refusal: str = ""  # code of why none of it can come back, '' where some can


@dataclass(frozen=True, slots=True)
class RefundForeseen:
    """What of `points` would come back by the rules this counter knows; the server decides."""

    points: int
    fee_points: int
    lasts_until: str | None = None  # ISO date that they last until at least; None: as they did

    @property
    def coming_points(self) -> int:
        """What comes back."""
        return self.points - self.fee_points


@dataclass(frozen=True, slots=True)
class StatementPending:
    """One thing done at this counter that no balance shows yet."""

    kind: LineKind
    text: str
    points: int


@dataclass(frozen=True, slots=True)
class StatementView:
    """What changed a member's points since a day, and what they hold.

    Attributes:
        first_day: ISO date; '' for all that there is.
        is_from_server: the central office said so at `at_ms`; else it is what this counter knew
            then, which is the balance and what expires next alone.
        opening_points: the balance before the first line.
        lots: (points, ISO date on which they expire or None), earliest first.
        pending: what was done here since.
    """

    first_day: str
    is_from_server: bool
    at_ms: int | None
    opening_points: int
    lines: tuple[StatementLine, ...]
    closing_points: int
    owed_points: int
    lots: tuple[tuple[int, str | None], ...]
    set_aside: tuple[SetAside, ...]
    pending: tuple[StatementPending, ...]


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """Points that a manager gave or took, as far as they wait for something.

    Attributes:
        masked_name, masked_card: whose; '' for a member who isn't on this PC.
        points: below zero: taken.
        reason: in the manager's words.
        state: 'unsent' was recorded here and isn't with the server, 'waiting' waits for a second
            manager, 'agreed' and 'declined' were decided here and are on their way.
        takes_two: it is beyond what one manager may do alone.
        refusal: code of why the person signed in may not agree, '' where they may.
    """

    adjustment_id: UUID
    masked_name: str
    masked_card: str
    points: int
    kind: str  # 'goodwill', 'correction'
    reason: str
    recorded_ms: int
    recorded_by_name: str
    state: Literal["unsent", "waiting", "agreed", "declined"]
    takes_two: bool
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class DenialView:
    """A member on the deny list, as far as this desk knows it.

    Attributes:
        masked_name, masked_card: whose; '' for a member who isn't on this PC.
        since_ms, by: when and who put them on it; 0 and '' where nobody has told.
        state: 'denying' and 'allowing' were done here and are on their way.
        reason: of what was done here, while it is on its way; nobody else's is told.
        is_own: it is the person signed in.
    """

    member_id: UUID
    masked_name: str
    masked_card: str
    since_ms: int
    by: str
    is_own: bool
    state: Literal["denied", "denying", "allowing"] = "denied"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExposureView:
    """The worst possible loss as of `at_ms`, which is the server's word.

    Attributes:
        counters: the office's.
        given_up: those whose write-off is on its way from this desk.
        is_fresh: the server said so just now.
    """

    counters: tuple[CounterExposure, ...]
    programme_points: int
    one_member_points: int
    owed_points: int
    at_ms: int
    given_up: frozenset[UUID]
    is_fresh: bool

    @property
    def points(self) -> int:
        """The office's worst possible loss."""
        return sum(counter.points for counter in self.counters)

    def parts(self) -> dict[str, int]:
        """The same by what it may be lost to."""
        summed: dict[str, int] = {}
        for counter in self.counters:
            for part, points in counter.parts.items():
                summed[part] = summed.get(part, 0) + points
        return summed
