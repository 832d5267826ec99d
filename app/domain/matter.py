"""Complaints and questions taken at a counter: who answers them, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_MATTER_CHARS = 2_000

DEFAULT_MATTER: dict[str, object] = {
    "topics": [
        ["baggage", "baggage_services"],
        ["delay", "operations"],
        ["refund", "revenue"],
        ["points", "loyalty"],
        ["staff", "customer_relations"],
        ["other", "customer_relations"],
    ],
    "due_hours": 12,
}


@dataclass(frozen=True, slots=True)
class MatterRules:
    """Topics in the order of their digit keys, each with the department that answers."""

    topics: tuple[tuple[str, str], ...]
    due_hours: int

    @classmethod
    def from_setting(cls, value: dict[str, Any] | None) -> MatterRules:
        """Read the server's setting 'matter'; what it doesn't say keeps its default."""
        merged: dict[str, Any] = {**DEFAULT_MATTER, **(value or {})}
        return cls(
            topics=tuple((topic, department) for topic, department in merged["topics"])[:9],
            due_hours=int(merged["due_hours"]),
        )

    def department_of(self, topic: str) -> str | None:
        return dict(self.topics).get(topic)
