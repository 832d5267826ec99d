"""Tries the rpm by rpm itself: installed, used, refused while it is open, upgraded, removed.

No rpm-based system is at hand: rpm works in a bare Debian with a database of its own. So what the
package asks for is not resolved (`--nodeps`), but its scripts run, its files get their owners and
rights, and the client runs from where they put it.
"""

from __future__ import annotations

import contextlib
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from build_scripts.linux.needs import debian_packages
from build_scripts.linux.trial import DATA, Ran, System, TrialFailed, bare_system
from build_scripts.smoke_test import Program, running

NODEPS: Final = "--nodeps"
ACCOUNT: Final = "clerk"
HOME: Final = f"/home/{ACCOUNT}"


def try_rpm(old: Path, new: Path, frozen: Path) -> None:
    """Go through a package's life.

    Args:
        old: the rpm of a version before.
        new: the rpm.
        frozen: the folder that is in both, which says what it needs of the system.

    Raises:
        TrialFailed, SmokeFailed
    """
    with bare_system() as system:
        needed = [name.partition(" ")[0] for name in debian_packages(frozen)]
        system.do("apt-get", "install", "-y", "--no-install-recommends", "rpm", *needed)
        system.do("useradd", "--create-home", ACCOUNT)
        for path in (old, new):
            shutil.copy(path, system.root / "root" / path.name)
        _must(_rpm(system, "-i", old), "the first installation failed")
        system.do("usermod", "-aG", "guichet", ACCOUNT)
        _is_as_it_should_be(system, old)
        _keeps_its_word(system)
        with _open(system):
            ran = _rpm(system, "-U", new)
            if not ran.code or "it is open on this PC" not in ran.said:
                raise TrialFailed(f"files were replaced under a program that runs:\n{ran.said}")
            ran = system.run("rpm", NODEPS, "-e", "guichet")
            if not ran.code or "it is open on this PC" not in ran.said:
                raise TrialFailed(f"it was removed while it was open:\n{ran.said}")
        (system.root / DATA / "kept").write_text("by all of them")
        _must(_rpm(system, "-U", new), "the upgrade failed")
        _is_as_it_should_be(system, new)
        ran = _rpm(system, "-U", old)
        if not ran.code or "is already installed" not in ran.said:
            raise TrialFailed(f"an older version was installed over a newer one:\n{ran.said}")
        said = system.do("rpm", NODEPS, "-e", "guichet")
        if "This PC was never enrolled" not in said:
            raise TrialFailed(f"its removal didn't look at the seat's data:\n{said}")
        if (system.root / "usr/lib/guichet").exists() or (system.root / "usr/bin/guichet").exists():
            raise TrialFailed("its removal left the program behind")
        if not (system.root / DATA / "kept").exists():
            raise TrialFailed("its removal took the seat's data away")


def _rpm(system: System, how: str, path: Path) -> Ran:
    return system.run("rpm", NODEPS, how, f"/root/{path.name}")


def _must(ran: Ran, otherwise: str) -> None:
    if ran.code:
        raise TrialFailed(f"{otherwise}:\n{ran.said}")


def _is_as_it_should_be(system: System, path: Path) -> None:
    """Files as they were packed, and the data folder for the group that a script made."""
    expected = system.do("rpm", "-qp", f"/root/{path.name}").strip()
    installed = system.do("rpm", "-q", "guichet").strip()
    if installed != expected:
        raise TrialFailed(f"{installed} is installed instead of {expected}")
    changed = system.run("rpm", NODEPS, "-V", "guichet")
    if changed.said.strip():
        raise TrialFailed(f"files are not as they were packed:\n{changed.said}")
    folder = (system.root / DATA).stat()
    group = int(system.do("getent", "group", "guichet").split(":")[2])
    if (stat.S_IMODE(folder.st_mode), folder.st_gid) != (0o2770, group):
        raise TrialFailed(
            f"the data folder has rights {folder.st_mode:o} for group {folder.st_gid}"
        )


def _keeps_its_word(system: System) -> None:
    """The client opens a seat, as an account of the PC, from where the package put it."""
    ran = system.run(
        *("setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups", "env"),
        *("QT_QPA_PLATFORM=offscreen", f"HOME={HOME}", "/usr/bin/guichet"),
        *("--data-folder", f"{HOME}/seat", "--check", f"{HOME}/well"),
    )
    _must(ran, "the installed client doesn't open a seat")
    if not system.root.joinpath(HOME[1:], "well").exists():
        raise TrialFailed("the installed client doesn't say that it is well")


@contextlib.contextmanager
def _open(system: System) -> Iterator[Program]:
    """The installed client, open."""
    with (
        tempfile.TemporaryDirectory(prefix="guichet-open-") as pictures,
        running(system.client(ACCOUNT), Path(pictures)) as program,
    ):
        program.shown()
        yield program
