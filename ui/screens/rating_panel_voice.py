"""What the panel says aloud, to whom asked for it.

A clerk stands a metre away and the hall around: what would tell a score is said to nobody who
didn't ask, and figures only to whom asks while they are shown.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from ui.qt.speech import Speech
from ui.qt.words import Words
from ui.screens import look
from ui.screens.look.painting import box, focus_ring
from ui.screens.look.roles import Role
from ui.screens.look.touch import TouchSurface
from ui.screens.rating_panel_pages import Aloud, PanelPage


class EarButton(TouchSurface):
    """An ear, a finger wide."""

    def __init__(self) -> None:
        """Make it off."""
        super().__init__("")
        self._is_on = False
        self.setObjectName("ear")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_on(self, is_on: bool) -> None:
        """Show whether the panel speaks."""
        self._is_on = is_on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ear, on a ground while the panel speaks."""
        painter = QPainter(self)
        body = self._body()
        fill = Role.ACCENT_SOFT if self._is_on else Role.PRESSED if self.isDown() else Role.RAISED
        box(painter, body, fill, Role.ACCENT if self._is_on else Role.BORDER_STRONG)
        side = look.panel_size(round(28 * self._growth), self.screen())
        ink = Role.ACCENT if self._is_on else Role.TEXT
        picture = look.icon_pixmap("ear", ink, side, ratio=self.devicePixelRatioF())
        place = QRectF(0, 0, side, side)
        place.moveCenter(body.center())
        painter.drawPixmap(place.topLeft().toPoint(), picture)
        if self.shows_ring():
            focus_ring(painter, body)


class PanelVoice(QObject):
    """Says each page once, and again when the ear is touched.

    Signals:
        changed(): whether it can speak the panel's language, or is asked to, differs.
    """

    changed = Signal()

    def __init__(
        self, speech: Speech, words: Words, *, by_itself: bool, parent: QObject | None = None
    ) -> None:
        """Speak in the language of `words`; `by_itself` whether each page is said unasked."""
        super().__init__(parent)
        self._speech, self._words, self._by_itself = speech, words, by_itself
        self.is_asked = False
        self._label = ""
        speech.changed.connect(self.changed)
        words.changed.connect(self._on_words_changed)

    def can_speak(self) -> bool:
        """Return whether there is a voice for the panel's language."""
        return self._speech.speaks(self._words.code)

    def say_page(self, page: PanelPage) -> None:
        """Say a page that has come up, after what was touched for it."""
        label, self._label = self._label, ""
        if self.is_asked or self._by_itself:
            said = page.aloud(Aloud.ASKED if self.is_asked else Aloud.BY_ITSELF)
            self._say(label, *said)

    def say_label(self, label: str) -> None:
        """Say what was touched, to whom asked; a page that follows at once is said behind it."""
        if self.is_asked:
            self._label = label
            self._say(label)

    def touch_ear(self, page: PanelPage) -> None:
        """Say the page in full from now on each, or fall silent in the middle of it."""
        if self.is_asked and self._speech.is_speaking():
            self.hush()
        else:
            self.is_asked = True
            self._label = ""
            self._say(*page.aloud(Aloud.PRESSED))
        self.changed.emit()

    @Slot()
    def hush(self) -> None:
        """The customer has gone, or has heard enough."""
        self.is_asked = False
        self._label = ""
        self._speech.stop()
        self.changed.emit()

    @Slot()
    def _on_words_changed(self) -> None:
        self._label = ""
        self._speech.stop()
        self.changed.emit()

    def _say(self, *sentences: str) -> None:
        stop = "。" if self._words.code.startswith("zh") else "."
        said = [each if each[-1] in ".?!。？！" else each + stop for each in sentences if each]
        if said and self.can_speak():
            self._speech.say(" ".join(said), self._words.code)
