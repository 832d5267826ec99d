"""What `./dev test` promises the other tests is real: PostgreSQL, secret service, windows."""

from __future__ import annotations

import os
import stat

import psycopg
import pytest
from keyring.backend import KeyringBackend
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.fakes.postgres import PostgresServer


def conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:")


def one_note(url: str) -> None:
    with psycopg.connect(conninfo(url)) as connection:
        connection.execute("CREATE TABLE notes (body text)")
        connection.execute("INSERT INTO notes VALUES ('from the template')")


def notes(url: str) -> list[str]:
    with psycopg.connect(conninfo(url)) as connection:
        return [row[0] for row in connection.execute("SELECT body FROM notes")]


def test_postgres_writes_through_to_the_disk(postgres_url: str) -> None:
    with psycopg.connect(conninfo(postgres_url)) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_databases_from_one_template_are_apart(postgres: PostgresServer) -> None:
    built: list[str] = []

    def build(url: str) -> None:
        built.append(url)
        one_note(url)

    first, second = postgres.create_database(build), postgres.create_database(build)
    with psycopg.connect(conninfo(first)) as connection:
        connection.execute("DELETE FROM notes")
    assert (notes(first), notes(second)) == ([], ["from the template"])
    assert len(built) == 1
    for url in (first, second):
        postgres.drop_database(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        notes(first)


def test_a_crash_keeps_what_was_committed() -> None:
    with PostgresServer() as server:
        url = server.create_database(one_note)
        with psycopg.connect(conninfo(url)) as open_connection:
            open_connection.execute("INSERT INTO notes VALUES ('not committed')")
            server.kill()
            assert server.pid is None
            with pytest.raises(psycopg.OperationalError):
                open_connection.execute("SELECT 1")
        server.start()
        assert notes(url) == ["from the template"]


def test_the_secret_service_keeps_a_secret(keyring_session: KeyringBackend) -> None:
    keyring_session.set_password("guichet-test", "desktop", "密钥")
    assert keyring_session.get_password("guichet-test", "desktop") == "密钥"
    keyring_session.delete_password("guichet-test", "desktop")
    assert keyring_session.get_password("guichet-test", "desktop") is None


def test_nobodys_own_settings_are_in_reach() -> None:
    for name in ("XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        folder = os.environ[name]
        assert "guichet-test-" in folder
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_windows_are_real_and_compete_for_the_focus(qtbot: QtBot) -> None:
    """A test that a window takes no focus can fail only where windows take it by themselves."""
    assert QGuiApplication.platformName() == "xcb"
    box, intruder = QLineEdit(), QWidget()
    for window in (box, intruder):
        qtbot.addWidget(window)
    with qtbot.waitActive(box):
        box.show()
    with qtbot.waitActive(intruder):
        intruder.show()
    assert not box.isActiveWindow()


def test_a_window_that_asks_for_no_focus_gets_none(qtbot: QtBot) -> None:
    box, panel = QLineEdit(), QWidget()
    for window in (box, panel):
        qtbot.addWidget(window)
    panel.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    panel.setWindowFlag(Qt.WindowType.WindowDoesNotAcceptFocus)
    with qtbot.waitActive(box):
        box.show()
    with qtbot.waitExposed(panel):
        panel.show()
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(box, "1240")
    assert box.isActiveWindow()
    assert box.text() == "1240"


def test_chinese_has_a_font(qapp: QGuiApplication) -> None:
    families = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    assert families
