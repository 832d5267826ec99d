"""Who handles a case: the front line, who coordinates departments, or who can mend the system.

A field of the case like its others (`app.domain.case_facts`), set by whoever passes it on: two
desks without the network merge, and every version stays. What is read off here is how long it was
with each, while it was open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from app.domain.case_facts import CHOICES, standing
from app.domain.records import Case, CaseFact

FIELD: Final = "handling"
TIERS: Final = CHOICES[FIELD]
"""From the nearest to the customer on; a case begins at the first."""


class Held(NamedTuple):
    """A case was with a tier, from one moment to the next; `until_ms` of the last is now.

    `staff_name` is who passed it on, '' of the tier that it began at.
    """

    tier: str
    since_ms: int
    until_ms: int
    staff_name: str = ""


def handled(case: Case, now_ms: int) -> tuple[Held, ...]:
    """Return with whom a case has been, one after the other; the last one has it, or had.

    A closed case stays with whom it was closed by; clocks that disagree make no span below zero.
    """
    end_ms = now_ms if case.closed_ms is None else case.closed_ms
    spans: list[Held] = [Held(TIERS[0], case.opened_ms, case.opened_ms)]
    for fact in _in_order(case):
        last = spans[-1]
        at_ms = max(fact.at_ms, last.since_ms)
        spans[-1] = last._replace(until_ms=at_ms)
        if fact.value != last.tier:
            spans.append(Held(fact.value, at_ms, at_ms, fact.staff_name))
    spans[-1] = spans[-1]._replace(until_ms=max(end_ms, spans[-1].since_ms))
    return tuple(spans)


def seconds_with(case: Case, now_ms: int) -> dict[str, int]:
    """Return for how long each tier that ever had a case did while it was open, s."""
    closed, spans = list(_closed(case)), handled(case, now_ms)
    taken_ms = dict.fromkeys((held.tier for held in spans), 0)
    for held in spans:
        idle_ms = sum(
            max(0, min(held.until_ms, again_ms) - max(held.since_ms, closed_ms))
            for closed_ms, again_ms in closed
        )
        taken_ms[held.tier] += max(0, held.until_ms - held.since_ms - idle_ms)
    return {tier: ms // 1000 for tier, ms in taken_ms.items()}


def _in_order(case: Case) -> list[CaseFact]:
    """What was said of it by time, but nothing before what its desk saw; what counts at the end."""
    left = sorted(
        (fact for fact in case.facts if fact.field == FIELD),
        key=lambda fact: (fact.at_ms, fact.entry_id.bytes),
    )
    ordered: list[CaseFact] = []
    while left:
        unsaid = {fact.entry_id for fact in left}
        free = (f for f in left if not unsaid.intersection(f.saw) - {f.entry_id})
        chosen = next(free, left[0])  # two can't have seen each other, whatever a program says
        left.remove(chosen)
        ordered.append(chosen)
    counts = standing(case, FIELD)[:1]
    return [fact for fact in ordered if fact not in counts] + list(counts)


def _closed(case: Case) -> Iterator[tuple[int, int]]:
    """From when to when it was closed before it was opened again."""
    since_ms: int | None = None
    for step in sorted(case.steps, key=lambda step: step.at_ms):
        if step.kind == "closed":
            since_ms = step.at_ms
        elif step.kind == "reopened" and since_ms is not None:
            yield since_ms, step.at_ms
            since_ms = None
