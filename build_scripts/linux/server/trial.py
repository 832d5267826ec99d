"""Tries the server's deb in a bare Debian: installed, set up, served by TLS, upgraded, removed.

There is no systemd in such a system: its unit is read, and its program started as it says.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import requests
from PIL import Image

from build_scripts.linux.trial import (
    System,
    TrialFailed,
    bare_system,
    says_what_it_is_made_of,
    unit_of,
)

DATA: Final = "var/lib/guichet-server"
PROGRAM: Final = "/usr/bin/guichet-server"
SETTING_UP: Final = (
    ("init", "--programme", "Trial", "--office", "PEK", "--admin-pin", "1234"),
    ("tls", "make", "localhost", "127.0.0.1"),
)
"""After the installation and before the start, as docs/operations.md has them."""
_START_LIMIT_S: Final = 60.0


def try_server(old: Path, new: Path) -> float:
    """Go through the package's life.

    Args:
        old: the deb of a version before.
        new: the deb.

    Returns:
        Seconds from the installed package to the first answer by TLS.

    Raises:
        TrialFailed
    """
    with bare_system() as system:
        _installed(system, old)
        says_what_it_is_made_of(system, "guichet-server")
        began_s = time.monotonic()
        for command in SETTING_UP:
            system.do(PROGRAM, *command)
        with _serving(system) as url:
            _answers(system, url)
            took_s = time.monotonic() - began_s
            system.do(PROGRAM, "counter", "add", "PEK", "A1")
            system.do(PROGRAM, "enrol", "PEK/A1")
            _takes_a_picture(system)
            ran = system.install(new)
            if not ran.code or "it is running" not in ran.said:
                raise TrialFailed(f"files were replaced under a server that runs:\n{ran.said}")
        _belongs_to_the_server(system)
        _installed(system, new)
        ran = system.install(old, "--allow-downgrades")
        if not ran.code or "nothing was changed" not in ran.said.lower():
            raise TrialFailed(f"an older version was installed over a newer database:\n{ran.said}")
        with _serving(system) as url:
            _answers(system, url)
        if "PEK/A1" not in system.do(PROGRAM, "counter", "list"):
            raise TrialFailed("the upgrade lost what was set up")
        system.do(PROGRAM, "audit")
        _keeps_the_programme(system)
        return took_s


def _installed(system: System, deb: Path) -> None:
    ran = system.install(deb)
    if ran.code:
        raise TrialFailed(f"the installation of {deb.name} failed:\n{ran.said}")


@contextlib.contextmanager
def _serving(system: System) -> Iterator[str]:
    """Started as the unit says: its account, its environment, its command."""
    service = unit_of(system, "guichet-server")["Service"]
    told = (system.root / "etc/guichet-server/environment").read_text().splitlines()
    environment = [service["Environment"], *(line for line in told if line.startswith("GUICHET_"))]
    command = ["chroot", f"--userspec={service['User']}:{service['Group']}", str(system.root)]
    command += ["env", "-i", "PATH=/usr/bin:/bin", *environment, *service["ExecStart"].split()]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert server.stdout is not None
        said = server.stdout.readline().strip()
        if not said.startswith("https://"):
            raise TrialFailed(f"the server didn't come up by TLS: {said}{server.stdout.read()}")
        yield said.replace("0.0.0.0", "127.0.0.1")  # nothing is bound here
    finally:
        server.terminate()
        server.wait(_START_LIMIT_S)


def _answers(system: System, url: str) -> None:
    authority = system.root / DATA / "tls" / "authority.pem"
    answer = requests.get(f"{url}/healthz", verify=str(authority), timeout=20)
    if answer.status_code != 200:
        raise TrialFailed(f"the server answers {answer.status_code}")


def _takes_a_picture(system: System) -> None:
    """What reads pictures is loaded when one comes."""
    for name, kind in (("hall.png", "PNG"), ("hall.jpg", "JPEG")):
        Image.new("RGB", (64, 48), "teal").save(system.root / "tmp" / name, kind)
        system.do(PROGRAM, "picture", "add", f"/tmp/{name}")  # noqa: S108 # in a system of its own


def _belongs_to_the_server(system: System) -> None:
    """What commands made as root is the server's own, and nobody else can read it."""
    wrong = system.do(
        "find", f"/{DATA}", "/etc/guichet-server", "(", "-not", "-group", "guichet-server", "-o",
        "-perm", "/027", "-path", "*server.json", "-o", "-perm", "/007", "-not", "-path",
        f"/{DATA}/*", ")",
    )  # fmt: skip
    if wrong:
        raise TrialFailed(f"others can read, or own:\n{wrong}")


def _keeps_the_programme(system: System) -> None:
    data = system.root / DATA
    before = sorted(path.name for path in data.iterdir())
    for how in ("remove", "purge"):
        system.do("apt-get", "-y", how, "guichet-server")
        if (system.root / "usr/lib/guichet-server").exists():
            raise TrialFailed(f"{how} left the program behind")
        if sorted(path.name for path in data.iterdir()) != before:
            raise TrialFailed(f"{how} took the programme away")
    if (system.root / "etc/guichet-server").exists():
        raise TrialFailed("purge left settings behind")
    shutil.rmtree(data)
