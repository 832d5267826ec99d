"""Cards: the raised panel, the member at a glance, a figure with its n."""

from typing import Final

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.domain.lean import dataclass
from ui.screens.look.fonts import current_language, line_height_px
from ui.screens.look.icons import Icon
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.screens.look.status import Badge, EmptyState
from ui.screens.look.text import Paragraph, Text

_ROOMY_PX: Final = 440


class Card(QFrame):
    """A raised panel with an optional title row; `body` is where its content goes."""

    def __init__(
        self,
        title: str = "",
        *,
        spacing: int = Space.M,
        margin: int = Space.L,
        parent: QWidget | None = None,
    ) -> None:
        """Make a card; `spacing` lies between what is put into `body`, `margin` around all, px."""
        super().__init__(parent)
        self.setProperty("look", "card")
        self._title = Text(title, bold=True)
        self._title.setVisible(bool(title))
        self.header = QHBoxLayout()
        self.header.setSpacing(Space.S)
        self.header.addWidget(self._title, 1)
        self.body = QVBoxLayout()
        self.body.setSpacing(spacing)
        column = QVBoxLayout(self)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(Space.M)
        column.addLayout(self.header)
        column.addLayout(self.body, 1)

    def set_title(self, title: str) -> None:
        """Change the title; '' removes it."""
        self._title.setText(title)
        self._title.setVisible(bool(title))


@dataclass(frozen=True, slots=True)
class MemberView:
    """What the member card shows; every word comes from the caller, in the clerk's language.

    Attributes:
        name: masked, 'W** Xiaoming'.
        tier: the tier's name.
        card: masked card number.
        points: spendable points, >= 0 or the overdrawn balance.
        points_caption: 'points to spend'.
        pending: '+1,240 pending', '' if none.
        expiry: '3,000 expire on 31 Dec', '' if nothing does.
        family: what they are in a family that puts points together, '' if in none.
        matter: the open matter, '' if none.
        preference: the one preference worth saying aloud, '' if none.
        tier_tone: ground of the tier's badge.
    """

    name: str
    tier: str
    card: str
    points: int
    points_caption: str
    pending: str = ""
    expiry: str = ""
    family: str = ""
    matter: str = ""
    preference: str = ""
    tier_tone: Tone = Tone.INFO


class MemberCard(QFrame):
    """The member at a glance; empty until somebody is found."""

    def __init__(
        self,
        empty_title: str = "",
        empty_hint: str = "",
        *,
        empty_icon: str = "scan-line",
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty card that says `empty_title` and `empty_hint`."""
        super().__init__(parent)
        self.setProperty("look", "card")
        self._empty = EmptyState(empty_icon, empty_title, empty_hint)
        self._filled = QWidget()
        self._filled.setProperty("look", "plain")
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(1, 1, 1, 1)
        self._stack.addWidget(self._empty)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._filled)
        self._stack.addWidget(self._scroll)
        self._name = Text(size=Size.TITLE, bold=True)
        self._tier = Badge()
        self._card = Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self._points = Text(size=Size.FIGURE, bold=True, tabular=True, elides=False)
        self._caption = Text(size=Size.SMALL, ink=Role.MUTED)
        self._pending = Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self._facts = {
            "expiry": _Fact("calendar-clock", Role.MUTED),
            "family": _Fact("users", Role.MUTED),
            "preference": _Fact("heart", Role.MUTED),
        }
        self._matter = _Matter()
        self._lay_out()

    def set_member(self, member: MemberView | None) -> None:
        """Show a member, or None for the empty state."""
        if member is None:
            self._stack.setCurrentWidget(self._empty)
            self.setAccessibleName("")
            return
        self._name.setText(member.name)
        self._tier.set_badge(member.tier, member.tier_tone)
        self._card.setText(member.card)
        self._points.setText(QLocale(current_language()).toString(member.points))
        self._points.set_ink(Role.CRITICAL if member.points < 0 else Role.TEXT)
        self._caption.setText(member.points_caption)
        self._pending.setText(member.pending)
        self._pending.setVisible(bool(member.pending))
        self._facts["expiry"].set_text(member.expiry)
        self._facts["family"].set_text(member.family)
        self._facts["preference"].set_text(member.preference)
        self._matter.set_text(member.matter)
        self.setAccessibleName(f"{member.name}, {member.tier}")
        self._stack.setCurrentWidget(self._scroll)

    def set_empty(self, icon: str, title: str, hint: str = "") -> None:
        """Change what the empty card says: searching, not found, offline."""
        self._empty.set_state(icon, title, hint)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._filled)
        column.setSpacing(Space.XS)
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        head.addWidget(self._name, 1)
        head.addWidget(self._tier)
        column.addLayout(head)
        column.addWidget(self._card)
        column.addSpacing(Space.S)
        column.addWidget(self._points)
        under = QHBoxLayout()
        under.setSpacing(Space.M)
        under.addWidget(self._caption)
        under.addWidget(self._pending, 1)
        column.addLayout(under)
        column.addSpacing(Space.S)
        for fact in self._facts.values():
            column.addWidget(fact)
        column.addSpacing(Space.S)
        column.addWidget(self._matter)
        column.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Breathe where there is room, and keep the figures in sight where there is little."""
        super().resizeEvent(event)
        margin = Space.L if self.height() < _ROOMY_PX else Space.XL
        layout = self._filled.layout()
        if layout is not None:
            layout.setContentsMargins(margin, margin, margin, margin)


class _Fact(QWidget):
    """An icon and a wrapping line; hidden while there is nothing to say."""

    def __init__(self, icon: str, role: Role) -> None:
        super().__init__()
        self._text = Paragraph()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, Space.XS, 0, Space.XS)
        row.setSpacing(Space.M)
        row.addWidget(
            Icon(icon, role, 18, height=line_height_px(Size.BODY)), 0, Qt.AlignmentFlag.AlignTop
        )
        row.addWidget(self._text, 1)

    def set_text(self, text: str) -> None:
        self._text.setText(text)
        self.setVisible(bool(text))


class _Matter(QFrame):
    """The open matter: a tinted row; hidden without one."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("tone", Tone.CAUTION.value)
        self._text = Paragraph(bold=True)
        line = line_height_px(Size.BODY)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        row.setSpacing(Space.M)
        row.addWidget(Icon("flag", Role.CAUTION, 18, height=line), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)

    def set_text(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))


class StatTile(QFrame):
    """A figure with its n; its definition shows on hover and to screen readers."""

    def __init__(
        self,
        label: str,
        figure: str = "–",
        n_text: str = "",
        *,
        definition: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make a tile.

        Args:
            label: the figure's name.
            figure: formatted, with its unit; '–' while there is none.
            n_text: 'n = 48', always with a figure.
            definition: how it is counted.
            parent: Qt's.
        """
        super().__init__(parent)
        self.setProperty("look", "card")
        self._label = Text(label, size=Size.SMALL, ink=Role.MUTED)
        self._figure = Text(size=Size.LARGE, bold=True, tabular=True)
        self._n = Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self._interval = Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self._interval.hide()
        foot = QHBoxLayout()
        foot.setSpacing(Space.S)
        foot.addWidget(self._figure)
        foot.addWidget(self._n, 1, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        column.setSpacing(Space.XS)
        column.addWidget(self._label)
        column.addLayout(foot)
        column.addWidget(self._interval)
        self._definition = definition
        self.set_figure(figure, n_text)

    def set_figure(self, figure: str, n_text: str, interval: str = "") -> None:
        """Change the figure, its n and, below, its interval; '' leaves that out."""
        self._figure.setText(figure)
        self._n.setText(n_text)
        self._interval.setText(interval)
        self._interval.setVisible(bool(interval))
        self.setToolTip(self._definition)
        self.setAccessibleName(f"{self._label.text()} {figure} {n_text} {interval}".rstrip())
        self.setAccessibleDescription(self._definition)

    def set_words(self, label: str, definition: str = "") -> None:
        """Change the figure's name and definition, for a change of language."""
        self._definition = definition
        self._label.setText(label)
        self.set_figure(self._figure.text(), self._n.text(), self._interval.text())
