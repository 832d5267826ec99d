"""Panel and desk can be read and touched: every state, size, language and scale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCALES = ["1", pytest.param("1.25", marks=pytest.mark.slow), "1.5"]  # the largest cuts off most

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own, since Qt reads its scale factor once
CHECK_PANEL = """
import sys
from PySide6.QtWidgets import QApplication
from tests.gui.legibility import contrast_failures, crowded_targets, cut_texts, small_targets
from tests.gui.panel_states import panel_states
from ui.screens import look

app = QApplication([])
scale = float(sys.argv[1])
wrong, seen = [], 0
small, large = ((800, 480), (1024, 600)), ((1280, 800), (1920, 1080), (800, 1280))
for mode, language, sizes in (
    ("light", "en", small + large if scale == 1 else large),
    ("dark", "zh_CN", small[:1] + large[1:2] if scale == 1 else large[1:2]),
    ("light", "zh_TW", small[1:] + large[2:] if scale == 1 else large[2:]),
):
    look.apply(app, mode, language=language)
    for width, height in sizes:
        size = round(width / scale), round(height / scale)
        for name, window in panel_states(language, *size):
            for _ in range(8):  # a layout hears of its children a turn later
                app.processEvents()
            found = cut_texts(window) + contrast_failures(window) + small_targets(window)
            found += crowded_targets(window)
            if (window.width(), window.height()) != size:
                found.append(f"grew to {window.width()}x{window.height()}")
            wrong += [f"{name} {width}x{height} {mode} {language}: {each}" for each in found]
            seen += 1
print("\\n".join(wrong))
assert seen == (162 if scale == 1 else 90), seen
sys.exit(len(wrong) > 0)
"""

# Panels as they are sold, px and dots an inch: 7 inches in four kinds, 10 in two, 21.5
CHECK_GLASS = """
import sys
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QApplication
from tests.fakes.speech import WrittenSpeech
from tests.gui.legibility import contrast_failures, crowded_targets, cut_texts, small_targets
from tests.gui.panel_states import panel_states
from ui.screens import look
from ui.screens.look.code_picture import CodePicture

app = QApplication([])
wrong, seen = [], 0
hands = ((800, 480, 133), (1024, 600, 170), (600, 1024, 170), (480, 800, 133))
large = ((1280, 800, 149), (800, 1280, 149), (1920, 1080, 102))
for mode, language, panels in (
    ("light", "en", hands + large),
    ("dark", "zh_CN", hands[::2] + large[:1]),
    ("light", "zh_TW", hands[1::2] + large[1:2]),
):
    look.apply(app, mode, language=language)
    for width, height, dpi in panels:
        QScreen.physicalDotsPerInch = lambda screen, dpi=dpi: float(dpi)
        for name, window in panel_states(language, width, height, speech=WrittenSpeech()):
            for _ in range(8):
                app.processEvents()
            found = cut_texts(window) + contrast_failures(window)
            found += small_targets(window) + crowded_targets(window)
            for code in window.findChildren(CodePicture):
                if code.isVisible() and code.visibleRegion().boundingRect() != code.rect():
                    found.append("the code is cut off")
            if (window.width(), window.height()) != (width, height):
                found.append(f"grew to {window.width()}x{window.height()}")
            place = f"{name} {width}x{height} at {dpi} {mode} {language}"
            wrong += [f"{place}: {each}" for each in found]
            seen += 1
print("\\n".join(wrong))
assert seen == 13 * 18, seen
sys.exit(len(wrong) > 0)
"""

CHECK_DESK = """
import sys
from PySide6.QtWidgets import QApplication
from tests.gui.legibility import contrast_failures, cut_texts
from tests.gui.panel_states import desk_states
from ui.screens import look

app = QApplication([])
scale = float(sys.argv[1])
wrong, seen = [], 0
for mode, language in (("light", "en"), ("dark", "zh_CN")):
    look.apply(app, mode, language=language)
    for width, height in ((1366, 768), (1920, 1080)):
        for name, screen in desk_states(language, round(width / scale), round(height / scale)):
            for _ in range(8):
                app.processEvents()
            found = cut_texts(screen) + contrast_failures(screen)
            wrong += [f"{name} {width}x{height} {mode} {language}: {each}" for each in found]
            seen += 1
print("\\n".join(wrong))
assert seen == 68, seen
sys.exit(len(wrong) > 0)
"""


def run(script: str, scale: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    ran = subprocess.run(
        [sys.executable, "-c", script, scale],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("scale", SCALES)
def test_the_panel_is_legible_and_touchable(scale: str) -> None:
    run(CHECK_PANEL, scale)


def test_the_panel_is_touchable_on_the_glass_that_is_sold() -> None:
    run(CHECK_GLASS, "1")


@pytest.mark.parametrize("scale", SCALES)
def test_the_desk_is_legible(scale: str) -> None:
    run(CHECK_DESK, scale)
