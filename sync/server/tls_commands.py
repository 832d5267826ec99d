"""`guichet-server tls …`: a certificate for the server, of its own making or the house's."""

from __future__ import annotations

import argparse
import hashlib
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from sync.server.command_parts import command
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings
from sync.server.tls_files import make_certificate, make_request, take_answer, tls_files

_MAKE_NOTES: Final = """\
`serve` uses it from its next start on; say it again with the same names before it ends. PCs have to
trust authority.pem, which stays the same for ten years. authority.key can make certificates for any
name: keep the data folder as safe as its other keys.

example: guichet-server tls make counters.example.com 10.0.4.7
"""
_REQUEST_NOTES: Final = """\
Have tls/server.csr signed by the house's authority, then: guichet-server tls install ANSWER.pem
What `serve` uses now stays in use until then.
"""


def add_tls(group: Any) -> None:
    """Add the commands to the parser's group."""
    make = command(group, "tls make", "make a certificate, by an authority of our own", _MAKE_NOTES)
    request = command(group, "tls request", "ask the house's authority for one", _REQUEST_NOTES)
    for each in (make, request):
        each.add_argument(
            "names", nargs="+", metavar="NAME", help="host names and addresses of the server"
        )
    install = command(group, "tls install", "put in place what the house's authority signed")
    install.add_argument(
        "file", type=Path, metavar="FILE", help="PEM: the certificate, and what is behind it"
    )


def tls_make(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Make or renew a certificate. Raises as `make_certificate` does."""
    files = tls_files(settings.data)
    certificate = make_certificate(files, options.names, now_ms=now_ms())
    _tell(certificate)
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(files.authority.read_text())).hexdigest()
    print(f"PCs have to trust {files.authority}\nSHA-256 {digest}")


def tls_request(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Make a key and a request. Raises Rejected('bad_name')."""
    files = tls_files(settings.data)
    make_request(files, options.names)
    print(f"Have {files.request} signed, then: guichet-server tls install ANSWER.pem")


def tls_install(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Put the answer in place. Raises Rejected('bad_certificate'), OSError."""
    _tell(take_answer(tls_files(settings.data), options.file.read_bytes()))


def _tell(certificate: x509.Certificate) -> None:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    listed = ", ".join(str(name.value) for name in names)
    ends: datetime = certificate.not_valid_after_utc.astimezone(UTC)
    print(f"Certificate for {listed}, until {ends:%Y-%m-%d}; `serve` uses it when it starts")


TLS_COMMANDS: Final[Mapping[str, Callable[[ServerSettings, argparse.Namespace], int | None]]] = {
    "tls make": tls_make,
    "tls request": tls_request,
    "tls install": tls_install,
}
