"""Tries the deb in a bare Debian: installed, used, upgraded over pending work, refused, taken away.

It is removed and installed again, purged with work that the server lacks, and purged with the
server there. Needs to be root, and debootstrap. The system is made anew each time, in a folder
that is removed.
"""

from __future__ import annotations

import configparser
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.store.folder import LETTER_NAME
from build_scripts.bench.central import COUNTER, OFFICE, Central
from build_scripts.demo.books import Books
from build_scripts.smoke_test import (
    Client,
    Program,
    Smoked,
    customer_of,
    is_even,
    running,
    serve,
    smoke,
)

SUITE: Final = "bookworm"
ACCOUNTS: Final = ("early", "late")
"""Of the PC, both in the group of the counter's accounts: they share its seat."""
DATA: Final = "var/lib/guichet"
_MOUNTS: Final = ("proc", "dev", "dev/pts")


class TrialFailed(Exception):
    """The installer did something else than it should; the message says what."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command of the bare system's: its exit code and all that it said."""

    code: int
    said: str


class System:
    """A bare Debian in a folder."""

    def __init__(self, root: Path) -> None:
        """Use the one in `root`, see `bare_system`."""
        self.root = root

    def run(self, *command: str) -> Ran:
        """Run a command in it, as root."""
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            ["chroot", self.root, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    def do(self, *command: str) -> str:
        """Run what must succeed; returns what it said.

        Raises:
            TrialFailed
        """
        ran = self.run(*command)
        if ran.code:
            raise TrialFailed(f"{' '.join(command)} failed with {ran.code}:\n{ran.said}")
        return ran.said

    def install(self, deb: Path, *options: str) -> Ran:
        """Install a package's file as an administrator does, with what it depends on."""
        shutil.copy(deb, self.root / "root" / deb.name)
        options = ("-y", "--no-install-recommends", *options)
        return self.run("apt-get", "install", *options, f"/root/{deb.name}")

    def client(self, account: str) -> Client:
        """The installed client, started by one of the PC's accounts."""
        start = ("chroot", f"--userspec={account}:{account}", f"--groups={account},guichet")
        return Client((*start, str(self.root), "/usr/bin/guichet"), self.root / DATA)


@contextlib.contextmanager
def bare_system() -> Iterator[System]:
    """Make a Debian with nothing but what every Debian has."""
    with tempfile.TemporaryDirectory(prefix="guichet-bare-") as temporary:
        root = Path(temporary) / SUITE
        command: list[str | Path] = ["debootstrap", "--variant=minbase", SUITE, root]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise TrialFailed(f"debootstrap failed:\n{made.stdout}{made.stderr}")
        with contextlib.ExitStack() as stack:
            for name in _MOUNTS:
                target = root / name
                subprocess.run(["mount", "--bind", Path("/") / name, target], check=True)
                stack.callback(_umount, target)
            yield System(root)


def try_out(old: Path, new: Path, folder: Path) -> Smoked:
    """Go through a package's life.

    Args:
        old: the deb of a version before.
        new: the deb.
        folder: new; what the clients did is kept there.

    Raises:
        TrialFailed, SmokeFailed
    """
    with bare_system() as system:
        for account in ACCOUNTS:
            system.do("useradd", account)
        _must(system.install(old), "the first installation failed")
        says_what_it_is_made_of(system, "guichet")
        for account in ACCOUNTS:
            system.do("usermod", "-aG", "guichet", account)
        early, late = map(system.client, ACCOUNTS)

        def upgrade() -> Client:
            _refuses_while_it_runs(system, new, early)
            _must(system.install(new), "the upgrade over pending work failed")
            _refuses_the_older(system, old)
            return late

        def go(central: Central, books: Books) -> None:
            _goes_on_after_a_removal(system, new, early)
            _keeps_what_the_server_lacks(system, new, late, books)
            _leaves_with_everything_sent(system, central, books)
            _enrols_at_its_start(system, new, central)

        return smoke(early, folder, between=upgrade, afterwards=go)


def unit_of(system: System, name: str) -> configparser.RawConfigParser:
    """What an installed unit says."""
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((system.root / f"usr/lib/systemd/system/{name}.service").read_text())
    return unit


def says_what_it_is_made_of(system: System, package: str) -> None:
    """Bill and licences can be read where they are looked for. Raises TrialFailed."""
    doc = f"/usr/share/doc/{package}"
    bill = json.loads(system.do("cat", f"{doc}/{package}.cdx.json"))
    listed = len(system.do("cat", f"{doc}/licences/README").splitlines())
    if listed != len(bill["components"]) + 1:
        raise TrialFailed(f"{listed} licences for {len(bill['components'])} components and itself")


def _umount(target: Path) -> None:
    subprocess.run(["umount", "--lazy", target], check=True)


def _must(ran: Ran, otherwise: str) -> None:
    if ran.code:
        raise TrialFailed(f"{otherwise}:\n{ran.said}")


def _refuses_while_it_runs(system: System, new: Path, client: Client) -> None:
    with _open(client):
        ran = system.install(new)
    if not ran.code or "it is open on this PC" not in ran.said:
        raise TrialFailed(f"files were replaced under a program that runs:\n{ran.said}")


def _refuses_the_older(system: System, old: Path) -> None:
    ran = system.install(old, "--allow-downgrades")
    if not ran.code or "nothing was changed" not in ran.said.lower():
        raise TrialFailed(f"an older version was installed over a newer one's data:\n{ran.said}")


def _goes_on_after_a_removal(system: System, new: Path, client: Client) -> None:
    """Removed, with the server gone, and installed again: the seat is as it was."""
    before = _files(system)
    with _open(client):
        ran = system.run("apt-get", "-y", "remove", "guichet")
        if not ran.code or "it is open on this PC" not in ran.said:
            raise TrialFailed(f"it was removed while it was open:\n{ran.said}")
    _take_away(system, "remove")
    if _files(system) != before | {LETTER_NAME}:
        raise TrialFailed(f"removing left {_files(system)} of {before}")
    _must(system.install(new), "the installation after a removal failed")
    with _open(client) as program:
        if LETTER_NAME in _files(system):
            raise TrialFailed("a seat that is in use again is still given up")
        program.close()


def _keeps_what_the_server_lacks(system: System, new: Path, client: Client, books: Books) -> None:
    with _open(client) as program:
        serve(program, customer_of(books))
        program.close()
    before = _files(system)
    said = _take_away(system, "purge")
    if "are not with the central server" not in said or "is kept" not in said:
        raise TrialFailed(f"purging doesn't say that work waits:\n{said}")
    if _files(system) != before:
        raise TrialFailed(f"purging took {before - _files(system)} away, with work that waits")
    _must(system.install(new), "the installation after a purge failed")


def _leaves_with_everything_sent(system: System, central: Central, books: Books) -> None:
    system.do("apt-get", "-y", "install", "--no-install-recommends", "curl")
    with central:
        said = _take_away(system, "purge")
    if (system.root / DATA).exists() or not is_even(books, times=2):
        raise TrialFailed(f"purging left the seat's data, or lost some:\n{said}")
    if books.leases(COUNTER) or not books.is_shut_out(COUNTER) or books.tally().points_exposed:
        raise TrialFailed(f"purging did not release the seat at the server:\n{said}")


def _enrols_at_its_start(system: System, new: Path, central: Central) -> None:
    """Installed with a token in its settings, it becomes a seat as the unit says, with nobody."""
    _must(system.install(new), "the installation after it had left failed")
    unit = unit_of(system, "guichet-enrol")
    command = unit["Service"]["ExecStart"].split()
    ran = system.run(*command)
    if ran.code != 1 or "nothing_arranged" not in ran.said:
        raise TrialFailed(f"with nothing set up, enrolling says:\n{ran.said}")
    with central:
        told = {"server": central.address, "enrolment_token": central.token()}
        (system.root / "etc/guichet/settings.json").write_text(json.dumps(told))
        began_s = time.monotonic()
        said = system.do(*command)
        print(f"package: enrolled by its token: {time.monotonic() - began_s:.1f} s", flush=True)
    if not said.startswith(f"This PC is {OFFICE.code}/"):
        raise TrialFailed(f"the token made no seat of it:\n{said}")
    made = unit["Unit"]["ConditionPathExists"].removeprefix("!")
    if not (system.root / made[1:]).exists():
        raise TrialFailed(f"the unit would enrol again: there is no {made}")
    _opens(system)


def _opens(system: System) -> None:
    """What root enrolled is the accounts' to open."""
    with _open(system.client(ACCOUNTS[0])) as program:
        program.close()


def _take_away(system: System, how: str) -> str:
    """Have apt remove or purge it; returns what was said."""
    said = system.do("apt-get", "-y", how, "guichet")
    if (system.root / "usr/lib/guichet").exists():
        raise TrialFailed(f"{how} left the program behind")
    return said


def _files(system: System) -> set[str]:
    """What lies in the data folder; SQLite's own come and go."""
    names = {path.name for path in (system.root / DATA).iterdir()}
    return {name for name in names if not name.endswith(("-wal", "-shm"))}


@contextlib.contextmanager
def _open(client: Client) -> Iterator[Program]:
    """The installed client, open."""
    with (
        tempfile.TemporaryDirectory(prefix="guichet-open-") as pictures,
        running(client, Path(pictures)) as program,
    ):
        program.shown()
        yield program
