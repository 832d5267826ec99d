"""A counter at work in a process of its own, to be killed."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

from app.ports.work import Work
from tests.store.seats import MemoryVault, SteppedClock, add_encounter, earn, open_at

MEMBER = UUID(int=7)
POINTS = 3


def work_on(folder: Path, secrets: dict[str, bytes], witness: Connection) -> None:
    """Record encounters for ever, and tell of each once `run` has returned, as a screen would."""
    vault = MemoryVault()
    vault.secrets = secrets
    seat = open_at(folder, vault, SteppedClock())

    def unit(work: Work) -> UUID:
        encounter_id = add_encounter(work, MEMBER)
        earn(work, encounter_id, MEMBER, POINTS)
        return earn(work, encounter_id, MEMBER, POINTS)

    while True:
        witness.send_bytes(seat.work.run(unit).bytes)
