"""A Qt object that nobody holds dies on the GUI thread, whoever allocates."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ui.qt.garbage import GarbageCollection


class Dying(QObject):
    """In a cycle with itself, so that only the collector finds it."""

    def __init__(self, died_on: list[int]) -> None:
        super().__init__()
        self.itself = self
        self.died_on = died_on

    def __del__(self) -> None:
        self.died_on.append(threading.get_ident())


@pytest.fixture(autouse=True)
def _python_collects() -> Iterator[None]:
    gc.enable()
    yield
    gc.disable()


def allocate_on_a_worker() -> None:
    def work() -> None:
        for _ in range(20_000):
            cycle: list[object] = []
            cycle.append(cycle)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def test_without_it_an_object_dies_on_the_worker_that_allocates(qtbot: QtBot) -> None:
    died_on: list[int] = []
    Dying(died_on)
    allocate_on_a_worker()
    assert len(died_on) == 1
    assert died_on != [threading.get_ident()]


def test_with_it_the_object_dies_on_the_gui_thread(qtbot: QtBot) -> None:
    garbage = GarbageCollection()
    died_on: list[int] = []
    Dying(died_on)
    allocate_on_a_worker()
    assert died_on == []
    qtbot.waitUntil(lambda: died_on == [threading.get_ident()], timeout=30_000)
    garbage.close()


def test_closing_gives_the_collecting_back(qtbot: QtBot) -> None:
    garbage = GarbageCollection()
    assert not gc.isenabled()
    garbage.close()
    garbage.close()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
