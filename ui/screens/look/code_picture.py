"""A QR code on a screen, to be photographed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_QUIET_MODULES = 4  # of white around a QR code, by its standard


class CodePicture(QWidget):
    """A QR code, black on white whatever the theme: cameras expect it so."""

    def __init__(self) -> None:
        """Make it empty."""
        super().__init__()
        self._text = ""
        self._rows: list[bytes] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_code(self, text: str) -> None:
        """Show this text's code; '' for none."""
        if text != self._text:
            import segno  # only who shows a code needs it

            self._text = text
            qr = segno.make_qr(text, error="m", boost_error=False) if text else None
            rows = () if qr is None else qr.matrix_iter(border=_QUIET_MODULES)
            self._rows = [bytes(row) for row in rows]
            self.update()

    def module_px(self) -> int:
        """Return how large one module is drawn, px: whole ones, so that none is blurred."""
        side = min(self.width(), self.height())
        return side // len(self._rows) if self._rows else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the middle."""
        module = self.module_px()
        side = module * len(self._rows)
        left, top = (self.width() - side) // 2, (self.height() - side) // 2
        painter = QPainter(self)
        painter.fillRect(left, top, side, side, Qt.GlobalColor.white)
        for down, row in enumerate(self._rows):
            for across, dark in enumerate(row):
                if dark:
                    place = QRectF(left + across * module, top + down * module, module, module)
                    painter.fillRect(place, Qt.GlobalColor.black)
