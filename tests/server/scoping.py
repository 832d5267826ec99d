"""What tests do about offices with members of their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from app.domain import events as e
from sync.protocol.messages import PullAnswer
from sync.server.problems import ProblemError
from sync.server.programme import choose_members
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit
from tests.server.test_replicas import Replica


class OwnReplica(Replica):
    """A replica that notices who leaves."""

    def apply(self, answer: Any) -> None:
        for member_id in getattr(answer, "removed_members", ()):
            self.members.pop(member_id, None)
        super().apply(answer)


def scoping(programme: Programme) -> None:
    for _ in programme.upkeep.scoping():
        pass


def choose(programme: Programme, members: str, *, code: str = "PEK") -> None:
    with programme.work() as work:
        choose_members(work, code=code, members=members)
    scoping(programme)


def rebuild(seat: Seat) -> OwnReplica:
    """Make a replica page by page, as a seat does whose cursor is unknown."""
    replica, after = OwnReplica(), 0
    page = seat.server.bootstrap(seat.device_id, limit=3)
    seat.cursor = page.cursor
    while True:
        replica.apply(page)
        if page.next_rank is None:
            return replica
        after = page.next_rank
        page = seat.server.bootstrap(seat.device_id, after_rank=after, limit=3)


def follow(seat: Seat, replica: OwnReplica, *, limit: int = 500) -> PullAnswer:
    """Pull until nothing is left; then the sums agree."""
    while True:
        answer = seat.pull(limit)
        replica.apply(answer)
        if not answer.more:
            assert (answer.row_count, answer.row_sum) == replica.sum()
            return answer


def refused(seat: Seat) -> str:
    with pytest.raises(ProblemError) as error:
        seat.pull()
    return error.value.problem.code


def earn(seat: Seat, member_id: UUID, points: int = 50) -> None:
    encounter_id, _ = visit(seat, score=None)
    accrual = e.AccrualRecorded(
        new_id(), encounter_id, member_id, points, e.AccrualSource.AMOUNT, None, None, None, 1, ""
    )
    assert seat.push(accrual).decisions == []


def move(programme: Programme, member_id: UUID, home_office: str) -> None:
    with programme.work() as work:
        work.load_members([member_id])
        work.update_profile(work.members[member_id], home_office=home_office)
