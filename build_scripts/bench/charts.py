"""A year of one office on the desk's page of charts, from the choice to the picture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from statistics import median
from typing import Final

from build_scripts.bench.central import ROOT
from build_scripts.bench.figures import Figure, figure

RATINGS: Final = 200_000
ROUNDS: Final = 5
TARGET_MS: Final = 300.0
PAINT_TARGET_MS: Final = 20.0

_LIMIT_S: Final = 300.0


def run(*, ratings: int = RATINGS, rounds: int = ROUNDS) -> list[Figure]:
    """Measure: reading and adding up a year, and the slowest of the page's charts.

    The charts are Qt's offscreen ones, in a process of their own. The baseline of working out adds
    up each day's cells one by one; that of painting is a polyline of 365 points in a pen of 2 px,
    as Qt draws it.

    Raises:
        subprocess.CalledProcessError: the process failed.
    """
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "build_scripts.bench.charts_probe", str(ratings), str(rounds)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_LIMIT_S,
        check=True,
    )
    said = json.loads(done.stdout)
    slowest, worked_out = median(said["chart_ms"]), median(said["worked_out_ms"])
    counted = f"a year of an office, {said['ratings']:,} ratings"
    return [
        figure(
            f"{counted}: read and worked out for all charts",
            worked_out,
            "ms",
            target=None,
            baseline=median(said["by_cell_ms"]),
            samples=rounds,
        ),
        figure(
            f"{counted}: the slowest chart, worked out to drawn",
            worked_out + slowest,
            "ms",
            target=TARGET_MS,
            samples=rounds,
        ),
        figure(
            "painting a chart of a year's days, the slowest",
            median(said["paint_ms"]),
            "ms",
            target=PAINT_TARGET_MS,
            baseline=median(said["polyline_ms"]),
            samples=rounds,
        ),
    ]
