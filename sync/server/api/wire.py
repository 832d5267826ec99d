"""Bodies in and out: limits, compression, messages, problems."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
import zstandard
from fastapi import Request, Response

from sync.protocol.messages import (
    MAX_BODY_BYTES,
    OLDEST_PROTOCOL_VERSION,
    PROTOCOL_VERSION,
    VERSION_HEADER,
    Problem,
)
from sync.server.problems import ProblemError

T = TypeVar("T")

_COMPRESS_OVER: Final = 1024


def check_version(request: Request) -> None:
    """Raises ProblemError: bad_request, old_protocol, new_protocol."""
    text = request.headers.get(VERSION_HEADER, "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ProblemError("bad_request", f"The request lacks the header {VERSION_HEADER}")
    if int(text) < OLDEST_PROTOCOL_VERSION:
        raise ProblemError(
            "old_protocol", "This program is too old for the server", oldest=OLDEST_PROTOCOL_VERSION
        )
    if int(text) > PROTOCOL_VERSION:
        raise ProblemError(
            "new_protocol", "This program is newer than the server", newest=PROTOCOL_VERSION
        )


async def read_body(request: Request) -> bytes:
    """The body, decompressed; never more of it in memory than a body may have.

    Raises:
        ProblemError: too_large, bad_request.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        parts.append(part)
    body = b"".join(parts)
    encoding = request.headers.get("content-encoding", "identity")
    if encoding == "identity":
        return body
    if encoding != "zstd":
        raise ProblemError("bad_request", "Bodies are compressed with zstd or not at all")
    return _decompress(body)


def _decompress(body: bytes) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=2**23).stream_reader(body) as reader:
            plain = reader.read(MAX_BODY_BYTES + 1)
    except zstandard.ZstdError as error:
        raise ProblemError("bad_request", "The body isn't the zstd it says it is") from error
    if len(plain) > MAX_BODY_BYTES:
        raise _too_large()
    return plain


def _too_large() -> ProblemError:
    return ProblemError("too_large", f"A body has at most {MAX_BODY_BYTES} bytes")


def decode(body: bytes, kind: type[T]) -> T:
    """Raises ProblemError('bad_request')."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        # the error may quote what was sent, so it isn't passed on
        raise ProblemError("bad_request", f"The body is no {kind.__name__}") from error


def answer(request: Request, message: Any, status: int = 200) -> Response:
    """Encode a message, compressed where it pays and the caller takes it."""
    body = msgspec.json.encode(message)
    headers = {"Cache-Control": "no-store", VERSION_HEADER: str(PROTOCOL_VERSION)}
    if len(body) > _COMPRESS_OVER and "zstd" in request.headers.get("accept-encoding", ""):
        body = zstandard.ZstdCompressor(level=3).compress(body)
        headers["Content-Encoding"] = "zstd"
    return Response(body, status, headers, media_type="application/json")


def problem_answer(request: Request, problem: Problem, status: int) -> Response:
    """Encode a problem; one that passes by itself says when to come back."""
    response = answer(request, problem, status)
    if status == 503:
        response.headers["Retry-After"] = str(problem.detail.get("wait_s", 1))
    return response
