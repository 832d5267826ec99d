"""Looking up members whom a seat doesn't hold: who may, how often, and whom that finds.

Each look-up is written down with whoever asked and whom it found, never with what was typed. The
same rows bound how often a device and a person may ask, so processes needn't tell each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.look_up import MOST_FOUND, answering, look_up_keys, phone_ending
from app.domain.search_terms import (
    MAX_QUERY_CHARACTERS,
    Criterion,
    MatchKind,
    MemberTerms,
    compact,
    member_terms,
)
from sync.protocol.messages import LookUpAnswer, LookUpRequest, MemberRow
from sync.server.devices import Device
from sync.server.problems import ProblemError
from sync.server.shown import member_select
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows, select_in
from sync.server.work import Work

KEPT_MS: Final = 180 * 86_400_000
"""How long it stays written down who asked."""

BOUNDS: Final = (
    ("device_id", 60_000, 20),
    ("device_id", 3_600_000, 300),
    ("staff_id", 3_600_000, 200),
)
"""At most so many look-ups within so many milliseconds: ten times what a busy counter needs."""

_MOST_ENDING_ALIKE: Final = 5_000
_CHUNK_ROWS: Final = 1_000
_FOUND_BY: Final = ("card_no", "name", "latin_name", "initials", "phone", "home_office")

Outcome = Literal["found", "none", "too_many"]


def look_up(
    connection: Connection,
    device: Device,
    request: LookUpRequest,
    *,
    look_up_id: UUID,
    now_ms: int,
) -> LookUpAnswer:
    """Answer a look-up and write it down; `connection` is in a writing transaction.

    Raises:
        ProblemError: forbidden, bad_request, busy.
    """
    if device.is_desk:
        raise ProblemError("forbidden", "Members are looked up at counters")
    check_person(connection, device, request.staff_id)
    keys = look_up_keys(request.text) if len(request.text) <= MAX_QUERY_CHARACTERS else ()
    if not keys:
        raise ProblemError("bad_request", "Only whole cards, phones and names are looked up")
    check_pace(connection, device, request.staff_id, now_ms)
    outcome, rows = _find(connection, device.programme_id, request.text, keys)
    connection.execute(
        sa.insert(t.look_up).values(
            programme_id=device.programme_id,
            look_up_id=look_up_id,
            at_ms=now_ms,
            device_id=device.device_id,
            office_id=device.office_id,
            staff_id=request.staff_id,
            session_id=request.session_id,
            keys=",".join(key.kind for key in keys),
            outcome=outcome,
            member_ids=" ".join(str(row.member_id) for row in rows),
        )
    )
    return LookUpAnswer(outcome=outcome, members=rows, server_ms=now_ms)


def check_person(connection: Connection, device: Device, staff_id: UUID) -> None:
    """Raises ProblemError('forbidden') unless this person may work at this device."""
    found = find_rows(connection, t.staff, "staff_id", [staff_id], programme_id=device.programme_id)
    if not found or not found[0].active:
        raise ProblemError("forbidden", "The person signed in isn't known to the server")
    (person,) = found
    if person.office_id != device.office_id and "administrator" not in person.roles.split(","):
        raise ProblemError("forbidden", "The person signed in works at another office")


def check_pace(connection: Connection, device: Device, staff_id: UUID, now_ms: int) -> None:
    """Raises ProblemError('busy') where the device or the person asks too often."""
    asking = {"device_id": device.device_id, "staff_id": staff_id}
    for name, span_ms, most in BOUNDS:
        since_ms = connection.execute(
            sa.select(t.look_up.c.at_ms)
            .where(
                t.look_up.c.programme_id == device.programme_id,
                t.look_up.c[name] == asking[name],
                t.look_up.c.at_ms > now_ms - span_ms,
            )
            .order_by(t.look_up.c.at_ms.desc())
            .offset(most - 1)
            .limit(1)
        ).scalar_one_or_none()
        if since_ms is not None:
            wait_s = (since_ms + span_ms - now_ms) // 1000 + 1
            raise ProblemError(
                "busy", "Too many members were looked up here", status=429, wait_s=wait_s
            )


def _find(
    connection: Connection, programme_id: UUID, text: str, keys: Sequence[Criterion]
) -> tuple[Outcome, list[MemberRow]]:
    ids = {
        *_by_card(connection, programme_id, text, keys),
        *_by_phone_ending(connection, programme_id, keys),
    }
    rows = {row.member_id: row for row in _rows(connection, programme_id, ids)}
    answers = {row.member_id for row in rows.values() if answering(keys, _terms_of(row))}
    found = _survivors(connection, programme_id, [rows[i] for i in answers])
    if len(found) > MOST_FOUND:
        return "too_many", []
    return ("found" if found else "none"), sorted(found, key=lambda row: row.rank)


def _by_card(
    connection: Connection, programme_id: UUID, text: str, keys: Sequence[Criterion]
) -> list[UUID]:
    """Members to whom the card leads, also one they no longer have: that doesn't answer."""
    if not any(key.kind is MatchKind.CARD for key in keys):
        return []
    typed = "".join(text.split())
    spellings = {typed, typed.upper(), compact(text).upper()}
    rows = find_rows(connection, t.card, "card_no", spellings, programme_id=programme_id)
    return [row.member_id for row in rows]


def _by_phone_ending(
    connection: Connection, programme_id: UUID, keys: Sequence[Criterion]
) -> list[UUID]:
    """Members whose phone or name answers, among all with the same last digits."""
    member = t.member
    phones = {key.key for key in keys if key.kind is MatchKind.PHONE}
    endings = {phone_ending(digits) for digits in (*phones, *(key.ending for key in keys))} - {""}
    if not endings:
        return []
    alike = (
        sa.select(*(member.c[name] for name in ("member_id", *_FOUND_BY)))
        .where(
            member.c.programme_id == programme_id,
            member.c.phone_ending.in_(sorted(endings)),
        )
        .limit(_MOST_ENDING_ALIKE)
    )
    if phones:
        alike = alike.where(member.c.phone.in_(sorted(phones)))
    return [row.member_id for row in connection.execute(alike) if answering(keys, _terms_of(row))]


def _terms_of(row: Any) -> MemberTerms:
    return member_terms(**{name: getattr(row, name) for name in _FOUND_BY})


def _rows(connection: Connection, programme_id: UUID, ids: set[UUID]) -> list[MemberRow]:
    found = select_in(connection, member_select(programme_id), t.member.c.member_id, ids)
    return [MemberRow(*row) for row in found]


def _survivors(
    connection: Connection, programme_id: UUID, rows: Sequence[MemberRow]
) -> list[MemberRow]:
    """Those who can be served; of merged ones the survivors."""
    known: dict[UUID, MemberRow] = {}
    pending = {row.member_id: row for row in rows}
    while pending:
        known |= pending
        further = {row.merged_into for row in pending.values() if row.merged_into is not None}
        pending = {
            row.member_id: row for row in _rows(connection, programme_id, further - known.keys())
        }
    return [row for row in known.values() if row.status == "active"]


def forget_chunk(work: Work, *, before_ms: int) -> int:
    """Delete what was written down up to a time; returns how many rows."""
    table = t.look_up
    old = list(
        work.connection.execute(
            sa.select(table.c.look_up_id)
            .where(table.c.programme_id == work.programme_id, table.c.at_ms <= before_ms)
            .order_by(table.c.at_ms)
            .limit(_CHUNK_ROWS)
        ).scalars()
    )
    if old:
        work.connection.execute(
            sa.delete(table).where(
                table.c.programme_id == work.programme_id, table.c.look_up_id.in_(old)
            )
        )
    return len(old)
