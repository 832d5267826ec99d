"""Two real seats and a real server: the server goes, a low rating rings, the server comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

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
from sync.client.lan.phones.host import PhoneHost
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
from tests.sync.desk_page import Phone

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
            phones=PhoneHost(seat.core.phones, seat.page, settings, addresses=lambda: [HERE]),
        )
        self.phones = seat.core.phones
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
        self.phones.hear(case)
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


def test_a_touch_without_the_server_is_the_first_step_once_it_is_back(scene: Scene) -> None:
    """The desk's entry may reach the server before the rating does."""
    settings = LanSettings("listed", Address(HERE, 0), phones=Address(HERE, 0))
    desk = scene.enter(scene.desk, settings, "desk")
    until(lambda: scene.desk.phones.place is not None, "it serves its page")
    at_desk = Address(HERE, scene.desk.lan.port or 0)
    counter = scene.enter(
        scene.counter, LanSettings("listed", Address(HERE, 0), (at_desk,)), "counter"
    )
    for seat in (desk, counter):
        until(lambda s=seat: has_pulled(s), "it has its data")  # type: ignore[misc]
    assert scene.counter.phones.place is None, "counters serve no page"
    counter.core.execute(SignIn("101", "1"))
    place = scene.desk.phones.place
    assert place is not None
    phone = Phone(int(place.addresses[0].rpartition(":")[2].partition("/")[0]))
    assert phone.sign_in("900", "1")[0] == 200
    scene.link.cut()
    until(lambda: not counter.core.queries.readiness().online, "the counter notices")
    until(lambda: counter.core.queries.readiness().alarm_path, "and knows of the desk")
    with phone.live() as events:
        next(events)
        rate(counter)
        told = next(told for kind, told in events if kind == "view" and told["cases"])
    case_id = UUID(told["cases"][0]["case_id"])
    assert phone.tap(uuid4(), case_id)[1]["outcome"] == "done"
    assert phone.tap(uuid4(), case_id, "arrived")[1]["outcome"] == "done"
    assert scene.cases() == 0

    scene.link.restore()
    until(lambda: counter.core.queries.pending_summary().count == 0, "the counter's chain is up")
    until(lambda: desk.core.queries.pending_summary().count == 0, "so is the desk's")
    desk.core.execute(SignIn("900", "1"))
    until(lambda: len(_stages(desk)) == 2, "the server has told the desk")
    assert _stages(desk) == ["acknowledged", "arrived"]
    with reading(scene.server.engine) as connection:
        (row,) = connection.execute(t.service_case.select()).all()
        open_ones = t.exception_item.select().where(t.exception_item.c.state == "open")
        assert connection.execute(open_ones).all() == []
    assert (row.case_id, row.state, row.stage) == (case_id, "acknowledged", "arrived")


def _stages(desk: OpenedSeat) -> list[str]:
    if desk.core.queries.pending_summary().count:
        return []
    return [step.kind for case in desk.core.queries.desk().cases for step in case.steps]
