"""Buttons: four kinds, each with an icon and a key cap where wanted."""

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.domain.lean import dataclass
from ui.screens.look.fonts import font
from ui.screens.look.icons import icon_pixmap
from ui.screens.look.key_caps import cap_size, cap_text_size, draw_cap
from ui.screens.look.painting import (
    PaintedText,
    box,
    focus_ring,
    height_of,
    line_of_text,
    width_of,
)
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.text import DEMI

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

    def follow_language(self) -> None:
        """Measure again in another language's letters."""
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

    def set_icon(self, icon: str) -> None:
        """Change the icon; '' removes it."""
        if icon != self._icon:
            self._icon = icon
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
            texts.append(PaintedText(self._key, cap, cap_text_size(self._key)))
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
            draw_cap(painter, cap_room, self._key, ink)
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
