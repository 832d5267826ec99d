"""What an audit finds about offices with members of their own."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from sync.server.store import tables as t
from tests.server.books import findings
from tests.server.conftest import Programme, add_member
from tests.server.scoping import choose
from tests.server.seats import visit


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
