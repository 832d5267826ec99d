"""The command `guichet doctor`."""

from __future__ import annotations

import argparse
import json
import locale
import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Generic, NoReturn, TypeVar

from app.domain.errors import Unavailable
from app.settings.in_force import read_settings
from sync.client.doctor.checks import CHECKS
from sync.client.doctor.pc import LIMIT_S, Pc
from sync.client.doctor.report import (
    EXIT_FAILED,
    LANGUAGES,
    as_json,
    as_text,
    exit_code,
    keep_result,
)
from sync.client.doctor.runner import run
from sync.client.doctor.words_en import LABELS as LABELS_EN
from sync.client.doctor.words_zh import LABELS as LABELS_ZH

T = TypeVar("T")

_FILES_S: Final = 0.3  # for the small ones of the data folder, whose disk may hang
_BUNDLE_S: Final = 20.0
_DESCRIPTION: Final = "Find what is wrong with this PC, and say what to do."
_EXITS: Final = (
    "exit codes: 0 all is well (notes at most); 1 warnings; 2 errors; 3 the doctor itself failed, "
    "or was asked wrongly, or the bundle can't be written"
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_FAILED, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str], data_folder: Path, screens: Sequence[str]) -> int:
    """Run `guichet doctor …`; returns the exit code.

    Args:
        arguments: behind the command's name.
        data_folder: the seat's, unless another is named.
        screens: see `sync.client.doctor.pc.Pc`.
    """
    parser = _Parser(prog="guichet doctor", description=_DESCRIPTION, epilog=_EXITS)
    parser.add_argument("--data-folder", type=Path, metavar="FOLDER", help="of another seat")
    parser.add_argument("--server", default="", metavar="ADDRESS", help="(default: the seat's)")
    parser.add_argument(
        "--authority", type=Path, metavar="FILE", help="PEM file of who signs its certificate"
    )
    parser.add_argument("--language", choices=LANGUAGES, help="(default: the seat's)")
    parser.add_argument(
        "--limit",
        type=float,
        default=LIMIT_S,
        metavar="SECONDS",
        help="for all checks together, on a PC or a network that is slow (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="for scripts")
    parser.add_argument(
        "--bundle", type=Path, metavar="FILE.zip", help="also write what support needs; new"
    )
    options = parser.parse_args(arguments)
    folder: Path = (options.data_folder or data_folder).absolute()
    if options.bundle is not None and options.bundle.exists():
        parser.error(f"{options.bundle} is there already; choose another name")
    pc = Pc(
        folder,
        options.server,
        options.authority,
        screens=screens,
        is_named=options.data_folder is not None,
        limit_s=options.limit,
    )
    chosen = _Within(lambda: _chosen_language(folder))
    report = run(CHECKS, pc)
    _Within(lambda: _kept(lambda: keep_result(report, folder))).result(_FILES_S, otherwise=False)
    language = options.language or chosen.result(0, otherwise="") or _system_language()
    labels = {"en": LABELS_EN, "zh_CN": LABELS_ZH}[language]
    if options.json:
        print(json.dumps(as_json(report, language, version=program_version()), ensure_ascii=False))
    else:
        print(as_text(report, language, version=program_version()))
    if options.bundle is not None:
        from sync.client.doctor.bundle import write_bundle

        written = _Within(
            lambda: _kept(lambda: write_bundle(options.bundle, pc, report, program_version()))
        )
        if not written.result(_BUNDLE_S, otherwise=False):
            print(f"guichet doctor: {options.bundle} can't be written", file=sys.stderr)
            return EXIT_FAILED
        print(labels["bundle"].format(file=options.bundle), file=sys.stderr)
    return exit_code(report)


def program_version() -> str:
    """The installed program's version, 'source' where it runs from a bare tree."""
    try:
        return version("guichet")
    except PackageNotFoundError:
        return "source"


class _Within(Generic[T]):
    """Something that is done on a thread of its own, which may hang."""

    def __init__(self, do: Callable[[], T]) -> None:
        self._done: list[T] = []
        self._thread = threading.Thread(target=lambda: self._done.append(do()), daemon=True)
        self._thread.start()

    def result(self, limit_s: float, *, otherwise: T) -> T:
        """What came of it, `otherwise` where it takes longer than the limit."""
        self._thread.join(limit_s)
        return self._done[0] if self._done else otherwise


def _kept(do: Callable[[], None]) -> bool:
    try:
        do()
    except OSError:
        return False
    return True


def _chosen_language(folder: Path) -> str:
    """The language of the seat's screens as it is set, '' for none."""
    try:
        return read_settings({"data_folder": folder}).values.language
    except Unavailable:
        return ""


def _system_language() -> str:
    told = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh_CN" if told.lower().startswith(("zh", "chinese")) else "en"
