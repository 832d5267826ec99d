"""What a phone is shown as it happens: server-sent events, on the thread of its connection."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Final

import msgspec

from app.domain.errors import Rejected
from sync.client.lan.phones.answers import Stream, refused
from sync.protocol.phones.messages import PhoneView

TICK_S: Final = 15.0
"""Between signs of life; at each a session is looked at again."""
_GATHER_S: Final = 0.05
"""A rating and what is said with it come one shortly after the other."""


def follow(stream: Stream, secure: ssl.SSLSocket, is_over: Callable[[], bool]) -> Iterator[bytes]:
    """What to send, when there is anything, until the phone goes, or its session is over.

    Args:
        stream: what to tell.
        secure: the phone's line, only listened to.
        is_over: whether the port closes; whoever closes it shuts the line.
    """
    woken, waker = socket.socketpair()
    waker.setblocking(False)

    def wake() -> None:
        with suppress(OSError):  # full of the same news, or over
            waker.send(b"\0")

    sent: PhoneView | None = None
    with closing(woken), closing(waker):
        stop = stream.when_changed(wake)
        try:
            while not is_over():
                try:
                    view = stream.look()
                except Rejected as refusal:
                    yield _event("over", refused(refusal).body)
                    return
                same = sent is not None and _timeless(sent) == _timeless(view)
                sent = view
                kind, told = ("tick", view.server_ms) if same else ("view", view)
                yield _event(kind, msgspec.json.encode(told))
                if not _wait(woken, secure):
                    return
        finally:
            stop()


def _wait(woken: socket.socket, secure: ssl.SSLSocket) -> bool:
    """Until there may be news or it is time; False once the phone has gone."""
    ready, _, _ = select.select([woken, secure], [], [], TICK_S)
    if secure in ready:
        return False  # it has nothing to say, so it hangs up
    if woken in ready:
        time.sleep(_GATHER_S)
        woken.recv(65_536)
    return True


def _timeless(view: PhoneView) -> PhoneView:
    return msgspec.structs.replace(view, server_ms=0)


def _event(kind: str, body: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), body)
