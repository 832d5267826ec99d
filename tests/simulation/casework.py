"""What became of the cases: worked out from the managers' entries in the server's order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from tests.simulation.facts import Books, Journals, read

_KINDS = (
    "CaseAcknowledged",
    "CaseNoted",
    "CaseAdvanced",
    "CaseClosed",
    "CaseReopened",
    "CaseFieldSet",
)
STAGES = ("", "arrived", "investigating", "offered", "told")


@dataclass
class _Case:
    """As the managers' entries have left it."""

    state: str = "new"
    taken_by: str = ""
    closed_by: str = ""
    outcome: str = ""
    stage: str = ""
    steps: dict[UUID, str] = field(default_factory=dict)
    notes: dict[UUID, str] = field(default_factory=dict)
    facts: dict[UUID, tuple[str, str, str]] = field(default_factory=dict)

    def take(self, event: UUID, kind: str, told: dict[str, str], by: str) -> str:
        """Go a step on; return what is wrong with that, '' for nothing."""
        self.steps[event] = told.get("stage") or kind.removeprefix("Case").lower()
        before = self.state
        if kind == "CaseClosed":
            self.state, self.closed_by, self.outcome = "closed", by, told["outcome"]
            return "was closed twice" if before == "closed" else ""
        self.state, self.taken_by = "acknowledged", self.taken_by or by
        if kind == "CaseAcknowledged":
            return "was taken twice" if before != "new" else ""
        if kind == "CaseReopened":
            self.stage = self.closed_by = self.outcome = ""
            return "was open" if before != "closed" else ""
        self.stage = max(self.stage, told["stage"], key=STAGES.index)
        return "went on closed" if before == "closed" else ""


def wrong_case_work(books: Books, journals: Journals) -> Iterator[str]:
    """Where a case isn't as whoever was first left it, or a manager's work was lost."""
    names = {UUID(row["staff_id"]): row["name"] for row in books.table("staff")}
    cases: dict[UUID, _Case] = defaultdict(_Case)
    for _, event in books.applied_in_order():
        document = read(journals.known[event])
        kind, told = document["type"], document["payload"]
        if kind not in _KINDS:
            continue
        case, by = cases[UUID(told["case_id"])], names[UUID(document["staff_id"])]
        if kind == "CaseNoted":
            case.notes[event] = told["note_hash"]
        elif kind == "CaseFieldSet":
            case.facts[event] = told["field"], told["value"], ",".join(told["saw"])
        elif wrong := case.take(event, kind, told, by):
            yield f"cases: {told['case_id']} {wrong}"
    yield from _otherwise(books, cases)
    told_of = {
        (UUID(document["payload"]["case_id"]), document["type"])
        for document in map(read, journals.known.values())
        if document["type"] in _KINDS
    }
    for person, _ in journals.rows:
        if lost := person.witness.case_work - told_of:
            yield f"I6: confirmed work on cases is lost: {sorted(lost)[:3]}"
    settled = {
        UUID(document["payload"]["exception_id"])
        for document in map(read, journals.known.values())
        if document["type"] == "ExceptionSettled"
    }
    for person, _ in journals.rows:
        if gone := person.witness.answers - settled:
            yield f"I6: confirmed answers are lost: {sorted(gone)[:3]}"


def _otherwise(books: Books, cases: dict[UUID, _Case]) -> Iterator[str]:
    texts = {row["commitment"] for row in books.table("blob") if row["content"]}
    notes: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for row in books.table("case_note"):
        notes[UUID(row["case_id"])][UUID(row["event_id"])] = row["note_hash"]
    steps: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for row in books.table("case_step"):
        steps[UUID(row["case_id"])][UUID(row["event_id"])] = row["kind"]
    facts: dict[UUID, dict[UUID, tuple[str, str, str]]] = defaultdict(dict)
    for row in books.table("case_fact"):
        facts[UUID(row["case_id"])][UUID(row["event_id"])] = row["field"], row["value"], row["saw"]
    for row in books.table("service_case"):
        case_id = UUID(row["case_id"])
        case = cases[case_id]
        names = ("state", "acknowledged_by", "closed_by", "outcome", "stage")
        found = tuple(row[name] for name in names)
        wanted = case.state, case.taken_by, case.closed_by, case.outcome, case.stage
        if found != wanted:
            yield f"cases: {case_id} is {found}, should be {wanted}"
        if notes[case_id] != case.notes or not texts.issuperset(case.notes.values()):
            yield f"cases: {case_id} doesn't have the notes that were written"
        if facts[case_id] != case.facts:
            yield f"cases: {case_id} doesn't have what was said of it"
        if steps[case_id] != case.steps:
            yield f"cases: {case_id} doesn't say how it came so far"
