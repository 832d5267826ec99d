"""`guichet-server serve`: the socket, the processes behind it, and their log."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import re
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import structlog
import uvicorn
from fastapi import FastAPI

from sync.server.admission import Limits
from sync.server.api.app import make_app
from sync.server.escalating.sending import Mailbox
from sync.server.failures import told
from sync.server.feed import PULLS_PER_S
from sync.server.service import CentralServer
from sync.server.supervisor import Handles, Supervisor
from sync.server.tls_files import is_this_machine, name_for_others

_log = structlog.get_logger("guichet.serving")

_DRAIN_S: Final = 8.0
_UNTAKEN_MS: Final = 60_000


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
    """Uvicorn's, which ends feeds when it stops: they never end by themselves.

    Args:
        config: uvicorn's.
        app: from `make_app`.
        drain_s: how long those who are connected are given to go elsewhere; 0 where there is no
            elsewhere.
        on_ready: called when it accepts.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        *,
        drain_s: float = 0.0,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._state = app.state
        self._drain_s = drain_s
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nobody, let everybody finish, and only then hang up."""
        for server in self.servers:
            server.close()
        self._state.draining = True  # each answer from now on is its connection's last
        self._state.feed.close(within_s=self._drain_s / 4)
        deadline_s = time.monotonic() + self._drain_s
        # Who is connected and says nothing is hung up on after `timeout_keep_alive` anyway
        while self.server_state.connections and time.monotonic() < deadline_s:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


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
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Who takes nothing for so long is gone, or deaf; connections inherit it
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNTAKEN_MS)
    listening.bind(address)
    port = listening.getsockname()[1]
    return listening, f"{_in_url(host)}:{port}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


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


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve.

    Attributes:
        certificate: chain in PEM, None without TLS.
        key: its private key.
        metrics_token: what /metrics wants as a bearer token; '' closes it.
        pulls_per_s: see `Feed`.
        limits: of each process.
        proxies: addresses or networks of proxies that are believed in X-Forwarded-For and -Proto.
        mailbox: who takes mail about low ratings along.
    """

    certificate: Path | None = None
    key: Path | None = None
    metrics_token: str = ""
    pulls_per_s: float = PULLS_PER_S
    limits: Limits = field(default_factory=Limits)
    proxies: Sequence[str] = ()
    mailbox: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, and the file that says where."""

    host: str
    port: int
    uds: Path | None
    file: Path


def serve(server: CentralServer, address: Address, options: Options) -> None:
    """Serve with this process alone until told to stop. Says where, as `listening_at` does.

    Raises:
        OSError: the address is taken, or the certificate can't be read.
    """
    with listening_at(address, options) as (listening, announce):
        announce()
        # uvicorn stops in order and then raises the signal again: to end as if told to
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        _run(server, listening, options)


def supervise(
    workers: int,
    address: Address,
    options: Options,
    command: Callable[[Handles], Sequence[str]],
) -> bool:
    """Serve with several processes until told to stop; `command` runs one of them.

    Returns:
        Whether all of them came up.

    Raises:
        OSError: the address is taken, or the certificate can't be read.
    """
    with listening_at(address, options) as (listening, announce):
        return Supervisor(listening, workers, command).run(announce)


def work_under(handles: Handles, server: CentralServer, options: Options) -> None:
    """Be one of several processes, until told to stop or the supervisor is gone."""

    def ready() -> None:
        os.write(handles.ready, b"1")
        os.close(handles.ready)

    def follow() -> None:
        os.read(handles.life, 1)  # nobody ever writes
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal's goes to all; it is the supervisor's
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=follow, daemon=True).start()
    with socket.socket(fileno=handles.listening) as listening:
        _run(server, listening, options, drain_s=_DRAIN_S, on_ready=ready)


@contextlib.contextmanager
def listening_at(
    address: Address, options: Options
) -> Iterator[tuple[socket.socket, Callable[[], None]]]:
    """A listening socket, and what says where it is: the first line on stdout, and a file.

    The file says how others reach it, by a name that the certificate covers.

    Raises:
        OSError: the address is taken, or the certificate can't be read.
    """
    if options.certificate is not None:
        _check_certificate(options.certificate, options.key)
    listening, place = bind(address.host, address.port, address.uds)
    scheme = "http" if options.certificate is None else "https"
    where = noted = place if address.uds is not None else f"{scheme}://{place}"
    port = place.rpartition(":")[2]
    if address.uds is None and options.certificate is not None:
        if not is_this_machine(address.host):
            with contextlib.suppress(ValueError):  # one that others' programs may read all the same
                name = name_for_others(options.certificate, address.host)
                noted = f"https://{_in_url(name)}:{port}"
    elif address.uds is None and not options.proxies and not is_this_machine(address.host):
        _log.warning(
            "serves_without_tls",
            address=where,
            what_to_do="PINs and members' data cross the network for everybody to read:"
            " `guichet-server tls make NAME`, or a proxy that GUICHET_PROXIES names",
        )

    def announce() -> None:
        with contextlib.suppress(OSError):  # a folder that isn't ours to write serves as well
            address.file.write_text(noted + "\n")
        print(where, flush=True)

    try:
        listening.listen(2048)
        yield listening, announce
    finally:
        listening.close()
        with contextlib.suppress(OSError):
            address.file.unlink(missing_ok=True)
        if address.uds is not None:
            address.uds.unlink(missing_ok=True)


def _run(
    server: CentralServer,
    listening: socket.socket,
    options: Options,
    *,
    drain_s: float = 0.0,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    app = make_app(
        server,
        metrics_token=options.metrics_token,
        pulls_per_s=options.pulls_per_s,
        limits=options.limits,
        mailbox=options.mailbox,
        certificate=options.certificate,
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=bool(options.proxies),
        forwarded_allow_ips=list(options.proxies),
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
        timeout_graceful_shutdown=5,
        server_header=False,
        ws="none",
    )
    config.load()
    _rest_collector()
    _allow_files()
    _Server(config, app, drain_s=drain_s, on_ready=on_ready).run(sockets=[listening])


def _allow_files() -> None:
    """As many open connections as the system lets a process have."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
