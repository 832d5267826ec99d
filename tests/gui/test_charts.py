"""What each chart draws and says, of ordinary data and of the strangest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.domain.control_charts import Chart, p_chart, xmr_chart
from app.domain.funnel import Funnel, Unit, funnel
from app.domain.records import STEP_EDGES_S
from app.domain.statistics import MAX_N, Tally, pareto, quantile
from tests.gui.legibility import contrast_failures, cut_texts
from ui.screens import look
from ui.screens.look import charts
from ui.screens.look.charts.hint_card import beside_point

Key = Qt.Key
Make = Callable[[], charts.ChartBase]
Show = Callable[..., QWidget]
NAMES = {"band": "Limits", "diamond": "Past a limit", "square": "A pattern"}
FUNNEL_NAMES = {
    "limits_95": "95 %", "limits_998": "99.8 %", "square": "Outside 95 %",
    "diamond": "Outside 99.8 %", "n": "Ratings",
}  # fmt: skip


def percent(value: float) -> str:
    return f"{100 * value:g} %"


def seconds(value: float) -> str:
    return f"{value:g} s"


def say(place: object) -> charts.Hint:
    return charts.Hint(f"Place {place}", "4 %", ("n = 120", "2 % – 7 %"), definition="p chart")


def trend_of(chart: Chart | None, days: int | None = None) -> charts.TrendChart:
    widget = charts.TrendChart()
    count = len(chart.points) if chart is not None else days or 0
    widget.set_chart(
        chart,
        [date(2026, 1, 1) + timedelta(days=place) for place in range(count)],
        unit="share",
        value_text=percent,
        centre_text="4 %",
        day_text=lambda day: f"{day:%d %b}",
        names=NAMES,
        describe=say,
    )
    return widget


def funnel_of(units: list[Unit], minimum_n: int = 30) -> charts.FunnelChart:
    widget = charts.FunnelChart()
    found: Funnel = funnel(units, minimum_n=minimum_n)
    widget.set_funnel(found, value_text=percent, count_text=str, names=FUNNEL_NAMES, describe=say)
    return widget


def pareto_of(counts: dict[str, int]) -> charts.ParetoChart:
    widget = charts.ParetoChart()
    widget.set_bars(
        pareto(counts),
        cause_text=lambda row: " ".join(row.causes),
        count_text=lambda row: str(row.count),
        share_text=percent,
        names=("Share", "Added up"),
        describe=lambda row: charts.Hint(" ".join(row.causes), str(row.count)),
    )
    return widget


def times_of(*values: list[float]) -> charts.TimesChart:
    widget = charts.TimesChart()
    widget.set_spans(
        [
            charts.Span(f"Step {place}", "4 min", quantile(each, 0.5), quantile(each, 0.9))
            for place, each in enumerate(values)
        ],
        time_text=seconds,
        names=("Median", "Interval", "9 of 10"),
        describe=say,
    )
    return widget


def hours_of(*visits: int) -> charts.HoursChart:
    widget = charts.HoursChart()
    widget.set_hours(
        [
            charts.HourColumn(hour, count, Tally(count // 2, count).share().shown_from(5))
            for hour, count in enumerate(visits)
        ],
        share_text=percent,
        count_text=str,
        hour_text=str,
        names=("Good", "Visits"),
        describe=say,
    )
    return widget


def steps_of(*counts: tuple[int, ...]) -> charts.StepsChart:
    widget = charts.StepsChart()
    rows = [charts.StepRow(f"Step {at}", ("Target",), each, 3) for at, each in enumerate(counts)]
    widget.set_steps(rows, [seconds(edge) for edge in STEP_EDGES_S], late="Late", describe=say)
    return widget


def faces_of(*counts: int) -> charts.FacesBar:
    widget = charts.FacesBar()
    parts = [
        charts.Part(level, count, percent(0.25))
        for level, count in zip(charts.ORDER, counts, strict=True)
    ]
    widget.set_parts(parts, say)
    return widget


WIDE = len(STEP_EDGES_S) + 1
ORDINARY: dict[str, Make] = {
    "trend": lambda: trend_of(p_chart([Tally(n % 5, 40 + n) for n in range(60)])),
    "funnel": lambda: funnel_of([Unit(str(n), Tally(n % 7, 40 + 9 * n)) for n in range(20)]),
    "pareto": lambda: pareto_of({"attitude": 40, "speed": 22, "rules": 9, "other": 1}),
    "times": lambda: times_of([30.0 + n for n in range(40)], [90.0, 200.0, 4_000.0], []),
    "hours": lambda: hours_of(*([0] * 8), 12, 40, 70, 33, 4, 0, 9),
    "steps": lambda: steps_of(*[tuple((n * k) % 9 for n in range(WIDE)) for k in (1, 2, 4)]),
    "faces": lambda: faces_of(300, 120, 30, 9, 4, 210),
}
STRANGE: dict[str, Make] = {
    "one day": lambda: trend_of(p_chart([Tally(1, 20)])),
    "all equal": lambda: trend_of(p_chart([Tally(2, 40)] * 30)),
    "nobody low": lambda: trend_of(p_chart([Tally(0, 40)] * 30)),
    "everybody low": lambda: trend_of(p_chart([Tally(40, 40)] * 30)),
    "days without anybody": lambda: trend_of(p_chart([Tally(1, 9), Tally(0, 0)] * 9)),
    "huge": lambda: trend_of(p_chart([Tally(MAX_N // 999, MAX_N // 99)] * 3)),
    "a year": lambda: trend_of(p_chart([Tally(n % 9, 90) for n in range(365)])),
    "one clerk": lambda: funnel_of([Unit("1", Tally(1, 40))]),
    "a clerk of many": lambda: funnel_of([Unit("1", Tally(9, 200_000)), Unit("2", Tally(1, 31))]),
    "clerks alike": lambda: funnel_of([Unit(str(n), Tally(0, 50)) for n in range(4)]),
    "one reason": lambda: pareto_of({"attitude": 1}),
    "forty reasons": lambda: pareto_of({f"A long reason, number {n}": 90 - n for n in range(40)}),
    "no time at all": lambda: times_of([0.0] * 9),
    "years": lambda: times_of([1.0] * 9, [1e9] * 9),
    "one hour": lambda: hours_of(0, 0, 3),
    "a busy hour": lambda: hours_of(2, 200_000),
    "one visit": lambda: steps_of((1, *([0] * (WIDE - 1)))),
    "many visits": lambda: steps_of((200_000, 1, *([0] * (WIDE - 2)))),
    "one rating": lambda: faces_of(0, 0, 1, 0, 0, 0),
    "a sliver": lambda: faces_of(100_000, 1, 1, 1, 1, 1),
}
ALL = ORDINARY | STRANGE
EMPTY: dict[str, Make] = {
    "trend": lambda: trend_of(None),
    "days": lambda: trend_of(p_chart([Tally(0, 0)] * 5)),
    "funnel": lambda: funnel_of([]),
    "all suppressed": lambda: funnel_of([Unit("1", Tally(1, 29))]),
    "pareto": lambda: pareto_of({}),
    "times": lambda: times_of([], []),
    "hours": lambda: hours_of(*([0] * 24)),
    "steps": lambda: steps_of((0,) * WIDE),
    "faces": lambda: faces_of(*([0] * 6)),
}


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> None:
    look.apply(qapp, "light", language="en")


@pytest.fixture
def shown(qtbot: QtBot) -> Show:
    """Puts a chart on a page, and keeps that."""
    pages = []

    def show(chart: charts.ChartBase, width: int = 460, height: int = 260) -> QWidget:
        page = look.Card()
        page.body.addWidget(chart)
        chart.set_words("A chart", "In sum", "Nothing yet")
        qtbot.addWidget(page)
        page.resize(width, height)
        page.show()
        QApplication.processEvents()
        pages.append(page)
        return page

    return show


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


@pytest.mark.parametrize("name", ORDINARY)
def test_every_word_of_a_chart_can_be_read(name: str, shown: Show, qapp: QApplication) -> None:
    page = shown(ORDINARY[name]())
    assert cut_texts(page) == []
    for mode in look.Mode:
        look.apply(qapp, mode, language="en")
        assert contrast_failures(page) == []


@pytest.mark.parametrize("name", ALL)
def test_every_place_can_be_walked_to_and_says_what_it_is(name: str, shown: Show) -> None:
    chart = ALL[name]()
    shown(chart)
    plain = picture(chart)
    places = chart.places()
    assert places
    heard: list[int] = []
    chart.marked.connect(heard.append)
    chart.setFocus()
    for _ in range(len(places) + 1):
        QTest.keyClick(chart, Key.Key_Right)
    assert heard == list(places)
    said = chart.hint()
    assert said is not None
    assert chart.accessibleDescription() == said.spoken()
    assert picture(chart) != plain
    for place in places:
        assert chart.rect().contains(chart.position(place))
    QTest.keyClick(chart, Key.Key_Home)
    assert heard[-1] == places[0]
    QTest.keyClick(chart, Key.Key_End)
    assert heard[-1] == places[-1]


@pytest.mark.parametrize("name", ALL)
def test_no_size_is_too_small_to_draw(name: str, shown: Show) -> None:
    chart = ALL[name]()
    page = shown(chart)
    for width, height in ((1, 1), (60, 40), (40, 300), (300, 40), (2_000, 60)):
        chart.setFixedSize(width, height)
        picture(page)
        chart.mark(0)
        picture(page)


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_show_is_said_in_words(name: str, shown: Show) -> None:
    chart = EMPTY[name]()
    page = shown(chart)
    assert chart.is_empty()
    assert chart.places() == ()
    picture(page)
    QTest.keyClick(chart, Key.Key_Right)
    assert chart.hint() is None


def point_at(widget: QWidget, place: QPoint) -> None:
    """Move the pointer there, whatever else is on the screen."""
    at, nothing = QPointF(place), Qt.MouseButton.NoButton
    on_screen = QPointF(widget.mapToGlobal(place))
    kind, none = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(widget, QMouseEvent(kind, at, on_screen, nothing, nothing, none))


def test_the_pointer_finds_the_day_and_leaves_it(shown: Show) -> None:
    chart = ORDINARY["trend"]()
    page = shown(chart)
    point_at(chart, chart.position(17) + QPoint(1, 30))
    assert chart.hint() == say(17)
    (card,) = page.window().findChildren(charts.HintCard)
    assert card.isVisible()
    assert page.rect().contains(card.geometry())
    chart.mark(None)
    assert not card.isVisible()
    assert chart.accessibleDescription() == "In sum"


def test_the_card_goes_with_the_focus_and_with_the_page(shown: Show) -> None:
    chart = ORDINARY["pareto"]()
    page = shown(chart)
    for leave in (chart.hide, lambda: page.resize(600, 300), lambda: pareto_changes(chart)):
        chart.show()
        chart.mark(1)
        (card,) = page.window().findChildren(charts.HintCard)
        assert card.isVisible()
        leave()
        assert not card.isVisible()


def test_the_marker_stays_while_figures_come_in(shown: Show) -> None:
    def show(chart: charts.FacesBar, *counts: int) -> None:
        parts = [
            charts.Part(level, count, percent(0.25))
            for level, count in zip(charts.ORDER, counts, strict=True)
        ]
        chart.set_parts(parts, lambda level: charts.Hint(f"Level {level}", str(counts[5 - level])))
        chart.set_words("A chart", "In sum", "Nothing yet")

    chart = charts.FacesBar()
    shown(chart)
    show(chart, 30, 12, 3, 2, 1, 21)
    chart.mark(chart.places().index(4))
    show(chart, 30, 13, 0, 0, 0, 21)
    said = chart.hint()
    assert said == charts.Hint("Level 4", "13")
    assert chart.accessibleDescription() == said.spoken()
    show(chart, 30, 0, 0, 0, 0, 21)
    assert chart.hint() is None
    assert chart.accessibleDescription() == "In sum"


def pareto_changes(chart: charts.ChartBase) -> None:
    assert isinstance(chart, charts.ParetoChart)
    chart.set_bars(
        (), cause_text=str, count_text=str, share_text=percent, names=("", ""), describe=say
    )


def test_a_broken_rule_has_a_shape_of_its_own(shown: Show) -> None:
    steady = [Tally(4, 100), Tally(6, 100)] * 12
    chart = trend_of(p_chart([*steady, Tally(40, 100)], baseline=24))
    shown(chart)
    assert chart.shapes() == {24: charts.Shape.DIAMOND}
    run = trend_of(p_chart([*steady, *[Tally(6, 100)] * 8], baseline=24))
    assert charts.Shape.SQUARE in run.shapes().values()
    assert charts.Shape.DIAMOND not in run.shapes().values()


def test_limits_step_with_the_number_of_customers() -> None:
    chart = p_chart([Tally(4, 40), Tally(4, 4_000)])
    wide, narrow = (point.high - point.low for point in chart.points if point is not None)
    assert wide > narrow


def test_measured_values_stand_on_a_chart_too(shown: Show) -> None:
    chart = charts.TrendChart()
    values = xmr_chart([240.0, 260.0, 250.0, 3_000.0], baseline=3, least=0.0).individuals
    chart.set_chart(
        values,
        [date(2026, 1, day) for day in (1, 5, 6, 9)],
        unit="seconds",
        value_text=seconds,
        centre_text="4 min",
        day_text=str,
        names=NAMES,
        describe=say,
    )
    shown(chart)
    assert chart.shapes()[3] is charts.Shape.DIAMOND
    assert chart.position(3).y() < chart.position(0).y()


def test_few_are_counted_and_not_drawn(shown: Show) -> None:
    chart = funnel_of([Unit("1", Tally(9, 29)), Unit("2", Tally(2, 80)), Unit("3", Tally(0, 0))])
    shown(chart)
    assert chart.places() == (1,)
    assert chart.suppressed() == 2


def test_arrows_walk_by_customers_and_not_by_merit(shown: Show) -> None:
    units = [Unit("a", Tally(9, 300)), Unit("b", Tally(1, 90)), Unit("c", Tally(30, 120))]
    chart = funnel_of(units)
    shown(chart)
    assert chart.places() == (1, 2, 0)
    across = [chart.position(place).x() for place in chart.places()]
    assert all(before < after for before, after in pairwise(across))


def test_a_low_chart_folds_more_causes(shown: Show) -> None:
    chart = STRANGE["forty reasons"]()
    assert isinstance(chart, charts.ParetoChart)
    shown(chart, 460, 400)
    many = len(chart.rows())
    chart.resize(460, 160)
    few = len(chart.rows())
    assert 2 <= few < many < 40
    assert sum(row.count for row in chart.rows()) == sum(90 - n for n in range(40))


def test_up_and_down_lead_from_step_to_step(shown: Show) -> None:
    chart = ORDINARY["steps"]()
    shown(chart)
    chart.mark(2)
    QTest.keyClick(chart, Key.Key_Down)
    assert chart.hint() == say(WIDE + 2)
    QTest.keyClick(chart, Key.Key_Up)
    assert chart.hint() == say(2)
    QTest.keyClick(chart, Key.Key_Up)
    assert chart.hint() == say(2), "nothing lies above"


def test_a_key_that_leads_nowhere_is_the_pages(qtbot: QtBot) -> None:
    class Page(QWidget):
        def __init__(self) -> None:
            super().__init__()
            self.keys: list[int] = []

        def keyPressEvent(self, event: object) -> None:
            self.keys.append(event.key())  # type: ignore[attr-defined]

    page, chart = Page(), ORDINARY["trend"]()
    QVBoxLayout(page).addWidget(chart)
    qtbot.addWidget(page)
    page.show()
    for key in (Key.Key_Down, Key.Key_Escape, Key.Key_Left):
        QTest.keyClick(chart, key)
    assert page.keys == [Key.Key_Down, Key.Key_Escape]


def test_a_chart_is_sharp_on_every_screen(shown: Show) -> None:
    chart = ORDINARY["hours"]()
    page = shown(chart)
    image = QImage(page.size() * 2, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2.0)
    page.render(image, QPoint(0, 0))
    inks = {image.pixelColor(x, image.height() // 3).name() for x in range(image.width())}
    assert look.colour(look.Role.RAISED).name() in inks
    assert len(inks) > 2


def test_the_card_keeps_within_its_window() -> None:
    room = QRect(0, 0, 800, 600)
    for point in (QPoint(0, 0), QPoint(799, 599), QPoint(400, 300), QPoint(799, 0)):
        card = beside_point(QSize(300, 140), point, room)
        assert room.contains(card)
        assert not card.contains(point)


def test_a_chart_that_is_not_shown_follows_its_size_too() -> None:
    chart = times_of([60.0] * 8, [200.0] * 8, [900.0] * 8)
    chart.resize(600, 480)
    assert chart.places() == (0, 1, 2)
    chart.resize(600, 220)  # as for paper, where nothing tells it so
    assert max(each.room.bottom() for each in chart.painted_texts()) <= 220


def test_a_hint_is_spoken_in_one_breath() -> None:
    hint = replace(say(1), flags=("Past a limit",))
    assert hint.spoken() == "Place 1 · 4 % · n = 120 · 2 % – 7 % · Past a limit · p chart"
    assert charts.Hint("Only a title").spoken() == "Only a title"
