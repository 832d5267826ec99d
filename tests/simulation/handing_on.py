"""What counters handed on to each other of their leases, from their journals alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from tests.simulation.docket import WriteOff
from tests.simulation.facts import Books, Journals, Story, read


@dataclass(frozen=True)
class _Said:
    """One side's word of a transfer."""

    event_id: UUID
    device_id: UUID
    what: tuple[UUID, UUID, UUID, int]  # lease, giver, receiver, points


class Handing:
    """A run's transfers.

    Attributes:
        moved: points that left a lease for another, by the lease they left.
        unmoved: those that the server found no points for any more.
        given_up: leases that hold nothing but what may be spent all the same, as if they had been
            written off; the leases that were, less what was handed on of them.
    """

    def __init__(self, books: Books, journals: Journals, story: Story) -> None:
        self._books = books
        self._journals = journals
        self._story = story
        self._handed_on: dict[UUID, list[_Said]] = defaultdict(list)
        self._received: dict[UUID, list[_Said]] = defaultdict(list)
        for event_id, body in journals.known.items():
            self._read(event_id, read(body))
        self._rows = {UUID(row["transfer_id"]): row for row in books.table("lease_transfer")}
        self.moved: Counter[UUID] = Counter()
        self.unmoved: Counter[UUID] = Counter()
        self.given_up = dict(books.given_up)
        self._go_over()

    def _read(self, event_id: UUID, document: dict[str, object]) -> None:
        told = document["payload"]
        assert isinstance(told, dict)
        device_id = UUID(str(document["device_id"]))
        if document["type"] == "LeaseHandedOn":
            ends = (device_id, UUID(told["to_device_id"]))
            said = self._handed_on
        elif document["type"] == "LeaseReceived":
            ends = (UUID(told["from_device_id"]), device_id)
            said = self._received
        else:
            return
        what = (UUID(told["lease_id"]), *ends, int(told["points"]))
        said[UUID(told["transfer_id"])].append(_Said(event_id, device_id, what))

    def _go_over(self) -> None:
        """In the order in which the server heard of them, whichever side came first."""
        of = {
            said.event_id: transfer_id
            for side in (self._handed_on, self._received)
            for transfer_id, every in side.items()
            for said in every
        }
        seen: set[UUID] = set()
        for place, line in enumerate(self._books.docket):
            transfer_id = of.get(line.event_id)
            if line.how == "ahead" or line.decision != "accepted" or transfer_id is None:
                continue
            if transfer_id in seen or transfer_id not in self._rows:
                continue
            seen.add(transfer_id)
            row = self._rows[transfer_id]
            lease_id, points = UUID(row["lease_id"]), int(row["points"])
            if not row["exposed"]:
                self.moved[lease_id] += points
                continue
            receiver = UUID(row["to_device_id"])
            self.given_up[transfer_id] = WriteOff(points, place, receiver)
            before = self._books.given_up.get(lease_id)
            if before is not None and row["was_exposed"]:
                left = self.given_up[lease_id]
                self.given_up[lease_id] = replace(left, points=left.points - points)
            else:
                self.unmoved[lease_id] += points
        # Refused, since a restored server had forgotten that the lease was filled up
        for transfer_id, every in self._handed_on.items():
            if transfer_id not in self._rows:
                self.unmoved[every[0].what[0]] += every[0].what[3]

    def wrong(self) -> Iterator[str]:
        """Each transfer once, nobody's without its giver, and nothing made up."""
        journals, books = self._journals, self._books
        shaky = {
            clerk.pc.device_id
            for clerk, _ in journals.rows
            if clerk.pc.branched or clerk.pc.shut_out
        }
        for transfer_id, every in self._received.items():
            given = self._handed_on.get(transfer_id, [])
            if not given:
                yield f"transfers: {transfer_id} was taken over and never handed on"
            if {said.what for said in every} - {said.what for said in given}:
                yield f"transfers: {transfer_id} was taken over otherwise than it was handed on"
        for side, name in ((self._handed_on, "handed on"), (self._received, "taken over")):
            for transfer_id, every in side.items():
                if len(every) > 1 and every[0].device_id not in shaky:
                    yield f"transfers: {transfer_id} was {name} {len(every)} times"
        counted = {
            transfer_id
            for side in (self._handed_on, self._received)
            for transfer_id, every in side.items()
            if any(books.decided.get(said.event_id) == "applied" for said in every)
        }
        if self._rows.keys() != counted:
            yield f"transfers: {len(counted)} count, the server has {len(self._rows)}"
        for transfer_id, row in self._rows.items():
            sides = [*self._handed_on.get(transfer_id, []), *self._received.get(transfer_id, [])]
            ids = (row["lease_id"], row["from_device_id"], row["to_device_id"])
            if any(said.what != (*map(UUID, ids), row["points"]) for said in sides):
                yield f"transfers: {transfer_id} is another at the server"
            giver = UUID(row["from_device_id"])
            excused = giver in shaky or self._story.restored or row["was_exposed"]
            if row["exposed"] and not excused:
                yield f"transfers: an honest counter handed on {row['points']} it did not hold"
            if row["was_exposed"] and UUID(row["lease_id"]) not in books.given_up:
                yield f"transfers: {transfer_id} is exposed of a lease that nobody gave up"

    def lost_by(self, events: set[UUID]) -> set[UUID]:
        """Transfers that are known to their receivers by these entries."""
        return {
            i for i, every in self._received.items() if any(s.event_id in events for s in every)
        }
