"""The part of `audit` that proves what replicas hold: offices' own members, and all sums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.member_state import FORGOTTEN
from sync.server.scope import DAY_MS, OWN, VISITED_DAYS, Reason
from sync.server.store import tables as t
from sync.server.sums import Lanes
from sync.server.work import PROGRAMME_SCOPE, RECORD_SCOPE

_BATCH: Final = 5_000
_CLOCKS_AHEAD_DAYS: Final = 30
"""Where a PC's clock ran ahead, a visit counts from when the server heard of it."""


def memberships(connection: Connection, *, now_ms: int) -> Iterator[str]:
    """Compare who is in the offices' scopes with where members are at home, visited, are leased.

    Yields:
        A line for each member who is missing, or in for a reason that isn't there.
    """
    for office in connection.execute(sa.select(t.office).where(t.office.c.members == OWN)):
        name = f"office {office.code}"
        member, row, visit, lease = t.member, t.scope_member, t.encounter, t.lease
        mine = row.c.programme_id == office.programme_id, row.c.scope_id == office.scope_id

        def inside(
            member_id: sa.ColumnElement[UUID],
            *reasons: Reason,
            mine: Any = mine,
            row: sa.Table = row,
        ) -> sa.ColumnElement[bool]:
            because = [row.c.reason.in_([str(reason) for reason in reasons])] if reasons else []
            return sa.exists().where(*mine, row.c.member_id == member_id, *because)

        at_home = (member.c.home_office == office.code) & (member.c.status != FORGOTTEN)
        of_members = member.c.programme_id == office.programme_id
        checks: tuple[tuple[str, sa.Select[Any]], ...] = (
            (
                "is at home there and isn't in its scope",
                sa.select(member.c.member_id).where(
                    of_members, at_home, ~inside(member.c.member_id, Reason.HOME)
                ),
            ),
            (
                "is said to be at home there",
                sa.select(member.c.member_id).where(
                    of_members, ~at_home, inside(member.c.member_id, Reason.HOME)
                ),
            ),
            (
                "was forgotten and is in its scope",
                sa.select(member.c.member_id).where(
                    of_members, member.c.status == FORGOTTEN, inside(member.c.member_id)
                ),
            ),
            (
                "visited it and isn't in its scope",
                sa.select(visit.c.member_id)
                .join(
                    member,
                    (member.c.programme_id == visit.c.programme_id)
                    & (member.c.member_id == visit.c.member_id),
                )
                .where(
                    visit.c.programme_id == office.programme_id,
                    visit.c.office_id == office.office_id,
                    visit.c.opened_ms > now_ms - (VISITED_DAYS - _CLOCKS_AHEAD_DAYS) * DAY_MS,
                    visit.c.opened_ms <= now_ms,
                    member.c.status != FORGOTTEN,
                    ~inside(visit.c.member_id, Reason.VISITED),
                )
                .distinct(),
            ),
            (
                "has points leased there and isn't in its scope",
                sa.select(lease.c.member_id)
                .join(
                    t.device,
                    (t.device.c.programme_id == lease.c.programme_id)
                    & (t.device.c.device_id == lease.c.device_id),
                )
                .join(
                    member,
                    (member.c.programme_id == lease.c.programme_id)
                    & (member.c.member_id == lease.c.member_id),
                )
                .where(
                    lease.c.programme_id == office.programme_id,
                    lease.c.state.in_(t.LEASE_HELD),
                    t.device.c.office_id == office.office_id,
                    member.c.status != FORGOTTEN,
                    ~inside(lease.c.member_id, Reason.LEASED),
                )
                .distinct(),
            ),
        )
        for what, statement in checks:
            for found in connection.execution_options(yield_per=_BATCH).execute(statement):
                yield f"{name}: member {found.member_id} {what}"


def sums(connection: Connection) -> Iterator[str]:
    """Add up the rows of each sum that replicas are told.

    Yields:
        A line for each sum that is another.
    """
    member, record, row = t.member, t.record, t.scope_member
    for programme_id in connection.execute(sa.select(t.programme.c.programme_id)).scalars().all():
        of_members = sa.select(member.c.row_hash).where(
            member.c.programme_id == programme_id, member.c.status != FORGOTTEN
        )
        of_records = sa.select(record.c.row_hash).where(record.c.programme_id == programme_id)
        wanted = {
            PROGRAMME_SCOPE: of_members,
            RECORD_SCOPE: of_records.where(record.c.office_id.is_(None)),
        }
        for office in connection.execute(
            sa.select(t.office).where(t.office.c.programme_id == programme_id)
        ).all():
            wanted[str(office.office_id)] = of_records.where(record.c.office_id == office.office_id)
            if office.scope_id is not None:
                wanted[str(office.scope_id)] = of_members.where(
                    sa.exists().where(
                        row.c.programme_id == programme_id,
                        row.c.scope_id == office.scope_id,
                        row.c.member_id == member.c.member_id,
                    )
                )
        for scope, statement in wanted.items():
            kept, counted = _kept(connection, programme_id, scope), Lanes()
            for (row_hash,) in connection.execution_options(yield_per=_BATCH).execute(statement):
                counted.count(int.from_bytes(bytes(row_hash), "big"), 1)
            if (kept.rows, kept.folded()) != (counted.rows, counted.folded()):
                yield (
                    f"sum of {scope}: {kept.rows} rows, {kept.folded():032x}; counted"
                    f" {counted.rows}, {counted.folded():032x}"
                )


def _kept(connection: Connection, programme_id: UUID, scope: str) -> Lanes:
    held = t.replica_sum
    names = ("row_count", "lane0", "lane1", "lane2", "lane3")
    found = connection.execute(
        sa.select(*(sa.func.coalesce(sa.func.sum(held.c[name]), 0) for name in names)).where(
            held.c.programme_id == programme_id, held.c.scope == scope
        )
    ).one()
    rows, *lanes = map(int, found)
    return Lanes(rows, lanes)
