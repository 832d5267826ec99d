"""A counter on a fake core, driven as a clerk drives it: by keys and scans."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.fakes.core import CARD, START_MS, FakeCore
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.qt.key_clock import monotonic_ms
from ui.qt.language import Language
from ui.qt.scan_filter import Scan, ScanFilter
from ui.screens import look
from ui.screens.counter_window import READ_MS, CounterScreen
from ui.screens.seat_window import SeatWindow
from ui.viewmodels.counter import CounterViewModel
from ui.viewmodels.status import StatusViewModel

Key = Qt.Key


class CounterWorld:
    """The counter window in front, a clerk signed in.

    `keys` counts the keys pressed, `scans` the scans.
    """

    def __init__(
        self,
        qtbot: QtBot,
        *,
        core: FakeCore | None = None,
        language: str = "en",
        theme: str = "light",
        size: tuple[int, int] = (1366, 768),
    ) -> None:
        self.qtbot = qtbot
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if (look.mode().value, app.property("lookLanguage")) != (theme, language):
            look.apply(app, theme, language=language)  # restyling everything takes its time
        self.language = Language()
        self.language.use(language)
        self.core = core or FakeCore()
        self.core.sign_in()
        self.runner = CommandRunner(self.core.execute)
        self.notifier = ChangeNotifier(self.core.subscribe)
        self.status = StatusViewModel(
            self.core.queries, self.notifier, now_ms=lambda: START_MS + 240_000
        )
        self.counter = CounterViewModel(self.runner, self.core.queries, self.notifier)
        # However slowly a machine types: `pause` says when the clerk has paused
        self.counter.looking_up._pause.setInterval(3_600_000)
        self.skipped_ms = 0.0
        self.clock_ms = 1_000.0
        self.screen = CounterScreen(
            self.counter, self.status, now_ms=lambda: monotonic_ms() + self.skipped_ms
        )
        self.window = SeatWindow()
        self.window.add_screen(self.screen)
        self.window.resize(*size)
        self.keys = self.scans = 0
        self.scan_filter: ScanFilter | None = None
        qtbot.addWidget(self.window, before_close_func=lambda _: self.close())
        self.window.show()
        self.window.activateWindow()
        qtbot.waitExposed(self.window)
        self.wait_for(lambda: self.focused() is self.screen.box.edit)

    def close(self) -> None:
        if self.scan_filter is not None:
            self.scan_filter.remove()
        self.runner.close()
        self.language.use("en")

    def focused(self) -> QWidget | None:
        return QApplication.focusWidget()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=30_000)

    def settle(self) -> None:
        """Until every command has been answered and every announcement heard."""
        self.wait_for(lambda: not self.runner.busy)
        for _ in range(3):
            QApplication.processEvents()

    def read(self) -> None:
        """Read what Enter would confirm, as clerks do before they press it."""
        self.settle()
        self.wait_for(lambda: self.counter.asks is None or self.screen._painted_ms is not None)
        self.skipped_ms += READ_MS

    def press(self, *keys: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        for key in keys:
            target = self.focused()
            assert target is not None, "nothing has the focus"
            if key == Key.Key_Return:
                self.read()
            QTest.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)
            self.keys += 1
            self.settle()

    def type(self, text: str) -> None:
        for character in text:
            target = self.focused()
            assert target is not None, "nothing has the focus"
            QTest.keyClicks(target, character)
            self.keys += 1
        self.settle()

    def pause(self) -> None:
        """Type nothing for a moment, in which the server may be asked."""
        if self.counter.looking_up._pause.isActive():
            self.counter.looking_up._pause.stop()
            self.counter.looking_up._ask()
        self.settle()

    def scan(self, text: str) -> None:
        self.counter.take_scan(text)
        self.scans += 1
        self.settle()

    def with_scan_filter(self) -> ScanFilter:
        """Catch scans; how fast keys came is said by `clock_ms`, however busy the PC is."""
        self.scan_filter = ScanFilter(now_ms=lambda: self.clock_ms)
        self.scan_filter.scanned.connect(self._on_scanned)
        self.scan_filter.install()
        return self.scan_filter

    def _on_scanned(self, scan: Scan) -> None:
        self.counter.take_scan(scan.text)


def serve(world: CounterWorld) -> None:
    """Begin with a customer whose card was scanned; keys and scans count from then on."""
    world.scan(CARD)
    world.keys = world.scans = 0
