"""Work that waits for a pause: in order, piece by piece, and all of it when it is needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from ui.qt import leisure
from ui.qt.leisure import Leisure


def pieces(done: list[str], *names: str) -> Iterator[None]:
    for name in names:
        done.append(name)
        yield
    done.append("end")


@pytest.fixture
def done() -> list[str]:
    return []


def test_nothing_is_done_before_the_loop_runs_and_then_all_of_it(
    qtbot: QtBot, done: list[str]
) -> None:
    work = Leisure()
    work.begin(pieces(done, "a", "b"))
    assert done == []
    qtbot.waitUntil(lambda: done == ["a", "b", "end"])
    work.finish()
    work.go_on()
    work.wait()
    assert not work._timer.isActive()
    assert done == ["a", "b", "end"]


def test_whoever_types_is_not_kept_waiting(
    qtbot: QtBot, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leisure, "PAUSE_MS", 3_600_000)
    work = Leisure()
    work.begin(pieces(done, "a", "b", "c"))
    qtbot.waitUntil(work._timer.isActive)
    assert done == []
    work.go_on()  # the PIN is being checked elsewhere
    qtbot.waitUntil(lambda: done != [])
    work.wait()
    begun = list(done)
    assert work._timer.remainingTime() > 60_000 or done[-1] == "end"
    work.finish()
    assert done == ["a", "b", "c", "end"]
    assert done[: len(begun)] == begun


def test_what_is_needed_now_is_done_now_and_once(qtbot: QtBot, done: list[str]) -> None:
    work = Leisure()
    work.begin(pieces(done, "a", "b"))
    work.finish()
    assert done == ["a", "b", "end"]
    with qtbot.waitSignal(work.destroyed):
        work.deleteLater()
    assert done == ["a", "b", "end"]


def test_what_is_given_up_is_left_undone(qtbot: QtBot, done: list[str]) -> None:
    work = Leisure()
    work.begin(pieces(done, "a"))
    work.stop()
    work.go_on()
    work.finish()
    assert done == []
