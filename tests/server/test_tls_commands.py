"""From nothing to a server that answers by TLS, with the server's own commands."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.domain.errors import Rejected, Unavailable
from sync.server.cli import main
from sync.server.serving import now_ms
from sync.server.tls_files import TlsFiles, ends_ms, make_certificate, make_request, take_answer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return TlsFiles(tmp_path / "tls")


def signed(request: bytes) -> bytes:
    """What a house's authority answers."""
    asked = x509.load_pem_x509_csr(request)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "House")]))
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=30))
        .add_extension(asked.extensions[0].value, critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def test_what_make_makes_serves_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "init", "--programme", "P", "--admin-pin", "1234"]) == 0
    assert main([*data, "tls", "make", "counters.example.com", "127.0.0.1"]) == 0
    assert "PCs have to trust" in capsys.readouterr().out
    authority = tmp_path / "data" / "tls" / "authority.pem"
    command = [sys.executable, "-m", "sync.server.cli", *data, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            assert url.startswith("https://127.0.0.1:")
            answer = requests.get(f"{url}/healthz", verify=str(authority), timeout=20)
            assert answer.json() == {"status": "ok"}
        finally:
            server.terminate()


def test_a_renewed_one_is_of_the_same_authority(files: TlsFiles) -> None:
    now = now_ms()
    make_certificate(files, ["a.example"], now_ms=now)
    authority, key = files.authority.read_bytes(), files.key.read_bytes()
    assert 396 < (ends_ms(files.certificate) - now) / 86_400_000 < 398
    later = now + 300 * 86_400_000
    renewed = make_certificate(files, ["b.example", "::1"], now_ms=later)
    assert files.authority.read_bytes() == authority
    assert files.key.read_bytes() != key
    assert ends_ms(files.certificate) > later
    renewed.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    for secret in (files.key, files.authority_key):
        assert secret.stat().st_mode & 0o077 == 0
    last = make_certificate(files, ["a.example"], now_ms=now + 3_600 * 86_400_000)
    assert last.not_valid_after_utc == x509.load_pem_x509_certificate(authority).not_valid_after_utc


def test_a_houses_authority_is_asked_while_the_old_one_serves(files: TlsFiles) -> None:
    make_certificate(files, ["a.example"], now_ms=now_ms())
    served = files.key.read_bytes()
    make_request(files, ["a.example"])
    assert files.key.read_bytes() == served
    answer = signed(files.request.read_bytes())
    make_request(files, ["a.example"])  # asked again: the first answer is of another key
    with pytest.raises(Rejected, match="another key"):
        take_answer(files, answer)
    with pytest.raises(Rejected, match="no certificate"):
        take_answer(files, b"hello")
    assert files.key.read_bytes() == served
    taken = take_answer(files, signed(files.request.read_bytes()))
    assert taken.issuer.rfc4514_string() == "CN=House"
    assert files.key.read_bytes() != served
    with pytest.raises(Rejected, match="tls request"):
        take_answer(files, answer)


@pytest.mark.parametrize(
    "name", ["", "a b", "https://a.example", "a.example:8460", "-" * 64, "ä.de"]
)
def test_a_name_that_is_none_is_refused(files: TlsFiles, name: str) -> None:
    with pytest.raises(Rejected, match="neither a host's name nor an address"):
        make_certificate(files, ["good.example", name], now_ms=now_ms())
    assert not files.folder.exists()


def test_a_damaged_authority_is_not_made_anew_unasked(files: TlsFiles) -> None:
    make_certificate(files, ["a.example"], now_ms=now_ms())
    files.authority.write_text("-----BEGIN")
    with pytest.raises(Unavailable, match="put them back"):
        make_certificate(files, ["a.example"], now_ms=now_ms())


@pytest.mark.parametrize("name", ["GUICHET_PORT", "GUICHET_WORKERS"])
def test_a_variable_that_makes_no_sense_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "-1")
    assert main(["status"]) == 1
    assert name in capsys.readouterr().err
