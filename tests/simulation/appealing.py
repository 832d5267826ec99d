"""Appeals against ratings: what became of each, by the journals in the order of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from tests.simulation.facts import Books, Journals, read


@dataclass
class _Appeal:
    encounter_id: UUID
    made_by: str
    state: str = "waiting"


def wrong_appeals(books: Books, journals: Journals) -> Iterator[str]:
    """Where one isn't what its managers made of it, was decided by who made it, or was lost."""
    appeals: dict[UUID, _Appeal] = {}
    for _, event in books.applied_in_order():
        document = read(journals.known[event])
        told, by = document["payload"], document["staff_id"]
        if document["type"] == "RatingAppealed":
            appeals[UUID(told["appeal_id"])] = _Appeal(UUID(told["encounter_id"]), by)
        elif document["type"] == "AppealDecided":
            appeal = appeals[UUID(told["appeal_id"])]
            if by == appeal.made_by:
                yield f"appeals: {told['appeal_id']} was decided by who made it"
            if appeal.state == "waiting":
                appeal.state = "upheld" if told["is_upheld"] else "declined"
    found = {UUID(row["appeal_id"]): row["state"] for row in books.table("appeal")}
    wanted = {appeal_id: appeal.state for appeal_id, appeal in appeals.items()}
    if found != wanted:
        yield f"appeals: the server has {found}, should have {wanted}"
    visits = {
        UUID(row["encounter_id"]): row["appeal"]
        for row in books.table("encounter")
        if row["appeal"] is not None
    }
    if visits != {appeal.encounter_id: appeal.state for appeal in appeals.values()}:
        yield "appeals: visits don't say what became of them"
    for person, _ in journals.rows:
        if person.pc.shut_out:
            continue
        members = person.pc.seat.members
        shown = {appeal_id: members.appeal_answer(appeal_id) for appeal_id in appeals}
        for appeal_id, answer in shown.items():
            state = "waiting" if answer is None else "upheld" if answer.is_upheld else "declined"
            if state != wanted[appeal_id]:
                yield f"appeals: {appeal_id} is {wanted[appeal_id]}, {person.pc.name} shows {state}"
        if person.pc.kind == "desk":
            waiting = {each.appeal_id for each in members.appeals()}
            if waiting != {i for i, state in wanted.items() if state == "waiting"}:
                yield f"appeals: {person.pc.name} shows {len(waiting)} that wait"
    yield from _lost(journals)


def _lost(journals: Journals) -> Iterator[str]:
    told: set[tuple[str, str]] = set()
    for document in map(read, journals.known.values()):
        if document["type"] in ("RatingAppealed", "AppealDecided"):
            name = "encounter_id" if document["type"] == "RatingAppealed" else "appeal_id"
            told.add((document["type"], document["payload"][name]))
    for person, _ in journals.rows:
        if lost := person.witness.appeals - told:
            yield f"I6: confirmed appeals and answers are lost: {sorted(lost)[:3]}"
