"""The desk's page of the worst possible loss: by counter, by what it comes from, and a way out."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.ports.online import CounterExposure
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.counter_pages import TextField
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_points import REASON_PX
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.desk_points_words import EXPOSURE_PARTS
from ui.viewmodels.exposure import ExposureViewModel


class PartsCard(look.Card):
    """The office's sum, and each part of it with where it comes from."""

    def __init__(self, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.S)
        self._words = words
        self.total = look.Text(size=Size.FIGURE, bold=True, tabular=True)
        self.as_of = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.beside = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Space.M)
        self._grid.setVerticalSpacing(Space.XS)
        self._grid.setColumnStretch(1, 1)
        self.parts: dict[str, tuple[look.Text, look.Text, look.Paragraph]] = {}
        for place, part in enumerate(EXPOSURE_PARTS):
            name = look.Text(bold=True)
            points = look.Text(bold=True, tabular=True, elides=False)
            points.setAlignment(Qt.AlignmentFlag.AlignRight)
            how = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
            self._grid.addWidget(points, 2 * place, 0)
            self._grid.addWidget(name, 2 * place, 1)
            self._grid.addWidget(how, 2 * place + 1, 1)
            self.parts[part] = (name, points, how)
        for above in (self.total, self.as_of, self.beside):
            self.body.addWidget(above)
        self.body.addSpacing(Space.S)
        self.body.addLayout(self._grid)
        self.body.addStretch(1)

    def show_exposure(self, model: ExposureViewModel, now_ms: int) -> None:
        """Show the office's sum as of when the server said so."""
        say, view = self._words.say, model.view
        self.set_title(say("exposure_title"))
        if view is None:
            self.total.setText("–")
            self.as_of.setText(say("exposure_asking" if model.busy else "exposure_unknown"))
            self.beside.setText("")
        else:
            self.total.setText(say("exception_points", points=view.points))
            when = wording.clock(view.at_ms, now_ms)
            self.as_of.setText(
                say("exposure_fresh" if view.is_fresh else "exposure_old", time=when)
            )
            self.beside.setText(
                say(
                    "exposure_beside",
                    programme=view.programme_points,
                    member=view.one_member_points,
                    owed=view.owed_points,
                )
            )
        sums = {} if view is None else view.parts()
        for part, (name, points, how) in self.parts.items():
            shown = sums.get(part, 0)
            name.setText(say(f"part_{part}"))
            points.setText(say("exposure_figure", points=shown))
            how.setText(say(f"part_{part}_how"))
            for widget in (name, points, how):
                widget.setVisible(shown > 0 or part == "pool")


class CounterCard(look.Card):
    """One counter: what it holds and may lose; and giving it up, where it won't come back."""

    def __init__(self, model: ExposureViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.S)
        self._model, self._words = model, words
        self.heard = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.facts = look.Paragraph()
        self.holds = look.Paragraph()
        self.explains = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.reason = TextField(text_px=REASON_PX)
        self.give_up = look.Button(kind=look.Kind.SECONDARY, key="Enter", icon="circle-x")
        self.give_up.setObjectName("give_up")
        self.said = look.Banner()
        for part in (self.heard, self.facts, self.holds, self.explains):
            self.body.addWidget(part)
        self.body.addWidget(self.reason)
        self.body.addWidget(self.said)
        self.body.addWidget(self.give_up, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(1)
        self.reason.submitted.connect(self._on_give_up)
        self.give_up.clicked.connect(self._on_give_up)
        model.emptied.connect(self._on_emptied)

    def show_counter(self, counter: CounterExposure | None, now_ms: int) -> None:
        """Show the counter that is looked at."""
        model, say = self._model, self._words.say
        words = model.said.words() if model.said is not None else ""
        tone = WEIGHT_TONES[model.said.weight] if model.said is not None else Tone.INFO
        self.said.show_message(tone, words)
        parts = (self.heard, self.facts, self.holds, self.explains, self.reason, self.give_up)
        for part in parts:
            part.setVisible(counter is not None)
        if counter is None:
            self.set_title(say("exposure_choose"))
            return
        self.set_title(say("window", label=counter.counter_label))
        self.heard.setText(_heard(self._words, counter, now_ms))
        named = [
            say("part_line", points=points, what=say(f"part_{part}"))
            for part, points in counter.parts.items()
            if part in EXPOSURE_PARTS
        ]
        self.facts.setText(" · ".join(named) or say("exposure_nothing"))
        given_up = model.view is not None and counter.device_id in model.view.given_up
        key = "counter_given_up" if given_up else "counter_holds" if counter.leases else ""
        self.holds.setText(say(key, points=counter.leased_points, n=counter.leases) if key else "")
        self.holds.setVisible(bool(key))
        possible = model.may_give_up(counter)
        for part in (self.explains, self.reason, self.give_up):
            part.setVisible(possible)
        self.explains.setText(say("give_up_how"))
        self.reason.set_label(say("give_up_reason"))
        self.give_up.setText(say("give_up"))
        self.give_up.setEnabled(not model.busy)

    def _on_give_up(self) -> None:
        self._model.give_up(self.reason.text())

    @Slot()
    def _on_emptied(self) -> None:
        self.reason.set_text("")


class ExposurePage(QWidget):
    """Counters on the left, the sum in the middle, the counter looked at on the right."""

    def __init__(self, model: ExposureViewModel, desk: DeskViewModel, words: Words) -> None:
        """Show `model`."""
        super().__init__()
        self._model, self._desk, self._words = model, desk, words
        self.title = look.Text(bold=True)
        self.counters = look.CaseList(empty_icon="circle-check")
        self.counters.setObjectName("counters")
        self.again = look.Button(key="F5", icon="refresh-cw")
        self.again.setObjectName("ask_again")
        self.parts = PartsCard(words)
        self.counter = CounterCard(model, words)
        left = QVBoxLayout()
        left.setSpacing(Space.S)
        left.addWidget(self.title)
        left.addWidget(self.counters, 1)
        left.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        body = QHBoxLayout(self)
        body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        body.setSpacing(Space.L)
        body.addLayout(left, 5)
        body.addWidget(Scrolling(self.parts), 7)
        body.addWidget(Scrolling(self.counter), 6)
        self.counters.current_changed.connect(self._on_selected)
        self.counters.chosen.connect(self._on_chosen)
        self.again.clicked.connect(model.ask)
        model.changed.connect(self.render)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.again.setText(self._words.say("exposure_again"))
        self.render()

    def focus_first(self) -> None:
        """Begin with the counters."""
        self.counters.setFocus()

    @Slot()
    def render(self) -> None:
        """Show what the server said last."""
        model, say, now_ms = self._model, self._words.say, self._desk.now_ms()
        counters = () if model.view is None else model.view.counters
        self.title.setText(say("exposure_counters"))
        self.counters.empty.set_state("circle-check", say("exposure_none"))
        with QSignalBlocker(self.counters):  # filling a list is not the manager's choice
            self.counters.set_cases([_row(self._words, each, now_ms) for each in counters])
            self.counters.select("" if model.selected_id is None else str(model.selected_id))
        self.parts.show_exposure(model, now_ms)
        self.counter.show_counter(model.selected, now_ms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the key of the button that asks again."""
        if event.key() == Qt.Key.Key_F5 and not event.isAutoRepeat():
            self._model.ask()
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _on_selected(self, device_id: str) -> None:
        self._model.select(UUID(device_id) if device_id else None)

    @Slot(str)
    def _on_chosen(self, device_id: str) -> None:
        self._model.select(UUID(device_id))
        if self.counter.reason.isVisible():
            self.counter.reason.setFocus()


def _heard(words: Words, counter: CounterExposure, now_ms: int) -> str:
    if counter.is_shut_out:
        return words.say("counter_shut_out")
    if counter.last_contact_ms is None:
        return words.say("counter_never_heard")
    age = wording.age(words, max(0, now_ms - counter.last_contact_ms) // 1000)
    return words.say("counter_heard", age=age)


def _row(words: Words, counter: CounterExposure, now_ms: int) -> look.CaseView:
    silent_ms = now_ms - (counter.last_contact_ms or 0)
    key = "counter_row" if counter.leases else "counter_row_nothing"
    quiet = counter.is_shut_out or silent_ms > 86_400_000
    return look.CaseView(
        str(counter.device_id),
        words.say("window", label=counter.counter_label),
        words.say("exposure_figure", points=counter.points),
        look.Light.CAUTION if quiet else look.Light.READY,
        _heard(words, counter, now_ms),
        state=words.say(key, points=counter.leased_points, n=counter.leases),
    )
