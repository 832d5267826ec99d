"""Counters that were given up, by the operator or at a desk: each lease with a cause, and all."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from tests.simulation.facts import Books, Journals, Story, read


def wrong_given_up(books: Books, journals: Journals, story: Story) -> Iterator[str]:
    """Where a lease was written off that nobody gave up, or one of a lost counter is kept."""
    causes = list(story.given_up)
    received: dict[UUID, int] = {}
    for row in books.entries:  # what comes again under another incarnation does nothing more
        event = UUID(row["event_id"])
        received[event] = min(row["received_ms"], received.get(event, row["received_ms"]))
    kept = [row for row in books.table("lease") if row["state"] in ("open", "recall")]
    for place, event in books.applied_in_order():
        document = read(journals.known[event])
        if document["type"] != "LeasesWrittenOff":
            continue
        device_id = UUID(document["payload"]["device_id"])
        while place and books.docket[place].how == books.docket[place - 1].how == "again":
            place -= 1  # what is decided again in one go is written down after all that it does
        causes.append((device_id, place))
        since = [
            row
            for row in kept
            if UUID(row["device_id"]) == device_id and row["granted_ms"] < received[event]
        ]
        if since:
            yield f"write-offs: {len(since)} leases of a counter that was given up are still held"
    for lease_id, written_off in books.given_up.items():
        if not any(
            device_id == written_off.device_id and place <= written_off.place
            for device_id, place in causes
        ):
            yield f"write-offs: {lease_id} was written off, and nobody gave its counter up"
    told = {
        UUID(document["payload"]["device_id"])
        for document in map(read, journals.known.values())
        if document["type"] == "LeasesWrittenOff"
    }
    for clerk, _ in journals.rows:
        if clerk.witness.gave_up - told:
            yield "I6: a counter that was given up at a desk isn't in its journal"
