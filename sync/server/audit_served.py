"""Audit of what days' documents say of customers whom somebody else counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.records import Served
from sync.server.audit_days import Day, compared, days_due
from sync.server.store import tables as t
from sync.server.store.bulk import stream


class _Told(msgspec.Struct):
    """What is looked at of a day's document."""

    office_id: UUID
    day: str
    served: tuple[Served, ...] = ()


def served_customers(connection: Connection) -> Iterator[str]:
    """Counts of days that nothing changed since, against those imported and the visits opened."""
    due, counted = days_due(connection), _counted(connection)
    told = sa.select(t.record.c.programme_id, t.record.c.body).where(t.record.c.kind == "figures")
    sums = sa.select(t.day_sum.c.programme_id, t.day_sum.c.body)
    for name, statement in (("record figures", told), ("day_sum", sums)):
        kept: dict[Day, Counter[str]] = {}
        for row in stream(connection, statement):
            day = msgspec.json.decode(row.body, type=_Told)
            if day.served:
                found = {each.counter: (each.n, each.unopened) for each in day.served}
                kept[row.programme_id, day.office_id, day.day] = _named(found)
        real = {
            day: _named(of_day if name == "record figures" else _together(of_day))
            for day, of_day in counted.items()
        }
        yield from compared(name, real, kept, due)


def _named(counts: dict[str, tuple[int, int]]) -> Counter[str]:
    named: Counter[str] = Counter()
    for counter, (n, unopened) in counts.items():
        named[f"served {counter}"], named[f"unopened {counter}"] = n, unopened
    return named


def _together(counts: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    n, unopened = map(sum, zip(*counts.values(), strict=True))
    return {"": (n, unopened)}


def _counted(connection: Connection) -> dict[Day, dict[str, tuple[int, int]]]:
    """By counter how many were served, and how many of these beyond the visits opened there.

    The office's own count stands only where there is none by counter.
    """
    served = t.served_count.c
    counts: defaultdict[Day, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(
        sa.select(served.programme_id, served.office_id, served.day, served.counter, served.n)
    ):
        counts[tuple(row[:3])][row.counter] = row.n
    opened = _opened(connection)
    return {
        day: {
            counter: (n, max(0, n - opened[(*day, counter)]))
            for counter, n in of_day.items()
            if counter or len(of_day) == 1
        }
        for day, of_day in counts.items()
    }


def _opened(connection: Connection) -> Counter[Day]:
    """Visits of days that somebody counted, by the counter's label and, under '', altogether."""
    visit, device, counter, served = t.encounter, t.device, t.counter, t.served_count
    place = (visit.c.programme_id, visit.c.office_id, visit.c.day)
    is_counted = sa.exists().where(
        served.c.programme_id == visit.c.programme_id,
        served.c.office_id == visit.c.office_id,
        served.c.day == visit.c.day,
    )
    rows = connection.execute(
        sa.select(*place, counter.c.label, sa.func.count().label("n"))
        .select_from(visit)
        .join(
            device,
            (device.c.programme_id == visit.c.programme_id)
            & (device.c.device_id == visit.c.device_id),
        )
        .join(
            counter,
            (counter.c.programme_id == device.c.programme_id)
            & (counter.c.counter_id == device.c.counter_id),
        )
        .where(is_counted)
        .group_by(*place, counter.c.label)
    )
    opened: Counter[Day] = Counter()
    for row in rows:
        opened[(*row[:3], row.label)] += row.n
        opened[(*row[:3], "")] += row.n
    return opened
