"""Where an alias leads, and that counters hold nothing of it any more."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from tests.simulation.facts import Books
from tests.simulation.merges import Merges


def wrong_aliases(books: Books, merges: Merges) -> Iterator[str]:
    """Each leads to who stays, and what stands aside is of whom the points are."""
    aliases = dict(merges.aliases)
    for row in books.table("member"):
        told = None if row["merged_into"] is None else UUID(row["merged_into"])
        if told != aliases.get(UUID(row["member_id"])):
            yield f"I10: {row['member_id']} leads to {told}"
    for row in books.table("lease"):
        if row["state"] in ("open", "recall") and UUID(row["member_id"]) in aliases:
            yield f"I3: a merge has forgotten the lease {row['lease_id']}"
