"""The PC as checks see it, and what they tell each other of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from app.credentials.clock import SystemClock
from app.domain.lean import dataclass
from app.settings.places import Places, system_places

if TYPE_CHECKING:
    from app.ports.vault import Vault
    from app.store.inspection import SeatFacts

T = TypeVar("T")

LIMIT_S: Final = 3.0
"""For all checks together; the start of Python and the telling come to it."""
_WAIT: Final = 0.5  # of it, for what another check finds


class NotLookedAt(Exception):
    """A check can't look, because what it needs wasn't found by another one."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The seat's keys, 32 bytes each."""

    work: bytes
    members: bytes


@dataclass(frozen=True, slots=True)
class Pc:
    """Where to look; read-only for the checks.

    Attributes:
        folder: the seat's data folder.
        server: the server's address that is set for this PC, '' for the seat's own.
        authority: PEM file of who signs the server's certificate; None: as it is set for the PC.
        places: where its policy and settings are.
        screens: the command that tells of the screens as JSON, see `ui.qt.screens_command`; empty
            where they aren't looked at.
        vault: the seat's secrets; the folder's own if None.
        is_named: the folder was named on the command line; else it is the one that is set.
        limit_s: for all checks together; each part of one takes a share of it at most.
        now_ms: the wall clock.
        keys, seat, offset_ms: given by the checks 'keys', 'database' and 'server', for others: the
            keys, what work.db says (None before enrolment), and the server's clock minus the PC's.
    """

    folder: Path
    server: str = ""
    authority: Path | None = None
    places: Places = field(default_factory=system_places)
    screens: Sequence[str] = ()
    vault: Vault | None = None
    is_named: bool = True
    limit_s: float = LIMIT_S
    now_ms: Callable[[], int] = field(default=SystemClock().now_ms)
    keys: Future[Keys] = field(default_factory=Future)
    seat: Future[SeatFacts | None] = field(default_factory=Future)
    offset_ms: Future[int] = field(default_factory=Future)

    def told(self, by_another: Future[T]) -> T:
        """Wait for what another check finds.

        Raises:
            NotLookedAt: it found none, or takes too long.
        """
        try:
            return by_another.result(self.limit_s * _WAIT)
        except (CancelledError, TimeoutError) as error:
            raise NotLookedAt from error
