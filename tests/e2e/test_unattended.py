"""PCs that enrol with nobody at them: the real server, the real command, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.waiting import until
from tests.processes.running import ROOT, Central

NOBODY = "http://127.0.0.1:9"  # discard: nothing listens there


class ManagedPc:
    """A PC with its own administrator's files, data folder and machine id."""

    def __init__(self, home: Path, machine_id: str = "one") -> None:
        self.etc, self.data, self.machine_id = home / "etc", home / "data", machine_id
        self.etc.mkdir(parents=True)
        self.data.mkdir(mode=0o700)

    def set(self, **settings: object) -> None:
        told = json.dumps({"data_folder": str(self.data), "lan_mode": "off", **settings})
        (self.etc / "settings.json").write_text(told)

    def command(self, *words: str) -> list[str]:
        start = [sys.executable, "-m", "tests.e2e.managed_pc", str(self.etc), self.machine_id]
        return [*start, *words]

    def enrol(self, wait_s: int = 0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command("enrol", "--unattended", "--wait", str(wait_s)),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Central]:
    server = Central(tmp_path_factory.mktemp("central") / "server")
    server.start()
    yield server
    server.put_away()


def token_for(central: Central, pcs: int) -> str:
    from datetime import UTC, datetime, timedelta

    until_day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    words = ("--office", "PEK", "--count", str(pcs), "--until", until_day)
    return central.command("token", "add", *words)


def test_a_pc_enrols_by_itself_and_its_clone_as_another(central: Central, tmp_path: Path) -> None:
    token = token_for(central, 2)
    pc = ManagedPc(tmp_path / "pc")
    pc.set(server=central.url, enrolment_token=token, office="PEK")
    clone = ManagedPc(tmp_path / "clone", machine_id="two")  # the image, before the first start
    shutil.copy(pc.etc / "settings.json", clone.etc / "settings.json")
    clone.set(server=central.url, enrolment_token=token)

    done = pc.enrol()
    assert (done.returncode, done.stderr) == (0, "")
    place = re.fullmatch(r"This PC is (PEK/\S+) of P now\.\n", done.stdout)
    assert place is not None
    assert token not in done.stdout + done.stderr
    assert "already" in pc.enrol().stdout  # and again: nothing is used up

    done = clone.enrol()
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{place[1]}-2 " in done.stdout
    listed = central.command("token", "list", "--uses")
    assert f"{place[1]}\t" in listed
    assert "2 of 2\t" in listed

    late = ManagedPc(tmp_path / "late", machine_id="three")
    late.set(server=central.url, enrolment_token=token)
    done = late.enrol(wait_s=30)  # a refusal isn't tried again
    assert (done.returncode, done.stdout) == (1, "")
    assert "token_used_up: The enrolment token was for 2 PCs" in done.stderr

    # Cloned after its first start: told apart by the machine, and an identity of its own after that
    copied = ManagedPc(tmp_path / "copied", machine_id="four")
    shutil.rmtree(copied.data)
    shutil.copytree(pc.data, copied.data)
    copied.set(server=central.url, enrolment_token=token_for(central, 1))
    done = copied.enrol()
    assert done.returncode == 1
    assert "made on another PC" in done.stderr
    shutil.rmtree(copied.data)
    copied.data.mkdir(mode=0o700)
    assert f"{place[1]}-3 " in copied.enrol().stdout


@pytest.mark.slow
def test_what_is_not_arranged_or_not_there_is_said(central: Central, tmp_path: Path) -> None:
    pc = ManagedPc(tmp_path / "pc")
    pc.set(server=central.url)
    done = pc.enrol()
    assert done.returncode == 1
    assert "enrolment_token says nothing" in done.stderr
    pc.set(server=NOBODY, enrolment_token="AAAAA-BBBBB-CCCCC-DDDDD-EEEEE")
    done = pc.enrol(wait_s=1)
    assert done.returncode == 75
    assert f"{NOBODY}: unreachable; again in 1 s" in done.stderr
    (pc.etc / "policy.json").write_text("{")
    assert "last good policy" in pc.enrol().stderr  # none was its last
    elsewhere = ManagedPc(tmp_path / "elsewhere")
    (elsewhere.etc / "policy.json").write_text("{")
    elsewhere.set(server=central.url)
    # No seat has ever been here, so no policy was kept
    done = elsewhere.enrol()
    assert done.returncode == 1
    assert "policy_broken" in done.stderr
    assert str(elsewhere.etc / "policy.json") in done.stderr
    assert list(elsewhere.data.iterdir()) == []


@pytest.mark.slow
def test_a_server_that_comes_later_is_waited_for(central: Central, tmp_path: Path) -> None:
    pc = ManagedPc(tmp_path / "pc", machine_id="later")
    pc.set(server=central.url, enrolment_token=token_for(central, 1))
    central.kill()
    log = tmp_path / "log"
    with log.open("w") as said:
        waiting = subprocess.Popen(
            pc.command("enrol", "--unattended"),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        until(lambda: "unreachable; again" in log.read_text())
        central.start()
        out, _ = waiting.communicate(timeout=60)
    finally:
        waiting.kill()
    assert waiting.returncode == 0
    assert "This PC is PEK/" in out
