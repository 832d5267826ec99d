"""The commands beside the program: found by their names, and without a screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.program import program_version
from ui.main import COMMANDS

ROOT = Path(__file__).parents[2]

_WITHOUT_QT = """
import sys
sys.modules["PySide6"] = None  # importing it fails from here on
sys.argv = ["guichet", *sys.argv[1:]]
from ui.main import main
sys.exit(main())
"""


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_answers_for_help_where_qt_cannot_be_imported(name: str) -> None:
    """And without docstrings, as in the frozen client."""
    done = subprocess.run(
        [sys.executable, "-OO", "-c", _WITHOUT_QT, name, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: guichet {name}")
    _, description, *_ = done.stdout.split("\n\n")
    assert description.endswith(".")
    assert "options:" not in description


def test_the_version_is_told_where_qt_cannot_be_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_QT, "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"guichet {program_version()}\n"
