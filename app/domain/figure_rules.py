"""What is too few to be shown, what takes too long, and how long customers are followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from app.domain.lean import dataclass
from app.domain.records import STEP_EDGES_S

SETTING: Final = "figures"


@dataclass(frozen=True, slots=True)
class FigureRules:
    """The server's setting 'figures'.

    Attributes:
        least_n: customers that a share comes from at least, to be shown.
        staff_least_n: the same of a share of one clerk's.
        recovery_days: how long customers are followed after a low rating, from 7 to 365.
        targets_s: how long each of STEPS may take, each one of STEP_EDGES_S.
    """

    least_n: int = 5
    staff_least_n: int = 30
    recovery_days: int = 90
    targets_s: Mapping[str, int] = field(
        default_factory=lambda: {"identify": 30, "serve": 180, "answer": 15}
    )

    @classmethod
    def from_setting(cls, value: Mapping[str, Any] | None) -> FigureRules:
        """Read the setting; what it doesn't say, or says in no such way, keeps its default."""
        default, said = cls(), value or {}
        targets = said.get("targets_s")
        found = targets if isinstance(targets, dict) else {}
        return cls(
            _whole(said.get("least_n"), default.least_n),
            _whole(said.get("staff_least_n"), default.staff_least_n),
            min(max(_whole(said.get("recovery_days"), default.recovery_days), 7), 365),
            {
                step: found[step] if found.get(step) in STEP_EDGES_S else target
                for step, target in default.targets_s.items()
            },
        )

    def to_setting(self) -> dict[str, object]:
        """Give it as the server keeps it."""
        return {
            "least_n": self.least_n,
            "staff_least_n": self.staff_least_n,
            "recovery_days": self.recovery_days,
            "targets_s": dict(self.targets_s),
        }


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and value >= 1 else default
