"""What `audit` proves of merged members: an alias leads to somebody, owns and gets nothing."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream


def merges(connection: Connection) -> Iterator[str]:
    """Yields a line for each alias that is wrong."""
    yield from _leading(connection)
    yield from _owning(connection)
    yield from _posted_since(connection)


def _leading(connection: Connection) -> Iterator[str]:
    """Each alias is written down, and leads to a member who is none; so there are no circles."""
    member, merged, stay = t.member, t.member_merge, t.member.alias("stay")
    rows = sa.select(
        sa.func.coalesce(member.c.member_id, merged.c.member_id).label("member_id"),
        member.c.merged_into,
        merged.c.into_id,
        stay.c.status,
    ).select_from(
        member.join(
            merged,
            (merged.c.programme_id == member.c.programme_id)
            & (merged.c.member_id == member.c.member_id),
            full=True,
        ).outerjoin(
            stay,
            (stay.c.programme_id == merged.c.programme_id) & (stay.c.member_id == merged.c.into_id),
        )
    )
    wrong = rows.where(
        (member.c.merged_into.is_not(None) | merged.c.into_id.is_not(None)),
        sa.or_(
            member.c.merged_into.is_(None),
            merged.c.into_id.is_(None),
            member.c.merged_into != merged.c.into_id,
            stay.c.status.is_(None),
            stay.c.status == "merged",
        ),
    )
    for row in stream(connection, wrong):
        yield (
            f"member {row.member_id}: an alias of {row.merged_into}, written down as one of"
            f" {row.into_id} ({row.status})"
        )


def _owning(connection: Connection) -> Iterator[str]:
    for table, what in (
        (t.lot, sa.true()),
        (t.lease, sa.true()),
        (t.redemption, sa.true()),
        (t.qualifying, sa.true()),
        (t.tier_held, sa.true()),
        (t.accrual, t.accrual.c.state != "reversed"),
        (
            t.balance,
            sa.or_(*(t.balance.c[n] != 0 for n in ("posted", "leased", "pending", "overdrawn"))),
        ),
    ):
        key = list(table.primary_key)[-1]
        owned = (
            sa.select(table.c.member_id, key.label("what"))
            .join(
                t.member_merge,
                (t.member_merge.c.programme_id == table.c.programme_id)
                & (t.member_merge.c.member_id == table.c.member_id),
            )
            .where(what)
        )
        for row in stream(connection, owned):
            yield f"member {row.member_id}: an alias, and {table.name} {row.what} is theirs"


def _posted_since(connection: Connection) -> Iterator[str]:
    merged, posting = t.member_merge, t.posting
    posted = (
        sa.select(
            posting.c.programme_id,
            posting.c.member_id,
            sa.func.count().label("n"),
        )
        .where(posting.c.member_id.in_(sa.select(merged.c.member_id)))
        .group_by(posting.c.programme_id, posting.c.member_id)
        .subquery("posted")
    )
    n = sa.func.coalesce(posted.c.n, 0)
    wrong = (
        sa.select(merged.c.member_id, merged.c.postings, n.label("n"))
        .select_from(outer(merged, posted, "programme_id", "member_id"))
        .where(merged.c.postings != n)
    )
    for row in stream(connection, wrong):
        yield (
            f"member {row.member_id}: {row.n} postings, {row.postings} when they became an alias"
        )
