"""Customers on managers' weekly lists, and what is done about what was heard: desks' records."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from app.domain.lean import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One version of one field of a conversation or an action (`app.domain.facts`).

    Attributes:
        value: a code, an ISO date or a person's id, '' where the field is words alone.
        saw: the versions that its desk had seen.
        text: the words that came with it.
    """

    entry_id: UUID
    field: str
    value: str
    at_ms: int
    staff_id: UUID
    saw: tuple[UUID, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Listening:
    """A customer whom a manager is to listen to in a week, and what came of it.

    Attributes:
        staff_id: the manager's.
        week: the ISO date of its Monday.
        place: 1, 2, … on the manager's list.
        stratum: whom it was drawn among (`app.domain.listening.Stratum`).
        said: by time.
    """

    KIND: ClassVar[str] = "listening"
    listening_id: UUID
    office_id: UUID
    staff_id: UUID
    week: str
    place: int
    member_id: UUID
    stratum: str
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectiveAction:
    """What is to be done about something that was heard: by whom, and when it is looked at.

    Attributes:
        listening_id: the conversation that it comes from.
        staff_id: the manager's who asked for it.
        what: what is to be done, '' once texts are gone.
        said: by time.
    """

    KIND: ClassVar[str] = "action"
    action_id: UUID
    listening_id: UUID
    office_id: UUID
    staff_id: UUID
    opened_ms: int
    what: str
    said: tuple[Said, ...] = ()
