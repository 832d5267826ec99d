"""The server's database as an inspector reads it: with SQL of its own, asking no program."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from app.domain.member import MEMBER_FIELDS

_POINTS_KINDS: Final = ("accrual", "accrual_reversal", "redemption", "redemption_reversal")
_MODULUS: Final = 1 << 128


@dataclass(frozen=True, slots=True)
class Customer:
    """A member as somebody who comes to the counter; points as posted."""

    member_id: UUID
    card_no: str
    name: str
    latin_name: str
    initials: str
    phone: str
    home_office: str
    posted: int
    free: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What the server holds of a day."""

    encounters: int
    rating_states: dict[str, int]
    ratings: int
    accruals: int
    redemptions: dict[str, int]
    leases_handed_back: int
    vouchers_taken: int
    points_exposed: int
    exceptions_open: int


class Books:
    """Reads one programme's server database (SQLite), opened anew for each question."""

    def __init__(self, path: Path) -> None:
        """Read `path`; nothing is written to it."""
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
            yield connection

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with self._open() as connection:
            return connection.execute(sql, values).fetchall()

    # casting

    def home_offices(self, limit: int) -> list[str]:
        """Return the offices that most members call home, largest first."""
        rows = self._rows(
            "SELECT home_office FROM member WHERE home_office <> ''"
            " GROUP BY home_office ORDER BY count(*) DESC, home_office LIMIT ?",
            limit,
        )
        return [row[0] for row in rows]

    def customers(self) -> list[Customer]:
        """Return all active members, those who come most often first."""
        rows = self._rows(
            "SELECT member.member_id, card_no, name, latin_name, initials, phone, home_office,"
            " coalesce(posted, 0), coalesce(posted, 0) - coalesce(leased, 0)"
            " FROM member LEFT JOIN balance ON balance.member_id = member.member_id"
            " AND balance.unit = 'points' WHERE status = 'active' ORDER BY rank"
        )
        return [Customer(UUID(row[0]), *row[1:]) for row in rows]

    def leases(self, label: str) -> dict[UUID, int]:
        """Return the points left in each open lease of a counter, by member."""
        rows = self._rows(
            "SELECT lease.member_id, lease.remaining FROM lease"
            " JOIN device ON device.device_id = lease.device_id"
            " JOIN counter ON counter.counter_id = device.counter_id"
            " WHERE counter.label = ? AND lease.state = 'open'",
            label,
        )
        return {UUID(row[0]): row[1] for row in rows}

    def is_shut_out(self, label: str) -> bool:
        """Whether no device is in use at a counter any more."""
        return not self._number(
            "SELECT count(*) FROM device JOIN counter ON counter.counter_id = device.counter_id"
            " WHERE counter.label = ? AND device.revoked_ms IS NULL",
            label,
        )

    # what came of a day

    def tally(self) -> Tally:
        """Count encounters, ratings and points."""
        states = dict(
            self._rows("SELECT rating_state, count(*) FROM encounter GROUP BY rating_state")
        )
        covers = dict(
            self._rows(
                "SELECT cover, count(*) FROM redemption WHERE state = 'posted' GROUP BY cover"
            )
        )
        return Tally(
            encounters=self._number("SELECT count(*) FROM encounter"),
            rating_states={state or "none": n for state, n in sorted(states.items())},
            ratings=self._number("SELECT count(DISTINCT rating_id) FROM rating"),
            accruals=self._number("SELECT count(*) FROM accrual WHERE state = 'posted'"),
            redemptions={
                name: covers.get(name, 0) for name in ("online", "lease", "at_risk", "written_off")
            },
            leases_handed_back=self._number(
                "SELECT count(*) FROM entry WHERE type = 'LeaseReturned' AND decision = 'accepted'"
            ),
            vouchers_taken=self._number(
                "SELECT count(*) FROM entry WHERE type = 'VoucherUsed' AND decision = 'accepted'"
            ),
            points_exposed=self._number("SELECT coalesce(sum(exposed), 0) FROM lease"),
            exceptions_open=self._number(
                "SELECT count(*) FROM exception_item WHERE state = 'open'"
            ),
        )

    def _number(self, sql: str, *values: object) -> int:
        return int(self._rows(sql, *values)[0][0])

    def known_refs(self) -> set[str]:
        """Return every id that an entry or urgent copy names, whatever was decided on it."""
        bodies = self._rows("SELECT raw FROM entry UNION ALL SELECT raw FROM urgent_copy")
        return {ref for (body,) in bodies for ref in refs_of(bytes(body))}

    def rated_encounters(self) -> set[str]:
        """Return the encounters that have a face on the server."""
        return {str(UUID(row[0])) for row in self._rows("SELECT encounter_id FROM rating")}

    def alarmed_encounters(self) -> dict[str, str]:
        """Return the encounter of each case that a rating opened, by case."""
        rows = self._rows("SELECT case_id, encounter_id FROM service_case WHERE origin = 'rating'")
        return {str(UUID(case)): str(UUID(encounter)) for case, encounter in rows}

    def duplicates(self) -> list[str]:
        """Return what was posted more than once, a line each."""
        found = [
            f"{kind} {ref}: {n} transactions"
            for kind, ref, n in self._rows(
                "SELECT kind, ref_id, count(*) FROM ledger_txn WHERE kind IN (?, ?, ?, ?)"
                " GROUP BY kind, ref_id HAVING count(*) > 1",
                *_POINTS_KINDS,
            )
        ]
        for what, sql in (
            (
                "event accepted twice",
                "SELECT event_id FROM entry WHERE decision = 'accepted'"
                " GROUP BY event_id HAVING count(*) > 1",
            ),
            (
                "coupon earned twice",
                "SELECT coupon_key FROM accrual WHERE state = 'posted' AND coupon_key IS NOT NULL"
                " GROUP BY coupon_key HAVING count(*) > 1",
            ),
            (
                "encounter with two ratings",
                "SELECT encounter_id FROM rating GROUP BY encounter_id"
                " HAVING count(DISTINCT rating_id) > 1",
            ),
            (
                "press stored twice",
                "SELECT rating_id FROM rating GROUP BY rating_id, revision HAVING count(*) > 1",
            ),
            (
                "two cases for one rating",
                "SELECT encounter_id FROM service_case WHERE origin = 'rating'"
                " GROUP BY encounter_id HAVING count(*) > 1",
            ),
            (
                "two cases for one matter",
                "SELECT number FROM service_case WHERE origin = 'matter'"
                " GROUP BY number HAVING count(*) > 1",
            ),
        ):
            found += [f"{what}: {row[0]}" for row in self._rows(sql)]
        return found + self._points_beyond_entries()

    def _points_beyond_entries(self) -> list[str]:
        """Return postings that no journal entry speaks of: made up, or under a second id."""
        bodies = self._rows(
            "SELECT raw FROM entry WHERE type IN"
            " ('AccrualRecorded', 'RedemptionGranted', 'RedemptionRequested')"
        )
        said = {ref for (body,) in bodies for ref in refs_of(bytes(body))}
        posted = self._rows(
            "SELECT kind, ref_id FROM ledger_txn WHERE kind IN ('accrual', 'redemption')"
        )
        return [
            f"{kind} {ref} without a journal entry"
            for kind, ref in posted
            if str(UUID(ref)) not in said
        ]

    # replicas

    def replica_rows(self) -> dict[bytes, tuple[Any, ...]]:
        """Return every member as a replica's row should be, by id."""
        own = [
            name
            for name in MEMBER_FIELDS
            if name
            not in (
                *("posted_points", "leased_points", "pending_points"),
                *("next_expiry_on", "next_expiry_points"),
            )
        ]
        columns = {name: f"member.{name}" for name in own}
        columns |= {
            "posted_points": "coalesce(posted, 0)",
            "leased_points": "coalesce(leased, 0)",
            "pending_points": "coalesce(pending, 0)",
            "next_expiry_on": "next_expiry_on",
            "next_expiry_points": "coalesce(next_expiry_points, 0)",
        }
        select = ", ".join(columns[name] for name in MEMBER_FIELDS)
        places = [MEMBER_FIELDS.index(name) for name in ("member_id", "merged_into")]
        rows: dict[bytes, tuple[Any, ...]] = {}
        for found in self._rows(
            f"SELECT {select} FROM member LEFT JOIN balance"  # noqa: S608 - our own field names
            " ON balance.member_id = member.member_id AND balance.unit = 'points'"
        ):
            row = list(found)
            for place in places:
                row[place] = None if row[place] is None else UUID(row[place]).bytes
            rows[row[places[0]]] = tuple(row)
        return rows

    def replica_records(self, office_code: str, *, desk: bool) -> dict[tuple[str, str], bytes]:
        """Return the documents that a seat of the office should hold, by kind and id."""
        rows = self._rows(
            "SELECT kind, id, body FROM record WHERE body IS NOT NULL AND (office_id IS NULL"
            " OR (? AND office_id = (SELECT office_id FROM office WHERE code = ?)))",
            desk,
            office_code,
        )
        return {(kind, name): bytes(body) for kind, name, body in rows}

    def replica_sum(self, office_code: str, *, desk: bool) -> tuple[int, int]:
        """Return the count and the sum of row hashes that the server keeps for such a seat."""
        (office,) = self._rows("SELECT office_id FROM office WHERE code = ?", office_code)[0]
        count, *lanes = self._rows(
            "SELECT coalesce(sum(row_count), 0), coalesce(sum(lane0), 0), coalesce(sum(lane1), 0),"
            " coalesce(sum(lane2), 0), coalesce(sum(lane3), 0) FROM replica_sum"
            " WHERE scope IN ('programme', 'records') OR (? AND scope = ?)",
            desk,
            str(UUID(office)),
        )[0]
        total = sum(lane << 32 * place for place, lane in enumerate(lanes)) % _MODULUS
        return count, total


def refs_of(body: bytes) -> Iterator[str]:
    """Yield every id in a journal entry's payload, and its own event id."""
    document = json.loads(body)
    yield str(document["event_id"])
    for name, value in document["payload"].items():
        if name.endswith("_id") and value is not None:
            yield str(value)
