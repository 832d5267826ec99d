"""`guichet-server serve`: one process, its socket and its log."""

from __future__ import annotations

import contextlib
import gc
import logging
import re
import signal
import socket
import ssl
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

import structlog
import uvicorn

from sync.server.api.app import make_app
from sync.server.failures import told
from sync.server.feed import Feed
from sync.server.service import CentralServer


def now_ms() -> int:
    """The server's wall clock."""
    return time.time_ns() // 1_000_000


_BEFORE_VALUES = re.compile(r"[^\n(<:'\"]*")


class _WithoutValues(logging.Handler):
    """What libraries log: how their message begins, and the places of an error; no values.

    A message is not filled in, but asyncio writes the arguments of what failed into it.
    """

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        found = {} if error is None else told(error)
        structlog.get_logger("guichet.library").log(
            record.levelno, _beginning(record.msg), library=record.name, **found
        )


def _beginning(message: object) -> str:
    found = _BEFORE_VALUES.match(str(message))
    return "" if found is None else found.group().strip()


def configure_log() -> None:
    """JSON lines on stderr; events carry ids and numbers, never what people wrote."""
    # it would name whole URLs
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger().addHandler(_WithoutValues(logging.WARNING))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # the feeds never end by themselves, and a graceful stop waits for every answer
        self._feed.close()
        super().handle_exit(sig, frame)


def _rest_collector() -> None:
    """Collect cyclic garbage less often.

    An upload makes some hundred thousand objects, none of them in a cycle and all of them gone with
    the answer; looking through them again and again was a third of the time it took.
    """
    gc.freeze()  # what is there now stays
    gc.set_threshold(50_000, 10, 10)


def bind(host: str, port: int, uds: Path | None) -> tuple[socket.socket, str]:
    """Open the listening socket; port 0 takes a free one.

    Returns:
        (socket, how to reach it, without the scheme).

    Raises:
        OSError: the address is taken or not ours.
    """
    if uds is not None:
        _remove_abandoned(uds)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(uds))
        return listening, f"unix:{uds}"
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(address)
    port = listening.getsockname()[1]
    return listening, f"{f'[{host}]' if ':' in host else host}:{port}"


def _remove_abandoned(uds: Path) -> None:
    """Remove the socket of a server that was killed; whatever else is there stays."""
    if not uds.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(uds))
        except ConnectionRefusedError:
            uds.unlink()


def _check_certificate(certificate: Path, key: Path | None) -> None:
    """Raises OSError, in words for who runs the server."""
    for path in (certificate, key):
        if path is not None:
            path.open("rb").close()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError) as error:
        raise OSError(
            f"{certificate} and {key} are no certificate and its private key, in PEM and without "
            f"a password ({error})"
        ) from error


def serve(
    server: CentralServer,
    *,
    host: str,
    port: int,
    uds: Path | None,
    certificate: Path | None,
    key: Path | None,
    metrics_token: str,
    address_file: Path,
) -> None:
    """Serve until told to stop. The first line on stdout is where; `address_file` says it too.

    Raises:
        OSError: the address is taken, or the certificate can't be read.
    """
    if certificate is not None:
        _check_certificate(certificate, key)
    listening, place = bind(host, port, uds)
    app = make_app(server, metrics_token=metrics_token)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    config.load()
    _rest_collector()
    scheme = "http" if certificate is None else "https"
    try:
        # uvicorn stops in order and then raises the signal again: to end as if told to
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        listening.listen(2048)
        address = place if uds is not None else f"{scheme}://{place}"
        with contextlib.suppress(OSError):  # a folder that isn't ours to write serves as well
            address_file.write_text(address + "\n")
        print(address, flush=True)
        _Server(config, app.state.feed).run(sockets=[listening])
    finally:
        listening.close()
        with contextlib.suppress(OSError):
            address_file.unlink(missing_ok=True)
        if uds is not None:
            uds.unlink(missing_ok=True)
