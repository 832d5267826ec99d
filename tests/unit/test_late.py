"""Modules that are put off until something of theirs is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SETS_UP = """
import sys, types
from app.domain.late import put_off
put_off(["colorsys", "xml", "nowhere_at_all"])
import colorsys
import colorsys as again, xml
assert type(sys.modules["colorsys"]) is not types.ModuleType, "not loaded, however often imported"
"""


@pytest.mark.parametrize(
    "use",
    [
        "assert colorsys.ONE_SIXTH; import colorsys as real; assert type(real) is types.ModuleType",
        "from colorsys import rgb_to_hsv; assert colorsys.rgb_to_hsv is rgb_to_hsv",
        "import xml.sax.saxutils; assert xml.sax.saxutils.escape('<') == '&lt;'",
        "assert not hasattr(colorsys, 'unknown'); assert colorsys.rgb_to_hsv",
        "import json; before = json; put_off(['json']); assert sys.modules['json'] is before",
        """
import nowhere_at_all
try: nowhere_at_all.anything
except ModuleNotFoundError: pass
else: raise SystemExit(1)
""",
        """
import threading
found = []
threads = [threading.Thread(target=lambda: found.append(colorsys.rgb_to_hsv)) for _ in range(8)]
[each.start() for each in threads]
[each.join() for each in threads]
assert len(found) == 8 and len(set(found)) == 1
""",
    ],
)
def test_a_module_comes_when_it_is_used(use: str) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", SETS_UP + use]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
