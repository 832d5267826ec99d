"""Parts of the forms on the page of listening, and the one by which something is to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.qt.words import Words
from ui.screens import look
from ui.screens.counter_pages import TextField, say_at_field
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_case_fields import Choice
from ui.screens.look.roles import Space, Tone
from ui.viewmodels.listening import LOOKED_AT_AFTER_DAYS, ListeningViewModel, day_typed

SHOW_KEY, SAVE_KEY, ACT_KEY = "F5", "F12", "Ctrl+N"
TEXT_PX: Final = 96
"""Four lines."""
_WORDS: Final = ("heard", "what", "reason")
"""What a refusal calls the field that words are written in."""


class Codes(QWidget):
    """One of a few codes, each a button with its digit."""

    def __init__(self, codes: Sequence[str], model: ListeningViewModel, name: str) -> None:
        """Make a button for each of `codes`; `name` begins their names."""
        super().__init__()
        self.buttons: dict[str, look.Button] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        for digit, code in enumerate(codes, 1):
            button = look.Button(key=f"Ctrl+{digit}")
            button.setObjectName(f"{name}_{code}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(partial(self._on_clicked, model, code))
            row.addWidget(button)
            self.buttons[code] = button
        row.addStretch(1)

    def show_chosen(self, chosen: str) -> None:
        """Mark which one it is."""
        for code, button in self.buttons.items():
            is_it = code == chosen
            button.set_kind(look.Kind.PRIMARY if is_it else look.Kind.SECONDARY)

    def _on_clicked(self, model: ListeningViewModel, code: str, checked: bool = False) -> None:
        model.choose(code)


def choosing(name: str) -> Choice:
    """Make what chooses one of a list."""
    choice = Choice()
    choice.setObjectName(name)
    choice.setMinimumContentsLength(8)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return choice


def say_refusal(
    model: ListeningViewModel,
    banner: look.Banner,
    text: look.FormField,
    fields: Mapping[str, look.FormField] | None = None,
) -> None:
    """Say what was refused at its field: `text` is where words are written, whatever they are."""
    said = model.said
    name = model.field if model.field in _WORDS else _WORDS[0]
    say_at_field(
        {name: text, **(fields or {})},
        banner,
        WEIGHT_TONES[said.weight] if said is not None else Tone.INFO,
        said.words() if said is not None else "",
        model.field,
    )


class ActionForm(QWidget):
    """What is to be done about what was heard: what, by whom, and when somebody looks."""

    def __init__(self, model: ListeningViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__()
        self._model, self._words = model, words
        self.what = TextField(text_px=TEXT_PX)
        self.owner = look.FormField("", editor=choosing("action_owner"))
        self.check_on = look.FormField("")
        self.check_on.editor.setObjectName("action_check_on")
        self.said = look.Banner()
        self.save = look.Button(kind=look.Kind.PRIMARY, key=SAVE_KEY, icon="flag")
        self.back = look.Button(kind=look.Kind.QUIET, key=ACT_KEY, icon="arrow-left")
        self.save.setObjectName("action_open")
        self.back.setObjectName("action_back")
        grid = QGridLayout()
        grid.setSpacing(Space.M)
        for column, field in enumerate((self.owner, self.check_on)):
            grid.addWidget(field, 0, column, Qt.AlignmentFlag.AlignTop)
            grid.setColumnStretch(column, 1)
        ways = QHBoxLayout()
        ways.setSpacing(Space.S)
        ways.addWidget(self.save)
        ways.addWidget(self.back)
        ways.addStretch(1)
        column_of = QVBoxLayout(self)
        column_of.setContentsMargins(0, 0, 0, 0)
        column_of.setSpacing(Space.M)
        column_of.addWidget(self.what)
        column_of.addLayout(grid)
        column_of.addWidget(self.said)
        column_of.addLayout(ways)
        self.check_on.text_changed.connect(self._on_day_typed)
        self.what.submitted.connect(self.owner.setFocus)
        self.check_on.submitted.connect(self.submit)
        self.save.clicked.connect(self.submit)
        self.back.clicked.connect(model.act)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.what.set_label(say("action_what"))
        self.owner.set_label(say("action_owner"))
        self.check_on.set_label(say("action_check_on"))
        self.save.setText(say("action_open"))
        self.back.setText(say("listening_act_not"))
        self._on_day_typed()

    def begin(self) -> None:
        """Begin with nothing said, and who may do it."""
        people = [(name, str(staff_id)) for staff_id, name in self._model.page.people]
        fill(self.owner, [("–", ""), *people], "")
        self.what.set_text("")
        self.check_on.set_text(str(LOOKED_AT_AFTER_DAYS))
        self._on_day_typed()

    def render_form(self) -> None:
        """Show what was refused, and whether it is being sent."""
        self.save.setEnabled(not self._model.busy)
        others = {"owner": self.owner, "check_on": self.check_on}
        say_refusal(self._model, self.said, self.what, others)

    @Slot()
    def submit(self) -> None:
        """Note it."""
        chosen = chosen_in(self.owner)
        owner_id = UUID(chosen) if chosen else None
        self._model.open_action(self.what.text(), owner_id, self.check_on.text())

    @Slot()
    def _on_day_typed(self) -> None:
        show_day(self._words, self._model, self.check_on)


def show_day(words: Words, model: ListeningViewModel, field: look.FormField) -> None:
    """Say under a field which day it is, where days from today were typed."""
    typed = field.text().strip()
    day = day_typed(typed, model.page.today)
    is_read = day != typed
    field.set_hint(words.say("action_on", day=day) if is_read else words.say("action_check_hint"))


def fill(field: look.FormField, offered: Sequence[tuple[str, str]], chosen: str) -> None:
    """Offer (words, code) in a field that chooses, one of them chosen."""
    editor = field.editor
    assert isinstance(editor, QComboBox)
    with QSignalBlocker(editor):
        editor.clear()
        for words, code in offered:
            editor.addItem(words, code)
        editor.setCurrentIndex(max(0, editor.findData(chosen)))


def chosen_in(field: look.FormField) -> str:
    """Return the code that is chosen in a field, '' for none."""
    editor = field.editor
    assert isinstance(editor, QComboBox)
    return str(editor.currentData() or "")
