"""What users of such programs complain about most where points are concerned, each as a story.

Every story is a public complaint about a program of this kind, told at our counters: the real
services, disks, engines and server, and the misfortune at the place that matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.domain.errors import Rejected, Unavailable
from app.services.printing import PrintQueue
from app.services.views import Promise
from sync.server.store import tables as t
from tests.fakes.printers import MemoryPrinter
from tests.simulation import hall as halls
from tests.simulation.hall import Hall, Teller
from tests.simulation.programme import REWARDS

CHEAP, DEAR = 1, 2


@pytest.fixture
def hall() -> Iterator[Hall]:
    with halls.hall() as made:
        yield made
        made.connect()
        assert made.to_befall == 0
        assert made.findings() == []


def kinds(hall: Hall, member_id: UUID) -> list[str]:
    """The member's bookings in order, by what they are."""
    query = (
        sa.select(t.ledger_txn.c.kind, t.ledger_txn.c.txn_id)
        .join(t.posting, t.posting.c.txn_id == t.ledger_txn.c.txn_id)
        .where(t.posting.c.member_id == member_id)
        .distinct()
        .order_by(t.ledger_txn.c.txn_id)
    )
    return [str(row["kind"]) for row in hall.rows(query)]


@pytest.mark.parametrize("leased", [True, False], ids=["set aside", "at risk"])
def test_points_redeemed_without_a_network_leave_the_balance(hall: Hall, leased: bool) -> None:
    """Redeemed offline, still there afterwards: the reward was free."""
    member = hall.member(4_000, leased=REWARDS[DEAR] if leased else 0)
    hall.cut_off()
    visit = hall.a.serve(member)
    given = hall.a.redeem(visit, DEAR)
    assert given.promise is (Promise.GUARANTEED_HERE if leased else Promise.OFFICE_RISK)
    hall.a.part(visit)
    assert hall.posted(member) == 4_000
    hall.connect()
    left = 4_000 - REWARDS[DEAR]
    assert hall.posted(member) == left
    assert [hall.shown(teller, member) for teller in (hall.a, hall.b)] == [left, left]


@pytest.mark.parametrize(
    "fault", ["repeated", "lost_answer", "server_killed_after_commit", "delayed", "cut_answer"]
)
def test_an_upload_that_is_sent_again_earns_once(hall: Hall, fault: str) -> None:
    """A sync that was tried again doubled the points."""
    member = hall.member(1_500)
    hall.cut_off(hall.a)
    visit = hall.a.serve(member)
    hall.a.earn(visit, 320)
    hall.a.part(visit)
    hall.befalls("/v1/push", fault, fault)
    hall.connect()
    assert hall.posted(member) == 1_820


def test_points_earned_survive_a_connection_that_drops_again_and_again(hall: Hall) -> None:
    """The connection dropped, and the points were lost with it."""
    member = hall.member(1_500)
    visit = hall.a.serve(member)
    hall.befalls("/v1/push", "lost_request", "server_killed_while_writing", "error_500", "portal")
    hall.a.earn(visit, 55)
    hall.a.pc.wake()
    hall.office.run_for(2.0, people=False)
    hall.cut_off(hall.a)
    hall.a.part(visit)
    hall.power_cut(hall.a)
    hall.connect()
    assert hall.posted(member) == 1_555


def test_offline_redemption_is_a_risk_the_operator_chose(hall: Hall) -> None:
    """Refused at each outage, or waved through without an end; nobody could choose."""
    hall.set("redemption", pool_points=0)
    hall.cut_off()
    assert tries(hall.a, hall.member(6_000), times=1) == ["no_promise_offline"]
    hall.connect()
    hall.set(
        "redemption",
        pool_points=1_700,
        pool_per_member=1_700,
        risk_window_points=1_700,
        risk_window_redemptions=9,
    )
    first, second = hall.member(1_500), hall.member(4_000)
    hall.cut_off()
    promises = [*tries(hall.a, first, times=1), *tries(hall.a, second, times=2)]
    assert promises == [Promise.OFFICE_RISK, Promise.OFFICE_RISK, "window_used_up"]


def tries(teller: Teller, member_id: UUID, *, times: int) -> list[str]:
    """Ask for the same reward again and again: what was promised, or why nothing was."""
    visit = teller.serve(member_id)
    said: list[str] = []
    for _ in range(times):
        try:
            result = teller.redeem(visit, DEAR)
            said.append(result.reason or result.promise)
        except Rejected as refusal:
            said.append(str(refusal.detail["reason"]))
    teller.part(visit)
    return said


def test_one_entry_that_is_refused_holds_up_nothing(hall: Hall) -> None:
    """One stuck record blocked the whole queue."""
    member, other = hall.member(1_500), hall.member(4_000)
    hall.cut_off()
    for teller in (hall.a, hall.b):  # the same points, given away twice
        visit = teller.serve(member)
        assert teller.redeem(visit, DEAR).promise is Promise.OFFICE_RISK
        teller.earn(visit, 10)
        teller.part(visit)
        visit = teller.serve(other)
        teller.earn(visit, 7)
        teller.part(visit)
    hall.connect()
    assert hall.a.pc.unsent() == hall.b.pc.unsent() == 0
    assert hall.posted(other) == 4_014
    assert hall.posted(member) == 1_520 - 2 * REWARDS[DEAR]


@pytest.mark.parametrize("fault", ["lost_answer", "server_killed_after_commit", "repeated"])
def test_a_redemption_whose_answer_never_came_is_charged_once(hall: Hall, fault: str) -> None:
    """The request timed out, the clerk pressed again, and the customer paid twice."""
    member = hall.member(4_000)
    visit = hall.a.serve(member)
    hall.befalls("/v1/urgent", fault)
    assert hall.a.redeem(visit, DEAR).promise is not Promise.NOT_POSSIBLE
    hall.a.part(visit)
    hall.connect()
    assert hall.posted(member) == 4_000 - REWARDS[DEAR]
    assert kinds(hall, member).count("redemption") == 1


def test_what_was_confirmed_survives_a_power_cut(hall: Hall) -> None:
    """Confirmed on the screen, gone after the power cut."""
    member = hall.member(4_000)
    hall.cut_off(hall.a)
    visit = hall.a.serve(member)
    hall.a.earn(visit, 40)
    given = hall.a.redeem(visit, CHEAP)
    hall.power_cut(hall.a)
    assert given.promise is not Promise.NOT_POSSIBLE
    lines = hall.a.pc.seat.work.reads.lines(visit)
    assert [(line.kind, line.undone) for line in lines] == [
        ("accrual", False),
        ("redemption", False),
    ]
    hall.connect()
    assert hall.posted(member) == 4_040 - REWARDS[CHEAP]


class OutOfOrder:
    """A printer that takes nothing."""

    def print(self, receipt: object) -> None:
        raise Unavailable("printer_unreachable", "no route")


def test_a_printer_that_fails_blocks_neither_counter_nor_sync(hall: Hall) -> None:
    """A print failure blocked the sync, and offline nothing came out at all."""
    member = hall.member(4_000)
    hall.cut_off(hall.a)
    queue = PrintQueue(hall.a.pc.context, OutOfOrder(), "en", lambda: None)
    visit = hall.a.serve(member)
    hall.a.redeem(visit, CHEAP)
    queue.step()
    assert queue.problem == "printer_unreachable"
    hall.a.earn(visit, 12)
    paper = MemoryPrinter()
    mended = PrintQueue(hall.a.pc.context, paper, "en", lambda: None)
    mended.step()
    assert len(paper.printed) == 1, "the slip comes out without a network"
    hall.a.part(visit)
    hall.connect()
    assert hall.posted(member) == 4_012 - REWARDS[CHEAP]


def test_what_is_bought_and_given_back_keeps_no_points(hall: Hall) -> None:
    """Bought, refunded, and the points of the purchase stayed."""
    member = hall.member(1_500)
    for offline in (False, True):
        if offline:
            hall.cut_off(hall.a)
        visit = hall.a.serve(member)
        hall.a.earn(visit, 90)
        hall.a.undo(visit)
        hall.a.part(visit)
        hall.connect()
        assert hall.posted(member) == 1_500


def test_a_reward_can_be_given_back_in_part(hall: Hall) -> None:
    """All or nothing: a part couldn't be redeemed or given back."""
    member = hall.member(6_000)
    visit = hall.a.serve(member)
    given = hall.a.redeem(visit, DEAR)
    hall.cut_off()
    for points in (300, 200):
        hall.a.refund(visit, given.redemption_id, points)
    hall.a.part(visit)
    hall.connect()
    assert hall.posted(member) == 6_000 - REWARDS[DEAR] + 500


def test_earned_and_spent_in_one_visit_are_two_bookings(hall: Hall) -> None:
    """Earned and spent in one sale were written down as their difference."""
    member = hall.member(4_000)

    def earn_and_spend(teller: Teller) -> None:
        visit = teller.serve(member)
        teller.earn(visit, 500)
        assert teller.redeem(visit, CHEAP).promise is not Promise.NOT_POSSIBLE
        teller.part(visit)

    earn_and_spend(hall.a)
    hall.cut_off()
    earn_and_spend(hall.b)
    hall.connect()
    booked = kinds(hall, member)
    assert (booked.count("accrual"), booked.count("redemption")) == (2, 2)
    assert hall.posted(member) == 4_000 + 2 * (500 - REWARDS[CHEAP])
