"""The server's own configuration: `GUICHET_*` variables, and what `init` wrote down."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.errors import Rejected, Unavailable

EMBEDDED: Final = "guichet.db"
"""The database in the data folder, where `init` isn't told of another."""
_OUTSIDE: Final = "outside"
"""Says in server.json that a file elsewhere is meant: without it a copied folder is suspected."""
_EXAMPLE: Final = json.dumps({"database_url": f"sqlite:///{EMBEDDED}"})


class ServerSettings(BaseSettings):
    """What the environment says.

    Attributes:
        data: folder of keys, configuration and the embedded database (GUICHET_DATA).
        database_url: instead of what `init` was given (GUICHET_DATABASE_URL).
        direct_database_url: the same PostgreSQL past the pooler, where `database_url` leads to one
            that lends connections transaction by transaction: for what needs a session of its own
            (GUICHET_DIRECT_DATABASE_URL).
        metrics_token: bearer token of /metrics; '' closes it (GUICHET_METRICS_TOKEN).
        pool_size: connections to PostgreSQL of each process, besides the one that listens
            (GUICHET_POOL_SIZE).
        pulls_per_s: how many devices each process tells a second that there is something to pull
            (GUICHET_PULLS_PER_S).
        proxies: addresses or networks of proxies, with commas between, that are believed for whom
            they ask and whether by TLS (GUICHET_PROXIES).
        host: to listen on (GUICHET_HOST).
        port: 0 for any free one (GUICHET_PORT).
        workers: processes that answer, on PostgreSQL (GUICHET_WORKERS).
        tls_cert: certificate chain in PEM, None: of `tls make` where there is one
            (GUICHET_TLS_CERT).
        tls_key: its private key (GUICHET_TLS_KEY).
        smtp_url: who takes mail along, `smtp://user:password@host:587` or `smtps://…`
            (GUICHET_SMTP_URL).
        mail_from: the address that mail comes from (GUICHET_MAIL_FROM).
    """

    model_config = SettingsConfigDict(env_prefix="GUICHET_")

    data: Path = Path("guichet-data")
    database_url: str = ""
    direct_database_url: str = ""
    metrics_token: str = ""
    pool_size: int = 8
    pulls_per_s: float = 50.0
    proxies: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8460
    workers: Annotated[int, Field(ge=1)] = 1
    tls_cert: Path | None = None
    tls_key: Path | None = None
    smtp_url: str = ""
    mail_from: str = ""


def configuration_file(data: Path) -> Path:
    """Where `init` notes the database's URL."""
    return data / "server.json"


def write_configuration(data: Path, *, database_url: str) -> None:
    """Note the database's URL, which may hold a password: whole, or not at all.

    A file in the folder is noted by its path there, so that a copy of the folder means its own.
    """
    noted: dict[str, Any] = {"database_url": database_url}
    file = sqlite_file(database_url)
    if file is not None:
        inside = _path_in(data, file)
        noted["database_url"] = _with_file(database_url, inside or file.absolute())
        if inside is None:
            noted[_OUTSIDE] = True
    path = configuration_file(data)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with beside.open("w") as new:
        new.write(json.dumps(noted) + "\n")
        new.flush()
        os.fsync(new.fileno())
    beside.replace(path)


def address_file(data: Path) -> Path:
    """Where a running server notes its address, for whoever enrols a counter."""
    return data / "address"


def database_url(settings: ServerSettings) -> str:
    """The URL to use; a path in server.json is one in the data folder.

    Raises:
        Rejected: 'elsewhere', server.json was copied, or moved, with its folder.
        Unavailable: 'not_set_up', 'bad_configuration'.
        PermissionError: server.json isn't this account's to read.
    """
    if settings.database_url:
        return settings.database_url
    path = configuration_file(settings.data)
    try:
        noted = json.loads(path.read_text())
        url = str(noted["database_url"])
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Unavailable("not_set_up", _what_is_missing(settings.data)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            "bad_configuration",
            f"{path} can't be understood; it is to name the database, such as {_EXAMPLE} for"
            f" {EMBEDDED} beside it",
        ) from error
    file = sqlite_file(url)
    if file is None:
        return url
    # `init` used to write the whole path; only of that name it wasn't asked for
    suspicious = file.is_absolute() and file.name == EMBEDDED and not noted.get(_OUTSIDE)
    if suspicious and _path_in(settings.data, file) is None:
        raise Rejected(
            "elsewhere",
            f"{path} names {file}, which isn't in that folder, as when the folder was copied or"
            f" moved. For the database in the folder let it say {_EXAMPLE}; if the other one is"
            f' meant, add "{_OUTSIDE}": true',
        )
    return _with_file(url, settings.data.absolute() / file)


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL, None of others and of one in memory."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        return None  # whoever opens it says what is wrong
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return None if parsed.database.startswith("file:") else Path(parsed.database)


def _with_file(url: str, file: Path) -> str:
    return sa.make_url(url).set(database=str(file)).render_as_string(hide_password=False)


def _path_in(data: Path, file: Path) -> Path | None:
    """A file's path in the data folder, whichever way it is named; None of one elsewhere."""
    folder, place = data.resolve(), file.absolute().parent.resolve() / file.name
    return place.relative_to(folder) if place.is_relative_to(folder) else None


def _what_is_missing(data: Path) -> str:
    names = {"keys": "keys", EMBEDDED: f"a database ({EMBEDDED})"}
    there = [words for name, words in names.items() if (data / name).exists()]
    if not there:
        return (
            f"There is no server in {data}: neither server.json nor keys nor a database."
            " --data or GUICHET_DATA names another folder; `guichet-server init` sets up a new"
            " server, which no counter knows"
        )
    return (
        f"There is no server.json in {data}, but {' and '.join(there)}: put it back from the"
        f" backup, or write it, for the database in the folder {_EXAMPLE}. `init` would be another"
        " server"
    )
