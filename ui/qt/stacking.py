"""Which window lies on top."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

_FLAT: Final = ("offscreen", "minimal")  # windows don't lie over each other there


def bring_up(window: QWidget) -> None:
    """Put a window over all others; the focus stays where it is."""
    if QGuiApplication.platformName() not in _FLAT:
        window.raise_()
