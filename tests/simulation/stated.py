"""Whether the worst loss that the server states bounds what comes in afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sync.server.exposure import Part, exposure
from tests.simulation.docket import WriteOff, read_docket
from tests.simulation.facts import Books, Journals, Story, read
from tests.simulation.person import Person
from tests.simulation.programme import Programme

_AT_RISK = (Part.POOL, Part.REPLACED)


@dataclass(frozen=True)
class Stated:
    """What the server says at one moment, and what it hasn't heard of by then.

    Attributes:
        parts: points by counter and part.
        unheard: entries that are in journals.
        place: how many decisions had been made by then.
    """

    parts: Mapping[UUID, Mapping[Part, int]]
    unheard: frozenset[UUID]
    place: int

    @classmethod
    def now(cls, programme: Programme, people: Sequence[Person]) -> Stated:
        with programme.engine.connect() as connection:
            stated = exposure(connection, programme.programme_id)
            docket = read_docket(connection)
        written = {event for person in people for event in person.pc.entries()}
        parts = {each.device_id: each.parts for each in stated.devices}
        unheard = written - {line.event_id for line in docket}
        return cls(parts, frozenset(unheard), len(docket))

    def wrong(
        self, books: Books, journals: Journals, story: Story, given_up: Mapping[UUID, WriteOff]
    ) -> Iterator[str]:
        """Where more came in than could be lost; not on days on which the server was restored.

        `given_up` are leases that were written off, then or later.
        """
        if story.restored:
            return
        exposed = {i for i, written_off in given_up.items() if written_off.place < self.place}
        branched = {clerk.pc.device_id for clerk, _ in journals.rows if clerk.pc.branched}
        online = {
            UUID(row["redemption_id"])
            for row in books.table("redemption")
            if row["cover"] == "online"
        }
        at_risk: Counter[UUID] = Counter()
        late = 0
        for event in self.unheard:
            document = read(journals.known[event])
            told, device_id = document["payload"], UUID(document["device_id"])
            if document["type"] != "RedemptionGranted" or books.decided.get(event) != "applied":
                continue
            if device_id in branched or UUID(told["redemption_id"]) in online:
                continue
            if told["cover"] == "at_risk":
                at_risk[device_id] += told["points"]
            elif told["lease_id"] and UUID(told["lease_id"]) in exposed:
                late += told["points"]
        for device_id, parts in self.parts.items():
            bound = sum(parts.get(part, 0) for part in _AT_RISK)
            if at_risk[device_id] > bound:
                yield f"I4: {bound} points could be lost at a counter, {at_risk[device_id]} were"
        # Of all counters: what one holds that was given up may be handed on to another
        bound = sum(parts.get(Part.WRITTEN_OFF, 0) for parts in self.parts.values())
        if late > bound:
            yield f"I4: {bound} points of counters given up could be lost, {late} were"
