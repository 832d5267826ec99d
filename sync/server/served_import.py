"""`guichet-server import served`: how many customers a queue or a host system served, by day.

A file is taken whole or not at all; the same file again changes nothing, another number corrects
the one before, and no number takes it back. Days are counted anew by their job.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.office_time import local_day
from sync.server.opening import working
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.bulk import delete_rows
from sync.server.work import Work

COLUMNS: Final = ("office", "day", "counter", "served")
MOST_LINES: Final = 100_000
MOST_SERVED: Final = 100_000
_LONGEST_LINE: Final = 1_000
_MOST_PROBLEMS: Final = 20
_FIRST_DAY: Final = "2000-01-01"


class Place(NamedTuple):
    """An office's counter on a day; '' is the office as a whole."""

    office_id: UUID
    day: str
    counter: str


def import_served(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Take a file's counts in, and say what changed."""
    lines = list(islice(_lines(options.file), MOST_LINES + 2))  # before a transaction is open
    with working(settings) as work:
        changed = put_served(work, read_served(work, lines))
    print(f"{changed} counts are new or others than before")


def read_served(work: Work, lines: Iterable[str]) -> dict[Place, int | None]:
    """Read a CSV file's lines, the columns' names first.

    Returns:
        How many were served where and when; None where a count is taken back.

    Raises:
        Rejected: no_columns, bad_lines (its text names lines and what is wrong with each),
            too_many.
    """
    reader = csv.reader(lines)
    names = [name.strip().lower() for name in next(reader, [])]
    if sorted(names) != sorted(COLUMNS):
        raise Rejected("no_columns", f"The first line names the columns {','.join(COLUMNS)}")
    offices = _offices(work)
    counts: dict[Place, int | None] = {}
    first_seen: dict[Place, int] = {}
    problems: list[str] = []
    for cells in reader:
        if reader.line_num > MOST_LINES + 1:
            raise Rejected("too_many", f"At most {MOST_LINES} lines at a time")
        if not any(cells):
            continue
        try:
            place, served = _read(names, cells, offices)
            if place in counts:
                raise ValueError(f"stands in line {first_seen[place]} already")
        except ValueError as error:
            problems.append(f"line {reader.line_num}: {error}")
        else:
            counts[place], first_seen[place] = served, reader.line_num
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        told = problems[:_MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
        raise Rejected("bad_lines", "Nothing was imported: " + "; ".join(told))
    return counts


def put_served(work: Work, counts: dict[Place, int | None]) -> int:
    """Keep counts, and have their days counted anew; returns how many differ from before."""
    served = t.served_count.c
    known: dict[Place, int] = {}
    days = sorted({place.day for place in counts})
    if days:
        rows = work.connection.execute(
            sa.select(served.office_id, served.day, served.counter, served.n).where(
                served.programme_id == work.programme_id, served.day.between(days[0], days[-1])
            )
        )
        known = {Place(*row[:3]): row.n for row in rows}
    changed = {place: n for place, n in counts.items() if known.get(place) != n}
    kept = [(*place, n) for place, n in changed.items() if n is not None]
    if kept:
        work.replace_rows(t.served_count, kept)
    gone = sorted(place for place, n in changed.items() if n is None)
    if gone:
        delete_rows(
            work.connection, t.served_count, Place._fields, gone, programme_id=work.programme_id
        )
    for place in changed:
        work.mark_day(place.office_id, place.day, work.programme_id)  # no device's
    return len(changed)


def _lines(file: Path) -> Iterator[str]:
    source = sys.stdin if str(file) == "-" else file.open(encoding="utf-8-sig", newline="")
    with source:
        while line := source.readline(_LONGEST_LINE + 1):
            if len(line) > _LONGEST_LINE:
                raise Rejected("bad_lines", f"A line is longer than {_LONGEST_LINE} characters")
            yield line


class _Office(NamedTuple):
    office_id: UUID
    today: date
    counters: frozenset[str]


def _offices(work: Work) -> dict[str, _Office]:
    office, counter = t.office.c, t.counter.c
    labels: dict[UUID, set[str]] = {}
    for row in work.connection.execute(
        sa.select(counter.office_id, counter.label).where(counter.programme_id == work.programme_id)
    ):
        labels.setdefault(row.office_id, set()).add(row.label)
    rows = work.connection.execute(
        sa.select(office.office_id, office.code, office.time_zone).where(
            office.programme_id == work.programme_id
        )
    )
    return {
        row.code: _Office(
            row.office_id,
            local_day(work.now_ms, row.time_zone),
            frozenset(labels.get(row.office_id, ())),
        )
        for row in rows
    }


def _read(
    names: list[str], cells: list[str], offices: dict[str, _Office]
) -> tuple[Place, int | None]:
    """Raises ValueError, which says what is wrong with the line."""
    if len(cells) != len(names):
        raise ValueError(f"{len(cells)} cells for {len(names)} columns")
    found = dict(zip(names, map(str.strip, cells), strict=True))
    office = offices.get(found["office"])
    if office is None:
        raise ValueError(f"there is no office {found['office']!r}")
    counter, day, served = found["counter"], found["day"], found["served"]
    if counter and counter not in office.counters:
        raise ValueError(f"there is no counter {counter!r} at office {found['office']}")
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise ValueError(f"{day!r} is no day; write it as 2026-11-30") from error
    if not date.fromisoformat(_FIRST_DAY) <= wanted <= office.today + timedelta(1):
        raise ValueError(f"{day} is not between {_FIRST_DAY} and the office's today")
    place = Place(office.office_id, wanted.isoformat(), counter)
    if not served:
        return place, None
    if not (served.isascii() and served.isdecimal()) or int(served[:7]) > MOST_SERVED:
        raise ValueError(f"served is a whole number up to {MOST_SERVED}, not {served[:20]!r}")
    return place, int(served)
