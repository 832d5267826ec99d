"""What the installers' own scripts do, run by a shell as dpkg runs them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from build_scripts.linux.installers import HERE

SCRIPTS = sorted(HERE.glob("*.sh"))


def run(
    script: str, *arguments: str, path: Path, version: str = "1.2"
) -> subprocess.CompletedProcess[str]:
    """Run it on a PC whose data would be beside the programs of `path`."""
    text = (HERE / script).read_text().replace("@VERSION@", version).replace("@RUNNING@", "")
    text = text.replace("/var/lib/", f"{path}/")
    command = ["sh", "-c", text, script, *arguments]
    environment = {"PATH": f"{path}:/usr/bin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def dpkg(folder: Path, *, newer: bool) -> Path:
    """A dpkg that has been asked which of two versions is newer."""
    program = folder / "dpkg"
    asked = '[ "$1 $2 $3 $4" = "--compare-versions 1.3 gt 1.2" ] || exit 9'
    program.write_text(f"#!/bin/sh\n{asked}\nexit {0 if newer else 1}\n")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_shell_can_read_it(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)


def test_an_older_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    done = run("preinst.sh", "upgrade", "1.3", path=dpkg(tmp_path, newer=True))
    assert done.returncode == 1
    assert "the data here are of 1.3, and 1.2 can't read them" in done.stderr
    assert "nothing was changed" in done.stderr


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("preinst.sh", "guichet/work.db"),
        ("server/preinst.sh", "guichet-server/server.json"),
    ],
)
def test_so_it_is_where_the_newer_one_was_removed_and_its_data_stayed(
    tmp_path: Path, script: str, left: str
) -> None:
    dpkg(tmp_path, newer=True)
    assert run(script, "install", "1.3", path=tmp_path).returncode == 0
    (tmp_path / left).parent.mkdir()
    (tmp_path / left).touch()
    done = run(script, "install", "1.3", path=tmp_path)
    assert done.returncode == 1
    assert "the data here are of 1.3" in done.stderr
    assert run(script, "install", path=tmp_path).returncode == 0


@pytest.mark.parametrize("arguments", [("upgrade", "1.3"), ("install",), ("install", "1.3")])
def test_a_newer_version_and_a_first_one_go_in(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run("preinst.sh", *arguments, path=dpkg(tmp_path, newer=False))
    assert (done.returncode, done.stderr) == (0, "")
