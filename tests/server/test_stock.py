"""Rewards with stock: sold once, set aside, asked back, returned once, and accounted for."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import events as e
from app.domain.catalogue import STOCKED
from app.domain.errors import Rejected
from app.domain.records import Reward, RewardStock
from app.domain.stock import stock_statement
from sync.protocol.messages import StockGrant, UrgentAnswer
from sync.server.audience import Audience, Changed
from sync.server.programme import change_reward, put_setting, put_stock
from sync.server.stock_keeping import Kept, kept
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.write_off import write_off
from tests.server.books import codes, findings
from tests.server.conftest import KEYS, Programme
from tests.server.seats import Seat, new_id, visit

RULES = {"leases_per_device": 0, "stock_share_percent": 100, "stock_online_units": 0}
MINUTE_MS = 60_000


def stock(programme: Programme, **how: object) -> None:
    with programme.work() as work:
        put_stock(work, 1, **how)  # type: ignore[arg-type]


def rules(programme: Programme, **values: object) -> None:
    with programme.work() as work:
        put_setting(work, "redemption", {**RULES, **values})


def kept_of(programme: Programme) -> Kept:
    assert findings(programme) == []
    with reading(programme.server.engine) as connection:
        (found,) = kept(connection, programme.programme_id)
    return found


def figures(programme: Programme) -> tuple[int, int, int, int, int]:
    """(total, free, held, given, beyond)."""
    found = kept_of(programme)
    return found.total, found.free, found.held, found.given, found.beyond


def intent(programme: Programme, member_id: UUID) -> e.RedemptionRequested:
    return e.RedemptionRequested(
        new_id(), new_id(), member_id, programme.reward_id, 1000,
        e.Proof.CARD, e.CustomerYes.PANEL,
    )  # fmt: skip


def buy(seat: Seat, asked: e.RedemptionRequested) -> UrgentAnswer:
    return seat.urgent(seat.body(asked))


def given(
    programme: Programme,
    seat: Seat,
    member_id: UUID,
    lease: StockGrant | None,
    redemption_id: UUID | None = None,
) -> e.RedemptionGranted:
    """What a counter gave away by itself, the points at risk."""
    encounter_id, _ = visit(seat, member_id=member_id)
    seat.push()
    return e.RedemptionGranted(
        redemption_id or new_id(), encounter_id, member_id, programme.reward_id, 1000,
        e.Cover.AT_RISK, None, seat.pool_id,
        stock_lease_id=None if lease is None else lease.stock_lease_id,
    )  # fmt: skip


def only(seat: Seat) -> StockGrant:
    (lease,) = seat.pull().stock_leases
    return lease


# --- kept by the operator ------------------------------------------------------------------------


def test_a_stock_is_set_added_to_and_ended(programme: Programme) -> None:
    rules(programme, stock_share_percent=0)
    stock(programme, left=3)
    assert figures(programme) == (3, 3, 0, 0, 0)
    stock(programme, add=4)
    assert figures(programme) == (7, 7, 0, 0, 0)
    seat, member_id = programme.seat(), programme.member(9_000)
    assert buy(seat, intent(programme, member_id)).decision == "accepted"
    stock(programme, left=2)
    assert figures(programme) == (3, 2, 0, 1, 0)
    with pytest.raises(Rejected, match="can't be given"):
        stock(programme, add=-3)
    stock(programme, limited=False)
    assert buy(seat, intent(programme, member_id)).decision == "accepted"
    assert figures(programme) == (3, 2, 0, 1, 0), "what has no end isn't counted"


def test_terms_keep_the_stock_and_nobody_else_writes_it(programme: Programme) -> None:
    stock(programme, left=3)
    with programme.work() as work:
        change_reward(work, 1, {"terms": {"until": "2099-01-01"}})
        with pytest.raises(Rejected, match="reward stock"):
            change_reward(work, 1, {"terms": {STOCKED: True}})
    with programme.work() as work:
        (row,) = work.find(t.reward, "reward_id", [programme.reward_id])
    assert row.terms == '{"stocked": true, "until": "2099-01-01"}'


def test_counters_are_told_what_is_left_a_while_after_it_changed(programme: Programme) -> None:
    rules(programme, stock_share_percent=0)
    stock(programme, left=2)
    seat = programme.seat()

    def told() -> tuple[int, int] | None:
        for record in seat.pull().records:
            if record.kind == RewardStock.KIND:
                body = bytes(record.body)
                free = int(body.split(b'"free":')[1].split(b",")[0])
                return free, int(body.split(b'"held":')[1].split(b"}")[0])
        return None

    assert told() == (2, 0)
    assert sum(programme.upkeep.publishing_stock()) == 0
    buy(seat, intent(programme, programme.member(9_000)))
    assert told() is None, "not each redemption is news for all counters"
    assert sum(programme.upkeep.publishing_stock()) == 1
    assert told() == (1, 0)
    assert Reward.KIND == "reward"


# --- sold online ---------------------------------------------------------------------------------


def test_the_last_one_is_sold_once_and_comes_back_once(programme: Programme) -> None:
    rules(programme, stock_share_percent=0)
    stock(programme, left=1)
    seat, other = programme.seat(), programme.seat(counter=1)
    member_id = programme.member(9_000)
    first, second = intent(programme, member_id), intent(programme, member_id)
    encounter_id, _ = visit(seat, member_id=member_id)
    body = seat.body(first)
    assert seat.urgent(body).decision == "accepted"
    assert seat.urgent(body).decision == "duplicate"
    refused = buy(other, second)
    assert (refused.decision, refused.code) == ("refused", "out_of_stock")
    assert figures(programme) == (1, 0, 0, 1, 0)
    void = e.RedemptionVoided(first.redemption_id, encounter_id, "undone")
    assert codes(seat, void, void) == []
    assert figures(programme) == (1, 1, 0, 0, 0)
    assert buy(other, second).decision == "accepted"


def test_a_unit_comes_back_with_the_last_part_of_the_points(programme: Programme) -> None:
    rules(programme, stock_share_percent=0)
    stock(programme, left=1)
    seat, member_id = programme.seat(), programme.member(9_000)
    asked = intent(programme, member_id)
    encounter_id, _ = visit(seat, member_id=member_id)
    part = e.RedemptionRefunded(
        new_id(), asked.redemption_id, encounter_id, 400, involuntary=True, reason="delay"
    )
    rest = e.RedemptionRefunded(
        new_id(), asked.redemption_id, encounter_id, 600, involuntary=True, reason="delay"
    )
    assert codes(seat, part) == [], "it comes before its redemption, and waits"
    assert buy(seat, asked).decision == "accepted"
    assert figures(programme) == (1, 0, 0, 1, 0)
    assert codes(seat, rest) == []
    assert figures(programme) == (1, 1, 0, 0, 0)
    assert codes(seat, e.RedemptionVoided(asked.redemption_id, encounter_id, "undone")) == []
    assert figures(programme) == (1, 1, 0, 0, 0)


def test_too_few_points_take_no_unit(programme: Programme) -> None:
    stock(programme, left=1)
    refused = buy(programme.seat(), intent(programme, programme.member(10)))
    assert refused.code == "insufficient"
    assert figures(programme) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_sixteen_buyers_at_once_get_what_there_is_and_no_more(programme: Programme) -> None:
    rules(programme, stock_share_percent=0)
    stock(programme, left=5)
    seats = [programme.seat(counter=i % 2) for i in range(16)]
    bodies = [(seat, seat.body(intent(programme, programme.member(9_000)))) for seat in seats]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda pair: pair[0].urgent(pair[1]), bodies))
    decided = [answer.code or answer.decision for answer in answers]
    assert sorted(decided) == ["accepted"] * 5 + ["out_of_stock"] * 11
    assert figures(programme) == (5, 0, 0, 5, 0)


# --- set aside -----------------------------------------------------------------------------------


def test_a_counter_holds_some_alone_signed_and_the_last_ones_stay(programme: Programme) -> None:
    rules(programme, stock_share_percent=50, stock_online_units=3)
    stock(programme, left=5)
    seat, other = programme.seat(), programme.seat(counter=1)
    lease = only(seat)
    assert (lease.units, lease.state, lease.restored_units) == (1, "open", 0)
    statement = stock_statement(lease.stock_lease_id, seat.device_id, programme.reward_id, 1)
    key: Ed25519PublicKey = KEYS.authority_key.public_key()
    key.verify(lease.signature, statement)
    assert only(other).units == 1
    assert figures(programme) == (5, 3, 2, 0, 0)
    assert seat.pull().stock_leases == [lease]


def test_what_an_office_gives_is_what_its_counters_hold(programme: Programme) -> None:
    rules(programme, stock_cover_days=7, stock_window_days=7)
    stock(programme, left=40)
    seat, member_id = programme.seat(), programme.member(90_000)
    assert only(seat).units == 1
    for _ in range(5):
        buy(seat, intent(programme, member_id))
    programme.clock.ms += 2 * MINUTE_MS
    assert only(seat).units == 5
    assert figures(programme) == (40, 30, 5, 5, 0)


def test_given_offline_it_is_the_lease_that_is_drawn_and_made_whole(programme: Programme) -> None:
    rules(programme)
    stock(programme, left=2)
    seat, member_id = programme.seat(), programme.member(9_000)
    lease = only(seat)
    grant = given(programme, seat, member_id, lease)
    assert codes(seat, grant) == []
    assert figures(programme) == (2, 1, 0, 1, 0)
    void = e.RedemptionVoided(grant.redemption_id, grant.encounter_id, "undone")
    assert codes(seat, void) == []
    assert figures(programme) == (2, 1, 1, 0, 0)
    again = only(seat)
    assert (again.restored_units, again.units) == (1, 1)


def test_posted_online_already_the_lease_is_whole_again(programme: Programme) -> None:
    rules(programme)
    stock(programme, left=2)
    seat, member_id = programme.seat(), programme.member(9_000)
    lease = only(seat)
    asked = intent(programme, member_id)
    assert buy(seat, asked).decision == "accepted"
    grant = given(programme, seat, member_id, lease, asked.redemption_id)
    assert codes(seat, grant) == []
    assert figures(programme) == (2, 0, 1, 1, 0)
    assert only(seat).restored_units == 1


def test_more_than_it_held_waits_for_a_manager_who_may_honour_it(programme: Programme) -> None:
    rules(programme)
    stock(programme, left=1)
    seat, desk = programme.seat(), programme.seat(counter=2, kind="desk")
    member_id = programme.member(9_000)
    lease = only(seat)
    first, second = (given(programme, seat, member_id, lease) for _ in range(2))
    answer = seat.push(first, second)
    assert [d.code for d in answer.decisions] == ["stock_exceeded"]
    assert figures(programme) == (1, 0, 0, 1, 0)
    with programme.work() as work:
        (row,) = work.connection.execute(work.mine(t.exception_item)).all()
    assert codes(desk, e.ExceptionSettled(row.exception_id, "honour", None)) == []
    assert figures(programme) == (1, 0, 0, 1, 1)


def test_given_without_a_lease_it_counts_and_a_manager_is_told(programme: Programme) -> None:
    """By a counter that had not heard of the stock: the customer has the reward."""
    rules(programme, stock_share_percent=0)
    seat, member_id = programme.seat(), programme.member(9_000)
    seat.pull()
    stock(programme, left=1)
    first = given(programme, seat, member_id, None)
    assert codes(seat, first) == []
    second = given(programme, seat, member_id, None)
    assert codes(seat, second) == []
    assert figures(programme) == (1, 0, 0, 1, 1)
    with programme.work() as work:
        (row,) = work.connection.execute(work.mine(t.exception_item)).all()
    assert row.code == "beyond_stock"
    void = e.RedemptionVoided(second.redemption_id, second.encounter_id, "undone")
    assert codes(seat, void) == []
    assert figures(programme) == (1, 0, 0, 1, 0), "what never was there doesn't come back"


def test_another_counters_units_and_made_up_ones_are_nobodys(programme: Programme) -> None:
    rules(programme)
    stock(programme, left=2)
    seat, other = programme.seat(), programme.seat(counter=1)
    member_id = programme.member(9_000)
    other.pull()
    theirs = only(seat)
    assert codes(other, given(programme, other, member_id, theirs)) == ["unknown_stock_lease"]
    unknown = e.StockReturned(new_id(), 4)
    assert codes(other, e.StockReturned(theirs.stock_lease_id, 1), unknown) == [
        "unknown_stock_lease"
    ]
    assert figures(programme) == (2, 0, 2, 0, 0)


# --- asked back ----------------------------------------------------------------------------------


def test_what_counters_hold_is_asked_back_for_somebody_who_wants_it(programme: Programme) -> None:
    rules(programme)
    stock(programme, left=1)
    seat, other = programme.seat(), programme.seat(counter=1)
    lease = only(seat)
    told: list[Changed] = []
    programme.server.transactions.after_commit.append(told.append)
    asked = intent(programme, programme.member(9_000))
    refused = buy(other, asked)
    assert (refused.decision, refused.code) == ("refused", "stock_held")
    assert Audience(programme.office_id, counters=True) in told[-1].audiences
    assert only(seat).state == "recall"
    assert figures(programme) == (1, 0, 1, 0, 0), "nobody else takes it from the holder"
    late = given(programme, seat, programme.member(9_000), lease)
    assert codes(seat, late, e.StockReturned(lease.stock_lease_id, 0)) == []
    assert buy(other, asked).code == "out_of_stock"
    assert figures(programme) == (1, 0, 0, 1, 0)


def test_once_handed_back_it_is_the_others_and_not_set_aside_anew(programme: Programme) -> None:
    rules(programme)
    stock(programme, left=1)
    seat, other = programme.seat(), programme.seat(counter=1)
    lease = only(seat)
    asked = intent(programme, programme.member(9_000))
    assert buy(other, asked).code == "stock_held"
    returned = e.StockReturned(lease.stock_lease_id, 1)
    assert codes(seat, returned, returned) == []
    programme.clock.ms += 2 * MINUTE_MS
    assert seat.pull().stock_leases == []
    assert figures(programme) == (1, 1, 0, 0, 0)
    assert buy(other, asked).decision == "accepted"
    spent = given(programme, seat, programme.member(9_000), lease)
    assert codes(seat, spent) == ["stock_lease_closed"]
    assert figures(programme) == (1, 0, 0, 1, 0)


def test_fewer_than_counters_hold_isnt_taken_from_them(programme: Programme) -> None:
    rules(programme)
    stock(programme, left=4)
    seat = programme.seat()
    lease = only(seat)
    with pytest.raises(Rejected, match="Counters hold 1"):
        stock(programme, left=0)
    stock(programme, left=1)
    assert figures(programme) == (1, 0, 1, 0, 0)
    stock(programme, limited=False)
    programme.clock.ms += 2 * MINUTE_MS
    assert only(seat).state == "recall", "what has no end isn't set aside"
    assert codes(seat, e.StockReturned(lease.stock_lease_id, 1)) == []
    assert figures(programme) == (1, 1, 0, 0, 0)


# --- written off ---------------------------------------------------------------------------------


def test_what_a_lost_counter_held_is_free_and_honoured_when_it_comes_in(
    programme: Programme,
) -> None:
    rules(programme)
    stock(programme, left=1)
    seat, other = programme.seat(), programme.seat(counter=1)
    lease = only(seat)
    first, second = (given(programme, seat, programme.member(9_000), lease) for _ in range(2))
    with programme.work() as work:
        done = write_off(work, seat.device_id, by="operator", reason="lost")
    assert (done.leases, done.units) == (0, 1)
    assert kept_of(programme).exposed == 1
    assert buy(other, intent(programme, programme.member(9_000))).decision == "accepted"
    assert figures(programme) == (1, 0, 0, 1, 0)
    answer = seat.push(first, second)
    assert [d.code for d in answer.decisions] == ["stock_exceeded"], "the first is honoured"
    assert figures(programme) == (1, 0, 0, 1, 1)
    assert kept_of(programme).exposed == 0
    assert only(seat).state == "recall"
    assert codes(seat, e.StockReturned(lease.stock_lease_id, 0)) == []
    assert seat.pull().stock_leases == []
    assert figures(programme) == (1, 0, 0, 1, 1)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_buyers_holders_and_grants_at_once_lose_and_double_nothing(programme: Programme) -> None:
    """Each counter gives, hands back and pulls while others buy; all lock in one order."""
    rules(programme, stock_cover_days=14, lease_calm_minutes=0)
    stock(programme, left=30)
    seats = [programme.seat(counter=i % 2) for i in range(4)]
    members = [programme.member(90_000) for _ in seats]

    def work(place: int) -> None:
        seat, member_id, source = seats[place], members[place], random.Random(place)
        for _ in range(10):
            held = {lease.state: lease for lease in seat.pull().stock_leases}
            if "recall" in held:
                seat.push(e.StockReturned(held["recall"].stock_lease_id, 0))
            elif "open" in held and source.random() < 0.5:
                seat.push(given(programme, seat, member_id, held["open"]))
            else:
                buy(seat, intent(programme, member_id))
            programme.clock.ms += MINUTE_MS

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    total, free, held, sold, beyond = figures(programme)
    assert (total, free + held + sold, beyond) == (30, 30, 0)


# --- what audit sees -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "changes", "wrong"),
    [
        (t.reward_stock, {"free": 7}, "reward_stock"),
        (t.reward_stock, {"free": -1, "total": 1}, "reward_stock"),
        (t.stock_lease, {"remaining": 5}, "stock_lease"),
        (t.stock_lease, {"state": "closed"}, "stock_lease"),
        (t.stock_lease, {"late": 1}, "stock_lease"),
        (t.stock_use, {"returned": True}, "stock_use"),
        (t.stock_use, {"source": "beyond"}, "reward_stock"),
    ],
)
def test_audit_finds_a_unit_that_is_in_two_places_or_none(
    programme: Programme, table: object, changes: dict[str, object], wrong: str
) -> None:
    rules(programme)
    stock(programme, left=2)
    seat = programme.seat()
    only(seat)
    buy(seat, intent(programme, programme.member(9_000)))
    assert figures(programme) == (2, 0, 1, 1, 0)
    with programme.work() as work:
        work.connection.execute(table.update().values(**changes))  # type: ignore[attr-defined]
    assert any(line.startswith(wrong) for line in findings(programme))
