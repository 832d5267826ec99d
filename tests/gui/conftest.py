"""What several of the screens' tests are played on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.fakes.speech import MuteSpeech
from tests.gui.counter_world import CounterWorld
from tests.gui.desk_world import Desk, open_desk
from ui.qt.office_clock import OFFICE_CLOCK


@pytest.fixture(autouse=True)
def _no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of no office that an earlier test stood in."""
    monkeypatch.setattr(OFFICE_CLOCK, "_time_zone", None)


@pytest.fixture(autouse=True)
def _no_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters start no process that speaks."""
    monkeypatch.setattr("ui.screens.homes.Speech", MuteSpeech)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    """The manager's desk, shown."""
    yield from open_desk(qtbot, qapp)


@pytest.fixture
def world(qtbot: QtBot) -> Iterator[CounterWorld]:
    """The counter's window on a core in memory."""
    counter_world = CounterWorld(qtbot)
    yield counter_world
    counter_world.close()
