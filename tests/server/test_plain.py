"""What others wrote commands no operator's terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import events as e
from sync.protocol.messages import EnrolRequest
from sync.protocol.told import FleetActRequest
from sync.server.cli import main
from sync.server.plain import plain_line, plain_output
from sync.server.settings import write_configuration
from tests.server.conftest import Programme, new_id
from tests.server.test_enrol_tokens import token_of

HOSTILE = "\x1b]0;mine\x07\x9b2J\x1b[2Atill-7\x08\x08\rgood\n\tPEK"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_words_of_pcs_or_people_reach_the_terminal_as_commands(
    programme: Programme, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, token = programme.server, token_of(programme)
    member_id = programme.member(4_000, home_office="PEK")
    holder = programme.seat()
    holder.pull()
    holder.pull()
    server.enrol(EnrolRequest(token, b"1" * 32, HOSTILE, HOSTILE))
    desk = programme.seat(counter=2, kind="desk")
    why = HOSTILE.replace("\n", " ")
    server.act_on_device(
        desk.device_id,
        FleetActRequest("release", holder.device_id, programme.manager_id, new_id(), why),
    )
    denied = e.MemberDenied(member_id, desk.blob(why.encode()))
    assert desk.push(denied).decisions == []
    write_configuration(tmp_path, database_url=database_url)
    for command in ("token list --uses", "fleet", "exposure", "member denied", "status"):
        capsys.readouterr()
        assert main(["--data", str(tmp_path), *command.split()]) == 0
        out, err = capsys.readouterr()
        assert not {c for c in out + err if c not in "\n\t" and not c.isprintable()}
        if command in ("exposure", "member denied"):
            assert "mine" in out
    assert main(["--data", str(tmp_path), "fleet"]) == 0
    heads, *lines = capsys.readouterr().out.splitlines()
    assert {len(line.split()) for line in lines} == {len(heads.split())}


@given(st.text())
def test_a_line_is_one_line_and_says_what_was_said(text: str) -> None:
    line = plain_line(text, 20)
    assert len(line) <= 20
    assert line.isprintable()
    if text.isprintable():
        assert line == text[:20].strip()


def test_files_of_commas_and_other_languages_come_out_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with plain_output(sys.stdout, sys.stderr):
        sys.stdout.write("a,b\r\n李娜,é\r\n")
        print("it\x1b[31m failed\r", file=sys.stderr, flush=True)
    assert capsys.readouterr() == ("a,b\r\n李娜,é\r\n", "it?[31m failed?\n")
