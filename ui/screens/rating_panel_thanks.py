"""The panel's thanks, with a code for phones where the programme has one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt

from ui.qt.words import Words
from ui.screens.look.code_picture import CodePicture
from ui.screens.look.roles import Size, Space
from ui.screens.rating_panel_pages import Headline, QuietPage, growth
from ui.viewmodels.rating_panel import RatingPanelViewModel

_CODE_PX = 300
_LEAST_PX = 160
_ICON_PX = 64


class ThanksPage(QuietPage):
    """Thanks, and below them a code that a phone's camera reads at arm's length."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(panel, words)
        self.code = CodePicture()
        self.code.setObjectName("phone_link")
        self.invitation = Headline(size=Size.TITLE, centred=True)
        place = self.column.indexOf(self.detail) + 1
        self.column.insertSpacing(place, Space.L)
        self.column.insertWidget(place + 1, self.invitation)
        self.column.insertWidget(place + 2, self.code, 0, Qt.AlignmentFlag.AlignHCenter)

    def arrange(self, size: QSize) -> None:
        """Leave the code what the words don't need."""
        super().arrange(size)
        grown = growth(size)
        self.invitation.set_size(round(20 * grown))
        has_code = bool(self._panel.phone_link)
        if has_code:
            self.title.set_size(round(32 * grown))
            self.icon.set_size(round(_ICON_PX * grown))
        side = max(_LEAST_PX, min(round(_CODE_PX * grown), size.height() * 2 // 5))
        self.code.setFixedSize(side, side)

    def refresh(self) -> None:
        """Thank, and say whose phone it is for."""
        super().refresh()
        panel = self._panel
        link = panel.phone_link
        self.code.set_code(link)
        self.invitation.setText(self._words.say("phone_instead" if panel.declined else "phone_too"))
        for part in (self.code, self.invitation):
            part.setVisible(bool(link))
