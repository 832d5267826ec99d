"""PostgreSQL's host goes silent: what connects to it is taken, and never answered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from sync.server.api.app import make_app
from sync.server.service import CentralServer
from sync.server.store.engine import make_engine, reading
from tests.fakes.postgres import PostgresServer
from tests.fakes.waiting import until
from tests.server.conftest import KEYS, Programme
from tests.server.http import serving

_SOCKET = ".s.PGSQL.5432"


class Host:
    """A way of its own to PostgreSQL, which can go silent and come back."""

    def __init__(self, postgres: PostgresServer, folder: Path) -> None:
        self.folder = folder
        self._postgres = postgres
        self._place = folder / _SOCKET
        self._silence = socket.socket(socket.AF_UNIX)
        self._place.symlink_to(postgres.socket_folder / _SOCKET)

    def go_silent(self, database: str) -> None:
        self._place.unlink()
        self._silence.bind(str(self._place))
        self._silence.listen(100)
        with psycopg.connect(self._postgres.conninfo(), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (database,),
            )

    def come_back(self) -> None:
        self._place.unlink()
        self._place.symlink_to(self._postgres.socket_folder / _SOCKET)
        self.close()

    def close(self) -> None:
        self._silence.close()  # who waits there is hung up on


@pytest.fixture
def host(postgres: PostgresServer) -> Iterator[Host]:
    with TemporaryDirectory(prefix="guichet-host-") as folder:  # a socket's path has to be short
        here = Host(postgres, Path(folder))
        yield here
        here.close()


def _leaders(programme: Programme) -> int:
    """Sessions that hold the leader's lock."""
    with reading(programme.server.engine) as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = current_database() AND l.locktype = 'advisory'"
        )
        return int(found.scalar_one())


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_who_asks_is_told_to_come_again_and_all_goes_on(programme: Programme, host: Host) -> None:
    """An answer comes in less than what `Http` waits for; a connection has minutes by itself."""
    seat = programme.seat()
    headers = {"Guichet-Protocol": "1", "Authorization": f"Bearer {seat.token()}"}
    database = programme.server.engine.url
    there = database.set(query={"host": str(host.folder)}).render_as_string(hide_password=False)
    server = CentralServer(make_engine(there), KEYS, programme.clock)
    app = make_app(server)
    with serving(app) as http:
        until(lambda: app.state.feed.is_heard and _leaders(programme) == 1)
        assert http.get("/v1/head", headers).status_code == 200
        host.go_silent(str(database.database))
        for path in ("/v1/head", "/healthz"):
            answer = http.get(path, headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "busy")
            assert int(answer.headers["retry-after"]) >= 1
        until(lambda: not app.state.feed.is_heard and _leaders(programme) == 0)
        host.come_back()
        until(lambda: app.state.feed.is_heard and _leaders(programme) == 1)
        assert http.get("/v1/head", headers).status_code == 200
    server.engine.dispose()
