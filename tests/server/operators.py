"""A server as its operator has it: a data folder, commands, and counters enrolled there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.server.cli import main
from sync.server.keys import load_keys
from sync.server.service import CentralServer
from sync.server.serving import now_ms
from sync.server.store.engine import make_engine
from tests.server.seats import Clock, Seat, enrol


class Operator:
    """Runs commands on one data folder, as from a terminal.

    Args:
        data: the folder, made by `init` with the office PEK and its counter A1.
        capsys: takes what commands print.
        members: lines of 'card_no,name,home_office,points', imported at once.
    """

    def __init__(
        self, data: Path, capsys: pytest.CaptureFixture[str], members: tuple[str, ...] = ()
    ) -> None:
        self.data, self._capsys = data, capsys
        self.says("init", "--programme", "Phoenix", "--office", "PEK", "--admin-pin", "1234")
        self.says("counter", "add", "PEK", "A1")
        if members:
            people = data / "people.csv"
            people.write_text("\n".join(("card_no,name,home_office,points", *members, "")))
            self.says("import", "members", str(people))

    def says(self, *arguments: str) -> str:
        """What a command that works prints."""
        self._capsys.readouterr()
        assert main(["--data", str(self.data), *arguments]) == 0, self._capsys.readouterr().err
        return self._capsys.readouterr().out

    def refuses(self, *arguments: str) -> str:
        """What one that doesn't prints instead."""
        self._capsys.readouterr()
        assert main(["--data", str(self.data), *arguments]) == 1
        out, err = self._capsys.readouterr()
        assert out == ""
        return err

    @contextlib.contextmanager
    def seat(self) -> Iterator[Seat]:
        """A PC enrolled at PEK/A1."""
        code = self.says("enrol", "PEK/A1").strip()
        engine = make_engine(f"sqlite:///{self.data / 'guichet.db'}")
        server = CentralServer(engine, load_keys(self.data / "keys"), now_ms)
        try:
            yield enrol(server, Clock(now_ms()), code)
        finally:
            engine.dispose()
