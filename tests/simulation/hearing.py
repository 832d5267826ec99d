"""Whom managers listen to and what is done then: desks say things apart, and nothing is lost."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple
from uuid import UUID

from app.domain.listening_records import CorrectiveAction, Listening
from app.services import listening
from app.services.commands import CheckAction, LogConversation, OpenAction
from app.services.context import Context
from tests.simulation.facts import Books, Journals, read
from tests.simulation.person import Witness

_ACTS: Final = 0.4  # of the times that a conversation is written down
_LOOKS: Final = 0.5  # of the times that there is an action
_FIELDS: Final = ("ListeningFieldSet", "ActionFieldSet")


def listen(context: Context, source: random.Random, witness: Witness) -> None:
    """Write down a conversation, have something done about it, or look at an action."""
    page = listening.listening_view(context)
    still_open = [each for each in page.actions if each.standing.state == "open"]
    if still_open and source.random() < _LOOKS:
        action_id = source.choice(still_open).action.action_id
        result = source.choice(("effective", "no_effect", "not_done", "not_done"))
        day = page.today if result == "not_done" else ""
        listening.check_action(context, CheckAction(action_id, result, "simulated", day))
        witness.heard.add((action_id, "result", result))
    elif page.own:
        listening_id = source.choice(page.own).listening.listening_id
        outcome = source.choice(("reached", "not_reached", "declined"))
        topic = source.choice(("", "waiting", "manner"))
        text = source.choice(("等太久", "很好"))
        command = LogConversation(
            listening_id, outcome, topic, text, is_shared=source.random() < 0.5
        )
        listening.log_conversation(context, command)
        witness.heard.add((listening_id, "outcome", outcome))
        if source.random() < _ACTS:
            owner_id = source.choice(page.people)[0]
            listening.open_action(context, OpenAction(listening_id, "加座", owner_id, page.today))
            witness.acted += 1


class _Version(NamedTuple):
    about_id: UUID
    field: str
    value: str
    saw: tuple[UUID, ...]


def wrong_listening(books: Books, journals: Journals) -> Iterator[str]:
    """Where what was said isn't kept, an action isn't as it was left, or a desk shows otherwise."""
    wanted: dict[UUID, _Version] = {}
    opened: set[UUID] = set()
    for _, event in books.applied_in_order():
        document = read(journals.known[event])
        told = document["payload"]
        if document["type"] == "ActionOpened":
            opened.add(UUID(told["action_id"]))
        elif document["type"] in _FIELDS:
            about_id = UUID(told.get("action_id") or told["listening_id"])
            saw = tuple(map(UUID, told["saw"]))
            wanted[event] = _Version(about_id, told["field"], told["value"], saw)
    rows = books.table("listening_said")
    kept = {
        UUID(row["event_id"]): _Version(
            UUID(row["about_id"]),
            row["field"],
            row["value"],
            tuple(map(UUID, filter(None, row["saw"].split(",")))),
        )
        for row in rows
    }
    if kept != wanted:
        yield f"listening: the server keeps {len(kept)} of {len(wanted)} things said, or others"
    at_ms = {UUID(row["event_id"]): row["at_ms"] for row in rows}
    actions = {UUID(row["action_id"]): row["state"] for row in books.table("corrective_action")}
    folded = {action_id: _state(action_id, wanted, at_ms) for action_id in opened}
    if actions != folded:
        yield f"listening: the server has {actions}, should have {folded}"
    yield from _shown(journals, wanted, opened)
    yield from _lost(journals)


def _state(action_id: UUID, said: dict[UUID, _Version], at_ms: dict[UUID, int]) -> str:
    """What the results that nobody has replaced come to: the last one counts."""
    results = {
        event: version
        for event, version in said.items()
        if version.about_id == action_id and version.field == "result"
    }
    replaced = {event for version in results.values() for event in version.saw}
    left = [event for event in results if event not in replaced]
    if not left:
        return "open"
    value = results[max(left, key=lambda event: (at_ms.get(event, 0), event.bytes))].value
    return "open" if value == "not_done" else value


def _shown(journals: Journals, wanted: dict[UUID, _Version], opened: set[UUID]) -> Iterator[str]:
    of: dict[UUID, set[UUID]] = defaultdict(set)
    for event, version in wanted.items():
        of[version.about_id].add(event)
    for person, _ in journals.rows:
        if person.pc.shut_out or person.pc.kind != "desk":
            continue
        members = person.pc.seat.members
        if {each.action_id for each in members.corrective_actions()} != opened:
            yield f"listening: {person.pc.name} shows other actions than there are"
        told: list[Listening | CorrectiveAction] = [
            *members.listenings(), *members.corrective_actions(),
        ]  # fmt: skip
        for each in told:
            is_action = isinstance(each, CorrectiveAction)
            about_id = each.action_id if isinstance(each, CorrectiveAction) else each.listening_id
            if {said.entry_id for said in each.said} != of[about_id]:
                what = "an action" if is_action else "a conversation"
                yield f"listening: {person.pc.name} shows {what} otherwise than it was left"


def _lost(journals: Journals) -> Iterator[str]:
    said = set()
    opened = 0
    for document in map(read, journals.known.values()):
        told = document["payload"]
        if document["type"] in _FIELDS:
            about_id = UUID(told.get("action_id") or told["listening_id"])
            said.add((about_id, told["field"], told["value"]))
        opened += document["type"] == "ActionOpened"
    for person, _ in journals.rows:
        if lost := person.witness.heard - said:
            yield f"I6: confirmed conversations and results are lost: {sorted(lost, key=str)[:3]}"
    if opened < sum(person.witness.acted for person, _ in journals.rows):
        yield "I6: confirmed actions are lost"
