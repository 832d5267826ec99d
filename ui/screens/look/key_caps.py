"""The picture of a key, and the strokes it is drawn with."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.screens.look.fonts import font
from ui.screens.look.painting import PaintedText, height_of, line_of_text, width_of
from ui.screens.look.roles import RADIUS, Role, Size
from ui.screens.look.text import DEMI
from ui.screens.look.theme import colour


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
        return [PaintedText(self._key, self.rect(), cap_text_size(self._key))]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cap."""
        draw_cap(QPainter(self), self.rect(), self._key, self._ink)


def cap_size(key: str) -> QSize:
    """Return the size of a key's cap, px; empty for ''."""
    if not key:
        return QSize(0, 0)
    return QSize(max(width_of(_cap_font(), key) + 12, 24), 22)


def cap_text_size(key: str) -> QSize:
    """Return the size of the words on a cap, px."""
    return QSize(width_of(_cap_font(), key), height_of(_cap_font()))


def _cap_font() -> QFont:
    return font(Size.SMALL, weight=DEMI)


def draw_cap(painter: QPainter, room: QRect, key: str, ink: Role, *, hollow: bool = False) -> None:
    """Draw the cap of `key` into `room`; `hollow` for a key that does nothing now."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = colour(ink)
    line.setAlphaF(0.25 if hollow else 0.45)
    painter.setPen(line)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = RADIUS / 2
    painter.drawRoundedRect(QRectF(room).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    line_of_text(painter, room, key, _cap_font(), ink, Qt.AlignmentFlag.AlignHCenter)
