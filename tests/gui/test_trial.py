"""A version on trial, and what it keeps from a seat that is being changed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.errors import Unavailable
from sync.client.updating.seat_state import SeatState, write_state
from tests.fakes import core as fake
from tests.gui.test_counter_application import FakeParts
from ui.application import Application, run
from ui.command_line import Options
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
