"""Offices with members of their own: gathering them, letting them go, clearing up what is over.

Steps are short transactions that may be done twice; a run may end anywhere. What is to be done is
found in reading transactions, which hold nobody up, and looked at again under the members' locks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from sync.server import snapshots
from sync.server.expecting import hold
from sync.server.horizon import horizon
from sync.server.pace import MOST_MEMBERS, MOST_ROWS, Pace
from sync.server.scope import DAY_MS, GATHERING, OWN, VISITED_DAYS, Reason, Scope
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.transactions import Steps
from sync.server.work import PROGRAMME_SCOPE, RECORD_SCOPE, Work

_FIRST: Final = UUID(int=0)
_PATIENCE_S: Final = 10.0
_LOOK_S: Final = 0.02
_FILE_KEPT_MS: Final = 2 * DAY_MS  # from when a seat asked for one last


# --- gathering ----------------------------------------------------------------------------------


def gather(jobs: Steps) -> Iterator[int]:
    """Gather the members of offices that are to have their own; yields how many, step by step.

    The files of such an office's seats are theirs once all are there: from then on the seats make
    them anew by themselves.
    """
    office = t.office
    chosen = jobs.read(
        sa.select(office).where(
            office.c.programme_id == jobs.programme_id, office.c.members == GATHERING
        )
    )
    if not chosen or not _all_know(jobs):
        return  # the next run goes on
    for scope in map(Scope.of_office, chosen):
        for source in (_home, _visited, _leased, _expected):
            yield from source(jobs, scope)
        if jobs.read(_seats(jobs, scope).limit(1)):
            snapshots.build(
                jobs.engine,
                jobs.programme_id,
                now_ms=jobs.now_ms,
                new_id=jobs.new_id,
                scope=scope,
            )
        jobs.step(partial(_follow, scope=scope))


def _all_know(jobs: Steps) -> bool:
    """Wait until no transaction is open that began before it could know of the choices read."""
    now_xid = jobs.step(lambda work: work.xid)
    until_s = time.monotonic() + _PATIENCE_S
    while True:
        with reading(jobs.engine) as connection:
            if horizon(connection, jobs.programme_id) > now_xid:
                return True
        if time.monotonic() > until_s:
            return False
        time.sleep(_LOOK_S)


def _seats(jobs: Steps, scope: Scope) -> sa.Select[Any]:
    device = t.device
    return sa.select(device.c.device_id).where(
        device.c.programme_id == jobs.programme_id, device.c.office_id == scope.office_id
    )


def _home(jobs: Steps, scope: Scope) -> Iterator[int]:
    member, pace, after = t.member, Pace(MOST_MEMBERS), _FIRST
    while found := jobs.read(
        sa.select(member.c.member_id)
        .where(
            member.c.programme_id == jobs.programme_id,
            member.c.home_office == scope.office_code,
            member.c.member_id > after,
        )
        .order_by(member.c.member_id)
        .limit(pace.rows)
    ):
        ids = [row.member_id for row in found]
        yield _take_in(jobs, pace, scope, lambda work: work.scopes.consider(ids))  # noqa: B023
        after = ids[-1]


def _visited(jobs: Steps, scope: Scope) -> Iterator[int]:
    visit = t.encounter
    since_ms = jobs.now_ms() - (VISITED_DAYS + 1) * DAY_MS
    found = jobs.read(
        sa.select(visit.c.member_id, sa.func.max(visit.c.opened_ms))
        .where(
            visit.c.programme_id == jobs.programme_id,
            visit.c.office_id == scope.office_id,
            visit.c.member_id.is_not(None),
            visit.c.opened_ms > since_ms,
        )
        .group_by(visit.c.member_id)
        .order_by(visit.c.member_id)
    )

    def say(work: Work, rows: Iterable[Any]) -> None:
        for member_id, at_ms in rows:
            work.scopes.visited(scope.office_id, member_id, at_ms)

    yield from _by_and_by(jobs, scope, found, say)


def _leased(jobs: Steps, scope: Scope) -> Iterator[int]:
    found = jobs.read(_open_leases(jobs.programme_id, [scope.office_id]).distinct())

    def say(work: Work, rows: Iterable[Any]) -> None:
        for _, member_id in rows:
            work.scopes.leased(scope.office_id, member_id)

    yield from _by_and_by(jobs, scope, found, say)


def _expected(jobs: Steps, scope: Scope) -> Iterator[int]:
    expected, office = t.expected, t.office
    found = jobs.read(
        sa.select(expected.c.day, expected.c.member_id, office.c.time_zone)
        .join(
            office,
            (office.c.programme_id == expected.c.programme_id)
            & (office.c.office_id == expected.c.office_id),
        )
        .where(
            expected.c.programme_id == jobs.programme_id, expected.c.office_id == scope.office_id
        )
    )

    def say(work: Work, rows: Iterable[Any]) -> None:
        for day, member_id, time_zone in rows:
            hold(work, scope.office_id, time_zone, [(day, member_id)])

    yield from _by_and_by(jobs, scope, found, say)


def _open_leases(programme_id: UUID, office_ids: Iterable[UUID]) -> sa.Select[Any]:
    """(office, member) of leases that devices of these offices hold."""
    lease, device = t.lease, t.device
    return (
        sa.select(device.c.office_id, lease.c.member_id)
        .join(
            device,
            (device.c.programme_id == lease.c.programme_id)
            & (device.c.device_id == lease.c.device_id),
        )
        .where(
            lease.c.programme_id == programme_id,
            lease.c.state.in_(t.LEASE_HELD),
            device.c.office_id.in_(list(office_ids)),
        )
    )


def _by_and_by(
    jobs: Steps, scope: Scope, rows: Sequence[Any], say: Callable[[Work, Iterable[Any]], None]
) -> Iterator[int]:
    pace, start = Pace(MOST_MEMBERS), 0
    while some := rows[start : start + pace.rows]:
        start += len(some)
        yield _take_in(jobs, pace, scope, lambda work: say(work, some))


def _take_in(jobs: Steps, pace: Pace, scope: Scope, say: Callable[[Work], None]) -> int:
    def take_in(work: Work) -> int:
        if not _is_still(work, scope, share=True):
            return 0
        work.scopes.is_told = False  # nobody follows yet
        say(work)
        return len(work.scopes.named)

    with pace.timed():
        return jobs.step(take_in)


def _is_still(work: Work, scope: Scope, *, share: bool) -> bool:
    """Whether this scope is being gathered, which holds until the transaction ends."""
    row = work.connection.execute(
        sa.select(t.office.c.members, t.office.c.scope_id)
        .where(
            t.office.c.programme_id == work.programme_id, t.office.c.office_id == scope.office_id
        )
        .with_for_update(read=share)
    ).one()
    return bool(row.members == GATHERING and row.scope_id == scope.scope_id)


def _follow(work: Work, scope: Scope) -> None:
    """From now on the office's seats hold its own members."""
    if _is_still(work, scope, share=False):
        work.connection.execute(
            t.office.update()
            .where(
                t.office.c.programme_id == work.programme_id,
                t.office.c.office_id == scope.office_id,
            )
            .values(members=OWN, file_asked_ms=work.now_ms)
        )


# --- letting go ---------------------------------------------------------------------------------


def let_go(jobs: Steps) -> Iterator[int]:
    """Let memberships end whose time is over; yields how many, step by step."""
    row, office, pace = t.scope_member, t.office, Pace(MOST_MEMBERS)
    now_ms = jobs.now_ms()
    key = (row.c.until_ms, row.c.scope_id, row.c.member_id, row.c.reason)
    after: tuple[Any, ...] = (0, _FIRST, _FIRST, "")
    while found := jobs.read(
        sa.select(*key, office.c.office_id)
        .join(
            office,
            (office.c.programme_id == row.c.programme_id) & (office.c.scope_id == row.c.scope_id),
        )
        .where(
            row.c.programme_id == jobs.programme_id,
            row.c.until_ms <= now_ms,
            sa.tuple_(*key)
            > sa.tuple_(
                *(sa.literal(v, c.type) for v, c in zip(after, key, strict=True)),
            ),
        )
        .order_by(*key)
        .limit(pace.rows)
    ):
        with pace.timed():
            jobs.step(partial(_end, rows=found))
        yield len(found)
        after = tuple(found[-1][:4])


def _end(work: Work, rows: Sequence[Any]) -> None:
    work.hold_members({row.member_id for row in rows})
    leased = {row.office_id for row in rows if row.reason == Reason.LEASED}
    held = _open_leases(work.programme_id, leased).where(
        t.lease.c.member_id.in_({row.member_id for row in rows})
    )
    still = {tuple(row) for row in work.connection.execute(held)} if leased else set()
    for row in rows:
        if row.reason == Reason.LEASED and (row.office_id, row.member_id) in still:
            work.scopes.leased(row.office_id, row.member_id)
        else:
            work.scopes.end(row.scope_id, row.member_id, Reason(row.reason))


# --- clearing up --------------------------------------------------------------------------------


def clear(jobs: Steps) -> Iterator[int]:
    """Drop the memberships of scopes that no office names any more, and what was made of them."""
    row, last, pace = t.scope_member, _FIRST, Pace(MOST_ROWS)
    while found := jobs.read(
        sa.select(row.c.scope_id)
        .where(row.c.programme_id == jobs.programme_id, row.c.scope_id > last)
        .order_by(row.c.scope_id)
        .limit(1)
    ):
        last = found[0].scope_id
        while not jobs.read(
            sa.select(t.office.c.office_id).where(
                t.office.c.programme_id == jobs.programme_id, t.office.c.scope_id == last
            )
        ):
            with pace.timed():
                gone = jobs.step(partial(_clear_some, scope_id=last, rows=pace.rows))
            if not gone:
                break
            yield gone
    yield jobs.step(_clear_sums)
    asked_since_ms = jobs.now_ms() - _FILE_KEPT_MS
    yield snapshots.drop_unasked(jobs.engine, jobs.programme_id, asked_since_ms=asked_since_ms)


def _clear_some(work: Work, scope_id: UUID, rows: int) -> int:
    """Drop so many memberships or a few more; returns 0 once none is left."""
    row = t.scope_member
    of = (row.c.programme_id == work.programme_id, row.c.scope_id == scope_id)
    last = work.connection.execute(
        sa.select(row.c.member_id).where(*of).order_by(row.c.member_id).limit(1).offset(rows - 1)
    ).scalar_one_or_none()
    some = of if last is None else (*of, row.c.member_id <= last)
    work.connection.execute(row.delete().where(*some))
    return 0 if last is None else rows


def _clear_sums(work: Work) -> int:
    """Drop sums of no scope: one that was being changed while it died may have left some."""
    connection, kept = work.connection, t.replica_sum
    of = kept.c.programme_id == work.programme_id
    named = set(connection.execute(sa.select(kept.c.scope).where(of).distinct()).scalars())
    offices = connection.execute(
        sa.select(t.office.c.office_id, t.office.c.scope_id).where(
            t.office.c.programme_id == work.programme_id
        )
    )
    alive = {str(each) for row in offices for each in row if each is not None}
    dead = named - alive - {PROGRAMME_SCOPE, RECORD_SCOPE}
    if dead:
        connection.execute(kept.delete().where(of, kept.c.scope.in_(dead)))
    return len(dead)
