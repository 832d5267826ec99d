"""Points whose day is over: never spent, gone once, and every replica told."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain import events as e
from app.domain.ledger import Account, earn
from sync.server.api.app import make_app
from sync.server.pace import CHUNK_ROWS
from sync.server.programme import add_office, put_setting
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql, reading
from tests.fakes.waiting import until
from tests.server.books import findings
from tests.server.conftest import Programme, add_member
from tests.server.http import serving
from tests.server.seats import Seat, new_id, visit
from tests.server.test_replicas import Replica, follow

LAST_DAY = "2026-09-30"
# 23:59:59 of it in Shanghai; the next second is another day there and still that day in London
EVENING_MS = int(datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC).timestamp()) * 1000


def with_lot(programme: Programme, points: int, expires_on: str = LAST_DAY) -> UUID:
    """A member with 500 points for good and some that expire."""
    with programme.work() as work:
        member_id = add_member(work, 0, home_office="PEK")
        state = work.members[member_id]
        for number, until in ((points, expires_on), (500, None)):
            change = earn(
                state.holdings,
                lot_id=new_id(),
                points=number,
                expires_on=until,
                source=Account.OPENING,
            )
            work.post(state, change, kind="opening", ref_id=member_id, event_id=None)
    return member_id


def ask(programme: Programme, seat: Seat, member_id: UUID) -> tuple[str, str, int | None]:
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    (body,) = seat.record(
        e.RedemptionRequested(
            new_id(), encounter_id, member_id, programme.reward_id, 1000,
            e.Proof.CARD, e.CustomerYes.PANEL,
        )
    )  # fmt: skip
    answer = seat.urgent(body)
    return answer.decision, answer.code, answer.available_points


def no_leases(programme: Programme) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {"leases_per_device": 0})


def in_account(programme: Programme, account: str) -> int:
    with reading(programme.server.engine) as connection:
        found = connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(t.posting.c.amount), 0)).where(
                t.posting.c.account == account
            )
        )
        return int(found.scalar_one())


def test_a_lot_is_spent_on_its_last_day_and_never_after(programme: Programme) -> None:
    no_leases(programme)
    programme.clock.ms = EVENING_MS
    in_time, late = with_lot(programme, 700), with_lot(programme, 700)
    seat = programme.seat()
    assert ask(programme, seat, in_time) == ("accepted", "", 200)
    programme.clock.ms += 1000
    assert ask(programme, seat, late) == ("refused", "insufficient", 500)
    # nor leased
    with programme.work() as work:
        put_setting(work, "redemption", {"lease_share_percent": 100, "lease_points": 1000})
    assert seat.pull().leases == []


def test_at_risk_it_is_owed_instead(programme: Programme) -> None:
    no_leases(programme)
    programme.clock.ms = EVENING_MS + 1000
    member_id = with_lot(programme, 700)
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Cover.AT_RISK, None,
        seat.pool_id,
    )  # fmt: skip
    assert seat.push(granted).decisions == []
    assert sum(programme.upkeep.expiring()) == 700
    (row,) = programme.server.bootstrap(seat.device_id).members
    assert row.posted_points == -500
    assert findings(programme) == []


def test_what_expired_goes_once_and_replicas_are_told(programme: Programme) -> None:
    no_leases(programme)
    programme.clock.ms = EVENING_MS
    ids = [with_lot(programme, 100 + n) for n in range(3)]
    keeps = with_lot(programme, 7, "2026-10-01")
    seat, replica = programme.seat(), Replica()
    follow(seat, replica)
    assert replica.members[ids[0]].next_expiry_points == 100
    assert sum(programme.upkeep.expiring()) == 0
    programme.clock.ms += 1000
    told: list[UUID] = []
    programme.server.transactions.after_commit.append(
        lambda changed: told.append(changed.programme_id)
    )
    assert sum(programme.upkeep.expiring()) == 303
    assert told == [programme.programme_id]
    assert sum(programme.upkeep.expiring()) == 0
    assert told == [programme.programme_id]
    answer = follow(seat, replica)
    assert {row.member_id for row in answer.members} == set(ids)
    assert (answer.row_count, answer.row_sum) == replica.sum()
    for member_id in ids:
        member = replica.members[member_id]
        assert (member.posted_points, member.next_expiry_on) == (500, None)
    assert replica.members[keeps].posted_points == 507
    assert in_account(programme, str(Account.EXPIRED)) == 303
    assert findings(programme) == []


def test_nothing_goes_before_the_day_is_over_in_every_office(programme: Programme) -> None:
    with programme.work() as work:
        add_office(work, code="LHR", name="London", time_zone="Europe/London")
    programme.clock.ms = EVENING_MS + 1000
    with_lot(programme, 100)
    assert sum(programme.upkeep.expiring()) == 0
    programme.clock.ms += 7 * 3_600_000  # midnight in London, in summer time
    assert sum(programme.upkeep.expiring()) == 100


def test_a_leases_share_stays_until_it_closes(programme: Programme) -> None:
    programme.clock.ms = EVENING_MS
    member_id = with_lot(programme, 8000)
    seat = programme.seat()
    (lease,) = seat.pull().leases
    programme.clock.ms += 1000
    assert sum(programme.upkeep.expiring()) == 8000 - lease.points
    assert findings(programme) == []
    (row,) = [r for r in seat.pull().members if r.member_id == member_id]
    assert (row.posted_points, row.leased_points) == (500 + lease.points, lease.points)
    assert row.next_expiry_on is None
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    granted = e.RedemptionGranted(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Cover.LEASE, lease.lease_id,
        None,
    )  # fmt: skip
    assert seat.push(granted, e.LeaseReturned(lease.lease_id, 0)).decisions == []
    assert sum(programme.upkeep.expiring()) == lease.points - 1000
    (row,) = [r for r in seat.pull().members if r.member_id == member_id]
    assert (row.posted_points, row.leased_points) == (500, 0)
    assert findings(programme) == []


def test_an_accrual_that_expired_is_undone_without_taking_it_twice(programme: Programme) -> None:
    no_leases(programme)
    member_id = programme.member()
    seat = programme.seat()
    encounter_id, _ = visit(seat, member_id=member_id)
    accrual_id = new_id()
    seat.push(
        e.AccrualRecorded(
            accrual_id, encounter_id, member_id, 300, e.AccrualSource.AMOUNT,
            None, None, None, 1, "",
        )
    )  # fmt: skip
    programme.clock.ms += 4 * 366 * 86_400_000
    assert sum(programme.upkeep.expiring()) == 300
    assert seat.push(e.AccrualReversed(accrual_id, encounter_id, "mistake")).decisions == []
    (row,) = programme.server.bootstrap(seat.device_id).members
    assert row.posted_points == 0
    assert in_account(programme, str(Account.EXPIRED)) == 0
    assert findings(programme) == []


def test_many_go_in_small_transactions(programme: Programme) -> None:
    no_leases(programme)
    programme.clock.ms = EVENING_MS + 1000
    for _ in range(CHUNK_ROWS + 1):
        with_lot(programme, 1)
    commits: list[int] = []
    programme.server.transactions.after_commit.append(lambda *_: commits.append(1))
    assert sum(programme.upkeep.expiring()) == CHUNK_ROWS + 1
    assert len(commits) == 2
    assert findings(programme) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_one_server_at_a_time_expires(programme: Programme) -> None:
    programme.clock.ms = EVENING_MS + 1000
    with_lot(programme, 100)
    assert is_postgresql(programme.server.engine)
    with programme.server.engine.begin() as other:
        from sync.server import expiry

        other.execute(sa.select(sa.func.pg_advisory_xact_lock(expiry._LEADER)))
        assert sum(programme.upkeep.expiring()) == 0
    assert sum(programme.upkeep.expiring()) == 100


def test_serving_expires_from_the_start(programme: Programme) -> None:
    programme.clock.ms = EVENING_MS + 1000
    with_lot(programme, 100)
    with serving(make_app(programme.server)):
        until(lambda: in_account(programme, str(Account.EXPIRED)) > 0)
    assert in_account(programme, str(Account.EXPIRED)) == 100
