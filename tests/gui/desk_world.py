"""The manager's desk in a window of its own, on a core in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from app.domain.records import Case
from tests.fakes.core import START_MS
from tests.gui.desk_core import DeskCore
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.screens import look
from ui.screens.desk import DeskScreen
from ui.screens.desk_alarm import DeskAlarm
from ui.viewmodels.desk import DeskViewModel


class Bell:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.plays = True

    def ring(self) -> None:
        self.heard.append("ring")

    def stop(self) -> None:
        self.heard.append("stop")

    def has_player(self) -> bool:
        return self.plays


class Tray(QSystemTrayIcon):
    """A tray that keeps its notices."""

    def __init__(self) -> None:
        super().__init__(look.app_icon())
        self.notices: list[tuple[str, str]] = []

    def show(self) -> None:
        """The offscreen platform has no tray to be in."""

    def hide(self) -> None:
        """Nor to leave."""

    def showMessage(self, title: str, text: str, *rest: object) -> None:
        self.notices.append((title, text))


@dataclass
class Desk:
    core: DeskCore
    runner: CommandRunner
    model: DeskViewModel
    screen: DeskScreen
    window: QMainWindow
    bell: Bell
    tray: Tray
    alarm: DeskAlarm
    qtbot: QtBot

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=30_000)

    def show(self, *cases: Case, **others: object) -> None:
        self.core.show(*cases, **others)  # type: ignore[arg-type]
        self.settle()

    def settle(self) -> None:
        self.until(lambda: not self.runner.busy)
        QApplication.processEvents()

    def widget(self, name: str) -> QWidget:
        found = [w for w in self.screen.findChildren(QWidget, name) if w.isVisible()]
        assert len(found) == 1, f"{name}: {len(found)} visible"
        return found[0]

    def has(self, name: str) -> bool:
        return any(w.isVisible() for w in self.screen.findChildren(QWidget, name))

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.widget(name), Qt.MouseButton.LeftButton)

    def write(self, name: str, text: str) -> None:
        editor = self.widget(name)
        assert isinstance(editor, QPlainTextEdit)
        editor.setPlainText(text)


def open_desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    """Yield a desk in a window, with a bell and a tray that remember."""
    look.apply(qapp, "light", language="en")
    core = DeskCore()
    runner = CommandRunner(core.execute)
    model = DeskViewModel(
        runner, core.queries, ChangeNotifier(core.subscribe), now_ms=lambda: START_MS
    )
    window = QMainWindow()
    window.setWindowTitle("Guichet · M1")
    screen = DeskScreen(model)
    window.setCentralWidget(screen)
    window.resize(1366, 768)
    qtbot.addWidget(window)
    bell, tray = Bell(), Tray()
    alarm = DeskAlarm(model, screen.words, window, sound=bell, tray=tray)
    window.show()
    yield Desk(core, runner, model, screen, window, bell, tray, alarm, qtbot)
    alarm.close()
    runner.close()
