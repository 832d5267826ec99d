"""`guichet-server rescue import`, from the operator's side."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.shutter import FolderShutter
from app.domain.events import EncounterResumed
from app.store.seat import open_seat
from sync.client.rescue import export
from sync.protocol.messages import EnrolRequest
from sync.server.cli import main
from sync.server.keys import load_keys
from sync.server.service import CentralServer
from sync.server.store.engine import make_engine
from tests.server.seats import Clock
from tests.store.seats import MemoryVault, SteppedClock


def run(data: Path, *arguments: str) -> int:
    return main(["--data", str(data), *arguments])


def test_an_operator_takes_in_a_stick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, folder, stick = tmp_path / "data", tmp_path / "seat", tmp_path / "stick"
    options = ("--programme", "Phoenix", "--office", "PEK", "--admin-pin", "1234")
    assert run(data, "init", *options) == 0
    assert run(data, "counter", "add", "PEK", "A1") == 0
    capsys.readouterr()
    assert run(data, "enrol", "PEK/A1") == 0
    code = capsys.readouterr().out.strip()

    engine = make_engine(f"sqlite:///{data / 'guichet.db'}")
    vault = MemoryVault()
    server = CentralServer(engine, load_keys(data / "keys"), Clock())
    request = EnrolRequest(code, DeviceKey(vault).public_key(), "pc", "1")
    document = msgspec.to_builtins(server.enrol(request))
    engine.dispose()
    shutter, sign = FolderShutter(folder, vault), DeviceKey(vault).sign
    seat = open_seat(folder, vault, SteppedClock(), new_id, sign=sign, shutter=shutter)
    seat.enrol("https://server.test", document)
    seat.work.run(lambda work: [work.append(EncounterResumed(uuid4())) for _ in range(3)])
    seat.close()
    export(folder, stick, vault=vault)

    assert run(data, "rescue", "import", str(stick)) == 0
    said = capsys.readouterr().out
    assert "PEK/A1: 3 entries taken in, 0 known before; 3 wait for a manager" in said
    assert run(data, "rescue", "import", str(stick)) == 0
    assert "0 entries taken in, 3 known before" in capsys.readouterr().out
    assert run(data, "audit") == 0

    moved = tmp_path / "offline.key"
    (data / "keys" / "recovery.key").rename(moved)
    assert run(data, "rescue", "import", str(stick)) == 1
    assert run(data, "rescue", "import", str(stick), "--recovery-key", str(moved)) == 0
    capsys.readouterr()
    for wrong, words in (
        ((str(tmp_path / "nothing"), "--recovery-key", str(moved)), "nothing at"),
        ((str(stick), "--recovery-key", str(stick)), "no recovery key"),
        ((str(moved), "--recovery-key", str(moved)), "no rescued journal"),
    ):
        assert run(data, "rescue", "import", *wrong) == 1
        assert words in capsys.readouterr().err
