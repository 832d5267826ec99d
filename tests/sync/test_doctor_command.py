"""`guichet doctor` as it is called: its exit codes, its words, a keyring, and a desktop."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from keyring.backends import fail

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import RECORD_NAME, open_vault
from app.store.seat import Seat, open_seat
from sync.client.doctor.report import RESULT_NAME
from tests.fakes.web import challenge, web
from tests.store.seats import SteppedClock, add_encounter, build_members, enrol

ROOT = Path(__file__).parents[2]

MAKES_A_SEAT = """
import sys
from pathlib import Path
from tests.sync.test_doctor_command import opened
seat = opened(Path(sys.argv[1]))
seat.close()
"""
IS_LOCKED = """
import secretstorage
raise SystemExit(secretstorage.get_default_collection(secretstorage.dbus_init()).is_locked())
"""
LOCKS_THE_KEYRING = """
import secretstorage
bus = secretstorage.dbus_init()
secretstorage.Collection(bus).lock()
assert secretstorage.Collection(bus).is_locked()
"""


def opened(folder: Path) -> Seat:
    """A seat that is enrolled, with the keys where this process keeps them."""
    vault = open_vault(folder)
    key = DeviceKey(vault)
    key.public_key()
    seat = open_seat(folder, vault, SteppedClock(), new_id, sign=key.sign)
    enrol(seat)
    build_members(seat)
    return seat


def env_of(**changes: str) -> dict[str, str]:
    """No session of anybody's: neither bus nor screen, unless they are named."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY")
        and not name.lower().endswith("_proxy")
    }
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    return {**ours, **nowhere, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8", **changes}


def python(script: str, *arguments: object, env: dict[str, str]) -> None:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def doctor(*arguments: object, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui.main", "doctor", "--limit", "60", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def found(*arguments: object, env: dict[str, str]) -> tuple[int, dict[str, dict[str, Any]]]:
    done = doctor("--json", *arguments, env=env)
    assert done.stderr == ""
    return done.returncode, {each["code"]: each for each in json.loads(done.stdout)["findings"]}


@pytest.fixture
def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """Open in this process, its keys in a file."""
    monkeypatch.setattr("keyring.get_keyring", fail.Keyring)
    seat = opened(tmp_path / "seat")
    yield seat
    seat.close()


@pytest.fixture
def folder(seat: Seat) -> Path:
    """Of a seat whose program is closed."""
    seat.close()
    return seat.folder


def now_ms() -> int:
    return time.time_ns() // 1_000_000


# ------------------------------------------------------------------- exit codes and output


def test_a_pc_that_is_well_ends_with_0_and_leaves_its_result(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    with web(lambda: challenge(now_ms())) as server:
        at = f"http://127.0.0.1:{server.port}"
        code, told = found("--data-folder", folder, "--server", at, env=env_of())
    assert (code, set(told)) == (0, {"weak_vault"})
    kept = json.loads((folder / RESULT_NAME).read_text())
    assert set(kept) == {"ran_ms", "worst", "codes"}
    assert (kept["worst"], kept["codes"]) == ("well", [])
    assert abs(kept["ran_ms"] - now_ms()) < 60_000
    assert {path.name for path in folder.iterdir()} == before | {RESULT_NAME}
    assert stat.S_IMODE((folder / RESULT_NAME).stat().st_mode) == 0o600


def test_what_is_found_is_said_and_ends_with_1_or_2(folder: Path, tmp_path: Path) -> None:
    (folder / "printer.ini").write_text("[printer]\npaper_mm = 1\n")
    (folder / "screen.ini").write_text("[General]\nlanguage=zh_CN\n")
    with web(lambda: challenge(now_ms())) as server:
        here = ("--data-folder", folder, "--server", f"http://127.0.0.1:{server.port}")
        done = doctor(*here, env=env_of())
    assert (done.returncode, done.stderr) == (1, "")
    assert "打印机设置无法读取  [printer_settings]" in done.stdout
    target = tmp_path / "bundle.zip"
    done = doctor(*here, "--language", "en", "--bundle", target, env=env_of())
    assert done.returncode == 2
    assert done.stdout.index("[server_refuses]") < done.stdout.index("[printer_settings]")
    assert "What to do: " in done.stdout
    assert str(target) in done.stderr
    assert zipfile.ZipFile(target).testzip() is None
    kept = json.loads((folder / RESULT_NAME).read_text())
    assert (kept["worst"], kept["codes"]) == ("error", ["server_refuses", "printer_settings"])
    again = doctor(*here, "--bundle", target, env=env_of())
    assert again.returncode == 3
    assert "choose another name" in again.stderr


def test_asked_wrongly_it_ends_with_3(tmp_path: Path) -> None:
    done = doctor("--colour", "red", env=env_of())
    assert (done.returncode, done.stdout) == (3, "")
    assert "--colour" in done.stderr
    none = tmp_path / "none"
    done = doctor("--data-folder", none, "--bundle", none / "b.zip", env=env_of())
    assert done.returncode == 3
    assert "can't be written" in done.stderr
    assert not none.exists()


def test_beside_a_program_that_runs(seat: Seat) -> None:
    code, told = found("--data-folder", seat.folder, env=env_of())
    assert told["program_running"]["detail"] == {"process": os.getpid()}
    assert code == 2
    told.pop("two_instances", None)  # other tests have seats open, too
    assert set(told) == {"weak_vault", "program_running", told_of_server(told)}
    seat.work.run(add_encounter)


def told_of_server(told: dict[str, dict[str, Any]]) -> str:
    """Its name is known nowhere, or there is nobody to ask."""
    [code] = [code for code, each in told.items() if each["check"] == "server"]
    assert code in {"dns_unknown", "dns_silent"}
    return code


# ------------------------------------------------------------------- the keyring


@contextmanager
def session(home: Path) -> Iterator[dict[str, str]]:
    """A session bus of its own with a secret service that is unlocked."""
    home.mkdir(mode=0o700)
    env = env_of(**{f"XDG_{kind}": str(home) for kind in ("RUNTIME_DIR", "DATA_HOME")})
    with ExitStack() as stack:
        bus = stack.enter_context(
            subprocess.Popen(
                ["dbus-daemon", "--session", "--nofork", "--print-address"],
                env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
        )  # fmt: skip
        stack.callback(bus.terminate)
        assert bus.stdout is not None
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        unlock_secrets(env)
        yield env


def unlock_secrets(env: dict[str, str]) -> None:
    """Start a secret service, which goes into the background once it answers; see `dev`."""
    unlock = ["gnome-keyring-daemon", "--replace", "--unlock", "--components=secrets"]
    for _ in range(6):
        subprocess.run(unlock, env=env, input=b"guichet", capture_output=True, check=True)
        with suppress(subprocess.TimeoutExpired):
            asked = [sys.executable, "-c", IS_LOCKED]
            if not subprocess.run(asked, env=env, timeout=20, check=False).returncode:
                return
    pytest.fail("the secret service stays locked")


@pytest.mark.slow
def test_a_keyring_that_is_locked_or_gone(tmp_path: Path) -> None:
    folder = tmp_path / "seat"
    here = ("--data-folder", folder, "--server", "http://127.0.0.1:9")
    with session(tmp_path / "home") as env:
        python(MAKES_A_SEAT, folder, env=env)
        assert json.loads((folder / RECORD_NAME).read_text())["vault"] == "system"
        _, told = found(*here, env=env)
        assert set(told) == {"server_refuses"}
        python(LOCKS_THE_KEYRING, env=env)
        code, told = found(*here, env=env)
        assert set(told) == {"server_refuses", "keyring_locked"}
        assert code == 2
    code, told = found(*here, env=env_of())
    assert set(told) == {"server_refuses", "keyring_missing"}


# ------------------------------------------------------------------- the desktop


def test_a_customers_screen_that_is_gone(folder: Path) -> None:
    (folder / "screen.ini").write_text("[General]\ncustomer_screen=HDMI-2|ACME Small 10|0042\n")
    before = (folder / "screen.ini").read_bytes()
    here = ("--data-folder", folder, "--server", "http://127.0.0.1:9")
    _, told = found(*here, env=env_of())
    assert told["customer_screen_gone"]["detail"] == {"screens": 1}
    assert (folder / "screen.ini").read_bytes() == before


def test_a_desktop_that_lets_no_window_open(folder: Path) -> None:
    here = ("--data-folder", folder, "--server", "http://127.0.0.1:9")
    _, told = found(*here, env=env_of(QT_QPA_PLATFORM="xcb", DISPLAY=":7999"))
    assert "could not connect to display" in told["desktop_failed"]["detail"]["said"]
    _, told = found(*here, env=env_of(QT_QPA_PLATFORM=""))
    assert "no_desktop" in told
