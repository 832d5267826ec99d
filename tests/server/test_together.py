"""Few statements instead of many: what is gathered, and what is asked together, means the same."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app.domain import ledger
from sync.server.failures import is_worth_repeating, passes_by_itself
from sync.server.merging import merge
from sync.server.service import CentralServer
from sync.server.store import driver
from sync.server.store import tables as t
from sync.server.store.bulk import (
    delete_rows,
    find_rows,
    insert_columns,
    insert_rows,
    together,
    update_rows,
)
from sync.server.store.engine import reading, writing
from sync.server.work import Work
from tests.fakes.waiting import until
from tests.server.conftest import KEYS, Programme
from tests.server.seats import new_id

on_postgresql = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def _keep(connection: sa.Connection, programme: Programme, *names: str) -> None:
    count = len(names)
    rows: dict[str, list[object]] = {
        "programme_id": [programme.programme_id] * count,
        "commitment": list(names),
        "salt": [b"salt"] * count,
        "content": [name.encode() for name in names],
        "received_ms": [programme.clock()] * count,
    }
    insert_columns(connection, t.blob, rows)


def _setting(connection: sa.Connection, programme: Programme, name: str, value: str) -> None:
    columns = [column.name for column in t.setting.columns]
    row = (programme.programme_id, name, 1, value)
    insert_rows(connection, t.setting, columns, [row], replace=["value"])


def _find(
    connection: sa.Connection,
    programme: Programme,
    table: sa.Table,
    column: str,
    *values: str,
    lock: bool = False,
) -> list[Any]:
    programme_id = programme.programme_id
    return find_rows(connection, table, column, values, programme_id=programme_id, lock=lock)


def _contents(server: CentralServer) -> dict[str, bytes]:
    with reading(server.engine) as connection:
        rows = connection.execute(sa.select(t.blob.c.commitment, t.blob.c.content)).all()
    return {row.commitment: bytes(row.content) for row in rows}


# --- gathered ------------------------------------------------------------------------------------


def test_what_is_written_to_one_table_again_is_written_behind_it(
    server: CentralServer, programme: Programme
) -> None:
    with writing(server.engine, pipelined=False) as connection:
        _keep(connection, programme, "a", "b", "c")
        _setting(connection, programme, "first", "1")
        update_rows(
            connection,
            t.blob,
            ["commitment"],
            ["content"],
            [("a", b"new")],
            programme_id=programme.programme_id,
        )
        delete_rows(
            connection, t.blob, ["commitment"], [("b",)], programme_id=programme.programme_id
        )
        _setting(connection, programme, "first", "2")
        _keep(connection, programme, "b")
    assert _contents(server) == {"a": b"new", "b": b"b", "c": b"c"}
    with reading(server.engine) as connection:
        found = connection.execute(sa.select(t.setting.c.value).where(t.setting.c.name == "first"))
        assert found.scalar_one() == "2"


@on_postgresql
def test_what_is_written_to_several_tables_is_one_statement(
    server: CentralServer, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    execute = driver._execute

    def noting(connection: sa.Connection, sql: str, values: Sequence[Any]) -> Any:
        sent.append(sql)
        return execute(connection, sql, values)

    monkeypatch.setattr(driver, "_execute", noting)
    with writing(server.engine, pipelined=False) as connection:
        _keep(connection, programme, "a", "b")
        _setting(connection, programme, "first", "1")
        insert_rows(connection, t.blob, ["commitment"], [])
        assert sent == []
    (sql,) = sent
    assert sql.count("INSERT INTO") == 2
    assert _contents(server).keys() == {"a", "b"}


def test_a_question_sees_what_was_gathered_before_it(
    server: CentralServer, programme: Programme
) -> None:
    with writing(server.engine, pipelined=False) as connection:
        _keep(connection, programme, "a")
        assert len(_find(connection, programme, t.blob, "commitment", "a", "b")) == 1
        _keep(connection, programme, "b")
        assert connection.execute(sa.select(sa.func.count()).select_from(t.blob)).scalar_one() == 2
        _keep(connection, programme, "c")
        with together(connection):
            found = _find(connection, programme, t.blob, "commitment", "a", "b", "c")
        assert len(found) == 3


def test_a_gathered_write_that_clashes_leaves_nothing(
    server: CentralServer, programme: Programme
) -> None:
    def clash() -> None:
        with writing(server.engine, pipelined=False) as connection:
            _keep(connection, programme, "a")
            _setting(connection, programme, "first", "1")
            _keep(connection, programme, "a")

    with pytest.raises(IntegrityError) as caught:
        clash()
    assert is_worth_repeating(caught.value)
    assert _contents(server) == {}
    with writing(server.engine, pipelined=False) as connection:  # and nothing of it comes later
        _keep(connection, programme, "b")
    assert _contents(server).keys() == {"b"}


def test_what_was_gathered_before_an_error_is_not_sent(
    server: CentralServer, programme: Programme
) -> None:
    with suppress(LookupError), writing(server.engine, pipelined=False) as connection:
        _keep(connection, programme, "a")
        raise LookupError
    with writing(server.engine, pipelined=False) as connection:
        _keep(connection, programme, "b")
    assert _contents(server).keys() == {"b"}


@on_postgresql
def test_gathered_rows_are_locked_in_the_order_in_which_they_are_written(
    server: CentralServer, programme: Programme
) -> None:
    """As by statements that go one by one: two transactions never wait for each other crosswise."""
    with writing(server.engine) as connection:
        _setting(connection, programme, "first", "1")
        _keep(connection, programme, "a")
    waits = sa.text("SELECT 1 FROM blob WHERE commitment = 'a' FOR UPDATE NOWAIT")

    def write_both() -> None:
        with writing(server.engine, pipelined=False) as connection:
            _setting(connection, programme, "first", "2")
            update_rows(
                connection,
                t.blob,
                ["commitment"],
                ["content"],
                [("a", b"new")],
                programme_id=programme.programme_id,
            )

    with ThreadPoolExecutor(1) as thread, server.engine.begin() as holder:
        holder.exec_driver_sql("SELECT 1 FROM setting WHERE name = 'first' FOR UPDATE")
        writer = thread.submit(write_both)
        _until_somebody_waits(server)
        with server.engine.begin() as looker:
            looker.execute(waits)  # what is written second isn't locked yet
        holder.rollback()
        writer.result(20)
    assert _contents(server) == {"a": b"new"}


# --- asked together ------------------------------------------------------------------------------


@pytest.mark.parametrize("pipelined", [True, False])
def test_questions_asked_together_are_each_answered(
    server: CentralServer, programme: Programme, pipelined: bool
) -> None:
    with writing(server.engine, pipelined=pipelined) as connection:
        _keep(connection, programme, "a", "b")
        _setting(connection, programme, "first", "1")
        with together(connection):
            one = _find(connection, programme, t.blob, "commitment", "a")
            both = _find(connection, programme, t.blob, "commitment", "b", "a", "none", lock=True)
            none = _find(connection, programme, t.blob, "commitment")
            setting = _find(connection, programme, t.setting, "name", "first")
    assert [bytes(row.content) for row in one] == [b"a"]
    assert {row.commitment for row in both} == {"a", "b"}
    assert none == []
    assert [row.value for row in setting] == ["1"]


@on_postgresql
@pytest.mark.parametrize("pipelined", [True, False])
def test_questions_to_a_lost_database_are_trouble_that_passes(
    server: CentralServer, programme: Programme, pipelined: bool
) -> None:

    def lose() -> None:
        with writing(server.engine, pipelined=pipelined) as connection:
            ours = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with server.engine.connect() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({ours}, 5000)")
            with together(connection):
                _find(connection, programme, t.blob, "commitment", "a")

    with pytest.raises(DBAPIError) as caught:
        lose()
    assert passes_by_itself(caught.value)
    with writing(server.engine, pipelined=pipelined) as connection, together(connection):
        assert _find(connection, programme, t.blob, "commitment", "a") == []


@on_postgresql
def test_a_question_that_fails_fails_all_that_were_asked_with_it(
    server: CentralServer, programme: Programme
) -> None:

    def too_late() -> None:
        with writing(server.engine, pipelined=False) as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with together(connection):
                _find(connection, programme, t.setting, "name", "first", lock=True)
                _find(connection, programme, t.blob, "commitment", "a")

    with writing(server.engine) as holder:
        _setting(holder, programme, "first", "1")
    with server.engine.begin() as holder:
        holder.exec_driver_sql("SELECT 1 FROM setting FOR UPDATE")
        with pytest.raises(OperationalError) as caught:
            too_late()
    assert is_worth_repeating(caught.value)
    with writing(server.engine, pipelined=False) as connection:
        assert len(_find(connection, programme, t.setting, "name", "first")) == 1


@on_postgresql
def test_a_members_points_are_read_under_the_lock(
    server: CentralServer, programme: Programme
) -> None:
    """Not as they stood when the questions were sent: somebody else was spending them."""
    member_id = programme.member(1_000)
    day = "2026-01-01"

    def look() -> int:
        with programme.work() as work:
            work.load_members([member_id])
            spendable: int = work.members[member_id].holdings.spendable(day)
            return spendable

    def spend(work: Work) -> None:
        work.load_members([member_id])
        state = work.members[member_id]
        change = ledger.spend(state.holdings, 400, today=day)
        work.post(state, change, kind="redemption", ref_id=new_id(), event_id=None)

    with ThreadPoolExecutor(1) as thread:
        with programme.work() as work:
            spend(work)
            looking = thread.submit(look)
            _until_somebody_waits(server)
        assert looking.result(20) == 600


def _until_somebody_waits(server: CentralServer) -> None:
    with server.engine.connect() as looker:
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")

        def one_waits() -> bool:
            looker.rollback()
            return bool(looker.execute(waiting).scalar_one())

        until(one_waits, "somebody waits for a lock")


def test_a_merged_members_survivor_is_loaded_too(programme: Programme) -> None:
    first, last = programme.member(10), programme.member(20)
    with programme.work() as work:
        merge(work, KEYS, first, last, reason="", recorded_by="op")
    with programme.work() as work:
        work.load_members([first])
        assert _points(work, first) == 30


def _points(work: Work, member_id: UUID) -> int:
    state = work.survivor(member_id)
    assert state is not None
    posted: int = state.holdings.posted
    return posted
