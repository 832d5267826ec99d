"""What the program has to say: a banner in its place, a notice that floats and goes."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.screens.look.buttons import Button, Kind
from ui.screens.look.fonts import line_height_px
from ui.screens.look.icons import Icon
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.screens.look.text import Paragraph, Text
from ui.screens.look.theme import colour, repolish

_TONE_ICONS: Final = {
    Tone.NEUTRAL: "info",
    Tone.INFO: "info",
    Tone.POSITIVE: "circle-check",
    Tone.CAUTION: "triangle-alert",
    Tone.CRITICAL: "octagon-alert",
}


class Banner(QFrame):
    """An inline message that says what happened and what to do; never a box in the way.

    Signals:
        action_triggered(): its button was pressed.
        dismissed(): its cross was pressed; the banner has hidden itself.
    """

    action_triggered = Signal()
    dismissed = Signal()

    def __init__(
        self,
        tone: Tone = Tone.INFO,
        title: str = "",
        detail: str = "",
        *,
        action: str = "",
        key: str = "",
        dismissible: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make a banner.

        Args:
            tone: INFO, POSITIVE, CAUTION or CRITICAL: ground, icon and ink.
            title: what happened, one sentence; '' keeps the banner hidden.
            detail: what to do.
            action: words on its one button; '' for none.
            key: that button's key cap.
            dismissible: whether a cross takes it away.
            parent: Qt's.
        """
        super().__init__(parent)
        self._icon = Icon("info", tone.ink, 20, height=line_height_px(Size.BODY))
        self._title = Paragraph(bold=True)
        self._detail = Paragraph()
        self._action = Button(kind=Kind.SECONDARY)
        self._close = Button(icon="x", kind=Kind.QUIET)
        words = QGridLayout()
        words.setContentsMargins(0, Space.XS, 0, Space.XS)
        words.setHorizontalSpacing(Space.M)
        words.setVerticalSpacing(0)
        words.setColumnStretch(1, 1)
        words.addWidget(self._icon, 0, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self._title, 0, 1)
        words.addWidget(self._detail, 1, 1)
        middle = QVBoxLayout()
        middle.addStretch(1)
        middle.addLayout(words)
        middle.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        row.setSpacing(Space.M)
        row.addLayout(middle, 1)
        row.addWidget(self._action)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._close.setVisible(dismissible)
        self._close.clicked.connect(self._on_close_clicked)
        self._action.clicked.connect(self.action_triggered)
        self.show_message(tone, title, detail, action=action, key=key)

    def title(self) -> str:
        """Return what it says happened."""
        return self._title.text()

    def detail(self) -> str:
        """Return what it says to do."""
        return self._detail.text()

    def show_message(
        self, tone: Tone, title: str, detail: str = "", *, action: str = "", key: str = ""
    ) -> None:
        """Say something else; an empty title hides the banner."""
        if self.property("tone") != tone.value:
            self.setProperty("tone", tone.value)
            repolish(self)
        self._icon.set_icon(_TONE_ICONS[tone], tone.ink)
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._action.setText(action)
        self._action.set_key(key)
        self._action.setVisible(bool(action))
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.setVisible(bool(title))

    def clear(self) -> None:
        """Say nothing, and hide."""
        self.show_message(Tone.INFO, "")

    def set_close_words(self, words: str) -> None:
        """Name the cross for tooltips and screen readers."""
        self._close.setToolTip(words)
        self._close.setAccessibleName(words)

    def _on_close_clicked(self) -> None:
        self.hide()
        self.dismissed.emit()


class Notice(QFrame):
    """A short word that floats over the bottom of its window and goes by itself.

    It takes neither focus nor clicks. Only for what may be missed; what must be seen is a
    `Banner`.
    """

    def __init__(self, window: QWidget) -> None:
        """Float over `window`, hidden until `show_text`."""
        super().__init__(window)
        self._window = window
        self.setProperty("look", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._icon = Icon("circle-check", Role.POSITIVE, 20)
        self._text = Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        row.setSpacing(Space.S)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 6)
        shade = colour(Role.SHADOW)
        shade.setAlphaF(0.28)
        shadow.setColor(shade)
        self.setGraphicsEffect(shadow)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._bottom_gap = 88
        window.installEventFilter(self)
        self.hide()

    def text(self) -> str:
        """Return the words."""
        return self._text.text()

    def show_text(self, text: str, tone: Tone = Tone.POSITIVE, *, duration_ms: int = 4000) -> None:
        """Show `text` for `duration_ms`."""
        self._icon.set_icon(_TONE_ICONS[tone], tone.ink)
        self._text.setText(text)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(duration_ms)

    def set_bottom_gap(self, gap_px: int) -> None:
        """Keep this far from the window's bottom, above its key bar."""
        self._bottom_gap = gap_px
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        size = self.sizeHint().boundedTo(self._window.size() - QSize(2 * Space.XL, 0))
        left = (self._window.width() - size.width()) // 2
        top = self._window.height() - size.height() - self._bottom_gap
        self.setGeometry(left, top, size.width(), size.height())
