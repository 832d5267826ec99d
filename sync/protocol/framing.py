"""How a message becomes an HTTP body and back: JSON, zstd above 1 KiB, never above the limit."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec
import zstandard

from sync.protocol.messages import MAX_BODY_BYTES, Message

CONTENT_TYPE: Final = "application/json"
PAGES_TYPE: Final = "application/vnd.sqlite3"
"""Of a piece of a members file."""
ZSTD: Final = "zstd"
COMPRESS_ABOVE_BYTES: Final = 1024

_LEVEL: Final = 3
# A frame may ask for a window as large as it likes; nobody here makes one beyond the body's limit.
_MAX_WINDOW_BYTES: Final = MAX_BODY_BYTES
# zstd packs zeros 1 : 32,768, so a piece can become some 32 MB before it is refused.
_PIECE_BYTES: Final = 1024

M = TypeVar("M", bound=Message)


class BadBody(Exception):
    """The body is not what it says it is: damaged, of another shape, or no JSON."""


class BodyTooLarge(Exception):
    """The body is, or would become, longer than MAX_BODY_BYTES."""


def encode(message: Message) -> bytes:
    """Give the JSON of a message."""
    return msgspec.json.encode(message)


def decode(body: bytes, kind: type[M]) -> M:
    """Read a message; fields that it doesn't know are passed over.

    Raises:
        BadBody: no JSON, or a field is missing or of another type.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody(str(error)) from error


def compress(body: bytes) -> tuple[bytes, str]:
    """Give the bytes to send and their Content-Encoding ('' for bodies too short to gain by it)."""
    if len(body) <= COMPRESS_ABOVE_BYTES:
        return body, ""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(body), ZSTD


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo `compress`, whatever the sender claims about the size.

    Args:
        body: as it came.
        encoding: the Content-Encoding header, '' or 'identity' for none.

    Raises:
        BadBody: unknown encoding, or a damaged or unfinished frame.
        BodyTooLarge: more than MAX_BODY_BYTES before or after.
    """
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    if encoding in ("", "identity"):
        return body
    if encoding != ZSTD:
        raise BadBody(f"unknown content encoding {encoding!r}")
    unpacker = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
    reader = unpacker.decompressobj()
    out = bytearray()
    try:
        size = zstandard.get_frame_parameters(body).content_size
        if 0 < size <= MAX_BODY_BYTES:  # the frame is held to what it says
            return unpacker.decompress(body, allow_extra_data=False)
        if size not in (0, zstandard.CONTENTSIZE_UNKNOWN):
            raise BodyTooLarge
        # In pieces, so that a small body can't swell to gigabytes before its size is looked at
        for start in range(0, len(body), _PIECE_BYTES):
            out += reader.decompress(body[start : start + _PIECE_BYTES])
            if len(out) > MAX_BODY_BYTES:
                raise BodyTooLarge
    except zstandard.ZstdError as error:
        raise BadBody(str(error)) from error
    if not reader.eof:
        raise BadBody("unfinished zstd frame")
    return bytes(out)
