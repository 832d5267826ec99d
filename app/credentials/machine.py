"""What tells this PC from others, and one run of it from the next, on each system."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

_MACHINE_ID_FILES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_BOOT_ID_FILE: Final = Path("/proc/sys/kernel/random/boot_id")


def machine_id() -> str | None:
    """The installation's own id, None where the system has none (some containers)."""
    if sys.platform == "win32":
        return _registry(r"SOFTWARE\Microsoft\Cryptography", "MachineGuid")
    if sys.platform == "darwin":
        return _sysctl("kern.uuid")
    for path in _MACHINE_ID_FILES:
        text = _text_of(path)
        if text:
            return text
    return None


@cache
def boot_id() -> str:
    """An id of this run of the operating system."""
    if sys.platform == "win32":
        number = _registry(
            r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management"
            r"\PrefetchParameters",
            "BootId",
        )
        found = f"windows boot {number}" if number else None
    elif sys.platform == "darwin":
        found = _sysctl("kern.bootsessionuuid")
    else:
        found = _text_of(_BOOT_ID_FILE)
    if not found:
        import psutil

        # By the wall clock, so that setting it looks like another boot: distrust, no false trust.
        found = f"booted {int(psutil.boot_time())}"
    return found


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None


def _sysctl(name: str) -> str | None:
    try:
        answer = subprocess.run(
            ["/usr/sbin/sysctl", "-n", name], capture_output=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.decode("ascii", "replace").strip() or None


if sys.platform == "win32":
    import winreg

    def _registry(key: str, name: str) -> str | None:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
                return str(winreg.QueryValueEx(opened, name)[0])
        except OSError:
            return None
