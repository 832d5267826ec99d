"""What support gets of a PC: numbers, versions and codes, and nothing that anybody typed.

Each value is put in by its name here and is a number, a truth, or one of words that the program
itself knows. Nothing is copied out of a file and cleaned: a name, a phone number or a secret has no
way in, wherever it stands.
"""

from __future__ import annotations

import builtins
import importlib.util
import json
import os
import platform
import re
import ssl
import sys
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
import sqlcipher3.dbapi2 as sqlcipher

from app.domain.errors import Unavailable
from app.domain.events import EVENT_TYPES
from app.settings.in_force import read_settings
from app.settings.kinds import Choice, Flag
from app.settings.schema import SETTINGS, Setting
from app.store.inspection import (
    MEMBERS_TABLES,
    WORK_TABLES,
    SeatFacts,
    count_rows,
    count_waiting,
)
from sync.client.doctor import words_en
from sync.client.doctor.findings import CODES
from sync.client.doctor.pc import Pc
from sync.client.doctor.report import exit_code, worst_of
from sync.client.doctor.runner import Report
from sync.protocol.rescue import FOLDER_FILES

_MB: Final = 1024 * 1024
_MS_PER_MINUTE: Final = 60_000
_LAST_CRASHES: Final = 20
_MOST_LOG_BYTES: Final = 4 * _MB

_FILES: Final = frozenset(
    {
        *FOLDER_FILES,
        *("work.db-shm", "vault.json", "vault.bin", "seat.lock", "screen.ini", "printer.ini"),
        *("lan.ini", "crash.log", "pictures.db", "doctor.json", "guichet.log", "guichet.log.1"),
        *("policy.kept.json", "authority.kept.pem"),
    }
)
_MEMBERS: Final = re.compile(r"members-\d+\.db(-wal|-shm|-journal)?")
_BACKUP: Final = re.compile(r"work-v\d+\.backup\.db")
_ENVIRONMENT: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "GUICHET_LAN")
_SESSIONS: Final = frozenset({"x11", "wayland", "tty", "mir"})
_LANGUAGES: Final = frozenset({"en", "zh", "C", "POSIX"})
_SYSTEMS: Final = frozenset(
    {
        *("debian", "ubuntu", "linuxmint", "deepin", "uos", "kylin", "openkylin", "fedora"),
        *("rhel", "centos", "rocky", "almalinux", "anolis", "openeuler", "opensuse-leap"),
        *("opensuse-tumbleweed", "sles", "arch"),
    }
)
_NUMBERED: Final = re.compile(r"\d{1,3}(\.\d{1,3}){0,3}")
PARTS: Final = (
    *("PySide6-Essentials", "cryptography", "keyring", "requests", "urllib3", "truststore"),
    *("SQLAlchemy", "sqlcipher3", "zeroconf", "SecretStorage"),
)
"""Packages whose versions are told; guichet.spec takes along what says them."""
_FRAME: Final = re.compile(
    r'  File ".*?((?:app|ui|sync)(?:[/\\][a-z_0-9]+)+)\.py", line (\d{1,5})\b'
)
_LOGGED: Final = re.compile(
    r"(20\d\d-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d),\d{3}Z"
    r" (CRITICAL|ERROR|WARNING|INFO|DEBUG) ([a-z_0-9.]{1,80}): "
)
_LAST_LINES: Final = 200
_CLASS: Final = re.compile(r"([A-Za-z_.]{1,80})(?::|$)")


def write_bundle(target: Path, pc: Pc, report: Report, program: str) -> None:
    """Write the bundle.

    Args:
        target: a zip; a new file.
        pc: what was looked at.
        report: what was found.
        program: its version.

    Raises:
        OSError: the target is there already, or can't be written.
    """
    parts = {
        "report.json": _report(report),
        "pc.json": _pc(pc, program),
        "settings.json": _settings(pc),
        "seat.json": _seat(pc),
        "crashes.json": _crashes(pc.folder / "crash.log"),
        "log.json": _log(pc.folder / "guichet.log"),
    }
    with target.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, json.dumps(content, indent=1))


# ------------------------------------------------------------------------ what was found


def _report(report: Report) -> dict[str, Any]:
    return {
        "ran_ms": report.ran_ms,
        "took_ms": report.took_ms,
        "exit": exit_code(report),
        "worst": worst_of(report),
        "checks": [
            {"check": each.check, "state": each.state, "took_ms": each.took_ms}
            for each in report.looked
        ],
        "findings": [
            {
                "code": finding.code,
                "check": CODES[finding.code][0],
                "severity": finding.severity.name.lower(),
                "numbers": _numbers(finding.detail),
            }
            for finding in report.findings
        ],
    }


def _numbers(detail: Mapping[str, str | int]) -> dict[str, int]:
    return {name: value for name, value in detail.items() if isinstance(value, int)}


# ------------------------------------------------------------------------ the PC


def _pc(pc: Pc, program: str) -> dict[str, Any]:
    disk = None
    with suppress(OSError):
        disk = psutil.disk_usage(str(pc.folder))
    return {
        "program": program if _NUMBERED.fullmatch(program) else "source",
        "is_frozen": bool(getattr(sys, "frozen", False)),
        "python": platform.python_version(),
        "parts": {name: _version(name) for name in PARTS},
        "openssl": ssl.OPENSSL_VERSION_NUMBER,
        "sqlite": sqlcipher.sqlite_version,
        "system": _one_of(platform.system(), {"Linux", "Windows", "Darwin"}),
        "machine": _one_of(platform.machine(), {"x86_64", "AMD64", "aarch64", "arm64"}),
        "kernel": _leading_number(platform.release()),
        "distribution": _distribution(),
        "cores": psutil.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // _MB,
        "disk_mb": None if disk is None else disk.total // _MB,
        "disk_free_mb": None if disk is None else disk.free // _MB,
        "session": _one_of(os.environ.get("XDG_SESSION_TYPE", ""), _SESSIONS),
        "language": _one_of(os.environ.get("LANG", "").partition("_")[0], _LANGUAGES),
        "is_administrator": os.name == "posix" and os.geteuid() == 0,
    }


def _version(name: str) -> str:
    try:
        return _leading_number(version(name))
    except PackageNotFoundError:
        return ""


def _leading_number(text: str) -> str:
    found = _NUMBERED.match(text)
    return found.group() if found else ""


def _one_of(value: str, known: Iterable[str]) -> str:
    return value if value in known else "other"


def _distribution() -> dict[str, str]:
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return {}
    number = _leading_number(told.get("VERSION_ID", ""))
    return {"id": _one_of(told.get("ID", ""), _SYSTEMS), "version": number}


# ------------------------------------------------------------------------ settings


def _settings(pc: Pc) -> dict[str, Any]:
    """Who says each setting; its value only where that is one of our words, or yes or no."""
    told: dict[str, Any] = {
        "environment": sorted(name for name in _ENVIRONMENT if _is_in_environment(name)),
        "command line": {"server": bool(pc.server), "authority": pc.authority is not None},
    }
    try:
        named = {"data_folder": pc.folder} if pc.is_named else {}
        settings = read_settings(named, places=pc.places)
    except Unavailable as problem:
        return {**told, "problem": problem.code}
    told["is kept policy"] = settings.is_kept
    told["mistakes"] = len(settings.problems)
    told["in force"] = {
        name: {
            "origin": settings.origins[name].source.value,
            "value": settings.origins[name].value if _is_plain(setting) else "masked",
        }
        for name, setting in SETTINGS.items()
    }
    return told


def _is_plain(setting: Setting) -> bool:
    return isinstance(setting.kind, Choice | Flag) and not setting.secret


def _is_in_environment(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(name.lower()))


# ------------------------------------------------------------------------ the seat


def _seat(pc: Pc) -> dict[str, Any]:
    told: dict[str, Any] = {"files": _files(pc.folder)}
    facts = _given(pc.seat)
    keys = _given(pc.keys)
    if facts is not None:
        told["link"] = _link(pc, facts)
    if keys is not None:
        work = pc.folder / "work.db"
        told["work"] = _counts(work, keys.work, WORK_TABLES)
        with suppress(Unavailable):
            told["waiting"] = count_waiting(work, keys.work, frozenset(EVENT_TYPES))
        if facts is not None and _MEMBERS.fullmatch(facts.members_file or ""):
            told["members"] = _counts(
                pc.folder / str(facts.members_file), keys.members, MEMBERS_TABLES
            )
    return told


def _given(future: Any) -> Any:
    """What a check gave, None where it gave nothing."""
    return future.result() if future.done() and not future.cancelled() else None


def _link(pc: Pc, facts: SeatFacts) -> dict[str, Any]:
    now_ms = pc.now_ms()

    def age(then_ms: int | None) -> int | None:
        return None if then_ms is None else (now_ms - then_ms) // _MS_PER_MINUTE

    return {
        **_address(facts.server_url),
        "online": facts.online,
        "problem": _one_of(facts.problem, words_en.WHY),
        "unsent": facts.unsent,
        "unsent_for_min": age(facts.unsent_since_ms),
        "last_contact_min": age(facts.last_contact_ms),
        "last_pull_min": age(facts.last_pull_ms),
        "offset_ms": facts.offset_ms,
    }


def _address(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        return {"scheme": _one_of(parts.scheme, {"http", "https"}), "port": parts.port}
    except ValueError:
        return {"scheme": "other", "port": None}


def _counts(path: Path, key: bytes, tables: frozenset[str]) -> dict[str, Any]:
    try:
        schema, counts = count_rows(path, key, tables)
    except Unavailable as problem:
        return {"problem": problem.code}
    return {"schema": schema, "rows": counts}


def _files(folder: Path) -> dict[str, Any]:
    sizes: dict[str, int] = {}
    others = 0
    try:
        for path in folder.iterdir():
            name = path.name
            if _MEMBERS.fullmatch(name):
                name = "members"
            elif _BACKUP.fullmatch(name):
                name = "backups"
            elif name not in _FILES:
                others += 1
                continue
            sizes[name] = sizes.get(name, 0) + path.stat().st_size
    except OSError:
        return {}
    return {"bytes": sizes, "others": others}


# ------------------------------------------------------------------------ crashes


def _crashes(log: Path) -> list[dict[str, Any]]:
    """Where the program made its last mistakes: places in its own source, and kinds of error."""
    lines = _lines_of(log)
    crashes: list[dict[str, Any]] = []
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("Traceback (most recent call last):"):
            crashes.append({"at": _stamp(before), "places": [], "kind": ""})
        elif crashes and (frame := _FRAME.match(line)) and _is_ours(frame[1]):
            crashes[-1]["places"].append(f"{_module(frame[1])}:{frame[2]}")
        elif crashes and not crashes[-1]["kind"] and (kind := _CLASS.match(line)):
            crashes[-1]["kind"] = _kind(kind[1])
    return crashes[-_LAST_CRASHES:]


def _log(log: Path) -> list[list[str]]:
    """When which part of the program logged something, and how bad; never what."""
    found = [match for line in _lines_of(log) if (match := _LOGGED.match(line)) is not None]
    return [list(each.groups()) for each in found[-_LAST_LINES:] if _is_ours(each[3])]


def _lines_of(log: Path) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _MOST_LOG_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _stamp(line: str) -> str:
    found = re.match(r"(20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ) ", line)
    return found[1] if found else ""


def _module(path: str) -> str:
    return re.sub(r"[/\\]", ".", path)


def _is_ours(path: str) -> bool:
    """Whether there is such a module: what only looks like one isn't let in."""
    try:
        return importlib.util.find_spec(_module(path)) is not None
    except (ImportError, ValueError):
        return False


def _kind(name: str) -> str:
    """The name of an error's class that there really is."""
    module, _, plain = name.rpartition(".")
    found = getattr(sys.modules.get(module) if module else builtins, plain, None)
    known = isinstance(found, type) and issubclass(found, BaseException)
    return name if known else ""
