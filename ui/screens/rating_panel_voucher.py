"""The page of a voucher that has no paper: a code to be photographed, until a touch."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.qt.words import Words
from ui.screens.look.roles import Role, Size, Space
from ui.screens.rating_panel_pages import Headline, PanelPage, growth
from ui.viewmodels.rating_panel import RatingPanelViewModel

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
            import segno  # only who shows a voucher needs it

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


class VoucherPage(PanelPage):
    """The code as large as the panel lets it, and what to do with it."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(panel, words)
        self.title = Headline(size=Size.LARGE, bold=True, centred=True)
        self.code = CodePicture()
        self.code.setObjectName("voucher")
        self.detail = Headline(size=Size.BODY, ink=Role.MUTED, centred=True)
        self.column.setSpacing(Space.S)
        self.column.addWidget(self.title)
        self.column.addWidget(self.code, 1)
        self.column.addWidget(self.detail)

    def arrange(self, size: QSize) -> None:
        """Let the words grow less than the code."""
        grown = growth(size)
        self.title.set_size(round(28 * grown))
        self.detail.set_size(round(18 * grown))

    def refresh(self) -> None:
        """Show the voucher of the outcome."""
        outcome, say = self._panel.outcome, self._words.say
        self.title.setText(say("voucher_title"))
        self.detail.setText(say("voucher_detail"))
        self.code.set_code("" if outcome is None else outcome.voucher)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A touch says that it has been photographed."""
        self._panel.close_voucher()
