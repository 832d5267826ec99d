"""Builds what IT rolls out, and tries each thing as it is installed: `./dev package`.

The client is frozen and used; on Linux its deb and rpm are built, and their lives are gone through
in a bare system; the Windows setup and MSI are tried with a stand-in under Wine. What needs root or
another system is said, and counts as not tried.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtGui import QGuiApplication

from app.domain.program import program_version
from build_scripts import managed_settings
from build_scripts.bill import write_bill
from build_scripts.freeze import ROOT, SERVER, FreezeFailed, built_at, freeze, size_mb
from build_scripts.linux.installers import InstallerFailed, build
from build_scripts.linux.rpm_trial import try_rpm
from build_scripts.linux.server.build import build_server
from build_scripts.linux.server.trial import try_server
from build_scripts.linux.trial import TrialFailed, try_out
from build_scripts.materials import BillFailed
from build_scripts.smoke_test import Client, Smoked, SmokeFailed, smoke
from build_scripts.vulnerabilities import NobodyAsked, ask
from build_scripts.windows import installers as windows
from build_scripts.windows import trial as windows_trial
from build_scripts.windows.signing import SigningFailed

T = TypeVar("T")
FAILED: Final = (
    *(BillFailed, FreezeFailed, InstallerFailed, SmokeFailed, TrialFailed, SigningFailed),
    *(windows.InstallerFailed, windows_trial.TrialFailed),
)

TO_REACH_MB: Final = {"installed": 170, "deb": 60, "memory at sign-in": 140}


def main() -> int:
    """Build and try; returns the exit code."""
    parser = argparse.ArgumentParser(prog="./dev package", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="where all of it is put")
    parser.add_argument("--no-trial", action="store_true", help="only build; nothing is tried")
    options = parser.parse_args()
    _application = QGuiApplication(["package"])  # looks at the screen
    try:
        package(options.to, tried=not options.no_trial)
    except FAILED as problem:
        print(f"package: {problem}", file=sys.stderr)
        return 1
    return 0


def package(target: Path, *, tried: bool) -> None:
    """Build everything that can be built here.

    Args:
        target: the folder it is put into.
        tried: whether each thing is used, too.

    Raises:
        one of FAILED
    """
    version = program_version()
    say_vulnerabilities()
    managed_settings.write(target / "managed-settings")
    program = timed("frozen", lambda: freeze(target))
    tell("installed", size_mb(program.parent))
    bill(program, version)
    if tried:
        with tempfile.TemporaryDirectory(prefix="guichet-package-") as temporary:
            data = Path(temporary) / "seat"
            client = Client((str(program), "--data-folder", str(data)), data)
            told(timed("used as frozen", lambda: smoke(client, Path(temporary))))
    if sys.platform != "linux":
        print("package: installers of this system are not built yet")
        return
    package_server(target, version=version, tried=tried and not os.geteuid())
    frozen, epoch = program.parent, built_at()
    deb, rpm = timed(
        "deb and rpm",
        lambda: build(frozen, target, version=version, built_at=epoch),
    )
    tell("deb", size_mb(deb))
    if not tried:
        return
    try_windows(target, epoch)
    if os.geteuid():
        print("package: NOT TRIED: the deb in a bare system, which takes root")
        return
    with tempfile.TemporaryDirectory(prefix="guichet-package-") as temporary:
        older, older_rpm = build(
            frozen,
            Path(temporary),
            version=f"{version}~before",
            built_at=epoch,
            small=False,
        )
        folder = Path(temporary) / "trial"
        folder.mkdir()
        told(timed("the deb's life", lambda: try_out(older, deb, folder)))
        timed("the rpm's life", lambda: try_rpm(older_rpm, rpm, frozen))


def bill(program: Path, version: str) -> None:
    """Write down what a frozen folder is made of. Raises BillFailed."""
    found = write_bill(program, version=version, at=built_at())
    print(f"package: {len(found)} components in {program.parent}, their licences beside the bill")


def say_vulnerabilities() -> None:
    """Say what is known of the packages that are pinned, or that nobody could be asked.

    Raises:
        BillFailed: something is known.
    """
    try:
        asked = ask()
    except NobodyAsked as problem:
        print(f"package: VULNERABILITIES NOT CHECKED: no database answered ({problem})", flush=True)
        return
    if asked.known:
        raise BillFailed("Pin other versions: these have known faults.\n" + "\n".join(asked.known))
    if asked.unknown:
        print(f"package: VULNERABILITIES NOT CHECKED of {', '.join(asked.unknown)}", flush=True)
    print("package: no known vulnerability in what was checked", flush=True)


def try_windows(target: Path, epoch: int) -> None:
    """Build setup and MSI of a stand-in, and try them under Wine. Raises as `package` does."""
    missing = windows_trial.missing()
    if missing:
        print(f"package: NOT TRIED: the Windows setup and MSI, for want of {', '.join(missing)}")
        return
    with tempfile.TemporaryDirectory(prefix="guichet-package-") as temporary:
        folder = Path(temporary)
        timed(
            "setup's and MSI's lives under Wine, with a stand-in for the client",
            lambda: windows_trial.try_out(folder, built_at=epoch),
        )


def package_server(target: Path, *, version: str, tried: bool) -> None:
    """Build the central server's deb, and try it. Raises as `package` does."""
    program = timed("server frozen", lambda: freeze(target, SERVER))
    bill(program, version)
    frozen = program.parent
    print(f"package: server installed: {size_mb(frozen):.0f} MB")
    epoch = built_at()
    deb = timed(
        "server's deb", lambda: build_server(frozen, target, version=version, built_at=epoch)
    )
    print(f"package: server's deb: {size_mb(deb):.0f} MB", flush=True)
    if not tried:
        return
    with tempfile.TemporaryDirectory(prefix="guichet-package-") as temporary:
        before = f"{version}~before"
        older = build_server(frozen, Path(temporary), version=before, built_at=epoch, small=False)
        took_s = timed("the server's deb's life", lambda: try_server(older, deb))
    print(f"package: from the installed deb to an answer by TLS: {took_s:.1f} s", flush=True)


def timed(what: str, do: Callable[[], T]) -> T:
    """Do something and say how long it took."""
    started = time.monotonic()
    done = do()
    print(f"package: {what}: {time.monotonic() - started:.0f} s", flush=True)
    return done


def told(smoked: Smoked) -> None:
    """Say what a smoke test measured."""
    print(f"package: first start {smoked.first_start_s:.2f} s, start {smoked.start_s:.2f} s")
    tell("memory at sign-in", smoked.memory / 1e6)
    print(f"package: resident {smoked.resident / 1e6:.0f} MB, shared pages counted whole")


def tell(what: str, size: float) -> None:
    """Say a size, and what it is to reach."""
    print(f"package: {what}: {size:.0f} MB (at most {TO_REACH_MB[what]})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
