"""The clerk's jobs as the scripted day performed them, beside what each may take.

The keys and scans are counted from the events that the day's driver sent; the report holds the
most that any performance of a job took. Seconds stand in the report, too, but are the driver's as
much as the program's, so they are only told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from build_scripts.bench.central import ROOT
from build_scripts.bench.figures import Figure, figure

# (keys, scans) of each job in the table of the screens' design; free text isn't counted.
TARGETS: Final = {
    "earn_by_scan": (2, 1),
    "earn_by_phone": (7, 1),
    "redeem_online": (5, 0),
    "redeem_offline": (5, 0),
    "retro_claim": (2, 1),
    "complaint": (3, 0),
    "rating": (0, 0),
    "close_shift": (9, 0),
}

_LIMIT_S: Final = 1800


class DayFailed(Exception):
    """The scripted day gave no report that can be read."""


def run(*, report: Path | None = None, encounters: int = 36, members: int = 5_000) -> list[Figure]:
    """Read the day's report, playing a short day without power cuts if there is none.

    Args:
        report: what `./dev demo --headless --report` wrote.
        encounters: customers of the day that is played.
        members: how many are made up for it.

    Raises:
        DayFailed: the day gave no report, or the report lacks a job.
    """
    if report is None:
        with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder:
            return _judge(_play(Path(folder) / "report.json", encounters, members))
    return _judge(_read(report))


def _play(report: Path, encounters: int, members: int) -> dict[str, Any]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "build_scripts.demo", "--headless", "--report", str(report)),
            *("--encounters", str(encounters), "--kills", "0", "--count", str(members)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if not report.exists():
        raise DayFailed(
            f"the day ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
        )
    return _read(report)


def _read(report: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DayFailed(f"{report} can't be read: {error}") from error
    return document


def _judge(document: dict[str, Any]) -> list[Figure]:
    jobs = document.get("jobs", {})
    missing = [job for job in TARGETS if job not in jobs]
    if missing:
        raise DayFailed(f"the day's report lacks {', '.join(missing)}")
    figures = []
    for job, (keys, scans) in TARGETS.items():
        did = jobs[job]
        # A key less doesn't make up for a scan more, so each is judged by itself
        for unit, target in (("keys", keys), ("scans", scans), ("mouse", 0)):
            if unit != "keys" and did[unit] == target == 0:
                continue
            figures.append(figure(f"{job}: {unit}", did[unit], unit, target=target, samples=1))
        figures.append(figure(f"{job}: p95", did["seconds_p95"], "s", target=None, samples=1))
    mouse = max(job["mouse"] for job in jobs.values())
    figures.append(figure("mouse in any job", mouse, "clicks", target=0, samples=len(jobs)))
    return figures
