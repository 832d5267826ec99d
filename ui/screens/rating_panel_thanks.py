"""The panel's thanks, with a code for phones where the programme has one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt

from ui.qt.words import Words
from ui.screens.look.code_picture import CodePicture
from ui.screens.look.roles import Size, Space
from ui.screens.rating_panel_pages import Aloud, Headline, QuietPage, is_tight
from ui.screens.rating_panel_pictures import PanelPictures
from ui.viewmodels.rating_panel import RatingPanelViewModel

_CODE_PX = 300
_LEAST_PX = 160
_ICON_PX = 64


class ThanksPage(QuietPage):
    """Thanks, and below them a code that a phone's camera reads at arm's length."""

    def __init__(
        self, panel: RatingPanelViewModel, words: Words, pictures: PanelPictures | None = None
    ) -> None:
        """Make it empty; the office's of the `pictures` stands there where no code does."""
        super().__init__(panel, words, pictures)
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
        self.invitation.set_size(self.letters(20, size))
        has_code = bool(self._panel.phone_link)
        if has_code:
            self.title.set_size(self.letters(32, size))
            self.icon.set_size(self.letters(_ICON_PX, size))
            if is_tight(size, self.screen()):
                self.icon.hide()  # the code needs the room
        side = max(_LEAST_PX, min(self.letters(_CODE_PX, size), size.height() * 7 // 20))
        self.code.setFixedSize(side, side)

    def aloud(self, how: Aloud) -> list[str]:
        """Return the thanks, and whose phone the code is for."""
        said = super().aloud(how)
        return [*said, self.invitation.text()] if self._panel.phone_link else said

    def refresh(self) -> None:
        """Thank, and say whose phone it is for."""
        super().refresh()
        panel = self._panel
        link = panel.phone_link
        self.code.set_code(link)
        self.invitation.setText(self._words.say("phone_instead" if panel.declined else "phone_too"))
        for part in (self.code, self.invitation):
            part.setVisible(bool(link))
