"""A member's statement says each change of their points once, and adds up to what they hold."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from uuid import UUID

import pytest

from app.domain import events as e
from sync.server import forgetting
from sync.server.cli import main
from sync.server.statements import Statement, statement_of
from sync.server.store.engine import reading
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

DAY_MS = 86_400_000


def statement(
    programme: Programme, member_id: UUID, first: str = "", last: str = "9999-12-31"
) -> Statement:
    with reading(programme.server.engine) as connection:
        return statement_of(
            connection,
            programme.programme_id,
            forgetting.merged_into(connection, programme.programme_id, member_id),
            time_zone="Asia/Shanghai",
            first_day=first,
            last_day=last,
        )


def earned(
    encounter_id: UUID, member_id: UUID, points: int, flight: str | None = None
) -> e.AccrualRecorded:
    by_flight = flight is not None
    return e.AccrualRecorded(
        new_id(), encounter_id, member_id, points,
        e.AccrualSource.FLIGHT if by_flight else e.AccrualSource.AMOUNT,
        None, None if by_flight else 12_345, None if by_flight else "CNY", 1, "", flight,
    )  # fmt: skip


def redeem(programme: Programme, seat: Seat, encounter_id: UUID, member_id: UUID) -> UUID:
    asked = e.RedemptionRequested(
        new_id(), encounter_id, member_id, programme.reward_id, 1000, e.Proof.CARD,
        e.CustomerYes.PANEL,
    )  # fmt: skip
    assert seat.urgent(seat.append(seat.body(asked))).decision == "accepted"
    return asked.redemption_id


def test_each_change_is_a_line_and_points_set_aside_are_none(programme: Programme) -> None:
    member_id = programme.member(5000, home_office="PEK")
    seat = programme.seat()
    (lease,) = seat.pull().leases
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    flown = earned(encounter_id, member_id, 300, "CA1501 2026-11-18 PEK-SHA")
    spent = earned(encounter_id, member_id, 123)
    assert seat.push(flown, spent).decisions == []
    redemption_id = redeem(programme, seat, encounter_id, member_id)
    seat.push(
        e.RedemptionVoided(redemption_id, encounter_id, "undone"),
        e.AccrualReversed(flown.accrual_id, encounter_id, "mistake"),
        e.LeaseReturned(lease.lease_id, lease.points),
    )
    found = statement(programme, member_id)
    assert [(line.kind, line.what, line.points, line.balance) for line in found.lines] == [
        ("opening", "", 5000, 5000),
        ("accrual", "CA1501 2026-11-18 PEK-SHA", 300, 5300),
        ("accrual", "CNY 123.45", 123, 5423),
        ("redemption", "升舱", -1000, 4423),
        ("redemption_reversal", "升舱", 1000, 5423),
        ("accrual_reversal", "CA1501 2026-11-18 PEK-SHA", -300, 5123),
    ]
    assert [line.office_code for line in found.lines] == ["", *["PEK"] * 5]
    assert (found.opening_points, found.closing_points, found.posted_points) == (0, 5123, 5123)
    assert (found.leased_points, found.owed_points) == (0, 0)
    assert sum(lot.remaining for lot in found.lots) == 5123


def test_what_came_late_is_booked_when_it_came(programme: Programme) -> None:
    member_id = programme.member(100)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    seat.record(earned(encounter_id, member_id, 7))
    happened = statement(programme, member_id).lines[0].booked_on
    programme.clock.ms += 3 * DAY_MS
    assert seat.push().decisions == []
    line = statement(programme, member_id).lines[-1]
    assert (line.happened_on, line.points) == (happened, 7)
    assert line.booked_on > happened
    assert statement(programme, member_id, last=happened).closing_points == 100
    since = statement(programme, member_id, first=line.booked_on)
    assert (since.opening_points, len(since.lines), since.closing_points) == (100, 1, 107)


def test_a_part_given_back_has_its_own_day_and_not_the_rewards(programme: Programme) -> None:
    member_id = programme.member(5000)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    redemption_id = redeem(programme, seat, encounter_id, member_id)
    programme.clock.ms += 3 * DAY_MS
    encounter_id, _ = visit(seat, score=None, member_id=member_id)
    back = e.RedemptionRefunded(new_id(), redemption_id, encounter_id, 400, True, "returned")
    # the intent, which went ahead as a copy
    assert [d.decision for d in seat.push(back).decisions] == ["duplicate"]
    spent, given_back = statement(programme, member_id).lines[1:]
    assert (given_back.kind, given_back.what, given_back.points) == ("refund", spent.what, 400)
    assert spent.happened_on == spent.booked_on < given_back.booked_on
    assert given_back.happened_on == ""


def test_a_merged_members_bookings_are_the_survivors(programme: Programme) -> None:
    survivor, alias = programme.member(100), programme.member(20)
    with programme.work() as work:
        work.load_members([survivor, alias])
        work.update_profile(work.members[alias], status="merged", merged_into=survivor)
    seat = programme.seat()
    encounter_id, _ = visit(seat, score=None, member_id=survivor)
    assert seat.push(earned(encounter_id, alias, 3)).decisions == []
    found = statement(programme, survivor)
    assert sorted(line.points for line in found.lines) == [3, 20, 100]
    assert found.closing_points == found.posted_points == 123


def test_random_days_add_up_whichever_are_asked_for(programme: Programme) -> None:
    source = random.Random(4)
    member_id = programme.member(10_000)
    seat = programme.seat()
    for _ in range(20):
        encounter_id, _ = visit(seat, score=None, member_id=member_id)
        accrual = earned(encounter_id, member_id, source.randint(1, 500))
        seat.push(accrual)
        if source.random() < 0.4:
            seat.push(e.AccrualReversed(accrual.accrual_id, encounter_id, "mistake"))
        if source.random() < 0.4:
            redeem(programme, seat, encounter_id, member_id)
        programme.clock.ms += source.choice([0, DAY_MS // 3, DAY_MS])
    whole = statement(programme, member_id)
    assert whole.closing_points == whole.posted_points
    days = sorted({line.booked_on for line in whole.lines})
    for day in days:
        before = statement(programme, member_id, last=day)
        of_it = statement(programme, member_id, first=day, last=day)
        assert of_it.closing_points == before.closing_points
        assert of_it.opening_points + sum(x.points for x in of_it.lines) == of_it.closing_points


def test_the_operators_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> int:
        return main([*arguments, "--data", str(tmp_path / "data")])

    members = tmp_path / "m.csv"
    members.write_text("card_no,name,points\nGU1,欧阳娜娜,1200\n", encoding="utf-8")
    assert run("init", "--programme", "Sky", "--admin-pin", "1234") == 0
    assert run("import", "members", str(members)) == 0
    capsys.readouterr()
    assert run("member", "statement", "GU1") == 0
    out = capsys.readouterr().out
    assert "brought in" in out
    assert "Now 1,200 points" in out
    assert run("member", "statement", "GU1", "--csv") == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["kind"], row["points"], row["balance"]) == ("opening", "1200", "1200")
    assert run("member", "statement", "GU1", "--from", "18.11.2026") == 1
    assert "write it as 2026-11-18" in capsys.readouterr().err
    assert run("member", "statement", "GU2") == 1
