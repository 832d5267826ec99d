"""Brings the customer's keypad onto the GUI thread, where it types into no window."""

from __future__ import annotations

import logging
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.stray_presses import NO, YES, PressSource
from ui.qt.relay import Relay

if TYPE_CHECKING:
    from app.devices.keypad import KeypadReader

NO_KEYPAD: Final = "a keypad can be kept apart from the keyboard on Linux only"
BAUD: Final = 9600

_log: Final = logging.getLogger(__name__)


def can_read() -> bool:
    """Return whether this system lets a program have a keyboard for itself."""
    return platform.system() == "Linux"


class Keypad(QObject):
    """The keypad on the customer's side, if there is one.

    Attributes:
        here: whether it is plugged in and ours.

    Signals:
        pressed(int): a digit, 1..5.
        answered(bool): its key for yes (Enter) or for no (0, Esc, Backspace).
        held(int): a key that is held down, from time to time.
        here_changed(bool): `here` differs.
    """

    pressed = Signal(int)
    answered = Signal(bool)
    held = Signal(int)
    here_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        """Make it on the GUI thread; nothing is read before `open`."""
        super().__init__(parent)
        self._relay = Relay(self)
        self._relay.arrived.connect(self._on_arrived)
        self._attention = Relay(self)
        self._attention.arrived.connect(self._on_here)
        self.here = False
        self._reader: KeypadReader | None = None

    def open(self, device: str, *, codes: str = "", baud: str = "") -> None:
        """Take the keypad and read it until `close`.

        A setting that can't be read is logged, and the keypad left alone: a key that means another
        than what is printed on it is worse than none.

        Args:
            device: its file, '' for none.
            codes: of one on a serial line, see `app.devices.serial_keypad.read_keys`.
            baud: of one on a serial line: its speed, '' for `BAUD`.
        """
        if device and not can_read():
            _log.warning("The keypad %s is not used: %s", device, NO_KEYPAD)
        elif device:
            from app.devices.keypad import KeypadReader  # of Linux alone
            from app.devices.serial_keypad import read_keys

            try:
                keys, speed = read_keys(codes), int(baud or BAUD)
            except ValueError as problem:
                _log.warning("The keypad %s is not used: %s", device, problem)
                return
            send, attend = self._relay.send, self._attention.send
            self._reader = KeypadReader(Path(device), send, attend, keys=keys, baud=speed)
            self._reader.start()

    def close(self) -> None:
        """Let go of it."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @property
    def source(self) -> PressSource:
        """What kind of device it is."""
        is_serial = self._reader is not None and self._reader.is_serial
        return PressSource.SERIAL_KEYPAD if is_serial else PressSource.KEYPAD

    @Slot(object)
    def _on_arrived(self, key: int) -> None:
        from app.devices.serial_keypad import HELD

        if self._reader is None:
            return
        if key >= HELD:
            self.held.emit(key - HELD)
        elif key in (YES, NO):
            self.answered.emit(key == YES)
        else:
            self.pressed.emit(key)

    @Slot(object)
    def _on_here(self, here: bool) -> None:
        if self._reader is not None and here is not self.here:
            self.here = here
            self.here_changed.emit(here)
