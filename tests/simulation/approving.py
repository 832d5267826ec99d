"""Whether a manager agreed to what counters gave at risk: worked out from both ends' journals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from tests.simulation.facts import Books, Journals, Story, read
from tests.simulation.programme import APPROVAL_POINTS

_NOBODYS = str(UUID(int=0))


class _Yes(NamedTuple):
    """A manager's yes, as the journal of their desk has it."""

    desk_id: UUID
    staff_id: UUID
    counter: str
    challenge: str
    points: int


class Consent:
    """A run's approvals."""

    def __init__(self, books: Books, journals: Journals, story: Story) -> None:
        self._books = books
        self._journals = journals
        self._story = story
        labels = {UUID(row["counter_id"]): row["label"] for row in books.table("counter")}
        self._labels = {
            UUID(row["device_id"]): labels[UUID(row["counter_id"])].casefold()
            for row in books.table("device")
        }
        documents = {event: read(body) for event, body in journals.known.items()}
        self._given = {i: d for i, d in documents.items() if _takes_a_yes(d)}
        self._yes = {_yes_of(d) for d in documents.values() if _is_yes(d)}

    @cached_property
    def _lies(self) -> set[UUID]:
        """What was given by an approval for something else; a manager may have agreed too late."""
        return {i for clerk, _ in self._journals.rows for i in clerk.witness.lies}

    def wrong(self) -> Iterator[str]:
        """What was given without a yes, and what the server let pass without one."""
        for event, document in self._given.items():
            redemption_id = UUID(document["payload"]["redemption_id"])
            if redemption_id not in self._lies and not self._is_agreed(document):
                yield f"approvals: {event} was given, and no manager agreed to it"
        online = {
            UUID(row["redemption_id"])
            for row in self._books.table("redemption")
            if row["cover"] == "online"
        }
        for place, line in enumerate(self._books.docket):
            given = self._given.get(line.event_id)
            if given is None or line.how == "ahead" or line.decision != "accepted":
                continue
            if UUID(given["payload"]["redemption_id"]) in online:
                continue  # posted before the counter gave it, so it stands for itself
            if self.lacks(line.event_id, place):
                yield f"approvals: {line.event_id} counts, and no manager agreed to it"

    def lacks(self, event_id: UUID, place: int) -> bool:
        """Whether a reward had to be refused for want of a yes, at this place of the docket."""
        given = self._given.get(event_id)
        if given is None:
            return False
        ended = self._story.revoked_at.get(UUID(given["payload"]["approved_at"] or _NOBODYS))
        if UUID(given["payload"]["redemption_id"]) in self._lies:
            return True
        return not self._is_agreed(given) or (ended is not None and place >= ended)

    def _is_agreed(self, document: dict[str, Any]) -> bool:
        told = document["payload"]
        if not told.get("approved_at") or not told.get("approved_by"):
            return False
        counter_id = UUID(document["device_id"])
        yes = _Yes(
            UUID(told["approved_at"]),
            UUID(told["approved_by"]),
            self._labels[counter_id],
            _challenge(counter_id, told),
            told["points"],
        )
        return yes in self._yes and told["approved_by"] != document["staff_id"]


def _takes_a_yes(document: dict[str, Any]) -> bool:
    told = document["payload"]
    is_at_risk = document["type"] == "RedemptionGranted" and told["cover"] == "at_risk"
    return is_at_risk and int(told["points"]) > APPROVAL_POINTS


def _is_yes(document: dict[str, Any]) -> bool:
    is_answer = document["type"] == "ApprovalAnswered"
    return is_answer and bool(document["payload"]["is_agreed"])


def _yes_of(document: dict[str, Any]) -> _Yes:
    told = document["payload"]
    return _Yes(
        UUID(document["device_id"]),
        UUID(document["staff_id"]),
        told["counter"].casefold(),
        told["challenge"],
        told["points"],
    )


def _challenge(counter_id: UUID, told: dict[str, Any]) -> str:
    """What stands for a redemption: eight digits of its ids and its points."""
    ids = (
        UUID(told["redemption_id"]),
        counter_id,
        UUID(told["member_id"]),
        UUID(told["reward_id"]),
    )
    packed = b"".join(each.bytes for each in ids) + told["points"].to_bytes(8, "big")
    digest = hashlib.sha256(b"guichet challenge 1\0" + packed).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**8:08}"
