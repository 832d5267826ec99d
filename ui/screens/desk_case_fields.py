"""What managers say of a case besides its stages: a list to choose from for each field."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from app.domain.case_facts import CHOICES, GOODWILL, standing
from app.domain.records import Case
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.look.roles import Space
from ui.viewmodels.desk import DeskViewModel

_COLUMNS: Final = 3
_OPENING: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space)


class Choice(QComboBox):
    """Changes by what is chosen in its list alone: what it says is recorded at once, for good."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what scrolls."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list, where an arrow alone would choose."""
        if event.key() in _OPENING:
            self.showPopup()
        else:
            event.ignore()


class CaseFields(QWidget):
    """The fields of the case in the centre.

    Signals:
        goodwill_asked(): the remedy is to be points, which are given elsewhere.
    """

    goodwill_asked = Signal()

    def __init__(self, desk: DeskViewModel, words: Words) -> None:
        """Make them empty."""
        super().__init__()
        self._desk, self._words = desk, words
        self._shown: Case | None = None
        self.choices: dict[str, Choice] = {}
        self.fields: dict[str, look.FormField] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(Space.S)
        for place, name in enumerate(CHOICES):
            choice = Choice()
            choice.setObjectName(f"field_{name}")
            choice.setMinimumContentsLength(6)
            choice.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            choice.activated.connect(partial(self._on_chosen, name))
            self.choices[name], self.fields[name] = choice, look.FormField("", editor=choice)
            row, column = divmod(place, _COLUMNS)
            span = _COLUMNS - column if place == len(CHOICES) - 1 else 1  # the last has the rest
            grid.addWidget(self.fields[name], row, column, 1, span, Qt.AlignmentFlag.AlignTop)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)

    def show_case(self, case: Case) -> None:
        """Show what was said of a case; of what two desks said differently, all of it."""
        self._shown = case
        words = self._words
        for name, choice in self.choices.items():
            versions = standing(case, name)
            said = versions[0].value if versions else ""
            offered = CHOICES[name] or self._desk.causes
            if said and said not in offered:  # by an older list
                offered = (*offered, said)
            if choice.view().isVisible():
                continue  # the list is open: nothing changes under the hand
            with QSignalBlocker(choice):
                choice.clear()
                choice.addItem("–", "")
                for value in offered:
                    choice.addItem(wording.fact_value(words, name, value), value)
                choice.setCurrentIndex(choice.findData(said))
            others = [wording.fact(words, fact, self._desk.now_ms()) for fact in versions[1:]]
            differs = words.say("field_differs", others=" · ".join(others)) if others else ""
            self.fields[name].set_error(differs)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        for name, field in self.fields.items():
            field.set_label(self._words.say(f"field_{name}"))
        self._show_again()

    def _on_chosen(self, name: str, index: int) -> None:
        value = self.choices[name].itemData(index)
        if value == GOODWILL and not self._is_given():
            self._show_again()
            self.goodwill_asked.emit()
        elif value:
            self._desk.set_field(name, value)
        else:
            self._show_again()  # what was said isn't unsaid

    def _is_given(self) -> bool:
        """Whether points stand in the remedy, that somebody else's version stands beside."""
        versions = () if self._shown is None else standing(self._shown, "remedy")
        return any(fact.value == GOODWILL for fact in versions)

    def _show_again(self) -> None:
        if self._shown is not None:
            self.show_case(self._shown)
