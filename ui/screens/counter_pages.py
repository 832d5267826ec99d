"""The pages of the counter's side sheet: menus, rewards, the question, lists and forms.

A page only shows and asks; `counter_sheet` chooses the page and hands on what it yields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.services.views import Promise, RewardOffer
from ui.qt.language import translate
from ui.screens import counter_rendering as rendering
from ui.screens import look
from ui.viewmodels import wording

COMPACT_FROM: Final = 5  # as many choices fit a small screen on one line each only


class MenuPage(QWidget):
    """Choices by letter or digit.

    Signals:
        pressed(str): the letter or digit, by mouse; the keyboard goes to the window.
    """

    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty menu."""
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.Space.XS)
        self._column.addStretch(1)
        self._rows: list[_Choice] = []

    def set_choices(self, choices: Sequence[tuple[str, str, str]]) -> None:
        """Show (key, words, small words under them)."""
        while len(self._rows) < len(choices):
            row = _Choice(self)
            row.clicked.connect(self._on_clicked)
            self._rows.append(row)
            self._column.insertWidget(len(self._rows) - 1, row)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(choices))
            if index < len(choices):
                row.set_choice(*choices[index], compact=len(choices) >= COMPACT_FROM)

    def _on_clicked(self) -> None:
        row = self.sender()
        if isinstance(row, _Choice):
            self.pressed.emit(row.key)


class _Choice(QFrame):
    """One row of a menu: its key, what it does, and a word under it."""

    clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.key = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._cap = look.KeyCap("")
        self._words = look.Text()
        self._small = look.Paragraph(size=look.Size.SMALL, ink=look.Role.MUTED)
        self._lines = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._lines.setSpacing(2)
        self._lines.addWidget(self._words, 1, Qt.AlignmentFlag.AlignTop)
        self._lines.addWidget(self._small)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(look.Space.M)
        self._row.addWidget(self._cap, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(self._lines, 1)

    def set_choice(self, key: str, words: str, small: str, *, compact: bool) -> None:
        self.key = key
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._lines.setDirection(across if compact else down)
        gap = look.Space.XS if compact else look.Space.S
        self._row.setContentsMargins(0, gap, 0, gap)
        self._cap.set_key(key)
        self._words.setText(words)
        self._small.setText(small)
        self._small.setVisible(bool(small))
        self.setAccessibleName(f"{key} {words}")

    def mouseReleaseEvent(self, event: object) -> None:
        if self.underMouse():
            self.clicked.emit()


class RewardsPage(QWidget):
    """The rewards by number, each with what could be promised just now.

    Signals:
        chosen(int): a reward's number, by mouse.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty list."""
        super().__init__(parent)
        self._empty = look.EmptyState("gift")
        self._inside = QWidget()
        self._inside.setProperty("look", "plain")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._empty, 1)
        self._rows: list[_Offer] = []

    def set_offers(self, offers: Sequence[RewardOffer]) -> None:
        """Show these, in the order of their numbers."""
        self._empty.set_state("gift", translate("Counter", "No rewards have been set up yet"))
        self._empty.setVisible(not offers)
        self._scroll.setVisible(bool(offers))
        while len(self._rows) < len(offers):
            row = _Offer(self._inside)
            row.clicked.connect(self._on_clicked)
            self._rows.append(row)
            self._column.insertWidget(len(self._rows) - 1, row)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(offers))
            if index < len(offers):
                row.set_offer(offers[index])

    def _on_clicked(self) -> None:
        row = self.sender()
        if isinstance(row, _Offer):
            self.chosen.emit(row.number)


class _Offer(QFrame):
    """One reward: number, name, points, the promise in words, and how many are left."""

    clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.number = 0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._cap = look.KeyCap("")
        self._name = look.Text(bold=True)
        self._points = look.Text(bold=True, tabular=True, elides=False)
        self._promise = look.Paragraph(size=look.Size.SMALL)
        head = QHBoxLayout()
        head.setSpacing(look.Space.S)
        head.addWidget(self._name, 1)
        head.addWidget(self._points)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addLayout(head)
        words.addWidget(self._promise)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, look.Space.M, look.Space.XS, look.Space.M)
        row.setSpacing(look.Space.M)
        row.addWidget(self._cap, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def set_offer(self, offer: RewardOffer) -> None:
        self.number = offer.number
        name = wording.reward_name(offer.name, offer.name_en)
        promise, stock = wording.promise(offer), wording.stock(offer.stock)
        possible = offer.promise is not Promise.NOT_POSSIBLE
        self._cap.set_key(str(offer.number))
        self._name.setText(name)
        self._name.set_ink(look.Role.TEXT if possible else look.Role.DISABLED)
        self._points.setText(wording.number(offer.points))
        self._points.set_ink(look.Role.TEXT if possible else look.Role.DISABLED)
        self._promise.setText("\n".join(filter(None, [promise, stock])))
        self._promise.set_ink(rendering.PROMISE_TONES[offer.promise].ink)
        said = [f"{offer.number} {name}", str(offer.points), promise, *filter(None, [stock])]
        self.setAccessibleName(", ".join(said))

    def mouseReleaseEvent(self, event: object) -> None:
        if self.underMouse():
            self.clicked.emit()


class TextField(look.FormField):
    """A field for a few sentences; Enter sends them, Shift+Enter begins a new line."""

    def __init__(
        self, label: str = "", parent: QWidget | None = None, *, text_px: int | None = None
    ) -> None:
        """Make an empty field; its text is `text_px` high, or else takes the room that there is."""
        self._text = QPlainTextEdit()
        self._text.setTabChangesFocus(True)
        if text_px is None:
            self._text.setMinimumHeight(96)
        else:
            self._text.setFixedHeight(text_px)
        super().__init__(label, editor=self._text, parent=parent)
        self._text.textChanged.connect(self._on_typed)
        self._text.installEventFilter(self)

    def text(self) -> str:
        """Return the text as typed."""
        return self._text.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace the text."""
        self._text.setPlainText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Shift+Enter through as a new line."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            return False
        return super().eventFilter(watched, event)

    def _on_typed(self) -> None:
        if self.error():
            self.set_error("")
        self.text_changed.emit(self.text())


def say_at_field(
    fields: Mapping[str, look.FormField],
    banner: look.Banner,
    tone: look.Tone,
    words: str,
    field: str,
) -> None:
    """Say something at one of `fields`, which gets the focus, or else on the banner; '' nothing."""
    at_field = field in fields
    if at_field and words and not fields[field].error():
        fields[field].setFocus(Qt.FocusReason.OtherFocusReason)
    for name, each in fields.items():
        each.set_error(words if name == field else "")
    banner.show_message(tone, "" if at_field else words)


class FormPage(QWidget):
    """Fields under each other and one button; Enter goes to the next empty field, then sends.

    Signals:
        submitted(): a fresh Enter in the last field, or the button.
    """

    submitted = Signal()

    def __init__(self, fields: dict[str, look.FormField], parent: QWidget | None = None) -> None:
        """Show `fields` by name, in order."""
        super().__init__(parent)
        self.fields = fields
        self._intro = look.Paragraph(ink=look.Role.MUTED)
        self._intro.hide()
        self._aloud = look.Paragraph(size=look.Size.TITLE, bold=True)
        self._aloud.hide()
        self._said = look.Banner()
        self._button = look.Button(kind=look.Kind.PRIMARY, key="Enter")
        inside = QWidget()
        inside.setProperty("look", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look.Space.XS, 0)
        column.setSpacing(look.Space.L)
        column.addWidget(self._intro)
        column.addWidget(self._aloud)
        for field in fields.values():
            column.addWidget(field)
            field.submitted.connect(self._on_enter)
        column.addWidget(self._said)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self._button.clicked.connect(self.submitted)

    def text(self, name: str) -> str:
        """Return a field's text as typed."""
        return self.fields[name].text()

    def clear(self) -> None:
        """Empty all fields."""
        for field in self.fields.values():
            field.set_text("")
            field.set_error("")
        self.say(look.Tone.INFO, "")

    def set_words(self, button: str, labels: dict[str, str], intro: str = "") -> None:
        """Name the button and the fields, for a change of language too."""
        self._button.setText(button)
        self._intro.setText(intro)
        self._intro.setVisible(bool(intro))
        for name, label in labels.items():
            self.fields[name].set_label(label)

    def set_aloud(self, text: str) -> None:
        """Show what is to be read out over the fields, large; '' for nothing."""
        self._aloud.setText(text)
        self._aloud.setVisible(bool(text))

    def aloud(self) -> str:
        """Return what is to be read out."""
        return self._aloud.text()

    def set_busy(self, busy: bool) -> None:
        """Send once."""
        self._button.setEnabled(not busy)

    def say(self, tone: look.Tone, words: str, field: str = "") -> None:
        """Say something at a field, or under all of them."""
        say_at_field(self.fields, self._said, tone, words, field)

    def said(self) -> str:
        """Return what stands under the fields."""
        return self._said.title()

    def focus_first(self) -> None:
        """Put the cursor where the next thing is to be typed."""
        for field in self.fields.values():
            if not field.text():
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        next(iter(self.fields.values())).setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_enter(self) -> None:
        fields = list(self.fields.values())
        here = fields.index(self.sender())  # type: ignore[arg-type]
        for field in fields[here + 1 :]:
            if not field.text():
                field.setFocus(Qt.FocusReason.TabFocusReason)
                return
        self.submitted.emit()
