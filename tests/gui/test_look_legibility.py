"""The checks can fail, and the gallery of all widgets passes them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.legibility import contrast_failures, cut_texts, small_targets
from ui.screens import look

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> QWidget:
    look.apply(qapp, "light", language="en")
    widget = QWidget()
    widget.setProperty("look", "surface")
    qtbot.addWidget(widget)
    widget.resize(400, 200)
    return widget


def put(window: QWidget, child: QWidget, *place: int) -> None:
    child.setParent(window)
    child.setGeometry(*place)
    child.show()
    window.show()


def test_a_cut_label_is_found(window: QWidget) -> None:
    put(window, QLabel("Spendable points"), 10, 10, 40, 20)
    assert len(cut_texts(window)) == 1


def test_a_label_that_fits_is_not(window: QWidget) -> None:
    put(window, QLabel("Spendable points"), 10, 10, 300, 30)
    assert cut_texts(window) == []


def test_a_label_too_low_is_found(window: QWidget) -> None:
    put(window, QLabel("Points"), 10, 10, 300, 9)
    assert "too low" in cut_texts(window)[0]


def test_a_wrapped_paragraph_that_loses_its_last_line_is_found(window: QWidget) -> None:
    paragraph = look.Paragraph("One sentence that needs three lines in this narrow place.")
    put(window, paragraph, 10, 10, 150, 30)
    assert len(cut_texts(window)) == 1
    paragraph.resize(150, 150)
    assert cut_texts(window) == []


def test_a_label_hanging_out_of_its_parent_is_found(window: QWidget) -> None:
    put(window, QLabel("Spendable points"), 350, 10, 300, 30)
    assert "out of what holds it" in cut_texts(window)[0]


def test_a_cut_placeholder_and_a_cut_plain_button_are_found(window: QWidget) -> None:
    edit = QLineEdit()
    edit.setPlaceholderText("Card, phone, name or scan")
    put(window, edit, 10, 10, 80, 40)
    put(window, QPushButton("Redeem now"), 10, 60, 40, 30)
    assert len(cut_texts(window)) == 2


def test_an_elided_text_needs_its_tooltip(window: QWidget) -> None:
    text = look.Text("A name that is far too long for here")
    put(window, text, 10, 10, 90, 24)
    assert text.is_elided()
    assert text.toolTip() == text.text()
    assert cut_texts(window) == []
    assert len(cut_texts(window, elided=False)) == 1
    text.setToolTip("")
    assert len(cut_texts(window)) == 1


def test_figures_never_elide(window: QWidget) -> None:
    put(window, look.Text("1,234,567", size=40, elides=False), 10, 10, 60, 60)
    assert len(cut_texts(window)) == 1


def test_a_painted_button_squeezed_is_elided_with_a_tooltip(window: QWidget) -> None:
    button = look.Button("Finish and rate", key="F12")
    put(window, button, 10, 10, 120, 40)
    assert button.toolTip() == "Finish and rate"
    button.resize(300, 40)
    assert button.toolTip() == ""
    assert cut_texts(window, elided=False) == []


def test_a_faint_text_is_found(window: QWidget) -> None:
    label = QLabel("Faint")
    label.setStyleSheet("color: #b5b9c0")
    put(window, label, 10, 10, 200, 30)
    assert "contrast" in contrast_failures(window)[0]
    label.setStyleSheet("color: #333333")
    assert contrast_failures(window) == []


def test_a_target_too_small_is_found(window: QWidget) -> None:
    put(window, QPushButton("No"), 10, 10, 200, 30)
    assert len(small_targets(window)) == 1
    assert small_targets(window, 5.0) == []


def test_touch_buttons_are_fifteen_millimetres(window: QWidget) -> None:
    row = QHBoxLayout(window)
    row.addWidget(look.TouchButton("No, thanks"))
    row.addWidget(look.TouchButton("是", checkable=True))
    row.addWidget(look.FaceButton(5, "Very satisfied"))
    window.resize(window.minimumSizeHint())
    window.show()
    assert small_targets(window) == []


CHECK_GALLERY = """
import sys
from PySide6.QtWidgets import QApplication
from build_scripts.gallery import PAGES
from build_scripts.gallery_words import ZH
from tests.gui.legibility import contrast_failures, cut_texts, small_targets
from ui.screens import look

app = QApplication([])
scale = float(sys.argv[1])
wrong = []
for mode, language in (("light", "en"), ("dark", "zh_CN")):
    look.apply(app, mode, language=language)
    for name, make in PAGES.items():
        page = make(lambda text: ZH.get(text, text) if language == "zh_CN" else text)
        page.setFixedSize(round(1366 / scale), round(768 / scale))
        page.show()
        app.processEvents()
        found = cut_texts(page) + contrast_failures(page)
        if name in ("panel", "reasons"):
            found += small_targets(page)
        wrong += [f"{name} {mode} {language}: {each}" for each in found]
        page.close()
print("\\n".join(wrong))
sys.exit(len(wrong) > 0)
"""


@pytest.mark.parametrize("scale", ["1", "1.25", "1.5"])
def test_the_gallery_is_legible(scale: str) -> None:
    """In a process of its own, since Qt reads its scale factor once."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK_GALLERY, scale],
        cwd=ROOT,
        env={**os.environ, "QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
