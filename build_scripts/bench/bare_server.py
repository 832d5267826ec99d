"""What a good engineer writes in an afternoon: rows in, one statement, no checks.

`running` starts it in a process of its own.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import requests
import uvicorn
import zstandard

from build_scripts.bench.central import ROOT

_TABLES = (
    "CREATE TABLE rating (event_id uuid PRIMARY KEY, encounter_id uuid, score smallint,"
    " at_ms bigint, raw bytea)",
    "CREATE TABLE member (id bigint PRIMARY KEY, seq bigint, body text)",
    "CREATE INDEX ON member (seq)",
)
_CHANGED = "SELECT id, seq, body FROM member WHERE seq > %s ORDER BY seq"
_INSERT = (
    "INSERT INTO rating SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::smallint[],"
    " %b::bigint[], %b::bytea[]) ON CONFLICT DO NOTHING"
)

_ROWS_A_BODY = 2_000

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Row(msgspec.Struct):
    """One rating on the wire."""

    event_id: UUID
    encounter_id: UUID
    score: int
    at_ms: int
    raw: bytes


def columns(rows: list[Row]) -> tuple[list[Any], ...]:
    """The rows as the statement's arrays."""
    return (
        [row.event_id for row in rows],
        [row.encounter_id for row in rows],
        [row.score for row in rows],
        [row.at_ms for row in rows],
        [row.raw for row in rows],
    )


def unpack(body: bytes) -> bytes:
    """What a body was before its compression."""
    return zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 26)


class Bare:
    """An ASGI application: POST takes ratings in, GET ?after= gives members changed since."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo)
        self._decoder = msgspec.json.Decoder(list[Row])

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            status, body = 200, self._changed(int(scope["query_string"].partition(b"=")[2]))
        else:
            status, body = 204, b""
            self._insert(await _received(receive))
        length = [(b"content-length", b"%d" % len(body))] if body else []
        await send({"type": "http.response.start", "status": status, "headers": length})
        await send({"type": "http.response.body", "body": body})

    def _insert(self, body: bytes) -> None:
        rows = self._decoder.decode(unpack(body))
        with self._connection.transaction():
            self._connection.execute(_INSERT, columns(rows), binary=True)

    def _changed(self, after: int) -> bytes:
        with self._connection.transaction():
            rows = self._connection.execute(_CHANGED, [after], binary=True).fetchall()
        return zstandard.ZstdCompressor(3).compress(msgspec.json.encode(rows))


async def _received(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def send(session: requests.Session, url: str, rows: list[Row]) -> None:
    """Bring rows to the server, as many at a time as a good engineer would."""
    for at in range(0, len(rows), _ROWS_A_BODY):
        body = msgspec.json.encode(rows[at : at + _ROWS_A_BODY])
        session.post(url, data=zstandard.ZstdCompressor(3).compress(body)).raise_for_status()


def conninfo(database: str) -> str:
    """What psycopg wants in place of SQLAlchemy's URL."""
    return database.replace("postgresql+psycopg:", "postgresql:")


def analyze(database: str) -> None:
    """Give it statistics, as autovacuum has on any server that has been up for a minute."""
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        connection.execute("ANALYZE")


def tidy(database: str) -> None:
    """Do all that autovacuum would be busy with for minutes, beside what is measured."""
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


@contextmanager
def running(database: str) -> Iterator[str]:
    """Serve on an empty database (SQLAlchemy's URL) while the context lasts; yields where."""
    with psycopg.connect(conninfo(database), autocommit=True) as connection:
        for statement in _TABLES:
            connection.execute(statement)
    command = [sys.executable, "-m", "build_scripts.bench.bare_server", conninfo(database)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def main() -> None:
    """Serve on a free loopback port, which is printed."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(
        Bare(sys.argv[1]), log_level="warning", access_log=False, lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
