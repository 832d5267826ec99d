"""What a seat says of itself to the server, for those who look after many."""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any, Final

from app.domain.fleet import DOCTOR_WORST, MOST_CODES, Condition
from app.ports.clock import Clock
from app.ports.work import WorkReads
from app.settings.own_files import read_own

DOCTOR_FILE: Final = "doctor.json"
"""What `guichet doctor` found last, in the data folder: {"ran_ms", "worst", "codes"}."""
_MOST_BYTES: Final = 65_536
_MIB: Final = 2**20


def seat_condition(reads: WorkReads, clock: Clock, folder: Path, *, version: str) -> Condition:
    """Look at the seat as it is now.

    Raises:
        Unavailable: the disk.
    """
    unsent, since_ms = reads.unsent_summary()
    waited_ms = 0 if since_ms is None else max(0, clock.now_ms() - since_ms)
    ran_ms, worst, codes = _doctor(folder)
    return Condition(
        version=version,
        system=f"{platform.system()} {platform.release()}".strip(),
        unsent=unsent,
        oldest_unsent_ms=waited_ms if unsent else 0,
        free_mb=_free_mb(folder),
        offset_ms=reads.link_state().offset_ms,
        doctor_ran_ms=ran_ms,
        doctor_worst=worst,
        doctor_codes=codes,
    )


def _free_mb(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free // _MIB
    except OSError:
        return None


def _doctor(folder: Path) -> tuple[int | None, str, tuple[str, ...]]:
    """(when it ran, the worst, codes); nothing where there is no file of the doctor's."""
    try:
        found: Any = json.loads(read_own(folder / DOCTOR_FILE, _MOST_BYTES))
        ran_ms, worst, codes = found["ran_ms"], found["worst"], found["codes"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None, "", ()
    if type(ran_ms) is not int or ran_ms < 0 or worst not in DOCTOR_WORST[1:]:
        return None, "", ()
    listed = codes if isinstance(codes, list) else []
    return ran_ms, worst, tuple(str(code) for code in listed[:MOST_CODES])
