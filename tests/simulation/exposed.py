"""Leases whose devices were given up: what came in late, and what is exposed of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID

from tests.simulation.docket import WriteOff
from tests.simulation.facts import Books, Facts, Journals, Story, read


def late_spends(
    books: Books, journals: Journals, given_up: Mapping[UUID, WriteOff]
) -> dict[UUID, int]:
    """Points by lease that came in when it had been written off, undone since or not."""
    late: Counter[UUID] = Counter()
    online = {UUID(r["redemption_id"]) for r in books.table("redemption") if r["cover"] == "online"}
    for place, line in enumerate(books.docket):
        if line.how == "ahead" or line.decision != "accepted":
            continue
        document = read(journals.known[line.event_id])
        told = document["payload"]
        if document["type"] != "RedemptionGranted" or not told["lease_id"]:
            continue
        written_off = given_up.get(UUID(told["lease_id"]))
        if written_off is None or UUID(told["redemption_id"]) in online:
            continue
        if place >= written_off.place:
            late[UUID(told["lease_id"])] += told["points"]
    return late


def wrong_exposure(
    books: Books,
    applied: Facts,
    story: Story,
    given_up: Mapping[UUID, WriteOff],
    late: Mapping[UUID, int],
) -> Iterator[str]:
    """What is said to be exposed is what was left when a device was given up, less what came in.

    Nothing of a lease that was handed back after all.
    """
    if story.restored:
        return
    for lease in books.table("lease"):
        lease_id = UUID(lease["lease_id"])
        written_off = given_up.get(lease_id)
        left = 0
        if written_off is not None and lease_id not in applied.handed_back:
            left = written_off.points - late.get(lease_id, 0)
        if lease["exposed"] != left:
            yield f"I4: {lease['exposed']} points are said to be exposed, {left} are"
