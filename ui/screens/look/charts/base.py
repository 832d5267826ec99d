"""What all charts have in common: labels, a marker by pointer and arrow keys, and its card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.lean import dataclass
from ui.screens.look.charts.hint_card import Hint, HintCard
from ui.screens.look.charts.legend import Key, PlacedKey, draw_sample, laid_out
from ui.screens.look.charts.scales import nearest
from ui.screens.look.fonts import font
from ui.screens.look.painting import PaintedText, focus_ring, height_of, line_of_text, width_of
from ui.screens.look.roles import Role, Size, Space

LEFT: Final = Qt.AlignmentFlag.AlignLeft
RIGHT: Final = Qt.AlignmentFlag.AlignRight
CENTRE: Final = Qt.AlignmentFlag.AlignHCenter

Describe = Callable[[int], Hint]
"""Gives the words about a place, when somebody looks at it."""

_REACH_PX: Final = 24  # how far beside the plot the pointer may be


@dataclass(frozen=True, slots=True)
class Label:
    """A text of the chart; `room` in the widget's px."""

    text: str
    room: QRect
    align: Qt.AlignmentFlag = LEFT
    ink: Role = Role.MUTED


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the marker can stand.

    Attributes:
        place: what `Describe` is asked for.
        at: the figure's own place, px.
    """

    place: int
    at: QPointF


class ChartBase(QWidget):
    """A painted chart. One that has nothing to show says so in the caller's words.

    Left and Right, Home and End walk along its marks; where they lie below each other Up and Down
    do. The pointer finds the nearest. Screen readers hear the summary, then what is marked.

    Subclasses say how large they are in `_sizes` and what there is by `_set_content`, set `_plot`,
    `_labels` and `_marks` in `_lay_out`, and paint in `_paint_plot`.

    Signals:
        marked(int): the place that the marker stands on, -1 where it went.
    """

    marked = Signal(int)
    _ways: Literal["x", "y", "xy"] = "x"
    _stride = 1  # by how many marks Up and Down lead, where marks lie below each other

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty."""
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._plot = QRectF()
        self._labels: list[Label] = []
        self._marks: list[Mark] = []
        self._keys: tuple[Key, ...] = ()
        self._legend: list[PlacedKey] = []
        self._describe: Describe = _nothing
        self._is_empty = True
        self._empty = ""
        self._summary = ""
        self._at: int | None = None
        self._is_laid_out = False
        self._laid_out_for = QSize()
        self._card: HintCard | None = None

    def set_words(self, name: str, summary: str, empty: str) -> None:
        """Name the chart and sum it up for who can't see it; `empty` stands in for no data."""
        self._summary, self._empty = summary, empty
        self.setAccessibleName(name)
        if self._at is None:
            self.setAccessibleDescription(summary or empty)
        self.update()

    def is_empty(self) -> bool:
        """Return whether there is nothing to show."""
        return self._is_empty

    def sizeHint(self) -> QSize:
        """As large as it is meant to be read."""
        return self._sizes()[0]

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return self._sizes()[1]

    def hint(self) -> Hint | None:
        """Return what the card says just now; None without a marker."""
        return None if self._at is None else self._describe(self._marks[self._at].place)

    def places(self) -> tuple[int, ...]:
        """Return the places at which the marker can stand, in the order of the arrow keys."""
        self._fresh()
        return tuple(mark.place for mark in self._marks)

    def position(self, place: int) -> QPoint:
        """Return where a place is drawn, px; ValueError where it isn't."""
        return self._marks[self.places().index(place)].at.toPoint()

    def painted_texts(self) -> list[PaintedText]:
        """Return what is written, for the legibility checks."""
        if self.is_empty():
            return []
        self._fresh()
        letters = letter()
        return [
            PaintedText(
                label.text,
                label.room,
                QSize(width_of(letters, label.text), height_of(letters)),
                label.text if width_of(letters, label.text) > label.room.width() else "",
            )
            for label in self._labels
            if label.text
        ]

    # what subclasses do

    def _sizes(self) -> tuple[QSize, QSize]:
        """Return the size that it asks for, and the least, of what it shows now."""
        return QSize(420, 240), QSize(240, 160)

    def _lay_out(self) -> None:
        raise NotImplementedError

    def _paint_plot(self, painter: QPainter) -> None:
        raise NotImplementedError

    def _paint_marker(self, painter: QPainter, mark: Mark) -> None:
        raise NotImplementedError

    def _set_content(self, describe: Describe, *, is_empty: bool) -> None:
        """Show other data from now on; the marker stays on its place where there still is one."""
        place = None if self._at is None else self._marks[self._at].place
        self._describe, self._is_empty = describe, is_empty
        self._at = None
        self.updateGeometry()
        self._hide_card()
        self._lay_out_anew()
        if place is not None and place in self.places():
            self.mark(self.places().index(place))

    def _inner(self) -> QRectF:
        """Return the room that the legend leaves, after placing it; clear of the focus ring."""
        room = QRectF(self.rect()).adjusted(Space.XS, Space.XS, -Space.XS, -Space.XS)
        self._legend = laid_out(self._keys, room.left(), room.right(), room.top())
        for placed in self._legend:
            self._labels.append(Label(placed.key.text, placed.text))
        if self._legend:
            room.setTop(self._legend[-1].text.bottom() + Space.S)
        return room

    # marker

    def mark(self, at: int | None) -> None:
        """Put the marker on the mark of that index, or take it away."""
        self._fresh()
        if at is not None:
            at = min(max(at, 0), len(self._marks) - 1) if self._marks else None
        if at == self._at:
            return
        self._at = at
        self.update()
        if at is None:
            self._hide_card()
            self.setAccessibleDescription(self._summary)
            self.marked.emit(-1)
            return
        said = self._describe(self._marks[at].place)
        self._show_card(said, self._marks[at].at)
        self.setAccessibleDescription(said.spoken())
        self.marked.emit(self._marks[at].place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark what is nearest to the pointer."""
        self._fresh()
        point = event.position()
        near = self._plot.adjusted(-_REACH_PX, -_REACH_PX, _REACH_PX, _REACH_PX)
        places = [(mark.at.x(), mark.at.y()) for mark in self._marks]
        found = nearest(places, point.x(), point.y(), ways=self._ways)
        self.mark(found if near.contains(point) else None)
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the marker away with the pointer."""
        self.mark(None)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the marker away with the focus."""
        self.mark(None)
        self.update()
        super().focusOutEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        self.update()
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk along the marks; leave to the page what leads nowhere here."""
        self._fresh()
        key, last = event.key(), len(self._marks) - 1
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if self._ways == "y" or self._stride > 1:
            steps |= {Qt.Key.Key_Up: -self._stride, Qt.Key.Key_Down: self._stride}
        if last >= 0 and key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.mark(0 if key == Qt.Key.Key_Home else last)
        elif last < 0 or key not in steps:
            super().keyPressEvent(event)
        elif self._at is None:
            self.mark(0 if steps[Qt.Key(key)] > 0 else last)
        elif 0 <= self._at + steps[Qt.Key(key)] <= last:
            self.mark(self._at + steps[Qt.Key(key)])

    def _show_card(self, said: Hint, at: QPointF) -> None:
        if self._card is None:
            self._card = HintCard(self.window())
        self._card.show_hint(said, self.mapTo(self.window(), at.toPoint()))

    def _hide_card(self) -> None:
        if self._card is not None:
            self._card.hide()

    # when to lay out again

    def _lay_out_anew(self) -> None:
        self._is_laid_out = False
        self.update()

    def _fresh(self) -> None:
        # A widget that isn't shown is not told of its new size
        if not self._is_laid_out or self._laid_out_for != self.size():
            self._is_laid_out, self._laid_out_for = True, self.size()
            self._labels, self._marks, self._legend = [], [], []
            if not self.is_empty():
                self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the size."""
        super().resizeEvent(event)
        self.mark(None)
        self._lay_out_anew()

    def follow_language(self) -> None:
        """Take the new language's letters; the words come from the caller."""
        self.mark(None)
        self._lay_out_anew()

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the card away: it is the window's."""
        self.mark(None)
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it, and the ring where it has the focus."""
        painter = QPainter(self)
        self.draw(painter)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()))

    def draw(self, painter: QPainter) -> None:
        """Draw the chart, its labels and the marker, at the widget's size; also on paper."""
        self._fresh()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.is_empty():
            line_of_text(painter, self.rect(), self._empty, letter(), Role.MUTED, CENTRE)
        else:
            self._paint_plot(painter)
            if self._at is not None:
                self._paint_marker(painter, self._marks[self._at])
            for placed in self._legend:
                draw_sample(painter, placed.key.sample, placed.sample)
            for label in self._labels:
                line_of_text(painter, label.room, label.text, letter(), label.ink, label.align)


def letter() -> QFont:
    """Return the letters of a chart: small, with figures of one width."""
    return font(Size.SMALL, tabular=True)


def widest(texts: Sequence[str]) -> int:
    """Return the px that the longest of the texts takes; 0 of none."""
    return max((width_of(letter(), text) for text in texts), default=0)


def line_px() -> int:
    """Return the height of a line of a chart's letters, px."""
    return height_of(letter())


def left_labels(ticks: Sequence[tuple[float, str]], right: float) -> list[Label]:
    """Return labels of a vertical axis: (y px, text) each, ending at `right`."""
    high, wide = line_px(), widest([text for _, text in ticks])
    left = round(right) - Space.S - wide
    return [
        Label(text, QRect(left, round(y) - high // 2, wide, high), RIGHT)
        for y, text in ticks
        if text
    ]


def foot_labels(
    ticks: Sequence[tuple[float, str]], top: float, left: float, right: float
) -> list[Label]:
    """Return labels of a horizontal axis: (x px, text) each, below `top`, within left..right."""
    high, labels, edge = line_px(), list[Label](), float("-inf")
    for x, text in ticks:
        wide = widest([text])
        begin = min(max(x - wide / 2, left), right - wide)
        if begin >= edge + Space.S:
            labels.append(Label(text, QRect(round(begin), round(top), wide, high), CENTRE))
            edge = begin + wide
    return labels


def _nothing(place: int) -> Hint:
    return Hint("")
