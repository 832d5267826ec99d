"""Frames over a socket, bounded in size and, as a whole conversation, in time."""

from __future__ import annotations

import socket
import time

from sync.protocol.lan import LENGTH_BYTES, MAX_FRAME_BYTES


class BadFrame(Exception):
    """The other end went away, or what it sends is no frame of ours."""


class Deadline:
    """A moment by which all of a conversation has to be over."""

    def __init__(self, limit_s: float) -> None:
        self._until_s = time.monotonic() + limit_s

    def left_s(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the conversation took too long")
        return left_s


def send_frame(line: socket.socket, content: bytes, deadline: Deadline) -> None:
    """Raises OSError, TimeoutError among them; ValueError where nobody would read so much."""
    if len(content) > MAX_FRAME_BYTES:
        raise ValueError("only what fits is asked for or answered")
    line.settimeout(deadline.left_s())
    line.sendall(len(content).to_bytes(LENGTH_BYTES, "big") + content)


def receive_frame(line: socket.socket, deadline: Deadline) -> bytes:
    """Read one frame.

    Raises:
        BadFrame: it is too long, or the line ended before it did.
        OSError: the line broke; TimeoutError, it did not come in time, however slowly it drips.
    """
    length = int.from_bytes(_exactly(line, LENGTH_BYTES, deadline), "big")
    if length > MAX_FRAME_BYTES:
        raise BadFrame(f"a frame of {length} bytes")
    return _exactly(line, length, deadline)


def _exactly(line: socket.socket, count: int, deadline: Deadline) -> bytes:
    content = bytearray()
    while len(content) < count:
        line.settimeout(deadline.left_s())
        piece = line.recv(count - len(content))
        if not piece:
            raise BadFrame("the line ended within a frame")
        content += piece
    return bytes(content)
