"""Years of visits put straight into PostgreSQL, and what they count, by plain SQL.

Assumed: an office has five counters and eight clerks, is open from 8 to 18 and every day; four
visits in five are rated, as at counters with a panel, one rating in twenty is low and has its case.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from build_scripts.bench import bare_server
from sync.server.store import tables as t

RATED_SHARE: Final = 0.8
COUNTERS: Final = 5
CLERKS: Final = 8
_ROWS_A_STATEMENT: Final = 2_000_000
_WAL: Final = "16GB"  # what is filled in minutes came in over years

# n is the visit's number: by day, then by office. h has 60 bits that look like chance.
_VISITS: Final = """
INSERT INTO encounter (programme_id, encounter_id, device_id, office_id, staff_id, day, opened_ms,
  identified_ms, ended_ms, outcome, rating_state, score, flags, reasons, service, rated_ms,
  closed_ms)
SELECT %(programme)s, lpad(to_hex(n), 32, '0')::uuid,
  (%(devices)s::uuid[])[1 + office * 5 + (h %% 5)::int], (%(offices)s::uuid[])[1 + office],
  (%(staff)s::uuid[])[1 + office * 8 + ((h %% 5)::int + day_n) %% 8],
  to_char(%(first)s::date + day_n, 'YYYY-MM-DD'), opened_ms,
  CASE WHEN h %% 10 < 7 THEN opened_ms + 2000 + (h >> 4) %% 40000 END, ended_ms, 'finished',
  CASE WHEN is_late THEN '' WHEN rated THEN 'rated'
    ELSE (ARRAY['declined', 'timed_out', 'not_offered'])[1 + ((h >> 9) %% 3)::int] END,
  CASE WHEN rated THEN score END,
  CASE WHEN rated AND (h >> 21) %% 200 = 0 THEN 'repeat' ELSE '' END,
  CASE WHEN rated AND score <= 2 THEN
    (ARRAY['attitude', 'efficiency', 'rules', 'efficiency,rules'])[1 + ((h >> 30) %% 4)::int]
    ELSE '' END,
  (ARRAY['', 'member', 'accrual', 'accrual', 'accrual', 'claim', 'voucher', 'redemption',
    'redemption', 'matter'])[1 + ((h >> 33) %% 10)::int],
  CASE WHEN rated THEN ended_ms + 1000 + (h >> 12) %% 30000 END,
  CASE WHEN NOT rated AND NOT is_late THEN ended_ms + 15000 END
FROM (
  SELECT n, h, office, day_n, opened_ms, opened_ms + 20000 + (h >> 3) %% 500000 AS ended_ms,
    is_late, rated AND NOT is_late AS rated,
    CASE WHEN s < 60 THEN 5 WHEN s < 85 THEN 4 WHEN s < 95 THEN 3 WHEN s < 98 THEN 2 ELSE 1 END
      AS score
  FROM (
    SELECT n, h, (n / (%(offices_n)s * %(visits)s))::int AS day_n,
      ((n / %(visits)s) %% %(offices_n)s)::int AS office,
      (h >> 24) %% 100 AS s, (h >> 7) %% 100 < %(rated)s AS rated,
      n >= %(late_from)s AND (h >> 41) %% 10 = 0 AS is_late,
      %(first_ms)s + (n / (%(offices_n)s * %(visits)s)) * 86400000
        + 28800000 + (h >> 17) %% 36000000 AS opened_ms
    FROM (
      SELECT n, hashint8extended(n, 7) & 1152921504606846975 AS h
      FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n
    ) AS numbered
  ) AS placed
) AS timed
"""

_CASES: Final = """
INSERT INTO service_case (programme_id, case_id, origin, office_id, day, counter_label,
  clerk_number, encounter_id, opened_ms, state, score, number, topic, department, owner,
  acknowledged_ms, acknowledged_by, closed_ms, closed_by, outcome, stage, blank, rang_ms, source)
SELECT v.programme_id, v.encounter_id, 'rating', v.office_id, v.day, c.label, s.number,
  v.encounter_id, v.rated_ms, CASE WHEN is_open THEN 'acknowledged' ELSE 'closed' END, v.score,
  '', '', '', '', v.rated_ms + 5000 + h %% 200000, 'M',
  CASE WHEN NOT is_open THEN v.rated_ms + 300000 + h %% 90000000 END,
  CASE WHEN is_open THEN '' ELSE 'M' END,
  CASE WHEN is_open THEN '' WHEN h %% 3 = 0 THEN 'unable' ELSE 'resolved' END, '', true,
  v.rated_ms, ''
FROM (
  SELECT *, hashint8extended(opened_ms, 9) & 1152921504606846975 AS h,
    hashint8extended(opened_ms, 9) %% 10 = 0 AS is_open
  FROM encounter WHERE programme_id = %(programme)s AND score <= 2
) AS v
JOIN device AS d ON d.programme_id = v.programme_id AND d.device_id = v.device_id
JOIN counter AS c ON c.programme_id = d.programme_id AND c.counter_id = d.counter_id
JOIN staff AS s ON s.programme_id = v.programme_id AND s.staff_id = v.staff_id
"""

_ARRIVALS: Final = """
INSERT INTO case_step (programme_id, case_id, event_id, at_ms, staff_name, kind)
SELECT programme_id, case_id, gen_random_uuid(), acknowledged_ms + 30000 + opened_ms %% 300000, 'M',
  'arrived'
FROM service_case WHERE programme_id = %(programme)s AND opened_ms %% 10 < 7
"""

_MARKS: Final = """
INSERT INTO day_mark (programme_id, office_id, day, device_id, n)
SELECT %(programme)s, office_id, to_char(%(first)s::date + day_n, 'YYYY-MM-DD'), %(programme)s, 1
FROM unnest(%(offices)s::uuid[]) AS office_id, generate_series(0, %(days)s - 1) AS day_n
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where visits are: office by office, five devices and eight clerks each."""

    programme_id: UUID
    offices: Sequence[UUID]
    devices: Sequence[UUID]
    staff: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Filled:
    """How much there is now, and how long it took to put there."""

    visits: int
    ratings: int
    took_s: float


def fill(
    database: str,
    engine: Engine,
    places: Places,
    *,
    first: date,
    days: int,
    ratings: int,
    late: int,
) -> Filled:
    """Put the visits of so many days there, and mark all of these to be counted.

    Args:
        database: SQLAlchemy's URL of an empty programme.
        engine: on it.
        places: of whom.
        first: the first of the days.
        days: how many.
        ratings: how many of them, roughly.
        late: days at the end in which a tenth of the visits have no rating yet.
    """
    began = time.perf_counter()
    visits = max(1, round(ratings / RATED_SHARE / len(places.offices) / days))
    whole = visits * len(places.offices) * days
    values = {
        "programme": places.programme_id,
        "offices": list(places.offices),
        "devices": list(places.devices),
        "staff": list(places.staff),
        "offices_n": len(places.offices),
        "visits": visits,
        "days": days,
        "first": first,
        "first_ms": round(
            datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() * 1000
        ),
        "rated": round(100 * RATED_SHARE),
        "late_from": visits * len(places.offices) * (days - late),
    }
    # Filled first and sorted afterwards, an index takes a fraction of the time
    indexes = [
        each for table in (t.encounter, t.service_case) for each in table.indexes if each.name
    ]
    for index in indexes:
        index.drop(engine)
    with psycopg.connect(bare_server.conninfo(database), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET max_wal_size = '{_WAL}'")
        connection.execute("SELECT pg_reload_conf()")
        for start in range(0, whole, _ROWS_A_STATEMENT):
            end = min(start + _ROWS_A_STATEMENT, whole) - 1
            connection.execute(_VISITS, {**values, "from": start, "to": end})
        connection.execute("ANALYZE device, counter, staff")
        connection.execute(_CASES, values)
        connection.execute(_ARRIVALS, values)
        connection.execute(_MARKS, values)
    for index in indexes:
        index.create(engine)
    bare_server.tidy(database)
    with psycopg.connect(bare_server.conninfo(database)) as connection:
        row = connection.execute("SELECT count(*), count(score) FROM encounter").fetchone()
    assert row is not None
    return Filled(row[0], row[1], time.perf_counter() - began)


_COUNT: Final = sa.text("""
SELECT day, rating_state, score, flags, coalesce(appeal, '') = 'upheld' AS is_out, count(*) AS n
FROM encounter
WHERE programme_id = :programme_id AND office_id = ANY(:offices) AND day BETWEEN :first AND :last
GROUP BY 1, 2, 3, 4, 5
""").bindparams(
    sa.bindparam("programme_id", type_=sa.Uuid()),
    sa.bindparam("offices", type_=sa.ARRAY(sa.Uuid())),
)


def plain_count(engine: Engine, places: Places, first: str, last: str) -> list[Any]:
    """Rows of (day, rating_state, score, flags, is_out, n): the visits of these days themselves."""
    with engine.connect() as connection:
        return list(
            connection.execute(
                _COUNT,
                {
                    "programme_id": places.programme_id,
                    "offices": list(places.offices),
                    "first": first,
                    "last": last,
                },
            )
        )
