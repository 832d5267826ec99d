"""`./dev load`: thousands of counters on a real server and a real PostgreSQL.

Exits 1 when an entry was lost or doubled, a low rating never rang, or the books don't balance.
Everything runs on this machine: the seats take about as much of it as the server does.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID

import msgspec
import sqlalchemy as sa

from build_scripts.bench.figures import quantile
from build_scripts.bench.processor_time import family, processor_s
from build_scripts.load.seats import Spec
from sync.server import cli
from sync.server.audit import audit
from sync.server.enrolment import make_code
from sync.server.opening import new_id, only_programme
from sync.server.programme import NewStaff, add_counter, add_office, add_staff
from sync.server.serving import now_ms
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading
from sync.server.transactions import programme_work
from tests.fakes.postgres import PostgresServer
from tests.sync.tls import make_certificate

ROOT: Final = Path(__file__).resolve().parents[2]
COUNTERS_AN_OFFICE: Final = 20
MEMBERS: Final = 5_000
_SETTLE_S: Final = 3.0


def main() -> int:
    """Run it; returns the exit status."""
    options = _options()
    # Whoever stops us stops all that was started
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="guichet-load-")))
        postgres = stack.enter_context(PostgresServer())
        database = postgres.create_database()
        _say("setting the programme up")
        seats, members = _programme(folder, database, options.counters)
        server = stack.enter_context(_Server(folder, options.workers, tls=options.tls))
        drivers = [
            stack.enter_context(_Driver(_spec(server, options, seats, members, n)))
            for n in range(options.drivers)
        ]
        for driver in drivers:
            driver.expect("enrolled")
        _say(f"{len(seats)} seats enrolled")
        time.sleep(_SETTLE_S)
        before = server.memory()
        _order(drivers, "listening")
        time.sleep(_SETTLE_S)
        feeds = len(seats) + options.idle
        each_kb = (server.memory() - before) / feeds / 1024
        _say(f"{feeds} feeds open, {each_kb:.1f} KB of the server's memory each")
        cpu_s, start_s = server.cpu_s(), time.monotonic()
        pg_cpu_s = processor_s(postgres.pid)
        for driver in drivers:
            driver.order()
        time.sleep(options.seconds)
        took_s = time.monotonic() - start_s
        cpu_s, pg_cpu_s = server.cpu_s() - cpu_s, processor_s(postgres.pid) - pg_cpu_s
        _order(drivers, "drained")
        time.sleep(_SETTLE_S)  # the last alarms
        results = [driver.result() for driver in drivers]
        wrong = judge(database, results)
        figures = {
            **_figures(results, took_s),
            "server_cpu_cores": round(cpu_s / took_s, 2),
            "postgresql_cpu_cores": round(pg_cpu_s / took_s, 2),
            "kb_per_idle_connection": round(each_kb, 1),
            "server_memory_mb": round(server.memory() / 2**20, 1),
            "wrong": wrong,
        }
    _print(figures)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev load", description=__doc__)
    parser.add_argument("--counters", type=int, default=200, help="counters at work (200)")
    parser.add_argument("--seconds", type=float, default=60, help="for how long (60)")
    parser.add_argument("--visit-every", type=float, default=180, help="s at one counter (180)")
    parser.add_argument("--low-share", type=float, default=0.02, help="low ratings (0.02)")
    parser.add_argument("--idle", type=int, default=0, help="more feeds that are only open (0)")
    parser.add_argument("--workers", type=int, default=2, help="the server's processes (2)")
    parser.add_argument("--drivers", type=int, default=2, help="the seats' processes (2)")
    parser.add_argument("--tls", action="store_true", help="TLS ends at the server")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def _say(text: str) -> None:
    print(f"load: {text}", file=sys.stderr, flush=True)


# --- what runs ------------------------------------------------------------------------------------


def _programme(
    folder: Path, database: str, counters: int
) -> tuple[list[tuple[str, str, UUID]], list[UUID]]:
    """Make offices with counters and one desk each, and members; returns (seats, members)."""
    wanted = ["--programme", "Load", "--admin-pin", "7913", "--database", database]
    if cli.main(["--data", str(folder / "data"), "init", *wanted]):
        raise SystemExit("load: the server could not be set up")
    file = folder / "members.csv"
    rows = (f"L{n:08},Member {n}" for n in range(MEMBERS))
    file.write_text("\n".join(["card_no,name", *rows, ""]))
    if cli.main(["--data", str(folder / "data"), "import", "members", str(file)]):
        raise SystemExit("load: the members could not be imported")
    engine = make_engine(database)
    programme_id = only_programme(engine)
    seats: list[tuple[str, str, UUID]] = []
    with programme_work(engine, programme_id, now_ms=now_ms(), new_id=new_id) as work:
        for number in range(-(-counters // COUNTERS_AN_OFFICE)):
            office_id = add_office(
                work, code=f"O{number:04}", name=f"Office {number}", time_zone="Asia/Shanghai"
            )
            clerk, manager = (
                add_staff(work, NewStaff(f"{number:04}{n}", "Load", (role,), office_id, ""))
                for n, role in enumerate(("clerk", "duty_manager"))
            )
            here = min(COUNTERS_AN_OFFICE, counters - number * COUNTERS_AN_OFFICE)
            places = [("counter", f"C{n}", clerk) for n in range(here)]
            for kind, label, staff_id in [*places, ("desk", "D", manager)]:
                counter_id = add_counter(work, office_id=office_id, label=label)
                code = make_code(
                    work.connection, programme_id, counter_id=counter_id, kind=kind, now_ms=now_ms()
                )
                seats.append((code, kind, staff_id))
    with reading(engine) as connection:
        members = list(connection.execute(sa.select(t.member.c.member_id)).scalars())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")  # as autovacuum does within a minute
    engine.dispose()
    return seats, members


class _Server:
    """`guichet-server serve`, and what it takes."""

    def __init__(self, folder: Path, workers: int, *, tls: bool) -> None:
        command = [sys.executable, "-m", "sync.server.cli", "--data", str(folder / "data"), "serve"]
        command += ["--port", "0", "--workers", str(workers)]
        self.authority = ""
        if tls:
            made = make_certificate(folder / "tls")
            self.authority = str(made.authority)
            command += ["--tls-cert", str(made.chain), "--tls-key", str(made.chain)]
        self._log = (folder / "server.log").open("wb")
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise SystemExit((folder / "server.log").read_text(errors="replace"))

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def memory(self) -> int:
        """Bytes that the processes have for themselves, and their share of what they share."""
        return sum(p.memory_full_info().pss for p in family(self._process.pid))

    def cpu_s(self) -> float:
        return processor_s(self._process.pid)


def _spec(
    server: _Server,
    options: argparse.Namespace,
    seats: list[tuple[str, str, UUID]],
    members: list[UUID],
    number: int,
) -> Spec:
    idle = options.idle // options.drivers + (number < options.idle % options.drivers)
    return Spec(
        url=server.url,
        authority=server.authority,
        seats=seats[number :: options.drivers],
        members=members,
        visit_every_s=options.visit_every,
        low_share=options.low_share,
        idle=idle,
        seed=number,
    )


class _Driver:
    """One process of seats; it says a word at each stage and goes on when told to."""

    def __init__(self, spec: Spec) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "build_scripts.load.seats"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(msgspec.json.encode(spec).decode())

    def __enter__(self) -> _Driver:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def _say(self, text: str) -> None:
        stdin: TextIO = self._process.stdin  # type: ignore[assignment] # it is a pipe
        stdin.write(text + "\n")
        stdin.flush()

    def _line(self) -> str:
        stdout: TextIO = self._process.stdout  # type: ignore[assignment] # it is a pipe
        return stdout.readline().strip()

    def expect(self, word: str) -> None:
        if self._line() != word:
            raise SystemExit(f"load: the seats failed before they were {word}")

    def order(self) -> None:
        self._say("")

    def result(self) -> dict[str, Any]:
        self.order()
        result: dict[str, Any] = json.loads(self._line() or "null")
        if result is None:
            raise SystemExit("load: the seats failed at the end")
        return result


def _order(drivers: list[_Driver], word: str) -> None:
    for driver in drivers:
        driver.order()
    waits = [threading.Thread(target=driver.expect, args=(word,)) for driver in drivers]
    for wait in waits:
        wait.start()
    for wait in waits:
        wait.join()


# --- what became of it ----------------------------------------------------------------------------


def judge(database: str, results: list[dict[str, Any]]) -> list[str]:
    """What is wrong, in words; nothing if nothing is.

    Args:
        database: the server's, as a URL.
        results: what each process of seats said of itself at its end.
    """
    wrong = []
    sent = {device: n for result in results for device, n in result["entries"].items()}
    engine = make_engine(database)
    with reading(engine) as connection:
        entry = t.entry
        found = connection.execute(
            sa.select(entry.c.device_id, sa.func.count()).group_by(entry.c.device_id)
        )
        stored = {str(device): n for device, n in found}
        for device, n in sent.items():
            if stored.get(device, 0) != n:
                wrong.append(f"{device} recorded {n} entries; here are {stored.get(device, 0)}")
        pressed = {key for result in results for key in result["pressed_s"]}
        cases = {str(c) for c in connection.execute(sa.select(t.service_case.c.case_id)).scalars()}
        if pressed != cases:
            wrong.append(f"{len(pressed)} low ratings made {len(cases)} cases")
        wrong += list(audit(connection))
    engine.dispose()
    unsent = sum(result["unsent"] for result in results)
    exceptions = sum(result["exceptions"] for result in results)
    rung = {key for result in results for key in result["rung_s"]}
    for count, what in (
        (unsent, "entries were never taken"),
        (exceptions, "entries became exceptions"),
        (len(pressed - rung), "low ratings rang nowhere"),
    ):
        if count:
            wrong.append(f"{count} {what}")
    return wrong


def _figures(results: list[dict[str, Any]], took_s: float) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {}
    answers: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for result in results:
        for route, values in result["seconds"].items():
            seconds.setdefault(route, []).extend(values)
        answers.update(result["answers"])
        faults.update(result["faults"])
    pressed = {key: at for result in results for key, at in result["pressed_s"].items()}
    rung = {key: at for result in results for key, at in result["rung_s"].items()}
    alarms_ms = [(rung[key] - at) * 1000 for key, at in pressed.items() if key in rung]
    entries = sum(n for result in results for n in result["entries"].values())
    figures: dict[str, Any] = {
        "seconds": round(took_s, 1),
        "entries_per_s": round(entries / took_s, 1),
        "requests_per_s": round(sum(map(len, seconds.values())) / took_s, 1),
        "refused": {key: n for key, n in answers.items() if key.endswith((" 429", " 503"))},
        "faults": dict(faults),
        "alarms": len(alarms_ms),
    }
    for share in (0.5, 0.99):
        if alarms_ms:
            figures[f"alarm_p{share * 100:.0f}_ms"] = round(quantile(alarms_ms, share), 1)
        for route, values in sorted(seconds.items()):
            name = f"{route.rpartition('/')[2]}_p{share * 100:.0f}_ms"
            figures[name] = round(quantile(values, share) * 1000, 1)
    return figures


def _print(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):<28} {value if value not in ({}, []) else 'none'}")


if __name__ == "__main__":
    sys.exit(main())
