"""The README's first programme, word by word, up to the counter that finds a member."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.services.commands import Enrol, SignIn
from app.settings.in_force import read_settings
from sync.server.cli import main
from tests.fakes.waiting import until
from ui.command_line import parse
from ui.opened_parts import OpenedParts

ROOT = Path(__file__).resolve().parents[2]


def recipe() -> list[str]:
    section = (ROOT / "README.md").read_text().partition("\n## Your first programme\n")[2]
    found = re.search(r"```\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1].splitlines()


def test_the_readmes_first_programme_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("GUICHET_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)
    server: subprocess.Popen[str] | None = None
    code = address = ""
    tried = []
    try:
        for line in recipe():
            words = [os.path.expanduser(word) for word in shlex.split(line)]
            tried.append(" ".join(words[:3]))
            if words[0] == "export":
                name, _, value = line.split()[1].partition("=")
                monkeypatch.setenv(name, os.path.expanduser(value))
            elif words[:3] == ["./dev", "server", "serve"]:
                assert words[3] == "2>"
                assert words[-1] == "&"
                with open(words[4], "w") as log:
                    # any port: somebody may be trying the README on this machine just now
                    command = [sys.executable, "-m", "sync.server.cli", "serve", "--port", "0"]
                    server = subprocess.Popen(
                        command, stdout=subprocess.PIPE, stderr=log, text=True
                    )
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                assert address, Path(words[4]).read_text()
            elif words[:2] == ["./dev", "server"]:
                assert main(words[2:]) == 0
                if words[2] == "enrol":
                    said = capsys.readouterr()
                    code = said.out.split()[-1]
                    assert f"Server: {address}" in said.err
            else:
                assert words[:2] == ["./dev", "counter"]
                options = parse(words[2:])
                assert options.server == "http://127.0.0.1:8460"  # where `serve` is by default
                assert options.data_folder is not None
                find_a_member(options.data_folder, address, code)
        assert tried[-1] == "./dev counter --data-folder"
    finally:
        if server is not None:
            server.terminate()
            server.communicate()


def find_a_member(folder: Path, address: str, code: str) -> None:
    """What the screens of a new counter do, without them."""
    seat = OpenedParts(read_settings({"data_folder": folder, "lan_mode": "off"}))
    try:
        seat.core.execute(Enrol(address, code))
        seat.start_sync(lambda case: None)
        until(lambda: seat.core.queries.readiness().data_age_s is not None)
        seat.core.execute(SignIn("101", "1357"))
        for typed in ("wf", "0002"):
            found = seat.core.queries.search(typed)
            members = [seat.core.queries.member(member.member_id) for member in found]
            assert [one.spendable_points for one in members if one] == [3900]
    finally:
        seat.stop_sync()
        seat.close()
