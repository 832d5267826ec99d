"""Files that staff take along, in a folder of their own: whole, and never over another."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QStandardPaths, QThread
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from app.domain.errors import Rejected, Unavailable
from app.domain.statement import Sheet
from ui.qt.markup import escape

_DPI: Final = 150
_POINT_SIZE: Final = 9.0
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BOM: Final = "\ufeff"  # else spreadsheets take UTF-8 for the system's old character set
_STYLE: Final = "h1 { font-size: 14pt; }"
_TABLE: Final = '<table width="100%" cellspacing="0" cellpadding="4">'


def usual_folder() -> Path:
    """The one that the person at this PC finds among their documents."""
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    return Path(QStandardPaths.writableLocation(documents)) / "Guichet"


class ExportFolder:
    """Implements app.ports.exports.Exports; on any thread.

    Args:
        folder: made if it isn't there.
    """

    def __init__(self, folder: Path) -> None:
        """Write into `folder`."""
        self._folder = folder

    def save_text(self, name: str, text: str) -> str:
        """Write UTF-8 with the mark that spreadsheets know it by."""
        return self._save(name, (_BOM + text).encode())

    def save_sheet(self, name: str, sheet: Sheet) -> str:
        """Write a PDF of A4 pages."""
        return self._save(name, pdf_of(sheet))

    def save_document(self, name: str, content: bytes) -> str:
        """Write a file that is made already."""
        return self._save(name, content)

    def _save(self, name: str, content: bytes) -> str:
        file = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if file.exists():
                raise Rejected("export_exists", "There is a file of that name", file=name)
            _write(file, content)
        except OSError as error:
            raise Unavailable(
                _code(error), f"{self._folder} didn't take the file", folder=str(self._folder)
            ) from error
        return str(file)


def _write(file: Path, content: bytes) -> None:
    """Under another name until all of it is on the disk. Raises OSError."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        partial.touch(0o600)  # somebody's points are nobody else's business on a shared PC
        with partial.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _code(error: OSError) -> str:
    if error.errno in _FULL:
        return "export_full"
    is_denied = isinstance(error, PermissionError) or error.errno == errno.EROFS
    return "export_denied" if is_denied else "export_failed"


class _Drawing(QThread):
    """Lays out beside the screen; a document starts timers, which Python's threads don't have."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__()
        self._sheet = sheet
        self.drawn = b""

    def run(self) -> None:
        self.drawn = _drawn(self._sheet)


def pdf_of(sheet: Sheet) -> bytes:
    """Return the sheet as PDF; the table's heads stand on each of its pages. On any thread.

    Raises:
        RuntimeError: nothing was drawn.
    """
    drawing = _Drawing(sheet)
    drawing.start()
    drawing.wait()
    if not drawing.drawn:
        raise RuntimeError("nothing was drawn")
    return drawing.drawn


def _drawn(sheet: Sheet) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(sheet.title)
    size = QPageSize(QPageSize.PageSizeId.A4)  # QTextDocument leaves margins of its own
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF()))
    document = QTextDocument()
    font = QFont(document.defaultFont())
    font.setPointSizeF(_POINT_SIZE)
    document.setDefaultFont(font)
    document.setDefaultStyleSheet(_STYLE)
    document.setHtml(_html(sheet))
    document.print_(writer)
    buffer.close()
    return bytes(buffer.data().data())


def _html(sheet: Sheet) -> str:
    aligns = ["left"] * (len(sheet.columns) - sheet.numbers) + ["right"] * sheet.numbers

    def row(tag: str, cells: tuple[str, ...]) -> str:
        parts = (
            f'<{tag} align="{align}">{escape(cell)}</{tag}>'
            for align, cell in zip(aligns, cells, strict=True)
        )
        return f"<tr>{''.join(parts)}</tr>"

    heads = "".join(
        f"<tr><td width='15%'>{escape(what)}</td><td><b>{escape(value)}</b></td></tr>"
        for what, value in sheet.heads
        if value
    )
    body = "".join(row("td", cells) for cells in sheet.rows)
    feet = "".join(f"<p>{escape(line)}</p>" for line in sheet.feet)
    return (
        f"<h1>{escape(sheet.title)}</h1>{_TABLE}{heads}</table><p></p>"
        f"{_TABLE}<thead>{row('th', sheet.columns)}</thead>{body}</table><p></p>{feet}"
    )
