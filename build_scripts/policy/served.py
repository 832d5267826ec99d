"""What a customer who wanted a reward was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.redemption import Step

Outcome = Literal["online", "lease", "at_risk", "refused"]


@dataclass(frozen=True, slots=True)
class Served:
    """What became of a redemption.

    Attributes:
        outcome: what covers it.
        reason: why it was refused.
        waited: the server had to ask other counters for the points first.
        if_cut: with the network, what would have been without it; '' without it.
    """

    outcome: Outcome
    reason: str = ""
    waited: bool = False
    if_cut: Step | Literal[""] = ""
