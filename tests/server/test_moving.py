"""From SQLite into PostgreSQL: whole or not at all, and counters go on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sync.server import epochs, move_command, moving
from sync.server.audit import audit
from sync.server.cli import main
from sync.server.service import CentralServer
from sync.server.settings import configuration_file, write_configuration
from sync.server.store import bulk
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading
from tests.fakes.postgres import PostgresServer
from tests.server.conftest import KEYS, Programme, _migrated
from tests.server.seats import Seat, visit

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def data(programme: Programme, database_url: str, tmp_path: Path) -> Path:
    """The server's data folder; nobody has its database open."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_configuration(folder, database_url=database_url)
    programme.server.engine.dispose()
    return folder


@pytest.fixture
def target(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create_database(_migrated)
    yield url
    postgres.drop_database(url)


def to_postgresql(programme: Programme, data: Path, target: str, *options: str) -> int:
    programme.server.engine.dispose()
    return main(["--data", str(data), "to-postgresql", target, *options])


def named(data: Path) -> str:
    return str(json.loads(configuration_file(data).read_text())["database_url"])


def counts(url: str) -> dict[str, int]:
    engine = make_engine(url)
    try:
        with reading(engine) as connection:
            return {
                table.name: connection.execute(
                    sa.select(sa.func.count()).select_from(table)
                ).scalar_one()
                for table in t.METADATA.sorted_tables
                if table.name not in moving.LEFT_BEHIND
            }
    finally:
        engine.dispose()


def lived_in(programme: Programme) -> Seat:
    seat = programme.seat()
    for points in (0, 500, 1_000):
        programme.member(points)
    for score in (1, 5, 3):
        visit(seat, score=score)
    seat.push()
    seat.cursor = programme.server.bootstrap(seat.device_id).cursor
    seat.pull()
    return seat


def test_everything_arrives_and_counters_go_on(
    programme: Programme,
    database_url: str,
    data: Path,
    postgres_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seat = lived_in(programme)
    before = counts(database_url)
    old_cursor = seat.cursor
    assert to_postgresql(programme, data, postgres_url) == 0
    assert "nothing wrong, as before" in capsys.readouterr().out
    assert named(data) == postgres_url
    before["epoch"] += 1
    assert counts(postgres_url) == before
    assert before["entry"] > 5
    there = CentralServer(make_engine(postgres_url), KEYS, programme.clock)
    try:
        with reading(there.engine) as connection:
            assert list(audit(connection, now_ms=programme.clock())) == []
            epoch = epochs.current_epoch(connection, programme.programme_id)
            names = connection.exec_driver_sql("SELECT count(*) FROM pg_sequences").scalar_one()
            assert names == 0  # there is none that would have to go on from somewhere
        moved = replace(seat, server=there)
        assert there.pull(seat.device_id, old_cursor).epoch == epoch  # by which it knows
        page = there.bootstrap(seat.device_id)
        assert page.epoch == epoch
        moved.cursor = page.cursor
        visit(moved, score=2)
        assert moved.push().decisions == []
        answer = moved.pull()
        assert answer.row_count == page_count(programme, there)
        with reading(there.engine) as connection:
            assert list(audit(connection, now_ms=programme.clock())) == []
    finally:
        there.engine.dispose()
    capsys.readouterr()
    write_configuration(data, database_url=database_url)  # as from an old copy of the folder
    for command in (["status"], ["counter", "list"]):
        assert main(["--data", str(data), *command]) == 1
        assert "goes on there" in capsys.readouterr().err
    assert main(["--data", str(data), "restored"]) == 0
    assert main(["--data", str(data), "status"]) == 0


def page_count(programme: Programme, server: CentralServer) -> int:
    with reading(server.engine) as connection:
        return sum(
            connection.execute(
                sa.select(sa.func.count()).select_from(table).where(*where)
            ).scalar_one()
            for table, where in ((t.member, ()), (t.record, (t.record.c.office_id.is_(None),)))
        )


def test_the_numbers_of_transactions_on_sqlite_are_in_nobodys_way(
    programme: Programme, data: Path, target: str
) -> None:
    """A programme that wrote a billion times is moved to a cluster that has written a thousand."""
    seat = lived_in(programme)
    first = 10**12
    with programme.server.engine.begin() as connection:
        connection.execute(t.write_counter.update().values(xid=first + 1_000))
        connection.execute(t.change_log.update().values(xid=t.change_log.c.xid + first))
        connection.execute(t.programme.update().values(log_from_xid=first))
    assert to_postgresql(programme, data, target) == 0
    there = CentralServer(make_engine(target), KEYS, programme.clock)
    try:
        moved = replace(seat, server=there)
        moved.cursor = there.bootstrap(seat.device_id).cursor
        visit(moved, score=1)
        mark = moved.push().mark
        answer = moved.pull()
        assert answer.row_sum is not None
        assert moved.pull().horizon > mark
        assert moved.cursor.xid < 10**9
    finally:
        there.engine.dispose()


def test_a_run_that_ended_behind_its_commit_is_brought_to_its_end(
    programme: Programme, data: Path, target: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lived_in(programme)

    def end(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for where, name in ((epochs, "leave"), (move_command, "write_configuration")):
        with monkeypatch.context() as patched:
            patched.setattr(where, name, end)
            with pytest.raises(KeyboardInterrupt):
                to_postgresql(programme, data, target)
        assert named(data) != target
    assert to_postgresql(programme, data, target) == 0
    assert "were there already" in capsys.readouterr().out
    assert named(data) == target
    write_configuration(data, database_url=str(programme.server.engine.url))
    engine = make_engine(target)
    with engine.begin() as connection:  # somebody went on there
        connection.execute(t.member.update().values(name="x"))
    engine.dispose()
    assert to_postgresql(programme, data, target) == 1
    assert "holds other data than this server (member)" in capsys.readouterr().err


def test_what_goes_wrong_leaves_both_databases_as_they_were(
    programme: Programme, data: Path, target: str, database_url: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lived_in(programme)
    monkeypatch.setattr(moving, "_PATIENCE_MS", 50)
    insert = bulk.insert_rows

    def wrong(connection: Any, table: sa.Table, columns: Any, rows: Any) -> None:
        if table is t.rating:
            rows = [(*row[:5], row[5] % 5 + 1, *row[6:]) for row in rows]
        insert(connection, table, columns, rows)

    def refused(said: str) -> None:
        assert to_postgresql(programme, data, target) == 1
        assert said in capsys.readouterr().err
        assert set(counts(target).values()) == {0}
        assert named(data) == database_url
        assert main(["--data", str(data), "status"]) == 0

    with monkeypatch.context() as patched:
        patched.setattr(moving, "insert_rows", wrong)
        refused("rating: 3 rows were sent")
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"))
    other.execute("SELECT count(*) FROM programme").fetchall()
    refused("stop the server")
    other.close()
    with programme.server.engine.begin() as connection:
        connection.execute(t.balance.update().values(posted=t.balance.c.posted + 1))
    refused("Mend it first")
    assert to_postgresql(programme, data, target, "--as-it-is") == 0
    assert "wrong, as before" in capsys.readouterr().out


def test_what_is_no_empty_database_of_this_version_is_refused(
    programme: Programme, data: Path, postgres: PostgresServer, postgres_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def refused(said: str, url: str) -> None:
        assert to_postgresql(programme, data, url) == 1
        assert said in capsys.readouterr().err

    engine = make_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num text)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0042')")
    refused("another version", postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id int)")
    refused("something else (invoices)", postgres_url)
    engine.dispose()
    refused("is not SQLite or PostgreSQL", "mysql://host/name")
    refused("Say the URL of a PostgreSQL", "sqlite:///elsewhere.db")
    refused("the database: ", postgres.url("nobody_made_it"))
    ascii_alone = postgres.create_database(encoding="SQL_ASCII")
    refused("--encoding=UTF8", ascii_alone)
    postgres.drop_database(ascii_alone)
