"""The page of a voucher that has no paper: a code to be photographed, until a touch."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QMouseEvent

from ui.qt.words import Words
from ui.screens.look.code_picture import CodePicture
from ui.screens.look.roles import Role, Size, Space
from ui.screens.rating_panel_pages import Aloud, Headline, PanelPage
from ui.viewmodels.rating_panel import RatingPanelViewModel


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
        self.title.set_size(self.letters(28, size))
        self.detail.set_size(self.letters(18, size))

    def refresh(self) -> None:
        """Show the voucher of the outcome."""
        outcome, say = self._panel.outcome, self._words.say
        self.title.setText(say("voucher_title"))
        self.detail.setText(say("voucher_detail"))
        self.code.set_code("" if outcome is None else outcome.voucher)

    def aloud(self, how: Aloud) -> list[str]:
        """Return what to do with it; the code is for eyes."""
        return [self.title.text(), self.detail.text()]

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A touch says that it has been photographed."""
        self._panel.close_voucher()
