"""Devices' certificates: renewed in good time, over the same key, for whoever isn't shut out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from app.domain.errors import Unavailable
from app.ports.sync_store import SeatIdentity
from sync.client.lan.trust import NotTrusted, Trust
from sync.client.papers import AGAIN_S, Renewal, take_certificate
from sync.protocol.certified import Certified
from sync.server import enrolment
from sync.server.devices import Device
from sync.server.keys import make_keys
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from sync.server.store import tables as t
from sync.server.store.engine import writing
from tests.server.conftest import KEYS, Programme, new_id
from tests.server.counter_pc import Counter

DAY_MS = 86_400_000
LIFE_DAYS = 365 * 5


@pytest.fixture
def counter(programme: Programme, tmp_path: Path) -> Iterator[Counter]:
    made = Counter(programme, tmp_path / "seat")
    yield made
    made.close()


def shown(counter: Counter) -> str:
    return counter.seat.sync.papers()[0]


def who(counter: Counter) -> SeatIdentity:
    identity = counter.seat.sync.identity()
    assert identity is not None
    return identity


def contact(counter: Counter) -> None:
    """What the engine does with where its chain ends."""
    answer = counter.programme.server.head(counter.device_id)
    take_certificate(counter.seat.sync, who(counter), answer.certificate)


def read(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def admitted(counter: Counter, *, now_ms: int) -> bool:
    """Whether a neighbour lets it in."""
    other = SeatIdentity(
        new_id(), 1, "desk", "", who(counter).programme_id, who(counter).office_id, new_id()
    )
    der = read(shown(counter)).public_bytes(Encoding.DER)
    try:
        Trust(other, KEYS.authority).admit(der, now_ms=now_ms, revoked=frozenset())
    except NotTrusted:
        return False
    return True


def certificate(counter: Counter, **changes: Any) -> str:
    """One for the counter, but for what is changed."""
    signer = changes.pop("signer", KEYS)
    public = changes.pop("public", None) or read(shown(counter)).public_key().public_bytes_raw()  # type: ignore[union-attr]
    at_ms = changes.pop("at_ms", counter.programme.clock.ms + DAY_MS)
    identity = who(counter)
    device = Certified(
        identity.programme_id,
        identity.office_id,
        changes.pop("device_id", identity.device_id),
        "counter",
    )
    pem, _ = signer.certify(
        public, device=device, office_code="PEK", counter_label="A1", now_ms=at_ms
    )
    return str(pem)


def without_names(counter: Counter) -> str:
    """As they were before devices of an office knew each other."""
    now = datetime.fromtimestamp(counter.programme.clock.ms / 1000, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(KEYS.authority.subject)
        .issuer_name(KEYS.authority.subject)
        .public_key(read(shown(counter)).public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=LIFE_DAYS))
        .sign(KEYS.authority_key, None)
        .public_bytes(Encoding.PEM)
        .decode()
    )


@pytest.mark.parametrize(("share", "is_renewed"), [(0.0, False), (0.66, False), (0.68, True)])
def test_it_is_renewed_when_a_third_of_its_life_is_left(
    programme: Programme, counter: Counter, share: float, is_renewed: bool
) -> None:
    first = shown(counter)
    programme.clock.ms += int(LIFE_DAYS * DAY_MS * share)
    contact(counter)
    assert (shown(counter) != first) is is_renewed
    kept = shown(counter)
    contact(counter)  # the answer was lost, say: nobody is certified twice
    assert shown(counter) == kept
    assert read(kept).public_key() == read(first).public_key()
    counter.close()
    counter.open()
    assert shown(counter) == kept


def test_a_pc_that_was_away_past_its_end_is_let_in_again_after_its_first_contact(
    programme: Programme, counter: Counter
) -> None:
    programme.clock.ms += (LIFE_DAYS + 10) * DAY_MS
    assert not admitted(counter, now_ms=programme.clock.ms)
    contact(counter)
    assert admitted(counter, now_ms=programme.clock.ms)


def test_whoever_was_shut_out_gets_none(programme: Programme, counter: Counter) -> None:
    first = shown(counter)
    with programme.work() as work:
        revoke_device(work, KEYS, counter.device_id)
    programme.clock.ms += LIFE_DAYS * DAY_MS
    with pytest.raises(ProblemError) as refused:
        programme.server.head(counter.device_id)
    assert refused.value.problem.code == "revoked"
    with programme.server.engine.connect() as connection:
        held = connection.execute(sa.select(t.device.c.certificate)).scalar_one()
    assert held == first


@pytest.mark.parametrize("before", ["", "no certificate", "nameless"])
def test_a_seat_from_before_there_were_names_gets_one_at_its_next_contact(
    programme: Programme, counter: Counter, before: str
) -> None:
    old = without_names(counter) if before == "nameless" else before
    with writing(programme.server.engine) as connection:
        connection.execute(t.device.update().values(certificate=old))
    counter.seat.sync.keep_certificate(old)
    contact(counter)
    assert admitted(counter, now_ms=programme.clock.ms)


def test_a_server_set_back_takes_no_newer_one_away(programme: Programme, counter: Counter) -> None:
    first = shown(counter)
    newer = certificate(counter)
    counter.seat.sync.keep_certificate(newer)
    contact(counter)
    assert shown(counter) == newer != first


@pytest.mark.parametrize("wrong", ["device", "authority", "key", "bytes"])
def test_what_is_not_ours_is_not_kept(
    counter: Counter, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = shown(counter)
    offered = {
        "device": lambda: certificate(counter, device_id=new_id()),
        "authority": lambda: certificate(counter, signer=make_keys(now_ms=0)[0]),
        "key": lambda: certificate(
            counter, public=Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        ),
        "bytes": lambda: "no certificate",
    }[wrong]()
    take_certificate(counter.seat.sync, who(counter), offered)
    assert shown(counter) == first
    assert "none of ours" in caplog.text


def test_a_locked_vault_makes_nothing_wait(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(_: bytes) -> bytes:
        raise Unavailable("keyring_locked", "The keyring is locked.")

    newer, first = certificate(counter), shown(counter)
    renewal = Renewal(counter.seat.sync)
    with monkeypatch.context() as patched:
        patched.setattr(counter.seat.sync, "_sign", locked)
        renewal.offer(who(counter), newer, 0.0)
        renewal.go_on(who(counter), AGAIN_S)
    assert shown(counter) == first
    assert caplog.text.count("has to wait") == 1, "said once"
    renewal.go_on(who(counter), 2 * AGAIN_S - 1)
    assert shown(counter) == first
    renewal.go_on(who(counter), 2 * AGAIN_S)
    assert shown(counter) == newer
    assert isinstance(read(newer).public_key(), Ed25519PublicKey)


def test_two_calls_at_once_renew_a_certificate_once(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find it due; the second to have the lock answers what the first has made."""
    seat = programme.seat()
    programme.clock.ms += (LIFE_DAYS - 1) * DAY_MS
    other: list[str] = []
    real = enrolment.wants_certificate

    def as_another_call_renews(pem: str, device: Device, *, now_ms: int) -> bool:
        wants = real(pem, device, now_ms=now_ms)
        if not other:
            other.append("")
            other[0] = seat.server.head(seat.device_id).certificate
        return wants

    monkeypatch.setattr(enrolment, "wants_certificate", as_another_call_renews)
    assert seat.server.head(seat.device_id).certificate == other[0]
