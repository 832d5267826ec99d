"""What the journals say, read from their bytes alone, and what the server's tables say, as rows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from tests.simulation.docket import id_of, read_docket, read_given_up
from tests.simulation.merges import Merge
from tests.simulation.person import Person


@lru_cache(maxsize=4_096)
def read(body: bytes) -> dict[str, Any]:
    """What an entry says; nobody changes it, as the next who reads it is given the same."""
    document: dict[str, Any] = json.loads(body)
    return document


class Books:
    """The server's tables as plain rows.

    Attributes:
        decided: by event id how the server decided an entry of a chain: 'applied' or the
            exception's code.
        docket: all its decisions, in their order.
        given_up: leases that were written off with something left, of points and of units.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.docket = read_docket(connection)
        self.given_up = read_given_up(connection)
        self.entries = self.table("entry")
        self.postings = self.table("posting")
        self.txns = self.table("ledger_txn")
        self.balances = {id_of(row["member_id"]): row for row in self.table("balance")}
        self.decided: dict[UUID, str] = {}
        for row in self.entries:
            code = row["code"] if row["decision"] == "exception" else "applied"
            before = self.decided.get(id_of(row["event_id"]))
            if before is None or row["decision"] != "duplicate":
                self.decided[id_of(row["event_id"])] = code
        self.posted = Counter((row["kind"], id_of(row["ref_id"])) for row in self.txns)

    def applied_in_order(self) -> Iterator[tuple[int, UUID]]:
        """Entries of chains that count, in the order in which they came to, and their place."""
        for place, line in enumerate(self.docket):
            if line.how != "ahead" and line.decision != "exception":
                yield place, line.event_id

    def table(self, name: str) -> list[dict[str, Any]]:
        rows = self._connection.execute(sa.text(f"SELECT * FROM {name}"))
        columns = tuple(rows.keys())
        return [dict(zip(columns, row, strict=True)) for row in rows]


@dataclass
class Facts:
    """Some entries' contents, by what they say; each event counts once however often it is held."""

    accruals: dict[UUID, tuple[UUID, int, str | None]] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)
    requested: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    granted: dict[UUID, tuple[UUID, int, str, UUID | None]] = field(default_factory=dict)
    refunds: dict[UUID, tuple[UUID, int, bool]] = field(default_factory=dict)
    voided: set[UUID] = field(default_factory=set)
    handed_back: set[UUID] = field(default_factory=set)
    presses: dict[UUID, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    rating_ids: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    not_given: dict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    ended: Counter[UUID] = field(default_factory=Counter)
    opened: Counter[UUID] = field(default_factory=Counter)
    joined: set[UUID] = field(default_factory=set)
    encounters: set[UUID] = field(default_factory=set)

    @classmethod
    def of(cls, bodies: Iterable[bytes]) -> Facts:
        facts = cls()
        for body in bodies:
            document = read(body)
            facts._note(document["type"], document["payload"])
        return facts

    @property
    def redemptions(self) -> set[UUID]:
        return self.requested.keys() | self.granted.keys()

    def _note(self, kind: str, p: dict[str, Any]) -> None:
        encounter = id_of(p["encounter_id"]) if "encounter_id" in p else UUID(int=0)
        self.encounters.add(encounter)
        match kind:
            case "AccrualRecorded":
                accrual = (id_of(p["member_id"]), p["points"], p["coupon_key"])
                self.accruals[id_of(p["accrual_id"])] = accrual
            case "AccrualReversed":
                self.reversed.add(id_of(p["accrual_id"]))
            case "RedemptionRequested":
                self.requested[id_of(p["redemption_id"])] = (id_of(p["member_id"]), p["points"])
            case "RedemptionGranted":
                lease = id_of(p["lease_id"]) if p["lease_id"] else None
                grant = (id_of(p["member_id"]), p["points"], p["cover"], lease)
                self.granted[id_of(p["redemption_id"])] = grant
            case "RedemptionVoided":
                self.voided.add(id_of(p["redemption_id"]))
            case "LeaseReturned":
                self.handed_back.add(id_of(p["lease_id"]))
            case "RedemptionRefunded":
                refund = (id_of(p["redemption_id"]), p["points"], p["involuntary"])
                self.refunds[id_of(p["refund_id"])] = refund
            case "RatingRecorded":
                self.presses[encounter][p["revision"]] = p["score"]
                self.rating_ids[encounter].add(id_of(p["rating_id"]))
            case "RatingNotGiven":
                self.not_given[encounter].append(p["state"])
            case "EncounterEnded":
                self.ended[encounter] += 1
            case "EncounterOpened":
                self.opened[encounter] += 1
            case "MemberJoined":
                self.joined.add(id_of(p["member_id"]))


@dataclass
class Story:
    """What happened to whom in a run, as far as it changes what may be expected.

    Attributes:
        restored: the server was set back to an older copy of itself.
        updated: the server says more than the counters understand.
        shut_out: where the chains of revoked devices ended, by (device, incarnation).
        revoked_at: how many decisions had been made when a device was revoked.
        unmerged: the merges that a restored server has forgotten.
        forgotten: events that had been decided, and of which the restored server knew nothing.
        given_up: devices that the operator gave up, and how many decisions had been made by then.
        merged: records of one person, in the order in which they were merged.
    """

    restored: bool = False
    updated: bool = False
    shut_out: dict[UUID, Counter[int]] = field(default_factory=dict)
    revoked_at: dict[UUID, int] = field(default_factory=dict)
    unmerged: list[Merge] = field(default_factory=list)
    forgotten: set[UUID] = field(default_factory=set)
    given_up: list[tuple[UUID, int]] = field(default_factory=list)
    merged: list[Merge] = field(default_factory=list)


class Journals:
    """All counters' entries by event id, also those that a disk lost.

    Attributes:
        held: on some disk.
        lost: with a disk that was set back; the server may have them all the same.
        shaky: on a disk that was set back or cloned, or of a device that was shut out.
        damaged: lost with pages of a disk, found again or not.
        unread: those that nobody had a copy of.
    """

    def __init__(self, clerks: Sequence[Person]) -> None:
        self.rows = [(clerk, clerk.pc.journal()) for clerk in clerks]
        self.held: dict[UUID, bytes] = {}
        self.lost: dict[UUID, bytes] = {}
        self.shaky: set[UUID] = set()
        self.damaged: set[UUID] = set()
        self.unread: set[UUID] = set()
        branched = {clerk.pc.device_id for clerk in clerks if clerk.pc.branched}
        for clerk in clerks:
            entries = clerk.pc.entries()
            self.held.update(entries)
            self.lost.update(clerk.pc.lost)
            self.damaged |= clerk.pc.unread()
            if not clerk.pc.losses.has_found_copy:
                self.unread |= clerk.pc.unread()
            if clerk.pc.shut_out or clerk.pc.device_id in branched:
                self.shaky.update(entries, clerk.pc.lost)
        self.known = {**self.lost, **self.held}
