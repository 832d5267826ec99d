"""The rarer misfortunes of a day: which, to whom, and how far into it."""

from __future__ import annotations

import random
from typing import Final

MISHAPS: Final = (
    "disk_copied",
    "disk_set_back",
    "disk_cloned",
    "clock_forward",
    "clock_back",
    "server_updated",
    "newcomer",
    "server_backed_up",
    "server_restored",
    "revoked",
    "long_absence",
    "pages_lost",
    "backup_confirmed",
    "leases_written_off",
    "members_merged",
    "family_changed",
)


_GRAVE: Final = (
    "set_back", "", "cloned", "restored", "revoked",
    "absent", "set_back", "restored", "cloned", "revoked",
    "set_back", "restored", "absent", "cloned", "restored",
    "cloned", "set_back", "revoked", "absent", "",
)  # fmt: skip


class Mishaps:
    """Nearly every day has one grave one at most, some have none: what happens else is judged
    exactly.

    The seeds take turns with the grave ones, so that no twenty in a row lack one.
    """

    def __init__(
        self, seed: int, source: random.Random, counters: int, *, without: frozenset[str]
    ) -> None:
        planned: list[tuple[float, str, int]] = []
        for kind in ("clock_forward", "clock_back"):
            planned += [
                (source.random(), kind, source.randrange(counters))
                for _ in range(source.randrange(3))
            ]
        if source.random() < 0.3:
            planned.append((source.random(), "server_updated", 0))
        grave = _GRAVE[seed % len(_GRAVE)]
        turn = source.randrange(counters)
        if seed % 2 and grave != "restored":  # whom a backup doesn't know could never come back
            planned.append((0.6 * source.random(), "newcomer", 0))
        early = 0.1 + 0.5 * source.random()
        late = early + (0.95 - early) * source.random()
        if seed % 60 == 30:  # a disk is set back, and once it has forked the server, too
            grave = "set_back, restored"
            planned += [(0.5 * early, "server_backed_up", 0), (early, "disk_copied", turn)]
            planned += [(late, "disk_set_back", turn), (0.5 + 0.5 * late, "server_restored", 0)]
        if grave == "set_back":
            planned += [(early, "disk_copied", turn), (late, "disk_set_back", turn)]
        elif grave == "cloned":
            planned += [(early, "disk_cloned", turn)]
        elif grave == "restored":
            planned += [(early, "server_backed_up", 0), (late, "server_restored", 0)]
        elif grave == "revoked":
            planned += [(early, "revoked", turn)]
        elif grave == "absent":
            planned += [(early, "long_absence", turn)]
        if "restored" not in grave:  # there the one backup is confirmed as it is made
            planned += [(source.random(), "backup_confirmed", 0)]
        if grave in ("", "restored"):
            planned += [(source.random(), "pages_lost", source.randrange(counters))]
        if grave in ("", "absent", "revoked"):
            planned += [
                (source.random(), "leases_written_off", source.randrange(counters))
                for _ in range(6)
            ]
        if seed % 3 == 1:
            own = random.Random(seed)
            planned += [(own.random(), "members_merged", 0) for _ in range(4)]
        if seed % 3 == 2:
            own = random.Random(seed)
            planned += [(own.random(), "family_changed", 0) for _ in range(4)]
        self._planned = sorted(m for m in planned if m[1] not in without)

    def due(self, share: float) -> list[tuple[str, int]]:
        """What befalls whom by this share of the day."""
        now = [(what, turn) for at, what, turn in self._planned if at <= share]
        self._planned = [m for m in self._planned if m[0] > share]
        return now
