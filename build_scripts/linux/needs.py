"""What a built folder needs of the system it runs on, read in its binaries."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_ELF: Final = b"\x7fELF"
CONTROL: Final = "Source: guichet\n\nPackage: guichet\nArchitecture: any\n"
# Loaded by name when a window opens, so no binary says it; there is no text without it
_BY_NAME: Final = "fontconfig"


def binaries(folder: Path) -> list[Path]:
    """The programs and libraries in a folder, sorted."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in files if _begins_as_elf(path))


def sonames(folder: Path) -> list[str]:
    """The libraries that are needed and not in the folder, by the names they are loaded by."""
    found: set[str] = set()
    for path in binaries(folder):
        said = subprocess.run(
            ["objdump", "-p", str(path)], check=True, capture_output=True, text=True
        ).stdout
        found.update(re.findall(r"^\s+NEEDED\s+(\S+)$", said, re.MULTILINE))
    return sorted(found - {path.name for path in folder.rglob("*.so*")})


def debian_packages(folder: Path) -> list[str]:
    """The Debian packages that have what is needed, with the least version of each.

    Raises:
        subprocess.CalledProcessError: dpkg-shlibdeps finds one in no package here.
    """
    private = sorted({f"-l{path.parent}" for path in folder.rglob("*.so*")})
    with tempfile.TemporaryDirectory(prefix="guichet-needs-") as here:
        (Path(here) / "debian").mkdir()
        (Path(here) / "debian" / "control").write_text(CONTROL)
        command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", *private]
        command += [str(path) for path in binaries(folder)]
        done = subprocess.run(command, cwd=here, check=True, capture_output=True, text=True)
    _, _, listed = done.stdout.partition("shlibs:Depends=")
    return sorted({*listed.strip().split(", "), _BY_NAME})


def _begins_as_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF
