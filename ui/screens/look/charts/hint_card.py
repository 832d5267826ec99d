"""The card beside a marked place of a chart: what it is, how much, of how many, and by what."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.lean import dataclass
from ui.screens.look.icons import Icon
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.text import Paragraph, Text
from ui.screens.look.theme import colour

_WIDE_PX: Final = 300
_AWAY_PX: Final = 14


@dataclass(frozen=True, slots=True)
class Hint:
    """What is said of one place; every word from the caller.

    Attributes:
        title: the day, the number, the reason.
        value: the figure, formatted; '' where nothing can be said.
        facts: n, interval, limits; one a line.
        flags: what is to be looked at, such as a rule that is broken.
        definition: how it was worked out.
        is_better: the flags are about something better than usual, which is to be looked at, too.
    """

    title: str
    value: str = ""
    facts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    definition: str = ""
    is_better: bool = False

    def spoken(self) -> str:
        """Return all of it as one line, for screen readers."""
        parts = (self.title, self.value, *self.facts, *self.flags, self.definition)
        return " · ".join(part for part in parts if part)


class HintCard(QFrame):
    """Floats over its window; takes neither focus nor clicks."""

    def __init__(self, window: QWidget) -> None:
        """Float over `window`, hidden until `show_hint`."""
        super().__init__(window)
        self._window = window
        self.setProperty("look", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedWidth(_WIDE_PX)
        self._title = Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self._value = Text(size=Size.TITLE, bold=True, tabular=True)
        self._facts = Paragraph(size=Size.SMALL)
        self._flag = QWidget()
        self._flag_words = Paragraph(size=Size.SMALL)
        self._definition = Paragraph(size=Size.SMALL, ink=Role.MUTED)
        flag = QHBoxLayout(self._flag)
        flag.setContentsMargins(0, 0, 0, 0)
        flag.setSpacing(Space.S)
        self._mark = Icon("triangle-alert", size=16, height=self._title.sizeHint().height())
        flag.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        flag.addWidget(self._flag_words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.XS)
        for part in (self._title, self._value, self._facts, self._flag, self._definition):
            column.addWidget(part)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 6)
        shade = colour(Role.SHADOW)
        shade.setAlphaF(0.28)
        shadow.setColor(shade)
        self.setGraphicsEffect(shadow)
        self.hide()

    def show_hint(self, hint: Hint, beside: QPoint) -> None:
        """Say it next to a point of the window."""
        self._title.setText(hint.title)
        self._value.setText(hint.value)
        self._value.setVisible(bool(hint.value))
        for part, words in (
            (self._facts, "\n".join(hint.facts)),
            (self._flag_words, "\n".join(hint.flags)),
            (self._definition, hint.definition),
        ):
            part.setText(words)
            part.setVisible(bool(words))
        self._flag.setVisible(bool(hint.flags))
        ink = Role.ACCENT if hint.is_better else Role.CRITICAL
        self._flag_words.set_ink(ink)
        self._mark.set_icon("info" if hint.is_better else "triangle-alert", ink)
        layout = self.layout()
        assert layout is not None
        layout.activate()
        height = layout.totalHeightForWidth(_WIDE_PX)
        self.setGeometry(beside_point(QSize(_WIDE_PX, height), beside, self._window.rect()))
        self.show()
        self.raise_()


def beside_point(size: QSize, point: QPoint, room: QRect) -> QRect:
    """Return where a card stands: right of the point and above it, or where there is room."""
    left = point.x() + _AWAY_PX
    if left + size.width() > room.right() - Space.S:
        left = point.x() - _AWAY_PX - size.width()
    top = point.y() - size.height() // 2
    top = min(max(top, room.top() + Space.S), room.bottom() - Space.S - size.height())
    return QRect(QPoint(max(left, room.left() + Space.S), top), size)
