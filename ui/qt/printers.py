"""What a seat prints its receipts with: a printer on the network, or PDF files in a folder."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter

from app.devices.printer_settings import PrinterSettings
from app.domain.errors import Unavailable
from app.domain.receipt import Block, Code, Cut, Gap, Line, Pair, Receipt, Rule
from app.ports.printer import Printer

_DPI: Final = 203  # a receipt printer's
_MARGIN_MM: Final = 4.0
_POINT_SIZE: Final = 8.0
_CODE_SHARE: Final = 0.8  # of the width
_QUIET_MODULES: Final = 4
_DASH: Final = 16  # dots


def make_printer(settings: PrinterSettings) -> Printer | None:
    """Make what the seat's `printer.ini` says, None where it names nothing."""
    if settings.host:
        from app.devices.network_printer import NetworkPrinter

        return NetworkPrinter(
            settings.host, settings.port, settings.paper, tells_state=settings.tells_state
        )
    return None if settings.folder is None else PdfPrinter(settings.folder, settings.paper.width_mm)


class PdfPrinter:
    """Implements app.ports.printer.Printer; each receipt is a file of its own.

    Args:
        folder: made if it isn't there.
        width_mm: of the paper that it is drawn for.
    """

    def __init__(self, folder: Path, width_mm: int) -> None:
        """Write into `folder`."""
        self._folder = folder
        self._width_mm = width_mm

    def print(self, receipt: Receipt) -> None:
        """Write the file whole, or not at all."""
        made = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        name = re.sub(r"[^\w-]+", "-", receipt.name)
        file = self._folder / f"{made} {name}.pdf"
        partial = file.with_suffix(".partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _draw(receipt, partial, self._width_mm)
            partial.replace(file)
        except OSError as error:
            raise Unavailable("printer_folder", "The receipts' folder can't be written") from error


def _draw(receipt: Receipt, file: Path, width_mm: int) -> None:
    """Draw twice: once to see how long it is. Raises OSError."""
    height_mm = _page(receipt, file, width_mm, 1_000)
    _page(receipt, file, width_mm, height_mm)


def _page(receipt: Receipt, file: Path, width_mm: int, height_mm: float) -> float:
    """Returns the height that it takes, in millimetres."""
    writer = QPdfWriter(str(file))
    writer.setResolution(_DPI)
    writer.setTitle(receipt.name)
    size = QPageSize(QSizeF(width_mm, height_mm), QPageSize.Unit.Millimeter)
    margins = QMarginsF(*[_MARGIN_MM] * 4)
    writer.setPageLayout(
        QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
    )
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError("no PDF can be written there")
    try:
        pen = _Pen(painter, float(writer.width()))
        for block in receipt.blocks:
            pen.draw(block)
    finally:
        painter.end()
    return math.ceil(pen.y * 25.4 / _DPI + 2 * _MARGIN_MM)


class _Pen:
    """Draws blocks one under the other; `y` is where the next begins."""

    def __init__(self, painter: QPainter, width: float) -> None:
        self._painter, self._width = painter, width
        self.y = 0.0

    def draw(self, block: Block) -> None:
        match block:
            case Line(text, align, size, bold):
                centred = align == "centre"
                self._text(text, _font(self._painter, size, bold=bold), centred=centred)
            case Pair(left, right, bold):
                self._pair(left, right, _font(self._painter, 1, bold=bold))
            case Rule():
                self._painter.fillRect(QRectF(0, self.y + 6, self._width, 2), Qt.GlobalColor.black)
                self.y += 14
            case Gap(lines):
                self.y += lines * QFontMetricsF(_font(self._painter, 1)).height()
            case Code(text):
                self._code(text)
            case Cut():
                self._cut()

    def _text(self, text: str, font: QFont, *, centred: bool = False, right: bool = False) -> None:
        self._painter.setFont(font)
        align = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
        if right:
            align = Qt.AlignmentFlag.AlignRight
        flags = int(align) | int(Qt.TextFlag.TextWordWrap)
        room = QRectF(0, self.y, self._width, 10_000)
        self.y += self._painter.boundingRect(room, flags, text).height()
        self._painter.drawText(room, flags, text)

    def _pair(self, left: str, right: str, font: QFont) -> None:
        metrics = QFontMetricsF(font, self._painter.device())
        together = metrics.horizontalAdvance(left + "  " + right)
        y = self.y
        self._text(left, font)
        if together <= self._width:
            self.y = y
        self._text(right, font, right=True)

    def _cut(self) -> None:
        """A dashed line: a file has no knife."""
        self.y += 2 * _DASH
        for left in range(0, int(self._width), 2 * _DASH):
            self._painter.fillRect(QRectF(left, self.y, _DASH, 2), Qt.GlobalColor.black)
        self.y += 3 * _DASH

    def _code(self, text: str) -> None:
        import segno

        qr = segno.make_qr(text, error="m", boost_error=False)
        rows = list(qr.matrix_iter(border=_QUIET_MODULES))
        module = math.floor(self._width * _CODE_SHARE / len(rows))
        left = (self._width - module * len(rows)) / 2
        for row, modules in enumerate(rows):
            for column, dark in enumerate(modules):
                if dark:
                    place = QRectF(left + column * module, self.y + row * module, module, module)
                    self._painter.fillRect(place, Qt.GlobalColor.black)
        self.y += module * len(rows)


def _font(painter: QPainter, size: int, *, bold: bool = False) -> QFont:
    font = QFont(painter.font())
    font.setPointSizeF(_POINT_SIZE * (1.6 if size == 2 else 1))
    font.setBold(bold)
    return font
