"""A clerk's own weeks told to the counter where they are signed in; sums alone leave the server."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.figure_rules import SETTING, FigureRules
from app.domain.office_time import local_day
from app.domain.own_figures import own_weeks, week_span
from app.domain.records import Figures
from sync.protocol.told import OwnWeeksAnswer, OwnWeeksRequest
from sync.server.devices import Device
from sync.server.look_up import check_person
from sync.server.settings_of import setting_value
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows


def own_weeks_told(
    connection: Connection, device: Device, request: OwnWeeksRequest, *, now_ms: int
) -> OwnWeeksAnswer:
    """Look up what this office's days say of whoever asks.

    Raises:
        ProblemError: forbidden, for somebody who doesn't work here.
    """
    check_person(connection, device, request.staff_id)
    programme_id = device.programme_id
    (person,) = find_rows(
        connection, t.staff, "staff_id", [request.staff_id], programme_id=programme_id
    )
    today = local_day(now_ms, device.office_time_zone)
    first, last = week_span(today)
    record = t.record.c
    rows = connection.execute(
        sa.select(record.body).where(
            record.programme_id == programme_id,
            record.kind == Figures.KIND,
            record.id.between(f"{device.office_code} {first}", f"{device.office_code} {last}"),
        )
    )
    decoder = msgspec.json.Decoder(Figures)
    days = map(decoder.decode, rows.scalars())
    rules = FigureRules.from_setting(setting_value(connection, programme_id, SETTING))
    weeks = own_weeks(days, person.number, today, rules)
    return OwnWeeksAnswer(list(weeks), rules.staff_least_n, now_ms)
