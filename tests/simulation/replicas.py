"""What the counters' members files must show, and what must hold at any moment of a run."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.member import MEMBER_FIELDS
from tests.simulation.facts import Books
from tests.simulation.person import Person
from tests.simulation.programme import Programme
from tests.simulation.scoping import reasons_to_hold


def same_replica(books: Books, clerk: Person) -> str:
    """What a members file shows otherwise than the server's tables say, '' for nothing."""
    files = clerk.pc.seat._files
    if files.path is None:
        return "has no members file"
    wanted = [name for name in MEMBER_FIELDS if name not in ("rank",)]
    with files.reading():
        connection = files.current()
        ours = {
            row[0]: row[1:] for row in connection.execute(f"SELECT {', '.join(wanted)} FROM member")
        }
        records = {
            (row[0], row[1]): bytes(row[2])
            for row in connection.execute("SELECT kind, id, body FROM record")
        }
    theirs = {}
    inside = reasons_to_hold(books)
    balances = {r["member_id"]: r for r in books.table("balance")}
    for row in books.table("member"):
        if inside is not None and UUID(row["member_id"]) not in inside:
            continue
        balance = balances[row["member_id"]]
        full = {
            **row,
            "member_id": UUID(row["member_id"]).bytes,
            "merged_into": row["merged_into"] and UUID(row["merged_into"]).bytes,
            "generated": int(row["generated"]),
            "posted_points": balance["posted"],
            "leased_points": balance["leased"],
            "pending_points": balance["pending"],
            "next_expiry_on": balance["next_expiry_on"],
            "next_expiry_points": balance["next_expiry_points"],
        }
        theirs[full["member_id"]] = tuple(full[name] for name in wanted[1:])
    if ours != theirs:
        keys = theirs.keys() | ours.keys()
        wrong = [UUID(bytes=key) for key in keys if ours.get(key) != theirs.get(key)]
        return f"sees {len(wrong)} members otherwise: {wrong[:2]}"
    published = {
        (r["kind"], r["id"]): bytes(r["body"])
        for r in books.table("record")
        if r["office_id"] is None or clerk.pc.kind == "desk"  # there is one office
    }
    return "" if records == published else "has other records than the server"


def nothing_pending(clerk: Person, *, updated: bool) -> tuple[str, str] | None:
    """(promise, what is wrong) where a counter at rest still has something to send or to show."""
    sync = clerk.pc.seat.sync
    if sync.unsent(max_entries=1, max_bytes=1) is not None:
        told_off = updated or clerk.pc.seat.work.reads.link_state().problem == "old_client"
        return "I14" if told_off else "I10", "still has unsent entries"
    if clerk.pc.rows("SELECT 1 FROM redemption WHERE state = 'intent'"):
        return "I6", "doesn't say what became of a redemption"
    if sync.urgent_unsent(limit=1):
        return "I10", "still has urgent copies to send"
    reads = clerk.pc.seat.work.reads
    for (of,) in clerk.pc.rows("SELECT DISTINCT member_id FROM effect WHERE state = 'pending'"):
        member_id = UUID(bytes=bytes(of))
        overlay = reads.overlay(member_id)
        if (overlay.earned_points, overlay.spent_points) != (0, 0):
            return "I9", f"counts points of {member_id} twice: {overlay}"
    (own,) = clerk.pc.rows(
        "SELECT (SELECT count(*) FROM contact), (SELECT count(*) FROM joined WHERE member_id NOT IN"
        " (SELECT member_id FROM encounter WHERE outcome IS NULL AND member_id IS NOT NULL))"
    )
    if any(own):
        return "I9", f"still shows what it did to members from its own notes: {tuple(own)}"
    if clerk.pc.rows("SELECT 1 FROM case_action"):
        return "cases", "still shows what it did to cases from its own notes"
    return None


def wrong_midway(programme: Programme, clerk: Person, *, restored: bool) -> str:
    """What must hold at any moment, asked when a counter has just crashed or lost its network.

    Not '' where something counts as sent that the server doesn't have, or left the overlay before
    it was in the members file, so that a clerk would not see what they did a moment ago.
    """
    database = clerk.pc.seat._database
    incarnation, confirmed_seq, shown = database.read(
        lambda connection: connection.exec_driver_sql(
            "SELECT incarnation, confirmed_seq,"
            " (SELECT max(mark) FROM effect WHERE state = 'shown')"
            " FROM chain ORDER BY incarnation DESC"
        ).first()
    ) or (1, 0, None)
    with programme.engine.connect() as books:
        held = books.execute(
            sa.text("SELECT head_seq FROM chain WHERE device_id = :device AND incarnation = :of"),
            {"device": clerk.pc.device_id.hex, "of": incarnation},
        ).scalar()
    # a counter that hasn't heard of the restored server's epoch still goes by the one before
    if confirmed_seq > (held or 0) and not restored:
        return f"I10: {clerk.pc.name} counts {confirmed_seq} as sent, the server has {held}"
    # whose visit the office has forgotten since has left it
    may_have_gone = restored or programme.has_own_members()
    for member_id in () if may_have_gone else clerk.witness.looked_up:
        if clerk.pc.seat.members.by_id(member_id) is None:
            return f"look-ups: {clerk.pc.name} was told of {member_id} and knows them no more"
    _, reached = replica_place(clerk)
    if shown is not None and shown > reached and not restored:
        return f"I9: {clerk.pc.name} dropped effects of {shown}, holds rows up to {reached}"
    return ""


def replica_place(clerk: Person) -> tuple[str, int]:
    """(epoch, the server's transaction up to which the members file holds all); -1 without one."""
    files = clerk.pc.seat._files
    if files.path is None:
        return "", -1
    with files.reading():
        rows = dict(
            files.current()
            .execute("SELECT key, value FROM replica_meta WHERE key IN ('cursor', 'epoch')")
            .fetchall()
        )
    return rows["epoch"], int(rows["cursor"].partition(":")[0])


_PULLED_BY: Final = {"counter": "office_id IS NULL OR kind = 'scope'", "desk": "TRUE"}
"""What seats of a kind pull, as rows of the one office's change log."""


def newest_changes(programme: Programme) -> dict[str, tuple[str, int]]:
    """By kind of seat: (the epoch in force, the last transaction with something to pull)."""
    return {kind: _newest_change(programme, which) for kind, which in _PULLED_BY.items()}


def _newest_change(programme: Programme, which: str) -> tuple[str, int]:
    """(the epoch in force, the server's last transaction with such a change)."""
    with programme.engine.connect() as connection:
        epoch = connection.exec_driver_sql(
            "SELECT epoch_id FROM epoch ORDER BY started_ms DESC"
        ).first()
        xid = connection.exec_driver_sql(f"SELECT max(xid) FROM change_log WHERE {which}").scalar()
    assert epoch is not None
    return str(UUID(epoch[0])), int(xid or 0)


def has_all(clerk: Person, place: tuple[str, int]) -> bool:
    """Everything was sent and shows as the server's, and all up to its place has arrived."""
    epoch, xid = replica_place(clerk)
    identity = clerk.pc.seat.sync.identity()
    if identity is None or not epoch == place[0] == str(identity.epoch) or xid < place[1]:
        return False
    return not clerk.pc.unsent() and not clerk.pc.rows(
        "SELECT 1 FROM effect WHERE state = 'pending'"
    )
