"""Members as one transaction holds them: under its lock, with their points, changed in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy.engine import Connection

from app.domain.ledger import Holdings, Lot
from app.domain.look_up import phone_ending
from app.domain.member import Member
from sync.protocol.replica.encoding import row_hash
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows, insert_rows, update_rows
from sync.server.sums import Lanes

FORGOTTEN: Final = "forgotten"
"""The status of a member whose data was erased."""

_PROFILE: Final = (
    "rank",
    "card_no",
    "name",
    "latin_name",
    "initials",
    "phone",
    "tier",
    "home_office",
    "status",
    "merged_into",
    "preference",
    "open_matter",
    "language",
    "born_on_year",
    "joined_on",
    "generated",
)


@dataclass(slots=True)
class MemberState:
    """A member under this transaction's lock.

    Attributes:
        is_new: nothing of the member is stored.
        is_profiled: the stored profile isn't what `profile` says.
        old_hash: None: no replica has the row.
    """

    member_id: UUID
    profile: dict[str, Any]
    holdings: Holdings
    pending: int = 0
    is_new: bool = True
    is_profiled: bool = True
    old_hash: int | None = None
    old_lots: dict[UUID, Lot] = field(default_factory=dict)

    @property
    def is_forgotten(self) -> bool:
        """Only the points are left, under an id; replicas have no such row."""
        return bool(self.profile["status"] == FORGOTTEN)

    def to_member(self, today: str) -> Member:
        """As replicas show it; what comes next to expire does so on `today` or later."""
        profile = dict(self.profile)
        joined = profile.pop("joined_on")
        expires_on, expiring = self.holdings.next_expiry(today)
        return Member(
            member_id=self.member_id,
            posted_points=self.holdings.posted,
            leased_points=self.holdings.leased,
            pending_points=self.pending,
            next_expiry_on=None if expires_on is None else date.fromisoformat(expires_on),
            next_expiry_points=expiring,
            joined_on=None if joined is None else date.fromisoformat(joined),
            **profile,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Members' rows, asked for in a `together` block; `states` makes sense of them behind it."""

    members: Sequence[Any]
    lots: Sequence[Any]
    balances: Sequence[Any]


def ask_for(connection: Connection, programme_id: UUID, ids: Collection[UUID]) -> Asked:
    """Lock members in the order of their ids, and read them; unknown ids are passed over."""
    find = partial(find_rows, connection, column="member_id", values=ids, programme_id=programme_id)
    members = find(table=t.member, columns=("member_id", "row_hash", *_PROFILE), lock=True)
    return Asked(members, find(table=t.lot), find(table=t.balance))  # read under the lock


def states(asked: Asked) -> list[MemberState]:
    """The members that were found."""
    lots: dict[UUID, list[Lot]] = {}
    for row in asked.lots:
        lot = Lot(row.lot_id, row.earned, row.remaining, row.leased, row.expires_on)
        lots.setdefault(row.member_id, []).append(lot)
    balances = {row.member_id: row for row in asked.balances}
    loaded = []
    for member_id, packed, *profile in asked.members:
        own = lots.get(member_id, [])
        balance = balances.get(member_id)
        loaded.append(
            MemberState(
                member_id,
                dict(zip(_PROFILE, profile, strict=True)),
                Holdings(tuple(own), balance.overdrawn if balance else 0),
                balance.pending if balance else 0,
                False,
                False,
                int.from_bytes(packed, "big") if packed else None,
                {lot.lot_id: lot for lot in own},
            )
        )
    return loaded


def write(
    connection: Connection,
    programme_id: UUID,
    states: Iterable[MemberState],
    lanes: Lanes,
    *,
    today: str,
) -> None:
    """Write members as they are now, and add to the sum of all what has changed of them.

    Args:
        connection: of the transaction that loaded them.
        programme_id: whose they are.
        states: those that changed; each then counts as written.
        lanes: added to.
        today: the earliest of the offices' local days.
    """
    new: list[tuple[Any, ...]] = []
    old: list[tuple[Any, ...]] = []
    hashes: list[tuple[Any, ...]] = []
    lots: list[tuple[Any, ...]] = []
    balances: list[tuple[Any, ...]] = []
    for state in states:
        new_hash, packed = None, b""
        if not state.is_forgotten:
            new_hash = row_hash(state.to_member(today))
            packed = new_hash.to_bytes(16, "big")
            lanes.count(new_hash, 1)
        if state.old_hash is not None:
            lanes.count(state.old_hash, -1)
        if state.is_profiled:
            profile = (state.profile[name] for name in _PROFILE)
            row = (state.member_id, *profile, packed, phone_ending(state.profile["phone"]))
            if state.is_new:
                new.append((programme_id, *row))
            else:
                old.append(row)
        else:
            hashes.append((state.member_id, packed))
        state.is_new = state.is_profiled = False
        state.old_hash = new_hash
        lots += [
            _lot_row(programme_id, state.member_id, lot)
            for lot in state.holdings.lots
            if state.old_lots.get(lot.lot_id) != lot
        ]
        state.old_lots = {lot.lot_id: lot for lot in state.holdings.lots}
        balances.append(_balance_row(programme_id, state, today))
    insert_rows(connection, t.member, [c.name for c in t.member.columns], new)
    update_rows(
        connection,
        t.member,
        ["member_id"],
        [*_PROFILE, "row_hash", "phone_ending"],
        old,
        programme_id=programme_id,
    )
    update_rows(
        connection, t.member, ["member_id"], ["row_hash"], hashes, programme_id=programme_id
    )
    insert_rows(
        connection,
        t.lot,
        [c.name for c in t.lot.columns],
        lots,
        replace=("remaining", "leased", "expires_on"),
    )
    insert_rows(
        connection,
        t.balance,
        [c.name for c in t.balance.columns],
        balances,
        replace=[c.name for c in t.balance.columns if not c.primary_key],
    )


def _lot_row(programme_id: UUID, member_id: UUID, lot: Lot) -> tuple[Any, ...]:
    return (
        programme_id,
        member_id,
        lot.lot_id,
        t.POINTS,
        lot.earned,
        lot.remaining,
        lot.leased,
        lot.expires_on,
    )


def _balance_row(programme_id: UUID, state: MemberState, today: str) -> tuple[Any, ...]:
    held = state.holdings
    return (
        programme_id,
        state.member_id,
        t.POINTS,
        held.posted,
        held.leased,
        state.pending,
        held.overdrawn,
        *held.next_expiry(today),
    )
