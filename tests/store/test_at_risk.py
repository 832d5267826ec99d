"""What a counter gives at the office's risk: whom, how much, how often, and with which list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.office_time import local_day
from app.domain.records import Denial
from app.domain.risk import RiskCaps, Unheard
from app.ports.sync_store import GrantedPool
from app.services import commands as c
from app.services.views import Promise
from tests.fakes.counter import Counter, member, reward
from tests.store.test_use_cases import LI, redeem, serve, sign_in

CAPS = RiskCaps(2_000, (500, 1_000, 2_000), 2_500, 3, 48, 2_000)
HOUR_MS = 3_600_000


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.members.people = [
        member(1),
        member(2, name="李娜", tier="basic", joined_on=date(2020, 1, 1)),
    ]
    made.members.catalogue = [reward(number, number * 500) for number in (1, 2, 3, 4)]
    allow(made)
    sign_in(made)
    yield made
    made.core.close()


def allow(counter: Counter, caps: RiskCaps = CAPS, number: int = 77) -> None:
    counter.seat.sync.acknowledge_pull(
        leases=[],
        pool=GrantedPool(UUID(int=number), 5_000, caps),
        horizon=1,
        now_ms=counter.clock.ms,
    )


def confirm(counter: Counter) -> None:
    """The server has taken in all that there is."""
    run = counter.seat.sync.unsent(max_entries=1_000, max_bytes=10**7)
    assert run is not None
    counter.seat.sync.confirm(run.first_seq + len(run.bodies) - 1, [], mark=1)


def end(counter: Counter, encounter_id: UUID) -> None:
    counter.core.execute(c.FinishEncounter(encounter_id))
    counter.core.execute(c.SkipRating(encounter_id, "customer_left"))


def why_not(counter: Counter, encounter_id: UUID, number: int = 1) -> str:
    return counter.core.queries.offers(encounter_id)[number - 1].reason


def test_the_level_is_told_and_bounds_a_member(counter: Counter) -> None:
    encounter_id = serve(counter, LI)  # known: 1,000
    assert redeem(counter, encounter_id, 1).promise is Promise.OFFICE_RISK
    assert counter.last("RedemptionGranted")["trust"] == "known"
    assert why_not(counter, encounter_id, 2) == "over_member_limit"
    assert redeem(counter, encounter_id, 1).promise is Promise.OFFICE_RISK
    assert why_not(counter, encounter_id) == "over_member_limit"


def test_a_trusted_member_has_more_and_a_new_one_less(counter: Counter) -> None:
    encounter_id = serve(counter)
    assert redeem(counter, encounter_id, 4).promise is Promise.OFFICE_RISK
    assert counter.last("RedemptionGranted")["trust"] == "trusted"
    end(counter, encounter_id)
    allow(counter, number=78)
    confirm(counter)
    today = local_day(counter.clock.ms, "Asia/Shanghai")
    counter.members.people = [member(2, tier="basic", joined_on=today)]
    encounter_id = serve(counter, LI)
    assert why_not(counter, encounter_id, 2) == "over_member_limit"
    assert redeem(counter, encounter_id, 1).promise is Promise.OFFICE_RISK
    assert counter.last("RedemptionGranted")["trust"] == "new"


@pytest.mark.parametrize("leased", [0, 2_000])
def test_who_is_on_the_list_is_promised_nothing_without_the_server(
    counter: Counter, leased: int
) -> None:
    if leased:
        counter.grant(leased)
    counter.members.deny_list = [Denial(UUID(int=1), True)]
    encounter_id = serve(counter)
    assert why_not(counter, encounter_id) == "denied"
    counter.go_online()
    assert why_not(counter, encounter_id) == ""
    assert redeem(counter, encounter_id, 1).promise is Promise.GUARANTEED


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"status": "closed"}, "denied"), ({"posted_points": -200}, "insufficient")],
)
def test_nor_is_who_closed_or_owes(
    counter: Counter, change: dict[str, object], reason: str
) -> None:
    counter.grant(2_000)
    encounter_id = serve(counter)
    assert why_not(counter, encounter_id) == ""
    counter.members.people = [member(1, **change)]
    assert why_not(counter, encounter_id) == reason


def test_what_the_server_has_not_heard_fills_the_window(counter: Counter) -> None:
    encounter_id = serve(counter)
    assert redeem(counter, encounter_id, 4).points == 2_000
    end(counter, encounter_id)
    encounter_id = serve(counter, LI)
    assert why_not(counter, encounter_id, 2) == "window_used_up"
    assert counter.core.queries.readiness().risk_left_points == 500
    counter.core.execute(c.UndoLast(redeemed(counter, encounter_id)))
    assert counter.seat.work.reads.unheard() == Unheard(2_500, 2), "undone is unheard all the same"
    counter.restart()
    assert counter.seat.work.reads.unheard() == Unheard(2_500, 2)
    confirm(counter)
    assert counter.seat.work.reads.unheard() == Unheard()
    allow(counter, number=78)
    assert why_not(counter, encounter_id, 2) == ""


def redeemed(counter: Counter, encounter_id: UUID) -> UUID:
    assert redeem(counter, encounter_id, 1).promise is Promise.OFFICE_RISK
    return encounter_id


def test_after_so_many_the_server_has_to_be_reached(counter: Counter) -> None:
    encounter_id = serve(counter)
    for _ in range(3):
        assert redeem(counter, encounter_id, 1).promise is Promise.OFFICE_RISK
    assert why_not(counter, encounter_id) == "contact_needed"
    ready = counter.core.queries.readiness()
    assert (ready.risk_left_points, "contact_needed" in ready.reasons) == (0, True)
    allow(counter, number=78)
    assert why_not(counter, encounter_id) == "contact_needed", "a new pool is no news to the server"
    confirm(counter)
    assert why_not(counter, encounter_id) == ""


def test_an_old_list_refuses_also_with_the_clock_set_back(counter: Counter) -> None:
    encounter_id = serve(counter)
    counter.seat.sync.note_contact(offset_ms=0, now_ms=counter.clock.ms)
    counter.clock.ms += 48 * HOUR_MS
    assert why_not(counter, encounter_id) == ""
    counter.clock.ms += 1
    assert why_not(counter, encounter_id) == "list_too_old"
    ready = counter.core.queries.readiness()
    assert "list_too_old" in ready.reasons
    counter.seat.sync.absent_too_long()
    counter.clock.ms -= 40 * HOUR_MS
    assert why_not(counter, encounter_id) == "list_too_old"
    counter.seat.sync.note_contact(offset_ms=0, now_ms=counter.clock.ms)
    allow(counter)
    assert why_not(counter, encounter_id) == ""
    assert counter.core.queries.readiness().list_as_of[:2] == "20"


def test_a_seat_that_never_heard_a_list_gives_nothing(tmp_path: Path) -> None:
    made = Counter(tmp_path / "new")
    assert made.core.queries.readiness().list_as_of == ""
    assert "list_too_old" not in made.core.queries.readiness().reasons, "nor has it a pool"
    assert "risk_used_up" in made.core.queries.readiness().reasons
    made.core.close()
