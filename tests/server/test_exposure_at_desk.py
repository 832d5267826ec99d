"""A manager sees the worst possible loss at the desk, and gives a lost counter up there."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain import events as e
from sync.protocol.told import CounterExposure
from sync.server.problems import ProblemError
from sync.server.programme import add_office
from sync.server.store import tables as t
from tests.server.books import balance, codes, explained, findings, rows
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id
from tests.server.test_exposure import exposed, parts_of
from tests.server.test_leases import by_member


@pytest.fixture
def member_id(programme: Programme) -> UUID:
    return programme.member(8_000, home_office="PEK")


@pytest.fixture
def desk(programme: Programme) -> Seat:
    return programme.seat(counter=2, kind="desk")


def counter_at(desk: Seat, device_id: UUID) -> CounterExposure:
    (found,) = [each for each in desk.exposure().counters if each.device_id == device_id]
    return found


def given_up(desk: Seat, device_id: UUID, reason: str = "被盗") -> e.LeasesWrittenOff:
    return e.LeasesWrittenOff(device_id, desk.blob(reason.encode()))


def test_a_desk_is_told_what_audit_proves(
    programme: Programme, member_id: UUID, desk: Seat
) -> None:
    seat, idle = programme.seat(), programme.seat(counter=1)
    lease = by_member(seat)[member_id]
    told, known = desk.exposure(), exposed(programme)
    assert [each.counter_label for each in told.counters] == ["A1", "A2"], "desks spend nothing"
    mine = counter_at(desk, seat.device_id)
    assert mine.parts == {str(part): n for part, n in parts_of(programme, seat).items()}
    assert (mine.leases, mine.leased_points) == (1, lease.points)
    assert counter_at(desk, idle.device_id).leases == 0
    assert (told.programme_points, told.one_member_points, told.owed_points) == (
        known.points, known.one_member, known.owed,
    )  # fmt: skip
    assert sum(sum(each.parts.values()) for each in told.counters) == known.points


def test_counters_are_not_told(programme: Programme) -> None:
    with pytest.raises(ProblemError) as caught:
        programme.seat().exposure()
    assert caught.value.problem.code == "forbidden"


def test_a_manager_gives_a_counter_up_once_and_is_named(
    programme: Programme, member_id: UUID, desk: Seat
) -> None:
    seat = programme.seat()
    lease = by_member(seat)[member_id]
    assert codes(desk, given_up(desk, seat.device_id), given_up(desk, seat.device_id)) == []
    assert balance(programme, member_id) == (8_000, 0)
    told = counter_at(desk, seat.device_id)
    assert (told.leases, told.parts["written_off"]) == (0, lease.points)
    (booked,) = rows(programme, t.ledger_txn, kind="lease_write_off")
    assert '"by":"Wang Min (900)"' in booked.why.replace(": ", ":")
    assert "被盗" in explained(programme, lease.lease_id)
    assert findings(programme) == []


def test_what_can_not_be_given_up_is_refused(
    programme: Programme, member_id: UUID, desk: Seat
) -> None:
    seat = programme.seat()
    by_member(seat)
    missing = e.LeasesWrittenOff(seat.device_id, "0" * 64)
    assert codes(desk, given_up(desk, new_id()), given_up(desk, desk.device_id), missing) == [
        "unknown_device", "unknown_device", "blob_missing",
    ]  # fmt: skip
    assert codes(seat, given_up(seat, seat.device_id)) == ["not_manager"]
    with programme.work() as work:
        office_id = add_office(work, code="SHA", name="Shanghai", time_zone="Asia/Shanghai")
        work.connection.execute(
            t.device.update()
            .where(t.device.c.device_id == seat.device_id)
            .values(office_id=office_id)
        )
    assert codes(desk, given_up(desk, seat.device_id)) == ["wrong_office"]
    assert balance(programme, member_id)[1] > 0, "what it holds stays set aside"


def test_one_that_was_shut_out_is_shown_while_something_is_exposed(
    programme: Programme, member_id: UUID, desk: Seat
) -> None:
    seat = programme.seat()
    by_member(seat)
    with programme.work() as work:
        work.connection.execute(
            t.device.update()
            .where(t.device.c.device_id == seat.device_id)
            .values(revoked_ms=work.now_ms)
        )
    assert counter_at(desk, seat.device_id).is_shut_out
    other = programme.seat(counter=1)
    with programme.work() as work:
        for table in (t.risk_pool, t.lease_lot, t.lease):
            work.connection.execute(table.delete())
        work.connection.execute(
            t.device.update()
            .where(t.device.c.device_id == other.device_id)
            .values(revoked_ms=work.now_ms)
        )
    assert desk.exposure().counters == []
