"""The doctor where nothing answers: no network, no name server, no bus, no screen, no disk.

Each runs in a network and mounts of its own, which takes root.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from keyring.backends import fail

from app.credentials.device_key import DeviceKey
from app.credentials.ids import new_id
from app.credentials.vaults import open_vault
from app.store.seat import open_seat
from tests.fakes.desktop import x_desktop
from tests.store.seats import SteppedClock
from tests.sync.test_doctor_command import ROOT, env_of, found, opened

pytestmark = pytest.mark.slow

ALONE = """
set -e
ip link set lo up
if [ -n "$NAME_SERVER" ]; then mount --bind "$NAME_SERVER" /etc/resolv.conf; fi
if [ -n "$SMALL_DISK" ]; then mount -t tmpfs -o size=64m,mode=700 small "$SMALL_DISK"; fi
exec "$@"
"""
# Takes what is asked and says nothing: on port 53 of this network alone, and at a printer's
SILENT = """
import runpy, socket, sys
name = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
name.bind(("127.0.0.1", 53))
printer = socket.create_server(("127.0.0.1", 9100))
from ui.main import main
sys.argv = ["guichet", *sys.argv[1:]]
sys.exit(main())
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("keyring.get_keyring", fail.Keyring)
    opened(tmp_path / "seat").close()
    return tmp_path / "seat"


def alone(
    *arguments: object, **env: str
) -> tuple[dict[str, str], dict[str, dict[str, Any]], float]:
    """The checks' states, what was found by code, and how long the whole command took, s."""
    program = [sys.executable, "-c", SILENT, "doctor", "--json"]
    command = [
        "unshare",
        "--net",
        "--mount",
        "sh",
        "-c",
        ALONE,
        "sh",
        *program,
        *map(str, arguments),
    ]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=env_of(**env), capture_output=True, text=True, check=False
    )
    took_s = time.monotonic() - began
    assert done.stderr == ""
    told = json.loads(done.stdout)
    states = {each["check"]: each["state"] for each in told["checks"]}
    return states, {each["code"]: each for each in told["findings"]}, took_s


def test_no_way_to_the_network(folder: Path) -> None:
    _, told, _ = alone("--data-folder", folder, "--server", "https://192.0.2.1")
    assert set(told) == {"weak_vault", "no_network"}


def test_a_name_server_that_says_nothing(folder: Path, tmp_path: Path) -> None:
    here = tmp_path / "resolv.conf"
    here.write_text("nameserver 127.0.0.1\n")
    server = "https://guichet.example"
    _, told, _ = alone("--data-folder", folder, "--server", server, NAME_SERVER=str(here))
    assert set(told) == {"weak_vault", "dns_silent"}


def test_a_small_disk_that_is_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    server = "http://127.0.0.1:9"
    _, told, _ = alone("--data-folder", small, "--server", server, SMALL_DISK=str(small))
    assert set(told) == {"disk_full", "not_set_up", "server_refuses"}
    assert told["disk_full"]["detail"]["free_mb"] < 65


@contextlib.contextmanager
def silent(path: Path) -> Iterator[None]:
    """A socket at a path, where nobody answers."""
    path.parent.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)
        try:
            yield
        finally:
            path.unlink()


def test_everything_hangs_and_it_ends_all_the_same(folder: Path, tmp_path: Path) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:30\n")
    (folder / "printer.ini").write_text("[printer]\nat = 127.0.0.1:9100\n")
    (folder / "vault.json").write_text(json.dumps({"vault": "system", "service": "guichet-x"}))
    bus = Path("/tmp") / f"guichet-silent-bus-{os.getpid()}"
    screen = Path(f"/tmp/.X11-unix/X{os.getpid()}")
    with silent(bus), silent(screen):
        states, told, took_s = alone(
            "--data-folder", folder, "--server", "https://guichet.example",
            NAME_SERVER=str(resolver), DBUS_SESSION_BUS_ADDRESS=f"unix:path={bus}",
            DISPLAY=f":{os.getpid()}", QT_QPA_PLATFORM="xcb",
        )  # fmt: skip
    print(f"everything hanging: {took_s:.1f} s")
    # Each is told by its own name, or as hung where its own time limit comes later
    hung = {check for check, state in states.items() if state == "hung"}
    troubled = hung | {each["check"] for each in told.values()}
    assert {"keys", "server", "printer", "screens"} <= troubled
    allowed = {"hung", "keyring_missing", "dns_silent", "printer_silent", "desktop_failed"}
    assert set(told) <= allowed
    assert states["queue"] == states["clock"] == "not looked at"


def test_pipes_in_the_place_of_files_hold_nothing_up(folder: Path) -> None:
    for name in ("vault.json", "printer.ini", "screen.ini"):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
    states, told, _ = alone("--data-folder", folder, "--server", "http://127.0.0.1:9")
    assert states["keys"] == "not looked at"
    assert {"settings_mistake", "server_refuses"} <= set(told)
    assert "hung" not in states.values()


def test_a_customers_cable_that_is_pulled(folder: Path) -> None:
    here = ("--data-folder", folder, "--server", "http://127.0.0.1:9")
    with x_desktop() as screens:
        env = env_of(QT_QPA_PLATFORM="xcb", DISPLAY=screens.display)
        screens.plug("DP-1", (1920, 1080), (0, 0), primary=True)
        screens.plug("HDMI-2", (1280, 800), (1920, 0))
        command = [sys.executable, "-m", "ui.main", "screens", "--json"]
        command += ["--data-folder", str(folder)]
        said = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
        first, second = json.loads(said.stdout)["screens"]
        assert (first["is_customer"], second["is_customer"]) == (False, True)
        identity = "|".join(second[part] for part in ("connector", "model", "serial"))
        (folder / "screen.ini").write_text(f"[General]\ncustomer_screen={identity}\n")
        assert "customer_screen_gone" not in found(*here, env=env)[1]
        screens.unplug("HDMI-2")
        assert "customer_screen_gone" in found(*here, env=env)[1]


AS_NOBODY = """
import contextlib, io, os, sys
from pathlib import Path
from sync.client.doctor.command import main
with contextlib.redirect_stdout(io.StringIO()):
    main(["--json"], Path(sys.argv[1]), [])  # so that all is imported, which nobody may not be
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
sys.exit(main(["--json"], Path(sys.argv[1]), []))
"""


def test_another_account_has_the_seat_open(folder: Path) -> None:
    """An account of the folder's group asks; another has it open."""
    folder.chmod(0o2770)
    for path in (folder, *folder.iterdir()):
        os.chown(path, -1, 65534)
        if path != folder:
            path.chmod(0o660)
    for above in folder.parents:
        if above != Path("/"):
            above.chmod(above.stat().st_mode | 0o711)
    vault = open_vault(folder)
    seat = open_seat(folder, vault, SteppedClock(), new_id, sign=DeviceKey(vault).sign)
    try:
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, folder],
            cwd=ROOT, env=env_of(HOME="/"), capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        seat.close()
    assert done.stderr == ""
    told = {each["code"]: each for each in json.loads(done.stdout)["findings"]}
    assert told["other_account"]["detail"] == {"process": os.getpid()}
    assert not set(told) & {"program_running", "folder_closed", "database_damaged"}
