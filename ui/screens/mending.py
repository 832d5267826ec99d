"""What stands over the screen while this PC's damaged data is mended: that it works, how far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from ui.qt.language import translate
from ui.screens import look

WIDTH_PX: Final = 560
SHOWN_AFTER_MS: Final = 300  # what is over sooner needs no words


class MendingNotice(QObject):
    """Opens a window of its own, as it may be needed before any other.

    Attributes:
        dress: puts look and language in force before it opens; None where they are.
        window: None until it is needed.
    """

    def __init__(self, dress: Callable[[], None] | None = None) -> None:
        """Wait for `follow` to be told something."""
        super().__init__()
        self.dress = dress
        self.window: MendingWindow | None = None
        self._share = 1.0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SHOWN_AFTER_MS)
        self._soon.timeout.connect(self._on_soon)

    @Slot(float)
    def follow(self, share: float) -> None:
        """Show how much is done, 0..1; nothing any more at 1."""
        self._share = share
        if share >= 1:
            self.close()
        elif self.window is not None:
            self.window.set_share(share)
        elif not self._soon.isActive():
            self._soon.start()

    def close(self) -> None:
        """Take the window away."""
        self._soon.stop()
        window, self.window = self.window, None
        if window is not None:
            window.close()
            window.deleteLater()

    @Slot()
    def _on_soon(self) -> None:
        if self.dress is not None:
            self.dress()
        self.window = MendingWindow()
        self.window.set_share(self._share)
        self.window.show_in_the_middle()


class MendingWindow(QWidget):
    """Says what is going on; it never takes the focus."""

    def __init__(self) -> None:
        """Say it in the language in force."""
        super().__init__(
            None,
            Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.WindowDoesNotAcceptFocus,
        )
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle("Guichet")
        self.setWindowIcon(look.app_icon())
        self.setFixedWidth(WIDTH_PX)
        title = translate("Window", "This PC's data is being mended")
        detail = translate(
            "Window",
            "A part of the disk can't be read any more. What can be read is kept. It takes from"
            " seconds to a few minutes: leave the PC on. What you type comes afterwards.",
        )
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.percent = look.Text(ink=look.Role.MUTED)
        card = look.Card(margin=look.Space.XL)
        card.body.addWidget(look.Icon("database", look.Role.ACCENT, 32))
        card.body.addWidget(look.Paragraph(title, size=look.Size.TITLE, bold=True))
        card.body.addWidget(look.Paragraph(detail))
        card.body.addWidget(self.bar)
        card.body.addWidget(self.percent)
        card.body.addStretch(1)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)

    def set_share(self, share: float) -> None:
        """Show how much is done, 0..1; of 0 that it is looked through, as long as that takes."""
        self.bar.setRange(0, 100 if share > 0 else 0)
        self.bar.setValue(round(share * 100))
        words = translate("Window", "Looking for what can be read …")
        self.percent.setText(f"{round(share * 100)} %" if share > 0 else words)

    def show_in_the_middle(self) -> None:
        """Open on the first screen."""
        self.show()
        QTimer.singleShot(0, self, self._fit)  # only then do paragraphs know how high they are
        self._fit()

    @Slot()
    def _fit(self) -> None:
        self.resize(WIDTH_PX, self._column.totalHeightForWidth(WIDTH_PX))
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.move(room.center() - self.rect().center())
