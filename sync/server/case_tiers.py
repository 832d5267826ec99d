"""For how long each tier had closed cases, from what managers recorded of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Connection

from app.domain.case_handling import FIELD, seconds_with
from app.domain.records import CaseFact, CaseStep
from sync.server.cases import fact_of, stored_case
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows


def tier_seconds(
    connection: Connection, programme_id: UUID, rows: Iterable[Any]
) -> dict[UUID, dict[str, int]]:
    """Say of each closed case among these rows of its table who had it for how long, s."""
    closed = {row.case_id: row for row in rows if row.closed_ms is not None}
    facts: defaultdict[UUID, list[CaseFact]] = defaultdict(list)
    for row in find_rows(connection, t.case_fact, "case_id", closed, programme_id=programme_id):
        if row.field == FIELD:
            facts[row.case_id].append(fact_of(row))
    steps: defaultdict[UUID, list[CaseStep]] = defaultdict(list)
    for row in find_rows(connection, t.case_step, "case_id", closed, programme_id=programme_id):
        steps[row.case_id].append(CaseStep(row.kind, row.at_ms, row.staff_name))
    return {
        case_id: seconds_with(
            replace(
                stored_case(row._mapping),
                facts=tuple(facts[case_id]),
                steps=tuple(steps[case_id]),
            ),
            row.closed_ms,
        )
        for case_id, row in closed.items()
    }
