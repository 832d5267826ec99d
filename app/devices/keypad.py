"""The customer's keypad, whose digits, yes and no reach the panel and nobody else.

A USB keyboard is read as Linux's evdev device and grabbed: the window system hears nothing of it,
so what the customer presses is never typed into whatever has the clerk's focus. A keypad on a
serial line types nowhere anyway, see `serial_keypad`.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import select
import struct
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from app.devices.serial_keypad import (
    DEFAULT_KEYS,
    HELD,
    PAUSE_S,
    TELL_HELD_S,
    SerialDecoder,
    prepare,
)
from app.domain.stray_presses import NO, YES

EVENT: Final = struct.Struct("@llHHi")  # struct input_event: seconds, µs, type, code, value
EVIOCGRAB: Final = 0x40044590  # _IOW('E', 0x90, int)
TIOCEXCL: Final = 0x540C  # whoever opens the line after us is refused
RULES_FILE: Final = "/etc/udev/rules.d/70-guichet-keypad.rules"  # after by-id, before uaccess
RETRY_S: Final = 1.0
_READ_EVENTS: Final = 64
_EV_KEY: Final = 1
_PRESSED: Final = 1  # 0 is the release
_REPEATED: Final = 2  # by the system, some thirty times a second
# KEY_1 … KEY_5 and KEY_KP1 … KEY_KP5 of linux/input-event-codes.h, whatever Num Lock says
_DIGITS: Final = {2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 79: 1, 80: 2, 81: 3, 75: 4, 76: 5}
# Both Enter keys; both zeros, Esc and Backspace, which keypads print a cross on
_KEYS: Final = _DIGITS | {28: YES, 96: YES, 11: NO, 82: NO, 1: NO, 14: NO}

_log: Final = logging.getLogger(__name__)


class Decoder(Protocol):
    """Finds the presses in a device's bytes."""

    @property
    def is_waiting(self) -> bool:
        """Whether a pause would end something."""

    def feed(self, data: bytes) -> list[int]:
        """Take the next bytes; returns what was pressed: 1..5, `YES`, `NO`, or held."""

    def pause(self) -> list[int]:
        """Nothing came for `PAUSE_S`; returns what was pressed."""


class KeypadDecoder:
    """Finds the presses of the keys that mean something, wherever a device's bytes are cut."""

    def __init__(self) -> None:
        """Begin with a record."""
        self._rest = b""
        self._down, self._held = 0, 0  # which key is, and when that was told of last

    is_waiting = False

    def pause(self) -> list[int]:
        """Return nothing: a record is a press by itself."""
        return []

    def feed(self, data: bytes) -> list[int]:
        """Take the next bytes; returns what was pressed, in order: 1..5, `YES`, `NO`, or held."""
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        found = []
        for at_s, at_us, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind != _EV_KEY or code not in _KEYS:
                continue
            held = int((at_s + at_us / 1e6) / TELL_HELD_S)
            if value == _PRESSED:
                found.append(_KEYS[code])
                self._down, self._held = code, held
            elif value == _REPEATED and code == self._down and held != self._held:
                found.append(HELD + _KEYS[code])
                self._held = held
        return found


class KeypadReader:
    """Reads a keypad on a thread of its own, and waits for it while it is unplugged.

    What stands in the way is logged once, not with each attempt.
    """

    def __init__(
        self,
        path: Path,
        on_key: Callable[[int], None],
        on_here: Callable[[bool], None],
        *,
        keys: Mapping[bytes, int] = DEFAULT_KEYS,
        baud: int = 9600,
    ) -> None:
        """Prepare; nothing is opened before `start`.

        Args:
            path: the device's file, best the link in /dev/input/by-id or /dev/serial/by-id that
                outlasts replugging.
            on_key: gets each key pressed, 1..5, `YES` or `NO`, and `HELD` + the key each
                `TELL_HELD_S` that it is held down, on the reader's thread.
            on_here: gets whether the device is ours now, whenever that changes, on that thread.
            keys: of a serial line: its codes' meanings.
            baud: of a serial line: its speed.
        """
        self._keys, self._baud = keys, baud
        self._path, self._on_key, self._on_here = path, on_key, on_here
        self._trouble = ""
        self.is_serial = False  # as the device was when it was taken last
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._run, name="keypad", daemon=True)

    def start(self) -> None:
        """Read until `close`."""
        self._thread.start()

    def close(self) -> None:
        """End the thread that `start` began, and let go of the device; no key follows."""
        os.write(self._waker, b"\0")
        self._thread.join()
        os.close(self._wake)
        os.close(self._waker)

    def _run(self) -> None:
        stopped = False
        while not stopped:
            try:
                self._attend()
            except OSError as problem:
                self._say_once(problem)
            stopped = bool(select.select([self._wake], [], [], RETRY_S)[0])

    def _attend(self) -> None:
        device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            decoder = self._take(device)
            self._on_here(True)
            try:
                self._read(device, decoder)
            finally:
                self._on_here(False)
        finally:
            os.close(device)

    def _take(self, device: int) -> Decoder:
        """Make the device ours until it is closed; nothing is read unless it is."""
        self.is_serial = os.isatty(device)
        if self.is_serial:
            fcntl.ioctl(device, TIOCEXCL)
            prepare(device, self._baud)
            return SerialDecoder(self._keys, time.monotonic)
        fcntl.ioctl(device, EVIOCGRAB, 1)
        return KeypadDecoder()

    def _read(self, device: int, decoder: Decoder) -> None:
        while True:
            wait_s = PAUSE_S if decoder.is_waiting else None
            ready = select.select([device, self._wake], [], [], wait_s)[0]
            if self._wake in ready:
                return
            if not ready:
                self._tell(decoder.pause())
                continue
            data = os.read(device, _READ_EVENTS * EVENT.size)
            if not data:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            self._trouble = ""  # it works: what comes next is news
            self._tell(decoder.feed(data))

    def _tell(self, keys: list[int]) -> None:
        for key in keys:
            self._on_key(key)

    def _say_once(self, problem: OSError) -> None:
        trouble = self._explain(problem)
        if trouble != self._trouble:
            self._trouble = trouble
            _log.warning("%s", trouble)

    def _explain(self, problem: OSError) -> str:
        match problem.errno:
            case errno.ENOENT | errno.ENODEV | errno.ENXIO | errno.EIO:
                why = "is not plugged in; it is looked for every second"
            case errno.EACCES | errno.EPERM:
                why = (
                    "may not be read by this user; put the udev rule\n"
                    f"  {udev_rule(self._path)}\ninto {RULES_FILE} and plug the keypad in again"
                )
            case errno.EBUSY:
                why = "is taken by another program"
            case errno.ENOTTY | errno.EINVAL:
                why = (
                    "is no input device and no serial line of this speed; look for its name in"
                    " /dev/input/by-id or /dev/serial/by-id"
                )
            case _:
                why = f"can't be read: {problem.strerror}"
        return f"The keypad {self._path} {why}"


def udev_rule(path: Path) -> str:
    """Return the rule that lets whoever sits at the PC read the keypad.

    It also keeps the window system away from it in the second before it is grabbed.
    """
    link = path.parent.name in ("by-id", "by-path")
    if path.is_relative_to("/dev/serial") or path.name.startswith("tty"):
        folder = f"serial/{path.parent.name}"
        serial = f'SYMLINK=="{folder}/{path.name}"' if link else f'KERNEL=="{path.name}"'
        return f'SUBSYSTEM=="tty", {serial}, TAG+="uaccess"'
    name = f'SYMLINK=="input/{path.parent.name}/{path.name}"' if link else f'KERNEL=="{path.name}"'
    return f'SUBSYSTEM=="input", {name}, TAG+="uaccess", ENV{{LIBINPUT_IGNORE_DEVICE}}="1"'
