"""How a command of `guichet-server` opens the database it works on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
import uuid_utils.compat
from sqlalchemy.engine import Engine

from app.domain.errors import Rejected, Unavailable
from sync.server import epochs
from sync.server.account import see_that_it_can_write
from sync.server.relay import announce
from sync.server.serving import now_ms
from sync.server.settings import ServerSettings, database_url, sqlite_file
from sync.server.store import tables as t
from sync.server.store.engine import is_postgresql, make_engine, missing_settings, reading
from sync.server.store.migrate import migrate
from sync.server.transactions import Transactions, programme_work
from sync.server.upkeep import Upkeep
from sync.server.work import Work

new_id = uuid_utils.compat.uuid7


def open_engine(settings: ServerSettings, *, even_left: bool = False) -> Engine:
    """Open the database that the settings name, migrated to this program's schema.

    Args:
        settings: as the environment and `init` say.
        even_left: also one that its programme has moved on from.

    Raises:
        Rejected: bad_database; moved; elsewhere.
        Unavailable: newer_schema; no_database; not_set_up; bad_configuration.
        PermissionError: a file isn't this account's to read.
    """
    url = database_url(settings)
    try:
        engine = make_engine(
            url, pool_size=settings.pool_size, direct_url=settings.direct_database_url
        )
    except (ValueError, sa.exc.ArgumentError) as error:
        raise Rejected("bad_database", f"The database's URL: {error}") from error
    see_that_it_is_there(url)
    migrate(engine)
    if settings.direct_database_url and is_postgresql(engine):
        _check_role(engine)
    if not even_left and not is_postgresql(engine):
        with reading(engine) as connection:
            epochs.refuse_left(connection)
    return engine


def see_that_it_is_there(url: str) -> None:
    """SQLite would make an empty file where the database is missing.

    Raises:
        Unavailable: no_database.
        PermissionError: the file, or its folder, isn't this account's to write.
    """
    file = sqlite_file(url)
    if file is None:
        return
    try:
        file.open("rb").close()
        see_that_it_can_write(file)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unavailable(
            "no_database", f"There is no database {file}: put it back, or name the right one"
        ) from error


def database_words(engine: Engine) -> str:
    """Which database it is, for whoever reads along: without the password."""
    url = engine.url
    if url.database and not is_postgresql(engine):
        return str(Path(url.database).resolve())
    shown = sa.URL.create(
        "postgresql" if is_postgresql(engine) else url.drivername,
        url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query={name: url.query[name] for name in ("host", "port") if name in url.query},
    )
    return shown.render_as_string()


def _check_role(engine: Engine) -> None:
    """A pooler passes on no settings of ours, so the role has to have them."""
    missing = missing_settings(engine)
    if missing:
        engine.dispose()
        role = sa.make_url(engine.url).username or "ROLE"
        mend = " ".join(f"ALTER ROLE {role} SET {n} = '{v}';" for n, v in missing.items())
        raise Rejected(
            "bad_database",
            "GUICHET_DIRECT_DATABASE_URL says that the database is behind a pooler. Then its role"
            f" has to bring these settings: {mend} (then RECONNECT at the pooler)",
        )


def only_programme(engine: Engine) -> UUID:
    """The id of the one programme that the database holds.

    Raises:
        Rejected: no_programme.
    """
    with reading(engine) as connection:
        found = connection.execute(sa.select(t.programme.c.programme_id)).scalars().all()
    if len(found) != 1:
        raise Rejected("no_programme", f"The database holds {len(found)} programmes, not one")
    (programme_id,) = found
    assert isinstance(programme_id, UUID)
    return programme_id


def upkeep_of(engine: Engine) -> Upkeep:
    """The jobs, to be run by a command; whoever serves hears of what they change."""
    transactions = Transactions(engine, now_ms, new_id=new_id)
    transactions.before_commit.append(announce)
    return Upkeep(transactions)


@contextlib.contextmanager
def programme_of(
    settings: ServerSettings, *, even_left: bool = False
) -> Iterator[tuple[Engine, UUID]]:
    """Open the database for a command: its engine, and the one programme in it."""
    engine = open_engine(settings, even_left=even_left)
    try:
        yield engine, only_programme(engine)
    finally:
        engine.dispose()


@contextlib.contextmanager
def working(settings: ServerSettings, *, even_left: bool = False) -> Iterator[Work]:
    """One writing transaction on the programme."""
    with (
        programme_of(settings, even_left=even_left) as (engine, programme_id),
        programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work,
    ):
        yield work
