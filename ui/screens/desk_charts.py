"""The desk's page of figures: what is looked at on top, the charts below, nobody ranked."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.services.views import FiguresView
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_chart_cards import ChartCards, Reflowing
from ui.screens.desk_chart_words import ChartWords
from ui.screens.figures_report import Making, figures_report
from ui.screens.look.paper import Pieces
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.figures import (
    ALL_OFFICES,
    PANEL,
    PERIODS,
    SOURCES,
    FiguresViewModel,
    Filter,
)

SAVE_KEY: Final = "C"
REPORT_KEY: Final = "D"
_ONE_LINE_PX: Final = 1_280
_FILTERS: Final[tuple[tuple[Filter, str], ...]] = (
    ("office", "filter_office"),
    ("counter", "code_counter"),
    ("staff", "filter_staff"),
    ("service", "filter_service"),
    ("source", "filter_source"),
)
_PERIOD_WORDS: Final = dict(
    zip(PERIODS, ("today", "period_7", "period_30", "period_91", "statement_Y"), strict=True)
)
_PERIOD_KEYS: Final = range(Qt.Key.Key_1, Qt.Key.Key_1 + len(PERIODS))
_SCROLL: Final = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class FiguresPage(QWidget):
    """Periods by their digits, filters by Tab, charts by Tab and the arrow keys.

    Interactive widgets by name: period_1, period_7, period_30, period_91, period_365,
    filter_office, filter_counter, filter_staff, filter_service, filter_source, save_report,
    save_figures.
    """

    def __init__(self, model: FiguresViewModel, desk: DeskViewModel, words: Words) -> None:
        """Show `model`."""
        super().__init__()
        self._model, self._desk, self._words = model, desk, words
        self._shown: object = None
        self.periods = {days: look.Button() for days in PERIODS}
        for place, (days, button) in enumerate(self.periods.items(), start=1):
            button.set_key(str(place))
            button.setObjectName(f"period_{days}")
            button.clicked.connect(partial(self._on_period, days))
        self.filters = {which: QComboBox() for which, _ in _FILTERS}
        for which, box in self.filters.items():
            box.setObjectName(f"filter_{which}")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(partial(self._on_filter, which))
        self.save = look.Button(key=SAVE_KEY, icon="receipt")
        self.save.setObjectName("save_figures")
        self.report = look.Button(key=REPORT_KEY, icon="receipt")
        self.report.setObjectName("save_report")
        self.about = look.Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self.source = look.StatusLight()
        self.said = look.Banner()
        self.cards = ChartCards(words)
        self.nothing = look.EmptyState("chart-line")
        self.place = QStackedWidget()
        self._scrolling = Scrolling(self.cards)
        self.place.addWidget(self.nothing)
        self.place.addWidget(self._scrolling)
        self._lay_out()
        self.save.clicked.connect(model.save)
        self.report.clicked.connect(self._on_report)
        model.changed.connect(self.show_figures)
        self._scrolling.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def _lay_out(self) -> None:
        periods, filters = _line(*self.periods.values()), _line(*self.filters.values())
        self._top = Reflowing(
            periods, filters, from_px=_ONE_LINE_PX, spacing=Space.S, is_even=False
        )
        under = QHBoxLayout()
        under.setSpacing(Space.M)
        under.addWidget(self.about, 1)
        under.addWidget(self.source)
        under.addWidget(self.report)
        under.addWidget(self.save)
        body = QVBoxLayout(self)
        body.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        body.setSpacing(Space.S)
        body.addWidget(self._top)
        body.addLayout(under)
        body.addWidget(self.said)
        body.addWidget(self.place, 1)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        for days, button in self.periods.items():
            button.setText(say(_PERIOD_WORDS[days]))
            button.setAccessibleDescription(say("period"))
        for which, name in _FILTERS:
            self.filters[which].setAccessibleName(say(name))
        self.save.setText(say("statement_C"))
        self.report.setText(say("statement_D"))
        self._model.stop_drawing()  # half of it would be in the other language
        self._shown = None
        self.show_figures()

    def focus_first(self) -> None:
        """Begin with the period in force."""
        self.periods[self._model.days].setFocus()

    def follow_desk(self) -> None:
        """Work out anew what is old, and say whether there is a network."""
        self._model.refresh()
        self._show_source()

    @Slot()
    def show_figures(self) -> None:
        """Show what was worked out last."""
        model = self._model
        for days, button in self.periods.items():
            is_chosen = days == model.days
            button.set_kind(look.Kind.PRIMARY if is_chosen else look.Kind.SECONDARY)
            button.setEnabled(model.may_choose(days))
        tone = WEIGHT_TONES[model.said.weight] if model.said is not None else Tone.INFO
        self.said.show_message(tone, model.said.words() if model.said is not None else "")
        self._show_filters()
        self._show_source()
        alone = model.chosen["staff"] is not None
        for button in (self.report, self.save):
            button.setEnabled(model.may_save)
            button.setToolTip(self._words.say("figures_not_saved") if alone else "")
        self._show_charts()

    def _show_charts(self) -> None:
        view, say = self._model.view, self._words.say
        if view is None:
            self.nothing.set_state("loader", say("figures_busy"))
        elif not view.report.all.visits and not view.report.taken.median.n:
            self.nothing.set_state("chart-line", say("figures_none"), say("figures_none_hint"))
        else:
            if view is not self._shown:
                self._shown = view
                # One clerk alone is compared with nobody
                has_staff = not view.office_codes and not view.report.choice.staff
                self.cards.show_view(view, has_staff=has_staff)
            self.place.setCurrentWidget(self._scrolling)
            return
        self.place.setCurrentWidget(self.nothing)

    def _show_filters(self) -> None:
        view, say, model = self._model.view, self._words.say, self._model
        if view is None:
            return
        texts = ChartWords(self._words, view.report)
        names: dict[Filter, list[tuple[str | None, str]]] = {
            "office": [
                (None, say("own_office")),
                (ALL_OFFICES, say("any_office")),
                *((code, code) for code in model.offices),
            ],
            "counter": [
                (None, say("any_counter")),
                *((name, say("window", label=name)) for name in view.choices.counters),
            ],
            "staff": [
                (None, say("any_staff")),
                *((number, texts.staff(number)) for number in view.choices.staff),
            ],
            "service": [
                (None, say("any_service")),
                *((code, texts.service(code)) for code in view.choices.services),
            ],
            "source": [
                (None if source == PANEL else source, say(f"source_{source}")) for source in SOURCES
            ],
        }
        for which, box in self.filters.items():
            _fill(box, names[which], model.chosen[which])
        self.filters["counter"].setVisible(model.chosen["office"] != ALL_OFFICES)
        self.filters["staff"].setVisible(model.is_own)
        source = self.filters["source"]
        is_asked = bool(view.report.phone.n) or model.source != PANEL
        source.setVisible(is_asked)  # where no customer uses a phone there is nothing to choose
        wide = source.sizeHint().width() + Space.S if is_asked else 0
        self._top.set_from(_ONE_LINE_PX + wide)

    def _show_source(self) -> None:
        view, say, now_ms = self._model.view, self._words.say, self._desk.now_ms()
        if view is None:
            self.about.setText("")
            self.source.setVisible(False)
            return
        texts, report = ChartWords(self._words, view.report), view.report
        first, last = (
            texts.date(date.fromisoformat(day))
            for day in (report.choice.first_day, report.choice.last_day)
        )
        n = report.all.visits
        if first == last:
            about = say("figures_about_day", day=first, n=n)
        else:
            about = say("figures_about", first=first, last=last, n=n)
        self.about.setText(say("figures_busy") if self._model.busy else about)
        age_ms = (view.data_age_s or 0) * 1000
        as_of = wording.clock(now_ms - age_ms, now_ms)
        is_online = self._desk.online
        if view.office_codes:
            key = "figures_told"
        else:
            key = "figures_as_of" if is_online else "figures_offline"
        light = look.Light.READY if is_online else look.Light.OFFLINE
        self.source.setVisible(True)
        self.source.set_state(light, say(key, time=as_of))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys drawn on the buttons, and those that scroll."""
        key = Qt.Key(event.key())
        if key in _SCROLL:
            bar = self._scrolling.verticalScrollBar()
            bar.setValue(bar.value() + _SCROLL[key] * bar.pageStep())
        elif event.isAutoRepeat() or event.modifiers():
            super().keyPressEvent(event)
        elif key in _PERIOD_KEYS:
            self._on_period(PERIODS[_PERIOD_KEYS.index(key)])
        elif key == Qt.Key.Key_C:
            self._model.save()
        elif key == Qt.Key.Key_D:
            self._on_report()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_report(self) -> None:
        self._model.save_report(self._drawn)

    def _drawn(self, view: FiguresView) -> Pieces:
        desk, now_ms = self._desk, self._desk.now_ms()
        assert desk.seat is not None
        assert desk.session is not None
        seat = desk.seat
        if len(view.office_codes) > 1:
            offices = self._words.say("any_office")
        else:
            own = f"{seat.office_name} ({seat.office_code})"
            offices = view.office_codes[0] if view.office_codes else own
        making = Making(
            seat.programme_name,
            offices,
            wording.date_and_time(now_ms - (view.data_age_s or 0) * 1000),
            wording.date_and_time(now_ms),
            desk.session.staff_number,
            desk.online,
        )
        return figures_report(view, making, self._words)

    def _on_period(self, days: int, checked: bool = False) -> None:
        if any(button.hasFocus() for button in self.periods.values()):
            self.periods[days].setFocus()
        self._model.choose_days(days)

    def _on_filter(self, which: Filter, at: int) -> None:
        self._model.choose(which, self.filters[which].itemData(at))

    @Slot()
    def _on_scrolled(self) -> None:
        """A card beside a mark would stay where the mark was."""
        for chart in self.cards.all_charts():
            chart.mark(None)


def _line(*parts: QWidget) -> QWidget:
    """Put parts beside each other, as wide as they are."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(Space.S)
    for part in parts:
        line.addWidget(part)
    line.addStretch(1)
    return holder


def _fill(box: QComboBox, names: list[tuple[str | None, str]], chosen: str | None) -> None:
    """Offer names, and show the chosen one: also where this period knows nothing of it any more."""
    if chosen not in [name for name, _ in names]:
        names = [*names, (chosen, str(chosen))]
    held = [(box.itemData(at), box.itemText(at)) for at in range(box.count())]
    with QSignalBlocker(box):  # filling it is not the manager's choice
        if held != names and not box.view().isVisible():
            box.clear()
            for name, text in names:
                box.addItem(text, name)
        box.setCurrentIndex(box.findData(chosen) if chosen is not None else 0)
