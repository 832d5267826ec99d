"""Cases for the duty manager: from low ratings and matters, published to the office's desks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from app.domain.events import LOW_SCORES, MatterOpened, RatingRecorded
from app.domain.records import Case, CaseFact, CaseNote, CaseStep
from sync.server.batch import Batch
from sync.server.reading import Received
from sync.server.settings_of import setting_value
from sync.server.store import tables as t

_FIELDS: Final = tuple(field.name for field in fields(Case))


def open_rating_case(
    batch: Batch, received: Received, event: RatingRecorded, *, score: int
) -> None:
    """Open the case of a low rating, under the rating's own id, and ring."""
    encounter = batch.encounters.get(event.encounter_id)
    _open(
        batch,
        received,
        case_id=event.rating_id,
        origin="rating",
        encounter_id=event.encounter_id,
        member_id=None if encounter is None else encounter.member_id,
        score=score,
    )
    batch.opened[event.rating_id] = received.at_ms


def open_phone_case(
    batch: Batch, rating_id: UUID, encounter_id: UUID, *, score: int, clerk_number: str
) -> None:
    """Open the case of a low rating that a customer gave on their own phone, and ring.

    It is no member's: who held the phone, nobody knows. `clerk_number` served the visit, '' while
    its entries aren't here.
    """
    _keep_new(
        batch,
        case_id=rating_id,
        at_ms=batch.work.now_ms,
        clerk_number=clerk_number,
        origin="rating",
        encounter_id=encounter_id,
        score=score,
        source="phone",
    )


def open_matter_case(batch: Batch, received: Received, event: MatterOpened) -> None:
    """Put a matter before the managers too, under its own id."""
    _open(
        batch,
        received,
        case_id=event.matter_id,
        origin="matter",
        encounter_id=event.encounter_id,
        member_id=event.member_id,
        number=event.number,
        topic=event.topic,
        department=event.department,
        owner=event.owner,
        due_ms=event.due_ms,
        text_hash=event.text_hash,
    )


def mention(number: str, topic: str) -> str:
    """An open matter as it is mentioned beside its member."""
    return f"{number} {topic}"[:200]


def _open(batch: Batch, received: Received, *, case_id: UUID, **values: Any) -> None:
    envelope = received.envelope
    assert envelope is not None
    staff = None if envelope.staff_id is None else batch.staff.get(envelope.staff_id)
    number = "" if staff is None else staff.number
    _keep_new(batch, case_id=case_id, at_ms=received.at_ms, clerk_number=number, **values)


def _keep_new(batch: Batch, *, case_id: UUID, at_ms: int, clerk_number: str, **values: Any) -> None:
    case: dict[str, Any] = {
        "programme_id": batch.work.programme_id,
        "case_id": case_id,
        "origin": "",
        "office_id": batch.device.office_id,
        "day": batch.day_of(at_ms),
        "counter_label": batch.device.counter_label,
        "clerk_number": clerk_number,
        "encounter_id": None,
        "member_id": None,
        "opened_ms": at_ms,
        "state": "new",
        "score": None,
        "number": "",
        "topic": "",
        "department": "",
        "owner": "",
        "due_ms": None,
        "text_hash": None,
        "acknowledged_ms": None,
        "acknowledged_by": "",
        "closed_ms": None,
        "closed_by": "",
        "outcome": "",
        "stage": "",
        "blank": False,
        "rang_ms": batch.work.now_ms,
        "source": "",
    }
    case.update(values)
    batch.cases[case_id] = case
    batch.changed_cases[case_id] = None
    if case["origin"] == "rating":
        batch.ringing.append(case_id)


def downgrade_case(batch: Batch, case_id: UUID, score: int) -> None:
    """A changed mind changes the case's score; the case itself never vanishes."""
    case = batch.cases[case_id]
    if case["score"] == score:
        return
    louder = score in LOW_SCORES and case["score"] not in LOW_SCORES
    case["score"] = score
    batch.changed_cases[case_id] = None
    if louder:
        batch.ringing.append(case_id)


def stored_case(row: Mapping[str, Any]) -> Case:
    """A case as its table has it: without words, reasons and names, which stand elsewhere."""
    columns = {name: row[name] for name in _FIELDS if name in row}
    return Case(**columns, reasons=(), comment="", call="", member_name="")


def keep_case(batch: Batch, case: Case) -> None:
    """Keep what has become of a case, to be written with the others."""
    row = batch.cases[case.case_id]
    row.update((name, getattr(case, name)) for name in _FIELDS if name in row)
    batch.changed_cases[case.case_id] = None


def write_cases(batch: Batch) -> None:
    """Store changed cases and publish them; those that ring go to the feed besides."""
    work = batch.work
    if not batch.changed_cases:
        return
    columns = [column.name for column in t.service_case.columns]
    changed = [{**batch.cases[case_id], "blank": False} for case_id in batch.changed_cases]
    work.replace_rows(t.service_case, [[case[name] for name in columns[1:]] for case in changed])
    for case in changed:
        work.mark_day(case["office_id"], case["day"], batch.device.device_id)
    published = _published(batch, list(batch.changed_cases))
    for case_id, document in published.items():
        work.put_record("case", str(case_id), document, document.office_id)
    for case_id in dict.fromkeys(batch.ringing):
        body = msgspec.json.encode(published[case_id])
        work.alarms.append((batch.device.office_id, body))


def _published(batch: Batch, case_ids: list[UUID]) -> dict[UUID, Case]:
    work = batch.work
    details = {row.rating_id: row for row in work.find(t.rating_detail, "rating_id", case_ids)}
    notes, steps = (_by_case(batch, table, case_ids) for table in (t.case_note, t.case_step))
    facts = _by_case(batch, t.case_fact, case_ids)
    texts = {row.note_hash for rows in notes.values() for row in rows}
    texts |= {row.comment_hash for row in details.values() if row.comment_hash}
    texts |= {batch.cases[i]["text_hash"] for i in case_ids if batch.cases[i]["text_hash"]}
    batch.load_blobs(texts)
    named = setting_value(work.connection, work.programme_id, "rating").get("show_member_name")
    members = {i: batch.cases[i]["member_id"] for i in case_ids}
    if named:
        work.load_members(m for m in members.values() if m is not None)
    return {
        i: replace(
            _document(batch, i, details.get(i), named=bool(named)),
            notes=tuple(
                CaseNote(row.at_ms, row.staff_name, _text(batch, row.note_hash)) for row in notes[i]
            ),
            steps=tuple(CaseStep(row.kind, row.at_ms, row.staff_name) for row in steps[i]),
            facts=tuple(map(fact_of, facts[i])),
        )
        for i in case_ids
    }


def fact_of(row: Any) -> CaseFact:
    """A version of a field as its table has it."""
    return CaseFact(
        entry_id=row.event_id,
        field=row.field,
        value=row.value,
        at_ms=row.at_ms,
        staff_name=row.staff_name,
        saw=tuple(map(UUID, filter(None, row.saw.split(",")))),
        adjustment_id=row.adjustment_id,
    )


def _by_case(batch: Batch, table: sa.Table, case_ids: list[UUID]) -> defaultdict[UUID, list[Any]]:
    """What managers recorded of cases, by time."""
    rows = batch.work.find(table, "case_id", case_ids)
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.at_ms, row.event_id)):
        found[row.case_id].append(row)
    return found


def _text(batch: Batch, commitment: str | None) -> str:
    if commitment is None:
        return ""
    return batch.blobs.get(commitment, b"").decode("utf-8", "replace")


def _document(batch: Batch, case_id: UUID, detail: Any, *, named: bool) -> Case:
    case = batch.cases[case_id]
    member = batch.work.members.get(case["member_id"]) if named else None
    comment = case["text_hash"] if detail is None else detail.comment_hash
    return replace(
        stored_case(case),
        reasons=tuple(detail.reasons.split(",")) if detail and detail.reasons else (),
        comment=_text(batch, comment),
        call=detail.call if detail else "",
        member_name="" if member is None else member.profile["name"],
    )
