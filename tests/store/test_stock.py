"""Rewards with stock at the counter: offered as far as they can be promised, given once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.events import CustomerYes, Proof
from app.domain.records import RewardStock
from app.domain.risk import RiskCaps
from app.domain.stock import Stock
from app.ports.online import OnlineVerdict
from app.ports.sync_store import GrantedLease, GrantedPool, GrantedStock
from app.services import commands as c
from app.services.views import Promise
from tests.fakes.counter import Counter, reward
from tests.store.test_use_cases import redeem, refusal, serve, sign_in

LEASE = UUID(int=9_001)


def held(units: int, restored: int = 0, *, state: str = "open") -> list[GrantedStock]:
    reward_id = reward(1, 500).reward_id
    return [GrantedStock(LEASE, reward_id, units, restored, state, b"signed")]  # type: ignore[arg-type]


def told(counter: Counter, stock: list[GrantedStock]) -> bool:
    """A pull that brings these, and leaves leases and pool as they are."""
    lease = GrantedLease(UUID(int=8), UUID(int=1), 2_000, 0, 2**45, "open", b"signature")
    return counter.seat.sync.acknowledge_pull(
        leases=[lease],
        pool=GrantedPool(UUID(int=77), 5_000, RiskCaps.unheeded(2_000, 2_500)),
        horizon=1,
        now_ms=counter.clock.ms,
        stock=stock,
    )


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.members.catalogue = [replace(reward(1, 500), terms={"stocked": True})]
    sign_in(made)
    yield made
    made.core.close()


def test_offline_a_unit_is_given_from_the_lease_and_no_other(counter: Counter) -> None:
    told(counter, held(1))
    encounter_id = serve(counter)
    (offer,) = counter.core.queries.offers(encounter_id)
    assert (offer.promise, offer.stock) == (Promise.GUARANTEED_HERE, Stock(1))
    assert redeem(counter, encounter_id).promise is Promise.GUARANTEED_HERE
    assert counter.last("RedemptionGranted")["stock_lease_id"] == str(LEASE)
    (offer,) = counter.core.queries.offers(encounter_id)
    assert (offer.promise, offer.reason) == (Promise.NOT_POSSIBLE, "stock_online_only")
    refused = refusal(counter, c.RequestRedemption(encounter_id, 1, Proof.CARD))
    assert refused.detail == {"reason": "stock_online_only"}
    told(counter, held(1, restored=1))
    assert redeem(counter, encounter_id).promise is Promise.GUARANTEED_HERE


def test_the_last_one_between_question_and_answer_is_gone(counter: Counter) -> None:
    told(counter, held(1))
    encounter_id = serve(counter)
    ask = counter.core.execute(c.RequestRedemption(encounter_id, 1, Proof.CARD))
    assert told(counter, held(1, state="recall"))
    assert counter.last("StockReturned") == {"stock_lease_id": str(LEASE), "remaining_units": 1}
    confirm = c.ConfirmRedemption(ask.redemption_id, CustomerYes.PANEL)
    result = counter.core.execute(confirm)
    assert (result.promise, result.reason) == (Promise.NOT_POSSIBLE, "stock_online_only")
    assert counter.types().count("RedemptionGranted") == 0


def test_what_was_handed_back_stays_so(counter: Counter) -> None:
    told(counter, held(2, state="recall"))
    assert not told(counter, held(2, state="recall")), "handed back once"
    told(counter, held(3))
    (offer,) = counter.core.queries.offers(serve(counter))
    assert offer.reason == "stock_online_only"
    assert counter.types().count("StockReturned") == 1


def test_what_the_server_names_no_more_is_over(counter: Counter) -> None:
    told(counter, held(2))
    told(counter, [])
    (offer,) = counter.core.queries.offers(serve(counter))
    assert offer.reason == "stock_online_only"


def test_online_it_is_the_servers_and_what_is_left_is_shown(counter: Counter) -> None:
    counter.members.stocks = [RewardStock(reward(1, 500).reward_id, 4, 2)]
    told(counter, held(2))
    counter.go_online()
    encounter_id = serve(counter)
    (offer,) = counter.core.queries.offers(encounter_id)
    assert offer.stock == Stock(2, 4, 2, counter.clock.ms)
    assert redeem(counter, encounter_id).promise is Promise.GUARANTEED
    (offer,) = counter.core.queries.offers(encounter_id)
    assert offer.stock is not None
    assert offer.stock.here == 2
    counter.members.stocks = [RewardStock(reward(1, 500).reward_id, 0, 0)]
    told(counter, [])
    (offer,) = counter.core.queries.offers(encounter_id)
    assert (offer.promise, offer.reason) == (Promise.NOT_POSSIBLE, "out_of_stock")


@pytest.mark.parametrize("code", ["out_of_stock", "stock_held"])
@pytest.mark.parametrize("units", [0, 1])
def test_refused_online_its_own_unit_will_do(counter: Counter, code: str, units: int) -> None:
    told(counter, held(units) if units else [])
    counter.go_online()
    counter.online.verdict = OnlineVerdict("refused", code, "none", 7)
    result = redeem(counter, serve(counter))
    if units:
        assert result.promise is Promise.GUARANTEED_HERE
        assert counter.last("RedemptionGranted")["stock_lease_id"] == str(LEASE)
    else:
        assert (result.promise, result.reason) == (Promise.NOT_POSSIBLE, code)
        assert counter.last("RedemptionVoided")["reason"] == "refused"


def test_a_lost_answer_gives_the_unit_under_the_same_id(counter: Counter) -> None:
    told(counter, held(1))
    counter.go_online()
    counter.online.verdict = OnlineVerdict("unknown", "timeout", "")
    result = redeem(counter, serve(counter))
    granted = counter.last("RedemptionGranted")
    assert granted["redemption_id"] == str(result.redemption_id)
    assert granted["stock_lease_id"] == str(LEASE)


def test_it_survives_a_restart(counter: Counter) -> None:
    told(counter, held(2))
    redeem(counter, serve(counter))
    counter.restart()
    lease = counter.seat.work.reads.stock_lease(reward(1, 500).reward_id)
    assert lease is not None
    assert (lease.remaining_units, lease.spent_units) == (1, 1)


def test_what_the_server_names_again_is_held_again(counter: Counter) -> None:
    told(counter, held(2))
    told(counter, [])
    told(counter, held(2))
    (offer,) = counter.core.queries.offers(serve(counter))
    assert offer.stock == Stock(2)
    assert told(counter, held(2, state="recall"))
