"""Whether clerks gave more within an hour than they may: the server's decisions gone over again."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tests.simulation.docket import Line
from tests.simulation.facts import Books, Facts, Journals, read

LIMITED_MORNINGS: Final = frozenset({0})
"""On these a clerk may give so many points within an hour."""
CLERK_LIMIT: Final = 3_000
BEYOND: Final = "over_clerk_limit"
_HOUR_MS: Final = 3_600_000


@dataclass
class _Given:
    """A redemption that stands: by whom, when by the counter's knowledge, what hasn't come back."""

    staff_id: str
    at_ms: int
    points: int


class ClerksHours:
    """A run's.

    Attributes:
        beyond: how many redemptions were, 'refused' online or 'raised' before a manager.
    """

    def __init__(self, books: Books, journals: Journals, limit: int) -> None:
        self._books = books
        self._limit = limit
        self._documents = {i: read(body) for i, body in journals.known.items()}
        self._items = {UUID(r["exception_id"]): r["code"] for r in books.table("exception_item")}
        self._given: dict[UUID, _Given] = {}
        self._voided: set[UUID] = set()
        # Refunds that count, and whether they have been taken off
        known = Facts.of(journals.known.values())
        self._refunds: dict[UUID, dict[UUID, int]] = defaultdict(dict)
        for row in books.table("refund"):
            refund_id = UUID(row["refund_id"])
            if row["state"] == "posted" and refund_id in known.refunds:
                redemption_id, points, _ = known.refunds[refund_id]
                self._refunds[redemption_id][refund_id] = points
        self._came: set[UUID] = set()  # refunds
        self.beyond: Counter[str] = Counter()

    def wrong(self) -> Iterator[str]:
        """Where one was refused or raised that wasn't beyond, or none that was."""
        for line in self._books.docket:
            document = self._documents.get(line.event_id)
            if document is None:
                continue
            kind, told = document["type"], document["payload"]
            if kind == "RedemptionRequested" and line.how == "ahead":
                yield from self._online(line, document)
            elif line.how == "ahead" or line.decision != "accepted":
                continue
            elif kind == "RedemptionGranted":
                yield from self._by_itself(line, document)
            elif kind == "RedemptionVoided":
                self._voided.add(UUID(told["redemption_id"]))
                self._given.pop(UUID(told["redemption_id"]), None)
            elif kind == "RedemptionRefunded":
                self._came.add(UUID(told["refund_id"]))
                self._take_off(UUID(told["redemption_id"]))
            elif kind == "ExceptionSettled" and told["answer"] != "noted":
                about = self._documents.get(UUID(told["exception_id"]))
                if about is not None and about["type"] == "RedemptionGranted":
                    self._note(about)

    def _online(self, line: Line, document: dict[str, Any]) -> Iterator[str]:
        is_known = UUID(document["payload"]["redemption_id"]) in self._given.keys() | self._voided
        is_beyond = self._is_beyond(document)
        if line.code == BEYOND:
            self.beyond["refused"] += 1
            if not is_beyond:
                yield f"clerks: {line.event_id} was refused as beyond the hour, and wasn't"
        elif line.decision == "accepted" and not is_known:
            if is_beyond:
                yield f"clerks: {line.event_id} was posted online, beyond the hour"
            self._note(document)

    def _by_itself(self, line: Line, document: dict[str, Any]) -> Iterator[str]:
        told = document["payload"]
        redemption_id = UUID(told["redemption_id"])
        if redemption_id in self._given or redemption_id in self._voided:
            return  # posted before; nothing more is given
        is_beyond, item = self._is_beyond(document), self._items.get(line.event_id, "")
        if told["cover"] != "online":
            # What is before a manager for another reason isn't there a second time
            if is_beyond and not item:
                yield f"clerks: {line.event_id} is beyond the hour, and no manager hears of it"
            if not is_beyond and item == BEYOND:
                yield f"clerks: {line.event_id} was raised as beyond the hour, and isn't"
            self.beyond["raised"] += item == BEYOND
        self._note(document)

    def _is_beyond(self, document: dict[str, Any]) -> bool:
        if document["staff_id"] is None:
            return False
        at_ms = _at_ms(document)
        given = sum(
            each.points
            for each in self._given.values()
            if each.staff_id == document["staff_id"] and at_ms - _HOUR_MS < each.at_ms <= at_ms
        )
        return given + int(document["payload"]["points"]) > self._limit

    def _note(self, document: dict[str, Any]) -> None:
        redemption_id = UUID(document["payload"]["redemption_id"])
        if redemption_id in self._given or redemption_id in self._voided:
            return
        points = int(document["payload"]["points"])
        self._given[redemption_id] = _Given(document["staff_id"], _at_ms(document), points)
        self._take_off(redemption_id)

    def _take_off(self, redemption_id: UUID) -> None:
        given, refunds = self._given.get(redemption_id), self._refunds[redemption_id]
        if given is not None:
            for refund_id in self._came & refunds.keys():
                given.points -= refunds.pop(refund_id)


def limit_of(books: Books) -> int | None:
    """What a clerk may give within the hour, None where there is no end of it."""
    (row,) = (row for row in books.table("setting") if row["name"] == "redemption")
    limit = json.loads(row["value"]).get("clerk_points_per_hour")
    return None if limit is None else int(limit)


def _at_ms(document: dict[str, Any]) -> int:
    return int(document["wall_ms"]) + int(document["offset_ms"] or 0)
