"""Rows that were altered beside the kept sum are found, and the file is made anew."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from sync.client.recount import FIRST_AFTER_S
from tests.sync.scripted import Bench, member

ROWS = 700  # counted in two steps


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    for rank in range(1, ROWS + 1):
        bench.server.put(member(rank))
    bench.run(60)
    assert bench.replica() == (bench.expected(), True)
    return bench


def alter(bench: Bench, statement: str) -> None:
    path = bench.store.members_file()
    assert path is not None
    connection: Any = bench.store.connect_members(path)
    connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE member SET posted_points = 999999 WHERE rank = 600",
        "DELETE FROM member WHERE rank = 700",
        "UPDATE replica_meta SET value = '699' WHERE key = 'row_count'",
    ],
)
def test_a_row_altered_beside_the_sum_is_found(
    bench: Bench, caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    before = bench.store.members_file()
    alter(bench, statement)
    bench.clock.s += FIRST_AFTER_S
    bench.run(60)
    assert bench.store.members_file() != before
    assert bench.replica() == (bench.expected(), True)
    assert "rebuilding the members file" in caplog.text


def test_a_sound_file_is_counted_once_a_day(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.client.recount.EVERY_S", 3 * FIRST_AFTER_S)  # of a short day
    opened: list[Path] = []
    connect = bench.store.connect_members

    def counting(path: Path) -> Any:
        opened.append(path)
        return connect(path)

    monkeypatch.setattr(bench.store, "connect_members", counting)
    before = bench.store.members_file()
    for seconds, times in ((FIRST_AFTER_S, 1), (2 * FIRST_AFTER_S, 1), (FIRST_AFTER_S, 2)):
        bench.clock.s += seconds
        bench.run(60)
        assert len(opened) == times
    assert bench.store.members_file() == before


def test_pulls_go_on_beside_the_count(bench: Bench) -> None:
    """Changes between two steps are not part of the count, and no reason for another file."""
    before = bench.store.members_file()
    bench.clock.s += FIRST_AFTER_S
    bench.settle()  # the first rows are counted
    for rank in (1, 600, ROWS):
        bench.server.put(member(rank, points=rank))
    bench.engine.note_changes()
    bench.run(60)
    assert bench.replica() == (bench.expected(), True)
    assert bench.store.members_file() == before


def test_closing_lets_go_of_the_file(bench: Bench) -> None:
    bench.clock.s += FIRST_AFTER_S
    bench.settle()
    bench.engine.close()
    path = bench.store.members_file()
    assert path is not None
    connection = bench.store.connect_members(path)
    # With a reader left, the log could not be emptied
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
    connection.close()


def test_a_file_that_cannot_be_read_is_made_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(connection: object) -> object:
        raise sqlite3.DatabaseError("database disk image is malformed")

    before = bench.store.members_file()
    with monkeypatch.context() as patched:
        patched.setattr("sync.client.recount.recounting", broken)
        bench.clock.s += FIRST_AFTER_S
        bench.settle()
    bench.run(60)
    assert bench.store.members_file() != before
    assert bench.replica() == (bench.expected(), True)
    assert "malformed" in caplog.text
