"""One counter: the real services on a real disk, the real engine, and crashes that hit them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID

from app.credentials.device_key import DeviceKey
from app.credentials.identity import VaultIdentity
from app.services import encounters, enrolment
from app.services.commands import Enrol
from app.services.context import Context
from app.services.redemptions import Redemptions
from app.services.views import Seat as SeatView
from app.store.seat import Seat, open_seat
from sync.client.engine import Engine
from sync.client.exchange import Fault, Idle, Send
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.urgent import UrgentLane
from tests.simulation.clock import Ids, SeatClock, World
from tests.simulation.network import Network, SeatTransport

T = TypeVar("T")

CRASH_SHARE = 0.009
"""How often a writer's task ends in a crash while the storm lasts."""


class Crashed(BaseException):
    """The counter's process was killed at a commit boundary."""


class MemoryVault:
    """Secrets of a PC; they outlive a crash."""

    strength: Literal["system", "file"] = "file"

    def __init__(self) -> None:
        self._secrets: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self._secrets.get(name)

    def put(self, name: str, secret: bytes) -> None:
        self._secrets[name] = secret

    def delete(self, name: str) -> None:
        self._secrets.pop(name, None)


class InlineExecutor(Executor):
    """Runs a call where it is asked for, so that a run repeats."""

    def submit(self, call: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(call(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 # raised again where the result is asked for
            done.set_exception(error)
        return done


class CounterPc:
    """A PC with Guichet on it, switched on."""

    def __init__(
        self,
        name: str,
        folder: Path,
        world: World,
        network: Network,
        source: random.Random,
        fired: Counter[str],
    ) -> None:
        self.name = name
        self.network = network
        self._folder = folder
        self._source = source
        self._fired = fired
        self._vault = MemoryVault()
        self._crash_source = random.Random(source.random())
        self._ids = Ids(world, random.Random(source.random()))
        self.clock = SeatClock(world, off_ms=source.choice((0, 0, -40_000, 86_400_000)))
        self._world = world
        self.crashes = True
        self._dead = False
        self.switch_on()

    # --- power -----------------------------------------------------------------------------------

    def switch_on(self) -> None:
        """Open the disk as it is and start the program, as after a power cut."""
        self._dead = False
        vault = self._vault
        self.seat: Seat = open_seat(
            self._folder, vault, self.clock, self._ids, sign=DeviceKey(vault).sign
        )
        self._endanger(self.seat)
        self.tokens = TokenCache()
        self.online = HttpOnlineDesk(
            self.seat.sync,
            lambda _: SeatTransport(self.network, self.name),
            self.clock,
            tokens=self.tokens,
            version="simulated",
            pool=InlineExecutor(),
        )
        identity = VaultIdentity(vault, document=self.seat.document, enrol=self.seat.enrol)
        self._identity = identity
        self.context = Context(
            store=self.seat.work,
            members=self.seat.members,
            clock=self.clock,
            online=self.online,
            check_pin=lambda verifier, pin: verifier == pin,
            sign=self.seat.sync.sign,
            seat=lambda: _seat_view(self.seat),
        )
        self.redemptions = Redemptions(self.context, self._ids)
        source = random.Random(self._source.random())
        self.engine = Engine(self.seat.sync, self.clock, tokens=self.tokens, source=source)
        self.urgent = UrgentLane(self.seat.sync, tokens=self.tokens, source=source)
        self.due = {"engine": self._world.s, "urgent": self._world.s}
        if self.seat.document() is not None:
            encounters.recover(self.context)

    def pull_the_plug(self) -> None:
        """Forget all that was in memory; what was committed stays."""
        self._dead = False
        self.crashes, crashes = False, self.crashes
        self.engine.close()
        self.seat.close()
        self.crashes = crashes
        self.clock.reboot()

    def _endanger(self, seat: Seat) -> None:
        """Let the process die before or after any commit, of the user's or of sync's."""
        writer = seat._database.writer
        for name in ("run", "run_sync"):
            setattr(writer, name, self._dangerous)

    def _dangerous(self, work: Callable[[], T]) -> T:
        """A writer's task, at once: there is one thread, and nobody to hand it to."""
        if self._dead:
            raise Crashed
        throw = self._crash_source.random() if self.crashes else 1.0
        if throw < CRASH_SHARE / 2:
            self._dead = True
            self._fired["crash_before_commit"] += 1
            raise Crashed
        result = work()
        if throw < CRASH_SHARE:
            self._dead = True
            self._fired["crash_after_commit"] += 1
            raise Crashed
        return result

    # --- work ------------------------------------------------------------------------------------

    def enrol(self, code: str) -> None:
        enrolment.enrol(self._identity, self.online, Enrol("http://simulated", code))

    def wake(self) -> None:
        """What SyncRunner.wake does: both machines look at the journal now."""
        self.engine.note_entries()
        self.urgent.note_entries()
        self.due = dict.fromkeys(self.due, self._world.s)

    def poll(self, name: str) -> None:
        """Let one of the machines do one thing."""
        machine = self.engine if name == "engine" else self.urgent
        action = machine.poll(self._world.s)
        if isinstance(action, Idle):
            self.due[name] = max(action.until_s, self._world.s + 0.001)
            return
        assert isinstance(action, Send)
        try:
            response = self.network.send(self.name, action.request)
        except Fault as fault:
            machine.failed(action.request, fault, self._world.s)
        else:
            machine.received(action.request, response, self._world.s)
            if name == "engine":
                self.urgent.link_is_back()
                self.due["urgent"] = self._world.s

    def journal(self) -> list[tuple[int, int, bytes]]:
        """(incarnation, seq, body) of every entry on the disk."""
        rows = self.seat._database.read(
            lambda connection: connection.exec_driver_sql(
                "SELECT incarnation, seq, body FROM journal ORDER BY incarnation, seq"
            ).all()
        )
        return [(row[0], row[1], bytes(row[2])) for row in rows]


def _seat_view(seat: Seat) -> SeatView | None:
    document = seat.document()
    if document is None:
        return None
    return SeatView(
        device_id=UUID(str(document["device_id"])),
        kind="counter",
        programme_name=str(document["programme_name"]),
        office_code=str(document["office_code"]),
        office_name=str(document["office_name"]),
        counter_label=str(document["counter_label"]),
        time_zone=str(document["office_time_zone"]),
    )
