"""While damaged data is mended: the windows live, and one of them says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.legibility import contrast_failures, cut_texts
from ui.qt.language import Language
from ui.qt.patience import GuiPatience
from ui.screens import look
from ui.screens.mending import MendingNotice


@pytest.fixture
def notice(qtbot: QtBot) -> Iterator[MendingNotice]:
    made = MendingNotice()
    yield made
    made.close()


def test_the_gui_thread_waits_and_its_windows_live(qtbot: QtBot, notice: MendingNotice) -> None:
    patience, job = GuiPatience(), Future[str]()
    patience.told.connect(notice.follow)
    seen: list[str] = []

    def mend() -> None:
        patience.tell(0)
        shown.wait()
        patience.tell(0.42)
        read.wait()
        patience.tell(1)
        job.set_result("mended")

    shown, read = threading.Event(), threading.Event()
    watch = QTimer()

    def look_on() -> None:  # by the loop that must go on
        if notice.window is None:
            return
        seen.append(notice.window.percent.text())
        shown.set()
        if seen[-1] == "42 %":
            read.set()

    watch.timeout.connect(look_on)
    watch.start(5)
    worker = threading.Thread(target=mend)
    worker.start()
    patience.wait(job)
    assert job.done()
    worker.join()
    assert seen[0] == "Looking for what can be read …"
    assert seen[-1] == "42 %"
    qtbot.waitUntil(lambda: notice.window is None)


def test_what_is_soon_over_is_not_spoken_of(qtbot: QtBot, notice: MendingNotice) -> None:
    notice.follow(0)
    notice.follow(0.5)
    notice.follow(1)
    with qtbot.assertNotEmitted(notice._soon.timeout, wait=400):
        pass
    assert notice.window is None


def test_another_thread_is_left_to_itself(qtbot: QtBot) -> None:
    patience, job = GuiPatience(), Future[None]()
    worker = threading.Thread(target=patience.wait, args=(job,))
    worker.start()
    worker.join(5)
    assert not worker.is_alive()


def test_a_job_that_is_done_is_not_waited_for(qtbot: QtBot) -> None:
    job = Future[None]()
    job.set_result(None)
    GuiPatience().wait(job)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_it_dresses_itself_before_anything_else_is_there(
    qtbot: QtBot, qapp: QApplication, language: str
) -> None:
    early = Language()
    notice = MendingNotice(lambda: early.use(language))
    look.apply(qapp, language=language)
    try:
        notice.follow(0.1)
        qtbot.waitUntil(lambda: notice.window is not None)
        assert notice.window is not None
        titles = {"en": "This PC's data is being mended", "zh_CN": "正在修复本机数据"}
        assert notice.window.accessibleName() == titles[language]
        assert cut_texts(notice.window) == []
        assert contrast_failures(notice.window) == []
    finally:
        notice.close()
        early.use("en")
        look.apply(qapp, language="en")
