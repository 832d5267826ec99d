"""What desks were heard to ring for, and what they should have been."""

from __future__ import annotations

import json
from collections import defaultdict
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
        fed: those that the server told it of.
        rings: how often it rang.
        since_start: those since the PC was switched on.
        promised: cases that it told a neighbour to keep, whatever becomes of the PC.
    """

    def __init__(self) -> None:
        self.rang: set[UUID] = set()
        self.fed: set[UUID] = set()
        self.rings = 0
        self.since_start: set[UUID] = set()
        self.promised: set[UUID] = set()

    def ring_as_told(self, case: Case) -> None:
        """The server's feed says so."""
        self.fed.add(case.case_id)
        self.ring(case)

    def ring(self, case: Case) -> None:
        self.rings += 1
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


def unheard(programme: Programme, people: Sequence[Person], *, forgotten: Set[UUID]) -> str:
    """With the server gone: for which low ratings a desk is silent, '' for none.

    What the server has is its to tell. Of those that it hasn't, nobody can ring for what it took
    in and a restore has `forgotten`, for what a disk lost before anybody heard of it, and for what
    the counter was told that people settle, as it was refused.
    """
    with programme.engine.connect() as connection:
        cases = connection.exec_driver_sql("SELECT case_id FROM service_case")
        told = {UUID(case_id) for (case_id,) in cases}
        refused = connection.exec_driver_sql("SELECT event_id FROM entry WHERE code <> ''")
        settled = {UUID(event_id) for (event_id,) in refused}
    there = [person.pc for person in people if not (person.pc.is_blind or person.pc.shut_out)]
    low = {
        rating
        for pc in there
        if pc.kind == "counter"
        for rating in _tellable(pc, forgotten, settled)
    }
    rang: dict[UUID, set[UUID]] = defaultdict(set)  # a desk and its clone are one to everybody
    for desk in (pc for pc in there if pc.kind == "desk"):
        rang[desk.device_id] |= desk.bell.rang
    for desk in (pc for pc in there if pc.kind == "desk"):
        if missed := low - told - rang[desk.device_id]:
            return f"alarms: the server is gone, and {desk.name} is silent about {sorted(missed)}"
    return ""


def _tellable(pc: CounterPc, forgotten: Set[UUID], settled: Set[UUID]) -> set[UUID]:
    """The low ratings in the journal that the counter has to tell a desk of."""
    silent = forgotten | pc.unread() | (settled & pc.confirmed())
    return low_ratings(body for event, body in pc.entries().items() if event not in silent)


def rung_by_mistake(people: Sequence[Person], known: Iterable[bytes]) -> str:
    """Which desk has ever rung for what nobody pressed, '' for none; `known` are all entries."""
    low = low_ratings(known)
    for person in people:
        if wrong := person.pc.bell.rang - low:
            return f"alarms: {person.pc.name} rang for {sorted(wrong)}, which nobody pressed"
    return ""
