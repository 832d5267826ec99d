"""A finger on the customer's panel, until the screen shows that it was felt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Final

from build_scripts.bench.central import ROOT
from build_scripts.bench.figures import Figure, figure, quantile
from tests.fakes.desktop import x_desktop

TOUCHES: Final = 300
TARGET_MS: Final = 50.0

_LIMIT_S: Final = 600.0


def run(*, touches: int = TOUCHES) -> list[Figure]:
    """Measure on a real X window of 1280 x 800, without a graphics processor.

    The baseline is a bare QPushButton of the same size, on the same screen.

    Raises:
        subprocess.CalledProcessError: the process failed.
    """
    with x_desktop("1920x1080x24") as screens:
        environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "build_scripts.bench.panel_probe", str(touches)],
            env={**environment, "DISPLAY": screens.display},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_LIMIT_S,
            check=True,
        )
    said = json.loads(done.stdout)
    bare = quantile(said["bare_ms"], 0.99)
    names = {
        "press_ms": "panel, touch to the face that shows it, p99",
        "lift_ms": "panel, finger lifted to the answer shown, p99",
    }
    return [
        figure(
            name,
            quantile(said[key], 0.99),
            "ms",
            target=TARGET_MS,
            baseline=bare,
            samples=touches,
        )
        for key, name in names.items()
    ]
