"""The server's own configuration: `GUICHET_*` variables, and what `init` wrote down."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.errors import Unavailable


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
    """Note the database's URL, which may hold a password: whole, or not at all."""
    file = configuration_file(data)
    beside = file.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with beside.open("w") as new:
        new.write(json.dumps({"database_url": database_url}) + "\n")
        new.flush()
        os.fsync(new.fileno())
    beside.replace(file)


def address_file(data: Path) -> Path:
    """Where a running server notes its address, for whoever enrols a counter."""
    return data / "address"


def database_url(settings: ServerSettings) -> str:
    """The URL to use. Raises Unavailable('not_set_up') before `init`."""
    if settings.database_url:
        return settings.database_url
    path = configuration_file(settings.data)
    try:
        return str(json.loads(path.read_text())["database_url"])
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(
            "not_set_up", f"There is no server in {settings.data}; run `guichet-server init` first"
        ) from error
