"""What must be true in the end, worked out from the journals alone, without the program's rules.

The model reads the entries that the counters' disks hold and what the witnesses saw, adds up for
itself what the books should say, and compares. It shares no code with the server, only
the tables' names.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.domain.member import MEMBER_FIELDS
from tests.simulation.clerk import Clerk
from tests.simulation.programme import Programme

# What an honest server may object to here: a coupon or a flight twice, and what hangs on that.
ALLOWED_EXCEPTIONS = {"already_earned", "duplicate_flight", "unknown_accrual"}


class Broken(AssertionError):
    """A promise was broken; the message begins with its number."""


@dataclass
class Facts:
    """The journals' contents, by what they say."""

    accruals: dict[UUID, tuple[UUID, int, str | None]] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)
    redemptions: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    granted: dict[UUID, tuple[str, UUID | None]] = field(default_factory=dict)
    voided: set[UUID] = field(default_factory=set)
    presses: dict[UUID, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    rating_ids: dict[UUID, UUID] = field(default_factory=dict)
    not_given: dict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    ended: Counter[UUID] = field(default_factory=Counter)
    opened: Counter[UUID] = field(default_factory=Counter)
    joined: set[UUID] = field(default_factory=set)


def read_facts(bodies: Sequence[bytes]) -> Facts:
    facts = Facts()
    for body in bodies:
        document = json.loads(body)
        _note(facts, document["type"], document["payload"])
    return facts


def _note(facts: Facts, kind: str, p: dict[str, Any]) -> None:
    encounter = UUID(p["encounter_id"]) if "encounter_id" in p else UUID(int=0)
    match kind:
        case "AccrualRecorded":
            accrual = (UUID(p["member_id"]), p["points"], p["coupon_key"])
            facts.accruals[UUID(p["accrual_id"])] = accrual
        case "AccrualReversed":
            facts.reversed.add(UUID(p["accrual_id"]))
        case "RedemptionRequested" | "RedemptionGranted":
            redemption = UUID(p["redemption_id"])
            facts.redemptions[redemption] = (UUID(p["member_id"]), p["points"])
            if kind == "RedemptionGranted":
                lease = p["lease_id"]
                facts.granted[redemption] = (p["cover"], UUID(lease) if lease else None)
        case "RedemptionVoided":
            facts.voided.add(UUID(p["redemption_id"]))
        case "RatingRecorded":
            facts.presses[encounter][p["revision"]] = p["score"]
            facts.rating_ids[encounter] = UUID(p["rating_id"])
        case "RatingNotGiven":
            facts.not_given[encounter].append(p["state"])
        case "EncounterEnded":
            facts.ended[encounter] += 1
        case "EncounterOpened":
            facts.opened[encounter] += 1
        case "MemberJoined":
            facts.joined.add(UUID(p["member_id"]))


def check(programme: Programme, clerks: Sequence[Clerk]) -> None:
    """Raises Broken for the first promise that does not hold."""
    with programme.engine.connect() as connection:
        books = Books(connection)
        journals = {_device(clerk): clerk.pc.journal() for clerk in clerks}
        _nothing_dropped(books, journals)
        facts = read_facts([body for rows in journals.values() for _, _, body in rows])
        _witnessed(clerks, facts)
        _posted_once(books, facts)
        _books_balance(books)
        _balances(books, facts, programme)
        _bounds(books, facts)
        _rating_states(books, facts)
        for clerk in clerks:
            _same_replica(books, clerk)
            _nothing_pending(clerk, [*programme.start, *facts.joined])


def _device(clerk: Clerk) -> UUID:
    identity = clerk.pc.seat.sync.identity()
    assert identity is not None
    return identity.device_id


class Books:
    """The server's tables as plain rows."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.entries = self.table("entry")
        self.postings = self.table("posting")
        self.txns = self.table("ledger_txn")
        self.balances = {UUID(row["member_id"]): row for row in self.table("balance")}

    def table(self, name: str) -> list[dict[str, Any]]:
        rows = self._connection.execute(sa.text(f"SELECT * FROM {name}"))
        return [dict(row) for row in rows.mappings()]


def _nothing_dropped(books: Books, journals: dict[UUID, list[tuple[int, int, bytes]]]) -> None:
    held = Counter((UUID(r["device_id"]), r["incarnation"], r["seq"]) for r in books.entries)
    twice = [key for key, count in held.items() if count != 1]
    if twice:
        raise Broken(f"I1: decided more than once: {twice[:3]}")
    raw = {(UUID(r["device_id"]), r["incarnation"], r["seq"]): r["raw"] for r in books.entries}
    for device, rows in journals.items():
        for incarnation, seq, body in rows:
            found = raw.pop((device, incarnation, seq), None)
            if found is None:
                raise Broken(f"I10: entry {incarnation}/{seq} of {device} was dropped")
            if bytes(found) != body:
                raise Broken(f"I10: entry {incarnation}/{seq} is not what was committed")
    if raw:
        raise Broken(f"I6: the server holds {len(raw)} entries that no journal has")
    strange = {r["code"] for r in books.entries if r["decision"] == "exception"}
    if strange - ALLOWED_EXCEPTIONS:
        bad = next(r for r in books.entries if r["code"] in strange - ALLOWED_EXCEPTIONS)
        raise Broken(f"I10: {bad['type']} became an exception: {bad['code']}")
    kept = {UUID(row["exception_id"]) for row in books.table("exception_item")}
    owed = {UUID(r["event_id"]) for r in books.entries if r["decision"] == "exception"}
    if owed - kept:
        raise Broken(f"I10: {len(owed - kept)} exceptions are before nobody")


def _witnessed(clerks: Sequence[Clerk], facts: Facts) -> None:
    for clerk in clerks:
        seen = clerk.witness
        if lost := seen.accruals - facts.accruals.keys():
            raise Broken(f"I6: confirmed accruals are lost: {sorted(lost)[:3]}")
        if undone := seen.accruals & facts.reversed:
            raise Broken(f"I11: accruals nobody undid are undone: {sorted(undone)[:3]}")
        if lost := seen.redemptions - facts.redemptions.keys():
            raise Broken(f"I6: confirmed redemptions are lost: {sorted(lost)[:3]}")
        if undone := seen.redemptions & facts.voided:
            raise Broken(f"I11: redemptions nobody undid are voided: {sorted(undone)[:3]}")
        if standing := seen.refused - facts.voided:
            raise Broken(f"I12: refused redemptions stand: {sorted(standing)[:3]}")
        if lost := seen.joined - facts.joined:
            raise Broken(f"I6: members who joined are lost: {sorted(lost)[:3]}")
        for encounter, score in seen.rated.items():
            presses = facts.presses.get(encounter, {})
            if not presses or presses[max(presses)] != score:
                raise Broken(f"I6: the rating of {encounter} is lost")
        for encounter, state in seen.closed.items():
            if facts.not_given.get(encounter) != [state]:
                raise Broken(f"I6: the rating state of {encounter} is lost")


def _refused_accruals(books: Books) -> set[UUID]:
    return {
        UUID(json.loads(r["raw"])["payload"]["accrual_id"])
        for r in books.entries
        if r["type"] == "AccrualRecorded" and r["decision"] == "exception"
    }


def _posted_once(books: Books, facts: Facts) -> None:
    posted = Counter((row["kind"], UUID(row["ref_id"])) for row in books.txns)
    refused = _refused_accruals(books)
    for accrual_id in facts.accruals:
        times = posted["accrual", accrual_id]
        if times != (accrual_id not in refused):
            raise Broken(f"I1: accrual {accrual_id} was posted {times} times")
        back = posted["accrual_reversal", accrual_id]
        if back != (accrual_id in facts.reversed and accrual_id not in refused):
            raise Broken(f"I11: accrual {accrual_id} was reversed {back} times")
    for redemption_id in facts.redemptions:
        times, back = (
            posted[kind, redemption_id] for kind in ("redemption", "redemption_reversal")
        )
        voided = redemption_id in facts.voided
        if times > 1 or (not voided and times != 1):
            raise Broken(f"I1: redemption {redemption_id} was posted {times} times")
        if back != (times if voided else 0):
            raise Broken(f"I11: redemption {redemption_id} was reversed {back} times")
    coupons = Counter(
        coupon
        for accrual_id, (_, _, coupon) in facts.accruals.items()
        if coupon and accrual_id not in refused | facts.reversed
    )
    if any(count > 1 for count in coupons.values()):
        raise Broken("I1: a coupon earned twice")
    flights = Counter(
        (member_id, coupon.partition(" ")[0])
        for accrual_id, (member_id, _, coupon) in facts.accruals.items()
        if coupon and accrual_id not in refused | facts.reversed
    )
    if any(count > 1 for count in flights.values()):
        raise Broken("I1: a member was credited twice for a flight")


def _books_balance(books: Books) -> None:
    sums: Counter[str] = Counter()
    for row in books.postings:
        sums[row["txn_id"]] += row["amount"]
    if any(sums.values()):
        raise Broken("I2: a transaction does not sum to zero")


def _own(books: Books) -> dict[UUID, Counter[str]]:
    own: dict[UUID, Counter[str]] = defaultdict(Counter)
    for row in books.postings:
        if row["member_id"] is not None:
            own[UUID(row["member_id"])][row["account"]] += row["amount"]
    return own


def _balances(books: Books, facts: Facts, programme: Programme) -> None:
    expected: Counter[UUID] = Counter({**programme.start, **dict.fromkeys(facts.joined, 0)})
    refused = _refused_accruals(books)
    for accrual_id, (member_id, points, _) in facts.accruals.items():
        if accrual_id not in refused | facts.reversed:
            expected[member_id] += points
    for redemption_id, (member_id, points) in facts.redemptions.items():
        if redemption_id not in facts.voided:
            expected[member_id] -= points
    own = _own(books)
    if books.balances.keys() != expected.keys():
        raise Broken("I10: not the members that there should be")
    for member_id, points in expected.items():
        balance = books.balances[member_id]
        if balance["posted"] != points:
            raise Broken(f"I2: {member_id} has {balance['posted']} points, should have {points}")
        if balance["posted"] != sum(own[member_id].values()):
            raise Broken(f"I2: the balance of {member_id} is not the sum of its postings")
        if balance["leased"] != own[member_id]["leased"]:
            raise Broken(f"I2: what of {member_id} is leased is not what was posted so")


def _bounds(books: Books, facts: Facts) -> None:
    at_risk: Counter[UUID] = Counter()
    leased: Counter[UUID] = Counter()
    for redemption_id, (cover, lease_id) in facts.granted.items():
        member_id, points = facts.redemptions[redemption_id]
        if redemption_id in facts.voided:
            continue
        if cover == "at_risk":
            at_risk[member_id] += points
        elif lease_id is not None:
            leased[lease_id] += points
    # What the server had posted online before the counter gave up on it drew on no lease.
    online = {UUID(r["redemption_id"]) for r in books.table("redemption") if r["cover"] == "online"}
    for redemption_id, (_, lease_id) in facts.granted.items():
        if redemption_id in online and redemption_id not in facts.voided and lease_id is not None:
            leased[lease_id] -= facts.redemptions[redemption_id][1]
    open_by_member: Counter[UUID] = Counter()
    for lease in books.table("lease"):
        spent = leased[UUID(lease["lease_id"])]
        if spent > lease["points"]:
            raise Broken(f"I3: a lease of {lease['points']} points was spent {spent}")
        if lease["state"] == "open":
            open_by_member[UUID(lease["member_id"])] += lease["remaining"]
            if lease["remaining"] != lease["points"] - spent:
                raise Broken(
                    f"I3: of a lease of {lease['points']} with {spent} spent the server thinks "
                    f"{lease['remaining']} remain"
                )
    pools = sum(row["points"] for row in books.table("risk_pool"))
    below = 0
    for member_id, balance in books.balances.items():
        if open_by_member[member_id] != balance["leased"]:
            raise Broken(f"I2: the leases of {member_id} are not what stands aside for them")
        if balance["posted"] < -at_risk[member_id]:
            raise Broken(f"I3: {member_id} is at {balance['posted']} without that much at risk")
        below -= min(0, balance["posted"])
    if below > pools:
        raise Broken(f"I4: {below} points below zero, and pools of {pools}")


def _rating_states(books: Books, facts: Facts) -> None:
    rows = {UUID(r["encounter_id"]): r for r in books.table("encounter")}
    if rows.keys() != facts.opened.keys() or any(n != 1 for n in facts.opened.values()):
        raise Broken("I10: not the encounters that there should be")
    for encounter in facts.opened:
        presses = facts.presses.get(encounter, {})
        states = [*facts.not_given.get(encounter, []), *(["rated"] if presses else [])]
        if facts.ended[encounter] != 1 or len(states) != 1:
            raise Broken(f"encounter {encounter} ended {facts.ended[encounter]} times in {states}")
        row = rows[encounter]
        if row["rating_state"] != states[0]:
            raise Broken(f"encounter {encounter} is {row['rating_state']}, should be {states[0]}")
        if presses and row["score"] != presses[max(presses)]:
            raise Broken(f"the score of {encounter} is {row['score']}")
    low = {
        facts.rating_ids[encounter]
        for encounter, presses in facts.presses.items()
        if min(presses.values()) <= 2
    }
    cases = Counter(UUID(r["case_id"]) for r in books.table("service_case"))
    if cases.keys() != low or any(n != 1 for n in cases.values()):
        raise Broken(f"{len(low)} low ratings, {sum(cases.values())} cases")


def _same_replica(books: Books, clerk: Clerk) -> None:
    path = clerk.pc.seat.sync.members_file()
    if path is None:
        raise Broken(f"I13: {clerk.pc.name} has no members file")
    connection = clerk.pc.seat.sync.connect_members(path)
    try:
        wanted = [name for name in MEMBER_FIELDS if name not in ("rank",)]
        ours = {
            row[0]: row[1:] for row in connection.execute(f"SELECT {', '.join(wanted)} FROM member")
        }
        records = {
            (row[0], row[1]): bytes(row[2])
            for row in connection.execute("SELECT kind, id, body FROM record")
        }
    finally:
        connection.close()
    theirs = {}
    balances = {r["member_id"]: r for r in books.table("balance")}
    for row in books.table("member"):
        balance = balances[row["member_id"]]
        full = {
            **row,
            "member_id": UUID(row["member_id"]).bytes,
            "merged_into": None,
            "generated": int(row["generated"]),
            "posted_points": balance["posted"],
            "leased_points": balance["leased"],
            "pending_points": balance["pending"],
            "next_expiry_on": balance["next_expiry_on"],
            "next_expiry_points": balance["next_expiry_points"],
        }
        theirs[full["member_id"]] = tuple(full[name] for name in wanted[1:])
    if ours != theirs:
        wrong = [UUID(bytes=key) for key in theirs if ours.get(key) != theirs[key]]
        raise Broken(f"I13: {clerk.pc.name} sees {len(wrong)} members otherwise: {wrong[:2]}")
    published = {
        (r["kind"], r["id"]): bytes(r["body"])
        for r in books.table("record")
        if r["office_id"] is None
    }
    if records != published:
        raise Broken(f"I13: {clerk.pc.name} has other records than the server")


def _nothing_pending(clerk: Clerk, members: Sequence[UUID]) -> None:
    sync = clerk.pc.seat.sync
    if sync.unsent(max_entries=1, max_bytes=1) is not None:
        raise Broken(f"I10: {clerk.pc.name} still has unsent entries")
    if sync.urgent_unsent(limit=1):
        raise Broken(f"{clerk.pc.name} still has urgent copies to send")
    reads = clerk.pc.seat.work.reads
    for member_id in members:
        overlay = reads.overlay(member_id)
        if (overlay.earned_points, overlay.spent_points) != (0, 0):
            raise Broken(f"I2: {clerk.pc.name} counts points of {member_id} twice: {overlay}")


def check_midway(programme: Programme, clerk: Clerk) -> None:
    """What must hold at any moment, asked when a counter has just crashed or lost its network.

    Raises:
        Broken: something counts as sent that the server doesn't have, or left the overlay before it
            was in the members file, so that a clerk would not see what they did a moment ago.
    """
    database = clerk.pc.seat._database
    incarnation, confirmed_seq = database.read(
        lambda connection: connection.exec_driver_sql(
            "SELECT incarnation, confirmed_seq FROM chain ORDER BY incarnation DESC"
        ).one()
    )
    with programme.engine.connect() as books:
        held = books.execute(
            sa.text("SELECT head_seq FROM chain WHERE device_id = :device AND incarnation = :of"),
            {"device": _device(clerk).hex, "of": incarnation},
        ).scalar()
    if confirmed_seq > (held or 0):
        raise Broken(f"I10: {clerk.pc.name} counts {confirmed_seq} as sent, the server has {held}")
    shown = database.read(
        lambda connection: connection.exec_driver_sql(
            "SELECT max(mark) FROM effect WHERE state = 'shown'"
        ).scalar_one()
    )
    if shown is not None and shown > (reached := replica_xid(clerk)):
        raise Broken(f"I9: {clerk.pc.name} dropped effects of {shown}, holds rows up to {reached}")


def replica_xid(clerk: Clerk) -> int:
    """The server's transaction up to which the members file holds all; -1 without a file."""
    path = clerk.pc.seat.sync.members_file()
    if path is None:
        return -1
    connection = clerk.pc.seat.sync.connect_members(path)
    try:
        row = connection.execute("SELECT value FROM replica_meta WHERE key = 'cursor'").fetchone()
    finally:
        connection.close()
    return int(row[0].partition(":")[0])
