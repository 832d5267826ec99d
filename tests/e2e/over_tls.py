"""A real server over TLS with a programme in its database, for pages in a real browser."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.domain import events as e
from app.domain.entry import copy_statement
from app.domain.records import Case
from sync.protocol.messages import UrgentRequest
from sync.server.cli import main
from sync.server.keys import load_keys
from sync.server.service import CentralServer
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.engine import make_engine
from tests.fakes.postgres import PostgresServer
from tests.server.books import rows, sound
from tests.server.conftest import Programme, make_programme
from tests.server.phones import another_manager, give_pin
from tests.server.seats import Clock, Seat, visit

HOST: Final = "guichet.test"


class WallClock(Clock):
    def __call__(self) -> int:
        return now_ms()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for the host, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    names = [x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@dataclass
class Place:
    """A running server, a programme in its database, and how it is reached."""

    url: str
    port: int
    programme: Programme
    counter: Seat
    process: subprocess.Popen[str]
    certificate: Path

    def low(self, *, text: bytes = b"") -> UUID:
        """A low rating at the counter, on its way to the server as a counter sends it."""
        seat = self.counter
        encounter_id, rating_id = visit(seat, score=1)
        bodies = [seat.bodies[-1]]
        if text:
            detail = e.RatingDetailed(
                rating_id, encounter_id, ("attitude", "efficiency"), 1, seat.blob(text),
                e.CallWish.NOW,
            )  # fmt: skip
            bodies += seat.record(detail)
        for body in bodies:
            request = UrgentRequest(
                msgspec.Raw(body), seat.blobs, seat.key.sign(copy_statement(body))
            )
            answer = requests.post(
                f"https://127.0.0.1:{self.port}/v1/urgent",
                data=msgspec.json.encode(request),
                headers={"Guichet-Protocol": "1", "Authorization": f"Bearer {seat.token()}"},
                verify=str(self.certificate),
                timeout=20,
            )
            assert answer.json()["decision"] == "accepted", answer.text
        return rating_id

    def case(self, case_id: UUID) -> Case:
        [row] = rows(self.programme, t.record, kind="case", id=str(case_id))
        return msgspec.json.decode(row.body, type=Case)


def started(data: Path, certificate: Path, key: Path, port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sync.server.cli", "--data", str(data), "serve"]
    options = ["--port", str(port), "--workers", "2"]
    tls = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    with (data / "server.log").open("a") as log:
        return subprocess.Popen(
            [*command, *options, *tls], stdout=subprocess.PIPE, stderr=log, text=True
        )


@contextmanager
def served(postgres: PostgresServer, folder: Path) -> Iterator[Place]:
    """Two processes on a database of their own; at the end everything in it is proved."""
    data, database = folder / "data", postgres.create_database()
    wanted = ("--programme", "P", "--admin-pin", "1234", "--database", database)
    assert main(["--data", str(data), "init", *wanted]) == 0
    engine = make_engine(database)
    clock = WallClock()
    programme = make_programme(CentralServer(engine, load_keys(data / "keys"), clock), clock)
    give_pin(programme)
    another_manager(programme)
    certificate, key = certified(folder)
    process = started(data, certificate, key)
    try:
        assert process.stdout is not None
        port = urlsplit(process.stdout.readline().strip()).port
        assert port is not None, (data / "server.log").read_text()
        url = f"https://{HOST}:{port}"
        yield Place(url, port, programme, programme.seat(), process, certificate)
        sound(programme)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        assert process.stdout is not None
        process.stdout.close()
        engine.dispose()
        postgres.drop_database(database)
