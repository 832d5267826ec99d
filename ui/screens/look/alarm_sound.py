"""Plays the alarm with what the platform has; QtMultimedia is not in PySide6-Essentials."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtWidgets import QApplication

from ui.screens.look.resources import RESOURCES

ALARM_WAV: Final = RESOURCES / "sounds" / "alarm.wav"

_KILLED_MS: Final = 500  # it takes one
_PLAYERS: Final = {
    "darwin": (("afplay",),),
    "linux": (("pw-play",), ("paplay",), ("aplay", "-q")),
}


class AlarmSound(QObject):
    """Rings until it is told to stop; never blocks, never raises.

    On Windows through winsound; on macOS through afplay; on Linux through the first of pw-play,
    paplay and aplay that works; where none does, by the system's beep.

    Signals:
        player_lost(): the last player failed; from now on it only beeps.
    """

    player_lost = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        wav: Path = ALARM_WAV,
        platform: str = sys.platform,
        beep: Callable[[], None] = QApplication.beep,
        which: Callable[[str], str | None] = shutil.which,
    ) -> None:
        """Make a silent one.

        Args:
            parent: Qt's.
            wav: what to play.
            platform: as `sys.platform`.
            beep: what rings where no player works.
            which: finds a program by name.
        """
        super().__init__(parent)
        self._wav = wav
        self._platform = platform
        self._beep = beep
        self._commands = [
            [path, *words[1:], str(wav)]
            for words in _PLAYERS.get(platform, ())
            if (path := which(words[0])) is not None
        ]
        self._process: QProcess | None = None
        self._repeat = QTimer(self)
        self._repeat.timeout.connect(self.play_once)

    def ring(self, *, every_ms: int = 3000) -> None:
        """Play now and again every `every_ms` until `stop`."""
        self._repeat.start(every_ms)
        self.play_once()

    def stop(self) -> None:
        """Ring no more; what is playing is cut off."""
        self._repeat.stop()
        if self._process is not None:
            self._process.kill()
            self._process.waitForFinished(_KILLED_MS)  # Qt complains of one that outlives it

    def is_ringing(self) -> bool:
        """Return whether it will ring again by itself."""
        return self._repeat.isActive()

    def has_player(self) -> bool:
        """Return whether more than the system's beep can be heard, as far as is known."""
        return self._platform == "win32" or bool(self._commands)

    def is_playing(self) -> bool:
        """Return whether a player is at work just now; the beep and Windows aren't asked."""
        return self._process is not None

    def play_once(self) -> None:
        """Play once; nothing while it is still playing."""
        if self._platform == "win32":
            self._play_on_windows()
        elif self._process is None and self._commands:
            self._start(self._commands[0])
        elif not self._commands:
            self._beep()

    def _start(self, command: list[str]) -> None:
        process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start(command[0], command[1:])

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._drop_process()
        if status is QProcess.ExitStatus.NormalExit and code != 0:
            self._try_next_player()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._drop_process()
            self._try_next_player()

    def _drop_process(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None

    def _try_next_player(self) -> None:
        if self._commands:
            self._commands.pop(0)  # it won't work the next time either
            if not self._commands:
                self.player_lost.emit()
        self.play_once()

    def _play_on_windows(self) -> None:
        if sys.platform == "win32":
            import winsound

            try:
                winsound.PlaySound(str(self._wav), winsound.SND_FILENAME | winsound.SND_ASYNC)
            except RuntimeError:
                self._beep()
