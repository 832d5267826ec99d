"""What windows need of the system: its libraries, a Chinese font, and the customer's screen."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import NotLookedAt, Pc

_SHARE: Final = 0.83  # of the time, for a command
_ROOT: Final = Path(__file__).resolve().parents[3]  # where Python finds the program's modules
_FONTS: Final = ("fc-list", ":lang=zh-cn", "family")
_LONGEST_SAID: Final = 300


def look_at_libraries(pc: Pc) -> Iterator[Finding]:
    """Does the system have what Qt's own files ask for?"""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_libraries(qt_files(), limit_s=pc.limit_s * _SHARE)
    if missing:
        yield Finding("libraries_missing", {"names": ", ".join(missing)})
    if shutil.which("fc-list") and not _said(_FONTS, pc.limit_s * _SHARE).strip():
        yield Finding("font_missing")


def qt_files() -> list[Path]:
    """What a window loads of Qt on Linux, beside the program or among Python's packages."""
    found = importlib.util.find_spec("PySide6")  # looked for, not imported: that would need them
    if found is None or not found.submodule_search_locations:
        raise NotLookedAt
    qt = Path(next(iter(found.submodule_search_locations))) / "Qt"
    names = ("Core", "Gui", "Widgets", "Svg", "Network", "PrintSupport", "DBus", "XcbQpa")
    files = [qt / "lib" / f"libQt6{name}.so.6" for name in names]
    return [*(file for file in files if file.exists()), qt / "plugins" / "platforms" / "libqxcb.so"]


def missing_libraries(files: Sequence[Path], *, limit_s: float) -> list[str]:
    """Those that these files ask for and the dynamic linker doesn't find.

    Raises:
        NotLookedAt: there is no `ldd`, or it doesn't know the files.
    """
    lines = _said(["ldd", *map(str, files)], limit_s).splitlines()
    return sorted({line.split()[0] for line in lines if line.rstrip().endswith("=> not found")})


def _said(command: Sequence[str], limit_s: float) -> str:
    env = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, check=False, env=env
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotLookedAt from error
    return done.stdout


def look_at_screens(pc: Pc) -> Iterator[Finding]:
    """Is the customer's screen there that was there before, or that somebody has chosen?"""
    if not pc.screens:
        raise NotLookedAt
    has_desktop = not sys.platform.startswith("linux") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    if not has_desktop:
        yield Finding("no_desktop")
        return
    try:
        # In a process of its own: where no window can be opened Qt ends the one that asks
        done = subprocess.run(
            [*pc.screens, "--data-folder", str(pc.folder), "--json"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=pc.limit_s * _SHARE,
            check=False,
            cwd=_ROOT if _ROOT.is_dir() else None,
        )
    except subprocess.TimeoutExpired:
        yield Finding("desktop_failed", {"said": ""})
        return
    try:
        screens = json.loads(done.stdout)
    except ValueError:
        yield Finding("desktop_failed", {"said": " ".join(done.stderr.split())[:_LONGEST_SAID]})
        return
    if screens["is_missed"]:
        yield Finding("customer_screen_gone", {"screens": len(screens["screens"])})
