"""The desk's page of the worst possible loss, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import Unavailable
from app.ports.online import CounterExposure
from app.services import commands as c
from app.services.point_views import ExposureView
from tests.fakes.core import START_MS
from tests.gui.desk_world import Desk, open_desk
from tests.gui.test_desk_points import press, type_into

Key = Qt.Key
LOST, HERE = UUID(int=51), UUID(int=52)
VIEW = ExposureView(
    counters=(
        CounterExposure(
            LOST, "A1", {"pool": 12_000, "waiting": 800}, 14, 31_500,
            START_MS - 26 * 3_600_000, False,
        ),
        CounterExposure(HERE, "A2", {"pool": 20_000}, 0, 0, START_MS - 60_000, False),
    ),
    programme_points=412_000,
    one_member_points=15_000,
    owed_points=2_300,
    at_ms=START_MS - 60_000,
    given_up=frozenset(),
    is_fresh=True,
)  # fmt: skip


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    for opened in open_desk(qtbot, qapp):
        opened.core.exposure_view = VIEW
        opened.settle()
        opened.window.activateWindow()
        opened.until(lambda: QApplication.focusWidget() is not None)
        yield opened


def test_one_key_asks_and_shows_every_part(desk: Desk) -> None:
    press(desk, Key.Key_F7)
    page = desk.screen.exposure
    assert page.parts.total.text() == "32,800 points"
    assert page.parts.parts["pool"][1].text() == "32,000"
    assert page.parts.parts["waiting"][0].isVisible()
    assert not page.parts.parts["forgotten"][0].isVisible()
    assert "412,000" in page.parts.beside.text()
    assert [row.minutes for row in page.counters.views()] == ["12,800", "20,000"]
    assert page.counters.hasFocus()
    press(desk, Key.Key_F5)
    assert len(desk.core.commands(c.AskExposure)) == 2
    press(desk, Key.Key_Escape)
    assert desk.screen.cases.hasFocus()


def test_what_nobody_knows_is_said(desk: Desk) -> None:
    desk.core.exposure_view = None
    press(desk, Key.Key_F7)
    page = desk.screen.exposure
    assert page.parts.total.text() == "–"
    assert "central server doesn't answer" in page.counter.said.title()


def test_a_lost_counter_is_given_up_with_a_reason(desk: Desk) -> None:
    press(desk, Key.Key_F7, Key.Key_Up)
    page = desk.screen.exposure
    assert "31,500 points of 14 members" in page.counter.holds.text()
    press(desk, Key.Key_Return)
    type_into(desk, "Stolen in the night")
    press(desk, Key.Key_Return)
    assert desk.core.commands(c.WriteOffLeases) == [c.WriteOffLeases(LOST, "Stolen in the night")]
    assert page.counter.said.title().startswith("Given up.")
    assert not desk.has("give_up"), "it isn't given up twice"
    assert "on its way" in page.counter.holds.text()


def test_a_counter_that_holds_nothing_has_nothing_to_give_up(desk: Desk) -> None:
    press(desk, Key.Key_F7)
    desk.model.exposure.select(HERE)
    assert not desk.has("give_up")
    desk.model.exposure.give_up("Why not")
    assert desk.core.commands(c.WriteOffLeases) == []


def test_a_refusal_keeps_the_reason(desk: Desk) -> None:
    press(desk, Key.Key_F7)
    desk.model.exposure.select(LOST)
    page = desk.screen.exposure
    page.counter.reason.set_text("Stolen")
    desk.core.refuse_next = Unavailable("disk_full", "full")
    desk.click("give_up")
    desk.settle()
    assert page.counter.reason.text() == "Stolen"
    assert "disk is full" in page.counter.said.title()


def test_signing_out_takes_it_away(desk: Desk) -> None:
    press(desk, Key.Key_F7)
    desk.core.execute(c.SignOut())
    desk.settle()
    assert desk.model.exposure.view is None
    assert desk.screen.pages.currentIndex() == 0


def test_whoever_signs_in_next_asks_anew(desk: Desk) -> None:
    press(desk, Key.Key_F7)
    page = desk.screen.exposure
    page.counter.reason.set_text("Stolen from the hall")
    desk.core.execute(c.SignOut())
    desk.settle()
    assert desk.model.exposure.view is None
    assert page.counter.reason.text() == ""
