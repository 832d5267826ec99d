"""A seat's part in the office's network, from enrolment until it closes or is shut out.

It runs on threads of its own, and nobody waits for it: neither the start of the program, nor its
screens, nor its exit for longer than a goodbye takes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from app.domain.errors import Unavailable
from app.domain.records import Case
from app.ports.approval import ApprovalReply, ApprovalRequest, HearRequest, nobody
from app.ports.clock import Clock
from app.ports.neighbours import NeighbourStore
from app.ports.sync_store import SeatIdentity, SyncStore
from app.ports.transfers import TransferStore
from sync.client.lan.settings import LanSettings

if TYPE_CHECKING:
    from sync.client.lan.parts import CounterPart, DeskPart
    from sync.client.lan.phones.host import PhoneHost

_log = logging.getLogger(__name__)

_LOOK_AGAIN_S: Final = 5.0
_REST_S: Final = 30.0  # after the disk, the vault or the port failed
_ENDING_S: Final = 5.0


class LanNode:
    """Runs from `start` to `stop`; while the seat isn't enrolled it only waits."""

    def __init__(
        self,
        store: NeighbourStore,
        sync: SyncStore,
        clock: Clock,
        *,
        on_alarm: Callable[[Case], None],
        on_reach: Callable[[bool], None],
        settings: LanSettings,
        transfers: TransferStore,
        on_request: HearRequest = nobody,
        phones: PhoneHost | None = None,
    ) -> None:
        """Wire it up, without starting a thread.

        Args:
            store: what the network needs of the seat's disk and vault.
            sync: what waits for the server.
            clock: the seat's.
            on_alarm: called on any thread with a case that rings now; returns at once.
            on_reach: called when a desk comes into reach or goes out of it; returns at once.
            settings: how the seat takes part.
            transfers: leases as neighbours hand them on to each other.
            on_request: called on any thread with what a counter asks a manager; answers at once.
            phones: serves a desk's page for managers' phones.
        """
        self._store = store
        self._sync = sync
        self._clock = clock
        self._on_alarm = on_alarm
        self._on_reach = on_reach
        self._settings = settings
        self._on_request = on_request
        self._transfers = transfers
        self._phones = phones
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._part: DeskPart | CounterPart | None = None
        self._papers: tuple[str, str] | None = None
        self._device: SeatIdentity | None = None
        self._reached = False
        self._thread = threading.Thread(target=self._run, name="lan", daemon=True)

    @property
    def port(self) -> int | None:
        """Where this seat listens, None while it doesn't."""
        part = self._part
        return None if part is None else part.port

    def ask_desks(self, request: ApprovalRequest) -> ApprovalReply:
        """Ask the office's desks for a manager's yes, on the caller's thread."""
        part = self._part
        return nobody(request) if part is None else part.ask_desks(request)

    def start(self) -> None:
        if self._settings.mode != "off":
            self._thread.start()

    def wake(self) -> None:
        """Something was committed to the journal, or the seat was enrolled."""
        part = self._part
        if part is not None:
            part.note_entries()
        self._woken.set()

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """Have a neighbour hand on what it holds of a member; '' while there is no network."""
        part = self._part
        return "" if part is None else part.fetch(member_id, points, limit_s=limit_s)

    def stop(self) -> bool:
        """Stop and wait; returns whether all ended in time."""
        self._stopping.set()
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join(_ENDING_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._woken.clear()  # before looking, so that no waking is ever lost
                until_s = self._turn(self._clock.monotonic_s())
                self._woken.wait(max(0.0, until_s - self._clock.monotonic_s()))
        finally:
            self._leave()

    def _turn(self, now: float) -> float:
        try:
            self._take_part()
            if self._part is None:
                return now + _LOOK_AGAIN_S
            until_s = min(self._part.turn(now), now + _LOOK_AGAIN_S)
            self._tell(self._part.reaches_desk)
        except (Unavailable, OSError) as error:
            _log.warning("this seat has no part in the office's network: %s", error)
            self._leave()
            self._tell(False)
            return now + _REST_S
        return until_s

    def _take_part(self) -> None:
        """Begin once the seat is enrolled, leave when it was shut out."""
        identity = self._sync.identity()
        shut_out = {each.device_id for each in self._store.revocations()}
        if identity is not None and identity.device_id in shut_out:
            identity = None
        known, self._device = self._device, identity
        shown, self._papers = self._papers, self._store.papers()
        if self._part is not None and (
            identity is None
            or known is None
            or identity.device_id != known.device_id
            or self._papers != shown  # the certificate was renewed
        ):
            self._leave()
            self._tell(False)
        if self._part is None and identity is not None:
            from sync.client.lan.parts import Seat, begin

            seat = Seat(
                self._store,
                self._sync,
                self._clock,
                self._on_alarm,
                self._woken.set,
                self._settings,
                self._transfers,
                self._on_request,
                self._phones,
            )
            self._part = begin(seat, identity)

    def _leave(self) -> None:
        part, self._part = self._part, None
        if part is not None:
            part.close()

    def _tell(self, reached: bool) -> None:
        if reached is not self._reached:
            self._reached = reached
            self._on_reach(reached)


class InReach:
    """The neighbours of a seat whose part in the network begins after it was opened.

    Attributes:
        node: None until then.
    """

    def __init__(self) -> None:
        """Nobody is in reach yet."""
        self.node: LanNode | None = None

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """As `app.ports.transfers.LeaseNeighbours`."""
        node = self.node
        return "" if node is None else node.fetch(member_id, points, limit_s=limit_s)
