"""`./dev demo`: a server, counters, the customer's panel and the manager's desk on this machine."""

from __future__ import annotations

import argparse
import functools
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from build_scripts.demo.casting import CastingFailed
from build_scripts.demo.director import Director
from build_scripts.demo.inspection import inspect
from build_scripts.demo.leash import ended_by_signals
from build_scripts.demo.link import Link
from build_scripts.demo.seat import SeatGone, Stuck
from build_scripts.demo.stage import Script, Stage, StageFailed
from build_scripts.demo.try_this import sheet

HEADLESS_SETTINGS: Final[dict[str, dict[str, object]]] = {}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; exits with a usage message where it can't be read."""
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--headless", action="store_true", help="play a whole day, unseen")
    parser.add_argument("--encounters", type=int, default=200, help="customers of that day")
    parser.add_argument("--kills", type=int, help="power cuts (default: a tenth of that)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what came of it (JSON)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave all files in this folder")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="pictures of every screen")
    parser.add_argument("--members", type=Path, metavar="FILE", help="a CSV of real members")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="what its columns mean")
    parser.add_argument("--count", type=int, default=50_000, help="members to make up")
    options = parser.parse_args(arguments)
    if (options.members is None) != (options.mapping is None):
        parser.error("--members and --mapping go together")
    for name in ("members", "mapping", "keep", "screenshots", "report"):  # others run elsewhere
        if (path := getattr(options, name)) is not None:
            setattr(options, name, path.resolve())
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns 0 when nothing went wrong, 1 and says what did."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(prefix="guichet-demo-") as temporary:
        folder = options.keep if options.keep is not None else Path(temporary) / "run"
        tidy = functools.partial(shutil.rmtree, temporary, ignore_errors=True)
        try:
            with ended_by_signals(tidy):
                return play_day(options, folder) if options.headless else open_hall(options, folder)
        except (StageFailed, CastingFailed, Stuck, SeatGone) as problem:
            print(f"demo: {problem}", file=sys.stderr)
            return 1


def open_hall(options: argparse.Namespace, folder: Path) -> int:
    """Open the windows for somebody to try, until they are closed."""
    print("demo: setting up the programme, the server and three seats ...", flush=True)
    with Stage(folder) as stage:
        stage.build(script_of(options), say=_tell)
        stage.serve()
        _tell("the server runs; enrolling three seats and opening their windows")
        text = sheet(stage, datetime.now(ZoneInfo(stage.office.time_zone)).date())
        place = folder / "try-this.txt"
        place.write_text(text, encoding="utf-8")
        print(f"{text}\n(also in {place})", flush=True)
        with Link(stage.port) as link:
            from build_scripts.demo.hall import open_to_public

            open_to_public(stage, link)
    return 0


def _tell(text: str) -> None:
    print(f"demo: {text}", flush=True)


def script_of(
    options: argparse.Namespace, settings: dict[str, dict[str, object]] | None = None
) -> Script:
    """Return what the command line wants the programme to be made of."""
    return Script(
        members=options.members,
        mapping=options.mapping,
        count=options.count,
        seed=options.seed,
        settings=settings,
    )


def play_day(options: argparse.Namespace, folder: Path) -> int:
    """Play a scripted day and judge it."""
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"demo: {time.monotonic() - started:5.1f} s  {text}", flush=True)

    with Stage(folder) as stage:
        stage.build(script_of(options, HEADLESS_SETTINGS), say=say)
        for line in stage.import_log[-12:]:
            say(line)
        stage.serve()
        with Link(stage.port) as link:
            played = Director(stage, link, say=say, pictures=options.screenshots).play(
                options.encounters, seed=options.seed, kills=options.kills
            )
        inspected = inspect(stage, played)
    report = inspected.report
    if options.report is not None:
        report.write(options.report)
    for line in (*inspected.findings, *(f"FAILED: {why}" for why in inspected.failures)):
        say(line)
    say(
        f"{report.encounters} encounters, {report.ratings} ratings, {report.accruals} accruals,"
        f" redemptions {report.redemptions}, {report.kills} kills,"
        f" lost {report.lost}, duplicated {report.duplicated}"
    )
    for way, alarm in (
        ("by the server", report.alarm),
        ("over the office's network", report.office_alarm),
        ("since the server was back", report.late_alarm),
    ):
        if alarm.count:
            say(f"{alarm.count} low ratings rang {way}: p50 {alarm.p50_ms}, p99 {alarm.p99_ms} ms")
    return 1 if inspected.failures else 0


if __name__ == "__main__":
    sys.exit(main())
