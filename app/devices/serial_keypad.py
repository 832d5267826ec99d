"""The customer's keypad on a serial line: which bytes mean which key, and nothing else means any.

Keypads differ: one sends '3', another '3' and the end of a line, a third a code of its own. What
they have in common is that a press is a short message by itself. So what comes without a pause, up
to the end of a line, is taken together, and only if all of it is a key's code it is that key: a
digit in the middle of a self-test's text, or of what somebody else's device says, rates nobody.
"""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.domain.stray_presses import NO, YES

PAUSE_S: Final = 0.02  # what comes later than this after the last byte is another message
BOUNCE_S: Final = 0.05  # no finger presses twice in less
HELD: Final = 100
"""Added to a key that is held down still, as it is told of every `TELL_HELD_S`; it is no press."""

TELL_HELD_S: Final = 0.5
MAX_CODE_BYTES: Final = 16
MAX_KEYS: Final = 32
_ENDS: Final = b"\r\n"
_MEANINGS: Final = {**{str(score): score for score in range(1, 6)}, "yes": YES, "no": NO}
DEFAULT_KEYS: Final[Mapping[bytes, int]] = MappingProxyType(
    {**{b"%d" % score: score for score in range(1, 6)}, b"0": NO}
)


def read_keys(text: str) -> Mapping[bytes, int]:
    """Read a keypad's codes from its setting; '' for the digits that most send.

    Args:
        text: 'A=1 B=2 0x1b4f=no', a code and its meaning each: 1..5, 'yes' or 'no'. A code is
            written as it is, or as hexadecimal bytes after '0x'.

    Raises:
        ValueError: it can't be read, two are the same, or one could never arrive.
    """
    keys: dict[bytes, int] = {}
    for pair in text.split():
        written, _, meaning = pair.rpartition("=")
        code = bytes.fromhex(written[2:]) if written.startswith("0x") else written.encode()
        if meaning not in _MEANINGS or not 0 < len(code) <= MAX_CODE_BYTES:
            raise ValueError(f"not a code and its meaning: {pair!r}")
        if code in keys or any(end in code for end in _ENDS):
            raise ValueError(f"this code stands for two keys, or for none: {pair!r}")
        keys[code] = _MEANINGS[meaning]
    if len(keys) > MAX_KEYS:
        raise ValueError(f"more than {MAX_KEYS} keys")
    return keys or DEFAULT_KEYS


class SerialDecoder:
    """Finds the presses in what a serial keypad sends, wherever its bytes are cut."""

    def __init__(self, keys: Mapping[bytes, int], now_s: Callable[[], float]) -> None:
        """Begin with a pause.

        Args:
            keys: what its codes mean.
            now_s: a monotonic clock, s.
        """
        self._keys, self._now_s = keys, now_s
        self._message = b""
        self._last_s: float | None = None
        self._told_s = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether a message has begun that a pause would end."""
        return bool(self._message)

    def feed(self, data: bytes) -> list[int]:
        """Take the next bytes, any; returns what was pressed: 1..5, `YES`, `NO`, or held."""
        *ended, self._message = (self._message + data.replace(b"\r", b"\n")).split(b"\n")
        # One byte more than any code, so that what is too long stays too long until it ends
        self._message = self._message[: MAX_CODE_BYTES + 1]
        return [key for message in ended for key in self._pressed(message)]

    def pause(self) -> list[int]:
        """Nothing came for `PAUSE_S`; returns what was pressed."""
        message, self._message = self._message, b""
        return self._pressed(message)

    def _pressed(self, message: bytes) -> list[int]:
        key = self._keys.get(message)
        if key is None and len(set(message)) == 1:
            key = self._keys.get(message[:1])  # its contact bounced
        if key is None:
            return []
        before, now_s = self._last_s, self._now_s()
        self._last_s = now_s
        bounces = before is not None and now_s - before < BOUNCE_S
        if bounces and now_s - self._told_s < TELL_HELD_S:
            return []
        self._told_s = now_s
        return [HELD + key if bounces else key]


def prepare(line: int, baud: int) -> None:
    """Set an open serial line up as keypads use it: raw bytes, 8 bits, no parity, ours alone.

    Raises:
        OSError: it is no serial line, or has gone.
    """
    try:
        termios.tcgetattr(line)
        speed = getattr(termios, f"B{baud}")
        flags = termios.CS8 | termios.CREAD | termios.CLOCAL
        characters: list[bytes | int] = [b"\0"] * 32
        characters[termios.VMIN], characters[termios.VTIME] = 1, 0
        termios.tcsetattr(line, termios.TCSANOW, [0, 0, flags, 0, speed, speed, characters])
        termios.tcflush(line, termios.TCIFLUSH)  # what was pressed while nobody listened
    except termios.error as problem:
        raise OSError(problem.args[0], os.strerror(problem.args[0])) from problem
    except (AttributeError, OverflowError) as problem:
        raise OSError(errno.EINVAL, f"{baud} baud") from problem
