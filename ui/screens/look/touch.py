"""What customers touch: sizes by the finger, not by the pixel, and an answer in one frame."""

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QScreen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.screens.look.buttons import FreshPressButton, Kind
from ui.screens.look.fonts import font
from ui.screens.look.icons import icon_pixmap
from ui.screens.look.painting import PaintedText, box, focus_ring, width_of
from ui.screens.look.roles import PRESS_MS, RADIUS, TOUCH_MM, Role, Size, Space
from ui.screens.look.text import DEMI
from ui.screens.look.theme import colour

_MM_PER_INCH: Final = 25.4
_DEFAULT_DPI: Final = 96.0
_PRESSED_SCALE: Final = 0.95
_BY_KEY: Final = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def px_per_mm(screen: QScreen | None) -> float:
    """Return device-independent px per millimetre of glass.

    Screens lie about their size (projectors, remote desktops, 0 mm): what lies outside 60 to 240
    dots an inch is taken as 96.
    """
    dpi = screen.physicalDotsPerInch() if screen is not None else _DEFAULT_DPI
    return (dpi if 60 <= dpi <= 240 else _DEFAULT_DPI) / _MM_PER_INCH


def panel_size(size: int, screen: QScreen | None) -> int:
    """Return a letter size that looks on this glass as `size` px do at 96 dots an inch, px."""
    return max(int(size), round(size * px_per_mm(screen) * _MM_PER_INCH / _DEFAULT_DPI))


class TouchSurface(FreshPressButton):
    """A push button for fingers: at least 15 mm, shrinks a little under the press.

    The pressed look is in the very next frame; the way back takes `PRESS_MS`.
    """

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """Make one; subclasses paint it."""
        super().__init__(text, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents, False)
        self._scale = self._growth = 1.0
        self._came_by_key = False
        self._key = ""
        self._spring = QVariantAnimation(self)
        self._spring.setDuration(PRESS_MS)
        self._spring.valueChanged.connect(self._on_spring)
        self.pressed.connect(self._on_pressed)
        self.released.connect(self._on_released)

    def least_px(self) -> int:
        """Return the side of the smallest touch target on the screen it is on, px."""
        return int(TOUCH_MM * px_per_mm(self.screen()) + 0.999)

    def grow(self, factor: float) -> None:
        """Draw letters and icon `factor` times as large, for panels with room."""
        if factor != self._growth:
            self._growth = factor
            self.updateGeometry()
            self.update()

    def set_key(self, key: str) -> None:
        """Show which key of a keypad stands for it; '' for none."""
        if key != self._key:
            self._key = key
            self.updateGeometry()
            self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring to those who came by key alone: else it looks like a preselection."""
        self._came_by_key = event.reason() in _BY_KEY
        super().focusInEvent(event)

    def shows_ring(self) -> bool:
        """Return whether the focus ring is drawn."""
        return self.hasFocus() and self._came_by_key

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second of two quick touches as a press like any other."""
        self.mousePressEvent(event)

    def _body(self) -> QRectF:
        full = QRectF(self.rect())
        shrink = (1 - self._scale) / 2
        across, down = full.width() * shrink, full.height() * shrink
        return full.adjusted(across, down, -across, -down)

    def _key_letters(self) -> QFont:
        return font(panel_size(round(Size.BODY * self._growth), self.screen()), weight=DEMI)

    def _key_size(self) -> QSize:
        if not self._key:
            return QSize(0, 0)
        letters = self._key_letters()
        side = QFontMetrics(letters).height() + Space.S
        return QSize(max(side, width_of(letters, self._key) + 2 * Space.S), side)

    def _key_room(self, body: QRectF) -> QRect:
        """Return where the key's cap stands in `body`: at the top left."""
        corner = QPoint(int(body.left()) + Space.S, int(body.top()) + Space.S)
        return QRect(corner, self._key_size())

    def _draw_key(self, painter: QPainter, body: QRectF, ink: Role) -> None:
        if not self._key:
            return
        room = self._key_room(body)
        line = colour(ink)
        line.setAlphaF(0.45)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(room).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS / 2, RADIUS / 2)
        painter.setFont(self._key_letters())
        painter.setPen(colour(ink))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), self._key)

    def _painted_key(self) -> list[PaintedText]:
        if not self._key:
            return []
        letters = self._key_letters()
        needed = QSize(width_of(letters, self._key), QFontMetrics(letters).height())
        return [PaintedText(self._key, self._key_room(QRectF(self.rect())), needed)]

    def _on_pressed(self) -> None:
        self._spring.stop()
        self._scale = _PRESSED_SCALE
        self.repaint()

    def _on_released(self) -> None:
        self._spring.setStartValue(_PRESSED_SCALE)
        self._spring.setEndValue(1.0)
        self._spring.start()

    def _on_spring(self, value: float) -> None:
        self._scale = float(value)
        self.update()


class TouchButton(TouchSurface):
    """A big button for the panel; wraps its text on two lines, and may be checkable.

    Signals:
        clicked(bool), toggled(bool): as QPushButton's.
    """

    def __init__(
        self,
        text: str = "",
        *,
        kind: Kind = Kind.SECONDARY,
        icon: str = "",
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make one.

        Args:
            text: what it says.
            kind: PRIMARY, SECONDARY, QUIET or DANGER.
            icon: name in `resources/icons`, before the text.
            checkable: for reasons to tick: a tick and the accent ground show it is on.
            parent: Qt's.
        """
        super().__init__(text, parent)
        self._kind, self._icon = kind, icon
        self.setCheckable(checkable)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_kind(self, kind: Kind) -> None:
        """Change how much it asks to be pressed."""
        self._kind = kind
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for the text on one line, at least a finger's."""
        width = width_of(self._letters(), self.text())
        width += self._before_text() + 2 * Space.XL
        return QSize(max(width, self.least_px()), self._height())

    def minimumSizeHint(self) -> QSize:
        """Return the room for the text on two lines, at least a finger's."""
        letters = self._letters()
        longest = max((width_of(letters, word) for word in self.text().split()), default=0)
        half = width_of(letters, self.text()) * 6 // 10
        width = max(longest if " " in self.text() else 0, half)
        width += self._before_text() + 2 * Space.M
        return QSize(max(width, self.least_px()), self._height())

    def painted_texts(self) -> list[PaintedText]:
        """Return what it paints, for the legibility checks."""
        if not self.text():
            return []
        room = self._text_room(self.rect())
        needed = QFontMetrics(self._letters()).boundingRect(room, self._flags(), self.text())
        return [PaintedText(self.text(), room, needed.size()), *self._painted_key()]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the state it is in."""
        painter = QPainter(self)
        fill, ink, line = self._colours()
        body = self._body()
        box(painter, body, fill, line)
        room = self._text_room(body.toRect())
        letters = self._letters()
        if name := self._picture():
            needed = QFontMetrics(letters).boundingRect(room, self._flags(), self.text()).width()
            left = room.left() + max(0, (room.width() - needed) // 2) - Space.S - self._icon_px()
            top = int(body.center().y() - self._icon_px() / 2)
            ratio = self.devicePixelRatioF()
            picture = icon_pixmap(name, ink, self._icon_px(), ratio=ratio)
            painter.drawPixmap(left, top, picture)
        painter.setFont(letters)
        painter.setPen(colour(ink))
        painter.drawText(room, self._flags(), self.text())
        self._draw_key(painter, body, ink)
        if self.shows_ring():
            focus_ring(painter, body)

    def _colours(self) -> tuple[Role | None, Role, Role | None]:
        if not self.isEnabled():
            return Role.SUNKEN, Role.DISABLED, None
        if self._kind is Kind.PRIMARY:
            return (Role.ACCENT_PRESSED if self.isDown() else Role.ACCENT), Role.ON_ACCENT, None
        if self._kind is Kind.DANGER:
            fill = Role.CRITICAL_PRESSED if self.isDown() else Role.CRITICAL
            return fill, Role.ON_CRITICAL, None
        if self.isChecked():
            return Role.ACCENT_SOFT, Role.ACCENT, Role.ACCENT
        if self._kind is Kind.QUIET:
            return (Role.PRESSED if self.isDown() else None), Role.TEXT, None
        return (Role.PRESSED if self.isDown() else Role.RAISED), Role.TEXT, Role.BORDER_STRONG

    def _letters(self) -> QFont:
        return font(panel_size(round(Size.TITLE * self._growth), self.screen()), weight=DEMI)

    def _picture(self) -> str:
        if not self.isCheckable():
            return self._icon
        return "circle-check" if self.isChecked() else "circle"

    def _icon_px(self) -> int:
        return panel_size(round(24 * self._growth), self.screen())

    def _before_text(self) -> int:
        return self._icon_px() + Space.S if self._picture() else 0

    def _height(self) -> int:
        two_lines = 2 * QFontMetrics(self._letters()).lineSpacing() + 2 * Space.S
        return max(self.least_px(), two_lines)

    def _text_room(self, body: QRect) -> QRect:
        beside = self._key_size().width() + Space.M if self._key else 0
        return body.adjusted(Space.M + max(beside, self._before_text()), 4, -Space.M - beside, -4)

    def _key_room(self, body: QRectF) -> QRect:
        """Return where the key's cap stands in `body`: at the right, beside the text."""
        room = QRect(QPoint(), self._key_size())
        room.moveCenter(body.center().toPoint())
        room.moveRight(int(body.right()) - Space.M)
        return room

    def _flags(self) -> int:
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        return int(flags)

    def changeEvent(self, event: QEvent) -> None:
        """Measure again on another theme or language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
