"""Members of one family earn, spend, leave and are undone at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from app.domain import events as e
from sync.server import families
from sync.server.merging import merge
from sync.server.store import tables as t
from sync.server.work import Work
from tests.server.books import account, findings, rows
from tests.server.conftest import KEYS, Programme
from tests.server.families import SAID, family_of, share_of
from tests.server.merges import earned
from tests.server.seats import Seat, new_id, visit

ROUNDS = 6


def _at_once(*doing: Callable[[], object]) -> list[object]:
    together = Barrier(len(doing))

    def one(do: Callable[[], object]) -> object:
        together.wait(20)
        return do()

    with ThreadPoolExecutor(len(doing)) as threads:
        return [future.result(60) for future in [threads.submit(one, do) for do in doing]]


def test_two_members_and_their_head_at_once(programme: Programme) -> None:
    """Whichever of the three has the lower id, and whoever comes first."""
    seats = [programme.seat(counter=n) for n in (0, 1)]
    asking = programme.seat(counter=1)
    asking.pull()
    for _ in range(ROUNDS):
        _earned_and_spent_at_once(programme, seats, asking)
    assert findings(programme) == []


def _earned_and_spent_at_once(programme: Programme, seats: Sequence[Seat], asking: Seat) -> None:
    ids = family_of(programme, 50, 50, head_points=1_000)
    head, one, other = ids
    visits = [visit(seat)[0] for seat in seats]
    for seat in seats:
        seat.push()
    at_head, _ = visit(asking)
    asking.push()
    request = e.RedemptionRequested(
        new_id(), at_head, head, programme.reward_id, 1_000, e.Proof.CARD, e.CustomerYes.PANEL
    )
    body = asking.body(request)
    answers = _at_once(
        lambda: seats[0].push(*(earned(visits[0], i, 100) for i in (one, head))).decisions,
        lambda: seats[1].push(*(earned(visits[1], i, 100) for i in (other, one))).decisions,
        lambda: asking.urgent(body).decision,
    )
    assert answers == [[], [], "accepted"]
    assert [account(programme, i)[0] for i in ids] == [250, 100, 50]


def test_a_share_is_decided_by_who_has_the_locks(programme: Programme) -> None:
    """A member leaves, another percentage is said, or they are merged, while they earn."""
    seat = programme.seat()
    for turn in range(ROUNDS * 2):
        _changed_while_earning(programme, seat, turn)
    assert findings(programme) == []


def _changed_while_earning(programme: Programme, seat: Seat, turn: int) -> None:
    head, member = family_of(programme, 50)
    stay = programme.member()
    encounter_id, _ = visit(seat)
    first, second = earned(encounter_id, member, 100), earned(encounter_id, member, 100)
    seat.push(first)
    programme.clock.ms += 10

    changes: list[Callable[[Work], object]] = [
        lambda work: families.remove(work, member, SAID),
        lambda work: families.add(work, head, member, 80, SAID),
        lambda work: merge(work, KEYS, head, stay, reason="", recorded_by="op"),
        lambda work: families.end(work, head, SAID),
    ]
    undo = e.AccrualReversed(first.accrual_id, encounter_id, "undone")
    _at_once(
        lambda: programme.server.transactions.step(programme.programme_id, changes[turn % 4]),
        lambda: seat.push(second, undo).decisions,
    )
    assert share_of(programme, first.accrual_id) == (50, 50)
    given = rows(programme, t.accrual_share, accrual_id=second.accrual_id)
    shared = sum(row.points for row in given)
    assert shared in (0, 50, 80)
    assert account(programme, head)[0] + account(programme, stay)[0] == shared
    assert account(programme, member)[0] == 100 - shared
