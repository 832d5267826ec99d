"""Members beside the members file.

Whom the server found for this seat is kept a while; whom the file has lost, as long as the seat
needs them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, delete, literal_column, select, union
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.lean import dataclass
from app.domain.member import Member
from app.domain.search_terms import (
    Criterion,
    MatchKind,
    MemberHit,
    MemberTerms,
    classify,
    compact,
    member_terms,
)
from app.ports.clock import Clock
from app.store.database import WorkDatabase
from app.store.tables import contact, effect, encounter, lease, looked_up

KEPT_MS: Final = 3 * 86_400_000
KEPT_MEMBERS: Final = 200
"""Bounds what is kept: whoever comes back after that is looked up again."""

_WHILE_IN_USE: Final = 0
"""In place of the time when somebody was found: kept for no longer than they are in use."""

_read: Final = msgspec.json.Decoder(Member).decode
_ALL: Final = select(looked_up.c.member, looked_up.c.found_ms).order_by(
    looked_up.c.found_ms.desc(), looked_up.c.member_id
)
_keep = upsert(looked_up)
_KEEP: Final = _keep.on_conflict_do_update(
    index_elements=["member_id"],
    set_={name: _keep.excluded[name] for name in ("member", "found_ms")},
)
_DROP: Final = delete(looked_up).where(looked_up.c.member_id == bindparam("of"))
# Who stands here, has points promised here, or work here that the members file doesn't show.
# Nothing is bound, or the partial indexes wouldn't serve: a tap may wait for this
_IN_USE: Final = union(
    select(encounter.c.member_id).where(
        encounter.c.outcome.is_(None), encounter.c.member_id.is_not(None)
    ),
    select(effect.c.member_id).where(effect.c.state == literal_column("'pending'")),
    select(contact.c.member_id),
    select(lease.c.member_id).where(lease.c.state == "open"),
)


@dataclass(frozen=True, slots=True)
class _Kept:
    member: Member
    terms: MemberTerms
    found_ms: int


class LookedUp:
    """Reads and writes the table; what it holds is kept in memory until `changed`.

    Thread-safe.

    Raises:
        Unavailable: from every method, when the disk fails.
    """

    def __init__(self, database: WorkDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: Mapping[UUID, _Kept] | None = None
        self._version = 0
        self._is_blind = False

    def changed(self) -> None:
        """Read anew at the next look-up."""
        with self._lock:
            self._kept = None
            self._version += 1

    def refuse(self) -> None:
        """From now on nobody is found."""
        with self._lock:
            self._is_blind = True
        self.changed()

    def search(self, text: str) -> tuple[list[MemberHit], list[MemberHit]]:
        """Find who answers: by a whole card or phone number, and otherwise; found last, first."""
        certain: list[MemberHit] = []
        others: list[MemberHit] = []
        kept = self._all()
        if kept:
            criteria = classify(text)
            since_ms = self._clock.now_ms() - KEPT_MS
            for each in kept.values():
                answered = next((c for c in criteria if c.matches(each.terms)), None)
                is_kept = each.found_ms > since_ms or each.found_ms == _WHILE_IN_USE
                if answered is not None and is_kept:
                    hits = certain if _is_certain(answered) else others
                    hits.append(MemberHit(each.member, answered.kind, from_server=True))
        return certain, others

    def by_id(self, member_id: UUID) -> Member | None:
        """Get a member, also one whose time is over: they may stand at the counter."""
        kept = self._all().get(member_id)
        return None if kept is None else kept.member

    def by_card(self, card_no: str) -> Member | None:
        """Get the member with this card."""
        card = compact(card_no)
        return next((k.member for k in self._all().values() if card and k.terms.card == card), None)

    def keep(self, members: Sequence[Member]) -> None:
        """Keep whom the server found just now, and let go of the oldest."""
        now_ms = self._clock.now_ms()
        rows = [
            {"member_id": m.member_id, "member": msgspec.json.encode(m), "found_ms": now_ms}
            for m in members
        ]

        def work(connection: Connection) -> None:
            if rows:
                connection.execute(_KEEP, rows)
            _let_go(connection, now_ms, gone=())

        self._database.transact(work, user=True)
        self.changed()

    def tidy(self, known: Callable[[Collection[UUID]], Collection[UUID]]) -> None:
        """Let go of whoever needn't be kept; costs nothing while nobody is.

        Args:
            known: which of these ids the members file holds, or were forgotten.
        """
        kept = self._all()
        if not kept:
            return
        gone = known(kept.keys())
        now_ms = self._clock.now_ms()
        old = {i for i, each in kept.items() if each.found_ms <= now_ms - KEPT_MS}
        if gone or (old and old - self._database.read(in_use)):
            self._database.transact(
                lambda connection: _let_go(connection, now_ms, gone=gone), user=False
            )
            self.changed()

    def _all(self) -> Mapping[UUID, _Kept]:
        with self._lock:
            kept, version = {} if self._is_blind else self._kept, self._version
        if kept is None:
            rows = self._database.fetch(_ALL, {})
            members = [(_read(member), found_ms) for member, found_ms in rows]
            kept = {m.member_id: _Kept(m, _terms_of(m), found_ms) for m, found_ms in members}
            with self._lock:
                if version == self._version:
                    self._kept = kept
        return kept


def in_use(connection: Connection) -> set[UUID]:
    """Who stands here, has points promised here, or work here that no pull has shown."""
    return {row[0] for row in connection.execute(_IN_USE)}


def keep_while_in_use(connection: Connection, members: Sequence[Member]) -> None:
    """Keep members whom the members file is about to lose; `tidy` lets go whoever isn't in use."""
    rows = [
        {"member_id": m.member_id, "member": msgspec.json.encode(m), "found_ms": _WHILE_IN_USE}
        for m in members
    ]
    if rows:
        connection.execute(_KEEP, rows)


def _is_certain(criterion: Criterion) -> bool:
    return criterion.whole and criterion.kind in (MatchKind.CARD, MatchKind.PHONE)


def _terms_of(member: Member) -> MemberTerms:
    return member_terms(
        card_no=member.card_no,
        name=member.name,
        latin_name=member.latin_name,
        initials=member.initials,
        phone=member.phone,
        home_office=member.home_office,
    )


def _let_go(connection: Connection, now_ms: int, *, gone: Collection[UUID]) -> None:
    """Drop `gone`, and whoever is too old or too many unless they are in use."""
    rows = connection.execute(
        select(looked_up.c.member_id, looked_up.c.found_ms).order_by(
            looked_up.c.found_ms.desc(), looked_up.c.member_id
        )
    ).all()
    over = {
        member_id
        for place, (member_id, found_ms) in enumerate(rows)
        if place >= KEPT_MEMBERS or found_ms <= now_ms - KEPT_MS
    }
    if over:
        over -= in_use(connection)
    if leaving := [{"of": member_id} for member_id in over | set(gone)]:
        connection.execute(_DROP, leaving)
