"""Devices as a desk asks for them, and what it has done about one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import Rejected, Unavailable
from app.domain.fleet import Condition, FleetDevice
from app.ports.online import ActVerdict, FleetVerdict
from app.services import commands as c
from tests.fakes.counter import Counter, staff
from tests.store.test_use_cases import refusal, sign_in

LOST = UUID(int=51)
DEVICE = FleetDevice(LOST, "PEK", "A1", "counter", False, 7, 7, Condition("1", "Linux"), 3, 900)
TOLD = FleetVerdict("told", "", (DEVICE,), 0, 8)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    sign_in(made, "2001")
    yield made
    made.core.close()


def test_only_the_server_knows(desk: Counter) -> None:
    with pytest.raises(Unavailable, match="Only the server"):
        desk.core.execute(c.AskFleet())
    desk.online.devices = TOLD
    assert desk.core.execute(c.AskFleet()) is TOLD


def test_nothing_is_done_without_a_reason_or_a_server(desk: Counter) -> None:
    for reason, code in ((" \n", "empty_reason"), ("x" * 201, "note_too_long")):
        assert refusal(desk, c.ActOnDevice("revoke", LOST, reason)).code == code
    assert desk.online.acts == []
    with pytest.raises(Unavailable):
        desk.core.execute(c.ActOnDevice("revoke", LOST, "Stolen"))
    desk.online.acted = ActVerdict("refused", "forbidden")
    assert refusal(desk, c.ActOnDevice("release", LOST, "Stolen")).code == "unknown_device"
    desk.online.acted = ActVerdict("refused", "too_many_acts")
    assert refusal(desk, c.ActOnDevice("release", LOST, "Stolen")).code == "too_many_acts"
    desk.online.acted = ActVerdict("done", "", 3, 900)
    done = desk.core.execute(c.ActOnDevice("release", LOST, " Stolen  in the night "))
    assert (done.leases, done.points) == (3, 900)
    assert desk.online.acts[-1] == ("release", LOST, "Stolen in the night")
    assert "Stolen" not in str(desk.entries())


def test_an_administrator_is_told_of_devices_and_nothing_of_customers(desk: Counter) -> None:
    desk.members.crew.append(staff("2004", "administrator", office_id=UUID(int=501)))
    desk.core.execute(c.SignOut())
    sign_in(desk, "2004")
    desk.online.devices, desk.online.acted = TOLD, ActVerdict("done", "", 3, 900)
    assert desk.core.execute(c.AskFleet()) is TOLD
    assert desk.core.execute(c.ActOnDevice("revoke", LOST, "Stolen")).points == 900
    with pytest.raises(Rejected, match="duty manager"):
        desk.core.queries.desk()


def test_clerks_are_told_of_no_devices(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "counter")
    sign_in(counter)
    counter.online.devices = TOLD
    for asks in (c.AskFleet(), c.ActOnDevice("revoke", LOST, "Stolen")):
        assert refusal(counter, asks).code == "not_manager"
    assert counter.online.acts == []
    counter.core.close()
