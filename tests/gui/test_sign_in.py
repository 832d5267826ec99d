"""Setting a PC up, signing in, and what both say when it doesn't work."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea
from pytestqt.qtbot import QtBot

from app.domain.errors import Rejected, Unavailable
from app.services import commands as c
from app.services.views import PendingItem, ShiftSummary
from tests.fakes.core import BADGE, START_MS, FakeCore
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.qt.language import Language
from ui.screens import look
from ui.screens.enrolment import EnrolmentScreen
from ui.screens.sign_in import SignInScreen
from ui.viewmodels.enrolment import EnrolmentViewModel, with_scheme
from ui.viewmodels.sign_in import SignInViewModel
from ui.viewmodels.status import StatusViewModel


class Place:
    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.core = FakeCore()
        self.runner = CommandRunner(self.core.execute)
        notifier = ChangeNotifier(self.core.subscribe)
        self.status = StatusViewModel(self.core.queries, notifier, now_ms=lambda: START_MS)
        self.sign_in = SignInViewModel(self.runner)
        self.screen = SignInScreen(self.sign_in, self.status)
        qtbot.addWidget(self.screen)
        self.screen.show()
        self.screen.activateWindow()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is self.screen.number.editor)

    def type(self, text: str, *, enter: bool = True) -> None:
        target = QApplication.focusWidget()
        assert isinstance(target, QLineEdit)
        QTest.keyClicks(target, text)
        if enter:
            QTest.keyClick(target, Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: not self.runner.busy)


@pytest.fixture
def place(qtbot: QtBot) -> Iterator[Place]:
    place = Place(qtbot)
    yield place
    place.runner.close()


def test_number_enter_pin_enter_signs_in(place: Place, qtbot: QtBot) -> None:
    with qtbot.waitSignal(place.sign_in.signed_in) as signed_in:
        place.type("1001")
        place.type("135790")
    assert signed_in.args[0].staff_name == "王芳"


def test_a_badge_signs_in(place: Place, qtbot: QtBot) -> None:
    with qtbot.waitSignal(place.sign_in.signed_in) as signed_in:
        place.sign_in.take_badge(BADGE)
    assert signed_in.args[0].staff_number == "1002"


def test_a_wrong_pin_says_what_is_left_and_forgets_the_pin(place: Place) -> None:
    place.type("1001")
    place.type("000000")
    assert place.screen.banner.title() == "Number or PIN is wrong. Tries left: 4"
    assert place.screen.pin.text() == ""
    assert place.screen.number.text() == "1001"
    assert QApplication.focusWidget() is place.screen.pin.editor


def test_the_fields_stay_where_they_are_whatever_is_said(place: Place) -> None:
    place.screen.resize(1366, 768)
    field = place.screen.number

    def top() -> int:
        QApplication.processEvents()
        return field.mapTo(place.screen, QPoint(0, 0)).y()

    before = top()
    place.type("1001")
    place.type("999999")
    assert place.screen.banner.title()
    assert top() == before


def test_too_many_tries_count_down_and_send_nothing(place: Place, qtbot: QtBot) -> None:
    place.core._wrong_pins = 5
    place.type("1001")
    place.type("135790")
    assert place.sign_in.wait_s == 30
    assert not place.screen.button.isEnabled()
    tried = len(place.core.calls)
    place.type("135790")
    assert len(place.core.calls) == tried
    qtbot.waitUntil(lambda: place.sign_in.wait_s < 30, timeout=30_000)
    assert f"Wait {place.sign_in.wait_s} s" in place.screen.banner.title()
    for _ in range(place.sign_in.wait_s):
        place.sign_in._on_second()
    assert place.screen.banner.title() == ""
    assert place.screen.button.isEnabled()


def test_nothing_typed_asks_for_it(place: Place) -> None:
    place.type("1001")
    place.type("")
    assert place.screen.banner.title() == "Type number and PIN."
    assert place.core.calls == []


def test_a_missing_key_store_is_said_plainly(place: Place) -> None:
    assert place.screen.weak_vault.isHidden()
    place.screen.warn_of_weak_vault(True)
    assert "less safe" in place.screen.weak_vault.title()
    assert place.screen.weak_vault.isVisible()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_all_that_the_card_can_say_after_a_shift_fits_a_small_screen(
    place: Place, qapp: QApplication, language: str
) -> None:
    """1366 x 768 less the desktop's own bar, on a PC without a key store, with work that waits."""
    speech = Language()
    speech.use(language)
    look.apply(qapp, language=language)
    try:
        place.core.waiting = [PendingItem("rating", "", START_MS, "waiting")] * 3
        place.status.refresh()
        place.screen.resize(1366, 720)
        place.screen.warn_of_weak_vault(True)
        place.screen.show_summary(ShiftSummary(UUID(int=1), 0, 34, 29, 4, 1, 2, 1, 3))
        area = place.screen.findChild(QScrollArea)
        assert isinstance(area, QScrollArea)
        bar = area.verticalScrollBar()
        place.qtbot.waitUntil(lambda: bar.maximum() == 0)  # heights follow widths in a few turns
        assert not place.screen.pending.isVisible(), "the summary says what waits"
    finally:
        speech.use("en")
        look.apply(qapp, language="en")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2060", "")


def test_a_closed_shift_is_summed_up_with_what_waits_now(place: Place) -> None:
    place.core.waiting = [PendingItem("rating", "", START_MS, "waiting")] * 3
    place.status.refresh()
    place.screen.show_summary(ShiftSummary(UUID(int=1), 0, 34, 29, 4, 1, 2, 1, 9))
    assert place.screen.shift.title() == "The shift is closed"
    assert plain(place.screen.shift.detail()).splitlines() == [
        "Customers 34 · earned 29 · rewards 4 · matters 1 · joined 2 · updated 1",
        "3 still waiting, kept on this PC",
    ]
    place.core.waiting = []
    place.status.refresh()
    assert place.screen.shift.detail().splitlines()[1] == "Everything has been sent"


def test_a_shift_is_summed_up_by_what_it_had(place: Place) -> None:
    place.screen.show_summary(ShiftSummary(UUID(int=1), 0, 1, 0, 0, 0, 0, 0, 0))
    assert plain(place.screen.shift.detail()) == "Customers 1"


# ---------------------------------------------------------------- setting up


@pytest.fixture
def enrolment(qtbot: QtBot) -> Iterator[EnrolmentScreen]:
    core = FakeCore(enrolled=False)
    runner = CommandRunner(core.execute)
    screen = EnrolmentScreen(EnrolmentViewModel(runner))
    screen.core, screen.runner = core, runner  # type: ignore[attr-defined]
    qtbot.addWidget(screen)
    screen.show()
    screen.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is screen.server.editor)
    yield screen
    runner.close()


def type_into(screen: EnrolmentScreen, server: str, code: str) -> None:
    QTest.keyClicks(screen.server.editor, server)
    QTest.keyClick(screen.server.editor, Qt.Key.Key_Return)
    QTest.keyClicks(screen.code.editor, code)
    QTest.keyClick(screen.code.editor, Qt.Key.Key_Return)


def test_address_and_code_set_the_pc_up(enrolment: EnrolmentScreen, qtbot: QtBot) -> None:
    with qtbot.waitSignal(enrolment._enrolment.enrolled) as enrolled:
        type_into(enrolment, "guichet.example", "abcd-2345")
    assert enrolled.args[0].counter_label == "3 号柜台"
    [command] = enrolment.core.commands(c.Enrol)  # type: ignore[attr-defined]
    assert command == c.Enrol("https://guichet.example", "ABCD-2345")


def test_a_wrong_code_can_be_mended(enrolment: EnrolmentScreen, qtbot: QtBot) -> None:
    type_into(enrolment, "guichet.example", "WRONG")
    qtbot.waitUntil(lambda: enrolment.banner.title() != "")
    assert enrolment.banner.title() == "This code isn't known. Check it, or ask for a new one."
    assert enrolment.code.text() == "WRONG"
    assert enrolment.button.isEnabled()


def test_no_network_is_told_without_a_box(enrolment: EnrolmentScreen, qtbot: QtBot) -> None:
    enrolment.core.refuse_next = Unavailable("unreachable", "")  # type: ignore[attr-defined]
    type_into(enrolment, "guichet.example", "ABCD-2345")
    qtbot.waitUntil(lambda: "doesn't answer" in enrolment.banner.title())
    assert QApplication.activeModalWidget() is None


@pytest.mark.parametrize(
    ("scan", "server", "code"),
    [
        ("ABCD-2345", "https://kept.example", "ABCD-2345"),
        ("https://g.example:8443#ABCD-2345", "https://g.example:8443", "ABCD-2345"),
        ("g.example#abcd-2345\n", "https://g.example", "ABCD-2345"),
    ],
)
def test_a_scanned_code_needs_no_typing(
    enrolment: EnrolmentScreen, qtbot: QtBot, scan: str, server: str, code: str
) -> None:
    enrolment._enrolment.server_url = "https://kept.example"
    with qtbot.waitSignal(enrolment._enrolment.enrolled):
        enrolment._enrolment.take_scan(scan)
    assert enrolment.core.commands(c.Enrol) == [c.Enrol(server, code)]  # type: ignore[attr-defined]


def test_nothing_is_sent_without_an_address(enrolment: EnrolmentScreen) -> None:
    enrolment._enrolment.submit("", "ABCD-2345")
    assert enrolment.core.calls == []  # type: ignore[attr-defined]
    assert enrolment.banner.title() == "Type server address and code, or scan the code."


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("g.example/", "https://g.example"),
        ("HTTP://g.example", "HTTP://g.example"),
        ("  ", ""),
    ],
)
def test_https_is_meant_unless_said_otherwise(typed: str, address: str) -> None:
    assert with_scheme(typed) == address


# ------------------------------------------------------------------- with nobody at the PC


@pytest.fixture
def arranged(qtbot: QtBot) -> Iterator[EnrolmentScreen]:
    core = FakeCore()
    core.refuse_next = Unavailable("unreachable", "")
    runner = CommandRunner(core.execute)
    model = EnrolmentViewModel(runner, "https://guichet.example", token="ABCD-2345", office="PEK")
    screen = EnrolmentScreen(model)
    screen.core = core  # type: ignore[attr-defined]
    qtbot.addWidget(screen)
    screen.show()
    yield screen
    runner.close()


def test_a_pc_whose_settings_say_so_enrols_with_no_key_pressed(
    arranged: EnrolmentScreen, qtbot: QtBot
) -> None:
    arranged.core.refuse_next = None  # type: ignore[attr-defined]
    assert "sets itself up" in arranged.intro.text()
    with qtbot.waitSignal(arranged._enrolment.enrolled):
        arranged._enrolment.begin()
        assert "as the administrator arranged" in arranged.banner.title()
    assert arranged.core.commands(c.Enrol) == [  # type: ignore[attr-defined]
        c.Enrol("https://guichet.example", "ABCD-2345", "PEK")
    ]


def test_a_server_that_is_not_there_is_asked_again_by_the_clock_or_by_enter(
    arranged: EnrolmentScreen, qtbot: QtBot
) -> None:
    model = arranged._enrolment
    model.begin()
    qtbot.waitUntil(lambda: "again in 5 s" in arranged.banner.title())
    assert "doesn't answer" in arranged.banner.title()
    assert arranged.code.text() == ""
    model._on_tick()
    assert "again in 4 s" in arranged.banner.title()
    arranged.core.refuse_next = Unavailable("server_error", "")  # type: ignore[attr-defined]
    for _ in range(4):
        model._on_tick()
    qtbot.waitUntil(lambda: "again in 10 s" in arranged.banner.title())
    with qtbot.waitSignal(model.enrolled):
        QTest.keyClick(arranged.code.editor, Qt.Key.Key_Return)
    assert not model._tick.isActive()


def test_what_the_server_refuses_is_said_once_and_a_code_still_works(
    arranged: EnrolmentScreen, qtbot: QtBot
) -> None:
    arranged.core.refuse_next = Rejected("token_used_up", "")  # type: ignore[attr-defined]
    model = arranged._enrolment
    model.begin()
    qtbot.waitUntil(lambda: "As many PCs as were arranged" in arranged.banner.title())
    assert not model._tick.isActive()
    with qtbot.waitSignal(model.enrolled):
        QTest.keyClicks(arranged.code.editor, "abcd-2345")
        QTest.keyClick(arranged.code.editor, Qt.Key.Key_Return)
    last = arranged.core.commands(c.Enrol)[-1]  # type: ignore[attr-defined]
    assert (last.code, last.office) == ("ABCD-2345", "")


def test_the_token_goes_to_no_server_but_the_one_that_was_set(
    arranged: EnrolmentScreen, qtbot: QtBot
) -> None:
    model = arranged._enrolment
    model.begin()
    qtbot.waitUntil(lambda: "again in 5 s" in arranged.banner.title())
    model.submit("http://elsewhere.example", "")
    assert arranged.banner.title() == "Type server address and code, or scan the code."
    with qtbot.waitSignal(model.enrolled):
        model.begin()
    asked = arranged.core.commands(c.Enrol)  # type: ignore[attr-defined]
    assert {(each.server_url, each.code) for each in asked} == {
        ("https://guichet.example", "ABCD-2345")
    }


def test_a_locked_server_is_changed_by_no_key_and_no_scan(qtbot: QtBot) -> None:
    core = FakeCore(enrolled=False)
    runner = CommandRunner(core.execute)
    locked = "https://guichet.example"
    screen = EnrolmentScreen(EnrolmentViewModel(runner, locked, is_server_locked=True))
    qtbot.addWidget(screen)
    screen.show()
    QTest.keyClicks(screen.server.editor, "x")
    assert (screen.server.text(), screen.server.isEnabled()) == (locked, False)
    with qtbot.waitSignal(screen._enrolment.enrolled):
        screen._enrolment.take_scan("http://elsewhere.example#ABCD-2345")
    assert core.commands(c.Enrol) == [c.Enrol(locked, "ABCD-2345")]
    assert screen.server.text() == locked
    runner.close()
