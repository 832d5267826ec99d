"""Bodies in and out: limits, compression, messages, problems."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from fastapi import Request, Response

from sync.protocol import framing
from sync.protocol.messages import (
    MAX_BODY_BYTES,
    PROTOCOL_VERSION,
    VERSION_HEADER,
    VERSIONS_BACK,
    Message,
    Problem,
)
from sync.server.admission import Admission
from sync.server.problems import ProblemError

_BODY_S: Final = 30.0  # a client gives up a call after that

M = TypeVar("M", bound=Message)


def check_version(request: Request) -> None:
    """Raises ProblemError: bad_request, old_protocol, new_protocol."""
    text = request.headers.get(VERSION_HEADER, "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ProblemError("bad_request", f"The request lacks the header {VERSION_HEADER}")
    oldest = max(1, PROTOCOL_VERSION - VERSIONS_BACK)
    if int(text) < oldest:
        raise ProblemError(
            "old_protocol",
            "This program is too old for the server; update it, its work is kept",
            oldest=oldest,
        )
    if int(text) > PROTOCOL_VERSION:
        raise ProblemError(
            "new_protocol",
            "This program is newer than the server; update the server, the work is kept",
            newest=PROTOCOL_VERSION,
        )


@asynccontextmanager
async def received_body(
    request: Request, admission: Admission, *, most: int = MAX_BODY_BYTES
) -> AsyncIterator[bytes]:
    """The body as it came; never more of it in memory than a body may have, `most` bytes.

    Raises:
        ProblemError: too_large; busy, when it takes too long to come, or when other bodies have
            taken the room.
    """
    held = 0
    try:
        parts = []
        try:
            async with asyncio.timeout(_BODY_S):
                async for part in request.stream():
                    admission.hold(len(part))
                    held += len(part)
                    if held > most:
                        raise _too_large(most)
                    parts.append(part)
        except TimeoutError as error:
            raise ProblemError("busy", "The body took too long to come") from error
        yield b"".join(parts)
    finally:
        admission.release(held)


def decompressed(request: Request, body: bytes) -> bytes:
    """Raises ProblemError: too_large, bad_request."""
    try:
        return framing.decompress(body, request.headers.get("content-encoding", ""))
    except framing.BodyTooLarge as error:
        raise _too_large() from error
    except framing.BadBody as error:
        raise ProblemError("bad_request", "The body isn't the zstd it says it is") from error


def _too_large(most: int = MAX_BODY_BYTES) -> ProblemError:
    return ProblemError("too_large", f"A body has at most {most} bytes")


def decode(body: bytes, kind: type[M]) -> M:
    """Raises ProblemError('bad_request')."""
    try:
        return framing.decode(body, kind)
    except framing.BadBody as error:
        # the error may quote what was sent, so it isn't passed on
        raise ProblemError("bad_request", f"The body is no {kind.__name__}") from error


def answer(request: Request, message: Message, status: int = 200) -> Response:
    """Encode a message, compressed where it pays and the caller takes it."""
    body = framing.encode(message)
    headers = {"Cache-Control": "no-store", VERSION_HEADER: str(PROTOCOL_VERSION)}
    if framing.ZSTD in request.headers.get("accept-encoding", ""):
        body, encoding = framing.compress(body)
        if encoding:
            headers["Content-Encoding"] = encoding
    return Response(body, status, headers, media_type=framing.CONTENT_TYPE)


def nothing_answer() -> Response:
    """What was asked is done, and that is all there is to say."""
    return Response(status_code=204, headers={VERSION_HEADER: str(PROTOCOL_VERSION)})


def pages_answer(frame: bytes) -> Response:
    """Send a zstd frame of pages as it was stored."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Encoding": framing.ZSTD,
        VERSION_HEADER: str(PROTOCOL_VERSION),
    }
    return Response(frame, 200, headers, media_type=framing.PAGES_TYPE)


def problem_answer(request: Request, problem: Problem, status: int) -> Response:
    """Encode a problem; one that passes by itself says when to come back."""
    response = answer(request, problem, status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(problem.detail.get("wait_s", 1))
    return response
