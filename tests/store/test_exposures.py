"""The worst possible loss as a desk shows it, and a counter given up with no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import Unavailable
from app.ports.online import CounterExposure, ExposureVerdict
from app.services import commands as c
from tests.fakes.counter import Counter
from tests.store.test_use_cases import refusal, sign_in

LOST = UUID(int=51)
TOLD = ExposureVerdict(
    "told",
    counters=(
        CounterExposure(LOST, "A1", {"pool": 400, "waiting": 50}, 3, 900, 7, False),
        CounterExposure(UUID(int=52), "A2", {"pool": 100}, 0, 0, None, False),
    ),
    programme_points=2_000,
    at_ms=8,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "desk", kind="desk")
    sign_in(made, "2001")
    yield made
    made.core.close()


def test_the_servers_word_is_shown_with_its_time_and_kept(desk: Counter) -> None:
    with pytest.raises(Unavailable):
        desk.core.execute(c.AskExposure())
    desk.online.exposed = TOLD
    view = desk.core.execute(c.AskExposure())
    assert (view.points, view.parts(), view.at_ms, view.is_fresh) == (
        550, {"pool": 500, "waiting": 50}, 8, True,
    )  # fmt: skip
    desk.online.exposed = ExposureVerdict("unreachable", "timeout")
    again = desk.core.execute(c.AskExposure())
    assert (again.points, again.at_ms, again.is_fresh) == (550, 8, False)


def test_a_counter_is_given_up_offline_with_a_reason(desk: Counter) -> None:
    assert refusal(desk, c.WriteOffLeases(LOST, "Stolen")).code == "unknown_device"
    desk.online.exposed = TOLD
    desk.core.execute(c.AskExposure())
    for reason, code in ((" ", "empty_reason"), ("x" * 201, "note_too_long")):
        assert refusal(desk, c.WriteOffLeases(LOST, reason)).code == code
    assert refusal(desk, c.WriteOffLeases(UUID(int=9), "Stolen")).code == "unknown_device"
    view = desk.core.execute(c.WriteOffLeases(LOST, " Stolen  in the night "))
    assert view.given_up == {LOST}
    assert desk.last("LeasesWrittenOff")["device_id"] == str(LOST)
    assert "Stolen" not in str(desk.entries()), "the chain holds no words"


def test_a_clerk_is_shown_nothing(tmp_path: Path) -> None:
    counter = Counter(tmp_path / "seat")
    sign_in(counter)
    assert refusal(counter, c.AskExposure()).code == "not_manager"
    assert refusal(counter, c.WriteOffLeases(LOST, "Stolen")).code == "not_manager"
    counter.core.close()
