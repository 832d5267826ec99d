"""A keyboard on the panel itself: the panel never has the PC's focus, so nothing else can type.

It writes Latin letters, digits and signs, and the page says so to who reads Chinese.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.qt.words import Words
from ui.screens import look
from ui.screens.look.roles import Space

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz'.,?"  # for narrow panels, where rows break anyhow
LETTERS: Final = ("qwertyuiop", "asdfghjkl'", "zxcvbnm,.?")
DIGITS: Final = ("1234567890", "@#&-+/:;()", "!?.,'\"%*_=")
_COLUMNS: Final = 10
_SHARES: Final = {"layer": 5, "shift": 4, "space": 8, "delete": 4}  # of the lowest row's width


class PanelKeyboard(QWidget):
    """Keys as wide as a finger.

    Signals:
        typed(str): a character.
        deleted(): the last character is to go.
    """

    typed = Signal(str)
    deleted = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Make it, letters first."""
        super().__init__(parent)
        self._words = words
        self._digits = self._capitals = False
        self._columns = _COLUMNS
        self._keys = [look.TouchButton("", parent=self) for _ in range(3 * _COLUMNS)]
        for key in self._keys:
            key.clicked.connect(self._on_key)
        self.layer = look.TouchButton()
        self.shift = look.TouchButton()
        self.space = look.TouchButton()
        self.delete = look.TouchButton()
        self.controls = QHBoxLayout()
        self.controls.setSpacing(Space.XS)
        for name, control in self._controls().items():
            control.setObjectName(f"key_{name}")
            control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.controls.addWidget(control, _SHARES[name])
        self._grid = QGridLayout()
        self._grid.setSpacing(Space.XS)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        column.addLayout(self._grid)
        column.addLayout(self.controls)
        self.layer.clicked.connect(self._on_layer)
        self.shift.clicked.connect(self._on_shift)
        self.space.clicked.connect(self._on_space)
        self.delete.clicked.connect(self.deleted)
        self._lay_out()
        self.retranslate()

    def use_digits(self, digits: bool) -> None:
        """Begin with digits or with letters."""
        self._digits, self._capitals = digits, False
        self._label()

    def fit(self, width: int, key_height: int, grown: float) -> None:
        """Lay the keys out for this width, px: ten in a row, or fewer on narrow panels."""
        least = self._keys[0].least_px()
        columns = max(5, min(_COLUMNS, (width + Space.XS) // (least + Space.XS)))
        for button in (*self._keys, *self._controls().values()):
            button.setFixedHeight(key_height)
            button.grow(grown)
        if columns != self._columns:
            self._columns = columns
            self._lay_out()
            self._label()
        self._column.activate()  # at once: a finger must never find keys that still move
        self.updateGeometry()

    def rows(self, width: int) -> int:
        """Return how many rows of keys that width takes, the lowest included."""
        least = self._keys[0].least_px()
        columns = max(5, min(_COLUMNS, (width + Space.XS) // (least + Space.XS)))
        return -(-len(self._keys) // columns) + 1

    def retranslate(self) -> None:
        """Say everything in the panel's language."""
        self._label()

    def _controls(self) -> dict[str, look.TouchButton]:
        return {
            "layer": self.layer,
            "shift": self.shift,
            "space": self.space,
            "delete": self.delete,
        }

    def _lay_out(self) -> None:
        for index, key in enumerate(self._keys):
            self._grid.removeWidget(key)
            self._grid.addWidget(key, index // self._columns, index % self._columns)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)

    def _label(self) -> None:
        letters = "".join(LETTERS) if self._columns == _COLUMNS else ALPHABET
        characters = "".join(DIGITS) if self._digits else letters
        if self._capitals and not self._digits:
            characters = characters.upper()
        for key, character in zip(self._keys, characters, strict=True):
            key.setText(character)
            key.setAccessibleName(character)
            key.setObjectName(f"key_{character}")
        self.layer.setText(self._words.say("letters" if self._digits else "digits"))
        self.shift.setText("⇧")
        self.shift.setAccessibleName(self._words.say("shift"))
        self.shift.setEnabled(not self._digits)
        self.shift.set_kind(look.Kind.PRIMARY if self._capitals else look.Kind.SECONDARY)
        self.space.setText(self._words.say("space"))
        self.delete.setText("⌫")
        self.delete.setAccessibleName(self._words.say("delete"))

    def _on_key(self) -> None:
        key = self.sender()
        assert isinstance(key, look.TouchButton)
        self.typed.emit(key.accessibleName())
        if self._capitals:
            self._capitals = False
            self._label()

    def _on_layer(self) -> None:
        self.use_digits(not self._digits)

    def _on_shift(self) -> None:
        self._capitals = not self._capitals
        self._label()

    def _on_space(self) -> None:
        self.typed.emit(" ")
