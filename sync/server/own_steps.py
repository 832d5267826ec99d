"""Steps of cases that no entry brought: a touch on a manager's phone, a message that went out.

The server answers for them itself. They stand among the steps that managers' entries are, in the
order in which they come in, and desks are told of them as of any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.case import Step, after
from sync.server.batch import Batch
from sync.server.cases import keep_case, stored_case, write_cases
from sync.server.devices import Device
from sync.server.store import tables as t
from sync.server.work import Work


@dataclass(frozen=True, slots=True)
class StandIn:
    """What stands where a desk of the office would; what it changes of days is marked as its own.

    Attributes:
        by_id: a phone's session, a route that messages go by.
    """

    kind: str
    by_id: UUID
    office_id: UUID
    office_code: str
    time_zone: str


def locked_cases(work: Work, case_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The rows of those that there are, locked."""
    rows = work.find(t.service_case, "case_id", case_ids)
    work.load_members({row.member_id for row in rows} - {None})  # locked before cases
    found = [row.case_id for row in rows]
    return {row.case_id: row for row in work.find(t.service_case, "case_id", found, lock=True)}


def take_step(work: Work, row: Any, step: Step, by: StandIn, *, event_id: UUID) -> None:
    """Bring a locked case a step further, under this id.

    Raises:
        Rejected: as `app.domain.case.after`.
    """
    then = after(stored_case(row._mapping), step)
    batch = Batch(work, _device(work, by, row.counter_label))
    batch.cases[row.case_id] = dict(row._mapping)
    keep_case(batch, then)
    for came in then.steps:
        work.add(t.case_step, row.case_id, event_id, came.at_ms, came.staff_name, came.kind)
    work.flush()  # what desks are told is read from the tables
    write_cases(batch)


def _device(work: Work, by: StandIn, counter_label: str) -> Device:
    return Device(
        programme_id=work.programme_id,
        device_id=by.by_id,
        kind=by.kind,
        office_id=by.office_id,
        office_code=by.office_code,
        office_time_zone=by.time_zone,
        counter_id=by.by_id,
        counter_label=counter_label,
        public_key=b"",
        incarnation=1,
        revoked_ms=None,
        scope_id=None,
        scope_number=0,
    )
