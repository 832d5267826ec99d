"""The desk on a bad day: silence, no sound, late answers, and more to settle than fits."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QScrollBar

from app.domain.events import EVENT_TYPES
from app.domain.settling import Answer
from app.services.views import ChangeKind
from tests.fakes.core import START_MS
from tests.gui.desk_core import case, exception
from tests.gui.desk_world import Bell, Desk
from tests.gui.test_approvals import ASKED
from tests.gui.test_counter_wording import decision_codes
from tests.gui.test_desk_points import WAITS
from ui.qt.language import Language
from ui.screens import desk_wording as wording
from ui.screens.desk_alarm import DeskAlarm
from ui.viewmodels.desk_words import DESK


def test_silenced_it_stays_in_sight_and_the_next_one_rings(desk: Desk) -> None:
    desk.show(case(1, 4))
    desk.click("silence")
    assert desk.bell.heard == ["ring", "stop"]
    assert desk.window.windowTitle().startswith("(1)"), "the badge stays until somebody takes it"
    assert desk.screen.bar.isVisible()
    assert "rings again" in desk.screen.bar.detail.text()
    assert not desk.has("silence")
    desk.show(case(1, 4), case(2, 0))
    assert desk.bell.heard == ["ring", "stop", "ring"]
    assert "1 more wait" in desk.screen.bar.what.text()
    desk.model.acknowledge()
    desk.settle()
    desk.model.select_case(UUID(int=2))
    desk.model.acknowledge()
    desk.settle()
    assert not desk.screen.bar.isVisible()


def test_the_bar_leads_to_the_case_that_waits_longest(desk: Desk) -> None:
    desk.show(case(1, 2), case(2, 9), exceptions=(exception(50),))
    desk.model.select_exception(UUID(int=50))
    desk.click("show_case")
    assert desk.model.selected_case_id == UUID(int=2)
    assert not desk.has("show_case")


def test_what_rings_stands_above_older_work(desk: Desk) -> None:
    late = case(3, 400, origin="matter", score=None, number="PEK-1", due_ms=START_MS - 1)
    taken = case(2, 60, state="acknowledged", acknowledged_by="赵敏")
    desk.show(late, taken, case(1, 1), case(4, 500, state="closed", outcome="resolved"))
    assert [view.id for view in desk.screen.cases.views()] == [
        str(UUID(int=number)) for number in (1, 3, 2, 4)
    ]


def test_a_late_answer_says_so_and_is_counted(desk: Desk) -> None:
    late = case(3, 400, origin="matter", score=None, number="PEK-1", due_ms=START_MS - 1)
    in_time = case(4, 400, origin="matter", score=None, number="PEK-2", due_ms=START_MS + 1)
    in_hand = case(5, 400, state="acknowledged", acknowledged_by="赵敏")
    desk.show(late, in_time, in_hand)
    assert [view.waiting for view in desk.screen.cases.views()] == ["Answer is late", "", ""]
    assert desk.model.late == 1
    desk.show(replace(late, state="closed", outcome="resolved"), in_time)
    assert desk.model.late == 0


def test_a_pc_without_sound_says_so_before_it_is_needed(desk: Desk) -> None:
    bell = Bell()
    bell.plays = False
    alarm = DeskAlarm(desk.model, desk.screen.words, desk.window, sound=bell, tray=desk.tray)
    assert desk.screen.banner.title() == "This PC can't play the alarm"
    alarm.close()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_at_the_smallest_window_the_top_names_everything_in_full(desk: Desk, language: str) -> None:
    waiting = replace(WAITS, takes_two=True)
    desk.core.desk_view = replace(desk.core.desk_view, adjustments=(waiting,) * 3)
    desk.core.announce(ChangeKind.CASES)
    desk.settle()
    desk.window.resize(1366, 720)
    tongue = Language()
    tongue.use(language)
    for _ in range(3):  # the words, then the room for them
        QApplication.processEvents()
    screen = desk.screen
    tops = (screen.code, screen.to_points, screen.to_exposure, screen.to_denying, screen.language)
    cut = [top.text() for top in (*tops, screen.leave) if top.width() < top.sizeHint().width()]
    tongue.use("en")
    assert cut == []


def test_a_low_window_has_one_bar_to_scroll_by_and_leaves_the_detail_out(desk: Desk) -> None:
    desk.show(case(1, 4), exceptions=tuple(exception(500 + n) for n in range(20)))
    seen = []
    for height, asks in ((1080, True), (768, False), (650, True), (720, False)):
        desk.core.approvals = [ASKED] if asks else []
        desk.core.announce(ChangeKind.APPROVALS)
        desk.window.resize(1366, height)
        for _ in range(3):  # a bar comes, and the lists give way
            QApplication.processEvents()
        assert desk.window.height() == height, "it never stands out of its screen"
        seen.append(desk.screen.figures._detail.isVisible())
        bars = [
            each
            for each in desk.screen.pages.currentWidget().findChildren(QScrollBar)
            if each.isVisible()
            and each.window() is desk.window
            and each.orientation() is Qt.Orientation.Vertical
        ]
        assert len(bars) <= 1
        assert desk.screen.exceptions.height() >= 120
    assert seen == [True, True, False, True], "by the room that is left, and not for good"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_what_each_height_shows_beside_the_case_has_room(desk: Desk, language: str) -> None:
    desk.show(exceptions=tuple(exception(500 + n) for n in range(20)))
    tongue = Language()
    tongue.use(language)
    figures = desk.screen.figures
    aside = figures.parentWidget()
    assert aside is not None
    layout = aside.layout()
    assert layout is not None
    least = desk.window.minimumSizeHint().height()
    shown, squeezed = set(), []
    for height in range(1_080, least - 1, -12):
        desk.window.resize(1366, height)
        for _ in range(3):
            QApplication.processEvents()
        shown.add((figures.unrated.isVisible(), figures._detail.isVisible()))
        if aside.height() < layout.minimumSize().height():
            squeezed.append(height)
    tongue.use("en")
    assert squeezed == []
    assert shown == {(True, True), (True, False), (False, False)}


def test_settling_goes_on_with_the_next(desk: Desk) -> None:
    desk.show(case(1, 5, state="acknowledged"), exceptions=tuple(map(exception, (50, 51, 52))))
    desk.model.select_exception(UUID(int=51))
    for following in (52, 50):
        desk.model.settle(Answer.NOTED, "")
        desk.settle()
        assert desk.model.selected_exception_id == UUID(int=following)
    desk.model.settle(Answer.NOTED, "")
    desk.settle()
    assert desk.model.selected_exception_id is None
    assert desk.model.selected_case_id == UUID(int=1)


def test_every_reason_and_kind_of_entry_has_words() -> None:
    unworded = [code for code in decision_codes() if f"why_{code}" not in DESK]
    assert unworded == []
    assert [kind for kind in EVENT_TYPES if f"entry_{kind}" not in DESK] == []


def test_another_day_is_named() -> None:
    hour_ms = 3_600_000
    assert len(wording.clock(START_MS, START_MS)) == len("09:05")
    assert len(wording.clock(START_MS - 30 * hour_ms, START_MS)) == len("2026-11-22 09:05")


def test_a_full_desk_answers_at_once(desk: Desk) -> None:
    cases = tuple(case(n, n, state="acknowledged") for n in range(1, 51))
    items = tuple(exception(500 + n) for n in range(200))
    desk.show(*cases, exceptions=items)
    assert "200" in desk.screen.exceptions_title.text()
    assert "50" in desk.screen.cases_title.text()
    rows = desk.screen.exceptions
    desk.model.select_exception(UUID(int=699))
    QApplication.processEvents()
    assert [view.id for view in rows.views()][-1] == str(UUID(int=699))
    began = time.process_time()
    for number in range(500, 510):
        desk.model.select_exception(UUID(int=number))
    assert (time.process_time() - began) / 10 < 0.1
