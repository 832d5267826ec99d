"""`guichet-server serve`: how the command line and the environment say to serve."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from app.domain.errors import Rejected
from sync.server import serving
from sync.server.admission import Limits
from sync.server.alarm_commands import mailbox_of
from sync.server.keys import load_keys
from sync.server.opening import open_engine
from sync.server.service import CentralServer
from sync.server.serving import configure_log, now_ms
from sync.server.settings import ServerSettings, address_file
from sync.server.store.engine import is_postgresql
from sync.server.supervisor import Handles
from sync.server.tls_files import tls_files
from sync.server.upkeep import Upkeep

_KEPT_FREE: Final = 3
"""Of the connections to the database, kept from ordinary requests: for alarms, and the house."""
_IS_FROZEN: Final = bool(getattr(sys, "frozen", False))
"""As PyInstaller says it: this program is a file of its own."""


def serve(settings: ServerSettings, options: argparse.Namespace) -> int:
    """Answer counters and desks until told to stop.

    Raises:
        Rejected: bad_tls, one_worker, bad_proxies, and as `open_engine` does.
        Unavailable: keys_missing.
        OSError: the address is taken, or the certificate can't be read.
    """
    certificate, key = _tls(settings, options)
    configure_log()
    engine = open_engine(settings)
    workers = options.workers or settings.workers
    if workers > 1 and not is_postgresql(engine):
        raise Rejected("one_worker", "SQLite has one process; several workers need PostgreSQL")
    how = serving.Options(
        certificate=certificate,
        key=key,
        metrics_token=settings.metrics_token,
        pulls_per_s=settings.pulls_per_s,
        limits=Limits(at_work=max(1, settings.pool_size - _KEPT_FREE)),
        proxies=_proxies(settings.proxies),
        mailbox=mailbox_of(settings),
    )
    where = serving.Address(
        options.host or settings.host,
        settings.port if options.port is None else options.port,
        options.uds,
        address_file(settings.data),
    )
    server = CentralServer(engine, load_keys(settings.data / "keys"), now_ms)
    try:
        # Nobody is answered by a database that doesn't know what it is
        list(Upkeep(server.transactions).noticing())
        if options.handles is not None:
            serving.work_under(options.handles, server, how)
        elif workers == 1:
            serving.serve(server, where, how)
        else:
            engine.dispose()
            command = partial(_worker, settings, options)
            came_up = serving.supervise(workers, where, how, command)
            return 0 if came_up else 1
    finally:
        engine.dispose()
    return 0


def _tls(settings: ServerSettings, options: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """(certificate, key): as the command says, else the environment, else of `tls make`; or none.

    Raises Rejected('bad_tls').
    """
    certificate = options.tls_cert or settings.tls_cert
    key = options.tls_key or settings.tls_key
    if (certificate is None) != (key is None):
        raise Rejected("bad_tls", "TLS needs both --tls-cert and --tls-key")
    own = tls_files(settings.data)
    if certificate is None and own.certificate.exists():
        return own.certificate, own.key
    return certificate, key


def _proxies(text: str) -> list[str]:
    """Raises Rejected('bad_proxies'): everybody would be believed who calls themselves one."""
    listed = [part.strip() for part in text.split(",") if part.strip()]
    for part in listed:
        try:
            ip_network(part)
        except ValueError as error:
            raise Rejected("bad_proxies", f"GUICHET_PROXIES: {error}") from error
    return listed


def _worker(settings: ServerSettings, options: argparse.Namespace, handles: Handles) -> list[str]:
    """The command line of one of several processes, and what it inherits."""
    program = [sys.executable] if _IS_FROZEN else [sys.executable, "-m", "sync.server.cli"]
    command = [*program, "--data", str(settings.data), "serve"]
    if options.tls_cert is not None:
        command += ["--tls-cert", str(options.tls_cert), "--tls-key", str(options.tls_key)]
    return [*command, "--handles", f"{handles.listening},{handles.ready},{handles.life}"]
