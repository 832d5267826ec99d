"""The program's icon as Windows and macOS want it, drawn from the one picture that there is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE: Final = Path(__file__).resolve().parent.parent / "resources" / "guichet.svg"
ICO_PX: Final = (16, 20, 24, 32, 40, 48, 64, 128, 256)
ICNS_PX: Final = 1024


def write_ico(target: Path) -> None:
    """Write a Windows icon, each size drawn by itself."""
    pictures = [_drawn(pixels) for pixels in ICO_PX]
    sizes = [(pixels, pixels) for pixels in ICO_PX]
    pictures[-1].save(target, format="ICO", sizes=sizes, append_images=pictures[:-1])


def write_icns(target: Path) -> None:
    """Write a macOS icon; its sizes are scaled from the largest."""
    _drawn(ICNS_PX).save(target, format="ICNS")


def _drawn(pixels: int) -> Image.Image:
    image = QImage(pixels, pixels, QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    return Image.frombytes("RGBA", (pixels, pixels), bytes(image.constBits()))
