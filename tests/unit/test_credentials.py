"""Vaults, the device's key, sealed keys, PINs, clock and ids."""

from __future__ import annotations

import json
import os
from pathlib import Path

import keyring
import pytest
import secretstorage
from argon2 import PasswordHasher
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends import SecretService
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError

from app.credentials import file_vault, machine
from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.file_vault import FileVault
from app.credentials.identity import VaultIdentity
from app.credentials.ids import new_id
from app.credentials.keyring_vault import KeyringVault, would_ask
from app.credentials.pins import check_pin
from app.credentials.sealed import seal
from app.credentials.vaults import FILE_NAME, RECORD_NAME, known_vault, open_vault
from app.domain.errors import Unavailable
from sync.server.unsealing import open_sealed


class MemoryKeyring(KeyringBackend):
    """A keyring as a system has it, which a test can lock or break.

    `keyring` tries every subclass from its definition on, but not those that want an argument.
    """

    priority = 5

    def __init__(self, priority: float) -> None:
        self.priority = priority  # type: ignore[assignment] # the stub says int
        self.kept: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None
        self.forgetful = False

    def _answer(self) -> None:
        if self.error is not None:
            raise self.error

    def get_password(self, service: str, username: str) -> str | None:
        self._answer()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._answer()
        if not self.forgetful:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._answer()
        self.kept.pop((service, username), None)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    backend = MemoryKeyring(priority=5)
    # Not by get_keyring, which would look for the desktop's own
    monkeypatch.setattr("keyring.core._keyring_backend", backend)
    return backend


def _code(call: object) -> str:
    with pytest.raises(Unavailable) as refused:
        call()  # type: ignore[operator]
    return refused.value.code


# ------------------------------------------------------------------------------ the keyring


def test_the_keyring_keeps_bytes_per_seat(system: MemoryKeyring) -> None:
    vault, other = KeyringVault("seat 1"), KeyringVault("seat 2")
    secret = bytes(range(256))
    vault.put("work_key", secret)
    assert vault.get("work_key") == secret
    assert vault.strength == "system"
    assert other.get("work_key") is None
    vault.delete("work_key")
    vault.delete("work_key")
    assert vault.get("work_key") is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyringLocked("locked"), "keyring_locked"),
        (NoKeyringError("none"), "keyring_missing"),
        (InitError("no bus"), "keyring_missing"),
        (RuntimeError("no backend"), "keyring_missing"),
        (PasswordDeleteError("kept"), "keyring_missing"),
    ],
)
def test_a_keyring_that_fails_is_said_so(
    system: MemoryKeyring, error: Exception, code: str
) -> None:
    vault = KeyringVault("seat")
    vault.put("work_key", b"k")
    system.error = error
    assert _code(lambda: vault.get("work_key")) == code
    assert _code(lambda: vault.put("work_key", b"k")) == code
    assert _code(lambda: vault.delete("work_key")) == code
    assert not vault.keeps_secrets()


class Bus:
    def close(self) -> None:
        pass


@pytest.mark.parametrize("locked", [True, False])
def test_a_locked_keyring_is_known_without_asking_anybody(
    monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    class Collection:
        def __init__(self, bus: Bus) -> None:
            assert isinstance(bus, Bus)

        def is_locked(self) -> bool:
            return locked

    monkeypatch.setattr(keyring, "get_keyring", SecretService.Keyring)
    monkeypatch.setattr(secretstorage, "dbus_init", Bus)
    monkeypatch.setattr(secretstorage, "Collection", Collection)
    assert would_ask() is locked


def test_where_no_service_answers_nobody_would_be_asked(
    monkeypatch: pytest.MonkeyPatch, system: MemoryKeyring
) -> None:
    assert not would_ask(), "a keyring of another kind"

    def no_bus() -> Bus:
        raise secretstorage.exceptions.SecretServiceNotAvailableException

    monkeypatch.setattr(keyring, "get_keyring", SecretService.Keyring)
    monkeypatch.setattr(secretstorage, "dbus_init", no_bus)
    assert not would_ask()


def test_a_vault_is_known_once_it_was_chosen(system: MemoryKeyring, tmp_path: Path) -> None:
    assert known_vault(tmp_path) is None
    assert list(tmp_path.iterdir()) == [], "asking chooses nothing"
    open_vault(tmp_path).put("work_key", b"k")
    found = known_vault(tmp_path)
    assert found is not None
    assert found.get("work_key") == b"k"
    file = tmp_path / "file"
    file.touch()
    assert _code(lambda: known_vault(file)) == "disk_error"


def test_what_somebody_wrote_into_the_keyring_is_no_key(system: MemoryKeyring) -> None:
    system.kept["seat", "work_key"] = "not base64!"
    assert _code(lambda: KeyringVault("seat").get("work_key")) == "vault_damaged"


# ------------------------------------------------------------------------------ the choice


def test_the_keyring_is_chosen_where_it_works_and_stays(
    system: MemoryKeyring, tmp_path: Path
) -> None:
    vault = open_vault(tmp_path / "seat")
    assert vault.strength == "system"
    vault.put("work_key", b"k")
    assert "probe" not in {name for _, name in system.kept}
    system.error = KeyringLocked("locked")
    again = open_vault(tmp_path / "seat")
    assert again.strength == "system"
    assert _code(lambda: again.get("work_key")) == "keyring_locked"
    assert not (tmp_path / "seat" / FILE_NAME).exists()
    system.error = None
    assert again.get("work_key") == b"k"
    assert open_vault(tmp_path / "other").get("work_key") is None


@pytest.mark.parametrize("trouble", ["locked", "none", "forgetful", "plain"])
def test_the_file_is_chosen_otherwise_and_stays(
    system: MemoryKeyring, tmp_path: Path, trouble: str
) -> None:
    if trouble == "locked":
        system.error = KeyringLocked("locked")
    elif trouble == "none":
        system.error = NoKeyringError("none")
    elif trouble == "forgetful":
        system.forgetful = True
    else:
        # like those that write plain text: `keyring` itself recommends against them
        keyring.set_keyring(MemoryKeyring(priority=0.5))
    vault = open_vault(tmp_path / "seat")
    assert vault.strength == "file"
    vault.put("work_key", b"k")
    system.error, system.forgetful = None, False
    keyring.set_keyring(system)
    assert open_vault(tmp_path / "seat").get("work_key") == b"k"
    assert system.kept == {}
    assert (tmp_path / "seat").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"vault":"cloud","service":"x"}'])
def test_a_damaged_choice_is_not_made_again(
    system: MemoryKeyring, tmp_path: Path, text: str
) -> None:
    (tmp_path / RECORD_NAME).write_text(text)
    assert _code(lambda: open_vault(tmp_path)) == "vault_damaged"
    assert (tmp_path / RECORD_NAME).read_text() == text


def test_of_two_choices_made_at_once_the_first_holds(
    system: MemoryKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = '{"vault":"file","service":"first"}'

    def slow(self: KeyringVault) -> bool:
        (tmp_path / RECORD_NAME).write_text(first)  # by the other process, meanwhile
        return True

    monkeypatch.setattr(KeyringVault, "keeps_secrets", slow)
    assert open_vault(tmp_path).strength == "file"
    assert (tmp_path / RECORD_NAME).read_text() == first
    assert [path.name for path in tmp_path.iterdir()] == [RECORD_NAME]


# ------------------------------------------------------------------------------ the file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(file_vault, "machine_id", lambda: "this machine")
    return tmp_path / FILE_NAME


def test_the_file_keeps_secrets_for_its_owner_alone(path: Path) -> None:
    vault = FileVault(path)
    assert vault.get("work_key") is None
    vault.put("work_key", b"secret-of-32-bytes")
    vault.put("members_key", b"\0\xff")
    vault.put("work_key", b"newer")
    vault.delete("device_key")
    again = FileVault(path)
    assert (again.get("work_key"), again.get("members_key")) == (b"newer", b"\0\xff")
    assert again.strength == "file"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [FILE_NAME]
    content = path.read_bytes()
    assert b"newer" not in content
    assert b"bmV3ZXI" not in content  # nor as base64
    again.delete("work_key")
    assert FileVault(path).get("work_key") is None
    assert FileVault(path).get("members_key") == b"\0\xff"


def test_a_file_that_is_something_else_is_said_so(path: Path, tmp_path: Path) -> None:
    path.mkdir()
    assert _code(lambda: FileVault(path).get("work_key")) == "disk_error"
    assert _code(lambda: FileVault(path).put("work_key", b"k")) == "disk_error"
    file = tmp_path / "file"
    file.write_bytes(b"somebody's")
    assert _code(lambda: open_vault(file)) == "disk_error"
    assert file.read_bytes() == b"somebody's"


def test_the_file_opens_on_its_own_machine_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FileVault(path).put("work_key", b"k")
    content = path.read_bytes()
    monkeypatch.setattr(file_vault, "machine_id", lambda: "another machine")
    vault = FileVault(path)
    assert _code(lambda: vault.get("work_key")) == "vault_damaged"
    assert _code(lambda: vault.put("work_key", b"new")) == "vault_damaged"
    assert path.read_bytes() == content


def test_a_machine_without_an_id_that_gets_one_keeps_its_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_vault, "machine_id", lambda: None)
    FileVault(path).put("work_key", b"k")
    monkeypatch.setattr(file_vault, "machine_id", lambda: "an id")
    assert FileVault(path).get("work_key") == b"k"


def test_no_damage_to_the_file_goes_unnoticed(path: Path) -> None:
    FileVault(path).put("work_key", b"k" * 32)
    content = path.read_bytes()
    damaged = [b"", content[:-1], content[: len(content) // 2], b"{}", b"[]", b"null", b"\xff"]
    document = json.loads(content)
    for change in (
        {"version": 2},
        {"bound": False},
        {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"salt": ""},
        {"passes": 0},
        {"passes": 10**9},
        {"memory_kib": 10**12},
        {"memory_kib": "x"},
        {"lanes": 0},
        {"extra": 1},
    ):
        damaged.append(
            json.dumps({**document, "header": {**document["header"], **change}}).encode()
        )
    for place in ("nonce", "sealed"):
        for value in ("", "!", 7, document["header"]["salt"]):
            damaged.append(json.dumps({**document, place: value}).encode())
    for text in damaged:
        path.write_bytes(text)
        assert _code(lambda: FileVault(path).get("work_key")) == "vault_damaged", text
        assert path.read_bytes() == text
    path.write_bytes(content)
    assert FileVault(path).get("work_key") == b"k" * 32


def test_a_write_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FileVault(path).put("work_key", b"k")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert _code(lambda: FileVault(path).put("work_key", b"new")) == "disk_error"
    monkeypatch.undo()
    monkeypatch.setattr(file_vault, "machine_id", lambda: "this machine")
    assert FileVault(path).get("work_key") == b"k"
    assert [entry.name for entry in path.parent.iterdir()] == [FILE_NAME]


# ------------------------------------------------------------------------------ keys


class DictVault(dict[str, bytes]):
    strength = "file"

    def put(self, name: str, secret: bytes) -> None:
        self[name] = secret

    def delete(self, name: str) -> None:
        self.pop(name, None)


def test_the_device_signs_with_the_key_it_showed() -> None:
    vault, seconds = DictVault(), iter((0.0, 0.0, 59.9, 60.0))
    key = DeviceKey(vault, now_s=lambda: next(seconds))  # type: ignore[arg-type]
    assert _code(lambda: key.sign(b"statement")) == "keys_missing"
    public = key.public_key()
    assert public == key.public_key() == DeviceKey(vault).public_key()  # type: ignore[arg-type]
    signature = key.sign(b"statement")
    Ed25519PublicKey.from_public_bytes(public).verify(signature, b"statement")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public).verify(signature, b"another")
    vault.delete("device_key")
    assert key.sign(b"statement") == signature  # held for a minute
    assert _code(lambda: key.sign(b"statement")) == "keys_missing"


def test_the_seat_knows_who_it_is() -> None:
    vault = DictVault()
    kept: list[tuple[str, dict[str, object]]] = []
    identity = VaultIdentity(
        vault,  # type: ignore[arg-type]
        document=lambda: kept[-1][1] if kept else None,
        enrol=lambda url, document: kept.append((url, document)),
    )
    assert identity.document() is None
    identity.enrol("https://server.test", {"device_id": "x"})
    assert identity.document() == {"device_id": "x"}
    assert len(identity.public_key()) == 32


@given(secret=st.binary(max_size=200), place=st.integers(0), bit=st.integers(0, 7))
@settings(max_examples=50)
def test_a_sealed_key_opens_unaltered_for_its_recipient_alone(
    secret: bytes, place: int, bit: int
) -> None:
    recipient, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = seal(recipient.public_key().public_bytes_raw(), secret)
    assert open_sealed(recipient.private_bytes_raw(), sealed) == secret
    assert sealed != seal(recipient.public_key().public_bytes_raw(), secret)
    if len(secret) >= 16:
        assert secret not in sealed
    with pytest.raises(ValueError, match="another key"):
        open_sealed(other.private_bytes_raw(), sealed)
    altered = bytearray(sealed)
    altered[place % len(sealed)] ^= 1 << bit
    with pytest.raises(ValueError, match="sealed"):
        open_sealed(recipient.private_bytes_raw(), bytes(altered))
    with pytest.raises(ValueError, match="sealed"):
        open_sealed(recipient.private_bytes_raw(), sealed[: place % len(sealed)])


@pytest.mark.parametrize("public", [b"", b"k" * 31, b"k" * 33, bytes(32)])
def test_nothing_is_sealed_to_what_is_no_key(public: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        seal(public, b"secret")


def test_pins() -> None:
    verifier = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("4711")
    assert check_pin(verifier, "4711")
    for pin in ("4712", "", "4711 ", "٤٧١١", "4711\0"):
        assert not check_pin(verifier, pin)
    for broken in ("", "plain", "$argon2id$v=19$", verifier[:-4], "$2b$12$abc"):
        assert not check_pin(broken, "4711")


# ------------------------------------------------------------------------------ clock, ids


def test_clocks_go_forward_and_name_their_boot() -> None:
    clock = SystemClock()
    (boot, first), second = clock.boot(), clock.boot()
    assert second[0] == boot != ""
    assert 0 < first <= second[1]
    assert clock.monotonic_s() <= clock.monotonic_s()
    assert clock.now_ms() > 1_700_000_000_000


def test_a_system_without_boot_id_still_tells_boots_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_BOOT_ID_FILE", tmp_path / "none")
    machine.boot_id.cache_clear()
    try:
        assert machine.boot_id().startswith("booted 1")
    finally:
        machine.boot_id.cache_clear()


def test_the_machine_id_is_the_first_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty, good = tmp_path / "empty", tmp_path / "good"
    empty.write_text("\n")
    good.write_text("abc\n")
    monkeypatch.setattr(machine, "_MACHINE_ID_FILES", (tmp_path / "none", empty, good))
    assert machine.machine_id() == "abc"
    monkeypatch.setattr(machine, "_MACHINE_ID_FILES", (tmp_path / "none", empty))
    assert machine.machine_id() is None


def test_ids_are_unique_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(2_000)]
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == ids
    assert {i.version for i in ids} == {7}


def test_accounts_that_share_a_folder_share_its_keys(system: MemoryKeyring, tmp_path: Path) -> None:
    folder = tmp_path / "seat"
    folder.mkdir()
    folder.chmod(0o2770)
    before = os.umask(0o007)  # see `app.store.folder.prepare`
    try:
        vault = open_vault(folder)
        vault.put("work_key", b"k")
    finally:
        os.umask(before)
    assert vault.strength == "file", "a keyring is one account's"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o660}
