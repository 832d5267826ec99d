"""What a person saw a screen promise, written down so that no kill can take it back.

A witness is as independent of the program as a customer's memory: one line a confirmation, on the
disk before anything else happens.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Kind = Literal[
    "line",  # a line in the encounter's list: ref is the accrual, redemption, matter …
    "thanks",  # the panel thanked for a face: ref is the encounter
    "tap",  # a face was touched: ref is the encounter; no promise yet
    "ringing",  # the desk rang for a case: ref is the case
    "case",  # the desk showed a case in a state: ref is the case
    "settled",  # the desk showed an exception as settled: ref is the exception
    "shift",  # a shift was shown as closed
    "dialog",  # a box stood in the way
    "mistake",  # the program said that it had made one
]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing seen on a seat's screen.

    Attributes:
        ref: the id of what was shown, as text; '' where it has none.
        words: what stood there.
        at_ns: the machine's monotonic clock, which all processes share.
    """

    kind: Kind
    seat: str
    ref: str
    words: str
    at_ns: int


class Witness:
    """Appends what one seat's screen showed; each line is on the disk when `saw` returns."""

    def __init__(self, path: Path, seat: str) -> None:
        """Go on in `path`, which may hold what an earlier process of the seat saw."""
        self._seat = seat
        self._known = {
            (sighting.kind, sighting.ref, sighting.words)
            for sighting in (read(path) if path.exists() else ())
        }
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def saw(self, kind: Kind, ref: str, words: str) -> None:
        """Write one thing down, once."""
        key = (kind, ref, words)
        if key in self._known:
            return
        self._known.add(key)
        sighting = Sighting(kind, self._seat, ref, words, time.monotonic_ns())
        line = json.dumps(asdict(sighting), ensure_ascii=False) + "\n"
        os.write(self._file, line.encode())
        os.fsync(self._file)


def read(path: Path) -> list[Sighting]:
    """Read a witness's lines; a last line that a kill cut short promised nothing."""
    sightings = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            sightings.append(Sighting(**json.loads(line)))
        except json.JSONDecodeError:
            continue
    return sightings
