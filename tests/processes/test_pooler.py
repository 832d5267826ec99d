"""PgBouncer between the server's processes and PostgreSQL, lending connections by transaction."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from app.domain.errors import Rejected
from sync.server.opening import open_engine
from sync.server.settings import ServerSettings
from tests.fakes.postgres import SUPERUSER, UNPRIVILEGED_ACCOUNT, PostgresServer
from tests.fakes.waiting import until
from tests.processes.conftest import MakeCentral, MakePc
from tests.processes.programme import MANAGER
from tests.processes.reckoning import reckon
from tests.processes.running import rings

pytestmark = pytest.mark.slow

CONNECTIONS = 4  # far fewer than two processes would hold by themselves


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """One of its own: its role is changed here."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def pooler(postgres: PostgresServer) -> Iterator[Path]:
    """The folder of the pooler's socket; the pooler runs."""
    home = Path(tempfile.mkdtemp(prefix="guichet-pool-"))
    configuration = home / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n* = host={postgres.socket_folder} user={SUPERUSER}\n[pgbouncer]\n"
        f"listen_addr =\nunix_socket_dir = {home}\nauth_type = any\n"
        f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\n"
    )
    account = UNPRIVILEGED_ACCOUNT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    shutil.chown(home, account)
    # Debian puts it where only root looks
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None
    with (home / "log").open("wb") as log:
        command = [program, str(configuration)]
        process = subprocess.Popen(command, stderr=log, user=account)
    until(lambda: any(home.glob(".s.PGSQL.*")), "the pooler listens")
    yield home
    process.terminate()
    process.wait()
    shutil.rmtree(home)


def _through(pooler: Path, url: str) -> str:
    """The same database, asked through the pooler."""
    parsed = sa.make_url(url)
    through = parsed.set(query={"host": str(pooler), "port": "6432"})
    return through.render_as_string(hide_password=False)


def test_two_processes_share_few_connections(
    postgres: PostgresServer, pooler: Path, make_central: MakeCentral, make_pc: MakePc
) -> None:
    central = make_central("postgres")
    direct = central.database_url
    env = {
        "GUICHET_DATABASE_URL": _through(pooler, direct),
        "GUICHET_DIRECT_DATABASE_URL": direct,
    }
    with pytest.raises(Rejected, match=r"ALTER ROLE postgres SET idle_in_transaction"):
        open_engine(
            ServerSettings(
                database_url=env["GUICHET_DATABASE_URL"],
                direct_database_url=env["GUICHET_DIRECT_DATABASE_URL"],
            )
        )
    with psycopg.connect(postgres.conninfo(), autocommit=True) as connection:
        for setting in (
            "idle_in_transaction_session_timeout = '2s'",
            "lock_timeout = '5s'",
        ):
            connection.execute(f"ALTER ROLE {SUPERUSER} SET {setting}".encode())
        # Whom the pooler holds already doesn't know yet
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
    central.start(workers=2, env=env)
    desk = make_pc("D")
    desk.start()
    desk.join(central, kind="desk")
    desk.order("sign in", number=MANAGER[0], pin=MANAGER[1])
    pcs = [make_pc("A1"), make_pc("A2")]
    for pc in pcs:
        pc.start()
        pc.join(central)
    until(lambda: rings(pcs[0], desk), "the desk's feed is open")
    for pc in pcs:
        pc.order("work")
    until(lambda: central.entries() > 300, "the server takes what the counters record")
    with psycopg.connect(postgres.conninfo()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        ).fetchone()
    assert row is not None
    # The pooler's, one that listens and one that leads or waits for each process, this one, and
    # that of whoever counts entries
    assert row[0] <= CONNECTIONS + 2 * 2 + 2
    for pc in pcs:
        pc.order("rest")
        pc.drain()
        pc.leave()
    desk.leave()
    central.stop()
    found = reckon(central, pcs)
    print(f"through the pooler: {found}")
    assert found.witnessed["rated"] > 0
