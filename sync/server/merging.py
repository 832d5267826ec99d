"""Two records of one person become one: the one that goes is an alias of the one that stays.

What rules are asked about moves: lots, what is pending and qualifies, accruals, redemptions and
leases, which stay open under their own ids. What is history stays where it was recorded. Whatever
names the alias later, from a counter that hasn't heard of it, means who stays (`Work.survivor`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain import merging
from app.domain.errors import Rejected
from app.domain.flown import key_of_other
from sync.server import denying, families
from sync.server.corrections import state_of
from sync.server.keys import ServerKeys
from sync.server.leases import sign
from sync.server.member_state import FORGOTTEN, MemberState
from sync.server.pooling import Pooling
from sync.server.programme import put_staff, staff_of
from sync.server.qualifying import Qualifying
from sync.server.rules import Rules
from sync.server.scope import Reason
from sync.server.states import AccrualState
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.taking_back import PENDING, take_back
from sync.server.work import Work

KIND: Final = "merge"
"""The ledger's kind of what moves from the one to the other."""

_FILLED_IN: Final = (
    "latin_name", "phone", "preference", "open_matter", "language", "born_on_year",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of a merge, in points where nothing else is said.

    Attributes:
        moved: the balance of the record that went, below zero where it owed.
        leased: of it, under `leases` that counters hold on.
        pending: what can't be spent yet.
        balance: of the record that stays.
        tier: of the record that stays, '' for none.
        taken_back: flights that both were credited for, and what one of them earned.
    """

    moved: int
    leased: int
    leases: int
    pending: int
    balance: int
    tier: str
    taken_back: tuple[tuple[str, int], ...]


def merge(
    work: Work, keys: ServerKeys, away_id: UUID, stay_id: UUID, *, reason: str, recorded_by: str
) -> Merged:
    """Make one member an alias of another, for good.

    Args:
        work: the transaction.
        keys: sign the leases anew, which are the other's from now on.
        away_id: the member who becomes an alias; those who are aliases of them become the other's.
        stay_id: the member who stays.
        reason: why, in a few words.
        recorded_by: who says so.

    Raises:
        Rejected: same_member; member_closed, where one isn't active, or not any more;
            in_two_families; bad_points.
    """
    if away_id == stay_id:
        raise Rejected("same_member", "Both lead to one member already")
    merge_row = t.member_merge
    aliases = [row.member_id for row in work.find(merge_row, "into_id", [away_id])]
    families.lock_for_merge(work, [away_id, stay_id, *aliases])
    away, stay = work.members[away_id], work.members[stay_id]
    for state in (away, stay):
        _check_active(state)
    families.merge(work, away_id, stay_id, recorded_by)
    qualifying = Qualifying(work, Rules(work.connection, work.programme_id))
    qualifying.load([away_id])
    their_tier = qualifying.held(away)
    accruals = _accruals(work, away_id)
    moved, leased, pending = away.holdings.posted, away.holdings.leased, away.pending
    _move_points(work, qualifying, away, stay, accruals)
    leases = _move_leases(work, keys, away_id, stay_id)
    _move_profile(work, away, stay)
    # Whoever was merged into the one is the other's by now; a look that came before our lock may
    # have missed one, who is found under it
    aliases = [row.member_id for row in work.find(merge_row, "into_id", [away_id])]
    work.load_members(aliases)
    for alias in aliases:
        work.update_profile(work.members[alias], merged_into=stay_id)
    _write_down(work, away_id, stay_id, aliases, reason, recorded_by)
    # Whatever expired under the alias is found by the merge from here on
    qualifying.load([stay_id])
    taken_back = _move_accruals(work, qualifying, stay, accruals)
    qualifying.unite(stay, their_tier, work.today)
    qualifying.write()
    return Merged(
        moved, leased, leases, pending, stay.holdings.posted, stay.profile["tier"], taken_back
    )


def _check_active(state: MemberState) -> None:
    status = state.profile["status"]
    if status != "active":
        said = "was forgotten" if status == FORGOTTEN else f"is {status}"
        name = state.profile["card_no"] or state.member_id
        raise Rejected("member_closed", f"The member of card {name} {said}, and can't be merged")


def _accruals(work: Work, member_id: UUID) -> dict[UUID, AccrualState]:
    """Those of a member, which are found by what was posted of them and by their lots."""
    accrual = t.accrual
    lots = (
        sa.select(table.c.lot_id).where(
            table.c.programme_id == work.programme_id, table.c.member_id == member_id
        )
        for table in (t.posting, t.lot)
    )
    found = work.connection.execute(
        work.mine(accrual).where(
            accrual.c.accrual_id.in_(sa.union(*lots)), accrual.c.member_id == member_id
        )
    )
    return {row.accrual_id: state_of(AccrualState, row) for row in found}


def _move_points(
    work: Work,
    qualifying: Qualifying,
    away: MemberState,
    stay: MemberState,
    accruals: dict[UUID, AccrualState],
) -> None:
    """Post it; the rows of lots and units go along as they are."""
    change = merging.merge(
        away.holdings,
        stay.holdings,
        pending={i: a.rest for i, a in accruals.items() if a.state == PENDING},
        units=qualifying.all_units_of(away.member_id),
    )
    if change.away.postings:
        work.post_together(
            [(away, change.away), (stay, change.stay)],
            kind=KIND,
            ref_id=away.member_id,
            event_id=None,
        )
    away.holdings, stay.holdings = change.away.after, change.stay.after
    stay.pending, away.pending = stay.pending + away.pending, 0
    stay.old_lots |= away.old_lots
    away.old_lots = {}
    for table in (t.lot, t.qualifying, t.redemption, t.member_change):
        work.connection.execute(
            table.update()
            .where(table.c.programme_id == work.programme_id, table.c.member_id == away.member_id)
            .values(member_id=stay.member_id)
        )


def _move_leases(work: Work, keys: ServerKeys, away_id: UUID, stay_id: UUID) -> int:
    """All of them, those that were written off too; returns how many counters hold on to."""
    rows = work.find(t.lease, "member_id", [away_id], lock=True)
    update_rows(
        work.connection,
        t.lease,
        ["lease_id"],
        ["member_id", "signature"],
        [
            (
                row.lease_id,
                stay_id,
                sign(keys, row.lease_id, row.device_id, stay_id, row.points, row.expires_ms),
            )
            for row in rows
        ],
        programme_id=work.programme_id,
    )
    held = [row for row in rows if row.state in t.LEASE_HELD]
    if held and work.scopes.kept:
        for device in work.find(t.device, "device_id", [row.device_id for row in held]):
            work.scopes.leased(device.office_id, stay_id)
    return len(held)


def _move_accruals(
    work: Work, qualifying: Qualifying, stay: MemberState, accruals: dict[UUID, AccrualState]
) -> tuple[tuple[str, int], ...]:
    """Those of flights that both were credited for are taken back: one person flew once."""
    keys = {i: _keys_for(accrual, stay.member_id) for i, accrual in accruals.items()}
    taken = {
        key
        for place, name in enumerate(("departure_key", "arrival_key"))
        for row in work.find(t.accrual, name, {pair[place] for pair in keys.values()} - {None})
        for key in (row.departure_key, row.arrival_key)
    }
    pooling = Pooling(work)
    pooling.load((), accruals)
    taken_back = []
    for accrual_id, accrual in accruals.items():
        accrual.member_id = stay.member_id
        if not taken.isdisjoint(set(keys[accrual_id]) - {None}):
            flight = " ".join(str(accrual.departure_key).split()[:2])
            taken_back.append((flight, accrual.rest))
            take_back(work, qualifying, pooling, accrual_id, accrual, accrual.rest, event_id=None)
        else:
            accrual.departure_key, accrual.arrival_key = keys[accrual_id]
    pooling.write()
    update_rows(
        work.connection,
        t.accrual,
        ["accrual_id"],
        ["member_id", "state", "coupon_key", "departure_key", "arrival_key"],
        [
            (i, a.member_id, a.state, a.coupon_key, a.departure_key, a.arrival_key)
            for i, a in accruals.items()
        ],
        programme_id=work.programme_id,
    )
    return tuple(taken_back)


_Keys = tuple[str | None, str | None]


def _keys_for(accrual: AccrualState, member_id: UUID) -> _Keys:
    """What the accrual's flight stands under once it is another member's."""
    departure, arrival = (
        key_of_other(key, member_id) if key is not None else None
        for key in (accrual.departure_key, accrual.arrival_key)
    )
    return departure, arrival


def _move_profile(work: Work, away: MemberState, stay: MemberState) -> None:
    filled = {
        name: away.profile[name]
        for name in _FILLED_IN
        if not stay.profile[name] and away.profile[name]
    }
    joined = [day for state in (away, stay) if (day := state.profile["joined_on"]) is not None]
    if joined and min(joined) != stay.profile["joined_on"]:
        filled["joined_on"] = min(joined)
    if filled:
        work.update_profile(stay, **filled)
    # Where the one is at home, or was seen, the other is known, too
    for row in work.find(t.scope_member, "member_id", [away.member_id]) if work.scopes.kept else ():
        for scope in work.scopes.kept.values():
            if scope.scope_id == row.scope_id and row.until_ms is not None:
                reason = Reason(row.reason)
                work.scopes.enter(scope.office_id, stay.member_id, reason, row.until_ms)
    work.update_profile(
        away,
        status="merged",
        merged_into=stay.member_id,
        home_office=stay.profile["home_office"],
        open_matter="",
    )
    denying.move(work, away.member_id, stay.member_id)
    for row in work.find(t.staff, "member_id", [away.member_id]):
        put_staff(work, replace(staff_of(row), member_id=stay.member_id))


def _write_down(
    work: Work,
    away_id: UUID,
    stay_id: UUID,
    aliases: Sequence[UUID],
    reason: str,
    recorded_by: str,
) -> None:
    work.flush()
    posting, held, merge_row = t.posting, t.tier_held, t.member_merge
    count = sa.select(sa.func.count()).where(
        posting.c.programme_id == work.programme_id, posting.c.member_id == away_id
    )
    postings = int(work.connection.execute(count).scalar_one())
    work.connection.execute(
        held.delete().where(held.c.programme_id == work.programme_id, held.c.member_id == away_id)
    )
    update_rows(
        work.connection,
        merge_row,
        ["member_id"],
        ["into_id"],
        [(alias, stay_id) for alias in aliases],
        programme_id=work.programme_id,
    )
    work.add(merge_row, away_id, stay_id, work.now_ms, reason, recorded_by, postings)
    work.flush()
