"""Patterns of spending: what must be put before managers each time that the server looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

from sync.server.service import CentralServer
from sync.server.upkeep import Upkeep
from tests.simulation.broken import Broken
from tests.simulation.facts import Books, Journals, read
from tests.simulation.programme import WATCH, Programme

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_WEEK_MS: Final = 7 * _DAY_MS
# What is booked without the member at a counter
_NOBODYS: Final = (
    "lease", "lease_return", "lease_write_off", "expiry", "maturing",
    "family_share", "family_return",
)  # fmt: skip


class _Raise(NamedTuple):
    pattern: str
    subject: UUID | str  # the member, or the clerk's number
    week: int


class Patterns:
    """A run's, as the model expects them."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme
        self._raised: set[_Raise] = set()
        self._at_backup: set[_Raise] = set()
        self._looked_at: set[str] = set()

    def backed_up(self) -> None:
        """What was raised by now comes back with the backup."""
        self._at_backup = set(self._raised)

    def restored(self) -> None:
        """The server is as it was when it was backed up."""
        self._raised = set(self._at_backup)

    def look(self, server: CentralServer) -> int:
        """Have the server look at what is new; returns how much it raised.

        Raises:
            Broken: it raises something else than shows.
        """
        seen = self._see()
        shows = set(seen.expected()) - self._raised
        for _ in Upkeep(server.transactions).watching():
            pass
        raised = self._see().items - seen.items
        wanted = Counter((each.pattern, each.subject) for each in shows)
        if missing := wanted - raised:
            raise Broken(f"patterns: not raised: {_told(missing)}")
        if invented := raised - wanted:
            raise Broken(f"patterns: raised, and nothing shows it: {_told(invented)}")
        self._raised |= shows
        self._looked_at |= {row["redemption_id"] for row in seen.new}
        return len(shows)

    def wrong(self, books: Books, journals: Journals) -> Iterator[str]:
        """What was never looked at, and where a redemption isn't by whom and when it was."""
        rows = {row["redemption_id"]: row for row in books.table("redemption")}
        if passed_over := [i for i, r in rows.items() if r["watched"] and i not in self._looked_at]:
            yield f"patterns: {len(passed_over)} redemptions were passed over"
        said: dict[str, set[tuple[str | None, int]]] = {}
        proofs: dict[str, str] = {}
        for document in map(read, journals.known.values()):
            told = document["payload"]
            if document["type"] not in ("RedemptionRequested", "RedemptionGranted"):
                continue
            redemption_id, by = _in_tables(told["redemption_id"]), document["staff_id"]
            by = None if by is None else _in_tables(by)
            said.setdefault(redemption_id, set()).add((by, _at_ms(document)))
            if "proof" in told:
                proofs[redemption_id] = told["proof"]
        for redemption_id, row in rows.items():
            if row["state"] != "posted":
                continue
            if (row["staff_id"], row["at_ms"]) not in said[redemption_id]:
                yield f"patterns: redemption {redemption_id} was somebody else's, or another time's"
            if row["proof"] not in ("", proofs.get(redemption_id)):
                yield f"patterns: of redemption {redemption_id} the proof is {row['proof']}"

    def _see(self) -> _Seen:
        with self._programme.engine.connect() as connection:
            return _Seen(Books(connection))


class _Seen:
    """The server's books at one look.

    Attributes:
        new: redemptions that nobody has looked at.
        items: what was raised so far, (pattern, subject) each.
    """

    def __init__(self, books: Books) -> None:
        self._books = books
        every = books.table("redemption")
        self.new = [row for row in every if not row["watched"]]
        self._standing = [row for row in every if row["state"] == "posted"]
        self._office = {row["device_id"]: row["office_id"] for row in books.table("device")}
        self._number = {row["staff_id"]: row["number"] for row in books.table("staff")}
        self._into = {row["member_id"]: row["into_id"] for row in books.table("member_merge")}
        self.items = Counter(
            (row["code"], UUID(row["member_id"]) if row["member_id"] else row["clerk_number"])
            for row in books.table("exception_item")
            if row["entry_type"] == "Watched"
        )

    def expected(self) -> Iterator[_Raise]:
        """What shows with each redemption that is new and stands."""
        if not self.new:
            return
        booked, changed = self._booked(), self._changed()
        for row in self.new:
            if row["state"] != "posted" or row["member_id"] is None:
                continue
            week, member_id = row["at_ms"] // _WEEK_MS, UUID(row["member_id"])
            for pattern in self._of_member(row, booked, changed):
                yield _Raise(pattern, member_id, week)
            mine = [
                each
                for each in self._near(row, WATCH["by_name_hours"] * _HOUR_MS)
                if each["proof"] == "name" and each["staff_id"] == row["staff_id"]
            ]
            if row["proof"] == "name" and row["staff_id"] and len(mine) >= WATCH["by_name"]:
                yield _Raise("watch_by_name", self._number[row["staff_id"]], week)

    def _near(self, row: dict[str, Any], span_ms: int) -> list[dict[str, Any]]:
        since, until = row["at_ms"] - span_ms, row["at_ms"]
        return [each for each in self._standing if since < each["at_ms"] <= until]

    def _of_member(
        self, row: dict[str, Any], booked: dict[str, list[int]], changed: dict[str, list[int]]
    ) -> Iterator[str]:
        member_id, at_ms = row["member_id"], row["at_ms"]

        def near(span_ms: int) -> list[dict[str, Any]]:
            return [each for each in self._near(row, span_ms) if each["member_id"] == member_id]

        hours_ms = WATCH["emptied_hours"] * _HOUR_MS
        taken = sum(_left(each) for each in near(hours_ms))
        had = taken + max(0, self._books.balances[UUID(member_id)]["posted"])
        before = [ms for ms in booked.get(member_id, []) if ms <= at_ms - hours_ms]
        is_much = taken >= WATCH["emptied_points"] and taken * 100 >= had * WATCH["emptied_percent"]
        quiet_ms = WATCH["quiet_days"] * _DAY_MS
        if is_much and before and at_ms - hours_ms - max(before) >= quiet_ms:
            yield "watch_emptied"
        places = {self._office[each["device_id"]] for each in near(12 * _HOUR_MS)}
        if len(places) >= WATCH["offices"]:
            yield "watch_far_apart"
        since = [ms for ms in changed.get(member_id, []) if ms <= at_ms]
        is_soon = bool(since) and at_ms - max(since) < WATCH["change_hours"] * _HOUR_MS
        if is_soon and _left(row) >= WATCH["change_points"]:
            yield "watch_after_change"
        by_one = [
            each
            for each in near(WATCH["same_clerk_days"] * _DAY_MS)
            if each["staff_id"] == row["staff_id"] is not None
        ]
        if len(by_one) >= WATCH["same_clerk"]:
            yield "watch_same_clerk"

    def _booked(self) -> dict[str, list[int]]:
        """When something was booked for each member by somebody."""
        whose: dict[str, set[str]] = {}
        for row in self._books.postings:
            if row["member_id"] is not None:
                whose.setdefault(row["txn_id"], set()).add(row["member_id"])
        times: dict[str, list[int]] = {}
        for txn in self._books.txns:
            if txn["kind"] not in _NOBODYS:
                for member_id in whose.get(txn["txn_id"], ()):
                    times.setdefault(member_id, []).append(txn["at_ms"])
        return times

    def _changed(self) -> dict[str, list[int]]:
        """When each member's card or phone was changed."""
        bodies = {UUID(row["event_id"]): row["raw"] for row in self._books.entries if row["raw"]}
        times: dict[str, list[int]] = {}
        for _, event in self._books.applied_in_order():
            document: dict[str, Any] = read(bodies.get(event, b"{}"))
            if document.get("type") in ("CardReplaced", "ContactUpdated"):
                member_id = _in_tables(document["payload"]["member_id"])
                while member_id in self._into:
                    member_id = self._into[member_id]
                times.setdefault(member_id, []).append(_at_ms(document))
        return times


def _in_tables(told: str) -> str:
    """An id as the server's tables have it."""
    return UUID(told).hex


def _left(row: dict[str, Any]) -> int:
    return int(row["points"]) - int(row["refunded"])


def _at_ms(document: dict[str, Any]) -> int:
    return int(document["wall_ms"]) + int(document["offset_ms"] or 0)


def _told(what: Counter[tuple[str, UUID | str]]) -> str:
    return ", ".join(sorted(f"{pattern} of {subject}" for pattern, subject in what))
