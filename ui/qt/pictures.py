"""Pictures from files that somebody else made: read within bounds, or not at all."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

MAX_BYTES: Final = 4 << 20
MAX_PIXELS: Final = 16_000_000  # a camera's; 64 MB while it is decoded
FORMATS: Final = (b"png", b"jpeg")

_log: Final = logging.getLogger(__name__)


def read_picture(path: Path, room: QSize) -> QImage | None:
    """Return a PNG's or JPEG's picture, no larger than `room`, px; None where it can't be had.

    Why not is logged. What a file calls itself isn't believed, and its size is known before
    anything of it is decoded.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        _log.warning("The picture %s is not shown: %s", path, problem.strerror)
        return None
    return decode_picture(data, room, str(path))


def decode_picture(data: bytes, room: QSize, name: str) -> QImage | None:
    """Return the picture of a file's content as `read_picture` does; `name` is for the log."""
    image, why = _decode(data, room) if len(data) <= MAX_BYTES else (None, "it is too large")
    if image is None:
        _log.warning("The picture %s is not shown: %s", name, why)
    return image


def _decode(data: bytes, room: QSize) -> tuple[QImage | None, str]:
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    if reader.format().data() not in FORMATS:
        return None, "it is neither PNG nor JPEG"
    size = reader.size()
    if size.isEmpty() or size.width() * size.height() > MAX_PIXELS:
        return None, "it has no size, or too many pixels"
    reader.setAutoTransform(True)
    fitted = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    if fitted.width() < size.width():
        reader.setScaledSize(fitted.expandedTo(QSize(1, 1)))
    image = reader.read()
    return (None, reader.errorString()) if image.isNull() else (image, "")
