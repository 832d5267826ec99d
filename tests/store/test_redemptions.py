"""Redemptions at the counter: rewards with terms, what a clerk may give, what others hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.events import Proof
from app.domain.records import Setting
from app.domain.redemption import SetAside
from app.ports.online import OnlineVerdict
from app.services import commands as c
from app.services.views import Promise
from tests.fakes.counter import Counter, reward
from tests.store.test_use_cases import LI, redeem, refusal, serve, sign_in


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    yield made
    made.core.close()


def test_a_price_follows_tier_and_day(counter: Counter) -> None:
    counter.members.catalogue = [
        replace(reward(1, 500), terms={"tier_percent": {"gold": 80}}),
        replace(reward(2, 500), terms={"until": "2020-01-01"}),
        replace(reward(3, 500), terms={"of": "a newer program"}),
    ]
    counter.go_online()
    sign_in(counter)
    encounter_id = serve(counter)
    offers = counter.core.queries.offers(encounter_id)
    assert [(offer.points, offer.reason) for offer in offers] == [
        (400, ""),
        (500, "no_longer"),
        (500, "newer_terms"),
    ]
    for number, reason in ((2, "no_longer"), (3, "newer_terms")):
        refused = refusal(counter, c.RequestRedemption(encounter_id, number, Proof.CARD))
        assert refused.detail == {"reason": reason}
    assert redeem(counter, encounter_id).points == 400
    assert counter.online.asked[0]["payload"]["points"] == 400


def test_a_price_follows_the_segment(counter: Counter) -> None:
    counter.members.catalogue = [replace(reward(1, 500), terms={"segment_percent": {"pek": 40}})]
    value: dict[str, object] = {"segments": [{"code": "pek", "home_offices": ["PEK-DT"]}]}
    counter.members.people[0] = replace(counter.members.people[0], home_office="PEK-DT")
    sign_in(counter)
    encounter_id = serve(counter)
    assert [offer.points for offer in counter.core.queries.offers(encounter_id)] == [500]
    counter.members.settings["segments"] = Setting("segments", 1, value)
    assert [offer.points for offer in counter.core.queries.offers(encounter_id)] == [200]
    counter.members.settings["segments"] = Setting("segments", 2, {"by": "a newer program"})
    assert [offer.points for offer in counter.core.queries.offers(encounter_id)] == [500]


@pytest.mark.parametrize("online", [True, False])
def test_money_pays_what_is_missing(counter: Counter, online: bool) -> None:
    cash = {"least_percent": 50, "step": 100, "minor_per_100": 120, "currency": "CNY"}
    counter.members.catalogue = [replace(reward(1, 1_000), terms={"cash": cash})]
    counter.go_online(online)
    counter.grant(800, 2)
    sign_in(counter)
    encounter_id = serve(counter, LI)  # 800 points
    (offer,) = counter.core.queries.offers(encounter_id)
    assert (offer.points, offer.cash_minor, offer.currency) == (800, 240, "CNY")
    result = redeem(counter, encounter_id)
    assert (result.points, result.cash_minor, result.currency) == (800, 240, "CNY")
    said = counter.last("RedemptionRequested" if online else "RedemptionGranted")
    assert (said["points"], said["cash_minor"], said["currency"]) == (800, 240, "CNY")
    (poor,) = counter.core.queries.offers(encounter_id)
    assert (poor.points, poor.cash_minor, poor.missing_points) == (1_000, 0, 1_000)


def test_a_clerk_gives_no_more_than_the_hour_allows(counter: Counter) -> None:
    counter.members.catalogue = [reward(1, 500)]
    value: dict[str, object] = {"clerk_points_per_hour": 1_200}
    counter.members.settings["redemption"] = Setting("redemption", 1, value)
    counter.go_online()
    sign_in(counter)
    encounter_id = serve(counter)
    ask = counter.core.execute(c.RequestRedemption(encounter_id, 1, Proof.CARD))
    counter.core.execute(c.DeclineRedemption(ask.redemption_id))  # what was declined counts not
    redeem(counter, encounter_id)
    counter.online.verdict = OnlineVerdict("refused", "conflict", "no")
    assert redeem(counter, encounter_id).promise is Promise.NOT_POSSIBLE  # nor what was refused
    counter.online.verdict = OnlineVerdict("posted", mark=1)
    redeem(counter, encounter_id)
    (offer,) = counter.core.queries.offers(encounter_id)
    assert (offer.promise, offer.reason) == (Promise.NOT_POSSIBLE, "over_clerk_limit")
    refused = refusal(counter, c.RequestRedemption(encounter_id, 1, Proof.CARD))
    assert refused.detail == {"reason": "over_clerk_limit"}
    counter.restart()
    sign_in(counter, "1002")
    assert redeem(counter, encounter_id).promise is Promise.GUARANTEED  # a colleague may
    sign_in(counter)
    counter.clock.ms += 3_600_000
    assert redeem(counter, encounter_id).promise is Promise.GUARANTEED


def test_what_other_counters_hold_is_said_and_the_id_is_voided(counter: Counter) -> None:
    held = SetAside(2_000, "PEK-DT", "A2", 1_790_000_000_000)
    counter.go_online()
    counter.online.verdict = OnlineVerdict("refused", "insufficient", "few", 7, (held,))
    sign_in(counter)
    result = redeem(counter, serve(counter))
    assert (result.promise, result.reason) == (Promise.NOT_POSSIBLE, "set_aside")
    assert result.set_aside == (held,)
    assert counter.last("RedemptionVoided")["redemption_id"] == str(result.redemption_id)
