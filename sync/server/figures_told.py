"""Offices' days told to a desk that asks: its own, another office's, or all together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.merged_days import by_office, without_staff
from app.domain.records import Figures
from sync.protocol.told import DaysAnswer, DaysRequest
from sync.server.devices import Device
from sync.server.problems import ProblemError
from sync.server.store import tables as t

MOST_DAYS: Final = 366
MOST_DAYS_OF_ALL: Final = 92


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
    found = _days(connection, device, offices, request)
    if not request.office_code:
        days = by_office(found)
    elif request.office_code == device.office_code:
        days = tuple(day for _, day in found)
    else:
        days = tuple(without_staff(day) for _, day in found)
    return DaysAnswer(days=list(days), office_codes=offices, server_ms=now_ms)


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


def _days(
    connection: Connection, device: Device, offices: list[str], request: DaysRequest
) -> Iterator[tuple[str, Figures]]:
    record = t.record.c
    decoder = msgspec.json.Decoder(Figures)
    for code in offices:  # a run of the key each
        rows = connection.execute(
            sa.select(record.body)
            .where(
                record.programme_id == device.programme_id,
                record.kind == Figures.KIND,
                record.id.between(f"{code} {request.first_day}", f"{code} {request.last_day}"),
            )
            .order_by(record.id)
        )
        for body in rows.scalars():
            yield code, decoder.decode(body)
