"""The desk's page of figures, by keyboard: what is chosen, what it says, what it never shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from app.domain.errors import Unavailable
from app.domain.office_time import local_day
from app.domain.records import Figures, Served
from app.services import commands as c
from tests.fakes.core import START_MS
from tests.gui.desk_core import case
from tests.gui.desk_world import Desk, open_desk
from tests.gui.figure_days import followed, office_days
from tests.gui.legibility import cut_texts
from tests.gui.test_desk_points import press
from ui.qt.language import Language
from ui.screens import look
from ui.screens.desk_charts import FiguresPage
from ui.screens.look import charts

Key = Qt.Key
TODAY = local_day(START_MS, "Asia/Shanghai")
DAYS = office_days(TODAY, 12, visits_a_day=300, staff=9)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    for opened in open_desk(qtbot, qapp):
        opened.core.days_counted, opened.core.followed = DAYS, followed()
        opened.settle()
        opened.window.activateWindow()
        opened.until(lambda: QApplication.focusWidget() is not None)
        yield opened


def shown(desk: Desk, days: tuple[Figures, ...] = DAYS) -> FiguresPage:
    desk.core.days_counted = days
    press(desk, Key.Key_F2)
    desk.settle()
    return desk.screen.charts


def choose(desk: Desk, name: str, text: str) -> None:
    box = desk.widget(name)
    assert isinstance(box, QComboBox)
    box.setFocus()
    at = box.findText(text)
    assert at >= 0, [box.itemText(place) for place in range(box.count())]
    while box.currentIndex() != at:
        QTest.keyClick(box, Key.Key_Down if box.currentIndex() < at else Key.Key_Up)
    desk.settle()


def test_one_key_shows_the_last_thirty_days(desk: Desk) -> None:
    page = shown(desk)
    assert desk.core.commands(c.CountFigures)[-1] == c.CountFigures(30)
    assert page.periods[30].hasFocus()
    assert page.about.text().endswith("visits")
    good = page.cards.tiles["good"]
    assert good.accessibleName().startswith("Good ratings 8")
    assert "95 % interval" in good.accessibleName()
    assert good.toolTip() == "Ratings of 4 and 5 over all ratings that count"
    for chart in page.cards.all_charts():
        assert not chart.is_empty(), chart.accessibleName()
        assert chart.accessibleDescription()
    press(desk, Key.Key_Escape)
    assert desk.screen.cases.hasFocus()


def test_what_was_served_without_a_visit_stands_there_where_somebody_counts(desk: Desk) -> None:
    page = shown(desk)
    tile = page.cards.tiles["unopened"]
    assert not tile.isVisible()
    counted = tuple(replace(day, served=(Served("", day.encounters + 9, 9),)) for day in DAYS)
    desk.core.days_counted = counted
    press(desk, Key.Key_2)
    desk.settle()
    assert tile.isVisible()
    assert tile.accessibleName().startswith("Served, not opened ")
    assert "95 % interval" in tile.accessibleName()


def test_what_members_did_after_low_ratings_stands_there_once_it_is_known(desk: Desk) -> None:
    page = shown(desk)
    chart = page.cards.recovery.chart
    chart.mark(0)
    said = chart.hint()
    assert said is not None
    assert said.facts[0] == "52 of 84 members"
    assert "95 % interval" in said.facts[1]
    chart.mark(7)
    few = chart.hint()
    assert few is not None
    assert (few.value, few.facts) == ("–", ("n = 4", "Too few to say anything"))
    assert "Nobody drew lots" in page.cards.recovery.note()
    view = desk.model.charts.view
    assert view is not None
    desk.model.charts.view = replace(view, recovery=None)
    page.show_figures()
    assert not page.cards.recovery.isVisible()


def test_digits_choose_the_period_and_today_has_no_trend(desk: Desk) -> None:
    page = shown(desk)
    for key, days in zip((Key.Key_1, Key.Key_2, Key.Key_5), (1, 7, 365), strict=True):
        press(desk, key)
        desk.settle()
        assert desk.core.commands(c.CountFigures)[-1].days == days
        assert page.periods[days].hasFocus()
        assert page.cards.trends.isVisible() is (days > 1)


def test_filters_narrow_it_down(desk: Desk) -> None:
    page = shown(desk)
    choose(desk, "filter_counter", "Window A2")
    choose(desk, "filter_service", "Earning")
    choose(desk, "filter_staff", "Clerk 1002")
    assert desk.core.commands(c.CountFigures)[-1] == c.CountFigures(
        30, frozenset({"A2"}), frozenset({"1002"}), frozenset({"accrual"})
    )
    assert not page.save.isEnabled(), "what is about one clerk stays on the screen"
    assert page.save.toolTip()
    assert not page.cards.low_staff.isVisible(), "one alone is compared with nobody"
    choose(desk, "filter_staff", "All staff")
    assert page.save.isEnabled()


def test_ratings_on_own_phones_can_be_looked_at_alone_or_with_the_others(desk: Desk) -> None:
    first = replace(DAYS[0].cells[0], phone={"5": 40, "1": 20})
    days = (replace(DAYS[0], cells=(first, *DAYS[0].cells[1:]), whole=None), *DAYS[1:])
    page = shown(desk, days)
    note = page.cards.faces.note()
    assert "Apart from all charts" in note
    choose(desk, "filter_source", "Own-phone ratings")
    assert desk.core.commands(c.CountFigures)[-1] == c.CountFigures(30, source="phone")
    assert page.cards.tiles["good"].accessibleName().startswith("Good ratings 67 %")
    assert "the panel's" in page.cards.faces.note()
    assert "Apart" not in page.cards.faces.note()
    choose(desk, "filter_source", "Panel and phone ratings")
    assert desk.core.commands(c.CountFigures)[-1].source == "both"
    choose(desk, "filter_source", "Panel ratings")
    assert page.cards.faces.note() == note


def test_arrow_keys_tell_each_figure_with_its_n_interval_and_definition(desk: Desk) -> None:
    page = shown(desk)
    for card in page.findChildren(charts.ChartBase):
        card.setFocus()
        QTest.keyClick(card, Key.Key_Right)
        said = card.hint()
        assert said is not None, card.accessibleName()
        assert said.title
        assert said.value
        assert any(any(letter.isdigit() for letter in fact) for fact in said.facts)
        assert said.definition.endswith(".")
        assert card.accessibleDescription() == said.spoken()


def test_a_clerk_is_named_on_the_card_alone_and_beside_the_unrated_share(desk: Desk) -> None:
    page = shown(desk)
    chart = page.cards.low_staff.chart
    painted = [each.text for each in chart.painted_texts()]
    assert not any("10" in text and "Clerk" in text for text in painted)
    chart.mark(0)
    said = chart.hint()
    assert said is not None
    assert said.title.startswith("Clerk 10")
    assert any(fact.startswith("Without a rating: ") for fact in said.facts)
    assert "Nobody is ranked." in page.cards.low_staff.note()


def test_few_customers_are_counted_and_not_shown(desk: Desk) -> None:
    few = office_days(TODAY, 3, visits_a_day=12, staff=4)
    page = shown(desk, few)
    assert page.cards.low_staff.chart.is_empty()
    assert "with fewer than 30 are not shown" in page.cards.low_staff.note()
    assert "days with fewer than 5" in page.cards.low.note() or not page.cards.low.note()
    tiny = office_days(TODAY, 1, visits_a_day=3, staff=1)
    desk.core.days_counted = tiny
    press(desk, Key.Key_1)
    desk.settle()
    assert page.cards.tiles["good"].accessibleName().startswith("Good ratings –")


def test_nothing_counted_and_not_yet_counted_have_words(desk: Desk) -> None:
    page = shown(desk, ())
    assert page.nothing.isVisible()
    assert page.nothing.accessibleName() == "No visits in this time"
    desk.model.charts.view = None
    page.show_figures()
    assert page.nothing.accessibleName() == "Counting …"


def test_offline_it_says_whose_data_it_is(desk: Desk) -> None:
    page = shown(desk)
    assert page.source.text().startswith("This office's own data as of ")
    desk.core.online = False
    desk.model.refresh()
    assert page.source.text().startswith("Offline: this office's own data, as of ")
    assert page.source.light() is look.Light.OFFLINE


def test_other_offices_are_told_by_the_server_and_without_staff(desk: Desk) -> None:
    page = shown(desk)
    press(desk, Key.Key_5)
    choose(desk, "filter_office", "All offices")
    asked = desk.core.commands(c.AskFigures)
    assert asked == [c.AskFigures("", 91)], "all together have no longer period"
    assert not page.periods[365].isEnabled()
    assert not desk.has("filter_staff")
    assert not page.cards.low_staff.isVisible()
    assert page.source.text().startswith("As the central office counts it")
    choose(desk, "filter_office", "SHA")
    assert desk.core.commands(c.AskFigures)[-1].office_code == "SHA"
    choose(desk, "filter_office", "This office")
    assert page.cards.low_staff.isVisible()


def test_without_the_server_it_stays_with_its_own(desk: Desk) -> None:
    page = shown(desk)
    desk.core.online = False
    choose(desk, "filter_office", "All offices")
    desk.settle()
    assert "central server doesn't answer" in page.said.title()
    assert desk.model.charts.chosen["office"] is None
    assert page.filters["office"].currentText() == "This office"


def test_an_alarm_stands_above_the_charts(desk: Desk) -> None:
    page = shown(desk)
    desk.show(case(1, 4))
    desk.until(desk.screen.bar.isVisible)
    below = page.mapTo(desk.screen, QPoint(0, 0)).y()
    assert desk.screen.bar.geometry().bottom() < below
    desk.click("show_case")
    desk.settle()
    assert desk.screen.pages.currentIndex() == 0


def test_it_is_saved_as_it_is_shown(desk: Desk) -> None:
    page = shown(desk)
    press(desk, Key.Key_C)
    desk.settle()
    assert [saved.view for saved in desk.core.commands(c.SaveFigures)] == [desk.model.charts.view]
    assert page.said.title().startswith("Saved: ")
    desk.core.refuse_next = Unavailable("export_full", "full")
    desk.click("save_figures")
    desk.settle()
    assert page.said.title()
    assert not page.said.title().startswith("Saved")


def test_today_is_worked_out_anew_while_it_is_looked_at(desk: Desk) -> None:
    shown(desk)
    model = desk.model.charts
    press(desk, Key.Key_1)
    desk.settle()
    before = len(desk.core.commands(c.CountFigures))
    now = START_MS
    model._now_ms = lambda: now
    desk.model.refresh()
    desk.settle()
    assert len(desk.core.commands(c.CountFigures)) == before, "just now"
    now += 10_000
    desk.model.refresh()
    desk.settle()
    assert len(desk.core.commands(c.CountFigures)) == before + 1
    press(desk, Key.Key_Escape)
    now += 10_000
    desk.model.refresh()
    desk.settle()
    assert len(desk.core.commands(c.CountFigures)) == before + 1, "nobody looks"


def test_scrolling_takes_the_card_away(desk: Desk) -> None:
    page = shown(desk)
    chart = page.cards.low.chart
    chart.mark(0)
    assert chart.hint() is not None
    press(desk, Key.Key_PageDown)
    assert chart.hint() is None
    assert page._scrolling.verticalScrollBar().value() > 0


def test_signing_out_takes_it_away(desk: Desk) -> None:
    shown(desk)
    desk.core.execute(c.SignOut())
    desk.until(lambda: desk.model.session is None)
    assert desk.model.charts.view is None
    assert desk.screen.pages.currentIndex() == 0


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_lower_half_can_be_read_too(desk: Desk, language: str) -> None:
    tongue = Language()
    tongue.use(language)
    page = shown(desk)
    press(desk, Key.Key_PageDown, Key.Key_PageDown, Key.Key_PageDown)
    QApplication.processEvents()
    cut = cut_texts(page)
    tongue.use("en")
    assert cut == []


def test_a_narrow_window_puts_rows_below_each_other(desk: Desk) -> None:
    page = shown(desk)
    desk.window.resize(1366, 768)
    QApplication.processEvents()
    tops = {card.mapTo(page, QPoint(0, 0)).y() for card in (page.cards.low, page.cards.taken)}
    assert len(tops) == 1
    assert page.minimumSizeHint().width() < 880, "no wider than the page of cases"
    page.cards.trends.resize(600, 800)
    QApplication.processEvents()
    assert page.cards.low.geometry().bottom() < page.cards.taken.geometry().top()
