"""What the program logs: warnings to whoever started it, and by its setting to a file."""

from __future__ import annotations

import logging
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, cast

from app.settings.own_files import open_own

NAME: Final = "guichet.log"
_MOST_BYTES: Final = 1024 * 1024


class _OwnFile(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        # As the handler's own, but through no link that another account put there
        return cast(
            "TextIOWrapper", open_own(Path(self.baseFilename), self.mode, encoding=self.encoding)
        )


def write_log(folder: Path, level: str) -> None:
    """Log into the seat's data folder from `level` ('error', 'warning', 'info', 'debug') on.

    The file is made with its first line, and begun anew after a mebibyte; the one before is kept.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s")
    form.converter = time.gmtime
    file = _OwnFile(
        folder / NAME, maxBytes=_MOST_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    file.setLevel(least)
    file.setFormatter(form)
    said = logging.StreamHandler()
    said.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.addHandler(file)
    root.addHandler(said)
    root.setLevel(min(least, logging.WARNING))
    for noisy in ("urllib3", "requests", "zeroconf", "keyring"):  # theirs name addresses and paths
        logging.getLogger(noisy).setLevel(max(least, logging.WARNING))
