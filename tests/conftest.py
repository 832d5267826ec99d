"""What holds for every test: nothing is skipped, no error is logged unasked, Qt does not complain.

Python's warnings are errors, and so are Qt's, by the settings in `pyproject.toml`.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from typing import Any, NoReturn

import hypothesis
import keyring
import pytest
import structlog
from keyring.backend import KeyringBackend

from sync.server.store import engine
from tests.fakes.postgres import PostgresServer
from ui.qt.garbage import collect_due

# Each of the processes that `./dev test` spreads the tests over has a desktop of its own.
if told := os.environ.get("GUICHET_TEST_DESKTOPS"):
    desktops = json.loads(told)
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ.update(desktops[process % len(desktops)])  # more only in place of one that died

# Qt reads these once, before the first window; `./dev test` has set them for real windows.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("LC_ALL", "C.UTF-8")

# No seat of a test listens on this machine's network or looks around in it, unless told to.
os.environ["GUICHET_LAN"] = "off"

# A machine busy with tests stands still for seconds; a test about the limit sets its own.
engine._SESSION_SETTINGS["idle_in_transaction_session_timeout"] = "60s"

# The same tests for the same commit; HYPOTHESIS_PROFILE=explore looks further.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", max_examples=2_000, deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


# ------------------------------------------------------------------- which tests run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish() -> None:
    """Let the collector pass over what every test finds: modules, and the tests themselves."""
    gc.collect()
    gc.freeze()


class SkipWatch:
    """Makes a run fail that skipped anything: a test nobody runs proves nothing."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for nodeid in self.skipped:
            terminalreporter.write_line(f"SKIPPED, which counts as failed: {nodeid}", red=True)


def stop_in_order(*_: object) -> NoReturn:
    """Let the fixtures put away what they started before the run ends, once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, stop_in_order)
    config.pluginmanager.register(SkipWatch(), "skip-watch")
    # Until a program configures structlog itself, its events go where logged errors are watched
    structlog.configure(
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[structlog.processors.KeyValueRenderer(key_order=["event"])],
    )


# ------------------------------------------------------------------- logged errors


class ErrorRecords(logging.Handler):
    """Keeps what was logged at ERROR or above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def expected_errors() -> list[logging.LogRecord]:
    """Ask for this when the test provokes an error that is logged.

    Returns:
        The records at ERROR and above, filled as the test goes on. There has to be one.
    """
    return []


@pytest.fixture(autouse=True)
def _no_logged_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    handler = ErrorRecords()
    expected = "expected_errors" in request.fixturenames
    if expected:
        handler.records = request.getfixturevalue("expected_errors")
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
    lines = [f"{record.name}: {record.getMessage()}" for record in handler.records]
    if expected and not lines:
        pytest.fail("the test expected an error to be logged, and none was")
    if lines and not expected:
        pytest.fail("logged at ERROR or above:\n" + "\n".join(lines))


# ------------------------------------------------------------------- Qt objects die on one thread


@pytest.fixture(autouse=True, scope="module")
def _garbage_of_windows(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where windows are tested no worker thread collects garbage, as in the program."""
    if request.path.parent.name not in {"gui", "e2e"}:
        yield
        return
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _garbage_after_each(_garbage_of_windows: None) -> Iterator[None]:
    yield
    if not gc.isenabled():
        collect_due()


# ------------------------------------------------------------------- no network for the quick ones


@pytest.fixture(autouse=True)
def _no_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "tests/unit/" not in request.node.nodeid:
        return

    def refuse(*arguments: Any) -> NoReturn:
        pytest.fail(f"a unit test opened a connection: {arguments[1:]}")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)


# ------------------------------------------------------------------- the real things


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL, stopped and removed at the end."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """SQLAlchemy's URL of an empty database for one test."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="module")
def postgres_module_url(postgres: PostgresServer) -> Iterator[str]:
    """SQLAlchemy's URL of an empty database for the tests of one module."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def keyring_session() -> KeyringBackend:
    """The secret service of the desktop that `./dev test` starts, proved to keep a secret.

    Without that desktop the test fails: it must not write into anybody's own keyring.
    """
    if "GUICHET_TEST_DESKTOP" not in os.environ:
        pytest.fail("this test needs the desktop that ./dev test starts")
    backend = keyring.get_keyring()
    if "SecretService" not in type(backend).__module__:
        pytest.fail(f"no secret service on the session bus; keyring chose {backend}")
    secret = secrets.token_hex()
    backend.set_password("guichet-test", "proof", secret)
    if backend.get_password("guichet-test", "proof") != secret:
        pytest.fail("the secret service did not keep the secret")
    backend.delete_password("guichet-test", "proof")
    return backend
