"""How a day begins: counters enrolled and provided with members, made once and copied.

Enrolling and fetching everybody takes a tenth of a run and is the same each time: a run begins with
the disks as some morning found them, and with PCs that are switched on. Building a members file
anew under faults is still part of a run: a restored server asks for it.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from uuid import UUID

from tests.simulation import scoping
from tests.simulation.clerks_hour import CLERK_LIMIT, LIMITED_MORNINGS
from tests.simulation.clock import Ids, World
from tests.simulation.counter import Kind
from tests.simulation.disk import Disk
from tests.simulation.office import Office
from tests.simulation.programme import make_programme
from tests.simulation.risking import FEW_LEASES, RISKY_MORNINGS
from tests.simulation.waiting import PENDING_DAYS, WAITING_MORNINGS

COUNTERS: Final = 3
DESKS: Final = 2
MORNINGS: Final = 4
"""Different ones: what members have, where clocks stand, in which order things arrived."""
_LONGEST_S: Final = 60.0


@dataclass(frozen=True)
class Morning:
    """Everything at rest.

    Attributes:
        world_s: the time.
        server: the server's database.
        start: points of each member.
        disks: of each counter, then of each desk.
    """

    world_s: float
    server: bytes
    programme_id: UUID
    start: dict[UUID, int]
    disks: tuple[Disk, ...]


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder in memory where there is one: nothing here is to survive a power cut of ours."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="guichet-simulation-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def places(counters: int) -> list[tuple[str, Kind]]:
    """Names and kinds of the office's PCs."""
    return [
        *((f"A{n + 1}", "counter") for n in range(counters)),
        *((f"D{n + 1}", "desk") for n in range(DESKS)),
    ]


def prepare(counters: int) -> None:
    """Make all mornings, before bugs are planted or processes forked."""
    for number in range(MORNINGS):
        morning(number, counters)


@lru_cache(maxsize=32)
def morning(number: int, counters: int) -> Morning:
    """The morning of that number, one for all runs of this process."""
    world = World()
    source = random.Random(number)
    new_id = Ids(world, random.Random(source.random()))
    with folder_in_memory() as folder:
        pending_days = PENDING_DAYS if number in WAITING_MORNINGS else 0
        programme = make_programme(
            world,
            new_id,
            source,
            places=places(counters),
            pending_days=pending_days,
            clerk_limit=CLERK_LIMIT if number in LIMITED_MORNINGS else None,
            leases=FEW_LEASES if number in RISKY_MORNINGS else None,
        )
        if number in scoping.OWN_MORNINGS:
            scoping.choose(programme, "own")
        office = Office(programme, source, folder)
        for (name, kind), code in zip(places(counters), programme.codes, strict=True):
            pc = office.add(name, kind, None, code=code)
            pc.danger.armed = False
            pc.enrol()
        office.settle(_LONGEST_S)
        server = programme.back_up()
        office.close()
        disks = tuple(clerk.pc.disk() for clerk in office.clerks)
    return Morning(world.s, server, programme.programme_id, programme.start, disks)
