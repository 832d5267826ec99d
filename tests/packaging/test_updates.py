"""Frozen clients that follow one another by themselves, and one that is broken."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from pytestqt.qtbot import QtBot

from app.domain.program import program_version
from app.store.migrations import STEPS
from build_scripts.freeze import built_at, freeze
from build_scripts.release import Repository, unpacked_bytes
from build_scripts.smoke_test import Client, running, smoke
from sync.client.updating.builds import is_newer
from sync.client.updating.installation import NOTE_NAME, ROOT_NAME, Installation
from sync.client.updating.runner import EMPTY_FOR_S, QUIET_S, UpdateRunner
from sync.client.updating.seat_state import read_state
from tests.updating.conftest import Pc, Web, a_build
from tests.updating.conftest import repository as repository
from tests.updating.conftest import web as web
from tests.updating.test_runner import FACTS

pytestmark = pytest.mark.slow

NEXT: Final = "90.2.0"
BROKEN: Final = "90.3.0"


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return freeze(tmp_path_factory.mktemp("frozen")).parent


@pytest.fixture
def pc(frozen: Path, tmp_path: Path, web: Web, repository: Repository) -> Pc:
    """A PC on which the frozen client is installed so that it takes versions."""
    program = tmp_path / "program"
    shutil.copytree(frozen, program, symlinks=True)
    (program / NOTE_NAME).write_text(
        json.dumps({"versions": "versions", "repository": web.address})
    )
    (program / ROOT_NAME).write_bytes(repository.root.read_bytes())
    installation = Installation.of(program / "guichet")
    assert installation is not None
    return Pc(installation, tmp_path / "seat")


def publish(frozen: Path, repository: Repository, folder: Path, version: str) -> None:
    """The same build under another version; the broken one lacks what opens the data."""
    program = folder / f"built-{version}"
    shutil.copytree(frozen, program, symlinks=True)
    (metadata,) = program.glob("_internal/guichet-*.dist-info/METADATA")
    before = metadata.read_text()
    metadata.write_text(
        before.replace(f"\nVersion: {program_version()}\n", f"\nVersion: {version}\n")
    )
    assert metadata.read_text() != before
    if version == BROKEN:
        shutil.rmtree(program / "_internal" / "sqlcipher3")
    build = a_build(version, unpacked_bytes=unpacked_bytes(program), writes_data=len(STEPS))
    repository.publish(program, build, built_at=built_at())


def fetch(pc: Pc) -> None:
    """As the account that owns the program does, by the installed program itself."""
    command = [str(pc.installation.base), "updates", "fetch", "--data-folder", str(pc.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def order(pc: Pc, running_version: str, *, unsent: int) -> None:
    """What the running client does after five quiet minutes, and days with work unsent."""
    facts = replace(FACTS, running=running_version, data_version=len(STEPS), unsent=unsent)
    runner = UpdateRunner(pc.installation, pc.data, running_version, lambda: facts)
    runner._has_waited = lambda version: EMPTY_FOR_S > 0  # type: ignore[method-assign]
    assert runner.order(quiet_s=QUIET_S)


def test_old_follows_new_by_itself_over_unsent_work_and_goes_back_from_a_broken_one(
    qtbot: QtBot, pc: Pc, frozen: Path, repository: Repository, tmp_path: Path
) -> None:
    command = (str(pc.installation.base), "--data-folder", str(pc.data))
    client = Client(command, pc.data)

    def follow() -> Client:
        publish(frozen, repository, tmp_path, NEXT)
        fetch(pc)
        order(pc, program_version(), unsent=9)
        return client  # whose next start, with work unsent, changes over

    smoke(client, tmp_path, between=follow)
    state = read_state(pc.data)
    assert (state.version, state.phase, state.refused) == (NEXT, "settled", {})
    assert is_newer(NEXT, program_version())

    publish(frozen, repository, tmp_path, BROKEN)
    fetch(pc)
    order(pc, NEXT, unsent=0)
    pictures = tmp_path / "pictures-after"
    pictures.mkdir()
    with running(client, pictures) as program:
        program.shown()
        program.close()
    state = read_state(pc.data)
    assert (state.version, state.phase) == (NEXT, "settled")
    assert "sqlcipher3" in state.refused[BROKEN]
