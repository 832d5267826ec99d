"""The program at a counter or a desk: its windows on an opened seat."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QStyle

from app.domain.errors import GuichetError, Unavailable
from app.domain.program import program_version
from app.services.views import ChangeKind, Seat, SessionView
from app.settings.in_force import Settings
from app.settings.schema import SeatSettings
from app.store.folder import is_held
from sync.client.updating.launcher import EXIT_FOR_UPDATE
from sync.client.updating.seat_state import is_changing
from ui.command_line import Options, language_of, mode_of, parse, screen_memory
from ui.opened_parts import OpenedParts
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.qt.crash_log import Caught, CrashLog
from ui.qt.garbage import GarbageCollection
from ui.qt.keypad import Keypad
from ui.qt.language import LANGUAGES, SOURCE, Language
from ui.qt.leisure import Leisure
from ui.qt.log_file import write_log
from ui.qt.office_clock import OFFICE_CLOCK
from ui.qt.patience import GuiPatience
from ui.qt.relay import Relay
from ui.qt.scan_filter import Scan, ScanFilter
from ui.qt.single_instance import SingleInstance
from ui.screens import look
from ui.screens.docked_bar import DockedBar
from ui.screens.enrolment import EnrolmentScreen
from ui.screens.mending import MendingNotice
from ui.screens.seat_window import SeatWindow
from ui.screens.sign_in import SignInScreen
from ui.viewmodels.enrolment import EnrolmentViewModel
from ui.viewmodels.sign_in import SignInViewModel
from ui.viewmodels.status import StatusViewModel

if TYPE_CHECKING:
    from app.services.core import Core
    from ui.screens.homes import Home

EXIT_ALREADY_RUNNING: Final = 3
UPDATE_LOOK_MS: Final = 60_000
CHECK_MS: Final = 30_000
POLL_MS: Final = 50
_log: Final = logging.getLogger(__name__)
WINDOWED: Final = QSize(1366, 768)  # at most: its title bar and keys have to be on the screen


class Application(QObject):
    """One seat's program with its windows.

    Attributes:
        qt: the QApplication.
        window: the seat's main window.
        bar: what is left of it while another program owns the screen.
        core: what the screens call.
        status, sign_in, enrolment: the view-models every seat has.
        home: what the seat is for, a counter with its panel or a desk; None until enrolled, and
            of a counter until somebody signs in or nobody does anything for a moment.
        trouble: why the seat closed by itself, None while it works.
        exit_code: of the process, unless the seat is in trouble.
    """

    def __init__(
        self,
        qt: QApplication,
        options: Options,
        seat: OpenedParts,
        mending: MendingNotice | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Build the windows on an opened seat, and show the first.

        `settings` are read anew if not given.
        """
        super().__init__()
        self.qt, self.options = qt, options
        self.settings = settings or options.settings()
        told = self.told = self.settings.values
        self.garbage = GarbageCollection(self)
        self.mending = mending  # kept: it stands over the screen while the data is mended
        self.core: Core = seat.core
        self._seat = seat
        self.memory = screen_memory(told.data_folder)
        self.language = Language(self)
        self.window = SeatWindow()
        self.runner = CommandRunner(self.core.execute, self)
        self.notifier = ChangeNotifier(self.core.subscribe, self)
        self.alarms = Relay(self)
        self.keypad = Keypad(self)
        self.scans = ScanFilter(self)
        self.instance = SingleInstance(told.data_folder, self)
        self._use_language(language_of(told))
        self.status = StatusViewModel(self.core.queries, self.notifier, self)
        self.sign_in = SignInViewModel(self.runner, self)
        self.enrolment = EnrolmentViewModel(
            self.runner,
            told.server,
            token=told.enrolment_token,
            office=told.office,
            is_server_locked=self.settings.is_locked("server"),
            parent=self,
        )
        self.sign_in_screen = SignInScreen(self.sign_in, self.status)
        self.sign_in_screen.warn_of_weak_vault(seat.vault_strength == "file")
        if self.settings.is_locked("language"):
            self.sign_in_screen.lock_language()
        self.bar = DockedBar(self.status)
        self.home: Home | None = None
        self._leisure = Leisure(self)
        self._is_begun = options.check is not None  # the work; there is none in a trial
        self._is_open = False  # the window
        self.trouble: Unavailable | None = None
        self.exit_code = 0
        self._quiet_s = 0.0
        self._update_timer = QTimer(self, interval=UPDATE_LOOK_MS)
        self._update_timer.timeout.connect(self._on_time_for_update)
        self._update_timer.start()
        self._shut = Relay(self)
        self._shut.arrived.connect(self._on_shut)
        self._closed = False
        self.window.add_screen(self.sign_in_screen)
        for field in (self.sign_in_screen.number, self.sign_in_screen.pin):
            field.text_changed.connect(self._leisure.wait)
        self.sign_in.changed.connect(self._on_sign_in_changed)
        for asks in (self.window, self.sign_in_screen):
            asks.language_asked.connect(self._on_language_asked)
        self.window.dock_asked.connect(self._on_dock_asked)
        self.window.closing.connect(self._on_closing)
        self.bar.opened.connect(self._on_called)
        self.enrolment.enrolled.connect(self._on_enrolled)
        self.sign_in.signed_in.connect(self._on_signed_in)
        self.status.session_changed.connect(self._on_session_changed)
        self.scans.scanned.connect(self._on_scanned)
        self.instance.called.connect(self._on_called)
        if told.theme == "auto":
            qt.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)
        self.scans.install()
        self.instance.listen()
        self.core.subscribe(self._wake_sync)
        seat.when_shut(self._shut.send)
        self._show_fitting()

    @cached_property
    def enrolment_screen(self) -> EnrolmentScreen:
        """Where the seat is set up; one that is set up builds none."""
        screen = EnrolmentScreen(self.enrolment)
        if self.settings.is_locked("language"):
            screen.lock_language()
        screen.language_asked.connect(self._on_language_asked)
        self.window.add_screen(screen)
        return screen

    def show(self) -> None:
        """Open the window, over the whole screen unless it is to be windowed."""
        if self.options.windowed:
            room = self.window.screen().availableGeometry()
            title = self.window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
            size = WINDOWED.boundedTo(QSize(room.width(), room.height() - 2 * title))
            self.window.resize(size)
            self.window.move(room.topLeft())
            self.window.show()
        else:
            self.window.showMaximized()
        self._is_open = True
        self._open_beside()
        if self.status.seat is None and self.options.check is None:
            self.enrolment.begin()

    def close(self) -> None:
        """Stop everything; what is recorded stays recorded."""
        if self._closed:
            return
        self._closed = True
        self._leisure.stop()
        self._update_timer.stop()
        self.scans.remove()
        self.instance.close()
        self.keypad.close()
        if self.home is not None:
            self.home.close()
        self.window.hide()
        self.bar.hide()
        if self.mending is not None:
            self.mending.close()
        self._seat.stop_sync()
        self.runner.close()
        self._seat.close()
        self.garbage.close()

    def report_bug(self, caught: Caught) -> None:
        """Say on the screen that the program made a mistake, or what this PC can't do any more."""
        self.window.show_crash(str(caught.log), caught.problem)

    def _show_fitting(self) -> None:
        """Show the screen that fits: set up, sign in, or work."""
        seat = self.status.seat
        if seat is None:
            self.window.show_screen(self.enrolment_screen)
            return
        if not self._is_begun:
            self._is_begun = True
            OFFICE_CLOCK.hang_in(seat.time_zone)
            self._leisure.begin(self._begin_work(seat))
        # A counter nobody works at can wait: first the sign-in. A desk has to ring from now on.
        signed_in = self.status.session is not None
        if signed_in or seat.kind == "desk":
            self._leisure.finish()
        home = self.home
        shown = home.screen if signed_in and home is not None else self.sign_in_screen
        self.window.show_screen(shown)
        self.window.setWindowTitle(f"Guichet · {seat.counter_label}")

    def _begin_work(self, seat: Seat) -> Iterator[None]:
        """Let sync run, build what the seat is for, and open what stands beside the window."""
        self._seat.start_sync(self.alarms.send)
        yield
        from ui.screens.homes import Surroundings, make_home

        yield
        around = Surroundings(
            core=self.core,
            runner=self.runner,
            notifier=self.notifier,
            alarms=self.alarms,
            keypad=self.keypad,
            status=self.status,
            sign_in_screen=self.sign_in_screen,
            language=self.language,
            ask_language=self._on_language_asked,
            settings=self.told,
            memory=self.memory,
            windowed=self.options.windowed,
        )
        self.home = yield from make_home(seat.kind, around)
        self.window.add_screen(self.home.screen)
        yield
        if self._is_open:
            self._open_beside()
        if seat.kind == "counter":
            told = self.told
            self.keypad.open(told.keypad, codes=told.keypad_codes, baud=str(told.keypad_baud))

    def _open_beside(self) -> None:
        """Open what stands beside the window; not every platform leaves the focus where it is."""
        if self.home is not None:
            self.home.show_beside(self.window)
            self.window.activateWindow()

    def _use_language(self, code: str) -> None:
        look.apply(self.qt, mode_of(self.qt, self.told), language=code)
        self.language.use(code)

    def _wake_sync(self, kinds: frozenset[ChangeKind]) -> None:
        if kinds & {ChangeKind.PENDING, ChangeKind.SESSION}:
            self._seat.wake_sync()

    @Slot()
    def _on_language_asked(self) -> None:
        if self.settings.is_locked("language"):
            return
        here = LANGUAGES.index(self.language.code)
        code = LANGUAGES[(here + 1) % len(LANGUAGES)]
        self._use_language(code)
        self.memory.setValue("language", code)

    @Slot()
    def _on_color_scheme_changed(self) -> None:
        look.apply(self.qt, mode_of(self.qt, self.told), language=self.language.code)

    @Slot(object)
    def _on_enrolled(self, seat: object) -> None:
        self.status.refresh()
        self._seat.wake_sync()
        self._show_fitting()

    @Slot()
    def _on_sign_in_changed(self) -> None:
        if self.sign_in.busy:  # the PIN is tried on another thread
            self._leisure.go_on()

    @Slot(object)
    def _on_signed_in(self, session: SessionView) -> None:
        self.status.refresh()

    @Slot(object)
    def _on_session_changed(self, session: SessionView | None) -> None:
        if session is not None:
            self.sign_in_screen.show_summary(None)
        self._show_fitting()

    @Slot(object)
    def _on_scanned(self, scan: Scan) -> None:
        if QApplication.activeWindow() is not self.window:
            return
        screen = self.window.current_screen()
        if screen is self.sign_in_screen:
            self.sign_in.take_badge(scan.text)
        elif self.home is not None:
            self.home.take_scan(scan.text)
        else:
            self.enrolment.take_scan(scan.text)

    @Slot()
    def _on_dock_asked(self) -> None:
        seat = self.status.seat
        if seat is not None and seat.kind == "counter":  # a desk must be seen when it rings
            self.bar.show_on(self.window.screen())
            self.window.hide()

    @Slot()
    def _on_called(self) -> None:
        self.bar.hide()
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    @Slot()
    def _on_time_for_update(self) -> None:
        """Close for another version at a quiet time: nobody signed in, and nothing half typed."""
        screen = self.sign_in_screen
        typed = screen.number.text() or screen.pin.text() or self.enrolment.busy
        is_quiet = self.status.session is None and not typed
        self._quiet_s = self._quiet_s + UPDATE_LOOK_MS / 1000 if is_quiet else 0.0
        if self._seat.order_update(quiet_s=self._quiet_s):
            self.exit_code = EXIT_FOR_UPDATE
            self._on_closing()

    @Slot(object)
    def _on_shut(self, problem: Unavailable) -> None:
        self.trouble = problem  # nothing of a blind seat stays on a screen
        self._on_closing()

    @Slot()
    def _on_closing(self) -> None:
        self.close()
        self.qt.quit()


def qt_application() -> QApplication:
    """Return the process's QApplication, made if there is none."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setApplicationName("guichet")
    QApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    qt = QApplication(["guichet"])
    qt.setQuitOnLastWindowClosed(False)
    return qt


def build_application(argv: Sequence[str], settings: Settings | None = None) -> Application:
    """Open the seat and build its windows, without running Qt's loop; `show` opens them.

    Args:
        argv: the command line without the program's name.
        settings: what is in force; read if not given.

    Raises:
        Unavailable: policy_broken; the data folder can't be used, see `app.bootstrap.build_core`.
    """
    options = parse(argv)
    settings = settings or options.settings()
    told = settings.values
    qt = qt_application()
    patience, early = GuiPatience(qt), Language()

    def dress() -> None:
        code = language_of(told)
        look.apply(qt, mode_of(qt, told), language=code)
        early.use(code)

    notice = MendingNotice(dress)
    patience.told.connect(notice.follow)
    try:
        parts = OpenedParts(settings, patience=patience, prints=options.check is None)
    finally:
        early.use(SOURCE)
        notice.dress = None  # from here on who shows a window dresses it
    return Application(qt, options, parts, notice, settings)


def run(arguments: Sequence[str]) -> int:
    """Run the seat's program on the arguments of its command line; returns its exit code."""
    options = parse(arguments)
    qt = qt_application()
    if options.check is not None:
        return _check(options, options.check, arguments)
    try:
        settings = options.settings()
    except Unavailable as problem:
        plain = SeatSettings()
        folder = options.data_folder or plain.data_folder
        return _tell_trouble(qt, replace(plain, data_folder=folder), problem)
    told = settings.values
    if is_changing(told.data_folder):
        changing = Unavailable("update_under_way", "A new version is being put in place.")
        return _tell_trouble(qt, told, changing)
    if is_held(told.data_folder):  # any account of the PC may listen under the name to be called
        SingleInstance(told.data_folder).call_first()
        print("guichet: it is running at this place already", file=sys.stderr)
        return EXIT_ALREADY_RUNNING
    try:
        application = build_application(arguments, settings)
    except Unavailable as problem:
        return _tell_trouble(qt, told, problem)
    write_log(told.data_folder, told.log_level)
    for mistake in settings.problems:
        _log.warning("%s", mistake)
    CrashLog(told.data_folder, application.report_bug).install()
    application.show()
    try:
        code = qt.exec()
    finally:
        application.close()
    code = code or application.exit_code
    return code if application.trouble is None else _tell_trouble(qt, told, application.trouble)


def _check(options: Options, mark: Path, arguments: Sequence[str]) -> int:
    """Be a version on trial: open the seat, show the first screen, say so in a file, and end.

    Nobody's key or touch is heard, nothing is sent or printed, so that what is recorded is what
    was there.
    """
    try:
        application = build_application(arguments)
    except Unavailable as problem:
        print(f"guichet: {problem.code}: {problem.message}", file=sys.stderr)
        return 1
    try:
        application.show()
        window, deadline = application.window.windowHandle(), QDeadlineTimer(CHECK_MS)
        while not window.isExposed():
            if deadline.hasExpired():
                print("guichet: the first screen isn't shown", file=sys.stderr)
                return 1
            application.qt.processEvents(
                QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, POLL_MS
            )
    finally:
        application.close()
    mark.write_text(program_version())
    return 0


def _tell_trouble(qt: QApplication, told: SeatSettings, problem: GuichetError) -> int:
    """Say why the seat isn't open, in a window; returns the exit code."""
    print(f"guichet: {problem.message}", file=sys.stderr)
    if problem.code == "second_instance":
        return EXIT_ALREADY_RUNNING
    from ui.screens.trouble import show_trouble

    dark = told.theme == "dark"
    _window = show_trouble(qt, problem, str(told.data_folder), told.language, dark=dark)
    qt.exec()
    return 1
