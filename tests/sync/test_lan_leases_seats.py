"""Two real counters and a real server: the server goes, and one spends what the other holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from app.bootstrap import OpenedSeat
from app.domain.events import CustomerYes, Proof
from app.services.commands import (
    ConfirmRedemption,
    Enrol,
    IdentifyMember,
    RequestRedemption,
    SignIn,
)
from app.services.views import Promise, RedemptionResult
from build_scripts.demo.link import Link
from sync.client.lan.settings import Address, LanSettings
from sync.server.audit import audit
from sync.server.enrolment import make_code
from sync.server.programme import add_reward
from sync.server.store import tables as t
from sync.server.store.engine import reading, writing
from tests.fakes.waiting import until
from tests.sync.test_lan_seats import HERE, RealSeat, Scene, has_pulled


class TwoCounters(Scene):
    """A1 holds 2,000 of a member's points; A2 came later and holds 1,500, for a reward of 1,800."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        super().__init__(folder, stack)
        self.other = RealSeat(folder / "a2")
        self.member_id = self.programme.member(8_000, home_office="PEK")
        with self.programme.work() as work:
            add_reward(work, number=2, name="升舱", name_en="Upgrade", points=1_800)
        nobody = LanSettings("listed", Address(HERE, 0))
        self.a1 = self.enter(self.counter, nobody, "counter")
        until(lambda: has_pulled(self.a1), "A1 has its data")
        until(lambda: self.a1.core.queries.readiness().covered_guests == 1, "and its lease")
        until(lambda: self.counter.lan.port is not None, "A1 listens")
        at_a1 = Address(HERE, self.counter.lan.port or 0)
        self.a2 = stack.enter_context(
            self.other.open(LanSettings("listed", Address(HERE, 0), (at_a1,)))
        )
        with writing(self.server.engine) as connection:
            code = make_code(
                connection,
                self.programme.programme_id,
                counter_id=self.programme.counter_ids[1],
                kind="counter",
                now_ms=self.programme.clock(),
            )
        self.own_link = stack.enter_context(closing(Link(self.port)))
        self.a2.core.execute(Enrol(f"http://{HERE}:{self.own_link.port}", code))
        until(lambda: has_pulled(self.a2), "A2 has its data")

    def redeem(self, seat: OpenedSeat) -> RedemptionResult:
        view = seat.core.execute(IdentifyMember(self.member_id, Proof.CARD))
        asked = seat.core.execute(RequestRedemption(view.encounter_id, 2, Proof.CARD))
        result: RedemptionResult = seat.core.execute(
            ConfirmRedemption(asked.redemption_id, CustomerYes.PANEL)
        )
        return result


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[TwoCounters]:
    with ExitStack() as stack:
        yield TwoCounters(tmp_path, stack)


@pytest.mark.parametrize("gone", ["server", "own line"])
def test_without_the_server_a_counter_spends_what_its_neighbour_holds(
    scene: TwoCounters, gone: str
) -> None:
    scene.a2.core.execute(SignIn("101", "1"))
    cut = {scene.own_link: scene.other} | ({scene.link: scene.counter} if gone == "server" else {})
    for link, real in cut.items():
        link.cut()
        real.runner.pull_soon()  # else it asks within half a minute
        seat = scene.a2 if real is scene.other else scene.a1
        until(lambda s=seat: not s.core.queries.readiness().online, "it notices")  # type: ignore[misc]
    began = time.monotonic()
    result = scene.redeem(scene.a2)
    took_s = time.monotonic() - began
    assert (result.promise, result.fetched_from) == (Promise.GUARANTEED_HERE, "A1")
    assert took_s < 2.0
    for link in cut:
        link.restore()
    for seat in (scene.a1, scene.a2):
        until(lambda s=seat: s.core.queries.pending_summary().count == 0, "all is sent")  # type: ignore[misc]
    until(lambda: both_said(scene), "both sides have told the server")
    with reading(scene.server.engine) as connection:
        (row,) = connection.execute(t.lease_transfer.select()).all()
        assert (row.points, row.exposed) == (1_800, 0)
        (spent,) = connection.execute(t.redemption.select()).all()
        assert (spent.lease_id, spent.cover) == (row.transfer_id, "lease")
        assert list(audit(connection, now_ms=scene.programme.clock())) == []


def both_said(scene: TwoCounters) -> bool:
    with reading(scene.server.engine) as connection:
        rows = connection.execute(t.lease_transfer.select()).all()
    return any(row.handed_on and row.received for row in rows)
