"""Points that managers give and take: what counts of it, worked out from the journals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.simulation.facts import Books, Journals, read
from tests.simulation.merges import Merges
from tests.simulation.programme import ADJUSTMENT_LIMIT

_DECIDED = {"AdjustmentConfirmed": "posted", "AdjustmentDeclined": "declined"}


@dataclass
class _Adjustment:
    member_id: UUID
    points: int
    recorded_by: str
    state: str = "waiting"


class Adjustments:
    """A run's, in the server's order."""

    def __init__(self, books: Books, journals: Journals) -> None:
        self._books = books
        self._journals = journals
        self._known: dict[UUID, _Adjustment] = {}
        self._alone: list[UUID] = []  # agreed to by who recorded them
        for _, event in books.applied_in_order():
            document = read(journals.known[event])
            kind = document["type"]
            if kind == "PointsAdjusted":
                self._record(document)
            elif kind in _DECIDED:
                self._decide(document, _DECIDED[kind])

    def _record(self, document: dict[str, Any]) -> None:
        told = document["payload"]
        points = int(told["points"])
        found = _Adjustment(UUID(told["member_id"]), points, document["staff_id"])
        if abs(points) <= ADJUSTMENT_LIMIT:
            found.state = "posted"
        self._known.setdefault(UUID(told["adjustment_id"]), found)

    def _decide(self, document: dict[str, Any], state: str) -> None:
        adjustment_id = UUID(document["payload"]["adjustment_id"])
        found = self._known[adjustment_id]
        if state == "posted" and document["staff_id"] == found.recorded_by:
            self._alone.append(adjustment_id)
        elif found.state == "waiting":
            found.state = state

    def posted(self) -> Iterator[tuple[UUID, int]]:
        """Members and the points that each was given, or, below zero, that were taken."""
        for each in self._known.values():
            if each.state == "posted":
                yield each.member_id, each.points

    def wrong(self) -> Iterator[str]:
        """Where one isn't what its managers made of it, or a desk shows another than waits."""
        told = {
            UUID(document["payload"]["adjustment_id"])
            for document in map(read, self._journals.known.values())
            if document["type"] == "PointsAdjusted"
        }
        for clerk, _ in self._journals.rows:
            if lost := clerk.witness.adjusted - told:
                yield f"I6: confirmed adjustments are lost: {sorted(lost)[:3]}"
        for adjustment_id in self._alone:
            yield f"adjustments: {adjustment_id} was agreed to by who recorded it"
        rows = {UUID(row["adjustment_id"]): row for row in self._books.table("adjustment")}
        if rows.keys() != self._known.keys():
            yield f"adjustments: {len(self._known)} count, the server has {len(rows)}"
        for adjustment_id, each in self._known.items():
            times = self._books.posted["adjustment", adjustment_id]
            if times != (each.state == "posted"):
                yield f"adjustments: {adjustment_id} is {each.state}, and was posted {times} times"
            state = rows[adjustment_id]["state"] if adjustment_id in rows else "nowhere"
            if state != each.state:
                yield f"adjustments: {adjustment_id} is {state} and not {each.state}"
        waiting = {i for i, each in self._known.items() if each.state == "waiting"}
        for clerk, _ in self._journals.rows:
            if clerk.pc.kind == "desk" and not clerk.pc.shut_out:
                shown = {each.adjustment_id for each in clerk.pc.seat.members.adjustments()}
                if shown != waiting:
                    yield f"adjustments: {len(waiting)} wait, {clerk.pc.name} shows {len(shown)}"


def lowest(books: Books) -> Mapping[UUID, int]:
    """The least that each member ever had to spend, what they began with left out."""
    lines: dict[str, Counter[UUID]] = defaultdict(Counter)
    for row in books.postings:
        if row["account"] == "available":
            lines[row["txn_id"]][UUID(row["member_id"])] += row["amount"]
    has: Counter[UUID] = Counter()
    least: dict[UUID, int] = {}
    for txn in books.txns:
        for member_id, points in lines[txn["txn_id"]].items():
            has[member_id] += points
            if txn["kind"] == "opening":
                least[member_id] = has[member_id]
            else:
                least[member_id] = min(least.get(member_id, 0), has[member_id])
    return least


def had_too_few(books: Books, journals: Journals, merges: Merges, document: dict[str, Any]) -> bool:
    """Whether the points that an adjustment takes were lacking at some time of the day."""
    told = document["payload"]
    if document["type"] == "AdjustmentConfirmed":
        (told,) = (
            other["payload"]
            for other in map(read, journals.known.values())
            if other["type"] == "PointsAdjusted"
            and other["payload"]["adjustment_id"] == told["adjustment_id"]
        )
    least = lowest(books)
    had = min(least.get(one, 0) for one in merges.one_of(UUID(told["member_id"])))
    return had < -int(told["points"])
