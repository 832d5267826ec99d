"""The office's picture on the panel, and the photo of whom the customer rates."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ports.pictures import ShownPictures
from ui.qt.pictures import decode_picture, read_picture

ROOM: Final = QSize(1920, 1080)
PHOTO_ROOM: Final = QSize(800, 800)
ENDINGS: Final = ("jpg", "jpeg", "png")
_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")  # nothing that leads out of the folder


class PanelPictures:
    """What the server gave to show, else what stands on this PC; each is decoded once."""

    def __init__(
        self,
        office: Path | None = None,
        photos: Path | None = None,
        *,
        told: ShownPictures | None = None,
    ) -> None:
        """Read nothing yet.

        Args:
            office: the office's picture.
            photos: a folder with each clerk's photo, by number: 1001.jpg.
            told: the server's, before both.
        """
        self._office_path, self._photos, self._told = office, photos, told
        self._office: QImage | None = None
        self._knows_office = False
        self._photo: tuple[str, QImage | None] = ("", None)

    def forget(self) -> None:
        """The server gave others, or none any more."""
        self._knows_office, self._office, self._photo = False, None, ("", None)

    def office(self) -> QImage | None:
        """Return the office's picture, None without one."""
        if not self._knows_office:
            self._knows_office = True
            told = None if self._told is None else self._told.panel_picture()
            self._office = None if told is None else decode_picture(told, ROOM, "of the office")
            if self._office is None and self._office_path is not None:
                self._office = read_picture(self._office_path, ROOM)
        return self._office

    def photo(self, staff_number: str) -> QImage | None:
        """Return a clerk's photo, None without one."""
        if staff_number != self._photo[0]:
            told = None if self._told is None else self._told.staff_photo(staff_number)
            image = None if told is None else decode_picture(told, PHOTO_ROOM, "of who serves")
            self._photo = (staff_number, image or self._read_photo(staff_number))
        return self._photo[1]

    def _read_photo(self, staff_number: str) -> QImage | None:
        if self._photos is None or not _NUMBER.fullmatch(staff_number):
            return None
        paths = (self._photos / f"{staff_number}.{ending}" for ending in ENDINGS)
        path = next((path for path in paths if path.is_file()), None)
        return None if path is None else read_picture(path, PHOTO_ROOM)


class Picture(QWidget):
    """A picture as large as its place lets it; a photo is cut to a circle."""

    def __init__(self, *, is_round: bool = False) -> None:
        """Make it empty, and hidden."""
        super().__init__()
        self._image: QImage | None = None
        self._is_round = is_round
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_image(self, image: QImage | None) -> None:
        """Show this, or nothing."""
        self._image = image
        self.setVisible(image is not None)
        self.update()

    def fit(self, room: QSize) -> None:
        """Take as much of `room`, px, as the picture's shape needs."""
        if self._image is not None:
            side = min(room.width(), room.height())
            whole = self._image.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
            self.setFixedSize(QSize(side, side) if self._is_round else whole)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it; of a photo the middle."""
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place, part = QRectF(self.rect()), QRectF(self._image.rect())
        if self._is_round:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            circle = QPainterPath()
            circle.addEllipse(place)
            painter.setClipPath(circle)
            side = min(part.width(), part.height())
            part = QRectF((part.width() - side) / 2, (part.height() - side) / 2, side, side)
        painter.drawImage(place, self._image, part)
