"""Makes folders that run without Python, the client's and the server's, the same bytes each time.

`python -m build_scripts.freeze FOLDER` leaves FOLDER/guichet, and with `--server` instead
FOLDER/guichet-server; `./dev package` goes on from there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CLIENT: Final = "guichet"
SERVER: Final = "guichet-server"
CONSOLE: Final = "guichet-console"
# Qt's module for speech comes with 160 MB that nothing else needs: it isn't in the environment
VOICE_LOCK: Final = ROOT / "build_scripts" / "voice.lock"


class FreezeFailed(Exception):
    """pip or PyInstaller failed; the message is what it said."""


def built_at() -> int:
    """The time stamp of everything that is built, s since 1970: SOURCE_DATE_EPOCH, or the commit's.

    Raises:
        FreezeFailed: the tree is neither a clone nor told its time.
    """
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    if told.isdecimal():
        return int(told)
    git = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FreezeFailed("Set SOURCE_DATE_EPOCH: this folder is no clone that says its time.")
    return int(done.stdout)


def freeze(folder: Path, name: str = CLIENT) -> Path:
    """Build a program anew.

    Args:
        folder: where its folder, of its name, is put; one that is there is replaced.
        name: CLIENT or SERVER.

    Returns:
        The built program.

    Raises:
        FreezeFailed
    """
    epoch = built_at()
    program = folder / name
    spec = ROOT / "build_scripts" / f"{name}.spec"
    shutil.rmtree(program, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="guichet-freeze-") as work:
        voice = Path(work, "voice")
        if name == CLIENT:
            pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes"]
            _run([*pip, "--target", str(voice), "-r", str(VOICE_LOCK)], dict(os.environ))
        environment = {
            **os.environ,
            "SOURCE_DATE_EPOCH": str(epoch),
            "PYTHONHASHSEED": "0",
            "PYTHONNODEBUGRANGES": "1",  # columns say nothing where no source is
            "PYINSTALLER_CONFIG_DIR": work,  # nothing is left of an earlier run
            "GUICHET_VOICE": str(voice),
        }
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
        _run([*command, "--distpath", str(folder), "--workpath", work, str(spec)], environment)
    console = program / f"{CONSOLE}.exe"
    if console.exists():
        console.rename(program / f"{CLIENT}.com")  # what `guichet` means where .exe isn't said
    for path in (program, *program.rglob("*")):
        os.utime(path, (epoch, epoch), follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    return program / (f"{name}.exe" if sys.platform == "win32" else name)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FreezeFailed(done.stdout)


def size_mb(path: Path) -> float:
    """The size of a file, or of all in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file()) / 1e6


def main() -> int:
    """Build where the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--server", action="store_true", help="the central server")
    options = parser.parse_args()
    try:
        program = freeze(options.folder, SERVER if options.server else CLIENT)
    except FreezeFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{program}: {size_mb(program.parent):.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
