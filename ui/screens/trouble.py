"""The window of a seat that can't be opened, or had to close: why, and what would help."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from app.domain.errors import GuichetError
from ui.qt.language import Language
from ui.screens import look
from ui.screens.blind import REASONS, BlindScreen, system_language
from ui.screens.seat_window import SeatWindow, TroubleScreen


def show_trouble(
    qt: QApplication, problem: GuichetError, folder: str, language: str, *, dark: bool
) -> SeatWindow:
    """Open the window, which has to be kept; the application ends with it.

    Args:
        qt: the application.
        problem: why.
        folder: the seat's data folder.
        language: 'zh_CN', 'en', or '' for the system's.
        dark: rather than light.
    """
    mode = look.Mode.DARK if dark else look.Mode.LIGHT
    window = SeatWindow()
    if problem.code in REASONS:
        code = language or system_language()
        look.apply(qt, mode, language=code)
        blind = BlindScreen(problem.code, folder, code)
        window.language_asked.connect(blind.next_language)
        window.add_screen(blind)
    else:
        chinese = QLocale.system().language() == QLocale.Language.Chinese
        code = language or ("zh_CN" if chinese else "en")
        look.apply(qt, mode, language=code)
        in_force = Language(window)
        in_force.use(code)
        window.add_screen(TroubleScreen(problem, folder))
    window.closing.connect(qt.quit)
    window.show()
    return window
