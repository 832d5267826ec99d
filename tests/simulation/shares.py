"""What members of families gave of what they earned, worked out from the journals.

Who gave how much to whom when is what the operator said, as the server wrote it down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.simulation.facts import Books, Facts, Journals, read
from tests.simulation.merges import Merges


@dataclass(frozen=True)
class Share:
    """What one accrual gives to a head: `points`, once it can be spent."""

    accrual_id: UUID
    giver_id: UUID
    head_id: UUID
    points: int


class Shares:
    """What all accruals give that count, undone ones too: these before they were undone."""

    def __init__(self, books: Books, journals: Journals, applied: Facts, merges: Merges) -> None:
        self._books = books
        self._spans: dict[UUID, list[dict[str, Any]]] = {}
        for row in books.table("family_share"):
            self._spans.setdefault(UUID(row["member_id"]), []).append(row)
        self._booked: dict[tuple[str, UUID], dict[str, Any]] = {
            (row["kind"], UUID(row["ref_id"])): row for row in books.txns
        }
        self._repaid: Counter[str] = Counter()
        self._spendable: set[str] = set()
        for row in books.postings:
            if row["account"] == "available" and row["amount"] > 0:
                self._spendable.add(row["txn_id"])
                self._repaid[row["txn_id"]] += row["amount"] if row["lot_id"] is None else 0
        self.all = list(self._work_out(journals, applied, merges))

    def standing(self, applied: Facts) -> Iterator[Share]:
        """Those of accruals that nobody undid."""
        return (each for each in self.all if each.accrual_id not in applied.reversed)

    def undone(self, applied: Facts) -> Iterator[Share]:
        """Those that came back."""
        return (each for each in self.all if each.accrual_id in applied.reversed)

    def wrong(self, applied: Facts) -> Iterator[str]:
        """Each share is posted once, and comes back once with its accrual."""
        posted = self._books.posted
        shared = {each.accrual_id for each in self.all}
        for accrual_id in applied.accruals:
            times = posted["family_share", accrual_id]
            if times != (accrual_id in shared):
                yield f"I1: the share of accrual {accrual_id} was posted {times} times"
            back = posted["family_return", accrual_id]
            if back != (accrual_id in shared and accrual_id in applied.reversed):
                yield f"I11: the share of accrual {accrual_id} came back {back} times"

    def _work_out(self, journals: Journals, applied: Facts, merges: Merges) -> Iterator[Share]:
        seen: set[UUID] = set()
        for place, event in self._books.applied_in_order():
            document = read(journals.known[event])
            if document["type"] != "AccrualRecorded":
                continue
            accrual_id = UUID(document["payload"]["accrual_id"])
            if accrual_id in seen or accrual_id not in applied.accruals:
                continue
            seen.add(accrual_id)
            booked = self._booked.get(("accrual", accrual_id))
            if booked is None:
                continue
            at_ms = min(document["wall_ms"] + (document["offset_ms"] or 0), booked["at_ms"])
            named = UUID(document["payload"]["member_id"])
            span = self._span(named, merges.survivor(named, place=place), at_ms)
            matured = self._booked.get(("maturing", accrual_id))
            when = None if matured else place
            spendable = matured or booked
            if span is None or spendable["txn_id"] not in self._spendable:
                continue
            head_id, giver_id = UUID(span["head_id"]), named
            if merges.survivor(head_id, place=when) == merges.survivor(giver_id, place=when):
                continue
            points = document["payload"]["points"] - self._repaid[spendable["txn_id"]]
            if shared := points * span["percent"] // 100:
                yield Share(accrual_id, giver_id, head_id, shared)

    def _span(self, named: UUID, stays: UUID, at_ms: int) -> dict[str, Any] | None:
        for member_id in (named, stays):
            for row in self._spans.get(member_id, ()):
                until_ms = row["until_ms"]
                if row["since_ms"] <= at_ms and (until_ms is None or at_ms < until_ms):
                    return row
        return None
