"""A version on trial, and what it keeps from a seat that is being changed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import Unavailable
from app.settings.in_force import Settings
from app.store.folder import SeatLock
from sync.client.updating.seat_state import SeatState, write_state
from tests.fakes import core as fake
from tests.gui.test_counter_application import FakeParts
from ui.application import EXIT_ALREADY_RUNNING, Application, run
from ui.command_line import Options
from ui.qt.single_instance import SingleInstance
from ui.viewmodels.pc_words import PC_ERRORS


def test_a_trial_neither_begins_work_nor_lets_anything_else_open_the_seat(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(tmp_path, language="en", windowed=True, check=tmp_path / "mark")
    parts = FakeParts(fake.FakeCore(kind="desk"))
    application = Application(qapp, options, parts)  # type: ignore[arg-type]
    application.show()
    application.close()
    assert "start" not in parts.sync
    told: list[str] = []
    write_state(tmp_path, SeatState(phase="saved", to="0.2.0"))

    def tell(qt: QApplication, options: Options, problem: Unavailable) -> int:
        told.append(problem.code)
        return 1

    monkeypatch.setattr("ui.application._tell_trouble", tell)
    assert run(["--data-folder", str(tmp_path)]) == 1
    assert told == ["update_under_way"]
    assert PC_ERRORS["update_under_way"].startswith("A new version")


def test_nobody_who_only_answers_to_the_programs_name_keeps_it_from_opening(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it listens any account of the PC may; who holds the seat is in the seat's folder."""
    squatter, called = SingleInstance(tmp_path), list[str]()
    squatter.called.connect(lambda: called.append("called"))
    squatter.listen()

    def build(arguments: Sequence[str], settings: Settings) -> NoReturn:
        raise Unavailable("disk_error", "as far as it came")

    monkeypatch.setattr("ui.application.build_application", build)
    monkeypatch.setattr("ui.application._tell_trouble", lambda *told: 9)
    assert run(["--data-folder", str(tmp_path)]) == 9
    assert not list(tmp_path.iterdir()), "a lock of this account's own would keep others out"
    lock = SeatLock(tmp_path)
    assert run(["--data-folder", str(tmp_path)]) == EXIT_ALREADY_RUNNING
    qtbot.waitUntil(lambda: called == ["called"])
    squatter.close()
    assert run(["--data-folder", str(tmp_path)]) == EXIT_ALREADY_RUNNING
    lock.release()
    assert run(["--data-folder", str(tmp_path)]) == 9
