"""Two real seats and a real server: the server goes, a low rating rings, the server comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import OpenedSeat, build_core
from app.domain.events import CallWish
from app.domain.records import Case
from app.services.commands import (
    AddRatingDetail,
    Enrol,
    FinishEncounter,
    OpenEncounter,
    RecordRating,
    SignIn,
)
from app.services.views import ChangeKind
from build_scripts.demo.link import Link
from sync.client.lan.node import InReach, LanNode
from sync.client.lan.settings import Address, LanSettings
from sync.client.loop import SyncRunner
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.transport import HttpTransport
from sync.server.api.app import make_app
from sync.server.enrolment import make_code
from sync.server.keys import make_keys
from sync.server.programme import revoke_device
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from sync.server.store.migrate import migrate
from tests.fakes.waiting import until
from tests.server.conftest import Programme, make_programme
from tests.server.http import serving
from tests.server.seats import Clock
from tests.store.seats import MemoryVault

HERE = "127.0.0.1"


class RealSeat:
    """The program of one seat without its screens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vault = MemoryVault()
        self.rang: list[tuple[float, Case]] = []
        self.port: int | None = None
        self.neighbours = InReach()

    @contextmanager
    def open(self, settings: LanSettings) -> Iterator[OpenedSeat]:
        tokens, desks = TokenCache(), []

        def make_online(store: Any, clock: Any) -> HttpOnlineDesk:
            desks.append(HttpOnlineDesk(store, HttpTransport, clock, tokens=tokens, version="1"))
            return desks[0]

        def plain(verifier: str, pin: str) -> bool:
            return True

        seat = build_core(
            self.folder,
            make_online,
            vault=self.vault,
            pin_check=plain,
            neighbours=self.neighbours,
        )
        self.lan = LanNode(
            seat.neighbours,
            seat.sync,
            seat.clock,
            on_alarm=self.ring,
            on_reach=seat.core.note_desk_in_reach,
            settings=settings,
            transfers=seat.transfers,
        )
        self.neighbours.node = self.lan
        self.runner = runner = SyncRunner(
            seat.sync, HttpTransport, seat.clock, self.ring, tokens=tokens, lan=self.lan
        )
        kinds = {ChangeKind.PENDING, ChangeKind.SESSION}
        seat.core.subscribe(lambda changed: runner.wake() if changed & kinds else None)
        runner.start()
        try:
            yield seat
        finally:
            assert runner.stop()
            desks[0].close()
            seat.core.close()

    def ring(self, case: Case) -> None:
        self.rang.append((time.monotonic(), case))


class Scene:
    """An office's desk and counter, enrolled, and the cable between them and the server."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        engine = make_engine(f"sqlite:///{folder / 'guichet.db'}")
        migrate(engine)
        stack.callback(engine.dispose)
        clock = Clock(time.time_ns() // 1_000_000)
        self.keys, _ = make_keys(now_ms=clock.ms)
        self.server = CentralServer(engine, self.keys, clock)
        self.programme: Programme = make_programme(self.server, clock)
        http = stack.enter_context(serving(make_app(self.server, feed_tick_s=0.5)))
        self.port = int(http.url.rpartition(":")[2])
        self.link = stack.enter_context(closing(Link(self.port)))
        self.desk, self.counter = RealSeat(folder / "desk"), RealSeat(folder / "a1")
        self.stack = stack

    def enter(
        self, seat: RealSeat, settings: LanSettings, kind: str, stack: ExitStack | None = None
    ) -> OpenedSeat:
        opened = (stack or self.stack).enter_context(seat.open(settings))
        if opened.core.queries.seat() is None:
            with writing(self.server.engine) as connection:
                place = self.programme.counter_ids[2 if kind == "desk" else 0]
                code = make_code(
                    connection,
                    self.programme.programme_id,
                    counter_id=place,
                    kind=kind,
                    now_ms=self.programme.clock(),
                )
            opened.core.execute(Enrol(f"http://{HERE}:{self.link.port}", code))
        return opened

    def cases(self) -> int:
        with reading(self.server.engine) as connection:
            return len(connection.execute(t.service_case.select()).all())


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        yield Scene(tmp_path, stack)


def rate(seat: OpenedSeat) -> float:
    """A dissatisfied customer; returns when the panel thanked."""
    view = seat.core.execute(OpenEncounter())
    invitation = seat.core.execute(FinishEncounter(view.encounter_id))
    seat.core.execute(RecordRating(invitation.encounter_id, 1))
    thanked = time.monotonic()
    said = AddRatingDetail(invitation.encounter_id, ("attitude",), "没人理我", CallWish.NOW)
    seat.core.execute(said)
    return thanked


def test_with_the_server_gone_a_low_rating_rings_and_becomes_one_case(scene: Scene) -> None:
    listed = LanSettings("listed", Address(HERE, 0))
    with ExitStack() as first:
        desk = scene.enter(scene.desk, listed, "desk", first)
        until(lambda: scene.desk.lan.port is not None, "the desk listens")
        at_desk = Address(HERE, scene.desk.lan.port or 0)
        counter = scene.enter(
            scene.counter, LanSettings("listed", Address(HERE, 0), (at_desk,)), "counter"
        )
        for seat in (desk, counter):
            until(lambda s=seat: has_pulled(s), "it has its data")  # type: ignore[misc]
        counter.core.execute(SignIn("101", "1"))

        scene.link.cut()
        until(lambda: not counter.core.queries.readiness().online, "the counter notices")
        # what it says beforehand: a desk would hear
        until(lambda: counter.core.queries.readiness().alarm_path, "and knows of the desk")
        rate(counter)
        until(lambda: any(case.comment for _, case in scene.desk.rang), "it rings, words and all")
    heard = scene.desk.rang[-1][1]
    assert (heard.score, heard.call, heard.comment) == (1, "now", "没人理我")
    assert (heard.counter_label, heard.clerk_number) == ("A1", "101")
    assert scene.cases() == 0

    scene.desk.rang.clear()
    desk = scene.enter(scene.desk, LanSettings("listed", at_desk), "desk")
    until(lambda: len(scene.desk.rang) == 1, "a desk that was closed meanwhile rings again")
    assert scene.desk.rang[0][1] == heard
    desk.core.execute(SignIn("900", "1"))

    scene.link.restore()
    until(lambda: counter.core.queries.pending_summary().count == 0, "the chain is up")
    told = desk.core.queries.desk
    until(lambda: any(case.comment for case in told().cases), "the server has told the desk")
    assert scene.cases() == 1
    (case,) = told().cases
    assert (case.case_id, case.opened_ms) == (heard.case_id, heard.opened_ms)
    assert (case.comment, case.call) == (heard.comment, heard.call)
    assert {case.case_id for _, case in scene.desk.rang} == {heard.case_id}

    gone = counter.sync.identity()
    assert gone is not None
    with scene.programme.work() as work:
        revoke_device(work, scene.keys, gone.device_id)
    scene.desk.runner.pull_soon()
    told_of = desk.neighbours.revocations
    until(
        lambda: gone.device_id in {each.device_id for each in told_of()},
        "a pull tells who was shut out",
    )


def has_pulled(seat: OpenedSeat) -> bool:
    return seat.core.queries.readiness().data_age_s is not None
