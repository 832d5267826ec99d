"""Offices' days told to a desk that asks: its own, another office's, or all together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.merged_days import together, without_staff
from app.domain.records import Figures, Handled
from sync.protocol.told import DayCase, DaysAnswer, DaysRequest
from sync.server.devices import Device
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.store.bulk import stream

MOST_DAYS: Final = 366
MOST_DAYS_OF_ALL: Final = 92
_DECODER: Final = msgspec.json.Decoder(Figures)


def days_told(
    connection: Connection, device: Device, request: DaysRequest, *, now_ms: int
) -> DaysAnswer:
    """Look up what the offices' days count.

    Who it was is told to the office's own desks alone.

    Raises:
        ProblemError: forbidden, for a counter; bad_request, for no days, too many of them, or an
            office that there isn't.
    """
    if not device.is_desk:
        raise ProblemError("forbidden", "Offices' figures are shown at desks")
    _check_days(request)
    offices = _offices(connection, device, request.office_code)
    cases: tuple[DayCase, ...] = ()
    if not request.office_code:
        days = list(together(_sums(connection, device, request)))
        if request.cases_apart:
            cases = tuple(_apart(day.day, case) for day in days for case in day.cases)
            days = [replace(day, cases=()) for day in days]
    elif request.office_code == device.office_code:
        days = list(_days(connection, device, request))
    else:
        days = list(map(without_staff, _days(connection, device, request)))
    return DaysAnswer(days, offices, now_ms, cases)


def _check_days(request: DaysRequest) -> None:
    try:
        first, last = map(date.fromisoformat, (request.first_day, request.last_day))
    except ValueError as error:
        raise ProblemError("bad_request", "Days are ISO dates") from error
    most = MOST_DAYS if request.office_code else MOST_DAYS_OF_ALL
    if not 0 <= (last - first).days < most:
        raise ProblemError("bad_request", f"Ask for 1 to {most} days")


def _offices(connection: Connection, device: Device, code: str) -> list[str]:
    office = t.office.c
    rows = connection.execute(
        sa.select(office.code)
        .where(office.programme_id == device.programme_id)
        .order_by(office.code)
    )
    codes = list(rows.scalars())
    if code and code not in codes:
        raise ProblemError("bad_request", "There is no such office")
    return [code] if code else codes


def _days(connection: Connection, device: Device, request: DaysRequest) -> Iterator[Figures]:
    record, code = t.record.c, request.office_code
    rows = connection.execute(
        sa.select(record.body)
        .where(
            record.programme_id == device.programme_id,
            record.kind == Figures.KIND,
            record.id.between(f"{code} {request.first_day}", f"{code} {request.last_day}"),
        )
        .order_by(record.id)
    )
    return map(_DECODER.decode, rows.scalars())


def _sums(connection: Connection, device: Device, request: DaysRequest) -> Iterator[Figures]:
    """All offices' days, by service alone; in the order of the key."""
    day_sum = t.day_sum.c
    rows = stream(
        connection,
        sa.select(day_sum.body)
        .where(
            day_sum.programme_id == device.programme_id,
            day_sum.day.between(request.first_day, request.last_day),
        )
        .order_by(day_sum.day, day_sum.office_id),
    )
    return (_DECODER.decode(row.body) for row in rows)


def _apart(day: str, case: Handled) -> DayCase:
    return DayCase(
        day,
        case.origin,
        case.service,
        case.score,
        case.taken_s,
        case.there_s,
        case.closed_s,
        case.outcome,
        case.with_s,
    )
