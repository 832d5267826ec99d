"""`guichet-server to-postgresql`: from the embedded database into one that many may serve."""

from __future__ import annotations

import argparse
import os
import time
from typing import Any, Final

import sqlalchemy as sa

from app.domain.errors import Rejected
from sync.server.command_parts import command
from sync.server.moving import move
from sync.server.opening import new_id, only_programme, open_engine
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings, write_configuration
from sync.server.store.engine import make_engine

_NOTES: Final = """\
Stop the server first. Everything is copied in one transaction, audited before and after, counted
and compared row by row; ended early it has changed nothing, and can be said again. Afterwards
server.json names the new database, the file stays where it is and is served no more, and counters
go on: they fetch their members anew once, as after a restore.

    createuser guichet-server
    createdb -O guichet-server --encoding=UTF8 --template=template0 guichet
    guichet-server to-postgresql postgresql://guichet-server:PASSWORD@HOST/guichet
    guichet-server serve …
"""


def add_move(commands: Any) -> None:
    """Add the command to the parser."""
    moving = command(
        commands, "to-postgresql", "move the embedded SQLite database into PostgreSQL", _NOTES
    )
    moving.add_argument("target", metavar="URL", help="of an empty database: postgresql://…")
    moving.add_argument(
        "--as-it-is", action="store_true", help="also where `audit` finds something wrong"
    )


def to_postgresql(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Copy the database, and use the copy from now on. Raises as `moving.move` does."""
    source = open_engine(settings, even_left=True)
    try:
        target = make_engine(options.target, pool_size=1)
    except (ValueError, sa.exc.ArgumentError) as error:
        source.dispose()
        raise Rejected("bad_database", f"The database's URL: {error}") from error
    began_s = time.monotonic()
    try:
        only_programme(source)
        moved = move(
            source,
            target,
            now_ms=now_ms(),
            new_id=new_id,
            as_it_is=options.as_it_is,
            report=lambda line: print(line, flush=True),
        )
    finally:
        source.dispose()
        target.dispose()
    rows = sum(content.rows for content in moved.contents.values())
    said = "were there already" if moved.was_there else "are in PostgreSQL"
    took_s = time.monotonic() - began_s
    print(
        f"{rows} rows of {len(moved.contents)} tables {said}, each as it was, after {took_s:.0f} s;"
        f" {'nothing' if not moved.findings else len(moved.findings)} wrong, as before"
    )
    if settings.database_url:
        print("GUICHET_DATABASE_URL names the old database: let it name the new one before `serve`")
        return
    write_configuration(settings.data, database_url=options.target)
    folder = os.fspath(settings.data)
    print(
        f"server.json in {folder} names the new database. Go on with `guichet-server serve`; put"
        f" {source.url.database} away with the backups"
    )
