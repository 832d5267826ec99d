"""A seat whose keys are in the desktop's own secret service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import RECORD_NAME, open_vault
from app.store.seat import open_seat
from tests.store.seats import SteppedClock, add_encounter, enrol


def test_a_seat_lives_on_the_systems_keyring(
    keyring_session: KeyringBackend, tmp_path: Path
) -> None:
    folder = tmp_path / "seat"
    vault = open_vault(folder)
    assert vault.strength == "system"
    service = json.loads((folder / RECORD_NAME).read_text())["service"]
    try:
        device_key = DeviceKey(vault)
        public = device_key.public_key()
        seat = open_seat(folder, vault, SteppedClock(), new_id, sign=device_key.sign)
        enrol(seat)
        seat.work.run(add_encounter)
        seat.close()
        again = open_vault(folder)
        assert DeviceKey(again).public_key() == public
        seat = open_seat(folder, again, SteppedClock(), new_id, sign=DeviceKey(again).sign)
        assert seat.work.reads.open_encounter() is not None
        assert len(seat.sync.sign(b"statement")) == 64
        seat.close()
        assert keyring.get_password(service, "work_key") is not None
        assert vault.get("work_key") != vault.get("members_key")
    finally:
        for name in ("work_key", "members_key", "device_key"):
            vault.delete(name)
    assert keyring.get_password(service, "work_key") is None


def test_the_systems_own_keyring_is_taken_and_no_other_is_loaded(
    keyring_session: KeyringBackend,
) -> None:
    told = (
        "import sys, keyring\n"
        "from app.credentials.keyring_vault import take_own_keyring\n"
        "take_own_keyring()\n"
        "loaded = {name for name in sys.modules if name.startswith('keyring.backends.')}\n"
        "print(type(keyring.get_keyring()).__module__, *sorted(loaded))"
    )
    env = {key: value for key, value in os.environ.items() if key != "PYTHON_KEYRING_BACKEND"}
    fails = "keyring.backends.fail"
    own = "keyring.backends.SecretService"
    assert _said(told, env) == [own, own, fails]
    assert _said(told, env | {"PYTHON_KEYRING_BACKEND": f"{fails}.Keyring"}) == [fails, fails]
    without = env | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"}
    looked_for, *loaded = _said(told, without)
    assert looked_for == fails
    assert own in loaded


def _said(program: str, env: dict[str, str]) -> list[str]:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return done.stdout.split()
