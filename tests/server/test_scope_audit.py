"""What the audit finds wrong of offices with members of their own, and of the replicas' sums."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from sync.protocol.messages import Cursor
from sync.server import cursors
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from tests.server.conftest import Programme, add_member
from tests.server.seats import visit
from tests.server.test_scope import choose, findings, holding_no_leases


@pytest.fixture
def quiet(programme: Programme) -> Programme:
    return holding_no_leases(programme)


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        (lambda of: sa.delete(t.scope_member), "is at home there and isn't in its scope"),
        (
            lambda of: (
                sa.update(t.replica_sum)
                .where(t.replica_sum.c.scope.not_in(["programme", "records"]))
                .values(lane2=t.replica_sum.c.lane2 + 1)
            ),
            "sum",
        ),
        (
            lambda of: (
                sa.update(t.replica_sum)
                .where(t.replica_sum.c.scope == "programme")
                .values(row_count=t.replica_sum.c.row_count + 1)
            ),
            "sum of programme",
        ),
        (
            lambda of: sa.insert(t.scope_member).values(
                programme_id=of.programme_id,
                scope_id=sa.select(t.office.c.scope_id).scalar_subquery(),
                member_id=sa.select(t.member.c.member_id)
                .where(t.member.c.home_office == "SHA")
                .scalar_subquery(),
                reason="home",
                until_ms=None,
            ),
            "is said to be at home there",
        ),
    ],
)
def test_the_audit_finds_what_is_wrong(quiet: Programme, harm: Any, finding: str) -> None:
    programme = quiet
    with programme.work() as work:
        add_member(work, 1, home_office="PEK")
        add_member(work, 1, home_office="SHA")
    choose(programme, "own")
    assert findings(programme) == []
    with programme.server.engine.begin() as connection:
        connection.execute(harm(programme))
    assert any(finding in line for line in findings(programme))


def test_a_visitor_who_was_lost_is_found(quiet: Programme) -> None:
    programme = quiet
    stranger = programme.member(1, home_office="SHA")
    choose(programme, "own")
    seat = programme.seat()
    visit(seat, member_id=stranger)
    seat.push()
    with programme.server.engine.begin() as connection:
        connection.execute(sa.delete(t.scope_member))
        connection.execute(
            sa.delete(t.replica_sum).where(t.replica_sum.c.scope.not_in(["programme", "records"]))
        )
        connection.execute(sa.delete(t.record).where(t.record.c.office_id.is_not(None)))
    assert any("visited it" in line for line in findings(programme))


def test_cursors_of_many_scopes_fit() -> None:
    place = Cursor(2**62, 2**53)
    for number in (0, 1, 499, 500, 501, 10_000):
        told = cursors.told(place, number)
        assert told.seq < 2**63
        assert cursors.place_of(told, number) == place
        with pytest.raises(ProblemError):
            cursors.place_of(told, number + 1)
    assert cursors.told(place, 0) == place
