"""Conversations with customers and what is done about them, as one transaction holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.domain.acting import standing_of
from app.domain.errors import Rejected
from app.domain.listening_records import CorrectiveAction, Listening, Said
from sync.server.store import tables as t
from sync.server.work import Work


@dataclass(frozen=True, slots=True)
class ActionOf:
    """What is fixed of an action."""

    listening_id: UUID
    office_id: UUID
    staff_id: UUID
    opened_ms: int
    what_hash: str


class Listenings:
    """Handlers read and put; `publish` writes actions, and tells the office's desks of both."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.known: dict[UUID, Any] = {}  # rows
        self.actions: dict[UUID, ActionOf] = {}
        self._changed: dict[UUID, None] = {}
        self._changed_actions: dict[UUID, None] = {}

    def keep(self, rows: Iterable[Any], actions: Iterable[Any]) -> None:
        """Take what was loaded."""
        self.known.update({row.listening_id: row for row in rows})
        for row in actions:
            self.actions[row.action_id] = _action_of(row)

    def of(self, listening_id: UUID, office_id: UUID) -> Any:
        """The row of a customer on an office's list. Raises Rejected: unknown_…, wrong_office."""
        row = self.known.get(listening_id)
        if row is None:
            raise Rejected("unknown_listening", "The server drew no such customer")
        if row.office_id != office_id:
            raise Rejected("wrong_office", "The list is another office's")
        return row

    def action(self, action_id: UUID, office_id: UUID) -> ActionOf:
        """An office's action. Raises Rejected: unknown_action, wrong_office."""
        found = self.actions.get(action_id)
        if found is None:
            raise Rejected("unknown_action", "The action isn't known to the server")
        if found.office_id != office_id:
            raise Rejected("wrong_office", "The action is another office's")
        return found

    def open(self, action_id: UUID, action: ActionOf) -> None:
        self.actions[action_id] = action
        self._changed_actions[action_id] = None

    def say(self, about_id: UUID, event_id: UUID, *values: Any) -> None:
        """Keep a version of a field: values in column order, after the event's id."""
        self._work.add(t.listening_said, about_id, event_id, *values)
        changed = self._changed_actions if about_id in self.actions else self._changed
        changed[about_id] = None

    def publish(self) -> None:
        """Write what the actions that changed come to, and tell desks; all else is written."""
        changed = [self.known[i] for i in self._changed]
        actions = {i: self.actions[i] for i in self._changed_actions}
        if changed or actions:
            publish(self._work, changed, actions)
        self._changed.clear()
        self._changed_actions.clear()


def _action_of(row: Any) -> ActionOf:
    return ActionOf(row.listening_id, row.office_id, row.staff_id, row.opened_ms, row.what_hash)


def publish(work: Work, rows: Sequence[Any], actions: dict[UUID, ActionOf] | None = None) -> None:
    """Tell an office's desks of customers on its lists, and of actions; all said is written."""
    actions = actions or {}
    said = _said(work, [*(row.listening_id for row in rows), *actions], actions.values())
    for row in rows:
        record = Listening(
            row.listening_id,
            row.office_id,
            row.staff_id,
            row.week,
            row.place,
            row.member_id,
            row.stratum,
            tuple(said.versions[row.listening_id]),
        )
        work.put_record(Listening.KIND, str(row.listening_id), record, row.office_id)
    written = []
    for action_id, action in actions.items():
        versions = tuple(said.versions[action_id])
        standing = standing_of(versions)
        written.append(
            (
                action_id,
                action.listening_id,
                action.office_id,
                action.staff_id,
                action.opened_ms,
                action.what_hash,
                standing.state,
                standing.owner_id,
                standing.check_on,
            )
        )
        told = CorrectiveAction(
            action_id,
            action.listening_id,
            action.office_id,
            action.staff_id,
            action.opened_ms,
            said.words.get(action.what_hash, ""),
            versions,
        )
        work.put_record(CorrectiveAction.KIND, str(action_id), told, action.office_id)
    work.replace_rows(t.corrective_action, written)


def written_about(
    listening_ids: Collection[UUID], rows: Callable[[sa.Table, str, Iterable[UUID]], list[Any]]
) -> list[str | None]:
    """What was written about conversations and the actions that come from them; `rows` finds."""
    actions = rows(t.corrective_action, "listening_id", listening_ids)
    about = [*listening_ids, *(row.action_id for row in actions)]
    said = rows(t.listening_said, "about_id", about)
    return [*(row.what_hash for row in actions), *(row.text_hash for row in said)]


def tell_without(work: Work, commitments: Collection[str]) -> None:
    """Tell desks anew of what these words were about; the words are gone."""
    ids = [row.about_id for row in work.find(t.listening_said, "text_hash", commitments)]
    actions = {
        row.action_id: _action_of(row)
        for row in (
            *work.find(t.corrective_action, "action_id", ids),
            *work.find(t.corrective_action, "what_hash", commitments),
        )
    }
    publish(work, work.find(t.listening, "listening_id", ids), actions)


@dataclass(frozen=True, slots=True)
class _AllSaid:
    versions: defaultdict[UUID, list[Said]]
    words: dict[str, str]


def _said(work: Work, about: Sequence[UUID], actions: Iterable[ActionOf]) -> _AllSaid:
    """Everything that was said of these, by time, and the words of it that are left."""
    rows = work.find(t.listening_said, "about_id", about)
    hashes = {row.text_hash for row in rows} | {action.what_hash for action in actions}
    words = {
        row.commitment: bytes(row.content).decode("utf-8", "replace")
        for row in work.find(t.blob, "commitment", hashes - {None})
    }
    versions: defaultdict[UUID, list[Said]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.at_ms, row.event_id.bytes)):
        versions[row.about_id].append(
            Said(
                row.event_id,
                row.field,
                row.value,
                row.at_ms,
                row.staff_id,
                tuple(map(UUID, filter(None, row.saw.split(",")))),
                words.get(row.text_hash, ""),
            )
        )
    return _AllSaid(versions, words)
