"""Appeals against ratings: as one transaction holds them, and as desks and counters are told.

A desk of the office sees the rating beside the appeal. Counters are told what became of it and
nothing else, so that nobody learns from it what the rating was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from app.domain.records import Appeal, AppealAnswer, AppealState
from sync.server.corrections import state_of
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.work import Work

_COLUMNS: Final = [column.name for column in t.appeal.columns[2:]]


@dataclass(slots=True)
class AppealOf:
    """A row of its table."""

    encounter_id: UUID
    office_id: UUID
    counter_label: str
    staff_id: UUID
    at_ms: int
    reason_hash: str
    state: AppealState = "waiting"
    decided_by: UUID | None = None
    decided_ms: int | None = None
    answer_hash: str | None = None


class Appeals:
    """Handlers read and put; `write` turns the changes into statements."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.known: dict[UUID, AppealOf] = {}
        self._changed: dict[UUID, None] = {}
        self._rated_anew: dict[UUID, None] = {}
        self._to_tell: dict[UUID, None] = {}

    def keep(self, rows: Iterable[Any]) -> None:
        """Take what was loaded."""
        for row in rows:
            self.known.setdefault(row.appeal_id, state_of(AppealOf, row))

    def put(self, appeal_id: UUID, appeal: AppealOf) -> None:
        self.known[appeal_id] = appeal
        self._changed[appeal_id] = self._to_tell[appeal_id] = None

    def rated_anew(self, encounter_id: UUID) -> None:
        """The rating of an appealed visit came, or changed: desks are to see it."""
        self._rated_anew[encounter_id] = None

    def write(self) -> None:
        """Write what changed since last time, the visits themselves first."""
        values = attrgetter(*_COLUMNS)
        changed = [(i, self.known[i]) for i in self._changed]
        self._work.replace_rows(t.appeal, [(i, *values(appeal)) for i, appeal in changed])
        update_rows(
            self._work.connection,
            t.encounter,
            ["encounter_id"],
            ["appeal"],
            [(appeal.encounter_id, appeal.state) for _, appeal in changed],
            programme_id=self._work.programme_id,
        )
        self._changed.clear()

    def publish(self) -> None:
        """Tell desks of appeals that changed, and counters what became of them; all is written."""
        work = self._work
        self.keep(work.find(t.appeal, "encounter_id", self._rated_anew))
        told = self._to_tell | {
            i: None for i, appeal in self.known.items() if appeal.encounter_id in self._rated_anew
        }
        if not told:
            return
        appeals = {i: self.known[i] for i in told}
        visits = {
            row.encounter_id: row
            for row in work.find(
                t.encounter, "encounter_id", [a.encounter_id for a in appeals.values()]
            )
        }
        people = {a.staff_id for a in appeals.values()} | {a.decided_by for a in appeals.values()}
        staff = {row.staff_id: row for row in work.find(t.staff, "staff_id", people - {None})}
        phones = phones_of(work, visits.values())
        waiting = [a.reason_hash for a in appeals.values() if a.state == "waiting"]
        words = {row.commitment: row.content for row in work.find(t.blob, "commitment", waiting)}
        for appeal_id, appeal in appeals.items():
            visit, by = visits[appeal.encounter_id], staff[appeal.staff_id]
            record = Appeal(
                appeal_id,
                appeal.office_id,
                appeal.encounter_id,
                appeal.counter_label,
                appeal.staff_id,
                by.name,
                by.number,
                visit.opened_ms,
                appeal.at_ms,
                bytes(words.get(appeal.reason_hash, b"")).decode("utf-8", "replace"),
                visit.score,
                tuple(filter(None, visit.reasons.split(","))),
                state=appeal.state,
                decided_by="" if appeal.decided_by is None else staff[appeal.decided_by].name,
                decided_ms=appeal.decided_ms,
                phones=phones.get(appeal.encounter_id, ()),
            )
            work.put_record(Appeal.KIND, str(appeal_id), record, appeal.office_id)
            if appeal.state != "waiting":
                answer = AppealAnswer(appeal_id, appeal.state == "upheld")
                work.put_record(AppealAnswer.KIND, str(appeal_id), answer, None)
        self._to_tell.clear()
        self._rated_anew.clear()


def phones_of(
    work: Work, visits: Iterable[Any]
) -> dict[UUID, tuple[tuple[int, tuple[str, ...]], ...]]:
    """What came by each visit's link, in order: (score, reasons); no other counter's link."""
    counters = {visit.encounter_id: visit.device_id for visit in visits}
    own = [
        link.encounter_id
        for link in work.find(t.rating_link, "encounter_id", counters)
        if link.device_id == counters[link.encounter_id]
    ]
    ratings = sorted(work.find(t.link_rating, "encounter_id", own), key=attrgetter("place"))
    ids = [rating.rating_id for rating in ratings]
    reasons = {row.rating_id: row.reasons for row in work.find(t.rating_detail, "rating_id", ids)}
    found: defaultdict[UUID, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for rating in ratings:
        said = tuple(filter(None, reasons.get(rating.rating_id, "").split(",")))
        found[rating.encounter_id].append((rating.score, said))
    return {encounter_id: tuple(each) for encounter_id, each in found.items()}
