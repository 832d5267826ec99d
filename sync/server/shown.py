"""What replicas show: members with their balances, and records."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from sync.protocol.messages import MemberRow, Record
from sync.server.member_state import FORGOTTEN
from sync.server.store import tables as t

_OF_BALANCE: Final = {
    "posted_points": t.balance.c.posted,
    "leased_points": t.balance.c.leased,
    "pending_points": t.balance.c.pending,
    "next_expiry_on": t.balance.c.next_expiry_on,
    "next_expiry_points": t.balance.c.next_expiry_points,
}
# In the order of a row's fields: naming them one by one takes as long as reading the table
_MEMBER_COLUMNS: Final = tuple(
    _OF_BALANCE[name] if name in _OF_BALANCE else t.member.c[name]
    for name in MemberRow.__struct_fields__
)


def in_scope(member_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a member is in the scope `scope`."""
    return sa.exists().where(
        t.scope_member.c.programme_id == sa.bindparam("programme"),
        t.scope_member.c.scope_id == sa.bindparam("scope", type_=sa.Uuid()),
        t.scope_member.c.member_id == member_id,
    )


_MEMBERS: Final = (
    sa.select(*_MEMBER_COLUMNS)
    .join_from(
        t.member,
        t.balance,
        (t.balance.c.programme_id == t.member.c.programme_id)
        & (t.balance.c.member_id == t.member.c.member_id)
        & (t.balance.c.unit == t.POINTS),
    )
    .where(t.member.c.status != FORGOTTEN)
)
MEMBERS: Final = _MEMBERS.where(t.member.c.programme_id == sa.bindparam("programme"))
"""A programme's members that replicas show, with their balances."""


def member_select(programme_id: UUID, scope_id: UUID | None = None) -> sa.Select[Any]:
    """Members that replicas show, with their balances; of one scope, or everybody."""
    selected = _MEMBERS.where(t.member.c.programme_id == programme_id)
    if scope_id is None:
        return selected
    return selected.where(in_scope(t.member.c.member_id)).params(
        programme=programme_id, scope=scope_id
    )


def record_of(row: Any) -> Record:
    """A row of `record`, for the wire."""
    return Record(row.kind, row.id, msgspec.Raw(bytes(row.body)))
