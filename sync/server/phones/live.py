"""The cases that a phone shows: its office's open low ratings, as its desks have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.records import Case
from sync.protocol.phones.messages import PhoneCase
from sync.protocol.phones.shown import MOST_CASES, first_day, phone_case
from sync.server.phones.sessions import Session
from sync.server.settings_of import setting_value
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows


def names_are_shown(connection: Connection, programme_id: UUID) -> bool:
    """Whether managers may see who the customer is, now; cases keep what was allowed before."""
    return bool(setting_value(connection, programme_id, "rating").get("show_member_name"))


def live_cases(connection: Connection, session: Session, now_ms: int) -> list[Any]:
    """Rows (case_id, member_id) of the office's open low ratings, the newest first."""
    case = t.service_case
    return list(
        connection.execute(
            sa.select(case.c.case_id, case.c.member_id)
            .where(
                case.c.programme_id == session.programme_id,
                case.c.office_id == session.office_id,
                case.c.day >= first_day(now_ms, session.time_zone).isoformat(),
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
