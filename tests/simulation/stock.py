"""A reward of which there are only so many: every unit is somewhere, and in one place (I15)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from tests.simulation.facts import Books, Facts, Journals, Story, read
from tests.simulation.giving_back import GivenBack
from tests.simulation.rewards import STOCKED, UNITS


@dataclass
class _Promised:
    """What journals say of the reward, by redemption: under which lease it was given, if any.

    Attributes:
        applied: of what counts in the chains.
        handed_back: leases.
    """

    leases: dict[UUID, UUID | None] = field(default_factory=dict)
    applied: dict[UUID, UUID] = field(default_factory=dict)
    handed_back: set[UUID] = field(default_factory=set)

    @classmethod
    def of(cls, books: Books, journals: Journals, reward_id: UUID) -> _Promised:
        promised = cls()
        for event, body in journals.known.items():
            document = read(body)
            kind, told = document["type"], document["payload"]
            counts = books.decided.get(event) == "applied"
            if kind == "StockReturned" and counts:
                promised.handed_back.add(UUID(told["stock_lease_id"]))
            if not kind.startswith("Redemption") or told.get("reward_id") != str(reward_id):
                continue
            redemption_id = UUID(told["redemption_id"])
            lease = told.get("stock_lease_id")
            if lease is None:
                promised.leases.setdefault(redemption_id, None)
                continue
            promised.leases[redemption_id] = UUID(lease)
            if counts:
                promised.applied[redemption_id] = UUID(lease)
        return promised


def wrong_stock(
    books: Books, journals: Journals, applied: Facts, story: Story, back: GivenBack
) -> Iterator[str]:
    """Yields a line for each unit that is in two places, or in none."""
    (reward_id,) = (UUID(r["reward_id"]) for r in books.table("reward") if r["number"] == STOCKED)
    (stock,) = books.table("reward_stock")
    leases = books.table("stock_lease")
    promised = _Promised.of(books, journals, reward_id)
    known = Facts.of(journals.known.values())
    spent = {i: points for i, (_, points) in known.requested.items()}
    spent |= {i: grant[1] for i, grant in known.granted.items()}
    undone = {i for i in promised.leases if i in applied.voided or back.points[i] >= spent[i]}
    given = {i for i in promised.leases if books.posted["redemption", i]} - undone
    online = {UUID(r["redemption_id"]) for r in books.table("redemption") if r["cover"] == "online"}

    # What was lost with a counter may have been given all the same; a journal with two ends, and
    # one that a restored server has forgotten, speak of units twice
    is_exact = not (story.restored or journals.shaky)
    extra = sum(
        books.given_up[lease_id].points
        for lease_id in (UUID(row["stock_lease_id"]) for row in leases)
        if lease_id in books.given_up
    )
    if is_exact and len(given) > UNITS + extra:
        yield f"I15: {len(given)} were given of {UNITS}, and {extra} written off"
    beyond = {
        UUID(row["redemption_id"]) for row in books.table("stock_use") if row["source"] == "beyond"
    }
    if is_exact and len(beyond) > extra:
        yield f"I15: {len(beyond)} were given though there was none"

    held = sum(row["remaining"] for row in leases if row["state"] in ("open", "recall"))
    left = UNITS - len(given - beyond)
    if stock["total"] != UNITS or stock["free"] + held != left:
        yield f"I15: {stock['free']} are free and {held} held of {left} that are left"
    yield from _wrong_leases(books, journals, promised, online, undone)


def _wrong_leases(
    books: Books, journals: Journals, promised: _Promised, online: set[UUID], undone: set[UUID]
) -> Iterator[str]:
    drawn = Counter(
        lease for i, lease in promised.applied.items() if i not in online and i not in undone
    )
    refused = Counter(
        lease
        for i, lease in promised.leases.items()
        if lease is not None and i not in promised.applied
    )
    for row in books.table("stock_lease"):
        lease = UUID(row["stock_lease_id"])
        if row["state"] == "recall" and lease in promised.handed_back:
            yield "recall: the server asks on for units that were handed back"
        if row["state"] not in ("open", "recall"):
            continue
        if row["remaining"] != row["units"] - drawn[lease]:
            yield (
                f"I15: of {row['units']} units with {drawn[lease]} given"
                f" the server thinks {row['remaining']} remain"
            )
        for clerk, _ in journals.rows:
            if clerk.pc.branched or clerk.pc.shut_out or clerk.pc.unread():
                continue
            ours = clerk.pc.stock_left().get(lease)
            if ours is None:
                continue
            if row["state"] == "recall":
                yield f"recall: {clerk.pc.name} was asked for units and keeps them"
            elif ours + refused[lease] != row["remaining"]:
                yield f"I15: of {row['remaining']} units {clerk.pc.name} holds {ours}"
