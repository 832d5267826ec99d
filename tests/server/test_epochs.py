"""A database that was restored or moved begins a new epoch: by itself where it can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from sync.server import epochs
from sync.server.cli import main
from sync.server.service import CentralServer
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading, writing
from sync.server.upkeep import Upkeep
from tests.fakes.postgres import PostgresServer
from tests.server.conftest import KEYS, Programme
from tests.server.seats import new_id, visit


def epoch_of(programme: Programme, server: CentralServer | None = None) -> UUID:
    with reading((server or programme.server).engine) as connection:
        return epochs.current_epoch(connection, programme.programme_id)


def test_a_database_that_stays_where_it_is_goes_on(programme: Programme) -> None:
    list(programme.upkeep.noticing())
    before = epoch_of(programme)
    assert list(programme.upkeep.noticing()) == []
    assert epoch_of(programme) == before


def test_the_newest_counts_whatever_the_clock_says(programme: Programme) -> None:
    made = []
    for now_ms in (programme.clock() + 5_000, 0, programme.clock()):
        made.append(new_id())
        with writing(programme.server.engine) as connection:
            epochs.begin(connection, programme.programme_id, epoch_id=made[-1], now_ms=now_ms)
        assert epoch_of(programme) == made[-1]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_one_begun_before_homes_were_noted_goes_on(programme: Programme) -> None:
    with writing(programme.server.engine) as connection:
        connection.execute(t.epoch.update().values(home=""))
    before = epoch_of(programme)
    assert list(programme.upkeep.noticing()) == []
    with reading(programme.server.engine) as connection:
        assert connection.execute(sa.select(t.epoch.c.home)).scalar_one()
    assert epoch_of(programme) == before


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_database_read_into_another_begins_anew(
    programme: Programme, postgres: PostgresServer
) -> None:
    list(programme.upkeep.noticing())
    before = epoch_of(programme)
    name = programme.server.engine.url.database
    programme.server.engine.dispose()
    with psycopg.connect(postgres.conninfo(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE elsewhere TEMPLATE "{name}"'.encode())
    url = postgres.url("elsewhere")
    other = CentralServer(make_engine(url), KEYS, programme.clock)
    try:
        assert list(Upkeep(other.transactions).noticing()) == [1]
        after = epoch_of(programme, other)
        assert after != before
        assert list(Upkeep(other.transactions).noticing()) == []
        assert epoch_of(programme, other) == after
    finally:
        other.engine.dispose()
        postgres.drop_database(url)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_in_another_cluster_transactions_of_before_are_in_nobodys_way(
    programme: Programme, database_url: str, postgres: PostgresServer
) -> None:
    """The old log's numbers lie ahead: nobody gets them twice, and none is taken for news."""
    seat = programme.seat()
    for _ in range(3):
        visit(seat, score=5)
        seat.push()
    list(programme.upkeep.noticing())
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "UPDATE change_log SET xid = xid + 1000000"
            " WHERE xid = (SELECT max(xid) FROM change_log)"
        )
        connection.execute("UPDATE programme SET log_from_xid = 500000")
    with PostgresServer() as elsewhere:
        url = postgres.copy_database(database_url, elsewhere)
        other = CentralServer(make_engine(url), KEYS, programme.clock)
        try:
            with reading(other.engine) as connection:
                now = connection.exec_driver_sql("SELECT pg_snapshot_xmax(pg_current_snapshot())")
                now_xid = int(now.scalar_one())
            assert now_xid < 500_000
            assert list(Upkeep(other.transactions).noticing()) == [1]
            with reading(other.engine) as connection:
                newest = connection.execute(sa.select(sa.func.max(t.change_log.c.xid))).scalar_one()
                assert newest is None or newest <= now_xid + 1
            there = replace(seat, server=other)
            page = other.bootstrap(seat.device_id)
            there.cursor = page.cursor
            visit(there, score=1)
            assert there.push().decisions == []
            answer = there.pull()
            assert answer.row_sum is not None
            assert list(Upkeep(other.transactions).noticing()) == []
        finally:
            other.engine.dispose()


def test_the_operator_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "init", "--programme", "P", "--admin-pin", "9999"]) == 0
    assert main([*data, "restored"]) == 0
    assert "counters fetch their members anew" in capsys.readouterr().out
    engine = make_engine(f"sqlite:///{tmp_path / 'data' / 'guichet.db'}")
    with reading(engine) as connection:
        count = sa.select(sa.func.count()).select_from(t.epoch)
        assert connection.execute(count).scalar_one() == 2
    engine.dispose()
