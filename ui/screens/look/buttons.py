"""Buttons with a key cap, and the bar of keys at the bottom of a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ui.screens.look.fonts import font
from ui.screens.look.icons import icon_pixmap
from ui.screens.look.painting import (
    PaintedText,
    box,
    focus_ring,
    height_of,
    line_of_text,
    width_of,
)
from ui.screens.look.roles import RADIUS, Role, Size, Space
from ui.screens.look.text import DEMI
from ui.screens.look.theme import colour

_ICON_PX: Final = 18


class Kind(StrEnum):
    """How much a button asks to be pressed: one primary a screen at most."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    QUIET = "quiet"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class _Paint:
    rest: Role | None
    hover: Role
    pressed: Role
    ink: Role
    line: Role | None = None


_PAINTS: Final = {
    Kind.PRIMARY: _Paint(Role.ACCENT, Role.ACCENT_HOVER, Role.ACCENT_PRESSED, Role.ON_ACCENT),
    Kind.SECONDARY: _Paint(Role.RAISED, Role.HOVER, Role.PRESSED, Role.TEXT, Role.BORDER_STRONG),
    Kind.QUIET: _Paint(None, Role.HOVER, Role.PRESSED, Role.TEXT),
    Kind.DANGER: _Paint(
        Role.CRITICAL, Role.CRITICAL_HOVER, Role.CRITICAL_PRESSED, Role.ON_CRITICAL
    ),
}


class FreshPressButton(QPushButton):
    """A push button that a held-down or scanner-fed key can't press twice.

    It never becomes a dialog's default, so a scan's trailing Enter goes to no button.
    """

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """Show `text`."""
        super().__init__(text, parent)
        self.setAutoDefault(False)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press by Space, Enter or Return, each a fresh press."""
        if event.isAutoRepeat():
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self.updateGeometry()
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again in another language's letters."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()


class Button(FreshPressButton):
    """Our button: text, optionally an icon before it and a key cap after it.

    Signals:
        clicked(): as QPushButton's.
    """

    def __init__(
        self,
        text: str = "",
        *,
        kind: Kind = Kind.SECONDARY,
        key: str = "",
        icon: str = "",
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make a button.

        Args:
            text: what it does, a verb first; may be empty when there is an icon, but then
                set the accessible name and a tooltip.
            kind: how much it asks to be pressed.
            key: words on the key cap, 'F3' or 'Enter'; only shown, the screen binds the key.
            icon: name in `resources/icons`.
            large: 52 px high with 20 px letters, for a screen's one next step.
            parent: Qt's.
        """
        super().__init__(text, parent)
        self._kind, self._key, self._icon, self._large = kind, key, icon, large
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_kind(self, kind: Kind) -> None:
        """Change how much it asks to be pressed."""
        self._kind = kind
        self.update()

    def set_key(self, key: str) -> None:
        """Change the key cap; '' removes it."""
        self._key = key
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for all of it."""
        width = self._ends_width() + self._text_width()
        return QSize(width, self._height())

    def minimumSizeHint(self) -> QSize:
        """Return the room for everything but a long text's tail."""
        least = min(self._text_width(), width_of(self._letters(), "国国国…"))
        return QSize(self._ends_width() + least, self._height())

    def painted_texts(self) -> list[PaintedText]:
        """Return what it paints, for the legibility checks."""
        needed = QSize(self._text_width(), height_of(self._letters()))
        texts = [PaintedText(self.text(), self._places()[1], needed, self.toolTip())]
        if self._key:
            cap = self._places()[2]
            texts.append(PaintedText(self._key, cap, _cap_text_size(self._key)))
        return [each for each in texts if each.text]

    def event(self, event: QEvent) -> bool:
        """Give an elided text as tooltip."""
        if event.type() == QEvent.Type.Resize:
            room = self._places()[1].width()
            if self._text_width() > room:
                self.setToolTip(self.text())
            elif self.toolTip() == self.text():
                self.setToolTip("")
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the state it is in."""
        painter = QPainter(self)
        paint = _PAINTS[self._kind]
        body = QRectF(self._body())
        fill, ink, line = paint.rest, paint.ink, paint.line
        if not self.isEnabled():
            fill = Role.SUNKEN if self._kind is not Kind.QUIET else None
            ink, line = Role.DISABLED, None
        elif self.isDown() or self.isChecked():
            fill = paint.pressed
        elif self.underMouse():
            fill = paint.hover
        box(painter, body, fill, line)
        icon_room, text_room, cap_room = self._places()
        if self._icon:
            ratio = self.devicePixelRatioF()
            picture = icon_pixmap(self._icon, ink, _ICON_PX, ratio=ratio)
            painter.drawPixmap(icon_room.topLeft(), picture)
        line_of_text(painter, text_room, self.text(), self._letters(), ink)
        if self._key:
            _draw_cap(painter, cap_room, self._key, ink)
        if self.hasFocus():
            focus_ring(painter, body)

    def _letters(self) -> QFont:
        return font(Size.TITLE if self._large else Size.BODY, weight=DEMI)

    def _height(self) -> int:
        return 52 if self._large else 40

    def _text_width(self) -> int:
        return width_of(self._letters(), self.text())

    def _ends_width(self) -> int:
        width = 2 * Space.L if self.text() else 2 * Space.S
        if self._icon:
            width += _ICON_PX + (Space.S if self.text() else 0)
        if self._key:
            width += cap_size(self._key).width() + Space.M
        return int(width)

    def _body(self) -> QRect:
        return self.rect()

    def _places(self) -> tuple[QRect, QRect, QRect]:
        body = self._body()
        text_width = min(self._text_width(), body.width() - self._ends_width())
        left = body.left() + (body.width() - self._ends_width() - text_width) // 2
        left += Space.L if self.text() else Space.S
        middle = body.center().y() + 1
        icon_room = QRect(left, middle - _ICON_PX // 2, _ICON_PX, _ICON_PX)
        if self._icon:
            left += _ICON_PX + Space.S
        text_room = QRect(left, body.top(), max(text_width, 0), body.height())
        cap = cap_size(self._key)
        cap_left = text_room.right() + 1 + Space.M
        cap_room = QRect(cap_left, middle - cap.height() // 2, cap.width(), cap.height())
        return icon_room, text_room, cap_room


class KeyCap(QWidget):
    """The picture of a key, for hints in running rows: [Enter]."""

    def __init__(self, key: str, *, ink: Role = Role.MUTED, parent: QWidget | None = None) -> None:
        """Show the cap of `key`."""
        super().__init__(parent)
        self._key, self._ink = key, ink
        self.setAccessibleName(key)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_key(self, key: str) -> None:
        """Show another key's cap."""
        self._key = key
        self.setAccessibleName(key)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the cap's size."""
        return cap_size(self._key)

    def painted_texts(self) -> list[PaintedText]:
        """Return what it paints, for the legibility checks."""
        return [PaintedText(self._key, self.rect(), _cap_text_size(self._key))]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cap."""
        _draw_cap(QPainter(self), self.rect(), self._key, self._ink)


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One place in a key bar.

    Attributes:
        key: words on the cap, 'F3'.
        label: what it does, one or two words.
        enabled: whether it would do something now.
        why: while not enabled, why not; its tooltip.
        leads: whether it is the expected next step, shown in the accent colour.
    """

    key: str
    label: str
    enabled: bool = True
    why: str = ""
    leads: bool = False


class KeyBar(QFrame):
    """The bottom bar of keys, every one of which a mouse may press too.

    The window binds the keys: it calls `press('F3')`, which obeys the enabled state.

    Signals:
        triggered(str): the key whose place was pressed, 'F3'.
    """

    triggered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty bar."""
        super().__init__(parent)
        self.setProperty("look", "bar")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(Space.S, Space.XS, Space.S, Space.XS)
        self._row.setSpacing(0)
        self._places: dict[str, _KeyPlace] = {}

    def set_keys(self, hints: Sequence[KeyHint]) -> None:
        """Show these keys, left to right, keeping those that only change their state."""
        if [hint.key for hint in hints] != list(self._places):
            for place in self._places.values():
                self._row.removeWidget(place)
                place.hide()
                place.deleteLater()
            self._places = {}
            for hint in hints:
                place = _KeyPlace(hint, self)
                place.clicked.connect(self._on_place_clicked)
                self._row.addWidget(place, 1)
                self._places[hint.key] = place
        for hint in hints:
            self._places[hint.key].set_hint(hint)
        self._arrange()

    def set_enabled(self, key: str, enabled: bool, why: str = "") -> None:
        """Enable or disable one key.

        Raises:
            KeyError: the bar has no such key.
        """
        place = self._places[key]
        old = place.hint
        place.set_hint(KeyHint(old.key, old.label, enabled, why, old.leads))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set all caps beside their labels, or all above them where one has no room."""
        super().resizeEvent(event)
        self._arrange()

    def press(self, key: str) -> bool:
        """Press `key` as the keyboard does; return whether it did something."""
        place = self._places.get(key)
        if place is None or not place.isEnabled():
            return False
        self.triggered.emit(key)
        return True

    def _arrange(self) -> None:
        places = self._places.values()
        share = (self.width() - 2 * Space.S) // max(len(places), 1)
        stacked = any(place.sizeHint().width() > share for place in places)
        for place in places:
            place.set_stacked(stacked)

    def _on_place_clicked(self) -> None:
        place = self.sender()
        if isinstance(place, _KeyPlace):
            self.triggered.emit(place.hint.key)


class _KeyPlace(FreshPressButton):
    """One key of the bar: cap and label side by side, or the cap above when it is narrow."""

    def __init__(self, hint: KeyHint, parent: QWidget) -> None:
        super().__init__(hint.label, parent)
        self.hint = hint
        self._stacked = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_stacked(self, stacked: bool) -> None:
        self._stacked = stacked
        self.update()

    def set_hint(self, hint: KeyHint) -> None:
        self.hint = hint
        self.setText(hint.label)
        self.setEnabled(hint.enabled)
        self.setToolTip("" if hint.enabled else hint.why)
        self.setAccessibleName(f"{hint.key} {hint.label}")

    def sizeHint(self) -> QSize:
        cap, text = cap_size(self.hint.key), self._text_size()
        return QSize(cap.width() + Space.S + text.width() + 2 * Space.S, 56)

    def minimumSizeHint(self) -> QSize:
        wide = max(cap_size(self.hint.key).width(), self._text_size().width())
        return QSize(wide + 2 * Space.XS, 56)

    def painted_texts(self) -> list[PaintedText]:
        cap_room, text_room = self._rooms()
        return [
            PaintedText(self.hint.key, cap_room, _cap_text_size(self.hint.key)),
            PaintedText(self.hint.label, text_room, self._text_size()),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink, cap_ink = Role.TEXT, Role.MUTED
        if not self.isEnabled():
            ink = cap_ink = Role.DISABLED
        elif self.hint.leads:
            ink = cap_ink = Role.ACCENT
        body = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self.isEnabled() and self.isDown():
            box(painter, body, Role.PRESSED)
        elif self.isEnabled() and self.underMouse():
            box(painter, body, Role.HOVER)
        elif self.hint.leads and self.isEnabled():
            box(painter, body, Role.ACCENT_SOFT)
        cap_room, text_room = self._rooms()
        _draw_cap(painter, cap_room, self.hint.key, cap_ink, hollow=not self.isEnabled())
        line_of_text(painter, text_room, self.hint.label, self._letters(), ink)

    def _letters(self) -> QFont:
        return font(Size.BODY, weight=DEMI if self.hint.leads else QFont.Weight.Normal)

    def _text_size(self) -> QSize:
        letters = self._letters()
        return QSize(width_of(letters, self.hint.label), height_of(letters))

    def _rooms(self) -> tuple[QRect, QRect]:
        cap, text = cap_size(self.hint.key), self._text_size()
        rect = self.rect()
        if not self._stacked:
            left = (rect.width() - cap.width() - Space.S - text.width()) // 2
            cap_room = QRect(left, (rect.height() - cap.height()) // 2, cap.width(), cap.height())
            text_room = QRect(cap_room.right() + 1 + Space.S, 0, text.width(), rect.height())
            return cap_room, text_room
        top = (rect.height() - cap.height() - text.height() - 2) // 2
        cap_room = QRect((rect.width() - cap.width()) // 2, top, cap.width(), cap.height())
        width = min(text.width(), rect.width() - 2)
        left = (rect.width() - width) // 2
        return cap_room, QRect(left, cap_room.bottom() + 3, width, text.height())


def cap_size(key: str) -> QSize:
    """Return the size of a key's cap, px; empty for ''."""
    if not key:
        return QSize(0, 0)
    return QSize(max(width_of(_cap_font(), key) + 12, 24), 22)


def _cap_text_size(key: str) -> QSize:
    return QSize(width_of(_cap_font(), key), height_of(_cap_font()))


def _cap_font() -> QFont:
    return font(Size.SMALL, weight=DEMI)


def _draw_cap(painter: QPainter, room: QRect, key: str, ink: Role, *, hollow: bool = False) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = colour(ink)
    line.setAlphaF(0.25 if hollow else 0.45)
    painter.setPen(line)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = RADIUS / 2
    painter.drawRoundedRect(QRectF(room).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    line_of_text(painter, room, key, _cap_font(), ink, Qt.AlignmentFlag.AlignHCenter)
