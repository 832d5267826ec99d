"""Starts the version that a seat runs, and changes it between two runs.

The program that was installed is the launcher of all that come after it: it stays, and starts
them. A change is asked for by the running version, which then ends with `EXIT_FOR_UPDATE`. The
seat's files are copied; the new version opens the data, shows its first screen and closes, and
records and sends nothing (`--check`). Only then it is the seat's. Until then the copy can be put
back without anything being lost, and so it is after a failure or a power cut at any point.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.domain.errors import Unavailable
from app.domain.program import program_version
from sync.client.updating.builds import is_newer
from sync.client.updating.installation import BadInstallation, Installation
from sync.client.updating.seat_state import SeatState, read_state, write_state

EXIT_FOR_UPDATE: Final = 75
"""Of a program that wants to be followed by another version (EX_TEMPFAIL of sysexits)."""
EXIT_ALREADY_RUNNING: Final = 3
LAUNCHER: Final = "GUICHET_LAUNCHED_BY"
"""Tells a version which base program started it."""
CHECK_LIMIT_S: Final = 90.0
MOST_TRIES: Final = 3
"""Starts for a trial: a power cut during one isn't the version's fault, the third may be."""
COPY_NAME: Final = "before-update"
_SPARE_BYTES: Final = 16 << 20
# The copy of the seat's work; what the server sends again is left out, and what is the PC's
_WORK: Final = ("work.db", "work.db-wal", "vault.json", "vault.bin")

Check = Callable[[Path, Path, str, Sequence[str]], str]
"""Tries a program on a data folder: (program, data folder, version, options) to what is wrong,
'' for nothing."""


def base_program() -> Path:
    """The program that was installed, whose child this may be."""
    return Path(os.environ.get(LAUNCHER) or sys.executable)


def launched(options: Sequence[str], folder_of: Callable[[Path | None], Path]) -> int | None:
    """Be the launcher, where the installation takes versions, and nobody has launched this.

    Args:
        options: the command line.
        folder_of: the data folder that the program will open, by what its option says of it.

    Returns:
        The exit code of what was launched; None where this is the program itself.
    """
    if LAUNCHER in os.environ:
        return None
    try:
        installation = Installation.of(base_program())
    except BadInstallation as problem:
        print(f"guichet: {problem}", file=sys.stderr)
        return None
    if installation is None:
        return None
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--data-folder", type=Path)
    folder = folder_of(parser.parse_known_args(options)[0].data_folder)
    return launch(installation, folder, options, installed=program_version())


def launch(
    installation: Installation, folder: Path, options: Sequence[str], *, installed: str
) -> int:
    """Run the seat's version, and the one that it asks to be followed by.

    Args:
        installation: where versions lie.
        folder: the seat's data folder.
        options: the command line, handed on.
        installed: the base program's version.

    Returns:
        The exit code of the last version that ran.
    """
    while True:
        try:
            state = settle(installation, folder, options)
        except Unavailable as busy:  # another launcher is at it
            print(f"guichet: {busy.message}", file=sys.stderr)
            return EXIT_ALREADY_RUNNING
        program = _chosen(installation, state, installed)
        environment = {**os.environ, LAUNCHER: str(installation.base)}
        code = subprocess.run([program, *options], env=environment, check=False).returncode
        if code != EXIT_FOR_UPDATE or read_state(folder).phase == "settled":
            return code  # a program that ends so and asks for nothing is not started for ever


def _chosen(installation: Installation, state: SeatState, installed: str) -> Path:
    """The program to run: the installed one, too, where the administrator's is newer by now."""
    if not state.version or is_newer(installed, state.version):
        return installation.base
    try:
        return installation.program(state.version)
    except BadInstallation as problem:
        print(f"guichet: {problem}", file=sys.stderr)
        return installation.base


def settle(
    installation: Installation,
    folder: Path,
    options: Sequence[str] = (),
    *,
    check: Check | None = None,
) -> SeatState:
    """Bring a change of version to its end, whichever; a change that was cut off goes on.

    Raises:
        Unavailable: second_instance, another process works on the folder.
    """
    state = read_state(folder)
    if state.phase == "settled":
        return state
    with held(folder / "updates.lock"):
        state = read_state(folder)
        if state.phase == "ordered":
            with _closed(folder):
                state = _save(folder, state)
        while state.phase == "saved":
            state = _try(installation, folder, state, options, check or check_program)
        if state.phase == "returning":
            _put_back(folder)
            state = state.without(state.told)
            write_state(folder, state)
            shutil.rmtree(folder / COPY_NAME, ignore_errors=True)
    return state


def _save(folder: Path, state: SeatState) -> SeatState:
    """Copy the seat's files; without room for that, nothing is changed."""
    present = [folder / name for name in _WORK if (folder / name).exists()]
    needed = 2 * sum(path.stat().st_size for path in present) + _SPARE_BYTES
    if shutil.disk_usage(folder).free < needed:
        told = f"version {state.to} waits: the disk has no room to copy the seat's data first"
        state = state.telling(told, phase="settled", to="", waits="disk_full")
        write_state(folder, state)
        return state
    copy = folder / COPY_NAME
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(mode=0o770)
    for path in present:
        _copy(path, copy / path.name)
    _sync_folder(copy)
    state = replace(state, phase="saved", tries=0)
    write_state(folder, state)
    return state


def _try(
    installation: Installation,
    folder: Path,
    state: SeatState,
    options: Sequence[str],
    check: Check,
) -> SeatState:
    """Start the new version once; nothing of an earlier start is left."""
    if state.tries:
        _put_back(folder)
    if state.tries >= MOST_TRIES:
        wrong = f"it was cut off {MOST_TRIES} times while it started"
    else:
        state = replace(state, tries=state.tries + 1)
        write_state(folder, state)
        try:
            wrong = check(installation.program(state.to), folder, state.to, options)
        except BadInstallation as problem:
            wrong = str(problem)
    if wrong:
        state = state.telling(wrong, phase="returning")
    else:
        told = f"version {state.to} runs since it opened the data and showed its first screen"
        state = state.telling(told, phase="settled", version=state.to, to="", tries=0, waits="")
    write_state(folder, state)
    return state


def check_program(program: Path, folder: Path, version: str, options: Sequence[str]) -> str:
    """Have a program open the data and show its first screen; returns what is wrong, or ''."""
    with tempfile.TemporaryDirectory(prefix="guichet-check-") as here:
        mark = Path(here) / "well"
        command = [str(program), *options, "--data-folder", str(folder), "--check", str(mark)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=CHECK_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it showed no first screen within {CHECK_LIMIT_S:.0f} s"
        except OSError as error:
            return f"it can't be started: {error.strerror}"
        if done.returncode:
            said = _last_line(done.stderr.decode(errors="replace"))
            return f"it ended with code {done.returncode} before its first screen: {said}"
        if not mark.is_file() or mark.read_text() != version:
            return "it ended without saying that it is well"
    return ""


def _last_line(said: str) -> str:
    """What a program said last, without what its boot loader adds to it."""
    lines = [line.strip() for line in said.splitlines() if not line.startswith("[PYI")]
    return next((line for line in reversed(lines) if line), "")[:200]


def _put_back(folder: Path) -> None:
    """Make the seat's files what they were; may be cut off and done again."""
    copy = folder / COPY_NAME
    kept = {path.name for path in copy.iterdir() if not path.is_symlink()} & set(_WORK)
    with _closed(folder):
        for name in _WORK:
            if name not in kept:  # a log of the newer file must never meet the older one
                (folder / name).unlink(missing_ok=True)
        (folder / "work.db-shm").unlink(missing_ok=True)
        for name in sorted(kept):
            partial = folder / f"{name}.partial"
            _copy(copy / name, partial)
            partial.replace(folder / name)
        _sync_folder(folder)


def _copy(source: Path, target: Path) -> None:
    from app.settings.own_files import open_new
    from app.store.copying import copy_readable

    with open_new(target) as file:
        copy_readable(source, file)
        file.flush()
        os.fsync(file.fileno())
    shutil.copystat(source, target)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _closed(folder: Path) -> Iterator[None]:
    """Keep programs out; also one on trial whose launcher was killed, which may still be there."""
    from app.store.folder import SeatLock

    lock = SeatLock(folder)
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Let one process at a time do what the file stands for.

    Raises:
        Unavailable: second_instance, disk_error.
    """
    from app.settings.own_files import open_own
    from app.store.folder import lock_file

    try:
        file = open_own(path, "ab")
    except OSError as error:
        raise Unavailable("disk_error", f"{path} can't be opened.") from error
    with file:
        try:
            lock_file(file)
        except OSError as error:
            raise Unavailable(
                "second_instance", "The program is being updated on this PC; wait a moment."
            ) from error
        yield
