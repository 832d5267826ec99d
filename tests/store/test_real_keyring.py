"""A seat whose keys are in the desktop's own secret service."""

from __future__ import annotations

import json
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
