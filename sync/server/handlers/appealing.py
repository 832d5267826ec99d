"""Appeals against ratings, and managers' answers to them."""

from __future__ import annotations

from app.domain.errors import Rejected
from app.domain.events import AppealDecided, RatingAppealed
from sync.server.appeals import AppealOf
from sync.server.batch import Batch
from sync.server.handlers.people import person_of
from sync.server.reading import Received
from sync.server.store import tables as t


def rating_appealed(batch: Batch, received: Received, event: RatingAppealed) -> None:
    """Put an appeal before the office's managers: whoever began to serve may, once a visit.

    Whether there is a rating decides nothing: it may have been lost, and come yet.
    """
    encounter = batch.encounter(event.encounter_id)
    person = person_of(batch, received)
    if encounter.office_id != batch.device.office_id:
        raise Rejected("wrong_office", "The visit was at another office")
    if encounter.staff_id != person.staff_id:
        raise Rejected("not_own_visit", "Somebody else served the visit")
    stored = batch.work.find(  # another counter may be at it
        t.encounter, "encounter_id", [event.encounter_id], columns=("appeal",), lock=True
    )
    before = (encounter.appeal, *(row.appeal for row in stored))
    if any(before) or event.appeal_id in batch.appeals.known:
        raise Rejected("appeal_known", "The visit's rating was appealed before")
    batch.blob(event.reason_hash)
    encounter.appeal = "waiting"
    batch.appeals.put(
        event.appeal_id,
        AppealOf(
            event.encounter_id,
            encounter.office_id,
            batch.device.counter_label,
            person.staff_id,
            received.at_ms,
            event.reason_hash,
        ),
    )


def appeal_decided(batch: Batch, received: Received, event: AppealDecided) -> None:
    """Uphold an appeal or decline it, for good: never about a visit of one's own.

    An upheld one leaves the rating as it is; its day is counted anew without it.
    """
    appeal = batch.appeals.known.get(event.appeal_id)
    if appeal is None:
        raise Rejected("unknown_appeal", "The appeal isn't known to the server")
    person = person_of(batch, received)
    if appeal.office_id != batch.device.office_id:
        raise Rejected("wrong_office", "The appeal is another office's")
    if person.staff_id == appeal.staff_id:
        raise Rejected("own_appeal", "Somebody else decides about one's own visit")
    if appeal.state == ("upheld" if event.is_upheld else "declined"):
        return
    if appeal.state != "waiting":
        raise Rejected("appeal_decided", "Another manager had decided otherwise")
    batch.blob(event.reason_hash)
    appeal.state = "upheld" if event.is_upheld else "declined"
    appeal.decided_by, appeal.decided_ms = person.staff_id, received.at_ms
    appeal.answer_hash = event.reason_hash
    batch.appeals.put(event.appeal_id, appeal)
    visit = batch.encounters.get(appeal.encounter_id)
    if visit is None:
        (visit,) = batch.work.find(t.encounter, "encounter_id", [appeal.encounter_id])
    else:
        visit.appeal = appeal.state
    batch.work.mark_day(visit.office_id, visit.day, batch.device.device_id)
