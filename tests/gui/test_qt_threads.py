"""What crosses threads arrives on the GUI thread, in order, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from app.domain.errors import GuichetError, Rejected
from app.domain.events import CustomerYes
from app.services.commands import (
    ActOnDevice,
    AskExposure,
    AskFleet,
    AskStatement,
    AskStatementOf,
    Command,
    ConfirmRedemption,
    OpenMatter,
    SaveStatement,
    SaveStatementOf,
    SignOut,
)
from app.services.views import ChangeKind
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.qt.relay import Relay


def refused(problem: GuichetError) -> None:
    pytest.fail(f"refused: {problem.code}")


def done_after_all(result: object) -> None:
    pytest.fail(f"done after all: {result}")


def on_gui_thread() -> bool:
    app = QApplication.instance()
    return app is not None and QThread.currentThread() is app.thread()


def test_answers_arrive_on_the_gui_thread_in_order(qtbot: QtBot) -> None:
    ran_on_gui: list[bool] = []

    def execute(command: Command) -> Any:
        ran_on_gui.append(on_gui_thread())
        assert isinstance(command, OpenMatter)
        return command.text

    runner = CommandRunner(execute)
    answers: list[tuple[str, bool]] = []

    def done(text: str) -> None:
        answers.append((text, on_gui_thread()))

    for number in range(20):
        runner.run(OpenMatter("other", str(number)), done, refused)
    qtbot.waitUntil(lambda: not runner.busy)
    assert answers == [(str(number), True) for number in range(20)]
    assert ran_on_gui == [False] * 20
    runner.close()


def test_once_closed_nothing_is_run(qtbot: QtBot) -> None:
    ran: list[Command] = []
    runner = CommandRunner(ran.append)
    runner.close()
    runner.run(OpenMatter("other", "too late"), done_after_all, refused)
    qtbot.wait(20)
    assert ran == []
    assert not runner.busy


def test_a_refusal_goes_to_the_one_who_asked(qtbot: QtBot) -> None:
    def execute(command: Command) -> Any:
        raise Rejected("no_member", "find first")

    runner = CommandRunner(execute)
    problems: list[GuichetError] = []
    runner.run(SignOut(), done_after_all, problems.append)
    qtbot.waitUntil(lambda: len(problems) == 1)
    assert problems[0].code == "no_member"
    runner.close()


def test_a_bug_is_told_to_the_screen_and_to_the_excepthook(qtbot: QtBot) -> None:
    def execute(command: Command) -> Any:
        raise ZeroDivisionError("a bug")

    runner = CommandRunner(execute)
    problems: list[GuichetError] = []
    with capture_exceptions() as caught:
        runner.run(SignOut(), done_after_all, problems.append)
        qtbot.waitUntil(lambda: len(problems) == 1)
    assert problems[0].code == "internal"
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]
    assert not runner.busy
    runner.close()


@pytest.mark.parametrize(
    "asks",
    [
        ConfirmRedemption(UUID(int=1), CustomerYes.PANEL),
        AskStatement(UUID(int=1), 30),
        AskStatementOf(UUID(int=1), 30),
        SaveStatement(UUID(int=1), 30, "pdf"),
        SaveStatementOf(UUID(int=1), 30, "pdf"),
        ActOnDevice("revoke", UUID(int=1), "lost"),
        AskExposure(),
        AskFleet(),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_asks_the_network_holds_up_nothing_else(qtbot: QtBot, asks: Command) -> None:
    let_go = threading.Event()

    def execute(command: Command) -> Any:
        if command is asks:
            assert let_go.wait(10)
        return type(command).__name__

    runner = CommandRunner(execute)
    answers: list[str] = []
    runner.run(asks, answers.append, refused)
    runner.run(SignOut(), answers.append, refused)
    qtbot.waitUntil(lambda: answers == ["SignOut"])
    let_go.set()
    qtbot.waitUntil(lambda: answers == ["SignOut", type(asks).__name__])
    runner.close()


class Announcer:
    def __init__(self) -> None:
        self.listener: Callable[[frozenset[ChangeKind]], None] = lambda kinds: None

    def subscribe(self, listener: Callable[[frozenset[ChangeKind]], None]) -> None:
        self.listener = listener


def test_changes_from_any_thread_are_heard_once_together(qtbot: QtBot) -> None:
    announcer = Announcer()
    notifier = ChangeNotifier(announcer.subscribe)
    heard: list[tuple[frozenset[ChangeKind], bool]] = []
    notifier.changed.connect(lambda kinds: heard.append((kinds, on_gui_thread())))
    kinds = [ChangeKind.PENDING, ChangeKind.MEMBERS] * 50
    threads = [
        threading.Thread(target=announcer.listener, args=(frozenset({kind}),)) for kind in kinds
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [(frozenset({ChangeKind.PENDING, ChangeKind.MEMBERS}), True)]


def test_a_change_announced_while_another_is_shown_is_not_lost(qtbot: QtBot) -> None:
    announcer = Announcer()
    notifier = ChangeNotifier(announcer.subscribe)
    heard: list[frozenset[ChangeKind]] = []

    def on_changed(kinds: frozenset[ChangeKind]) -> None:
        heard.append(kinds)
        if len(heard) == 1:
            announcer.listener(frozenset({ChangeKind.CASES}))

    notifier.changed.connect(on_changed)
    announcer.listener(frozenset({ChangeKind.ALARM}))
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == [frozenset({ChangeKind.ALARM}), frozenset({ChangeKind.CASES})]


def test_an_announcement_of_nothing_is_silent(qtbot: QtBot) -> None:
    announcer = Announcer()
    notifier = ChangeNotifier(announcer.subscribe)
    heard: list[object] = []
    notifier.changed.connect(heard.append)
    announcer.listener(frozenset())
    announcer.listener(frozenset({ChangeKind.SESSION}))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [frozenset({ChangeKind.SESSION})]


def test_a_relay_keeps_the_order_and_changes_the_thread(qtbot: QtBot) -> None:
    relay = Relay()
    arrived: list[tuple[object, bool]] = []
    relay.arrived.connect(lambda value: arrived.append((value, on_gui_thread())))

    def send() -> None:
        for number in range(100):
            relay.send(2**40 + number)

    thread = threading.Thread(target=send)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(arrived) == 100)
    assert arrived == [(2**40 + number, True) for number in range(100)]
