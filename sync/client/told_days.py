"""Offices' days as the core takes them, whichever way the server told their cases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from app.domain.records import Figures, Handled
from sync.protocol.told import DaysAnswer


def days_of(answer: DaysAnswer) -> tuple[Figures, ...]:
    """Put cases that were told apart to their days; those of other days are left out."""
    if not answer.cases:
        return tuple(answer.days)
    of_day: defaultdict[str, list[Handled]] = defaultdict(list)
    for case in answer.cases:
        of_day[case.day].append(
            Handled(
                case.origin, "", "", case.service, case.score, case.taken_s, case.there_s,
                case.closed_s, case.outcome, case.with_s,
            )
        )  # fmt: skip
    return tuple(
        replace(day, cases=(*day.cases, *of_day[day.day])) if day.day in of_day else day
        for day in answer.days
    )
