"""Quiet signs of state: badge, chip, status light, empty state."""

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.screens.look.buttons import Button, Kind
from ui.screens.look.icons import Icon
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.screens.look.text import Paragraph, Text
from ui.screens.look.theme import colour, repolish

_ROOMY_PX: Final = 220


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
        if self.property("tone") != tone.value:
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
        if self.property("tone") != tone.value:
            self._text.set_ink(tone.ink)
            self._icon.set_role(tone.ink)
            self.setProperty("tone", tone.value)
            repolish(self)
        self.setAccessibleName(text)
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
        column.addSpacing(Space.S)
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
