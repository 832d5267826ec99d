"""Complaints and questions taken at a counter: who answers them, and by when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from app.domain.lean import dataclass
from app.domain.promise_clock import Promise, WorkCalendar, due_ms

MAX_MATTER_CHARS = 2_000
_MOST_TOPICS: Final = 9  # each has a digit key
_LONGEST: Final = 100

SETTING: Final = "matter"
DEFAULT_MATTER: dict[str, object] = {
    "topics": [
        ["baggage", "baggage_services"],
        ["delay", "operations"],
        ["refund", "revenue"],
        ["points", "loyalty"],
        ["staff", "customer_relations"],
        ["other", "customer_relations"],
    ],
    "due": {"hours": 12},
    "due_by_topic": {},
    "calendar": {
        "weekdays": [1, 2, 3, 4, 5],
        "opens": "09:00",
        "closes": "18:00",
        "holidays": [],
        "workdays": [],
    },
    "owners": {},
}


@dataclass(frozen=True, slots=True)
class MatterRules:
    """The server's setting 'matter'.

    Attributes:
        topics: (code, department that answers) in the order of their digit keys.
        due: how long an answer may take.
        due_by_topic: the same of topics that have their own.
        owners: who is in charge in a department, as the customer is told.
    """

    topics: tuple[tuple[str, str], ...]
    due: Promise
    due_by_topic: Mapping[str, Promise] = field(default_factory=dict)
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    owners: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_setting(cls, value: dict[str, Any] | None) -> MatterRules:
        """Read the setting; what it doesn't say keeps its default."""
        merged: dict[str, Any] = {**DEFAULT_MATTER, **(value or {})}
        hours = merged.get("due_hours")  # as settings said it before there were working days
        usual = Promise.from_setting({"hours": hours}, Promise(12, "hours"))
        due = Promise.from_setting((value or {}).get("due"), usual)
        own, owners = merged["due_by_topic"], merged["owners"]
        return cls(
            topics=tuple((topic, department) for topic, department in merged["topics"])[
                :_MOST_TOPICS
            ],
            due=due,
            due_by_topic={
                topic: Promise.from_setting(said, due)
                for topic, said in (own.items() if isinstance(own, dict) else ())
            },
            calendar=WorkCalendar.from_setting(merged["calendar"]),
            owners={
                department: str(name)[:_LONGEST]
                for department, name in (owners.items() if isinstance(owners, dict) else ())
            },
        )

    @classmethod
    def read(cls, value: dict[str, Any]) -> MatterRules:
        """Read a setting that is to be put in force, and leave nothing to defaults unseen.

        Raises:
            ValueError: something in it would be passed over.
        """
        topics = value.get("topics", DEFAULT_MATTER["topics"])
        if not (
            isinstance(topics, list)
            and 1 <= len(topics) <= _MOST_TOPICS
            and all(isinstance(each, list) and len(each) == 2 for each in topics)
            and all(isinstance(part, str) and part for each in topics for part in each)
        ):
            raise ValueError(f"topics are 1 to {_MOST_TOPICS} pairs of a topic and its department")
        if "due" in value:
            Promise.read(value["due"])
        for promise in value.get("due_by_topic", {}).values():
            Promise.read(promise)
        WorkCalendar.read(value.get("calendar", {}))
        if not all(isinstance(name, str) for name in value.get("owners", {}).values()):
            raise ValueError("owners are names by department")
        return cls.from_setting(value)

    def department_of(self, topic: str) -> str | None:
        return dict(self.topics).get(topic)

    def due_ms(self, topic: str, now_ms: int, time_zone: str) -> int:
        """When the answer to one that is taken now is due, ms since 1970 UTC."""
        promise = self.due_by_topic.get(topic, self.due)
        return due_ms(now_ms, promise, self.calendar, time_zone)
