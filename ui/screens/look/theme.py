"""Puts the look on the application, and answers which colour a role has just now.

`apply(app, 'dark')` may be called again at any time: every open window follows at once, since
stylesheets and palettes are Qt's own and our painted widgets ask `colour` while painting.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from ui.screens.look.fonts import LANGUAGE_PROPERTY, font
from ui.screens.look.roles import ROLES, Mode, Role
from ui.screens.look.stylesheet import stylesheet

_MODE_PROPERTY: Final = "lookMode"
_is_paper: ContextVar[bool] = ContextVar("is_paper", default=False)

_PALETTE: Final = {
    QPalette.ColorRole.Window: Role.SURFACE,
    QPalette.ColorRole.WindowText: Role.TEXT,
    QPalette.ColorRole.Base: Role.RAISED,
    QPalette.ColorRole.AlternateBase: Role.SURFACE,
    QPalette.ColorRole.Text: Role.TEXT,
    QPalette.ColorRole.Button: Role.RAISED,
    QPalette.ColorRole.ButtonText: Role.TEXT,
    QPalette.ColorRole.BrightText: Role.ON_CRITICAL,
    QPalette.ColorRole.ToolTipBase: Role.TEXT,
    QPalette.ColorRole.ToolTipText: Role.RAISED,
    QPalette.ColorRole.PlaceholderText: Role.MUTED,
    QPalette.ColorRole.Highlight: Role.ACCENT,
    QPalette.ColorRole.HighlightedText: Role.ON_ACCENT,
    QPalette.ColorRole.Link: Role.ACCENT,
    QPalette.ColorRole.Light: Role.RAISED,
    QPalette.ColorRole.Midlight: Role.HOVER,
    QPalette.ColorRole.Mid: Role.BORDER,
    QPalette.ColorRole.Dark: Role.BORDER_STRONG,
    QPalette.ColorRole.Shadow: Role.SHADOW,
    QPalette.ColorRole.Accent: Role.ACCENT,
}
_INKS: Final = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
)


def apply(app: QApplication, mode: Mode | str = Mode.LIGHT, *, language: str = "zh_CN") -> None:
    """Give the application its palette, font and stylesheet; call again to switch.

    Args:
        app: the one application.
        mode: 'light' or 'dark'.
        language: 'zh_CN', 'zh_TW' or 'en': chooses letter shapes and line height.

    Raises:
        ValueError: no such mode.
    """
    chosen = Mode(mode)
    is_dressed = bool(app.styleSheet()) and app.property(_MODE_PROPERTY) == chosen.value
    app.setProperty(_MODE_PROPERTY, chosen.value)
    app.setProperty(LANGUAGE_PROPERTY, language)
    app.setFont(font())
    if not is_dressed:  # a language changes letters alone; styling all anew would take a second
        if not app.styleSheet():
            app.setStyle("Fusion")
        app.setPalette(_palette(chosen))
        app.setStyleSheet(stylesheet(chosen))
    for widget in app.allWidgets():  # Qt tells nobody where two languages share a font
        follow = getattr(widget, "follow_language", None)
        if follow is not None:
            follow()


def mode() -> Mode:
    """Return the mode in force; light before `apply`, and on paper."""
    if _is_paper.get():
        return Mode.LIGHT
    app = QCoreApplication.instance()
    stored = app.property(_MODE_PROPERTY) if app is not None else None
    return Mode(stored) if isinstance(stored, str) else Mode.LIGHT


@contextmanager
def on_paper() -> Iterator[None]:
    """Let colours be those of paper, whatever the screen is in."""
    token = _is_paper.set(True)
    try:
        yield
    finally:
        _is_paper.reset(token)


def colour(role: Role) -> QColor:
    """Return a role's colour in the mode in force."""
    return QColor(ROLES[role].value(mode()))


def repolish(widget: QWidget) -> None:
    """Let the stylesheet see a dynamic property that has just changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def _palette(mode: Mode) -> QPalette:
    palette = QPalette()
    for slot, role in _PALETTE.items():
        palette.setColor(slot, QColor(ROLES[role].value(mode)))
    for slot in _INKS:
        disabled = QColor(ROLES[Role.DISABLED].value(mode))
        palette.setColor(QPalette.ColorGroup.Disabled, slot, disabled)
    return palette
