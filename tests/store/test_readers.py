"""Readers' connections: kept ready, one reader's at a time, and gone when the file is closed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.errors import Unavailable
from app.store.database import WorkDatabase
from app.store.seat import Seat


@pytest.fixture
def opened(seat: Seat) -> Iterator[set[Any]]:
    """The readers' connections that are open."""
    engine, found = seat._database._read_engine, set[Any]()
    seat._database._let_readers_go()
    seat._database._resting = []
    listeners = {
        "connect": lambda connection, _: found.add(connection),
        "close": lambda connection, _: found.discard(connection),
    }
    for name, listener in listeners.items():
        sa.event.listen(engine, name, listener)
    yield found
    for name, listener in listeners.items():
        sa.event.remove(engine, name, listener)


def _one(connection: sa.Connection) -> Any:
    return connection.exec_driver_sql("SELECT 1").scalar_one()


def test_one_read_after_the_other_opens_the_file_once(seat: Seat, opened: set[Any]) -> None:
    for _ in range(3):
        assert seat._database.read(_one) == 1
        seat.sync.identity()
    assert len(opened) == 1


def test_two_reads_at_once_have_a_connection_each(seat: Seat, opened: set[Any]) -> None:
    database = seat._database

    def both(outer: sa.Connection) -> bool:
        inner = database.read(lambda connection: connection.connection.dbapi_connection)
        return inner is not outer.connection.dbapi_connection

    assert database.read(both)
    assert len(opened) == 2


def test_a_read_sees_one_moment_and_the_next_what_came_since(seat: Seat) -> None:
    database: WorkDatabase = seat._database
    count = "SELECT wanted FROM probe"

    def write(statement: str) -> None:
        database.transact(lambda connection: connection.exec_driver_sql(statement), user=True)

    write("CREATE TABLE probe (wanted INTEGER)")
    write("INSERT INTO probe VALUES (1)")

    def twice(connection: sa.Connection) -> list[int]:
        before = connection.exec_driver_sql(count).scalar_one()
        write("UPDATE probe SET wanted = 2")
        return [before, connection.exec_driver_sql(count).scalar_one()]

    assert database.read(twice) == [1, 1]
    assert database.read(lambda c: c.exec_driver_sql(count).scalar_one()) == 2


def test_a_read_that_failed_leaves_no_connection(seat: Seat, opened: set[Any]) -> None:
    def fail(connection: sa.Connection) -> None:
        _one(connection)
        raise KeyError("what was sought")

    with pytest.raises(KeyError):
        seat._database.read(fail)
    assert not opened
    assert seat._database.read(_one) == 1


def test_the_file_is_closed_though_somebody_was_reading(seat: Seat, opened: set[Any]) -> None:
    reading, go = threading.Event(), threading.Event()

    def slowly(connection: sa.Connection) -> Any:
        reading.set()
        assert go.wait(10)
        return _one(connection)

    reader = threading.Thread(target=lambda: seat._database.read(slowly))
    reader.start()
    assert reading.wait(10)
    seat._database.read(_one)
    assert len(opened) == 2
    seat.close()
    assert len(opened) == 1
    go.set()
    reader.join(10)
    assert not opened


def test_a_blind_seat_keeps_no_connection(seat: Seat, opened: set[Any]) -> None:
    seat._database.read(_one)
    seat._writer.run(lambda: seat._database.refuse(Unavailable("revoked", "Shut out")))
    assert not opened
    with pytest.raises(Unavailable):
        seat._database.read(_one)
