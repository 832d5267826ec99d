"""The doctor on what is set for the seat: mistakes are told, and a broken policy."""

from __future__ import annotations

from pathlib import Path

from app.settings.in_force import read_settings
from app.settings.places import files_in
from sync.client.doctor.pc import Pc
from sync.client.doctor.settings import look_at_settings


def looked(folder: Path) -> list[tuple[str, str]]:
    pc = Pc(folder, places=files_in(folder))
    return [(each.code, str(each.detail["said"])) for each in look_at_settings(pc)]


def test_mistakes_are_told_with_their_file_and_the_printers_by_its_own_check(
    tmp_path: Path,
) -> None:
    assert looked(tmp_path) == []
    (tmp_path / "settings.json").write_text('{"theme": "purple"}')
    (tmp_path / "printer.ini").write_text("[printer]\npaper_mm = 60\n")
    ((code, said),) = looked(tmp_path)
    assert code == "settings_mistake"
    assert f"{tmp_path / 'settings.json'}, theme: " in said


def test_a_broken_policy_is_an_error_until_there_is_a_good_one_to_go_by(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text("{")
    assert [code for code, _ in looked(tmp_path)] == ["policy_broken"]
    (tmp_path / "policy.json").write_text("{}")
    read_settings({"data_folder": tmp_path}, places=files_in(tmp_path)).keep()
    (tmp_path / "policy.json").write_text("{")
    assert [code for code, _ in looked(tmp_path)] == ["settings_mistake", "settings_mistake"]
