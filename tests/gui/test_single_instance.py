"""The second start calls the first, in each way that a system has."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from pytestqt.qtbot import QtBot

from ui.qt.single_instance import LocalSocket, NamedPipe, SingleInstance

Way = LocalSocket | NamedPipe


@pytest.fixture(params=[LocalSocket, NamedPipe])
def kind(request: pytest.FixtureRequest, qapp: object) -> type[Way]:
    made: type[Way] = request.param
    return made


@pytest.fixture
def name() -> str:
    return f"guichet-test-{uuid4().hex[:12]}"


def test_each_call_is_heard_until_it_closes(kind: type[Way], name: str, qtbot: QtBot) -> None:
    first, second = kind(name), kind(name)
    assert not second.call_first()
    first.listen()
    for _ in range(3):
        with qtbot.waitSignal(first.called):
            assert second.call_first()
    first.close()
    assert not second.call_first()
    assert not Path(tempfile.gettempdir(), name).exists()
    first.close()


def test_what_a_killed_program_left_is_cleared_away(
    kind: type[Way], name: str, qtbot: QtBot
) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(Path(tempfile.gettempdir(), name)))
    left.close()
    again = kind(name)
    assert not again.call_first()
    again.listen()
    with qtbot.waitSignal(again.called):
        assert kind(name).call_first()
    again.close()


@pytest.mark.parametrize("caller", [LocalSocket, NamedPipe])
def test_a_version_before_or_after_is_heard(
    kind: type[Way], caller: type[Way], name: str, qtbot: QtBot
) -> None:
    first = kind(name)
    first.listen()
    with qtbot.waitSignal(first.called):
        assert caller(name).call_first()
    first.close()


def test_nobody_else_of_the_pc_may_call(kind: type[Way], name: str) -> None:
    first = kind(name)
    first.listen()
    assert Path(tempfile.gettempdir(), name).stat().st_mode & 0o077 == 0
    first.close()


def test_more_calls_than_wait_and_a_caller_that_has_gone_hurt_nobody(
    name: str, qtbot: QtBot
) -> None:
    first, heard = LocalSocket(name), []
    first.called.connect(lambda: heard.append(1))
    first.listen()
    callers = [socket.socket(socket.AF_UNIX) for _ in range(8)]
    for caller in callers:
        caller.connect(str(Path(tempfile.gettempdir(), name)))
        caller.close()
    qtbot.waitUntil(lambda: len(heard) == len(callers))
    first.close()


def test_a_place_that_cannot_be_had_is_gone_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = SingleInstance(tmp_path)
    (place,) = (Path(tmp_path, each) for each in [first._way._path.name])  # type: ignore[union-attr]
    place.mkdir()  # no socket, and nothing that can be removed like one
    first.listen()
    assert not SingleInstance(tmp_path).call_first()
    first.close()
    assert os.listdir(tmp_path) == [place.name]
