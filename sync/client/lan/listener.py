"""Answers neighbours: TLS, one ask and one answer a connection, bounded against whoever connects.

A stranger on the network can open a few connections for a few seconds each, and can have nothing
read beyond one frame; what is asked is looked at only after both certificates were.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Final

from sync.client.lan.frames import BadFrame, Deadline, receive_frame, send_frame
from sync.client.lan.tls_port import TlsPort
from sync.protocol.lan import APPLICATION_PROTOCOL

_log = logging.getLogger(__name__)

MOST_OPEN: Final = 48
MOST_OF_ONE_ADDRESS: Final = 6
CONVERSATION_S: Final = 4.0

Answer = Callable[[bytes, bytes], bytes | None]
"""From the other end's certificate (DER) and frame to our frame; None: say nothing and hang up."""


class Listener(TlsPort):
    """Where neighbours are answered."""

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        answer: Answer,
        *,
        conversation_s: float = CONVERSATION_S,
    ) -> None:
        """Listen on `address`, as `TlsPort` says.

        Raises:
            OSError: the port is taken, or there is no such address.
        """
        self._answer = answer
        super().__init__(
            address,
            context,
            name="lan",
            most_open=MOST_OPEN,
            most_of_one_address=MOST_OF_ONE_ADDRESS,
            conversation_s=conversation_s,
        )

    def converse(self, secure: ssl.SSLSocket, deadline: Deadline, address: str) -> None:
        """Take one ask and give one answer."""
        certificate = secure.getpeercert(binary_form=True)
        if certificate is None or secure.selected_alpn_protocol() != APPLICATION_PROTOCOL:
            return
        try:
            answer = self._answer(certificate, receive_frame(secure, deadline))
        except BadFrame as error:
            _log.info("a neighbour was not answered: %s", error)
            return
        if answer is not None:
            send_frame(secure, answer, deadline)
