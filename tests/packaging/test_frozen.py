"""The client as it is frozen, used on a real screen against a real server."""

from __future__ import annotations

import filecmp
import json
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from build_scripts.bill import write_bill
from build_scripts.freeze import ROOT, SERVER, freeze
from build_scripts.materials import LICENCES_NAME, BillFailed, bill_of, materials
from build_scripts.smoke_test import Client, SmokeFailed, smoke
from sync.client.doctor.bundle import PARTS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return freeze(tmp_path_factory.mktemp("frozen"))


def test_it_serves_offline_and_comes_back(qtbot: QtBot, frozen: Path, tmp_path: Path) -> None:
    data = tmp_path / "seat"
    smoked = smoke(Client((str(frozen), "--data-folder", str(data)), data), tmp_path)
    assert smoked.start_s > 0


def test_the_bundle_tells_the_versions_of_what_is_frozen_in(frozen: Path, tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    doctor = [frozen, "doctor", "--limit", "60", "--data-folder", tmp_path, "--bundle", target]
    done = subprocess.run(list(map(str, doctor)), stdout=subprocess.DEVNULL, check=False)
    assert done.returncode < 3
    with zipfile.ZipFile(target) as bundle:
        parts = json.loads(bundle.read("pc.json"))["parts"]
    assert parts == {name: version(name) for name in PARTS}


def test_what_it_prints_fails_the_test(qtbot: QtBot, frozen: Path, tmp_path: Path) -> None:
    loud = ("sh", "-c", f'echo "a warning"; exec {frozen} "$@"', "sh")
    data = tmp_path / "seat"
    with pytest.raises(SmokeFailed, match="a warning"):
        smoke(Client((*loud, "--data-folder", str(data)), data), tmp_path)


def names_in(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix() for path in paths}


def test_nothing_in_it_says_where_it_was_built(frozen: Path) -> None:
    """Else the same commit gives other bytes elsewhere; what is compiled has its names within."""
    plain = (path for path in frozen.parent.rglob("*.dist-info/*") if path.is_file())
    assert not [path.name for path in plain if str(ROOT).encode() in path.read_bytes()]


def test_its_bill_names_all_that_is_in_it(frozen: Path) -> None:
    there = names_in(frozen.parent)
    found = write_bill(frozen, version="0.1.0", at=1_795_000_000)
    licences = frozen.parent / LICENCES_NAME
    papers = {path: path.read_bytes() for path in licences.rglob("*") if path.is_file()}
    papers[bill_of(frozen)] = bill_of(frozen).read_bytes()
    again = write_bill(frozen, version="0.1.0", at=1_795_000_000)
    assert again == found
    assert all(path.read_bytes() == text for path, text in papers.items())
    assert len(names_in(frozen.parent)) == len(there) + len(papers)
    billed = [name for each in found for name in each.files]
    assert sorted(billed) == sorted(there)
    versions = {each.name: each.version for each in found}
    assert versions["pyside6-essentials"] == version("PySide6_Essentials")
    assert {"python", "shiboken6", "icu", "sqlcipher", "sqlite", "lucide", "pyinstaller"} <= set(
        versions
    )
    assert {"openssl in sqlcipher3", "openssl in cryptography"} <= set(versions)
    assert not set(versions) & {"pytest", "psycopg", "fastapi"}


def test_the_servers_bill_names_all_that_is_in_it(tmp_path: Path) -> None:
    program = freeze(tmp_path, SERVER)
    there = names_in(program.parent)
    found = write_bill(program, version="0.1.0", at=1_795_000_000)
    assert sorted(name for each in found for name in each.files) == sorted(there)
    assert {"fastapi", "psycopg", "python", "pyinstaller"} <= {each.name for each in found}
    tools = {
        "backports-tarfile",
        "defusedxml",
        "hypothesis",
        "pygments",
        "pytest",
        "tomli",
        "tomli-w",
    }
    assert not {each.name for each in found} & {"pyside6-essentials", *tools}
    assert bill_of(program).name == "guichet-server.cdx.json"


@pytest.mark.parametrize(
    "planted", ["_internal/strange/part.so", "_internal/libstrange.so.1", "_internal/strange.txt"]
)
def test_what_belongs_to_nobody_stops_the_build(frozen: Path, planted: str) -> None:
    path = frozen.parent / planted
    path.parent.mkdir(exist_ok=True)
    path.write_text("whose is it?")
    try:
        with pytest.raises(BillFailed, match=r"strange.*guichet\.spec"):
            materials(frozen)
    finally:
        path.unlink()


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
