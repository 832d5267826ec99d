"""The whole program on a fake seat: set up, sign in, serve, ask, rate, switch, close."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from app.domain.errors import Unavailable
from app.domain.program import program_version
from app.domain.records import Case
from app.ports.patience import Patience
from app.services import commands as c
from app.services.views import ChangeKind, PendingItem
from app.settings.places import default_data_folder
from sync.client.updating.launcher import EXIT_FOR_UPDATE
from sync.client.updating.runner import QUIET_S
from tests.fakes import core as fake
from tests.fakes.speech import MuteSpeech
from ui.application import Application, build_application
from ui.command_line import Options, parse
from ui.main import COMMANDS
from ui.qt.crash_log import CrashLog
from ui.qt.scan_filter import Scan
from ui.qt.single_instance import SingleInstance
from ui.screens.homes import CounterHome, DeskHome
from ui.screens.mending import MendingWindow
from ui.viewmodels.rating_panel_pages import Page

CASE = Case(
    UUID(int=77), "rating", UUID(int=1), "3", "1001", UUID(int=2), fake.START_MS, "new",
    1, (), "", "now", "",
)  # fmt: skip


class FakeParts:
    """A seat's parts without disk and network."""

    vault_strength = "file"

    def __init__(self, core: fake.FakeCore) -> None:
        self.core = core
        self.sync: list[str] = []
        self.quiet: list[float] = []
        self.alarm: Callable[[object], None] = lambda case: None
        self.shut: Callable[[Unavailable], None] = lambda problem: None

    def when_shut(self, listener: Callable[[Unavailable], None]) -> None:
        self.shut = listener

    def start_sync(self, on_alarm: Callable[[object], None]) -> None:
        self.alarm = on_alarm
        self.sync.append("start")

    def wake_sync(self) -> None:
        self.sync.append("wake")

    def order_update(self, *, quiet_s: float) -> bool:
        self.quiet.append(quiet_s)
        return quiet_s >= QUIET_S

    def stop_sync(self) -> None:
        self.sync.append("stop")

    def close(self) -> None:
        self.core.close()


@pytest.fixture
def start(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    started: list[Application] = []

    def build(core: fake.FakeCore) -> Application:
        options = Options(tmp_path, language="en", theme="light", windowed=True)
        application = Application(qapp, options, FakeParts(core))  # type: ignore[arg-type]
        started.append(application)
        qtbot.addWidget(application.window)
        application.show()
        application.window.activateWindow()
        qtbot.waitUntil(lambda: QApplication.activeWindow() is application.window)
        return application

    yield build
    for application in started:
        application.close()
        application.language.use("en")


def type_there(qtbot: QtBot, text: str) -> None:
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    target = QApplication.focusWidget()
    assert isinstance(target, QLineEdit)
    QTest.keyClicks(target, text, delay=40)
    QTest.keyClick(target, Qt.Key.Key_Return)


def counter_home(application: Application) -> CounterHome:
    assert isinstance(application.home, CounterHome)
    return application.home


def test_from_the_code_to_the_next_customer(start: Callable[..., Any], qtbot: QtBot) -> None:
    core = fake.FakeCore(enrolled=False)
    application: Application = start(core)
    assert application.window.current_screen() is application.enrolment_screen
    application.scans.scanned.emit(Scan("https://g.example#ABCD-2345"))
    qtbot.waitUntil(lambda: application.window.current_screen() is application.sign_in_screen)
    assert application.sign_in_screen.weak_vault.isVisible()
    type_there(qtbot, "1001")
    type_there(qtbot, "135790")
    qtbot.waitUntil(lambda: isinstance(application.home, CounterHome))
    home = counter_home(application)
    qtbot.waitUntil(lambda: application.window.current_screen() is home.screen)

    application.scans.scanned.emit(Scan(fake.PASS))
    qtbot.waitUntil(lambda: home.counter.proposal is not None)

    def earns() -> bool:  # once the proposal has stood there for a moment, and once only
        QTest.keyClick(home.screen.box.edit, Qt.Key.Key_Return)
        return len(core.commands(c.RecordAccrual)) == 1

    qtbot.waitUntil(earns)
    qtbot.waitUntil(lambda: not application.runner.busy)
    QTest.keyClick(home.screen.box.edit, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: not application.runner.busy)
    type_there(qtbot, "1")
    qtbot.waitUntil(lambda: home.panel.page is Page.CONFIRM)
    assert application.window.isActiveWindow(), "the panel took the focus"
    home.panel.say_yes()
    qtbot.waitUntil(lambda: home.panel.page is Page.OUTCOME)
    assert len(home.screen.entries.views()) == 2

    QTest.keyClick(home.screen.box.edit, Qt.Key.Key_F12)
    qtbot.waitUntil(lambda: home.panel.page is Page.RATING)
    assert application.window.isActiveWindow(), "the panel took the focus"
    home.panel.choose(2)
    qtbot.waitUntil(lambda: len(core.commands(c.RecordRating)) == 1)
    assert QApplication.focusWidget() is home.screen.box.edit
    shown = f"{home.screen.banner.title()}{home.screen.notice.text()}{home.screen.chip.text()}"
    assert "2" not in shown, "the clerk sees the score"


@pytest.fixture
def _pc_in_utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_pc_in_utc")
def test_a_counter_tells_the_offices_time_as_soon_as_it_is_enrolled(
    start: Callable[..., Any], qtbot: QtBot
) -> None:
    application: Application = start(fake.FakeCore(enrolled=False))
    application.scans.scanned.emit(Scan("https://g.example#ABCD-2345"))
    qtbot.waitUntil(lambda: application.window.current_screen() is application.sign_in_screen)
    type_there(qtbot, "1001")
    type_there(qtbot, "135790")
    qtbot.waitUntil(lambda: isinstance(application.home, CounterHome))
    assert f"{datetime.fromtimestamp(fake.START_MS / 1000, UTC):%H:%M}" == "11:06"
    assert counter_home(application).screen.clerk.text().endswith("shift since 19:06")


@pytest.mark.usefixtures("_pc_in_utc")
@pytest.mark.parametrize(("wish", "became"), [("", "open"), ("never", "")])
def test_a_counter_has_a_voice_until_it_is_closed(
    start: Callable[..., Any], qtbot: QtBot, tmp_path: Path, wish: str, became: str
) -> None:
    (tmp_path / "screen.ini").write_text(f"[General]\npanel_voice={wish or 'ask'}\n")
    core = fake.FakeCore()
    core.sign_in()
    application: Application = start(core)
    qtbot.waitUntil(lambda: isinstance(application.home, CounterHome))
    speech = counter_home(application).speech
    assert isinstance(speech, MuteSpeech)
    qtbot.waitUntil(lambda: speech.state == became)
    application.close()
    assert speech.state == "closed"


def test_a_desk_tells_the_offices_time(start: Callable[..., Any], qtbot: QtBot) -> None:
    core = fake.FakeCore(kind="desk")
    core.sign_in("9001")
    core.desk_view = replace(core.desk_view, cases=(CASE,))
    home = start(core).home
    assert isinstance(home, DeskHome)
    home.desk.select_case(CASE.case_id)

    def said() -> list[str]:
        return [label.text() for label in home.screen.findChildren(QLabel) if label.isVisible()]

    qtbot.waitUntil(lambda: any("19:06" in text for text in said()))
    assert not any("11:06" in text for text in said())


def test_a_desk_rings_for_a_case_that_sync_heard_of(
    start: Callable[..., Any], qtbot: QtBot
) -> None:
    core = fake.FakeCore(kind="desk")
    core.sign_in("9001")
    application: Application = start(core)
    home = application.home
    assert isinstance(home, DeskHome)
    assert application.window.current_screen() is home.screen
    parts = application._seat
    assert isinstance(parts, FakeParts)
    thread = threading.Thread(target=parts.alarm, args=(CASE,))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: home.desk.unattended == (CASE.case_id,))
    assert home.alarm is not None
    assert home.alarm.is_ringing()


def test_the_journal_wakes_sync_and_the_end_stops_it(
    start: Callable[..., Any], qtbot: QtBot
) -> None:
    core = fake.FakeCore()
    application: Application = start(core)
    parts = application._seat
    assert isinstance(parts, FakeParts)
    qtbot.waitUntil(lambda: parts.sync == ["start"])  # once the sign-in is there
    core.announce(fake.ChangeKind.PENDING)
    assert parts.sync == ["start", "wake"]
    application.close()
    application.close()
    assert parts.sync == ["start", "wake", "stop"]
    assert core.closed


def test_a_shift_closed_at_the_counter_is_summed_up_at_sign_in(
    start: Callable[..., Any], qtbot: QtBot
) -> None:
    core = fake.FakeCore()
    core.sign_in()
    application: Application = start(core)
    counter_home(application).counter.shift.close("135790")
    screen = application.sign_in_screen
    qtbot.waitUntil(lambda: application.window.current_screen() is screen)
    qtbot.waitUntil(lambda: screen.shift.title() == "The shift is closed")


def test_a_scan_for_another_window_is_not_taken(start: Callable[..., Any], qtbot: QtBot) -> None:
    core = fake.FakeCore()
    core.sign_in()
    application: Application = start(core)
    other = QLineEdit()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is other)
    application.scans.scanned.emit(Scan(fake.PASS))
    assert core.calls == []


def test_the_language_is_kept_for_the_next_start(
    start: Callable[..., Any], qtbot: QtBot, tmp_path: Path
) -> None:
    application: Application = start(fake.FakeCore())
    QTest.keyClick(application.sign_in_screen.number.editor, Qt.Key.Key_F1)
    assert application.language.code == "zh_CN"
    qtbot.waitUntil(lambda: application.sign_in_screen.title.text() == "登录")
    assert application.memory.value("language") == "zh_CN"


@pytest.mark.qt_log_ignore("does not support raise")  # the screenless platform can't
def test_f10_leaves_a_small_bar_and_a_second_start_brings_the_window_back(
    start: Callable[..., Any], qtbot: QtBot, tmp_path: Path
) -> None:
    core = fake.FakeCore()
    core.sign_in()
    application: Application = start(core)
    bar, host = application.bar, QLineEdit()
    qtbot.addWidget(host)
    QTest.keyClick(counter_home(application).screen.box.edit, Qt.Key.Key_F10)
    qtbot.waitUntil(bar.isVisible)
    assert not application.window.isVisible()
    assert (bar.height(), bar.light.text()[:13]) == (64, "Ready offline")
    host.show()
    host.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is host)
    core.waiting = [PendingItem("accrual", "CA1501", fake.START_MS, "waiting")]
    core.announce(ChangeKind.PENDING)
    qtbot.waitUntil(lambda: bar.chip.text().startswith("1 waiting"))
    QTest.mouseClick(bar.light, Qt.MouseButton.LeftButton)
    assert QApplication.activeWindow() is host, "the bar took the host program's focus"
    assert SingleInstance(tmp_path).call_first()
    qtbot.waitUntil(application.window.isVisible)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is application.window)
    assert not bar.isVisible()
    QTest.keyClick(counter_home(application).screen.box.edit, Qt.Key.Key_F10)
    qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(application.window.isVisible)


def test_a_desk_is_never_made_small(start: Callable[..., Any]) -> None:
    core = fake.FakeCore(kind="desk")
    core.sign_in("9001")
    application: Application = start(core)
    QTest.keyClick(application.window, Qt.Key.Key_F10)
    assert application.window.isVisible()
    assert not application.bar.isVisible()


@pytest.mark.qt_log_ignore("does not support raise")  # the screenless platform can't
def test_a_second_start_calls_the_first_to_the_front(
    start: Callable[..., Any], qtbot: QtBot, tmp_path: Path
) -> None:
    application: Application = start(fake.FakeCore())
    second = SingleInstance(tmp_path)
    with qtbot.waitSignal(application.instance.called):
        assert second.call_first()
    application.instance.close()
    assert not second.call_first()


def test_a_bug_is_written_down_and_shown_without_a_box(
    start: Callable[..., Any],
    qtbot: QtBot,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    application: Application = start(fake.FakeCore())
    log = CrashLog(tmp_path, application.report_bug)
    try:
        raise ZeroDivisionError("a bug")
    except ZeroDivisionError as error:
        log._on_exception(type(error), error, error.__traceback__)
    qtbot.waitUntil(application.window.crash.isVisible)
    assert "What was recorded is safe" in application.window.crash.title()
    assert "ZeroDivisionError: a bug" in (tmp_path / "crash.log").read_text("utf-8")
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert QApplication.activeModalWidget() is None


def test_a_disk_that_fails_is_no_mistake_of_the_program(
    start: Callable[..., Any], qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    application: Application = start(fake.FakeCore())
    log = CrashLog(tmp_path, application.report_bug)
    damaged = Unavailable("database_damaged", "the seat's data can't be read")
    log._on_exception(type(damaged), damaged, None)
    qtbot.waitUntil(application.window.crash.isVisible)
    assert "data is damaged" in application.window.crash.title()
    assert "guichet rescue export" in application.window.crash.title()
    assert str(tmp_path / "crash.log") in application.window.crash.detail()
    assert "can't be read" in capsys.readouterr().err


def test_a_window_says_that_the_data_is_mended_before_there_is_another(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    watch = QTimer()

    class Mending:
        """A seat that takes its time, and can't be opened in the end."""

        def __init__(self, folder: Path, *, patience: Patience, **_: object) -> None:
            job = Future[None]()

            def look_on() -> None:
                for window in QApplication.topLevelWidgets():
                    if isinstance(window, MendingWindow) and window.isVisible() and not job.done():
                        said.append(window.accessibleName())
                        job.set_result(None)

            watch.timeout.connect(look_on)
            watch.start(5)
            patience.tell(0.5)
            patience.wait(job)
            patience.tell(1)
            raise Unavailable("database_damaged", "it can't be mended")

    monkeypatch.setattr("ui.application.OpenedParts", Mending)
    with pytest.raises(Unavailable):
        build_application(["--data-folder", str(tmp_path), "--language", "zh_CN"])
    watch.stop()
    assert said == ["正在修复本机数据"]
    assert QCoreApplication.translate("Window", "This PC's data is being mended").isascii()


def test_it_closes_for_another_version_when_nobody_works(
    start: Callable[..., Any], qtbot: QtBot
) -> None:
    application: Application = start(fake.FakeCore())
    seen = application._seat.quiet  # type: ignore[attr-defined]
    look = application._update_timer.timeout.emit
    type_there(qtbot, "1001")
    look()  # half typed
    type_there(qtbot, "135790")
    qtbot.waitUntil(lambda: isinstance(application.home, CounterHome))
    for _ in range(9):
        look()
    assert set(seen) == {0.0}
    application.core.execute(c.SignOut())
    qtbot.waitUntil(lambda: application.status.session is None)
    for _ in range(4):
        look()
    assert application.exit_code == 0
    look()
    assert seen[-5:] == [60.0, 120.0, 180.0, 240.0, 300.0]
    assert application.exit_code == EXIT_FOR_UPDATE
    assert not application.window.isVisible()


@pytest.mark.parametrize("reason", ["revoked", "out_of_contact"])
def test_reading_while_the_seat_goes_blind_is_no_bug(
    start: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    application: Application = start(fake.FakeCore())
    log = CrashLog(tmp_path, application.report_bug)
    try:
        raise Unavailable(reason, "shut out")
    except Unavailable as error:
        log._on_exception(type(error), error, error.__traceback__)
    QApplication.processEvents()
    assert not application.window.crash.isVisible()
    assert not (tmp_path / "crash.log").exists()
    assert not capsys.readouterr().err


def test_the_command_line_is_read() -> None:
    options = parse(
        ["--data-folder", "/x", "--language", "zh_CN", "--theme", "dark", "--panel-screen", "0"]
    )
    assert options == Options(Path("/x"), "", "zh_CN", "dark", "0", False)
    assert parse([]).settings().values.data_folder == default_data_folder()
    near = parse(["--lan", "listed", "--peer", "10.0.4.17", "--peer", "desk:99"])
    assert (near.lan, near.peers) == ("listed", ("10.0.4.17:8461", "desk:99"))


def test_each_option_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    said = " ".join(capsys.readouterr().out.split()).partition("options:")[2]
    options = re.split(r" (?=--[a-z])", said)[1:]
    assert len(options) >= 9
    for option in options:
        # its name, what it takes, and at least three words
        assert len(re.sub(r"^--\S+( [A-Z]+| {\S+})?", "", option).split()) >= 3, option


def test_the_help_names_the_commands_that_people_call(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    listed = capsys.readouterr().out.partition("commands (")[2]
    assert re.findall(r"^  ([a-z]+)  ", listed, re.MULTILINE) == sorted({*COMMANDS} - {"voice"})
    with pytest.raises(SystemExit) as ended:
        parse(["--windowed", "--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"guichet {program_version()}\n"


@pytest.mark.parametrize(
    "arguments",
    [["--language", "xx"], ["--theme", "pink"], ["extra"], ["--lan", "on"], ["--peer", "a b"]],
)
def test_a_wrong_command_line_ends_with_its_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_seat_that_goes_blind_takes_everything_off_its_screens(
    qtbot: QtBot, start: Callable[..., Any]
) -> None:
    application = start(fake.FakeCore())
    parts = application._seat
    assert isinstance(parts, FakeParts)
    problem = Unavailable("revoked", "shut out")
    thread = threading.Thread(target=parts.shut, args=(problem,))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: application.trouble is problem)
    assert not application.window.isVisible()
    assert parts.sync[-1] == "stop"
