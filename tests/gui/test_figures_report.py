"""The report of figures as pages: what stands on them, and what never does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.figure_rules import FigureRules
from app.domain.records import Figures
from app.domain.reports import Choice, choices, report
from app.services import commands as c
from app.services.views import FiguresView
from tests.gui.desk_world import Desk, open_desk
from tests.gui.figure_days import office_days
from tests.gui.test_desk_charts import DAYS, choose, shown
from tests.gui.test_desk_points import press
from ui.qt.words import Words
from ui.screens import figures_report as report_pages
from ui.screens.figures_report import Making
from ui.screens.look import paper, theme
from ui.viewmodels.desk_words import DESK

TODAY = date(2026, 11, 29)
MAKING = Making(
    "PhoenixMiles", "Beijing (PEK)", "2026-11-29 14:00", "2026-11-29 14:03", "2001", True
)


def view_of(days: tuple[Figures, ...], count: int, last: date = TODAY, **of: Any) -> FiguresView:
    choice, rules = Choice.of_last(count, last, **of), FigureRules()
    return FiguresView(report(days, choice, rules), choices(days), rules, 0)


def words_of(language: str) -> Words:
    words = Words("desk", DESK)
    if language != "en":
        words.use(language)
    return words


def figures_report(view: FiguresView, making: Making, words: Words) -> bytes:
    """The whole file at once."""
    *pieces, pdf = report_pages.figures_report(view, making, words)
    assert len(pieces) > 10, "nothing waits for all of it"
    assert not any(pieces)
    return pdf


def texts_of(view: FiguresView, making: Making = MAKING, language: str = "en") -> str:
    """All that is written on the pages, in order, as it was handed to the painter."""
    drawn: list[str] = []
    real = paper._Pen._text

    def kept(pen: paper._Pen, text: str, *rest: object, **options: object) -> None:
        drawn.append(text)
        real(pen, text, *rest, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper._Pen, "_text", kept)
        figures_report(view, making, words_of(language))
    return "\n".join(drawn)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    for opened in open_desk(qtbot, qapp):
        opened.core.days_counted = DAYS
        opened.settle()
        yield opened


def test_a_key_saves_pages_of_what_is_shown(desk: Desk) -> None:
    page = shown(desk)
    press(desk, Qt.Key.Key_D)
    desk.qtbot.waitUntil(lambda: bool(desk.core.commands(c.SaveFigures)))
    desk.settle()
    (saved,) = desk.core.commands(c.SaveFigures)
    assert saved.view == desk.model.charts.view
    assert saved.pdf.startswith(b"%PDF-")
    assert page.said.title().endswith(".pdf")
    choose(desk, "filter_staff", "Clerk 1002")
    assert not page.report.isEnabled(), "what is about one clerk stays on the screen"
    press(desk, Qt.Key.Key_D)
    desk.settle()
    assert len(desk.core.commands(c.SaveFigures)) == 1


def test_the_screen_goes_on_while_pages_are_drawn(desk: Desk) -> None:
    page = shown(desk)
    press(desk, Qt.Key.Key_D)
    assert not page.report.isEnabled(), "one at a time"
    turns: list[int] = []
    other = QTimer(desk.screen)  # as an alarm that comes meanwhile
    other.timeout.connect(lambda: turns.append(len(desk.core.commands(c.SaveFigures))))
    other.start(0)
    desk.qtbot.waitUntil(lambda: bool(desk.core.commands(c.SaveFigures)))
    other.stop()
    assert turns.count(0) > 50, "a turn for each piece"
    desk.settle()
    assert page.report.isEnabled()


def test_who_signs_out_meanwhile_takes_nothing_along(desk: Desk) -> None:
    shown(desk)
    press(desk, Qt.Key.Key_D)
    desk.model.charts.forget()
    for _ in range(5):
        QApplication.processEvents()
    desk.settle()
    assert desk.core.commands(c.SaveFigures) == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_page_has_its_number_and_fonts_are_in_the_file(
    qapp: QApplication, language: str
) -> None:
    content = figures_report(
        view_of(office_days(TODAY, 40, visits_a_day=200), 40), MAKING, words_of(language)
    )
    pages = content.count(b"/Type /Page\n")
    assert pages == 5
    fonts = content.count(b"/Type /FontDescriptor")
    assert fonts
    assert content.count(b"/FontFile2") == fonts, "each is embedded"
    assert b"/Subtype /Image" not in content, "charts are vectors"


def test_each_headline_has_its_n_and_interval_and_the_choice_is_said(qapp: QApplication) -> None:
    view = view_of(office_days(TODAY, 30), 30, services=frozenset({"accrual"}))
    said = texts_of(view)
    whole = view.report.all
    assert f"{whole.low:,} of {whole.ratings:,} ratings" in said
    assert f"{whole.unrated.observed:,} of {whole.visits:,} visits" in said
    assert len(re.findall(r"^\d+(\.\d)? % – \d+(\.\d)? %$", said, re.MULTILINE)) >= 5
    assert "Earning" in said
    assert "All counters" in said
    assert "ratings that don't count" in said
    assert "Wilson's interval" in said


def test_ratings_on_own_phones_are_told_apart(qapp: QApplication) -> None:
    days = office_days(TODAY, 7)
    first = replace(days[0].cells[0], phone={"5": 6, "1": 2})
    with_phones = (replace(days[0], cells=(first, *days[0].cells[1:]), whole=None), *days[1:])
    assert "good 75 % of 8" in texts_of(view_of(with_phones, 7))
    assert "Apart" not in texts_of(view_of(days, 7))
    both = texts_of(view_of(with_phones, 7, source="both"))
    assert "Panel and phone ratings" in both
    assert "on customers' own phones together" in both
    assert "Apart" not in both
    alone = texts_of(view_of(with_phones, 7, source="phone"))
    assert "6 of 8 ratings" in alone
    assert "Left out" not in alone


def test_nobody_of_the_staff_is_named(qapp: QApplication) -> None:
    view = view_of(office_days(TODAY, 40, visits_a_day=200), 40)
    said = texts_of(view)
    assert not re.search(r"\b10(0[1-9]|1\d|2[0-4])\b", said)
    with pytest.raises(ValueError, match="in no file"):
        figures_report(
            view_of(office_days(TODAY, 9), 9, staff=frozenset({"1001"})), MAKING, words_of("en")
        )


def test_few_customers_and_few_clerks_are_not_shown(qapp: QApplication) -> None:
    few = view_of(office_days(TODAY, 1, visits_a_day=4, staff=2), 1)
    assert few.report.all.ratings < few.rules.least_n
    said = texts_of(few)
    assert "too few were rated" in said
    assert "How visits ended" not in said
    assert "How soon cases come on" not in said
    assert "Of fewer than 5 clerks nothing is compared on paper" in said
    four = view_of(office_days(TODAY, 30, visits_a_day=200, staff=4), 30)
    assert "Low ratings by number of ratings" not in texts_of(four)
    many = view_of(office_days(TODAY, 30, visits_a_day=250, staff=8), 30)
    assert "Low ratings by number of ratings" in texts_of(many)


def test_days_past_a_limit_are_told_the_latest_first(qapp: QApplication) -> None:
    last = date(2026, 8, 31)  # they are made so that August is bad
    view = view_of(office_days(last, 92, visits_a_day=100), 92, last)
    said = texts_of(view)
    days = re.findall(r"^\w{3} (\d{1,2}) Aug 2026$", said, re.MULTILINE)
    assert 1 <= len(days) <= 5
    assert days == sorted(days, key=int, reverse=True)
    assert "of low ratings" in said
    assert "Limits of the day" in said


def test_whose_data_it_is_is_said(qapp: QApplication) -> None:
    view = view_of(office_days(TODAY, 7), 7)
    assert "This office's own data, as of 2026-11-29 14:00" in texts_of(view)
    offline = texts_of(view, replace(MAKING, is_online=False))
    assert "own data without the central office" in offline
    told = replace(view, office_codes=("SHA",))
    assert "As the central office counted them" in texts_of(told)
    assert "clerks nothing is compared" not in texts_of(told)


def test_nothing_happened_is_a_report_too(qapp: QApplication) -> None:
    assert "0 visits; too few were rated" in texts_of(view_of((), 7))


def test_paper_is_light_whatever_the_screen_is(qapp: QApplication) -> None:
    view, words = view_of(office_days(TODAY, 7), 7), words_of("en")
    light = figures_report(view, MAKING, words)
    before = theme.mode()
    theme.apply(qapp, "dark", language="en")
    dark = figures_report(view, MAKING, words)
    assert theme.mode() == "dark"
    theme.apply(qapp, before, language="en")
    assert len(dark) == pytest.approx(len(light), abs=64), "but for the time of making"


def test_no_block_reaches_below_its_page(qapp: QApplication) -> None:
    placed: list[float] = []
    real = paper._Pen.draw

    def kept(pen: paper._Pen, block: paper.Block, y: float) -> None:
        placed.append(y + pen.height(block))
        real(pen, block, y)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper._Pen, "draw", kept)
        for last, count in ((TODAY, 1), (TODAY, 7), (date(2026, 8, 31), 40)):
            days = office_days(last, count, visits_a_day=200)
            figures_report(view_of(days, count, last), MAKING, words_of("zh_CN"))
    assert placed
    assert max(placed) <= paper.BODY.bottom() + 1
