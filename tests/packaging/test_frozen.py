"""The client as it is frozen, used on a real screen against a real server."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from build_scripts.freeze import freeze
from build_scripts.smoke_test import Client, SmokeFailed, smoke

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return freeze(tmp_path_factory.mktemp("frozen"))


def test_it_serves_offline_and_comes_back(qtbot: QtBot, frozen: Path, tmp_path: Path) -> None:
    data = tmp_path / "seat"
    smoked = smoke(Client((str(frozen), "--data-folder", str(data)), data), tmp_path)
    assert smoked.start_s > 0


def test_what_it_prints_fails_the_test(qtbot: QtBot, frozen: Path, tmp_path: Path) -> None:
    loud = ("sh", "-c", f'echo "a warning"; exec {frozen} "$@"', "sh")
    data = tmp_path / "seat"
    with pytest.raises(SmokeFailed, match="a warning"):
        smoke(Client((*loud, "--data-folder", str(data)), data), tmp_path)


def test_the_same_tree_gives_the_same_bytes(frozen: Path, tmp_path: Path) -> None:
    again = freeze(tmp_path)
    compared = filecmp.dircmp(frozen.parent, again.parent)
    assert differences(compared) == []


def differences(compared: filecmp.dircmp[str]) -> list[str]:
    _, unlike, unread = filecmp.cmpfiles(
        compared.left, compared.right, compared.common_files, shallow=False
    )
    found = [*unlike, *unread, *compared.left_only, *compared.right_only]
    return found + [each for part in compared.subdirs.values() for each in differences(part)]
