"""The cases that a phone shows: its office's open low ratings, as its desks have them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.rating import MAX_COMMENT_CHARS
from app.domain.records import Case
from sync.server.phones.messages import PhoneCase
from sync.server.phones.sessions import Session
from sync.server.settings_of import setting_value
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows

MOST_CASES: Final = 50
_DAYS_BACK: Final = 2
"""What is older is worked on at the desk, where it can be closed."""
_LONGEST_NAME: Final = 120


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
    # A case that was opened again begins at its first stage, whoever had been there
    there = [step for step in case.steps if step.kind == "arrived"][-1:] if case.stage else []
    return PhoneCase(
        case.case_id,
        shown_text(case.counter_label, _LONGEST_NAME),
        shown_text(case.clerk_number, _LONGEST_NAME),
        case.opened_ms,
        case.score,
        case.state,
        case.stage,
        case.call,
        tuple(shown_text(reason, _LONGEST_NAME) for reason in case.reasons),
        shown_text(case.comment, MAX_COMMENT_CHARS),
        shown_text(case.member_name, _LONGEST_NAME) if named else "",
        shown_text(case.acknowledged_by, _LONGEST_NAME),
        case.acknowledged_ms,
        shown_text(there[0].staff_name, _LONGEST_NAME) if there else "",
        there[0].at_ms if there else None,
    )


def names_are_shown(connection: Connection, programme_id: UUID) -> bool:
    """Whether managers may see who the customer is, now; cases keep what was allowed before."""
    return bool(setting_value(connection, programme_id, "rating").get("show_member_name"))


def live_cases(connection: Connection, session: Session, now_ms: int) -> list[Any]:
    """Rows (case_id, member_id) of the office's open low ratings, the newest first."""
    case = t.service_case
    here = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(session.time_zone))
    first_day = (here.date() - timedelta(days=_DAYS_BACK)).isoformat()
    return list(
        connection.execute(
            sa.select(case.c.case_id, case.c.member_id)
            .where(
                case.c.programme_id == session.programme_id,
                case.c.office_id == session.office_id,
                case.c.day >= first_day,
                case.c.origin == "rating",
                case.c.state != "closed",
            )
            .order_by(case.c.opened_ms.desc(), case.c.case_id)
            .limit(MOST_CASES)
        )
    )


def documents(
    connection: Connection, programme_id: UUID, case_ids: Sequence[UUID]
) -> list[PhoneCase]:
    """Cases as they are told to desks, in this order."""
    found = find_rows(
        connection, t.record, "id", list(map(str, case_ids)), programme_id=programme_id
    )
    bodies = {row.id: row.body for row in found if row.kind == Case.KIND}
    named = names_are_shown(connection, programme_id)
    return [
        phone_case(msgspec.json.decode(bytes(bodies[str(i)]), type=Case), named=named)
        for i in case_ids
        if str(i) in bodies
    ]


def unnoted(connection: Connection, session: Session, member_ids: Iterable[UUID]) -> list[UUID]:
    """Members whose names this session was not yet shown."""
    wanted = dict.fromkeys(member_ids)
    if not wanted:
        return []
    asked = t.look_up
    before = connection.execute(
        sa.select(asked.c.member_ids).where(
            asked.c.programme_id == session.programme_id,
            asked.c.staff_id == session.staff_id,
            asked.c.at_ms >= session.started_ms,
            asked.c.session_id == session.session_id,
        )
    )
    seen = {UUID(each) for text in before.scalars() for each in text.split()}
    return [member_id for member_id in wanted if member_id not in seen]


def note_looks(
    connection: Connection,
    session: Session,
    member_ids: Sequence[UUID],
    *,
    look_up_id: UUID,
    now_ms: int,
) -> None:
    """Write down that a manager was shown who these members are, beside the look-ups."""
    connection.execute(
        sa.insert(t.look_up).values(
            programme_id=session.programme_id,
            look_up_id=look_up_id,
            at_ms=now_ms,
            device_id=session.session_id,  # a phone is no device
            office_id=session.office_id,
            staff_id=session.staff_id,
            session_id=session.session_id,
            keys="case",
            outcome="found",
            member_ids=" ".join(map(str, member_ids)),
        )
    )
