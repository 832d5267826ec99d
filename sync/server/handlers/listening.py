"""What managers say of customers on their weekly lists, and of what is done about it."""

from __future__ import annotations

from uuid import UUID

from app.domain.acting import check_action_field
from app.domain.errors import Rejected
from app.domain.events import ActionFieldSet, ActionOpened, ContactShown, ListeningFieldSet
from app.domain.listening import check_field
from sync.server.batch import Batch
from sync.server.handlers.people import person_of
from sync.server.listenings import ActionOf
from sync.server.reading import Received
from sync.server.store import tables as t

SHOWN = "shown"
"""What came of a look-up that a desk tells of: a number was shown that it held."""


def listening_field_set(batch: Batch, received: Received, event: ListeningFieldSet) -> None:
    """Whose list it is says one thing of a conversation; whatever was said before stays."""
    row = batch.listenings.of(event.listening_id, batch.device.office_id)
    _check_own(row.staff_id, person_of(batch, received).staff_id)
    check_field(event.field, event.value, event.saw, has_text=event.text_hash is not None)
    _say(batch, received, event.listening_id, event, event.list_version)


def contact_shown(batch: Batch, received: Received, event: ContactShown) -> None:
    """That a number was shown stands among the look-ups, whenever the desk can tell of it."""
    assert received.envelope is not None
    row = batch.listenings.of(event.listening_id, batch.device.office_id)
    person = person_of(batch, received)
    _check_own(row.staff_id, person.staff_id)
    batch.work.add(
        t.look_up,
        received.event_id,
        received.at_ms,
        batch.device.device_id,
        batch.device.office_id,
        person.staff_id,
        received.envelope.session_id or UUID(int=0),
        "listening",
        SHOWN,
        str(row.member_id),
    )


def action_opened(batch: Batch, received: Received, event: ActionOpened) -> None:
    """Whose conversation it was has something done about it."""
    row = batch.listenings.of(event.listening_id, batch.device.office_id)
    person = person_of(batch, received)
    _check_own(row.staff_id, person.staff_id)
    if event.action_id in batch.listenings.actions:
        raise Rejected("action_known", "There is such an action")
    batch.blob(event.what_hash)
    batch.listenings.open(
        event.action_id,
        ActionOf(
            event.listening_id, row.office_id, person.staff_id, received.at_ms, event.what_hash
        ),
    )


def action_field_set(batch: Batch, received: Received, event: ActionFieldSet) -> None:
    """A manager of the office says one thing of it, over or not; what was said before stays."""
    batch.listenings.action(event.action_id, batch.device.office_id)
    check_action_field(event.field, event.value, event.saw)
    if event.field == "owner":
        owners = batch.work.find(t.staff, "staff_id", [UUID(event.value)])
        if all(owner.office_id != batch.device.office_id for owner in owners):
            raise Rejected("unknown_owner", "Nobody of the office's staff has this id")
    _say(batch, received, event.action_id, event, 0)


def _say(
    batch: Batch,
    received: Received,
    about_id: UUID,
    event: ListeningFieldSet | ActionFieldSet,
    list_version: int,
) -> None:
    if event.text_hash is not None:
        batch.blob(event.text_hash)
    batch.listenings.say(
        about_id,
        received.event_id,
        received.at_ms,
        person_of(batch, received).staff_id,
        event.field,
        event.value,
        ",".join(map(str, event.saw)),
        list_version,
        event.text_hash,
    )


def _check_own(staff_id: UUID, own_id: UUID) -> None:
    if staff_id != own_id:
        raise Rejected("not_own_listening", "The customer is on another manager's list")
