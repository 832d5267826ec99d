"""What members are called by, card and phone: worked out from the entries in the server's order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from uuid import UUID

from tests.simulation.broken import Broken
from tests.simulation.facts import Books, Journals, read
from tests.simulation.merges import Merges
from tests.simulation.programme import CARD, PHONE


def wrong_profiles(
    books: Books, journals: Journals, start: Mapping[UUID, int], merges: Merges
) -> Iterator[str]:
    """Where a card or phone isn't the last that was told."""
    cards = {member_id: CARD.format(rank) for rank, member_id in enumerate(start, 1)}
    phones = {member_id: PHONE.format(rank) for rank, member_id in enumerate(start, 1)}
    belongs = {card: member_id for member_id, card in cards.items()}
    texts = {row["commitment"]: row for row in books.table("blob")}

    def phone_in(commitment: str) -> str:
        row = texts[commitment]
        found = hashlib.sha256(bytes(row["salt"]) + bytes(row["content"])).hexdigest()
        if found != commitment:
            raise Broken("I10: a text isn't the one that its entry speaks of")
        return str(json.loads(row["content"])["phone"])

    for place, event in books.applied_in_order():
        document = read(journals.known[event])
        told, kind = document["payload"], document["type"]
        if kind not in ("MemberJoined", "CardReplaced", "ContactUpdated"):
            continue
        member_id = UUID(told["member_id"])
        if kind == "ContactUpdated":
            phones[merges.survivor(member_id, place=place)] = phone_in(told["contact_hash"])
            continue
        card = told["card_no"] if kind == "MemberJoined" else told["new_card_no"]
        if card in belongs:
            yield f"I1: the card {card} was given twice"
        if kind == "CardReplaced":  # a merged member's is the alias's own
            member_id = belongs[told["old_card_no"]]
        cards[member_id], belongs[card] = card, member_id
        if kind == "MemberJoined":
            phones[member_id] = phone_in(told["profile_hash"])
    for row in books.table("member"):
        member_id = UUID(row["member_id"])
        if row["card_no"] != cards[member_id]:
            yield f"I10: the card of {member_id} is {row['card_no']}, not the last given"
        if row["phone"] != phones[member_id]:
            yield f"I10: the phone of {member_id} isn't the last that was told"
    if {row["card_no"]: UUID(row["member_id"]) for row in books.table("card")} != belongs:
        yield "I10: not every card leads to whom it was given"
    told_of = {
        (UUID(document["payload"]["encounter_id"]), document["type"])
        for document in map(read, journals.known.values())
        if document["type"] in ("CardReplaced", "ContactUpdated")
    }
    for clerk, _ in journals.rows:
        if lost := clerk.witness.changed - told_of:
            yield f"I6: confirmed changes of members are lost: {sorted(lost)[:3]}"
