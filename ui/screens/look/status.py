"""Quiet signs of state: chip, badge, status light, banner, notice, empty state."""

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.screens.look.buttons import Button, Kind
from ui.screens.look.fonts import line_height_px
from ui.screens.look.icons import Icon
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.screens.look.text import Paragraph, Text
from ui.screens.look.theme import colour, repolish

_ROOMY_PX: Final = 220
_TONE_ICONS: Final = {
    Tone.NEUTRAL: "info",
    Tone.INFO: "info",
    Tone.POSITIVE: "circle-check",
    Tone.CAUTION: "triangle-alert",
    Tone.CRITICAL: "octagon-alert",
}


class Badge(QFrame):
    """A word on a tinted ground: a tier, a state."""

    def __init__(
        self, text: str = "", *, tone: Tone = Tone.NEUTRAL, parent: QWidget | None = None
    ) -> None:
        """Show `text` in `tone`; hidden while the text is empty."""
        super().__init__(parent)
        self._text = Text(size=Size.SMALL, bold=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.S, 2, Space.S, 2)
        row.addWidget(self._text)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_badge(text, tone)

    def text(self) -> str:
        """Return the word."""
        return self._text.text()

    def set_badge(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        """Show another word and tone."""
        self._text.setText(text)
        self._text.set_ink(tone.ink)
        self.setProperty("tone", tone.value)
        repolish(self)
        self.setVisible(bool(text))


class Chip(QFrame):
    """One quiet chip for what is pending: '12 waiting, oldest 4 min'.

    Signals:
        clicked(): somebody wants to see what is behind it.
    """

    clicked = Signal()

    def __init__(
        self,
        text: str = "",
        *,
        icon: str = "cloud-upload",
        tone: Tone = Tone.NEUTRAL,
        parent: QWidget | None = None,
    ) -> None:
        """Show `text` after an icon; hidden while the text is empty."""
        super().__init__(parent)
        self._icon = Icon(icon, tone.ink, 16)
        self._text = Text(size=Size.SMALL)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.M, 6, Space.M, 6)
        row.setSpacing(Space.S)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_text(text, tone)

    def text(self) -> str:
        """Return the words."""
        return self._text.text()

    def set_text(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        """Change the words; '' hides the chip."""
        self._text.setText(text)
        self._text.set_ink(tone.ink)
        self._icon.set_role(tone.ink)
        self.setProperty("tone", tone.value)
        self.setAccessibleName(text)
        repolish(self)
        self.setVisible(bool(text))

    def mouseReleaseEvent(self, event: object) -> None:
        """Emit `clicked`."""
        if self.underMouse():
            self.clicked.emit()


class Light(StrEnum):
    """What a status light says; each has a shape of its own."""

    READY = "ready"
    CAUTION = "caution"
    CRITICAL = "critical"
    OFFLINE = "offline"


_LIGHT_INKS: Final = {
    Light.READY: Role.POSITIVE,
    Light.CAUTION: Role.CAUTION,
    Light.CRITICAL: Role.CRITICAL,
    Light.OFFLINE: Role.MUTED,
}


class _LightShape(QWidget):
    """Disc with a tick, triangle, octagon or hollow ring: told apart without colour."""

    def __init__(self) -> None:
        super().__init__()
        self.light = Light.OFFLINE
        self.setFixedSize(QSize(18, 18))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = colour(_LIGHT_INKS[self.light])
        mark = QPen(colour(Role.RAISED), 2)
        mark.setCapStyle(Qt.PenCapStyle.RoundCap)
        mark.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        solid = QPen(ink, 2)
        solid.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(solid)
        painter.setBrush(ink)
        if self.light is Light.READY:
            painter.drawEllipse(QRectF(2, 2, 14, 14))
            painter.setPen(mark)
            painter.drawPolyline([QPointF(5.8, 9.2), QPointF(8, 11.4), QPointF(12.2, 6.8)])
        elif self.light is Light.CAUTION:
            painter.drawPolygon(QPolygonF([QPointF(9, 2.5), QPointF(16, 15), QPointF(2, 15)]))
            painter.setPen(mark)
            painter.drawLine(QPointF(9, 7), QPointF(9, 10.2))
            painter.drawPoint(QPointF(9, 13.2))
        elif self.light is Light.CRITICAL:
            corners = ((6, 2), (12, 2), (16, 6), (16, 12), (12, 16), (6, 16), (2, 12), (2, 6))
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
            painter.setPen(mark)
            painter.drawLine(QPointF(6.5, 6.5), QPointF(11.5, 11.5))
            painter.drawLine(QPointF(11.5, 6.5), QPointF(6.5, 11.5))
        else:
            painter.setBrush(QColor(Qt.GlobalColor.transparent))
            painter.drawEllipse(QRectF(3, 3, 12, 12))
            painter.drawLine(QPointF(4.8, 13.2), QPointF(13.2, 4.8))


class StatusLight(QWidget):
    """One light with words: 'Ready offline: 46 of 52 expected guests covered'."""

    def __init__(
        self, light: Light = Light.OFFLINE, text: str = "", parent: QWidget | None = None
    ) -> None:
        """Show `light` beside `text`."""
        super().__init__(parent)
        self._shape = _LightShape()
        self._text = Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.S)
        row.addWidget(self._shape)
        row.addWidget(self._text, 1)
        self.set_state(light, text)

    def light(self) -> Light:
        """Return the state shown."""
        return self._shape.light

    def text(self) -> str:
        """Return the words."""
        return self._text.text()

    def set_state(self, light: Light, text: str, detail: str = "") -> None:
        """Change light and words; `detail` is the tooltip."""
        self._shape.light = light
        self._shape.update()
        self._text.setText(text)
        self.setToolTip(detail)
        self.setAccessibleName(text)
        self.setAccessibleDescription(detail)


class Banner(QFrame):
    """An inline message that says what happened and what to do; never a box in the way.

    Signals:
        action_triggered(): its button was pressed.
        dismissed(): its cross was pressed; the banner has hidden itself.
    """

    action_triggered = Signal()
    dismissed = Signal()

    def __init__(
        self,
        tone: Tone = Tone.INFO,
        title: str = "",
        detail: str = "",
        *,
        action: str = "",
        key: str = "",
        dismissible: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make a banner.

        Args:
            tone: INFO, POSITIVE, CAUTION or CRITICAL: ground, icon and ink.
            title: what happened, one sentence; '' keeps the banner hidden.
            detail: what to do.
            action: words on its one button; '' for none.
            key: that button's key cap.
            dismissible: whether a cross takes it away.
            parent: Qt's.
        """
        super().__init__(parent)
        self._icon = Icon("info", tone.ink, 20, height=line_height_px(Size.BODY))
        self._title = Paragraph(bold=True)
        self._detail = Paragraph()
        self._action = Button(kind=Kind.SECONDARY)
        self._close = Button(icon="x", kind=Kind.QUIET)
        words = QGridLayout()
        words.setContentsMargins(0, Space.XS, 0, Space.XS)
        words.setHorizontalSpacing(Space.M)
        words.setVerticalSpacing(0)
        words.setColumnStretch(1, 1)
        words.addWidget(self._icon, 0, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self._title, 0, 1)
        words.addWidget(self._detail, 1, 1)
        middle = QVBoxLayout()
        middle.addStretch(1)
        middle.addLayout(words)
        middle.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        row.setSpacing(Space.M)
        row.addLayout(middle, 1)
        row.addWidget(self._action)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._close.setVisible(dismissible)
        self._close.clicked.connect(self._on_close_clicked)
        self._action.clicked.connect(self.action_triggered)
        self.show_message(tone, title, detail, action=action, key=key)

    def title(self) -> str:
        """Return what it says happened."""
        return self._title.text()

    def detail(self) -> str:
        """Return what it says to do."""
        return self._detail.text()

    def show_message(
        self, tone: Tone, title: str, detail: str = "", *, action: str = "", key: str = ""
    ) -> None:
        """Say something else; an empty title hides the banner."""
        self.setProperty("tone", tone.value)
        repolish(self)
        self._icon.set_icon(_TONE_ICONS[tone], tone.ink)
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._action.setText(action)
        self._action.set_key(key)
        self._action.setVisible(bool(action))
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.setVisible(bool(title))

    def clear(self) -> None:
        """Say nothing, and hide."""
        self.show_message(Tone.INFO, "")

    def set_close_words(self, words: str) -> None:
        """Name the cross for tooltips and screen readers."""
        self._close.setToolTip(words)
        self._close.setAccessibleName(words)

    def _on_close_clicked(self) -> None:
        self.hide()
        self.dismissed.emit()


class Notice(QFrame):
    """A short word that floats over the bottom of its window and goes by itself.

    It takes neither focus nor clicks. Only for what may be missed; what must be seen is a
    `Banner`.
    """

    def __init__(self, window: QWidget) -> None:
        """Float over `window`, hidden until `show_text`."""
        super().__init__(window)
        self._window = window
        self.setProperty("look", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._icon = Icon("circle-check", Role.POSITIVE, 20)
        self._text = Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        row.setSpacing(Space.S)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 6)
        shade = colour(Role.SHADOW)
        shade.setAlphaF(0.28)
        shadow.setColor(shade)
        self.setGraphicsEffect(shadow)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._bottom_gap = 88
        window.installEventFilter(self)
        self.hide()

    def text(self) -> str:
        """Return the words."""
        return self._text.text()

    def show_text(self, text: str, tone: Tone = Tone.POSITIVE, *, duration_ms: int = 4000) -> None:
        """Show `text` for `duration_ms`."""
        self._icon.set_icon(_TONE_ICONS[tone], tone.ink)
        self._text.setText(text)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(duration_ms)

    def set_bottom_gap(self, gap_px: int) -> None:
        """Keep this far from the window's bottom, above its key bar."""
        self._bottom_gap = gap_px
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        size = self.sizeHint().boundedTo(self._window.size() - QSize(2 * Space.XL, 0))
        left = (self._window.width() - size.width()) // 2
        top = self._window.height() - size.height() - self._bottom_gap
        self.setGeometry(left, top, size.width(), size.height())


class EmptyState(QWidget):
    """What a place says when it has nothing to show, cannot, or is still fetching it.

    Signals:
        action_triggered(): its button was pressed.
    """

    action_triggered = Signal()

    def __init__(
        self,
        icon: str = "inbox",
        title: str = "",
        hint: str = "",
        *,
        action: str = "",
        key: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Show an icon, a title, a hint what to do, and optionally one button."""
        super().__init__(parent)
        self._icon = Icon(icon, Role.MUTED, 40)
        self._title = Paragraph(size=Size.TITLE, bold=True, centred=True)
        self._hint = Paragraph(ink=Role.MUTED, centred=True)
        self._action = Button(kind=Kind.SECONDARY)
        column = self._column = QVBoxLayout(self)
        column.setSpacing(Space.XS)
        column.addStretch(2)
        column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(Space.S)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addWidget(self._action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self._action.clicked.connect(self.action_triggered)
        self.set_state(icon, title, hint, action=action, key=key)

    def set_state(
        self, icon: str, title: str, hint: str = "", *, action: str = "", key: str = ""
    ) -> None:
        """Say something else."""
        self._icon.set_icon(icon)
        self._title.setText(title)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._action.setText(action)
        self._action.set_key(key)
        self._action.setVisible(bool(action))
        self.setAccessibleName(title)
        self.setAccessibleDescription(hint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give up the icon before the words when there is little room."""
        super().resizeEvent(event)
        roomy = self.height() >= _ROOMY_PX
        self._icon.setVisible(roomy)
        margin = Space.XL if roomy else Space.S
        self._column.setContentsMargins(margin, margin, margin, margin)
