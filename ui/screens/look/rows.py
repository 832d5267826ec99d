"""A column of rows that the keyboard can walk: the ground of results, entries and cases."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from ui.screens.look.painting import box, focus_ring
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.status import EmptyState
from ui.screens.look.text import Text
from ui.screens.look.theme import colour


class HasId(Protocol):
    """What every row's view has."""

    @property
    def id(self) -> str:
        """Names the row within its list."""
        ...


View = TypeVar("View", bound=HasId)


SCROLL_PX: Final = 48  # about a row of one line


class Row(QFrame):
    """One row: highlights under the pointer, and is selected or not.

    A row that begins a group bears the group's `heading`, which its layout puts above all else.

    Signals:
        pressed(str): its id; the pointer went down on it.
        activated(str): its id; double-clicked.
    """

    pressed = Signal(str)
    activated = Signal(str)

    def __init__(
        self, *, selectable: bool, inset: int = Space.L, parent: QWidget | None = None
    ) -> None:
        """Make an empty row whose dividing line keeps `inset` px from both sides."""
        super().__init__(parent)
        self.row_id = ""
        self.heading = Text(size=Size.SMALL, ink=Role.MUTED, bold=True)
        self.heading.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.heading.hide()
        self._inset, self._last = inset, False
        self._selectable = selectable
        self._selected = False
        self._ring = False
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if selectable:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_heading(self, words: str) -> None:
        """Head the group that begins here; '' for a row within one."""
        self.heading.setText(words)
        self.heading.setVisible(bool(words))
        self.heading.setMinimumHeight(self.heading.sizeHint().height() + Space.S)

    def set_last(self, last: bool) -> None:
        """Draw no line under the last row."""
        if last is not self._last:
            self._last = last
            self.update()

    def set_selected(self, selected: bool, *, ring: bool = False) -> None:
        """Show it selected; `ring` adds the focus ring."""
        if (selected, ring) != (self._selected, self._ring):
            self._selected, self._ring = selected, ring
            self.update()

    def is_selected(self) -> bool:
        """Return whether it is shown selected."""
        return self._selected

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground; the content is child widgets."""
        painter = QPainter(self)
        body = QRectF(self.rect()).adjusted(4, 2, -4, -2)
        if not self.heading.isHidden():
            body.setTop(self.heading.geometry().bottom() - Space.XS)
        if not self._selectable:
            if not self._last:
                painter.setPen(colour(Role.BORDER))
                bottom = self.height() - 1
                painter.drawLine(self._inset, bottom, self.width() - self._inset, bottom)
        elif self._selected:
            box(painter, body, Role.ACCENT_SOFT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(Role.ACCENT))
            painter.drawRoundedRect(body.adjusted(0, 8, 4 - body.width(), -8), 2, 2)
        elif self.underMouse():
            box(painter, body, Role.HOVER)
        if self._ring:
            focus_ring(painter, body)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Emit `pressed`."""
        self.pressed.emit(self.row_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Emit `activated`."""
        self.activated.emit(self.row_id)


class RowList(QFrame, Generic[View]):
    """A scrolling column of rows with one selected, or an empty state.

    Rows are made once and filled again, so a keystroke's new results cost no new widgets.

    Signals:
        current_changed(str): id of the selected row, '' for none.
        chosen(str): id; Enter, or a double click.
    """

    current_changed = Signal(str)
    chosen = Signal(str)

    def __init__(
        self,
        make_row: Callable[[], Row],
        *,
        selectable: bool = True,
        empty: EmptyState | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty list whose rows come from `make_row`."""
        super().__init__(parent)
        self.setProperty("look", "card")
        self._make_row = make_row
        self._selectable = selectable
        self._views: list[View] = []
        self._rows: list[Row] = []
        self._current = -1
        self.empty = empty if empty is not None else EmptyState()
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, Space.XS, 0, Space.XS)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        inner = QWidget()
        inner.setProperty("look", "plain")
        inner.setLayout(self._column)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(1, 1, 1, 1)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._scroll)
        focus = Qt.FocusPolicy.StrongFocus if selectable else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(focus)

    def views(self) -> list[View]:
        """Return what is shown, top first."""
        return list(self._views)

    def set_views(self, views: Sequence[View], *, select: int = -1) -> None:
        """Show these rows; `select` chooses one, else the one selected before stays if there."""
        before = self.current_id()
        self._views = list(views)
        while len(self._rows) < len(self._views):
            row = self._make_row()
            row.pressed.connect(self._on_row_pressed)
            row.activated.connect(self.chosen)
            self._column.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for row, view in zip(self._rows, self._views, strict=False):
            row.row_id = view.id
            self._fill(row, view)
        for index, row in enumerate(self._rows):
            row.setVisible(index < len(self._views))
            row.set_last(index == len(self._views) - 1)
        self._stack.setCurrentIndex(1 if self._views else 0)
        ids = [view.id for view in self._views]
        kept = ids.index(before) if before in ids else -1
        self._current = select if 0 <= select < len(ids) else kept
        self._show_selection()
        if self.current_id() != before:
            self.current_changed.emit(self.current_id())

    def rows_height(self) -> int:
        """Return how high the list is with all its rows in sight, in pixels."""
        shown = self._rows[: len(self._views)]
        frame = self._stack.contentsMargins()
        own = self._column.contentsMargins()
        around = frame.top() + frame.bottom() + own.top() + own.bottom()
        return around + sum(row.sizeHint().height() for row in shown)

    def current_id(self) -> str:
        """Return the selected row's id, '' for none."""
        return self._views[self._current].id if 0 <= self._current < len(self._views) else ""

    def current(self) -> View | None:
        """Return what the selected row shows, None for none."""
        return self._views[self._current] if 0 <= self._current < len(self._views) else None

    def select(self, row_id: str) -> None:
        """Select a row; an unknown id selects none."""
        ids = [view.id for view in self._views]
        self._move_to(ids.index(row_id) if row_id in ids else -1)

    def step(self, rows: int) -> None:
        """Move the selection, stopping at the ends; for a search box that keeps the focus."""
        if self._views:
            wished = self._current + rows if self._current >= 0 else (0 if rows > 0 else -1)
            last = len(self._views) - 1
            self._move_to(last if wished == -1 and self._current < 0 else max(0, min(wished, last)))

    def scroll_rows(self, rows: int) -> None:
        """Scroll by so many rows, for keys that go to another widget."""
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.value() + rows * SCROLL_PX)

    def scroll_to_top(self) -> None:
        """Show the first rows again."""
        self._scroll.verticalScrollBar().setValue(0)

    def choose(self) -> bool:
        """Choose the selected row as Enter does; return whether there was one."""
        if not self.current_id():
            return False
        self.chosen.emit(self.current_id())
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk by arrows, Page, Home and End; choose by a fresh Enter."""
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -5,
            Qt.Key.Key_PageDown: 5,
            Qt.Key.Key_Home: -len(self._views),
            Qt.Key.Key_End: len(self._views),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.step(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat() and not self.choose():
                event.ignore()  # the screen may have a use for it
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        """Put the ring on the selected row, selecting the first if none is."""
        if self._current < 0 and self._views and self._selectable:
            self._move_to(0)
        self._show_selection()

    def focusOutEvent(self, event: object) -> None:
        """Take the ring away."""
        self._show_selection()

    def follow_end(self) -> None:
        """Scroll to the last row whenever the list grows."""
        self._scroll.verticalScrollBar().rangeChanged.connect(self._on_range_changed)

    def _on_range_changed(self, _least: int, most: int) -> None:
        self._scroll.verticalScrollBar().setValue(most)

    def _fill(self, row: Row, view: View) -> None:
        raise NotImplementedError

    def _move_to(self, index: int) -> None:
        before = self.current_id()
        self._current = index
        self._show_selection()
        if self.current_id() != before:
            self.current_changed.emit(self.current_id())

    def _show_selection(self) -> None:
        for index, row in enumerate(self._rows):
            mine = index == self._current and self._selectable
            row.set_selected(mine, ring=mine and self.hasFocus())
        if 0 <= self._current < len(self._views):
            self._scroll.ensureWidgetVisible(self._rows[self._current], 0, Space.S)

    def _on_row_pressed(self, row_id: str) -> None:
        if self._selectable:
            self.select(row_id)
