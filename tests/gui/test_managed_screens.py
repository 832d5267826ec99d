"""What the administrator set is in force on the screens, and they say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.settings.in_force import read_settings
from app.settings.places import files_in
from tests.fakes import core as fake
from tests.gui.test_counter_application import FakeParts
from ui.application import Application
from ui.command_line import Options


def test_a_language_that_the_administrator_set_stays_and_says_so(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    (tmp_path / "policy.json").write_text('{"locked": {"language": "en"}}')
    (tmp_path / "screen.ini").write_text("[General]\nlanguage=zh_CN\n")
    settings = read_settings({"data_folder": tmp_path}, places=files_in(tmp_path))
    parts: Any = FakeParts(fake.FakeCore())
    application = Application(qapp, Options(windowed=True), parts, settings=settings)
    qtbot.addWidget(application.window)
    try:
        assert application.language.code == "en"
        application.window.language_asked.emit()
        assert application.language.code == "en"
        assert application.memory.value("language") == "zh_CN"  # what they chose is kept
        assert "administrator" in application.enrolment_screen.language.text()
        assert not application.sign_in_screen.language.isEnabled()
    finally:
        application.close()
