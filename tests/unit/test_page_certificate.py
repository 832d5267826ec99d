"""The certificate of the desk's page: when it stays, and what a damaged vault comes to."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.credentials.page_certificate import (
    MOST_NAMES,
    PAGE_CERTIFICATE,
    PAGE_KEY,
    PageCertificate,
)
from app.credentials.tls_files import present
from app.domain.errors import Unavailable
from tests.fakes.counter import MemoryVault

NOW_MS = 1_795_000_000_000
DAY_MS = 86_400_000


def told(vault: MemoryVault, *names: str, now_ms: int = NOW_MS) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    return PageCertificate(vault).present(context, names or ("10.0.0.7", "desk-1"), now_ms=now_ms)


def test_it_stays_while_it_names_the_desk_and_has_time_left() -> None:
    vault = MemoryVault()
    first = told(vault)
    assert told(vault) == told(vault, "desk-1", now_ms=NOW_MS + 200 * DAY_MS) == first
    assert told(vault, now_ms=NOW_MS + 270 * DAY_MS) != first
    assert told(vault, "10.0.0.8") != first
    assert all(len(vault.get(name) or b"") < 1_024 for name in (PAGE_KEY, PAGE_CERTIFICATE))


def test_a_clock_set_back_gets_one_that_has_begun() -> None:
    vault = MemoryVault()
    told(vault)
    early = x509.load_der_x509_certificate(told(vault, now_ms=NOW_MS - 3_000 * DAY_MS))
    assert early.not_valid_before_utc.timestamp() * 1000 < NOW_MS - 3_000 * DAY_MS


def test_a_pc_of_many_addresses_names_the_first_few() -> None:
    vault = MemoryVault()
    many = [f"10.0.{n}.1" for n in range(40)]
    first = told(vault, *many)
    names = x509.load_der_x509_certificate(first).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert len(list(names.value)) == MOST_NAMES
    assert told(vault, *many) == first
    assert len(vault.get(PAGE_CERTIFICATE) or b"") < 1_024


def test_a_certificate_that_cant_be_read_or_is_anothers_is_made_anew() -> None:
    vault, other = MemoryVault(), MemoryVault()
    first = told(vault)
    for damaged in (b"", b"\x30\x03", first[:-9], told(other)):
        vault.put(PAGE_CERTIFICATE, damaged)
        again = x509.load_der_x509_certificate(told(vault))
        assert again.public_key() == x509.load_der_x509_certificate(first).public_key()


def test_a_damaged_key_is_said_and_not_replaced() -> None:
    vault = MemoryVault()
    plain = Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    for damaged in (b"no key", Ed25519PrivateKey.generate().private_bytes(*plain)):
        vault.put(PAGE_KEY, damaged)
        with pytest.raises(Unavailable) as error:
            told(vault)
        assert error.value.code == "vault_damaged"
        assert vault.get(PAGE_KEY) == damaged


def test_no_key_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert hashlib.sha256(told(MemoryVault())).digest()
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_cant_be_handed_to_tls_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = x509.load_der_x509_certificate(told(MemoryVault())).public_bytes(Encoding.PEM)
    with pytest.raises(Unavailable, match="don't fit"):
        present(context, Ed25519PrivateKey.generate(), pem)

    def full(**_: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryDirectory", full)
    with pytest.raises(Unavailable, match="temporary file"):
        present(context, Ed25519PrivateKey.generate(), pem)
