"""What was promised of open cases and actions, and by when: what is late stands first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple
from uuid import UUID

from app.domain.case_facts import CaseRules
from app.domain.records import Case

Kind = Literal["come", "answer", "close", "check"]
"""Somebody comes to who gave a low rating; a complaint is answered; a case is closed; somebody
looks at what an action did."""


class Promise(NamedTuple):
    """The next thing that is due of an open case or action."""

    due_ms: int
    of_id: UUID
    kind: Kind


def promised(case: Case, rules: CaseRules) -> Promise | None:
    """Return what is due next of a case, None of one that is closed or promises nothing."""
    if case.state == "closed":
        return None
    if case.due_ms is not None:
        return Promise(case.due_ms, case.case_id, "answer")
    if case.origin != "rating":
        return None
    if case.state == "new":
        return Promise(case.opened_ms + rules.come_within_s * 1000, case.case_id, "come")
    return Promise(case.opened_ms + rules.close_within_h * 3_600_000, case.case_id, "close")


def board(
    cases: Iterable[Case], rules: CaseRules, others: Iterable[Promise] = ()
) -> tuple[Promise, ...]:
    """Return what is due, `others` among it; what is latest first, what is due last at the end."""
    due = (promised(case, rules) for case in cases)
    return tuple(sorted((*others, *(promise for promise in due if promise is not None))))
