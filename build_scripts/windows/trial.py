"""Tries the setup and the MSI under Wine, silently: installed, upgraded, refused, removed.

The payload stands in for the client: a small program of Windows' own kind that stays open for a
while. What this shows is what the installers do; what Windows itself does with rights and groups
it can't, since Wine keeps none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from build_scripts.materials import LICENCES_NAME, bill_of
from build_scripts.windows.installers import PROGRAM_NAME, Updates, build
from sync.client.updating.installation import NOTE_NAME, ROOT_NAME

NEEDED: Final = ("wine", "makensis", "wixl", "msibuild")
REFUSED: Final = 1638
IN_USE: Final = 32
OWN: Final = r"HKLM\Software\Guichet"
LISTED: Final = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\Guichet"
RUN: Final = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run"
_OPEN_MS: Final = 8_000
_STAND_IN: Final = f"""
Target amd64-unicode
Unicode true
Name guichet
OutFile "{{target}}"
SilentInstall silent
RequestExecutionLevel user
Section
  Sleep {_OPEN_MS}
SectionEnd
"""


class TrialFailed(Exception):
    """An installer did something else than it should; the message says what."""


class Windows:
    """A Windows of Wine's in a folder."""

    def __init__(self, root: Path) -> None:
        """Use the one in `root`, see `bare_windows`."""
        self._environment = {
            **os.environ,
            "WINEPREFIX": str(root),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=",
            "DISPLAY": "",
        }
        drive = self._drive = root / "drive_c"
        self.program = drive / "Program Files" / "Guichet"
        self.data = drive / "ProgramData" / "Guichet"

    def has_shortcut(self) -> bool:
        """Whether the start menu leads to it; Wine's msiexec knows none for all accounts."""
        return any(self._drive.rglob("Guichet.lnk"))

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a Windows program to its end; of its exit code eight bits are left."""
        return subprocess.run(
            ["wine", *map(str, command)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=300,
        )

    def start(self, program: Path) -> subprocess.Popen[bytes]:
        """Start a Windows program."""
        return subprocess.Popen(
            ["wine", str(program)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def msi(self, what: str, path: Path, *properties: str) -> int:
        """Run msiexec silently; its exit code's eight bits."""
        return self.run("msiexec", what, str(path), "/qn", *properties).returncode

    def remove(self, *, waiting: bool) -> int:
        """Remove what the setup installed; returns the exit code.

        The uninstaller goes on in a copy of itself, so that its file can go, too. One that is to
        be waited for does all itself, and leaves its file.
        """
        uninstaller = rf"{self._there(self.program)}\uninstall.exe"
        how = f"_?={self._there(self.program)}" if waiting else ""
        script = self._drive / "remove.bat"  # as it stands: NSIS reads on to the line's end
        script.write_text(f'"{uninstaller}" /S {how}\r\nexit /b %errorlevel%\r\n')
        code = self.run("cmd", "/c", r"C:\remove.bat").returncode
        ends = time.monotonic() + _OPEN_MS / 1000
        while not waiting and self.program.exists() and time.monotonic() < ends:
            time.sleep(0.1)
        return code

    def _there(self, path: Path) -> str:
        return "C:\\" + "\\".join(path.relative_to(self._drive).parts)

    def value(self, key: str, name: str) -> str | None:
        """A value of the registry, None where there is none."""
        done = self.run("reg", "query", key, "/v", name, "/reg:64")
        for line in done.stdout.splitlines():
            if line.split()[:1] == [name]:
                return line.split(None, 2)[2].strip()
        return None

    def end(self) -> None:
        """End all of its processes, and wait for them."""
        subprocess.run(["wineserver", "-k", "-w"], env=self._environment, check=False)
        subprocess.run(["wineserver", "-w"], env=self._environment, check=False)


@contextlib.contextmanager
def bare_windows() -> Iterator[Windows]:
    """Make a Windows with nothing installed."""
    with tempfile.TemporaryDirectory(prefix="guichet-wine-") as temporary:
        windows = Windows(Path(temporary) / "prefix")
        made = windows.run("wineboot", "--init")
        if made.returncode:
            raise TrialFailed(f"wineboot failed:\n{made.stderr}")
        try:
            yield windows
        finally:
            windows.end()


def missing() -> list[str]:
    """Which programs the trial needs and this system hasn't."""
    return [name for name in NEEDED if not shutil.which(name)]


def stand_in(folder: Path, version: str) -> Path:
    """A payload: a program that stays open for some seconds, and files around it."""
    (folder / "_internal" / "sub").mkdir(parents=True)
    (folder / "_internal" / f"only-in-{version}.txt").write_text(version)
    (folder / "_internal" / "sub" / "inner file.txt").write_text(version)
    bill_of(folder / PROGRAM_NAME).write_text("{}")
    (folder / LICENCES_NAME / "one").mkdir(parents=True)
    (folder / LICENCES_NAME / "one" / "LICENSE").write_text(version)
    source = folder.with_suffix(".nsi")
    source.write_text(_STAND_IN.format(target=folder / PROGRAM_NAME))
    subprocess.run(["makensis", "-V1", source], check=True)
    shutil.copyfile(folder / PROGRAM_NAME, (folder / PROGRAM_NAME).with_suffix(".com"))
    return folder


def _root_list(folder: Path) -> Path:
    path = folder / "root.json"
    path.write_text("{}")
    return path


def try_out(folder: Path, *, built_at: int) -> None:
    """Go through the life of a setup and of an MSI, and of one beside the other.

    Args:
        folder: new; the installers stay there.
        built_at: their time stamp, s since 1970.

    Raises:
        TrialFailed, InstallerFailed
    """
    made = {
        version: build(
            stand_in(folder / f"payload-{version}", version),
            folder / version,
            version=version,
            built_at=built_at,
            updates=Updates("https://updates.invalid", "stable", _root_list(folder)),
        )
        for version in ("0.9.0", "0.10.0")
    }
    (old_setup, old_msi), (setup, msi) = made["0.9.0"], made["0.10.0"]
    with bare_windows() as windows:
        _setups_life(windows, old_setup, setup, msi)
        _msis_life(windows, old_msi, msi, setup)


def _setups_life(windows: Windows, old: Path, new: Path, msi: Path) -> None:
    _is(windows.run(old, "/S", "/AUTOSTART=1").returncode, 0, "the first installation")
    _installed(windows, "0.9.0", "setup")
    _is(windows.value(LISTED, "DisplayVersion"), "0.9.0", "the listed version")
    with _open(windows):
        _is(windows.run(new, "/S").returncode, IN_USE, "an upgrade while it is open")
        _is(windows.remove(waiting=True), IN_USE, "its removal while it is open")
        _installed(windows, "0.9.0", "setup")
    _is(windows.run(new, "/S").returncode, 0, "the upgrade")
    _installed(windows, "0.10.0", "setup")
    _is(windows.run(old, "/S").returncode, REFUSED & 255, "an older version over a newer one")
    _not(windows.msi("/i", msi), 0, "the MSI beside the setup")
    _installed(windows, "0.10.0", "setup")
    _is(windows.run(new, "/S", "/AUTOSTART=0").returncode, 0, "the same version again")
    _is(windows.value(RUN, "Guichet"), None, "the start that was switched off")
    _seat(windows)
    _is(windows.remove(waiting=False), 0, "its removal")
    _removed(windows)


def _msis_life(windows: Windows, old: Path, new: Path, setup: Path) -> None:
    _is(windows.msi("/i", old, "ADDLOCAL=ALL"), 0, "the MSI's installation")
    _installed(windows, "0.9.0", "msi")
    _is(windows.run(setup, "/S").returncode, REFUSED & 255, "the setup beside the MSI")
    _is(windows.msi("/i", new, "ADDLOCAL=ALL"), 0, "the MSI's upgrade")
    _installed(windows, "0.10.0", "msi")
    _not(windows.msi("/i", old), 0, "an older MSI over a newer one")
    _installed(windows, "0.10.0", "msi")
    _seat(windows)
    _is(windows.msi("/x", new), 0, "the MSI's removal")
    _removed(windows)


def _installed(windows: Windows, version: str, by: str) -> None:
    found = sorted(path.name for path in (windows.program / "_internal").iterdir())
    _is(found, [f"only-in-{version}.txt", "sub"], "the program's files")
    _is((windows.program / "_internal/sub/inner file.txt").read_text(), version, "an inner file")
    for name in (PROGRAM_NAME, NOTE_NAME, ROOT_NAME, "policies/guichet.admx"):
        _is((windows.program / name).is_file(), True, name)
    _is(windows.value(OWN, "Version"), version, "the version in the registry")
    _is(windows.value(OWN, "InstalledBy"), by, "who installed it")
    autostart = windows.value(RUN, "Guichet") or ""
    _is(autostart.strip('"').lower(), rf"c:\program files\guichet\{PROGRAM_NAME}", "its start")
    _is(windows.has_shortcut(), True, "the shortcut")
    _is(windows.data.is_dir(), True, "the data folder")


def _seat(windows: Windows) -> None:
    fetched = windows.program / "versions" / "0.11.0"
    fetched.mkdir(parents=True)  # goes with the program
    (fetched / PROGRAM_NAME).write_bytes(b"MZ")
    (windows.data / "work.db").write_bytes(b"500 entries that no server has")


def _removed(windows: Windows) -> None:
    _is(windows.program.exists(), False, "the program after its removal")
    _is(windows.value(OWN, "Version"), None, "the registry after its removal")
    _is(windows.value(RUN, "Guichet"), None, "its start after its removal")
    _is(windows.has_shortcut(), False, "the shortcut after its removal")
    kept = windows.data / "work.db"
    _is(kept.is_file() and kept.read_bytes()[:3], b"500", "the work that no server has")


@contextlib.contextmanager
def _open(windows: Windows) -> Iterator[None]:
    """The program open, and closed again."""
    process = windows.start(windows.program / PROGRAM_NAME)
    time.sleep(2)
    try:
        if process.poll() is not None:
            raise TrialFailed("the program on trial doesn't stay open")
        yield
    finally:
        process.wait()


def _is(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise TrialFailed(f"{what}: {found!r} instead of {expected!r}")


def _not(found: object, unexpected: object, what: str) -> None:
    if found == unexpected:
        raise TrialFailed(f"{what}: {found!r}")
