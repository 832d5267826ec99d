"""The seat's data folder: on a disk of this PC, for one process, closed to others."""

from __future__ import annotations

import os
import platform
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path, PurePath
from typing import IO, Final, NamedTuple

from app.domain.errors import Unavailable
from app.settings.own_files import open_own

_MOUNTS: Final = Path("/proc/self/mounts")

# SQLite's write-ahead log needs shared memory and locks that these don't keep, and a commit
# there is only as durable as somebody else's computer.
_REMOTE: Final = [
    "9p",
    "afp",
    "afpfs",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.ceph",
    "fuse.cifs",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.smbnetfs",
    "fuse.sshfs",
    "gfs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "macfuse",
    "ncp",
    "ncpfs",
    "nfs",
    "nfs3",
    "nfs4",
    "ocfs2",
    "osxfuse",
    "prl_fs",
    "smb",
    "smb2",
    "smb3",
    "smbfs",
    "sshfs",
    "vboxsf",
    "vmhgfs",
    "fuse.vmhgfs-fuse",
    "webdav",
]
LOCK_NAME: Final = "seat.lock"
LETTER_NAME: Final = "leave.letter"
"""Gives the seat up once the program is gone (`sync.client.leaving`); opening it takes it back."""
_SHARED: Final = stat.S_ISGID | stat.S_IRWXG


def prepare(folder: Path) -> None:
    """Make the folder if need be, for its owner alone.

    One that an administrator made for a group of this PC's accounts (rights 2770) stays theirs, and
    so does what this process writes from now on.

    Raises:
        Unavailable: network_folder, the folder is on another computer or follows its user
            about; open_folder, it is another's and open to everybody; disk_error, it can't be made.
    """
    if is_remote(folder):
        raise Unavailable(
            "network_folder",
            "The data folder is on a network drive; the seat's work must be kept on this PC's "
            "own disk. Please choose a local folder.",
            folder=str(folder),
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            _close_to_others(folder)
    except OSError as error:
        raise Unavailable(
            "disk_error", "The data folder can't be made or used.", folder=str(folder)
        ) from error


def _close_to_others(folder: Path) -> None:
    status = folder.stat()
    rights = stat.S_IMODE(status.st_mode)
    if rights & _SHARED == _SHARED:
        os.umask(0o007)
        closed = rights & ~stat.S_IRWXO
    else:
        closed = stat.S_IRWXU
    if rights == closed:
        return
    if status.st_uid != os.geteuid():
        raise Unavailable(
            "open_folder",
            "The data folder is open to other accounts of this PC. Please have the administrator "
            "close it: chmod 2770 for the group of the counter's accounts, or 700 for one alone.",
            folder=str(folder),
        )
    folder.chmod(closed)


class Mount(NamedTuple):
    """A file system and where it is found; kind and options as the system calls them."""

    place: str
    kind: str
    options: str


def mounted() -> list[Mount]:
    """Return what is mounted on this PC, the latest last; empty where the system doesn't say."""
    if platform.system() == "Linux":  # each start asks, and psutil is larger than all that asks it
        with suppress(OSError), _MOUNTS.open("rb") as file:
            lines = [line.split(b" ") for line in file]
            return [Mount(*map(_mount_text, line[1:4])) for line in lines]
        return []
    import psutil

    return [
        Mount(part.mountpoint, part.fstype, part.opts) for part in psutil.disk_partitions(all=True)
    ]


def _mount_text(field: bytes) -> str:
    """Undo what the kernel writes in place of spaces, tabs, line ends and backslashes."""
    plain = re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code[1], 8) & 0xFF]), field)
    return os.fsdecode(plain)


def is_remote(folder: Path) -> bool:
    """Whether a folder, which need not exist yet, is anywhere else than on this PC's disks."""
    if _is_unc(folder):
        return True
    real = folder.resolve()
    if _is_unc(real) or _is_roaming(real):
        return True
    mounts = [
        (len(PurePath(part.place).parts), part.kind.lower(), part.options.lower())
        for part in mounted()
        if real.is_relative_to(part.place)
    ]
    if not mounts:
        return False
    # Of two mounts on one place the later covers the earlier.
    deepest = max(depth for depth, _, _ in mounts)
    _, kind, options = [mount for mount in mounts if mount[0] == deepest][-1]
    return kind in _REMOTE or "remote" in options.split(",")


def _is_unc(folder: Path) -> bool:
    return str(folder).startswith(("\\\\", "//"))


def _is_roaming(folder: Path) -> bool:
    roaming = os.environ.get("APPDATA", "") if sys.platform == "win32" else ""
    return bool(roaming) and folder.is_relative_to(Path(roaming).resolve())


class SeatLock:
    """Held by the one process that works on a folder; the system lets go of it at its end."""

    def __init__(self, folder: Path) -> None:
        """Raises Unavailable: second_instance, another process holds it; disk_error."""
        try:
            self._file: IO[bytes] = open_own(folder / LOCK_NAME, "ab")
        except OSError as error:
            raise Unavailable(
                "disk_error", f"{LOCK_NAME} in the data folder can't be opened.", folder=str(folder)
            ) from error
        try:
            lock_file(self._file)
        except OSError as error:
            self._file.close()
            raise Unavailable(
                "second_instance", "The program is running already on this PC."
            ) from error

    def release(self) -> None:
        self._file.close()


def is_held(folder: Path) -> bool:
    """Whether a process holds the folder now, as far as this account may know; nothing is made."""
    try:
        file = open_own(folder / LOCK_NAME, "r+b")
    except OSError:
        return False
    with file:
        try:
            lock_file(file)
        except OSError:
            return True
    return False


if sys.platform == "win32":
    import msvcrt

    def lock_file(file: IO[bytes]) -> None:
        """Hold an open file for this process; raises OSError where another does."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock_file(file: IO[bytes]) -> None:
        """Hold an open file for this process; raises OSError where another does."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
