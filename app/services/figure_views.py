"""What a clerk is shown of their own figures."""

from __future__ import annotations

from app.domain.lean import dataclass
from app.domain.own_figures import OwnWeek


@dataclass(frozen=True, slots=True)
class OwnWeeksView:
    """The signed-in clerk's weeks, the latest first, as the server told them."""

    weeks: tuple[OwnWeek, ...]
    least_n: int  # customers that a share comes from at least
    at_ms: int
