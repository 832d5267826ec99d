"""What a counter has in memory when somebody can sign in: nothing that only others need.

The client's limit is 140 MB, and each of these is some hundred kilobytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

UNUSED = {
    "a desk's figures": ("app.domain.reports", "app.domain.report_csv", "statistics", "fractions"),
    "a desk's screens": ("ui.screens.desk", "ui.viewmodels.desk"),
    "managers' phones": ("h11", "sync.client.lan.phones.page_port", "sync.protocol.phones.page"),
    "another SQLite": ("sqlite3", "_sqlite3"),
    "all of HTML's names": ("html", "html.entities"),
    "other systems' places": ("plistlib", "platformdirs"),
    "other systems' keyrings": ("keyring.backends.macOS", "keyring.backends.kwallet", "ctypes"),
    "what the doctor asks": ("psutil", "sync.client.doctor"),
    "Qt's network": ("PySide6.QtNetwork",),
    "what SQLAlchemy does for others": ("asyncio.events", "sqlalchemy.orm"),
    "what keyring does for others": (
        "importlib_metadata._meta",
        "more_itertools.more",
        "email._header_value_parser",
    ),
}

_COUNTER = """
import sys
for left_out in ("charset_normalizer", "chardet", "greenlet"):  # as in the frozen client
    sys.modules[left_out] = None
import json
from ui.application import build_application
application = build_application(["--data-folder", sys.argv[1], "--windowed", "--lan", "off"])
application.show()
application.qt.processEvents()
application._leisure.finish()
application.qt.processEvents()
forms = len(application.home.screen.sheet.forms)
has_setup = "enrolment_screen" in vars(application)
print(json.dumps([sorted(sys.modules), forms, has_setup]))
application.close()
"""

_ENROLS = """
import sys
from pathlib import Path
from uuid import uuid4
from app.credentials.clock import SystemClock
from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import open_vault
from app.store.folder import prepare
from app.store.seat import open_seat
from tests.store.seats import enrol
folder = Path(sys.argv[1])
prepare(folder)
vault = open_vault(folder)
seat = open_seat(folder, vault, SystemClock(), new_id, sign=DeviceKey(vault).sign)
names = dict.fromkeys(("programme_name", "office_name", "counter_label"), "X")
enrol(seat, office_time_zone="Asia/Shanghai", **names)
seat.close()
"""


def _python(program: str, folder: Path) -> str:
    command = [sys.executable, "-W", "ignore", "-c", program, str(folder)]
    env = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], int, bool]:
    """An enrolled counter's modules, its forms, and whether it has the screen for setting up."""
    folder = tmp_path_factory.mktemp("start") / "seat"
    _python(_ENROLS, folder)
    modules, forms, has_setup = json.loads(_python(_COUNTER, folder))
    return set(modules), forms, has_setup


@pytest.mark.parametrize("what", UNUSED)
def test_a_counter_does_without(what: str, loaded: tuple[set[str], int, bool]) -> None:
    assert loaded[0].isdisjoint(UNUSED[what])


def test_a_counter_builds_what_is_opened(loaded: tuple[set[str], int, bool]) -> None:
    assert loaded[0] >= {"ui.screens.counter_sheet", "sync.client.loop", "requests"}
    assert loaded[1:] == (0, False)
