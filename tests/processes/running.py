"""Starts, orders about, kills and ends the processes that these tests are about."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sync.client.transport import READ_S
from sync.server.cli import main
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading
from tests.fakes.waiting import until
from tests.processes.programme import setting_up, write_members

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60.0
USABLE_S = READ_S - 2
"""What waits for the network waits for longer, however fast the machine; nothing else does."""
_ANSWERS = {
    "enrol": "enrolled",
    "work": "working",
    "rest": "resting",
    "tell": "told",
    "sign in": "signed in",
    "rate low": "rated",
}


class Process:
    """A process of our own in a session of its own, its output read line by line as JSON.

    Args:
        log: takes its standard error, of one life after the other.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process: subprocess.Popen[str] | None = None
        self.said: list[dict[str, Any]] = []
        self._reader: threading.Thread | None = None
        self._heard = threading.Condition()

    def launch(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        assert self.process is None
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env={**os.environ, **env},
                start_new_session=True,
            )
        self.said = []
        self._reader = threading.Thread(target=self._read, args=(self.process,))
        self._reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with self._heard:
                if line.startswith("{") and line.endswith("\n"):
                    self.said.append(json.loads(line))
                else:
                    self.said.append({"line": line.strip()})
                self._heard.notify_all()
        with self._heard:
            self.said.append({"ended": True})
            self._heard.notify_all()

    def hear(
        self, wanted: Callable[[dict[str, Any]], bool], *, after: int = 0, limit_s: float = LIMIT_S
    ) -> dict[str, Any]:
        """Wait for a line of the output from number `after` on."""
        deadline = time.monotonic() + limit_s
        with self._heard:
            while True:
                for line in self.said[after:]:
                    if wanted(line):
                        return line
                    assert "ended" not in line, f"it ended: {self.said[-5:]} {self._end_of_log()}"
                left_s = deadline - time.monotonic()
                assert left_s > 0, f"it said nothing of it: {self.said[-5:]} {self._end_of_log()}"
                self._heard.wait(left_s)

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def signal(self, how: signal.Signals) -> None:
        """Send a signal to the process and all that it started."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)

    def kill(self) -> None:
        """kill −9, whatever it is doing."""
        self.signal(signal.SIGKILL)
        self._gone()

    def _gone(self) -> int:
        process, self.process = self.process, None
        assert process is not None
        assert self._reader is not None
        code = process.wait(LIMIT_S)
        self._reader.join(LIMIT_S)
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        return code

    def put_away(self) -> None:
        """Whatever became of it: afterwards nothing of it is left."""
        if self.process is not None:
            self.kill()


class Central(Process):
    """The central server, set up by its own commands."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        folder.mkdir()
        super().__init__(folder / "log")
        self.data = folder / "data"
        self.database_url = database_url or f"sqlite:///{folder / 'guichet.db'}"
        self.url = ""
        self._port = 0
        self._engine = make_engine(self.database_url)
        write_members(folder / "members.csv")
        for command in setting_up(folder / "members.csv", self.database_url):
            self.command(*command)

    def command(self, *words: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            assert main(["--data", str(self.data), *words]) == 0, words
        return out.getvalue().strip()

    def start(
        self,
        *,
        workers: int = 1,
        host: str = "127.0.0.1",
        before: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        wait: bool = True,
    ) -> None:
        """Start it, at the same port every time; `before` goes before the command."""
        where = ["--host", host, "--port", str(self._port), "--workers", str(workers)]
        server = [sys.executable, "-m", "sync.server.cli", "--data", str(self.data), "serve"]
        self.launch([*before, *server, *where], env or {})
        if wait:
            self.is_up()

    def is_up(self) -> None:
        """Wait until it has said where it listens."""
        self.url = self.hear(lambda line: str(line.get("line", "")).startswith("http"))["line"]
        self._port = int(self.url.rpartition(":")[2])

    @property
    def port(self) -> int:
        return self._port

    def entries(self, kind: str = "") -> int:
        """How many entries it has taken, or those of one type; seen from outside."""
        chosen = sa.select(sa.func.count()).select_from(t.entry)
        if kind:
            chosen = chosen.where(t.entry.c.type == kind)
        with reading(self._engine) as connection:
            return int(connection.execute(chosen).scalar_one())

    def enrol(self, label: str, kind: str = "counter") -> str:
        """A code for a new seat."""
        return self.command("enrol", f"PEK/{label}", "--kind", kind)

    def looks_into(self, database_url: str) -> None:
        """Look into another database from now on, '' for none: it is moved there."""
        self._engine.dispose()
        if database_url:
            self.database_url = database_url
            self._engine = make_engine(database_url)

    def stop(self) -> None:
        self.signal(signal.SIGTERM)
        assert self._gone() == 0

    def put_away(self) -> None:
        super().put_away()
        self._engine.dispose()

    def audit(self) -> None:
        """`guichet-server audit`, as an operator runs it."""
        command = [sys.executable, "-m", "sync.server.cli", "--data", str(self.data), "audit"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


class CounterPc(Process):
    """A counter's or a desk's PC: its folder, its witness, and its program while it runs."""

    def __init__(self, home: Path, label: str, *, folder: Path | None = None) -> None:
        """Make its home; `folder` holds its data where that is to lie on another disk."""
        home.mkdir(exist_ok=True)
        super().__init__(home / f"{label}.log")
        self.label = label
        self.folder = folder or home / label
        self.witness = home / f"{label}.witness"
        self.lives = 0

    def start(
        self,
        *,
        before: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        lan: str = "off",
        works: bool = False,
        wait: bool = True,
    ) -> None:
        """Start its program; each life draws other customers. `works` serves them at once."""
        self.lives += 1
        program = [sys.executable, "-m", "tests.processes.counter"]
        options = ["--seed", str(self.lives), "--lan", lan, *(["--works"] if works else [])]
        words = [*before, *program, str(self.folder), str(self.witness), *options]
        self.launch(words, env or {})
        if wait:
            self.answer("open")

    def confirmed(self) -> int:
        """How many confirmations its screens have given, in all its lives."""
        return self.witness.read_bytes().count(b"\n") if self.witness.exists() else 0

    def answer(self, word: str, *, after: int = 0, limit_s: float = LIMIT_S) -> dict[str, Any]:
        return self.hear(lambda line: line.get("answer") == word, after=after, limit_s=limit_s)

    def order(self, what: str, *, limit_s: float = LIMIT_S, **more: object) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        assert self.process is not None
        assert self.process.stdin is not None
        after = len(self.said)
        self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.process.stdin.flush()
        return self.answer(_ANSWERS[what], after=after, limit_s=limit_s)

    def tell(self) -> dict[str, Any]:
        return self.order("tell")

    def join(self, central: Central, *, kind: str = "counter", url: str = "") -> None:
        """Start it for the first time, enrol it and wait for its members."""
        self.enrol(central, kind=kind, url=url)
        until(lambda: bool(self.tell()["has_data"]), "it has its data")

    def enrol(self, central: Central, *, kind: str = "counter", url: str = "") -> None:
        self.order("enrol", url=url or central.url, code=central.enrol(self.label, kind))

    def drain(self, limit_s: float = LIMIT_S) -> None:
        """Wait until everything is with the server."""
        until(lambda: self.tell()["pending"] == 0, "nothing is pending", limit_s)

    def leave(self) -> None:
        """Close it as a person does."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self._gone() == 0, self._end_of_log()


def rings(pc: CounterPc, desk: CounterPc) -> bool:
    """Whether a low rating rings within five seconds."""
    encounter = pc.order("rate low")["encounter"]
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if any(line.get("rang") == encounter for line in list(desk.said)):
            return True
        time.sleep(0.02)
    return False
