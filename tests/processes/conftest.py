"""Real processes for a module's tests, put away whatever becomes of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.postgres import PostgresServer
from tests.processes.running import Central, CounterPc

MakeCentral = Callable[[str], Central]
MakePc = Callable[..., CounterPc]


@pytest.fixture
def stage() -> Iterator[ExitStack]:
    """What the test puts here is put away at its end, the last first."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def make_central(tmp_path: Path, request: pytest.FixtureRequest, stage: ExitStack) -> MakeCentral:
    """Makes a central server on 'sqlite' or 'postgres', not yet running."""

    def make(kind: str) -> Central:
        url = None
        if kind == "postgres":
            postgres: PostgresServer = request.getfixturevalue("postgres")
            url = postgres.create_database()
            stage.callback(postgres.drop_database, url)
        central = Central(tmp_path / "central", url)
        stage.callback(central.put_away)
        return central

    return make


@pytest.fixture
def make_pc(tmp_path: Path, stage: ExitStack) -> MakePc:
    """Makes a PC by its label, not yet running."""

    def make(label: str, *, folder: Path | None = None) -> CounterPc:
        pc = CounterPc(tmp_path / "pcs", label, folder=folder)
        stage.callback(pc.put_away)
        return pc

    return make
