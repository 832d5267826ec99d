"""What a desk keeps of its neighbours' low ratings, and how it knows them."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.credentials.device_key import DEVICE_KEY, DeviceKey
from app.domain.entry import commitment
from app.domain.errors import Rejected, Unavailable
from app.ports.neighbours import HeardCopy
from app.ports.sync_store import StoredBlob, UrgentCopy
from app.store.neighbours import SqlNeighbours
from app.store.seat import Seat
from tests.store.conftest import OpenSeat
from tests.store.seats import START_MS, MemoryVault, SteppedClock

DAY_MS = 86_400_000


def neighbours(seat: Seat) -> SqlNeighbours:
    return seat.neighbours(lambda context, certificate: None)


def copy(case_id: UUID | None = None, **changes: object) -> HeardCopy:
    made = HeardCopy(uuid4(), case_id or uuid4(), uuid4(), "A1", b"{}", "等了很久")
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_was_heard_outlives_the_program(seat: Seat, reopen: OpenSeat) -> None:
    first = copy()
    others = [copy(), copy(first.case_id)]
    for each in (first, *others):
        assert neighbours(seat).keep_heard(each, most=9)
    again = neighbours(reopen())
    assert list(again.heard()) == [first, *others]
    assert list(again.heard(first.case_id)) == [first, others[1]]


def test_the_same_copy_is_kept_once_and_another_of_its_id_never(seat: Seat) -> None:
    desk, first = neighbours(seat), copy()
    assert desk.keep_heard(first, most=1)
    assert desk.keep_heard(first, most=1)
    for change in ({"body": b"[]"}, {"device_id": uuid4()}):
        with pytest.raises(Rejected) as refused:
            desk.keep_heard(replace(first, **change), most=9)
        assert refused.value.code == "conflict"
    assert list(desk.heard()) == [first]


def test_one_device_can_fill_no_disk(seat: Seat) -> None:
    desk, talker = neighbours(seat), uuid4()
    kept = [desk.keep_heard(copy(device_id=talker), most=3) for _ in range(5)]
    assert kept == [True, True, True, False, False]
    assert desk.keep_heard(copy(), most=3)


def test_what_is_old_is_dropped(seat: Seat, clock: SteppedClock) -> None:
    desk, old = neighbours(seat), copy()
    desk.keep_heard(old, most=9)
    clock.wall_ms += DAY_MS
    fresh = copy()
    desk.keep_heard(fresh, most=9)
    desk.forget_heard(before_ms=START_MS)
    assert list(desk.heard()) == [old, fresh]
    desk.forget_heard(before_ms=START_MS + DAY_MS)
    assert list(desk.heard()) == [fresh]


def test_no_clock_set_back_makes_it_earlier(seat: Seat, clock: SteppedClock) -> None:
    desk = neighbours(seat)
    seat.sync.note_contact(offset_ms=5_000, now_ms=START_MS + DAY_MS)
    clock.wall_ms = START_MS
    assert desk.latest_ms() == START_MS + DAY_MS + 5_000
    clock.wall_ms = START_MS + 3 * DAY_MS
    assert not seat.sync.absent_too_long()  # which keeps the latest time seen
    clock.wall_ms = START_MS
    assert desk.latest_ms() > START_MS + 3 * DAY_MS
    # A clock that ran ahead is forgiven by the next contact
    seat.sync.note_contact(offset_ms=0, now_ms=START_MS + DAY_MS)
    assert START_MS + DAY_MS <= desk.latest_ms() < START_MS + 2 * DAY_MS


def test_it_tells_whether_the_server_answers(seat: Seat) -> None:
    seat.sync.set_link_state(online=True, problem="")
    assert neighbours(seat).hears_server()
    seat.sync.set_link_state(online=False, problem="unreachable")
    assert not neighbours(seat).hears_server()


def certificate_for(key: Ed25519PublicKey) -> str:
    own = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key, 1, now, now + timedelta(days=1))
    return made.sign(own, None).public_bytes(Encoding.PEM).decode()


def test_tls_speaks_with_the_devices_key_and_no_file_is_left(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    vault = MemoryVault()
    key = DeviceKey(vault)
    own = Ed25519PublicKey.from_public_bytes(key.public_key())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key.present(context, certificate_for(own))
    with pytest.raises(Unavailable) as damaged:
        key.present(context, certificate_for(Ed25519PrivateKey.generate().public_key()))
    assert damaged.value.code == "vault_damaged"
    monkeypatch.setattr("tempfile.tempdir", str(folder / "gone"))
    with pytest.raises(Unavailable) as full:
        key.present(context, certificate_for(own))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert full.value.code == "disk_error"
    vault.delete(DEVICE_KEY)
    with pytest.raises(Unavailable) as gone:
        key.present(context, certificate_for(own))
    assert gone.value.code == "keys_missing"
    assert list(folder.iterdir()) == []


def test_what_was_signed_is_passed_on_until_the_server_has_it(seat: Seat, reopen: OpenSeat) -> None:
    salt, comment = b"salt", "等了很久"
    first = copy(signature=b"s" * 64, salt=salt)
    silent = copy(comment="", signature=b"t" * 64)
    unsigned = copy()  # heard by a program that didn't keep signatures
    for each in (unsigned, first, silent):
        neighbours(seat).keep_heard(each, most=9)
    assert not seat.sync.urgent_unsent(limit=0)
    told = reopen().sync
    blob = StoredBlob(commitment(salt, comment.encode()), salt, comment.encode())
    assert told.urgent_unsent(limit=9) == [
        UrgentCopy(first.event_id, first.body, (blob,), first.signature),
        UrgentCopy(silent.event_id, silent.body, (), silent.signature),
    ]
    told.urgent_delivered(first.event_id)
    assert [each.event_id for each in told.urgent_unsent(limit=9)] == [silent.event_id]
    assert told.has_to_relay()
    told.urgent_delivered(silent.event_id)
    assert not told.has_to_relay()
    assert len(list(neighbours(reopen()).heard())) == 3, "they ring until the server tells of them"
