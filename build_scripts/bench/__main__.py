"""`./dev bench`: measures every figure the product promises, and says which are reached."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

from build_scripts.bench import (
    alarm,
    books,
    bootstrap,
    charts,
    commit,
    jobs,
    million,
    month_report,
    offline,
    panel,
    push,
    recalling,
    receipt,
    redeem,
    search,
    seats,
    window,
)
from build_scripts.bench.figures import Figure

Measure = Callable[[], list[Figure]]

_LONG: Final = frozenset({"million", "million_books", "month_report"})
"""Take longer than all others together, so only when it is asked for."""
_AS_ROOT: Final = frozenset({"office_alarm"})
"""Make network namespaces, so only when they are named."""

# A quick run proves that everything can be measured; its figures are no measurement.
_QUICK: Final[dict[str, dict[str, int]]] = {
    "commit": {"members": 500, "arriving": 500, "taps": 20},
    "search": {"members_n": 500, "days": 1},
    "push": {"ratings": 200, "rounds": 1, "devices": 1, "round_trips": 3, "members": 500},
    "alarm": {"alarms": 5, "members": 500},
    "office_alarm": {"alarms": 5, "members": 500},
    "bootstrap": {"members": 500, "rounds": 1},
    "offline": {"members": 500, "entries": 400, "rounds": 1},
    "redeem": {"members": 500, "counters": 2, "redemptions": 20, "offline": 5},
    "recall": {"members": 500, "recalls": 3},
    "books": {"members": 500, "posted": 100, "rounds": 1, "devices": 2},
    "receipt": {"members": 500, "redemptions": 3},
    "window": {"members": 500, "rounds": 1},
    "charts": {"ratings": 20_000, "rounds": 1},
    "panel": {"touches": 5},
    "jobs": {"encounters": 12, "members": 500},
    "million": {"members": 500, "rounds": 1, "days": 1},
    "million_books": {"members": 500, "redemptions": 32},
    "month_report": {
        "offices": 3,
        "days": 35,
        "ratings": 2_000,
        "rounds": 1,
        "speaking": 1,
        "late": 4,
    },
}


def measures(*, quick: bool = False, demo_report: Path | None = None) -> dict[str, Measure]:
    """Every measurement by its name, in the order in which they run."""
    runs: dict[str, Callable[..., list[Figure]]] = {
        "commit": commit.run,
        "search": search.run,
        "push": push.run,
        "alarm": alarm.run,
        "office_alarm": alarm.run_in_office,
        "bootstrap": bootstrap.run,
        "offline": offline.run,
        "redeem": redeem.run,
        "recall": recalling.run,
        "books": books.run,
        "receipt": receipt.run,
        "window": window.run,
        "charts": charts.run,
        "panel": panel.run,
        "jobs": partial(jobs.run, report=demo_report),
        "million": million.run,
        "million_books": books.whole,
        "month_report": month_report.run,
    }
    return {name: partial(run, **(_QUICK[name] if quick else {})) for name, run in runs.items()}


def run(chosen: Mapping[str, Measure]) -> tuple[list[Figure], list[str]]:
    """Measure one after the other; returns the figures and the names of what failed."""
    figures: list[Figure] = []
    failed = []
    for name, measure in chosen.items():
        started = time.monotonic()
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        try:
            figures += measure()
        except Exception:  # noqa: BLE001
            # A measurement that broke must not take the others with it; it is told at the end
            traceback.print_exc()
            failed.append(name)
        took_s = time.monotonic() - started
        print(f"bench: {name} took {took_s:.0f} s", file=sys.stderr, flush=True)
    return figures, failed


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text, a line each."""
    keys = ("name", "value", "unit", "target", "met", "baseline", "ratio", "samples")
    rows = [["figure", *keys[1:]]]
    rows += [[_cell(each[key]) for key in keys] for each in figures]
    widths = [max(len(row[at]) for row in rows) for at in range(len(keys))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [
            cell.ljust(width) if at == 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row[1:], widths[1:], strict=True), start=1)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _stop_in_order(*_: object) -> NoReturn:
    """Let every measurement put away what it started, once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 also where a figure falls short, 1 where a measurement failed."""
    names = list(_QUICK)
    usual = [name for name in names if name not in _LONG | _AS_ROOT]
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--only", nargs="+", choices=names, default=usual, metavar="NAME")
    parser.add_argument(
        "--million", action="store_true", help="a million members, too: a quarter of an hour more"
    )
    parser.add_argument("--quick", action="store_true", help="small: shows that all of it runs")
    parser.add_argument(
        "--demo-report",
        type=Path,
        metavar="FILE",
        help="the jobs of this day, instead of playing a short one",
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop_in_order)
    # The seats measured must not leave secrets in anybody's own keyring
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    machine, at = _machine(), datetime.now(UTC).isoformat(timespec="seconds")
    every = measures(quick=options.quick, demo_report=options.demo_report)
    chosen = {*options.only, *(_LONG if options.million else ())}
    try:
        figures, failed = run({name: every[name] for name in names if name in chosen})
    finally:
        seats.put_away()
    print(table(figures))
    if options.json is not None:
        document = {
            "at": at,
            "machine": machine,
            "quick": options.quick,
            "figures": figures,
            "failed": failed,
        }
        options.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    if failed:
        print(f"bench: could not be measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
