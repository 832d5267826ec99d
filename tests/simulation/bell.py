"""What desks were heard to ring for, and what they should have been."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING
from uuid import UUID

from app.domain.records import Case

if TYPE_CHECKING:
    from tests.simulation.counter import CounterPc
    from tests.simulation.person import Person
    from tests.simulation.programme import Programme


class Bell:
    """Of one PC; nothing of it is the program's.

    Attributes:
        rang: cases that it has ever rung for.
        since_start: those since the PC was switched on.
        promised: cases that it told a neighbour to keep, whatever becomes of the PC.
    """

    def __init__(self) -> None:
        self.rang: set[UUID] = set()
        self.since_start: set[UUID] = set()
        self.promised: set[UUID] = set()

    def ring(self, case: Case) -> None:
        self.rang.add(case.case_id)
        self.since_start.add(case.case_id)

    def promise(self, entry: bytes) -> None:
        """The desk has answered that it keeps this entry of a neighbour's."""
        self.promised |= low_ratings([entry])


def low_ratings(entries: Iterable[bytes]) -> set[UUID]:
    """The ratings among these entries that somebody pressed 1 or 2 for."""
    documents = [json.loads(entry) for entry in entries]
    return {
        UUID(document["payload"]["rating_id"])
        for document in documents
        if document["type"] == "RatingRecorded" and document["payload"]["score"] <= 2
    }


def _there(pc: CounterPc, before: Set[UUID]) -> set[UUID]:
    """The low ratings in the journal that the counter could tell a desk of."""
    silent = before | pc.unread()
    return low_ratings(body for i, body in pc.entries().items() if i not in silent)


def unheard(programme: Programme, people: Sequence[Person], *, before: Set[UUID]) -> str:
    """With the server gone: for which low ratings a desk is silent, '' for none.

    What the server has is its to tell; entries `before`, and those that a disk lost, are left out.
    """
    with programme.engine.connect() as connection:
        cases = connection.exec_driver_sql("SELECT case_id FROM service_case")
        told = {UUID(case_id) for (case_id,) in cases}
        # Such as one whose encounter a disk lost: a manager settles it
        refused = connection.exec_driver_sql("SELECT event_id FROM entry WHERE code <> ''")
        before = before | {UUID(event_id) for (event_id,) in refused}
    there = [
        person.pc
        for person in people
        if not (person.pc.is_blind or person.pc.shut_out or person.pc.branched)
    ]
    low = {rating for pc in there if pc.kind == "counter" for rating in _there(pc, before)}
    for desk in (pc for pc in there if pc.kind == "desk"):
        if silent := low - told - desk.bell.rang:
            return f"alarms: the server is gone, and {desk.name} is silent about {sorted(silent)}"
    return ""
