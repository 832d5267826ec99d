"""The ground of the screens before work begins: one calm card in the middle of the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ui.qt.language import translate
from ui.screens import look

CARD_WIDTH_PX = 440
FULL_CARD_PX = 540  # kept free for what may yet be said, so that the card stays where it is
AROUND_CARD_PX = 120
ROOMY_PX = 760  # a lower window spends less on air above and below what the card says


class Welcome(QWidget):
    """A card in the middle, place and language above it; `body` is where the content goes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty card."""
        super().__init__(parent)
        self.setProperty("look", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = look.Icon("ticket", look.Role.ACCENT, 28)
        self.place = look.Text(bold=True)
        self.language = look.Button(kind=look.Kind.QUIET, icon="languages", key="F1")
        self.language.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._language_locked = False
        self.title = look.Paragraph(size=look.Size.LARGE, bold=True)
        self.intro = look.Paragraph(ink=look.Role.MUTED)
        self.body = QVBoxLayout()
        self.body.setSpacing(look.Space.L)
        self._card = card = look.Card(spacing=look.Space.S)
        card.setFixedWidth(CARD_WIDTH_PX)
        card.body.addWidget(self.title)
        card.body.addWidget(self.intro)
        card.body.addSpacing(look.Space.S)
        card.body.addLayout(self.body)
        top = QHBoxLayout()
        top.setSpacing(look.Space.M)
        top.addWidget(self._icon)
        top.addWidget(self.place, 1)
        top.addWidget(self.language)
        inside = QWidget()
        inside.setProperty("look", "plain")
        middle = QVBoxLayout(inside)
        middle.addStretch(2)
        row = QHBoxLayout()  # stretches, not an alignment: that would ignore height for width
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        self._place = QWidget()
        self._place.setProperty("look", "plain")
        place = QVBoxLayout(self._place)
        place.setContentsMargins(0, 0, 0, 0)
        place.addLayout(row)
        place.addStretch(1)
        middle.addWidget(self._place)
        middle.addStretch(3)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(look.Space.XL, look.Space.L, look.Space.XL, look.Space.L)
        column.addLayout(top)
        column.addWidget(scroll, 1)

    def lock_language(self) -> None:
        """The administrator chose it: say so, instead of letting it be changed."""
        self._language_locked = True
        self.language.setEnabled(False)
        self.name_language()

    def name_language(self) -> None:
        """Say what the language button does, in the language in force."""
        if self._language_locked:
            self.language.setText(translate("Window", "Language: set by the administrator"))
        else:
            self.language.setText(translate("SignIn", "中文 / English"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the card's top where it is, whatever it has to say."""
        super().resizeEvent(event)
        self._place.setMinimumHeight(max(0, min(FULL_CARD_PX, self.height() - AROUND_CARD_PX)))
        air = look.Space.XXL if self.height() >= ROOMY_PX else look.Space.L
        layout = self._card.layout()
        assert layout is not None
        layout.setContentsMargins(look.Space.XXL, air, look.Space.XXL, air)
