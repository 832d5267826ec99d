"""The bar of keys at the bottom of a window."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from app.domain.lean import dataclass
from ui.screens.look.buttons import FreshPressButton
from ui.screens.look.fonts import font
from ui.screens.look.key_caps import cap_size, cap_text_size, draw_cap
from ui.screens.look.painting import PaintedText, box, height_of, line_of_text, width_of
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.text import DEMI


@dataclass(frozen=True, slots=True)
class KeyHint:
    """One place in a key bar.

    Attributes:
        key: words on the cap, 'F3'.
        label: what it does, one or two words.
        enabled: whether it would do something now.
        why: while not enabled, why not; its tooltip.
        leads: whether it is the expected next step, shown in the accent colour.
    """

    key: str
    label: str
    enabled: bool = True
    why: str = ""
    leads: bool = False


class KeyBar(QFrame):
    """The bottom bar of keys, every one of which a mouse may press too.

    The window binds the keys: it calls `press('F3')`, which obeys the enabled state.

    Signals:
        triggered(str): the key whose place was pressed, 'F3'.
    """

    triggered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty bar."""
        super().__init__(parent)
        self.setProperty("look", "bar")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(Space.S, Space.XS, Space.S, Space.XS)
        self._row.setSpacing(0)
        self._places: dict[str, _KeyPlace] = {}

    def set_keys(self, hints: Sequence[KeyHint]) -> None:
        """Show these keys, left to right, keeping those that only change their state."""
        if [hint.key for hint in hints] != list(self._places):
            for place in self._places.values():
                self._row.removeWidget(place)
                place.hide()
                place.deleteLater()
            self._places = {}
            for hint in hints:
                place = _KeyPlace(hint, self)
                place.clicked.connect(self._on_place_clicked)
                self._row.addWidget(place, 1)
                self._places[hint.key] = place
        for hint in hints:
            self._places[hint.key].set_hint(hint)
        self._arrange()

    def set_enabled(self, key: str, enabled: bool, why: str = "") -> None:
        """Enable or disable one key.

        Raises:
            KeyError: the bar has no such key.
        """
        place = self._places[key]
        old = place.hint
        place.set_hint(KeyHint(old.key, old.label, enabled, why, old.leads))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set all caps beside their labels, or all above them where one has no room."""
        super().resizeEvent(event)
        self._arrange()

    def press(self, key: str) -> bool:
        """Press `key` as the keyboard does; return whether it did something."""
        place = self._places.get(key)
        if place is None or not place.isEnabled():
            return False
        self.triggered.emit(key)
        return True

    def _arrange(self) -> None:
        places = self._places.values()
        share = (self.width() - 2 * Space.S) // max(len(places), 1)
        stacked = any(place.sizeHint().width() > share for place in places)
        for place in places:
            place.set_stacked(stacked)

    def _on_place_clicked(self) -> None:
        place = self.sender()
        if isinstance(place, _KeyPlace):
            self.triggered.emit(place.hint.key)


class _KeyPlace(FreshPressButton):
    """One key of the bar: cap and label side by side, or the cap above when it is narrow."""

    def __init__(self, hint: KeyHint, parent: QWidget) -> None:
        super().__init__(hint.label, parent)
        self.hint = hint
        self._stacked = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_stacked(self, stacked: bool) -> None:
        self._stacked = stacked
        self.update()

    def set_hint(self, hint: KeyHint) -> None:
        self.hint = hint
        self.setText(hint.label)
        self.setEnabled(hint.enabled)
        self.setToolTip("" if hint.enabled else hint.why)
        self.setAccessibleName(f"{hint.key} {hint.label}")

    def sizeHint(self) -> QSize:
        cap, text = cap_size(self.hint.key), self._text_size()
        return QSize(cap.width() + Space.S + text.width() + 2 * Space.S, 56)

    def minimumSizeHint(self) -> QSize:
        wide = max(cap_size(self.hint.key).width(), self._text_size().width())
        return QSize(wide + 2 * Space.XS, 56)

    def painted_texts(self) -> list[PaintedText]:
        cap_room, text_room = self._rooms()
        return [
            PaintedText(self.hint.key, cap_room, cap_text_size(self.hint.key)),
            PaintedText(self.hint.label, text_room, self._text_size()),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ink, cap_ink = Role.TEXT, Role.MUTED
        if not self.isEnabled():
            ink = cap_ink = Role.DISABLED
        elif self.hint.leads:
            ink = cap_ink = Role.ACCENT
        body = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self.isEnabled() and self.isDown():
            box(painter, body, Role.PRESSED)
        elif self.isEnabled() and self.underMouse():
            box(painter, body, Role.HOVER)
        elif self.hint.leads and self.isEnabled():
            box(painter, body, Role.ACCENT_SOFT)
        cap_room, text_room = self._rooms()
        draw_cap(painter, cap_room, self.hint.key, cap_ink, hollow=not self.isEnabled())
        line_of_text(painter, text_room, self.hint.label, self._letters(), ink)

    def _letters(self) -> QFont:
        return font(Size.BODY, weight=DEMI if self.hint.leads else QFont.Weight.Normal)

    def _text_size(self) -> QSize:
        letters = self._letters()
        return QSize(width_of(letters, self.hint.label), height_of(letters))

    def _rooms(self) -> tuple[QRect, QRect]:
        cap, text = cap_size(self.hint.key), self._text_size()
        rect = self.rect()
        if not self._stacked:
            left = (rect.width() - cap.width() - Space.S - text.width()) // 2
            cap_room = QRect(left, (rect.height() - cap.height()) // 2, cap.width(), cap.height())
            text_room = QRect(cap_room.right() + 1 + Space.S, 0, text.width(), rect.height())
            return cap_room, text_room
        top = (rect.height() - cap.height() - text.height() - 2) // 2
        cap_room = QRect((rect.width() - cap.width()) // 2, top, cap.width(), cap.height())
        width = min(text.width(), rect.width() - 2)
        left = (rect.width() - width) // 2
        return cap_room, QRect(left, cap_room.bottom() + 3, width, text.height())
