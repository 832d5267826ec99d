"""Which version a seat runs, and how far a change of it has come: one small file, always whole."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from app.domain.lean import dataclass
from app.settings.own_files import read_own

FILE_NAME: Final = "updates.json"
_MAX_BYTES: Final = 64 * 1024
_MAX_REFUSED: Final = 20

Phase = Literal["settled", "ordered", "saved", "returning"]
"""Nothing begun; asked for, by the program that then closed; the data are copied, and the new
version is tried; it failed, and the data are being put back."""


@dataclass(frozen=True, slots=True)
class SeatState:
    """What the file says.

    Attributes:
        version: whose program the seat runs; '' for the one that was installed.
        phase: how far the change to `to` has come.
        to: the version that is being changed to.
        tries: how often it was started for a trial.
        refused: versions that the seat went back from, with the reason, the latest last.
        waits: why the newest version that lies ready isn't used yet, as a code; '' for none.
        told: what happened last, a sentence.
        told_at: when, s since 1970.
    """

    version: str = ""
    phase: Phase = "settled"
    to: str = ""
    tries: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    waits: str = ""
    told: str = ""
    told_at: int = 0

    def telling(self, sentence: str, **changes: Any) -> SeatState:
        """Changed, with a sentence for whoever looks."""
        return replace(self, told=sentence, told_at=int(time.time()), **changes)

    def without(self, reason: str) -> SeatState:
        """Settled on the version before, because of what is wrong with `to`."""
        refused = {**self.refused, self.to: reason}
        kept = dict(list(refused.items())[-_MAX_REFUSED:])
        told = f"went back from version {self.to}: {reason}"
        return self.telling(told, phase="settled", to="", tries=0, refused=kept)


def read_state(folder: Path) -> SeatState:
    """Read what a data folder says; one that can't be read means the installed program.

    That program refuses data of a newer one by itself, so a lost file loses nothing.
    """
    try:
        said = json.loads(read_own(folder / FILE_NAME, _MAX_BYTES))
        state = SeatState(**said)
    except (OSError, ValueError, TypeError, RecursionError):
        return SeatState()
    return state if _is_sound(state) else SeatState()


def write_state(folder: Path, state: SeatState) -> None:
    """Replace the file as a whole, and put it safely on the disk.

    Raises:
        OSError
    """
    from app.credentials.file_vault import write_private

    folder.mkdir(parents=True, exist_ok=True)
    write_private(folder / FILE_NAME, json.dumps(asdict(state), indent=1).encode())


def _is_sound(state: SeatState) -> bool:
    kinds = {"tries": int, "told_at": int, "refused": dict}
    return (
        all(isinstance(value, kinds.get(name, str)) for name, value in asdict(state).items())
        and all(isinstance(reason, str) for reason in state.refused.values())
        and state.phase in get_args(Phase)
        and (state.phase == "settled" or bool(state.to))
    )


def is_changing(folder: Path) -> bool:
    """Whether a change of version has begun; until it is done nothing may be recorded."""
    return os.path.exists(folder / FILE_NAME) and read_state(folder).phase in ("saved", "returning")
