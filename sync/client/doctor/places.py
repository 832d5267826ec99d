"""The data folder, its disk, and who works in it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from app.store.folder import LOCK_NAME, is_remote
from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import NotLookedAt, Pc
from sync.protocol.rescue import WORK_NAME

FULL_MB: Final = 200
LOW_MB: Final = 1_000
_COPIES: Final = 3  # an update copies the work before it touches it, and writes as much again
_MB: Final = 1024 * 1024
_LOCKS: Final = Path("/proc/locks")


def look_at_folder(pc: Pc) -> Iterator[Finding]:
    """Is it there, on this PC, this account's to use, and closed to others?"""
    told = {"folder": str(pc.folder)}
    if is_remote(pc.folder):
        yield Finding("folder_network", told)
    try:
        status = pc.folder.stat()
    except FileNotFoundError:
        yield Finding("folder_missing", told)
        return
    except OSError:
        yield Finding("folder_closed", told)
        return
    if is_read_only(pc.folder):
        yield Finding("folder_read_only", told)
    elif not stat.S_ISDIR(status.st_mode) or not os.access(
        pc.folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids
    ):
        yield Finding("folder_closed", told)
    elif os.name == "posix" and status.st_mode & stat.S_IRWXO:
        yield Finding("folder_open", told)


def is_read_only(folder: Path) -> bool:
    """Whether nobody may write there, whatever their rights."""
    if sys.platform == "win32":
        return False
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def look_at_disk(pc: Pc) -> Iterator[Finding]:
    """Is there room for a day's work, and for an update's copy of it?"""
    try:
        place = next(
            each for each in (pc.folder, *pc.folder.parents) if _bytes_of(each) is not None
        )
        free = shutil.disk_usage(place).free
        needed = max(FULL_MB * _MB, _COPIES * (_bytes_of(pc.folder / WORK_NAME) or 0))
    except OSError:
        yield Finding("disk_failed", {"folder": str(pc.folder)})
        return
    told: dict[str, str | int] = {"free_mb": free // _MB, "folder": str(pc.folder)}
    if free < needed:
        yield Finding("disk_full", told | {"needed_mb": needed // _MB})
    elif free < LOW_MB * _MB:
        yield Finding("disk_low", told)


def _bytes_of(path: Path) -> int | None:
    """A file's size, None where it isn't, or isn't for this account to see.

    Raises:
        OSError: the disk.
    """
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None


def look_at_instances(pc: Pc) -> Iterator[Finding]:
    """Who has the seat open, and is the program open on another folder, too?

    The seat's lock is never asked for: a program that starts at that moment would be refused.
    """
    holder = _holder(pc.folder / LOCK_NAME)
    if holder is not None:
        own = _is_own(holder)
        yield Finding("program_running" if own else "other_account", {"process": holder})
    others = [each for each in _clients() if each not in (holder, os.getpid())]
    if holder is not None and others:
        yield Finding("two_instances", {"processes": ", ".join(map(str, sorted(others)))})


def _holder(lock: Path) -> int | None:
    """The process that has locked a file, None for nobody."""
    if not sys.platform.startswith("linux"):
        return next(iter(_with_open(lock)), None)
    try:
        inode = str(lock.stat().st_ino)
        lines = _LOCKS.read_text().splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotLookedAt from error
    # As in "1: FLOCK ADVISORY WRITE 3340 00:1b:267230 0 EOF"; an arrow marks who only waits for it
    held = [line.split()[4:6] for line in lines if line.split()[1] == "FLOCK"]
    holders = [int(process) for process, file in held if file.endswith(f":{inode}")]
    return next((each for each in holders if _has_open(each, lock)), None)


def _has_open(process: int, path: Path) -> bool:
    """Whether a process has a file open; another account's is believed to."""
    try:
        return any(
            file.path == str(path.resolve()) for file in psutil.Process(process).open_files()
        )
    except psutil.AccessDenied:
        return True
    except psutil.Error:
        return False


def _with_open(path: Path) -> Iterator[int]:
    return (each.pid for each in psutil.process_iter() if _has_open(each.pid, path))


def _clients() -> Iterator[int]:
    """The processes of this PC that are this program with its windows, as far as they can be seen.

    They are told by the seat's lock, whichever folder's: nothing else has a file of that name.
    """
    for process in psutil.process_iter(["name"]):
        try:
            name = process.info["name"] or ""
            if not name.lower().startswith(("guichet", "python")):
                continue
            if any(Path(file.path).name == LOCK_NAME for file in process.open_files()):
                yield process.pid
        except psutil.Error:
            continue


def _is_own(process: int) -> bool:
    """Whether a process is this account's; an administrator sees all as their own."""
    try:
        return os.name != "posix" or os.geteuid() in (0, psutil.Process(process).uids().effective)
    except psutil.Error:
        return True
