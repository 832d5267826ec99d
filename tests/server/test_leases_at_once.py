"""Points are asked back, filled up, handed back, handed on and spent on two connections at once.

The first of two is held right before its commit while the second runs into it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Connection

from app.domain import events as e
from sync.protocol.messages import LeaseGrant, PushAnswer, UrgentAnswer
from sync.server.audience import Changed
from sync.server.store import tables as t
from tests.server.books import balance, findings
from tests.server.conftest import Programme
from tests.server.seats import Seat, visit
from tests.server.test_leases import asked, by_member, spend
from tests.server.test_transfers import handed_on, received, transfer_of

POINTS = 8_000
_RUN_INTO_S = 0.3
_LIMIT_S = 30.0

Action = Callable[[], Any]


class Rivals:
    """A counter that holds a lease, spent to a quarter, another at its office, and its member."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.member_id: UUID = programme.member(POINTS, home_office="PEK")
        self.holder = programme.seat()
        self.lease: LeaseGrant = by_member(self.holder)[self.member_id]
        self.elsewhere = programme.seat(counter=1)
        self.encounter_id, _ = visit(self.holder, score=None, member_id=self.member_id)
        first = spend(self.lease, self.encounter_id, programme.reward_id, 1_500)
        assert self.holder.push(first).decisions == []
        self.left = self.lease.points - 1_500
        self.handed = transfer_of(self.lease, self.holder, self.elsewhere, self.left)
        programme.clock.ms += 60 * 60_000  # so that a pull looks at the leases again

    def _upload(self, seat: Seat, event: Any) -> Action:
        """An entry's own upload, made before any of them runs."""
        seat.record(event)
        request = seat.request(first=len(seat.bodies), count=1)
        return lambda: seat.server.push(seat.device_id, request)

    def action(self, name: str) -> Action:
        programme = self.programme
        match name:
            case "recall":  # what is available isn't enough, with what the counter holds it is
                points = POINTS - 1_500 - 100
                (intent,) = self.elsewhere.record(asked(programme, self.member_id, points))
                return lambda: self.elsewhere.urgent(intent)
            case "top-up":
                return self.holder.pull
            case "hand-back":
                return self._upload(self.holder, e.LeaseReturned(self.lease.lease_id, 0))
            case "spend":
                late = spend(self.lease, self.encounter_id, programme.reward_id, 200)
                return self._upload(self.holder, late)
            case "hand-on":
                return self._upload(self.holder, handed_on(self.handed))
            case _:
                # The chain's intent, if there is one, stands before it
                told = received(self.handed, self.lease, self.holder)
                self.elsewhere.record(told)
                return lambda: self._push_all(self.elsewhere)

    @staticmethod
    def _push_all(seat: Seat) -> PushAnswer:
        answer = seat.push()
        assert isinstance(answer, PushAnswer)
        return answer


def in_turns(programme: Programme, first: Action, second: Action) -> tuple[Any, Any]:
    """Run both, the second while the first is about to commit."""
    is_there, may_go = threading.Event(), threading.Event()
    names = threading.local()

    def hold(changed: Changed, connection: Connection) -> None:
        if getattr(names, "is_first", False):
            is_there.set()
            may_go.wait(_LIMIT_S)

    def run_first() -> Any:
        names.is_first = True
        try:
            return first()
        finally:
            is_there.set()

    programme.server.transactions.before_commit.append(hold)
    try:
        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(run_first)
            assert is_there.wait(_LIMIT_S)
            two = threads.submit(second)
            threading.Event().wait(_RUN_INTO_S)
            may_go.set()
            return one.result(_LIMIT_S), two.result(_LIMIT_S)
    finally:
        programme.server.transactions.before_commit.remove(hold)


ACTIONS = ("recall", "top-up", "hand-back", "spend", "hand-on", "take-over")


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ACTIONS, 2)))
def test_whichever_commits_first_no_point_is_lost_or_counted_twice(
    programme: Programme, first: str, second: str
) -> None:
    rivals = Rivals(programme)
    actions = [rivals.action(name) for name in (first, second)]
    answers = dict(zip((first, second), in_turns(programme, *actions), strict=True))
    assert findings(programme) == []

    spent = 1_500
    for name, answer in answers.items():
        codes = [d.code for d in getattr(answer, "decisions", ()) if d.code]
        if name == "spend":
            refused = (first, second) == ("hand-back", "spend") or "hand-on" in answers
            refused = refused and (first, second) != ("spend", "hand-on")
            late = answers.keys() & {"take-over"} and first == "take-over"
            assert bool(codes) == bool(refused or late), codes
            spent += 0 if codes else 200
        elif isinstance(answer, UrgentAnswer):
            assert (answer.decision, answer.code) in (
                ("refused", "insufficient"),
                ("accepted", ""),
            )
            spent += POINTS - 1_600 if answer.decision == "accepted" else 0
        else:
            assert codes == [], (name, codes)
    with programme.work() as work:
        held = [
            row
            for row in work.find(t.lease, "member_id", [rivals.member_id])
            if row.state in t.LEASE_HELD
        ]
    assert balance(programme, rivals.member_id) == (
        POINTS - spent,
        sum(row.remaining for row in held),
    )
    if second == "recall" and answers["recall"].set_aside:
        assert {row.state for row in held if row.remaining} == {"recall"}
    # whatever came of it, all that is held comes back
    seats = {seat.device_id: seat for seat in (rivals.holder, rivals.elsewhere)}
    for row in held:
        holder = seats[row.device_id]
        holder.record(e.LeaseReturned(row.lease_id, row.remaining))
    for seat in seats.values():
        if seat.bodies:
            seat.server.push(seat.device_id, seat.request(first=1))
    posted, leased = balance(programme, rivals.member_id)
    assert leased == 0
    assert posted == POINTS - spent
    assert findings(programme) == []
