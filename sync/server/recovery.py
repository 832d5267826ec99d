"""Follows members after low ratings, office by office, once a day; desks get sums alone.

A job: it reads what it needs in short pieces outside of any writing transaction, and publishes one
document an office. Who the members are stays here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.office_time import local_day
from app.domain.rating import LOW_SCORES
from app.domain.records import Recovery
from app.domain.recovery import Group, Later, Start, cohort, follow
from sync.server.store import tables as t
from sync.server.work import Work

MOST_MEMBERS: Final = 2_000
"""Of each office's members without a low rating so many are followed: enough for an interval."""
_CHUNK: Final = 400
_DAY_MS: Final = 86_400_000
_VISIT: Final = t.encounter.c
COUNTS: Final = (_VISIT.flags == "") & (sa.func.coalesce(_VISIT.appeal, "") != "upheld")
"""Whether its rating, if it has one, counts."""


class Due(NamedTuple):
    """An office whose customers were followed up to a day that isn't yesterday."""

    office_id: UUID
    code: str
    time_zone: str
    until: str


def find_due(connection: Connection, programme_id: UUID, *, now_ms: int) -> list[Due]:
    """Offices whose yesterday isn't in their document yet."""
    office, record = t.office.c, t.record.c
    told = connection.execute(
        sa.select(record.body).where(
            record.programme_id == programme_id, record.kind == Recovery.KIND
        )
    )
    known = {
        found.office_id: found.until
        for found in (msgspec.json.decode(body, type=Recovery) for body in told.scalars())
    }
    rows = connection.execute(
        sa.select(office.office_id, office.code, office.time_zone)
        .where(office.programme_id == programme_id)
        .order_by(office.code)
    )
    found = []
    for row in rows:
        until = (local_day(now_ms, row.time_zone) - timedelta(1)).isoformat()
        if known.get(row.office_id, "") < until:
            found.append(Due(row.office_id, row.code, row.time_zone, until))
    return found


def gather(connection: Connection, programme_id: UUID, due: Due, *, days: int) -> Recovery:
    """Follow an office's members for so many days each; only reads."""
    first, last = cohort(due.until, days)
    into = merged(connection, programme_id)
    starts = _starts(connection, programme_id, due, (first, last), days, into)
    aliases: dict[UUID, list[UUID]] = {}
    for alias in into:
        aliases.setdefault(survivor(into, alias), []).append(alias)
    ids = [one for start in starts for one in (start.member_id, *aliases.get(start.member_id, ()))]
    later: list[Later] = []
    for begin in range(0, len(ids), _CHUNK):
        chunk = ids[begin : begin + _CHUNK]
        later += _visits(connection, programme_id, chunk, first, into)
        later += _rewards(connection, programme_id, chunk, due.time_zone, into)
    groups = follow(starts, later, days)
    return Recovery(
        due.office_id, due.until, first, last, days, groups, _basis(starts, later, days)
    )


def _basis(starts: Iterable[Start], later: Iterable[Later], days: int) -> str:
    """The same of the same, in whatever order the database gave it."""
    lines = [f"{days}", *sorted(map(str, starts)), *sorted(map(str, later))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def publish(work: Work, due: Due, found: Recovery) -> None:
    """Tell the office's desks."""
    work.put_record(Recovery.KIND, due.code, found, due.office_id)


def merged(connection: Connection, programme_id: UUID) -> dict[UUID, UUID]:
    """Who was merged into whom."""
    merge = t.member_merge.c
    rows = connection.execute(
        sa.select(merge.member_id, merge.into_id).where(merge.programme_id == programme_id)
    )
    return {row.member_id: row.into_id for row in rows}


def survivor(into: Mapping[UUID, UUID], member_id: UUID) -> UUID:
    """Who a member is now."""
    while member_id in into:
        member_id = into[member_id]
    return member_id


def _starts(
    connection: Connection,
    programme_id: UUID,
    due: Due,
    within: tuple[str, str],
    days: int,
    into: Mapping[UUID, UUID],
) -> list[Start]:
    at_office = sa.and_(
        _VISIT.programme_id == programme_id,
        _VISIT.office_id == due.office_id,
        _VISIT.day.between(*within),
        _VISIT.member_id.is_not(None),
    )
    resolved = _resolved(connection, programme_id, due.office_id, within, days)
    found: dict[UUID, Start] = {}
    low = connection.execute(
        sa.select(_VISIT.member_id, _VISIT.day, _VISIT.encounter_id)
        .where(at_office, _VISIT.score.in_(LOW_SCORES), COUNTS)
        .order_by(_VISIT.day, _VISIT.opened_ms, _VISIT.encounter_id)
    )
    for row in low:
        member_id = survivor(into, row.member_id)
        group: Group = "recovered" if row.encounter_id in resolved else "unrecovered"
        found.setdefault(member_id, Start(member_id, row.day, group))
    others: dict[UUID, str] = {}
    for row in connection.execute(
        sa.select(_VISIT.member_id, sa.func.min(_VISIT.day).label("day"))
        .where(at_office)
        .group_by(_VISIT.member_id)
    ):
        member_id = survivor(into, row.member_id)
        if member_id not in found:
            others[member_id] = min(row.day, others.get(member_id, row.day))
    drawn = sorted(others, key=_lot)[:MOST_MEMBERS]
    return [*found.values(), *(Start(each, others[each], "others") for each in drawn)]


def _lot(member_id: UUID) -> bytes:
    """The same draw every day, and nothing to do with when somebody joined."""
    return hashlib.sha256(member_id.bytes).digest()


def _resolved(
    connection: Connection, programme_id: UUID, office_id: UUID, within: tuple[str, str], days: int
) -> set[UUID]:
    """Visits whose low rating's case was closed as resolved while its member was followed."""
    case = t.service_case.c
    # A rating may come a day after its visit began
    last = (date.fromisoformat(within[1]) + timedelta(1)).isoformat()
    rows = connection.execute(
        sa.select(case.encounter_id).where(
            case.programme_id == programme_id,
            case.office_id == office_id,
            case.day.between(within[0], last),
            case.origin == "rating",
            case.outcome == "resolved",
            case.closed_ms - case.opened_ms <= days * _DAY_MS,
        )
    )
    return set(rows.scalars())


def _visits(
    connection: Connection,
    programme_id: UUID,
    ids: Sequence[UUID],
    first: str,
    into: Mapping[UUID, UUID],
) -> Iterator[Later]:
    rows = connection.execute(
        sa.select(_VISIT.member_id, _VISIT.day, _VISIT.score, COUNTS.label("counts"))
        .where(_VISIT.programme_id == programme_id, _VISIT.member_id.in_(ids), _VISIT.day >= first)
        .order_by(_VISIT.opened_ms)
    )
    for row in rows:
        score = row.score if row.counts else None
        yield Later(survivor(into, row.member_id), row.day, score)


def _rewards(
    connection: Connection,
    programme_id: UUID,
    ids: Sequence[UUID],
    time_zone: str,
    into: Mapping[UUID, UUID],
) -> Iterator[Later]:
    reward = t.redemption.c
    rows = connection.execute(
        sa.select(reward.member_id, reward.at_ms).where(
            reward.programme_id == programme_id,
            reward.member_id.in_(ids),
            reward.state == "posted",
            reward.refunded < reward.points,
        )
    )
    for row in rows:
        day = local_day(row.at_ms, time_zone).isoformat()
        yield Later(survivor(into, row.member_id), day, is_reward=True)
