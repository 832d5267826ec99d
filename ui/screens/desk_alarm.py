"""Makes an unattended low rating heard and seen beyond the desk's own window."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QRectF, Qt, Slot
from PySide6.QtGui import QFont, QIcon, QPainter
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from app.domain.records import Case
from ui.qt.words import Words
from ui.screens import look
from ui.screens.desk_wording import level
from ui.screens.look.roles import Role
from ui.viewmodels.desk import DeskViewModel

NOTICE_MS = 20_000


class Sound(Protocol):
    """What rings."""

    def ring(self) -> None:
        """Ring until stopped."""

    def stop(self) -> None:
        """Fall silent."""

    def has_player(self) -> bool:
        """Return whether more than a beep can be heard."""


class DeskAlarm(QObject):
    """Sound, tray notice and a badge in title and icon that stays until somebody takes the case."""

    def __init__(
        self,
        desk: DeskViewModel,
        words: Words,
        window: QWidget,
        *,
        sound: Sound | None = None,
        tray: QSystemTrayIcon | None = None,
    ) -> None:
        """Ring for `desk`.

        Args:
            desk: says what is unattended.
            words: of the notice.
            window: whose title and icon carry the badge.
            sound: what rings; the platform's by default.
            tray: where notices appear; made where the platform has a tray.
        """
        super().__init__(window)
        self._desk, self._words, self._window = desk, words, window
        self._plain_icon = look.app_icon()
        if sound is None:
            played = look.AlarmSound(self)
            played.player_lost.connect(self._on_player_lost)
            sound = played
        self._sound: Sound = sound
        self._tray = tray
        if tray is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = QSystemTrayIcon(self._plain_icon, self)
        if self._tray is not None:
            self._tray.activated.connect(self._on_tray)
            self._tray.messageClicked.connect(self._on_tray)
            self._tray.show()
        self._title = window.windowTitle()
        self._own_title = ""
        self._rings = False
        window.windowTitleChanged.connect(self._on_title_changed)
        desk.alarm_changed.connect(self._on_alarm_changed)
        desk.rang.connect(self._on_rang)
        desk.report_sound(self._sound.has_player())
        self._on_alarm_changed()

    def is_ringing(self) -> bool:
        """Return whether it rings just now."""
        return self._rings

    def close(self) -> None:
        """Fall silent and leave the tray."""
        self._sound.stop()
        self._rings = False
        if self._tray is not None:
            self._tray.hide()

    @Slot()
    def _on_alarm_changed(self) -> None:
        count = len(self._desk.unattended)
        rings = self._desk.rings
        if rings and not self._rings:
            self._sound.ring()
        elif not rings and self._rings:
            self._sound.stop()
        self._rings = rings
        icon = badged(self._plain_icon, count) if count else self._plain_icon
        self._window.setWindowIcon(icon)
        if self._tray is not None:
            self._tray.setIcon(icon)
        self._show_title()

    @Slot()
    def _on_player_lost(self) -> None:
        self._desk.report_sound(False)

    @Slot(object)
    def _on_rang(self, case: Case) -> None:
        QApplication.alert(self._window)  # the task bar only: the focus stays where it is
        if self._tray is not None:
            title = self._words.say("alarm", label=case.counter_label)
            detail = self._words.say("alarm_detail", level=level(self._words, case.score))
            urgent = QSystemTrayIcon.MessageIcon.Critical
            self._tray.showMessage(title, detail, urgent, NOTICE_MS)

    @Slot(str)
    def _on_title_changed(self, title: str) -> None:
        if title != self._own_title:  # somebody else named the window anew
            self._title = title
            self._show_title()

    def _show_title(self) -> None:
        count = len(self._desk.unattended)
        self._own_title = f"({count}) {self._title}" if count else self._title
        self._window.setWindowTitle(self._own_title)

    @Slot()
    def _on_tray(self) -> None:
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()  # somebody asked for it


def badged(icon: QIcon, count: int) -> QIcon:
    """Return the icon with a count at its upper right."""
    result = QIcon()
    for side in (16, 32, 64):
        picture = icon.pixmap(side, side)
        picture.setDevicePixelRatio(1.0)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = picture.width()
        badge = QRectF(width * 0.36, 0, width * 0.64, width * 0.64)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour(Role.CRITICAL))
        painter.drawEllipse(badge)
        painter.setPen(look.colour(Role.ON_CRITICAL))
        letters = max(6, round(badge.height() * 0.72))
        painter.setFont(look.font(letters, weight=QFont.Weight.Bold))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(count) if count < 10 else "9+")
        painter.end()
        result.addPixmap(picture)
    return result
