"""What the doctor says of new versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync.client.doctor.findings import CODES
from sync.client.doctor.pc import Pc as Examined
from sync.client.doctor.report import as_json, as_text
from sync.client.doctor.runner import Looked, Report
from sync.client.doctor.versions import UNTRUSTED, look_at_versions
from sync.client.updating.launcher import LAUNCHER
from sync.client.updating.seat_state import SeatState, write_state
from tests.updating.conftest import Pc, Publish


def found(pc: Pc) -> dict[str, str]:
    return {each.code: str(each.detail) for each in look_at_versions(Examined(pc.data))}


@pytest.fixture(autouse=True)
def _launched(pc: Pc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LAUNCHER, str(pc.installation.base))


def test_nothing_is_said_where_all_is_well(pc: Pc, publish: Publish) -> None:
    assert found(pc) == {}
    publish("0.2.0")
    pc.fetch()
    assert found(pc) == {}


def test_a_version_that_failed_is_named_with_the_reason(pc: Pc) -> None:
    write_state(pc.data, SeatState(refused={"0.2.0": "it hung", "0.3.0": "it ended badly"}))
    assert "it ended badly" in found(pc)["update_refused"]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_what_others_wrote_commands_no_terminal(pc: Pc, language: str) -> None:
    hostile = "\x1b]0;mine\x07\x9b2J\rgood\n    all is well"
    write_state(pc.data, SeatState(phase="saved", to=hostile, refused={hostile: hostile}))
    looked = Looked("versions", "done", 0, list(look_at_versions(Examined(pc.data))))
    report = Report(0, 0, [looked])
    for said in (
        as_text(report, language, version="1"),
        json.dumps(as_json(report, language, version="1"), ensure_ascii=False),
    ):
        assert "mine" in said
        assert all(line.isprintable() for line in said.split("\n"))
        assert not any(line.strip() == "all is well" for line in said.split("\n"))


def test_a_change_that_was_cut_off_is_told(pc: Pc) -> None:
    write_state(pc.data, SeatState(phase="saved", to="0.2.0"))
    assert "0.2.0" in found(pc)["update_under_way"]


def test_what_somebody_changed_is_an_error(pc: Pc, publish: Publish, tmp_path: Path) -> None:
    publish("0.2.0")
    (archive,) = (tmp_path / "published" / "targets").rglob("*.zst")
    archive.write_bytes(archive.read_bytes()[:-1] + b"?")
    pc.fetch()
    assert set(found(pc)) == {"update_untrusted"}
    assert CODES["update_untrusted"][1].name == "ERROR"


@pytest.mark.parametrize("code", [*sorted(UNTRUSTED), "disk_full", "unreachable", ""])
def test_what_the_last_look_came_to(pc: Pc, code: str) -> None:
    pc.installation.versions.mkdir()
    status = {"ready": [], "code": code, "told": "so it was", "at": 0}
    (pc.installation.versions / "fetching.json").write_text(json.dumps(status))
    expected = {"disk_full": {"update_no_room"}, "unreachable": set(), "": set()}
    assert set(found(pc)) == expected.get(code, {"update_untrusted"})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}"], ids=repr)
def test_files_that_can_not_be_read_are_no_fault_of_the_seats(pc: Pc, content: bytes) -> None:
    pc.installation.versions.mkdir()
    (pc.installation.versions / "fetching.json").write_bytes(content)
    assert found(pc) == {}
    (pc.installation.base.parent / "installation.json").write_text("{")
    assert set(found(pc)) == {"updates_broken"}
