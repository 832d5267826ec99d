"""What a built folder needs of the system it runs on, read in its binaries."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_VERSIONS: Final = re.compile(r"^\s+required from (\S+):\n((?:\s+0x.*\n)+)", re.MULTILINE)
_ELF: Final = b"\x7fELF"
CONTROL: Final = "Source: guichet\n\nPackage: guichet\nArchitecture: any\n"
# Loaded by name when a window opens, so no binary says it; there is no text without it
_BY_NAME: Final = "fontconfig"


def binaries(folder: Path) -> list[Path]:
    """The programs and libraries in a folder, sorted."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in files if _begins_as_elf(path))


def rpm_requirements(folder: Path) -> list[str]:
    """What is needed and not in the folder, as rpm says it: each library, and its versions."""
    own = {path.name for path in folder.rglob("*.so*")}
    found: set[tuple[str, str]] = set()
    for path in binaries(folder):
        command = ["objdump", "-p", str(path)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.update((name, "") for name in re.findall(r"^\s+NEEDED\s+(\S+)$", said, re.MULTILINE))
        for name, versions in _VERSIONS.findall(said):
            found.update((name, version) for version in re.findall(r"\S+$", versions, re.MULTILINE))
    return sorted(f"{name}({version})(64bit)" for name, version in found if name not in own)


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
