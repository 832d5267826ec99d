"""`./dev policy` compares, says what it assumed, and refuses what it can't use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from build_scripts.policy import __main__ as command
from build_scripts.policy.people import FILE_NAME
from build_scripts.policy.policies import BUILT_IN


def run(folder: Path, *arguments: str) -> int:
    small = ("--members", "40", "--weeks", "3", "--seeds", "1", "--processes", "1")
    return command.main(["--data", str(folder), *small, *arguments])


def test_all_policies_are_compared_in_one_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "found.json"
    assert run(tmp_path, "--json", str(written)) == 0
    said = capsys.readouterr().out
    assert "made-up members" in said
    lines = [line for line in said.splitlines() if line.startswith("| ")]
    assert [line.split("|")[1].strip() for line in lines] == ["policy", *BUILT_IN]
    assert len({line.count("|") for line in lines}) == 1
    assert said.count("reached") == 3
    document = json.loads(written.read_text())
    assert document["policies"].keys() == BUILT_IN.keys()
    assert document["assumed"]["listed_share"] == 0.7
    assert document["seeds"] == [1]


def test_a_policy_of_ones_own_stands_beside_the_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.json").write_text('{"leases_per_device": 0}')
    assert run(tmp_path, "--policy", str(tmp_path / "none.json"), "--week", "choosing") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [line.split("|")[1].strip() for line in lines] == ["policy", "default", "none"]
    assert "| 0.0% / 0.0% |" in lines[-1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON"),
        ("[]", "an object"),
        ('{"leases": 1}', "there is no leases"),
        (None, "No such"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, told: str
) -> None:
    path = tmp_path / "mine.json"
    if content is not None:
        path.write_text(content)
    assert run(tmp_path, "--policy", str(path)) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--weeks", "2"], ["--listed", "101"], ["--seeds", "0"], ["--members", "-1"]]
)
def test_options_out_of_range_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(["--data", str(tmp_path), *arguments])
    assert stopped.value.code == 2


def test_a_base_that_cannot_be_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / FILE_NAME).write_text("MEMBER_NO\n1\n")
    assert run(tmp_path, "--only", "default") == 2
    assert "line 2" in capsys.readouterr().err
