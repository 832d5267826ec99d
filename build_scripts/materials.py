"""What is really in a frozen folder: each module and file belongs to a component with a licence.

Python's packages are told by the modules in the program's archive and by the files beside it,
everything else by the files' names; what belongs to nothing that is known here stops the build.
"""

from __future__ import annotations

import hashlib
import platform
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.metadata import packages_distributions as distributions_by_module
from pathlib import Path
from typing import Final

import sqlcipher3.dbapi2 as sqlcipher
from cyclonedx.spdx import is_supported_id
from PyInstaller.archive.readers import CArchiveReader  # type: ignore[import-untyped]

from build_scripts import bundled

ROOT: Final = Path(__file__).resolve().parent.parent
TEXTS: Final = ROOT / "build_scripts" / "licences"
OWN: Final = "guichet"
LICENCES_NAME: Final = "licences"
"""The folder beside a program that has the texts; what is in it isn't looked at."""
_OWN_PARTS: Final = frozenset(
    {"app", "ui", "sync", "resources", "LICENSE", "main", "server_program"}
)
_ICU: Final = re.compile(r"libicu\w+\.so\.(\d+)")
_QT: Final = ("PySide6", "libQt6", "libpyside6", "shiboken6", "libshiboken6", "libicu")
_IN: Final = " in "  # what others' wheels have in them
_BOOTLOADER: Final = ("pyi", "pyimod", "_pyi_rth")
# On Windows Python brings others' libraries along, whose licences stand in its own
_PYTHONS: Final = (
    *("libpython", "base_library", "python3"),
    *("vcruntime140", "ucrtbase", "api-ms-win-", "libcrypto-", "libssl-", "libffi-", "sqlite3.dll"),
)

# What says its licence in words of its own, or nowhere but in a file
_SPDX: Final[Mapping[str, str]] = {
    "MIT License": "MIT",
    "Apache License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
}
_BY_NAME: Final[Mapping[str, str]] = {
    "segno": "BSD-3-Clause",
    "sqlcipher3": "Zlib",
    "pyside6-essentials": "LGPL-3.0-only",  # of the three that it may be had under
    "pyside6-addons": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
    "pyinstaller": "GPL-2.0-or-later WITH Bootloader-exception",
}
_SIMPLE: Final = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_TEXT_NAMES: Final = re.compile(r"(LICEN[CS]E|COPYING|NOTICE)", re.IGNORECASE)


class BillFailed(Exception):
    """The folder holds what has no known origin or licence; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Material:
    """One component.

    Attributes:
        name, version: as its makers call it.
        licence: an SPDX expression.
        purl: where it comes from, as a package URL; '' for none.
        files: in the folder, by their names there, with their SHA-256; those in the program's
            archive aren't files.
        texts: of its licence, by the name they are kept under.
    """

    name: str
    version: str
    licence: str
    purl: str
    files: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)


def bill_of(program: Path) -> Path:
    """Where a frozen program's bill is."""
    return program.with_name(f"{program.stem}.cdx.json")


def materials(program: Path) -> list[Material]:
    """Everything in the frozen folder of `program`, sorted by name.

    Raises:
        BillFailed
    """
    inside = program.parent / "_internal"
    papers = program.parent / LICENCES_NAME
    files = {
        path.relative_to(program.parent).as_posix(): path
        for path in sorted(program.parent.rglob("*"))
        if path.is_file() and not path.is_symlink() and path != bill_of(program)
        if not path.is_relative_to(papers)
    }
    owners = _Owners(program.stem)
    for module in _modules(program):
        owners.take_module(module)
    for name, path in files.items():
        owners.take_file(name, path, inside)
    return sorted(owners.materials(), key=lambda each: (each.name.lower(), each.version))


def _modules(program: Path) -> Iterator[str]:
    archive = CArchiveReader(str(program))
    yield from archive.open_embedded_archive("PYZ.pyz").toc
    yield from (name for name in archive.toc if name.isidentifier())


class _Owners:
    """Gathers whose each part is."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._known = distributions_by_module()
        self._files: dict[str, dict[str, str]] = {}
        self._binaries: dict[str, Path] = {}

    def take_module(self, module: str) -> None:
        top = module.partition(".")[0]
        self._files.setdefault(self._owner_of(top, module), {})

    def take_file(self, name: str, path: Path, inside: Path) -> None:
        parts = path.relative_to(inside).parts if path.is_relative_to(inside) else (path.name,)
        owner = self._owner_of_file(name, parts)
        self._files.setdefault(owner, {})[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        self._binaries[name] = path

    def _owner_of(self, top: str, module: str) -> str:
        if top in _OWN_PARTS:
            return OWN
        if top.startswith(_BOOTLOADER) or top in {"struct", "frozen_environment"}:
            return "python" if top == "struct" else OWN if top[:1] == "f" else "pyinstaller"
        if top in sys.stdlib_module_names or top.startswith("_sysconfigdata"):
            return "python"
        owners = self._known.get(top)
        if not owners:
            raise BillFailed(
                f"The program's archive has the module {module}, which no installed package owns. "
                "Leave it out in guichet.spec, or tell in build_scripts/materials.py whose it is."
            )
        return self._one_of(owners, module)

    def _one_of(self, owners: list[str], module: str) -> str:
        """Of several packages in one namespace the one that has the module."""
        if len(set(owners)) == 1:
            return _plain(owners[0])
        path = module.replace(".", "/")
        for owner in sorted(set(owners)):
            files = {file.as_posix() for file in distribution(owner).files or []}
            if {f"{path}.py", f"{path}/__init__.py"} & files:
                return _plain(owner)
        return _plain(sorted(set(owners))[0])

    def _owner_of_file(self, name: str, parts: tuple[str, ...]) -> str:
        top = parts[0]
        if "/" not in name and Path(name).stem == self._program:
            return "pyinstaller"
        if top in _OWN_PARTS:
            return "lucide" if parts[:2] == ("resources", "icons") else OWN
        if top.lower().startswith(_PYTHONS):
            return "python"
        if found := _ICU.fullmatch(parts[-1]):
            return f"icu {found[1]}"
        if top.startswith(_QT):
            return self._qt_owner(parts)
        if wheel := bundled.wheel_of(parts):
            return self._bundled_owner(wheel, name, parts[-1])
        if top.endswith(".dist-info"):
            return _plain(top.rpartition("-")[0].rpartition("-")[0] or top.split("-")[0])
        return self._owner_of(top.partition(".")[0], name)

    @staticmethod
    def _bundled_owner(wheel: str, name: str, file: str) -> str:
        found = bundled.library(file)
        if found is None:
            raise BillFailed(
                f"{name} came along with {wheel}, and nobody knows whose it is. "
                "Find out, and write it down with its licence in build_scripts/bundled.py."
            )
        return f"{found[0]}{_IN}{_plain(wheel)}"

    @staticmethod
    def _qt_owner(parts: tuple[str, ...]) -> str:
        if any("shiboken" in part for part in parts):
            return "shiboken6"
        speech = ("TextToSpeech", "Multimedia", "texttospeech", "multimedia")
        is_added = any(word in part for part in parts for word in speech)
        return "pyside6-addons" if is_added else "pyside6-essentials"

    def materials(self) -> Iterator[Material]:
        for owner, files in self._files.items():
            yield self._material(owner, files)
        yield from self._inside()

    def _material(self, owner: str, files: Mapping[str, str]) -> Material:
        if _IN in owner:
            return self._bundled(owner, files)
        special = _SPECIAL.get(owner.partition(" ")[0])
        if special is not None:
            return special(owner, files)
        try:
            package = distribution(_named_like(owner))
        except PackageNotFoundError:
            raise BillFailed(
                f"{owner} is in the folder and not installed here, so neither its version nor its "
                "licence is known. Freeze with the environment of requirements.lock."
            ) from None
        return of_package(package, files)

    def _bundled(self, owner: str, files: Mapping[str, str]) -> Material:
        name, _, wheel = owner.partition(_IN)
        found = {bundled.library(Path(file).name) for file in files}
        [licence, kept] = {(each[1], each[2]) for each in found if each is not None}.pop()
        told = {v for file in files for v in bundled.versions(name, self._binaries[file])}
        version = " ".join(sorted(told))
        texts = of_package(distribution(wheel), {}).texts
        if kept:
            path = TEXTS / kept
            texts = {path.name: path.read_bytes()}
        purl = f"pkg:generic/{name}{'@' + version if version else ''}?in={wheel}"
        return Material(owner, version, licence, purl, files, texts)

    def _inside(self) -> Iterator[Material]:
        """What is compiled into libraries of others, told by what it says in them."""
        for name, path in self._binaries.items():
            if "/sqlcipher3/" in name:
                yield from _of_sqlcipher()
            if "/sqlcipher3/" in name or ("/cryptography/" in name and path.suffix == ".so"):
                for version in bundled.versions("openssl", path):
                    owner = "sqlcipher3" if "/sqlcipher3/" in name else "cryptography"
                    apache = {"LICENSE": (ROOT / "LICENSE").read_bytes()}
                    purl = f"pkg:generic/openssl@{version}?in={owner}"
                    yield Material(f"openssl{_IN}{owner}", version, "Apache-2.0", purl, {}, apache)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _named_like(plain: str) -> str:
    return {"pyside6-addons": "PySide6_Addons"}.get(plain, plain)


def licence_of(package: Distribution) -> str:
    """A package's licence as an SPDX expression.

    Raises:
        BillFailed
    """
    name = _plain(package.name)
    if name in _BY_NAME:
        return _BY_NAME[name]
    told = package.metadata
    candidates = [str(each) for each in told.get_all("License-Expression") or []]
    plain = [str(each).strip() for each in told.get_all("License") or []]
    candidates += [_SPDX.get(each, each) for each in plain]
    candidates += [_SPDX.get(str(each), "") for each in told.get_all("Classifier") or []]
    for each in candidates:
        if each and _SIMPLE.fullmatch(each) and all(map(_is_spdx, _identifiers(each))):
            return each
    raise BillFailed(
        f"{package.name} {package.version} tells no licence that is known here. Read its licence, "
        "see that it may be shipped, and write its SPDX name into _BY_NAME in "
        "build_scripts/materials.py."
    )


def _identifiers(expression: str) -> list[str]:
    return [word for word in expression.split() if word not in {"AND", "OR", "WITH"}]


def _is_spdx(name: str) -> bool:
    return is_supported_id(name) or name.endswith("-exception")


def of_package(package: Distribution, files: Mapping[str, str]) -> Material:
    """The component of an installed Python package.

    Raises:
        BillFailed: its licence or the licence's text isn't known.
    """
    texts = {
        file.name: Path(str(package.locate_file(file))).read_bytes()
        for file in package.files or []
        if ".dist-info" in file.parts[0] and _TEXT_NAMES.match(file.name)
    }
    licence = licence_of(package)
    if not texts:
        kept = {name: TEXTS / f"{name}.txt" for name in _identifiers(licence)}
        texts = {path.name: path.read_bytes() for path in kept.values() if path.exists()}
        if licence == "LGPL-3.0-only":  # it is a supplement to the other
            texts["GPL-3.0-only.txt"] = (TEXTS / "GPL-3.0-only.txt").read_bytes()
    if not texts:
        raise BillFailed(
            f"{package.name} {package.version} brings no text of its licence ({licence}). Put it "
            f"into build_scripts/licences/{licence}.txt."
        )
    name = _plain(package.name)
    return Material(
        name, package.version, licence, f"pkg:pypi/{name}@{package.version}", files, texts
    )


def _of_python(owner: str, files: Mapping[str, str]) -> Material:
    version = platform.python_version()
    text = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    kept = text if text.exists() else Path("/usr/share/doc") / f"python3.{sys.version_info.minor}"
    if kept.is_dir():
        kept /= "copyright"
    texts = {"LICENSE.txt": kept.read_bytes()}
    return Material("python", version, "PSF-2.0", f"pkg:generic/python@{version}", files, texts)


def _of_icu(owner: str, files: Mapping[str, str]) -> Material:
    version = owner.partition(" ")[2]
    text = TEXTS / "Unicode-DFS-2016.txt"
    purl = f"pkg:generic/icu@{version}"
    return Material("icu", version, text.stem, purl, files, {text.name: text.read_bytes()})


def _of_icons(owner: str, files: Mapping[str, str]) -> Material:
    icons = ROOT / "resources" / "icons"
    [version] = re.findall(r"Lucide (\d+\.\d+\.\d+)", (icons / "README.md").read_text("utf-8"))
    texts = {"LICENSE": (icons / "LICENSE").read_bytes()}
    purl = f"pkg:npm/lucide-static@{version}"
    return Material("lucide", version, "ISC AND MIT", purl, files, texts)


def _of_speech(owner: str, files: Mapping[str, str]) -> Material:
    """Installed for the freezing alone, by a lock of its own, in the version of the rest of Qt."""
    told = (ROOT / "build_scripts" / "voice.lock").read_text()
    [version] = re.findall(r"^pyside6-addons==(\S+)", told, re.MULTILINE)
    texts = {
        f"{name}.txt": (TEXTS / f"{name}.txt").read_bytes()
        for name in ("LGPL-3.0-only", "GPL-3.0-only")
    }
    purl = f"pkg:pypi/pyside6-addons@{version}"
    return Material("pyside6-addons", version, "LGPL-3.0-only", purl, files, texts)


_SPECIAL: Final[Mapping[str, Callable[[str, Mapping[str, str]], Material]]] = {
    "python": _of_python,
    "icu": _of_icu,
    "lucide": _of_icons,
    "pyside6-addons": _of_speech,
}


def _of_sqlcipher() -> Iterator[Material]:
    with closing(sqlcipher.connect(":memory:")) as connection:
        (told,) = connection.execute("PRAGMA cipher_version").fetchone()
    version = told.split()[0]
    text = {"SQLCipher.txt": (TEXTS / "SQLCipher.txt").read_bytes()}
    purl = f"pkg:generic/sqlcipher@{version}"
    yield Material("sqlcipher", version, "BSD-3-Clause", purl, {}, text)
    lite = sqlcipher.sqlite_version
    text = {"SQLite.txt": (TEXTS / "SQLite.txt").read_bytes()}
    yield Material("sqlite", lite, "blessing", f"pkg:generic/sqlite@{lite}", {}, text)
