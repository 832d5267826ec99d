"""Audit of what desks were told of members after low ratings."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.records import Recovery, RecoveryGroup
from app.domain.recovery import GROUPS, cohort
from sync.server.recovery import MOST_MEMBERS, Due, gather
from sync.server.store import tables as t


def members_followed(connection: Connection) -> Iterator[str]:
    """Each office's document: sums that can be, and those that its members add up to.

    What members did is counted once a day, and goes on meanwhile: where what was added up isn't
    what it was, the next count is the one that can be compared.
    """
    record, office = t.record.c, t.office.c
    rows = connection.execute(
        sa.select(record.programme_id, record.id, record.body, office.office_id, office.time_zone)
        .select_from(
            t.record.outerjoin(
                t.office, (office.programme_id == record.programme_id) & (office.code == record.id)
            )
        )
        .where(record.kind == Recovery.KIND)
        .order_by(record.programme_id, record.id)
    ).all()
    for row in rows:
        told = msgspec.json.decode(row.body, type=Recovery)
        problems = [*_impossible(told)]
        if told.office_id != row.office_id:
            problems.append("it is another office's")
        if not problems and told.basis:
            problems += _otherwise(connection, row.programme_id, row.id, row.time_zone, told)
        yield from (f"record recovery {row.id}: {problem}" for problem in problems)


def _impossible(told: Recovery) -> Iterator[str]:
    if (told.first_day, told.last_day) != cohort(told.until, told.days):
        yield f"{told.first_day} to {told.last_day} isn't {told.days} days before {told.until}"
    if tuple(group.name for group in told.groups) != GROUPS:
        yield "its groups aren't those that there are"
    for group in told.groups:
        if not (
            0 <= group.good <= group.rated <= group.again <= group.members
            and 0 <= group.redeemed <= group.members
        ):
            yield f"{group.name}: {_counts(group)} can't be"
        if group.name == "others" and group.members > MOST_MEMBERS:
            yield f"others: {group.members} members, drawn were at most {MOST_MEMBERS}"


def _otherwise(
    connection: Connection, programme_id: UUID, code: str, time_zone: str, told: Recovery
) -> Iterator[str]:
    due = Due(told.office_id, code, time_zone, told.until)
    counted = gather(connection, programme_id, due, days=told.days)
    if counted.basis == told.basis:
        for said, found in zip(told.groups, counted.groups, strict=True):
            if said != found:
                yield f"{said.name}: {_counts(said)}, counted {_counts(found)}"


def _counts(group: RecoveryGroup) -> str:
    return (
        f"{group.members} members, {group.again} again, {group.redeemed} redeemed,"
        f" {group.rated} rated, {group.good} good"
    )
