"""A4 pages in the look's own letters: blocks one below the other, drawn as vectors into a PDF.

Lengths are px of which 13 are 8 pt, so that charts stand on paper as they do on a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextLayout,
    QTextOption,
)

from app.domain.lean import dataclass
from ui.screens.look.fonts import font, line_height_px
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.theme import colour, on_paper

_POINTS: Final = 8.0 / 13.0  # of a px
_PAGE: Final = QRectF(0, 0, 595.0 / _POINTS, 842.0 / _POINTS)
_SIDE, _TOP, _BOTTOM = 83.0, 76.0, 96.0
_DPI: Final = 1_200

BODY: Final = QRectF(_SIDE, _TOP, _PAGE.width() - 2 * _SIDE, _PAGE.height() - _TOP - _BOTTOM)
"""Where blocks stand on a page."""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph, or with `leads` a heading that stays with what follows."""

    text: str
    size: Size = Size.BODY
    ink: Role = Role.TEXT
    bold: bool = False
    before: int = 0
    after: int = Space.S
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of a table.

    Attributes:
        texts: its cells.
        shares: each column's of the width; they add up to 1.
        numbers: columns that end at their right.
        is_head: names of columns, over a line; the first row stays with it.
        bold: columns in bold letters.
        muted: columns that only say what stands beside them.
    """

    texts: tuple[str, ...]
    shares: tuple[float, ...]
    numbers: frozenset[int] = frozenset()
    is_head: bool = False
    bold: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()

    @property
    def leads(self) -> bool:
        """Whether it stays with what follows."""
        return self.is_head


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn at its own size, under its title and over its note."""

    title: str
    draw: Callable[[QPainter], None]
    size: QSize
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pictures:
    """One picture, or several beside each other."""

    parts: tuple[Picture, ...]
    leads: bool = False


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a page of its own."""

    leads: bool = False


Block = Words | Cells | Pictures | NewPage


Pieces = Iterator[bytes]
"""What is done a piece at a time, so that the screen goes on in between: b"" each, the PDF last."""


def pdf_of(
    blocks: Iterable[Block], *, title: str, foot: str, page_text: Callable[[int, int], str]
) -> Pieces:
    """Draw the blocks as a PDF/A-1b whose fonts are in it, a block a piece; on the GUI thread.

    Args:
        blocks: none higher than a page; asked for one by one.
        title: the document's, as readers show it.
        foot: at the left foot of each page.
        page_text: at its right, of (page, pages).
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setCreator("Guichet")
    writer.setPdfVersion(QPagedPaintDevice.PdfVersion.PdfVersion_A1b)
    a4 = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(a4, QPageLayout.Orientation.Portrait, QMarginsF()))
    painter = QPainter()
    if not painter.begin(writer):  # pragma: no cover - a buffer in memory takes everything
        raise OSError("no PDF can be written")
    try:
        painter.scale(writer.width() / _PAGE.width(), writer.width() / _PAGE.width())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = _Pen(painter)
        measured: list[tuple[Block, float]] = []
        for block in blocks:
            with on_paper():  # not for longer than a piece: the screen has its own colours
                measured.append((block, pen.height(block)))
            yield b""
        pages = _broken(measured)
        for number, page in enumerate(pages, start=1):
            if number > 1:
                writer.newPage()
            y = BODY.top()
            for block, high in page:
                with on_paper():
                    pen.draw(block, y)
                y += high
                yield b""
            with on_paper():
                pen.foot(foot, page_text(number, len(pages)))
    finally:
        painter.end()
    buffer.close()
    yield bytes(buffer.data().data())


def _broken(blocks: Sequence[tuple[Block, float]]) -> list[list[tuple[Block, float]]]:
    """Share blocks among pages; what leads is on one page with the block that it leads to."""
    pages: list[list[tuple[Block, float]]] = [[]]
    left = BODY.height()
    for place, (block, high) in enumerate(blocks):
        needed = high
        for after, its_high in blocks[place + 1 :] if block.leads else ():
            needed += min(its_high, BODY.height() - needed)
            if not after.leads:
                break
        if pages[-1] and (isinstance(block, NewPage) or needed > left):
            pages.append([])
            left = BODY.height()
        if not isinstance(block, NewPage):
            pages[-1].append((block, high))
            left -= high
    return pages


class _Pen:
    """Measures and draws with the letters of the paper itself, so that both agree."""

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter

    def height(self, block: Block) -> float:
        match block:
            case Words():
                letters = _letters(block.size, bold=block.bold)
                high = self._wrapped(block.text, letters, BODY.width())
                return block.before + high + block.after
            case Cells():
                return self._row(block) + (Space.XS if block.is_head else Space.S)
            case Pictures():
                return max(map(self._picture, block.parts)) + Space.L
            case NewPage():
                return 0.0

    def draw(self, block: Block, y: float) -> None:
        match block:
            case Words():
                letters = _letters(block.size, bold=block.bold)
                self._text(block.text, letters, block.ink, BODY.left(), y + block.before)
            case Cells():
                self._cells(block, y)
            case Pictures():
                self._pictures(block, y)
            case NewPage():
                pass

    def foot(self, left: str, right: str) -> None:
        y = BODY.bottom() + Space.XL
        self._line(y, Role.BORDER)
        room = QRectF(BODY.left(), y + Space.S, BODY.width(), 30)
        self._painter.setFont(_letters(Size.SMALL))
        self._painter.setPen(colour(Role.MUTED))
        self._painter.drawText(room, Qt.AlignmentFlag.AlignLeft, left)
        self._painter.drawText(room, Qt.AlignmentFlag.AlignRight, right)

    # text

    def _lines(self, text: str, letters: QFont, width: float) -> list[str]:
        """Break where the language may; words are never cut."""
        layout = QTextLayout(text, letters, self._painter.device())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        lines: list[str] = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            lines.append(text[line.textStart() : line.textStart() + line.textLength()].rstrip())
        layout.endLayout()
        return lines

    def _wrapped(self, text: str, letters: QFont, width: float) -> float:
        return len(self._lines(text, letters, width)) * _line_px(letters)

    def _text(
        self, text: str, letters: QFont, ink: Role, x: float, y: float,
        width: float = BODY.width(), *, is_number: bool = False,
    ) -> None:  # fmt: skip
        painter, high = self._painter, _line_px(letters)
        painter.setFont(letters)
        painter.setPen(colour(ink))
        align = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
        for place, line in enumerate(self._lines(text, letters, width)):
            room = QRectF(x, y + place * high, width, high)
            painter.drawText(room, align | Qt.AlignmentFlag.AlignVCenter, line)

    def _line(self, y: float, role: Role) -> None:
        self._painter.fillRect(QRectF(BODY.left(), y, BODY.width(), 1), colour(role))

    # tables

    def _columns(self, row: Cells) -> list[tuple[str, float, float, QFont]]:
        """(text, left, width, letters) of each cell."""
        x, found = BODY.left(), list[tuple[str, float, float, QFont]]()
        for place, (text, share) in enumerate(zip(row.texts, row.shares, strict=True)):
            width = BODY.width() * share
            size = Size.SMALL if row.is_head else Size.BODY
            letters = _letters(size, bold=place in row.bold)
            x += width
            gap = Space.M if x < BODY.right() - 1 else 0
            found.append((text, x - width, width - gap, letters))
        return found

    def _row(self, row: Cells) -> float:
        return max(
            self._wrapped(text, letters, width) for text, _, width, letters in self._columns(row)
        )

    def _cells(self, row: Cells, y: float) -> None:
        for place, (text, x, width, letters) in enumerate(self._columns(row)):
            ink = Role.MUTED if row.is_head or place in row.muted else Role.TEXT
            self._text(text, letters, ink, x, y, width, is_number=place in row.numbers)
        self._line(y + self.height(row) - Space.XS, Role.BORDER)

    # pictures

    def _picture(self, part: Picture) -> float:
        width = float(part.size.width())
        title = self._wrapped(part.title, _letters(Size.BODY, bold=True), width)
        note = self._wrapped(part.note, _letters(Size.SMALL), width) if part.note else 0.0
        return title + Space.XS + part.size.height() + note

    def _pictures(self, block: Pictures, y: float) -> None:
        x = BODY.left()
        for part in block.parts:
            width = float(part.size.width())
            bold = _letters(Size.BODY, bold=True)
            self._text(part.title, bold, Role.TEXT, x, y, width)
            top = y + self._wrapped(part.title, bold, width) + Space.XS
            self._painter.save()
            self._painter.translate(QPointF(x, top))
            part.draw(self._painter)
            self._painter.restore()
            if part.note:
                below = top + part.size.height()
                self._text(part.note, _letters(Size.SMALL), Role.MUTED, x, below, width)
            x += width + Space.XL


def _letters(size: int, *, bold: bool = False) -> QFont:
    weight = QFont.Weight.DemiBold if bold else QFont.Weight.Normal
    return font(size, weight=weight, tabular=True)


def _line_px(letters: QFont) -> float:
    return float(line_height_px(letters.pixelSize()))
