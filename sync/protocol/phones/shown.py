"""A case as a phone shows it, whoever serves the page."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import Final

from app.domain.case import reached
from app.domain.office_time import local_day
from app.domain.rating import MAX_COMMENT_CHARS
from app.domain.records import Case
from sync.protocol.phones.messages import PhoneCase, PhonePassedOn

MOST_CASES: Final = 50
LONGEST_NAME: Final = 120
_DAYS_BACK: Final = 2


def first_day(now_ms: int, time_zone: str) -> date:
    """The office's day from which on cases are shown; what is older is worked on at the desk."""
    return local_day(now_ms, time_zone) - timedelta(days=_DAYS_BACK)


def is_recent(at_ms: int, now_ms: int, time_zone: str) -> bool:
    """Whether something of then is among the days that are shown."""
    return local_day(at_ms, time_zone) >= first_day(now_ms, time_zone)


def shown_text(text: str, most: int) -> str:
    """What somebody wrote, without what would steer the screen, cut to so many characters.

    Direction marks go, too: the page isolates each text, and marks could reach out of it.
    """
    kept = (
        character
        for character in text[: 4 * most]
        if character in _KEPT or unicodedata.category(character) not in _STEERING
    )
    shown = " ".join("".join(kept).split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


_STEERING: Final = {"Cc", "Cf", "Cs", "Co", "Cn"}
_KEPT: Final = "\n\r\t\u200d"  # become blanks; the last one joins letters and pictures


def phone_case(case: Case, *, named: bool) -> PhoneCase:
    """A case as a phone shows it."""
    there = reached(case, "arrived")
    return PhoneCase(
        case.case_id,
        shown_text(case.counter_label, LONGEST_NAME),
        shown_text(case.clerk_number, LONGEST_NAME),
        case.opened_ms,
        case.score,
        case.state,
        case.stage,
        case.call,
        tuple(shown_text(reason, LONGEST_NAME) for reason in case.reasons),
        shown_text(case.comment, MAX_COMMENT_CHARS),
        shown_text(case.member_name, LONGEST_NAME) if named else "",
        shown_text(case.acknowledged_by, LONGEST_NAME),
        case.acknowledged_ms,
        shown_text(there.staff_name, LONGEST_NAME) if there else "",
        there.at_ms if there else None,
        tuple(
            PhonePassedOn(shown_text(step.staff_name, LONGEST_NAME), step.at_ms)
            for step in case.steps
            if step.kind == "passed_on"
        ),
        case.source,
    )
