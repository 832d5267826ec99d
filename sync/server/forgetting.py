"""A member's rights: a copy of their data, a correction, that it is forgotten; how long texts stay.

What was said or written about a person lies beside the journal, as blobs that entries commit to by
a hash. Forgetting deletes the blobs with their salts; entries, postings and chains stay as they
were and say ids alone, so that `audit` still proves them. Replicas lose the member's row by their
next pull, and drop their own copies of the blobs by the record `Forgotten`.

What belongs to a member is gathered before the transaction that erases it: reading a large journal
takes long, and an open writing transaction would hold up every replica's pull.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain import ledger
from app.domain.errors import Rejected
from app.domain.events import (
    ContactUpdated,
    MemberAllowed,
    MemberDenied,
    MemberJoined,
    PointsAdjusted,
)
from app.domain.member import check_phone
from app.domain.records import Adjustment, Appeal, Case, Forgotten
from sync.server import families, listenings, snapshots
from sync.server.denying import allow
from sync.server.importing.pinyin import name_keys
from sync.server.member_state import FORGOTTEN
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows, update_rows
from sync.server.store.engine import is_postgresql
from sync.server.work import Work

CHUNK_ROWS: Final = 200
_OLDEST_YEAR: Final = 1900
FORFEIT: Final = "forfeit"
"""The ledger's kind of what a forgotten member had left."""

CORRECTABLE: Final = ("name", "latin_name", "phone", "preference", "language", "born_on_year")
_NOTHING_KNOWN: Final = {
    "card_no": "",
    "name": "",
    "latin_name": "",
    "initials": "",
    "phone": "",
    "tier": "",
    "home_office": "",
    "status": FORGOTTEN,
    "merged_into": None,
    "preference": "",
    "open_matter": "",
    "language": "",
    "born_on_year": None,
    "joined_on": None,
}


@dataclass(frozen=True, slots=True)
class Held:
    """What the server holds of one person.

    Attributes:
        member_ids: the member, and those that were merged into them.
        commitments: of everything that was written down about them.
        case_ids: of their complaints and low ratings.
    """

    member_ids: tuple[UUID, ...]
    commitments: tuple[str, ...]
    case_ids: tuple[UUID, ...]

    def summary(self) -> str:
        """How much it is, in words."""
        return (
            f"The profile of {len(self.member_ids)} member(s) and {len(self.commitments)} text(s)"
            f" in {len(self.case_ids)} case(s) and elsewhere"
        )


def member_of(connection: Connection, programme_id: UUID, card_no: str) -> UUID:
    """The member that a card leads to, of merged ones the survivor.

    Raises:
        Rejected: unknown_member.
    """
    cards = find_rows(connection, t.card, "card_no", [card_no], programme_id=programme_id)
    if not cards:
        raise Rejected("unknown_member", f"There is no card {card_no}")
    member_id = cards[0].member_id
    while True:
        (row,) = find_rows(
            connection, t.member, "member_id", [member_id], programme_id=programme_id
        )
        if row.merged_into is None:
            assert isinstance(member_id, UUID)
            return member_id
        member_id = row.merged_into


def merged_into(connection: Connection, programme_id: UUID, member_id: UUID) -> list[UUID]:
    """The member first, then all that were merged into them."""
    member_ids = merged = [member_id]
    while merged:
        merged = [
            row.member_id
            for row in find_rows(
                connection, t.member, "merged_into", merged, programme_id=programme_id
            )
        ]
        member_ids = member_ids + merged
    return member_ids


def gather(connection: Connection, programme_id: UUID, member_id: UUID) -> Held:
    """Find all that belongs to a member; reads the journal's joinings and contacts through."""

    def rows(table: sa.Table, column: str, of: Iterable[UUID]) -> list[Any]:
        return find_rows(connection, table, column, of, programme_id=programme_id)

    member_ids = merged_into(connection, programme_id, member_id)
    encounters = [row.encounter_id for row in rows(t.encounter, "member_id", member_ids)]
    ratings = {row.rating_id for row in rows(t.rating, "encounter_id", encounters)}
    cases = [
        *rows(t.service_case, "encounter_id", encounters),
        *rows(t.service_case, "member_id", member_ids),
    ]
    case_ids = dict.fromkeys(row.case_id for row in cases)
    texts = [
        *(row.text_hash for row in cases),
        *(row.comment_hash for row in rows(t.rating_detail, "rating_id", ratings)),
        *(row.note_hash for row in rows(t.case_note, "case_id", case_ids)),
        *(row.text_hash for row in rows(t.matter, "member_id", member_ids)),
        *(row.note_hash for row in rows(t.exception_item, "member_id", member_ids)),
        *_appeals(rows(t.appeal, "encounter_id", encounters)),
        *listenings.written_about(
            [row.listening_id for row in rows(t.listening, "member_id", member_ids)], rows
        ),
        *_profiles(connection, programme_id, member_ids),
    ]
    commitments = dict.fromkeys(text for text in texts if text)
    return Held(tuple(member_ids), tuple(commitments), tuple(case_ids))


def _appeals(rows: Iterable[Any]) -> Iterator[str | None]:
    for row in rows:
        yield row.reason_hash
        yield row.answer_hash


_WRITTEN_OF: Final = (MemberJoined, ContactUpdated, PointsAdjusted, MemberDenied, MemberAllowed)
_TYPES: Final = tuple(kind.TYPE for kind in _WRITTEN_OF)


class _Commitments(msgspec.Struct):
    profile_hash: Any = None
    contact_hash: Any = None
    reason_hash: Any = None


class _Committing(msgspec.Struct):
    payload: _Commitments


def _profiles(
    connection: Connection, programme_id: UUID, member_ids: Sequence[UUID]
) -> Iterator[str]:
    """What entries about members committed to, those that were refused included."""
    entry = t.entry
    for member_id in member_ids:
        needle = f'"{member_id}"'.encode()
        names_them = (
            entry.c.raw.like(b"%" + needle + b"%")
            if is_postgresql(connection)
            else sa.func.instr(entry.c.raw, needle) > 0
        )
        found = connection.execute(
            sa.select(entry.c.raw).where(
                entry.c.programme_id == programme_id,
                entry.c.type.in_(_TYPES),
                names_them,
            )
        )
        for raw in found.scalars():
            try:
                said = msgspec.json.decode(bytes(raw), type=_Committing).payload
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue  # kept as malformed: it commits to nothing
            for value in (said.profile_hash, said.contact_hash, said.reason_hash):
                if isinstance(value, str):
                    yield value


# --- the three rights ---------------------------------------------------------------------------


def copy_of(connection: Connection, programme_id: UUID, member_id: UUID) -> dict[str, Any]:
    """All that is known of a member, ready for JSON: profile, cards, points, visits, texts."""
    held = gather(connection, programme_id, member_id)
    ids = held.member_ids

    def rows(table: sa.Table, column: str = "member_id", of: Iterable[Any] = ids) -> list[Any]:
        found = find_rows(connection, table, column, of, programme_id=programme_id)
        hidden = {"programme_id", "row_hash", "salt", "signature", "lot"}
        return [
            {name: value for name, value in row._mapping.items() if name not in hidden}
            for row in found
        ]

    visits = rows(t.encounter)
    encounters = [visit["encounter_id"] for visit in visits]
    postings = rows(t.posting)
    accruals, redemptions = rows(t.accrual), rows(t.redemption)
    booked = [line["accrual_id"] for line in accruals]
    booked += [line["redemption_id"] for line in redemptions]
    return {
        "member": rows(t.member),
        "cards": rows(t.card),
        "balances": rows(t.balance),
        "lots": rows(t.lot),
        "transactions": rows(t.ledger_txn, "txn_id", {line["txn_id"] for line in postings}),
        "postings": postings,
        "accruals": accruals,
        "redemptions": redemptions,
        "refunds": rows(t.refund, "of_id", booked),
        "adjustments": rows(t.adjustment),
        "qualifying": rows(t.qualifying),
        "tier": rows(t.tier_held),
        "leases": rows(t.lease),
        "families": [*rows(t.family, "head_id"), *rows(t.family_share)],
        "shares_given": rows(t.accrual_share, "accrual_id", booked),
        "denied": rows(t.denial),
        "merged": rows(t.member_merge),
        "visits": visits,
        "ratings": rows(t.rating, "encounter_id", encounters),
        "matters": rows(t.matter),
        "listened_to": (listened := rows(t.listening)),
        "said_of_it": rows(
            t.listening_said, "about_id", [each["listening_id"] for each in listened]
        ),
        "held_by": rows(t.scope_member),
        "expected_at": rows(t.expected),
        "looked_up_by": _look_ups(connection, programme_id, ids),
        "cases": rows(t.service_case, "case_id", held.case_ids),
        "texts": {
            row["commitment"]: row["content"].decode("utf-8", "replace")
            for row in rows(t.blob, "commitment", held.commitments)
        },
    }


def _look_ups(
    connection: Connection, programme_id: UUID, member_ids: Iterable[UUID]
) -> list[dict[str, Any]]:
    """Who was shown the member by a look-up, and when; not whom else it found."""
    asked = t.look_up
    found = connection.execute(
        sa.select(asked.c.at_ms, asked.c.office_id, asked.c.staff_id, asked.c["keys"])
        .where(
            asked.c.programme_id == programme_id,
            sa.or_(*(asked.c.member_ids.contains(str(member_id)) for member_id in member_ids)),
        )
        .order_by(asked.c.at_ms)
    )
    return [dict(row._mapping) for row in found]


def correct(work: Work, member_id: UUID, changes: dict[str, Any]) -> None:
    """Put right what is wrong of a member; every replica shows it after its next pull.

    Args:
        work: the transaction.
        member_id: whose.
        changes: new values by name: name, latin_name, phone, preference, language, born_on_year.

    Raises:
        Rejected: bad_phone, bad_name, bad_year.
    """
    assert changes.keys() <= set(CORRECTABLE)
    check_phone(changes.get("phone", ""))
    for name in ("name", "latin_name", "preference", "language"):
        text = changes.get(name, "x")
        if len(text) > 100 or "\0" in text or (name == "name" and not text.strip()):
            raise Rejected("bad_name", f"That is no {name.replace('_', ' ')}: {text!r}")
    year = changes.get("born_on_year")
    if year is not None and not _OLDEST_YEAR <= year <= int(work.today[:4]):
        raise Rejected("bad_year", f"Nobody alive was born in {year}")
    if "name" in changes:
        changes = {**changes, "initials": name_keys(changes["name"])[0]}
    work.load_members([member_id])
    work.update_profile(work.members[member_id], **changes)


def erase(work: Work, held: Held) -> int:
    """Forget a member: who they are, what was written about them, what they had left.

    Points under a lease stay until it closes; `let_go` then lets them go. No members file is
    offered from the commit on; their chunks go by `snapshots.drop_loose`.

    Returns:
        Points that were forfeited.

    Raises:
        Rejected: member_merged, where `held` isn't all of it any more.
    """
    connection, programme_id = work.connection, work.programme_id
    work.load_members(held.member_ids)
    merges = work.find(t.member_merge, "into_id", held.member_ids)
    theirs = {work.members[i].profile["merged_into"] for i in held.member_ids}
    theirs |= {row.member_id for row in merges}
    if theirs - {None, *held.member_ids}:
        raise Rejected("member_merged", "The member was merged meanwhile; say it again")
    forfeited = 0
    for member_id in held.member_ids:
        state = work.members[member_id]
        forfeited += _forfeit(work, member_id)
        work.update_profile(state, **_NOTHING_KNOWN)
    for table in (t.card, t.expected, t.member_change, t.member_merge):
        connection.execute(
            sa.delete(table).where(
                table.c.programme_id == programme_id, table.c.member_id.in_(held.member_ids)
            )
        )
    for member_id in held.member_ids:
        allow(work, member_id)
    families.forget(work, held.member_ids)
    drop_texts(work, held.commitments)
    _blank_cases(work, held.case_ids)
    _blank_adjustments(work, held.member_ids)
    _blank_appeals(work, held.commitments)
    listenings.tell_without(work, held.commitments)
    # A seat that is fetching one begins anew; the next is built without the member
    snapshots.withdraw(connection, programme_id)
    for member_id in held.member_ids:
        record = Forgotten(member_id, held.commitments)
        work.put_record(Forgotten.KIND, str(member_id), record, None)
    return forfeited


def drop_texts(work: Work, commitments: Sequence[str]) -> None:
    """Delete blobs and their salts; what committed to them can't be opened any more."""
    blob = t.blob
    work.connection.execute(
        sa.delete(blob).where(
            blob.c.programme_id == work.programme_id, blob.c.commitment.in_(commitments)
        )
    )


def _forfeit(work: Work, member_id: UUID) -> int:
    state = work.members[member_id]
    change = ledger.forfeit(state.holdings)
    if not change.postings:
        return 0
    gone = state.holdings.posted - change.after.posted
    work.post(state, change, kind=FORFEIT, ref_id=member_id, event_id=None)
    return gone


def _blank_adjustments(work: Work, member_ids: Collection[UUID]) -> None:
    """Take the reasons out of what waits at desks for a second person."""
    ids = [str(row.adjustment_id) for row in work.find(t.adjustment, "member_id", member_ids)]
    for row in work.find(t.record, "id", ids):
        if row.kind == Adjustment.KIND:
            record = msgspec.json.decode(bytes(row.body), type=Adjustment)
            work.put_record(row.kind, row.id, replace(record, reason=""), row.office_id)


def _blank_appeals(work: Work, commitments: Collection[str]) -> None:
    """Take what was written out of the appeals that desks hold."""
    ids = [str(row.appeal_id) for row in work.find(t.appeal, "reason_hash", commitments)]
    for row in work.find(t.record, "id", ids):
        if row.kind == Appeal.KIND:
            record = msgspec.json.decode(bytes(row.body), type=Appeal)
            work.put_record(row.kind, row.id, replace(record, reason=""), row.office_id)


def _blank_cases(work: Work, case_ids: Collection[UUID]) -> None:
    """Take names and words out of the cases that desks hold; what was done about them stays."""
    blank = [(case_id, True) for case_id in case_ids]
    update_rows(
        work.connection,
        t.service_case,
        ["case_id"],
        ["blank"],
        blank,
        programme_id=work.programme_id,
    )
    published = work.find(t.record, "id", [str(case_id) for case_id in case_ids])
    for row in published:
        if row.kind != Case.KIND:
            continue
        case = msgspec.json.decode(bytes(row.body), type=Case)
        notes = tuple(replace(note, text="") for note in case.notes)
        case = replace(case, comment="", member_name="", notes=notes)
        work.put_record(Case.KIND, row.id, case, row.office_id)


# --- what goes by itself ------------------------------------------------------------------------


def late(programme_id: UUID) -> sa.Select[Any]:
    """Forgotten members to whom something came late, as many as `let_go` takes at a time.

    A lease that was open when they were forgotten closes later, and counters without a network
    may bring points that they earned before. All members are looked through, so it is to be asked
    in a reading transaction.
    """
    member, lot = t.member, t.lot
    return (
        sa.select(member.c.member_id)
        .where(
            member.c.programme_id == programme_id,
            member.c.status == FORGOTTEN,
            sa.exists().where(
                lot.c.programme_id == member.c.programme_id,
                lot.c.member_id == member.c.member_id,
                lot.c.remaining > lot.c.leased,
            ),
        )
        .limit(CHUNK_ROWS)
    )


def let_go(work: Work, rows: Iterable[Any]) -> int:
    """Let go of what came `late`; returns how many had something."""
    ids = [row.member_id for row in rows]
    work.load_members(ids)
    for member_id in ids:
        _forfeit(work, member_id)
    return len(ids)


def drop_texts_chunk(work: Work, *, before_ms: int) -> int:
    """Delete texts that came in before a time; returns how many."""
    blob = t.blob
    old = (
        sa.select(blob.c.commitment)
        .where(blob.c.programme_id == work.programme_id, blob.c.received_ms < before_ms)
        .order_by(blob.c.received_ms)
        .limit(CHUNK_ROWS)
    )
    commitments = list(work.connection.execute(old).scalars())
    drop_texts(work, commitments)
    listenings.tell_without(work, commitments)
    return len(commitments)


def worded(programme_id: UUID, before_ms: int) -> sa.Select[Any]:
    """Some of the cases that were closed before a time and have words still."""
    case = t.service_case
    return (
        sa.select(case.c.case_id)
        .where(case.c.programme_id == programme_id, case.c.closed_ms < before_ms, t.WORDED)
        .limit(CHUNK_ROWS)
    )


def blank_cases_chunk(work: Work, *, before_ms: int) -> int:
    """Take the words out of cases that were closed before a time; returns of how many."""
    ids = list(work.connection.execute(worded(work.programme_id, before_ms)).scalars())
    _blank_cases(work, ids)
    return len(ids)
