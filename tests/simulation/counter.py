"""One PC: the real services on a real disk, the real engine, and crashes that hit them."""

from __future__ import annotations

import json
import random
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from unittest.mock import patch
from uuid import UUID

from app.credentials.approval_keys import approval_keys
from app.credentials.device_key import DeviceKey
from app.credentials.identity import VaultIdentity
from app.credentials.shutter import BLIND_NAME, SEALED_NAME, FolderShutter
from app.credentials.voucher_keys import SeatVoucherKeys
from app.domain.errors import Rejected, Unavailable
from app.services import encounters, enrolment
from app.services.approvals import Approvals
from app.services.commands import Enrol
from app.services.context import Context
from app.services.exposures import Exposures
from app.services.redemptions import Redemptions
from app.store import database
from app.store.cipher import connect
from app.store.seat import WORK_NAME, Seat, open_seat
from sync.client.engine import Engine
from sync.client.exchange import Fault, Idle, Request, Response, Send
from sync.client.feed import FeedReader
from sync.client.online import HttpOnlineDesk
from sync.client.session import TokenCache
from sync.client.urgent import UrgentLane
from tests.simulation.bell import Bell
from tests.simulation.broken import Broken
from tests.simulation.clock import Ids, SeatClock, World
from tests.simulation.danger import Crashed, Danger
from tests.simulation.disk import Disk, WrittenThrough, put_image, take_image
from tests.simulation.feed import Listening
from tests.simulation.fittings import InlineExecutor, Line, MemoryVault, not_opened, seat_view
from tests.simulation.lan import OfficeLan, OnLan
from tests.simulation.losses import Losses
from tests.simulation.network import Network
from tests.simulation.sealed import unseal
from tests.simulation.statements import Statements

T = TypeVar("T")
Kind = Literal["counter", "desk"]

_STATEMENTS: Final = Statements()


class CounterPc:
    """A PC with Guichet on it, switched on: a counter's, or a manager's desk.

    Attributes:
        code: enrols it, '' where that is done.
        bell: what it rang for.
        lost: entries that went with a disk that was set back, by event id.
        branched: its disk was set back or cloned, so that its journal has two ends somewhere.
        shut_out: by the server, or by itself after too long without it.
        is_blind: it has heard of that, and has thrown its keys away.
        meanwhile: lets others go on for some seconds.
        waits: how often somebody waited here for other counters to hand points back.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        world: World,
        network: Network,
        lan: OfficeLan,
        source: random.Random,
        fired: Counter[str],
        *,
        kind: Kind = "counter",
        code: str = "",
        disk: Disk | None = None,
        without: frozenset[str] = frozenset(),
        recovery_key: bytes,
    ) -> None:
        self.name = name
        self.kind: Kind = kind
        self.bell = Bell()
        self.code = code
        self.meanwhile: Callable[[float], None] = lambda seconds: None
        self.waits = 0
        self._starts = 0
        self._lan = lan
        self._recovery_key = recovery_key
        self.network = network
        self.lost: dict[UUID, bytes] = {}
        self.losses = Losses()
        self.branched = False
        self.shut_out = False
        self.folder = folder
        self._source = source
        self._fired = fired
        self._vault: MemoryVault = MemoryVault(disk[1] if disk else None)
        self._copy: Disk | None = None
        self._power_source = random.Random(source.random())
        self._ids = Ids(world, random.Random(source.random()))
        self.clock = SeatClock(world, off_ms=source.choice((0, 0, -40_000, 86_400_000)))
        self._world = world
        self._written_through = WrittenThrough(folder)
        self.danger = Danger(
            self,
            random.Random(source.random()),
            fired,
            self._written_through,
            without=without,
        )
        if disk is not None:
            folder.mkdir()
            put_image(folder, disk[0])
        self.switch_on()
        self.danger.armed = True

    # --- power -----------------------------------------------------------------------------------

    def switch_on(self) -> None:
        """Open the disk as it is and start the program, as after a power cut."""
        self.danger.begin()
        self.due = {}
        self._starts += 1
        self.is_blind = self._has_blind_note()
        if self.is_blind:
            return
        self._written_through.begin()
        vault = self._vault
        shutter = FolderShutter(self.folder, vault)
        shutter.check()
        self.seat: Seat = self._open()
        document = self.seat.document()
        if document is not None:
            shutter.keep_sealed_key(document)
        self.seat.when_shut(self._goes_blind)
        self.danger.hang_over(self.seat)
        prune = self.seat.sync.prune
        self.seat.sync.prune = lambda: self._prune(prune)  # type: ignore[method-assign]
        self.tokens = TokenCache()
        self.online = HttpOnlineDesk(
            self.seat.sync,
            lambda _: Line(self.send),
            self.clock,
            tokens=self.tokens,
            version="simulated",
            pool=InlineExecutor(),
            wait=self._wait,
        )
        self._identity = VaultIdentity(vault, document=self.seat.document, enrol=self._enrolled)
        self.context = Context(
            store=self.seat.work,
            members=self.seat.members,
            clock=self.clock,
            online=self.online,
            check_pin=lambda verifier, pin: verifier == pin,
            sign=self.seat.sync.sign,
            seat=lambda: seat_view(self.seat),
            vouchers=SeatVoucherKeys(document=self.seat.document, sign=self.seat.sync.sign),
            neighbours=self,
            approval_keys=approval_keys(self.seat.document),
        )
        self.approvals = Approvals(self.context, lambda: None)
        self.exposures = Exposures(self.context)
        self.redemptions = Redemptions(self.context, self._ids)
        source = random.Random(self._source.random())
        self.engine = Engine(self.seat.sync, self.clock, tokens=self.tokens, source=source)
        self.urgent = UrgentLane(self.seat.sync, tokens=self.tokens, source=source)
        self.feed = Listening(
            FeedReader(
                not_opened,
                self.clock,
                tokens=self.tokens,
                source=source,
                on_changed=self._heard_of_changes,
                on_alarm=self.bell.ring_as_told,
                on_open=lambda is_open: self.engine.note_feed(is_open=is_open),
            ),
            self.tokens,
            lambda token, take: self.network.listen(self.name, token, take),
            on_changed=self._heard_of_changes,
            wake=self._feed_fails,
        )
        self.bell.since_start.clear()
        self.lan = OnLan(self.seat, self.clock, self._lan, source, self.bell.ring, self)
        self.redemptions.ask_desks = self.lan.ask_desks
        self.due = dict.fromkeys(("engine", "urgent", "feed", "lan"), self._world.s)
        self._had_token = False
        if document is not None:
            encounters.recover(self.context)

    def pull_the_plug(self, *, set_back: bool = False, loses_pages: bool = False) -> None:
        """Forget all that was in memory and leave the disk as the moment found it.

        `set_back`: on a disk that was replaced by its older copy. `loses_pages`: some of the
        journal's can't be read any more.
        """
        image = take_image(self.folder)
        if self.danger.power_is_off:
            image = self._written_through.after_power_cut(image, self._power_source)
        before = self.entries() if set_back else {}
        self._let_go()
        self.is_blind = self._has_blind_note()
        if self.is_blind:
            self.clock.reboot()
            put_image(self.folder, image)
            return
        if set_back and self._copy is not None:
            image, secrets = self._copy
            self._vault.secrets = dict(secrets)
        put_image(self.folder, image)
        if set_back:
            self._note_lost(before)
        if loses_pages:
            key = self._vault.secrets["work_key"]
            fired = self.losses.lose_pages(self.folder, key, self._power_source)
            self._fired["pages_lost"] += fired
        self.clock.reboot()

    def _let_go(self) -> None:
        armed, self.danger.armed = self.danger.armed, False
        self.danger.begin()
        self.feed.close()
        self.engine.close()
        self.seat.close()
        self.danger.armed = armed

    def new_id(self) -> UUID:
        return self._ids()

    def close(self) -> None:
        self._let_go()

    def keep_copy(self) -> None:
        """A backup program copies the folder, and the vault with it."""
        self._copy = self.disk()

    def disk(self) -> Disk:
        """What is on the PC, as it is."""
        return take_image(self.folder), dict(self._vault.secrets)

    @property
    def has_copy(self) -> bool:
        return self._copy is not None

    def _note_lost(self, before: dict[UUID, bytes]) -> None:
        """Look at the older copy once, with nobody else at it."""
        self.seat = self._open()
        after = self.entries()
        self.lost.update({i: body for i, body in before.items() if i not in after})
        self.branched = self.branched or bool(before.keys() - after.keys())
        self.seat.close()

    def _open(self) -> Seat:
        names = ("write_engine", "read_engine")
        sharing: Any = {name: _STATEMENTS.sharing(getattr(database, name)) for name in names}
        with patch.multiple(database, **sharing):
            return open_seat(
                self.folder,
                self._vault,
                self.clock,
                self._ids,
                sign=DeviceKey(self._vault).sign,
                shutter=FolderShutter(self.folder, self._vault),
            )

    def _has_blind_note(self) -> bool:
        return (self.folder / BLIND_NAME).exists()

    def _goes_blind(self, _: Unavailable) -> None:
        self.is_blind = True

    @property
    def holds_keys(self) -> bool:
        return any(self._vault.get(name) for name in ("work_key", "members_key"))

    # --- work ------------------------------------------------------------------------------------

    def _enrolled(self, server_url: str, document: dict[str, object]) -> None:
        self.seat.enrol(server_url, document)
        FolderShutter(self.folder, self._vault).keep_sealed_key(document)

    @property
    def is_enrolled(self) -> bool:
        return self.is_blind or self.seat.document() is not None

    def enrol(self) -> None:
        """Spend the code, as often as it takes.

        Raises:
            Unavailable: the server can't be asked.
            Broken: it doesn't take its own code.
        """
        try:
            enrolment.enrol(self._identity, self.online, Enrol("http://simulated", self.code))
        except Rejected as error:
            raise Broken(f"enrolment: {self.name} was turned away: {error.code}") from error
        self.wake()

    def fetch(self, member_id: UUID, points: int, *, limit_s: float) -> str:
        """What the office's other counters hand on."""
        label = self.lan.fetch(member_id, points, limit_s=limit_s)
        self._fired["handed_on"] += bool(label)
        return label

    def neighbour_died(self, crash: Crashed) -> None:
        """Of what somebody did there for somebody here; raised again where it was this PC."""
        if crash.pc is self:
            raise crash
        self._lan.died.append(crash.pc)

    def last_giver(self) -> UUID:
        """Of what it took over last."""
        ((body,),) = self.rows(
            "SELECT body FROM journal WHERE type = 'LeaseReceived' ORDER BY incarnation DESC,"
            " seq DESC LIMIT 1"
        )
        return UUID(json.loads(body)["payload"]["from_device_id"])

    def wake(self) -> None:
        """What SyncRunner.wake does: all look at the journal now."""
        self.engine.note_entries()
        self.urgent.note_entries()
        self.lan.note_entries()
        for name in self.due.keys() - {"feed"}:
            self.due[name] = self._world.s

    def _heard_of_changes(self) -> None:
        """What SyncRunner.pull_soon does."""
        self.engine.note_changes()
        self.due["engine"] = self._world.s

    def _feed_fails(self) -> None:
        self.due["feed"] = self._world.s

    def poll(self, name: str) -> None:
        """Let one of the machines do one thing."""
        if self.is_blind:
            self.feed.close()
            self.due = {}
            return
        if name in ("feed", "lan"):
            part = self.feed if name == "feed" else self.lan
            until_s = part.turn(self._world.s)
            self.due[name] = max(until_s, self._world.s + 0.001)
            return
        machine = self.engine if name == "engine" else self.urgent
        action = machine.poll(self._world.s)
        if isinstance(action, Idle):
            self.due[name] = max(action.until_s, self._world.s + 0.001)
            return
        assert isinstance(action, Send)
        try:
            response = self.send(action.request)
        except Fault as fault:
            self._do_meanwhile(action)
            machine.failed(action.request, fault, self._world.s)
        else:
            self._do_meanwhile(action)
            machine.received(action.request, response, self._world.s)
            if name == "engine":
                self.urgent.link_is_back()
                self.due["urgent"] = self._world.s

    def _wait(self, seconds: float) -> None:
        """Somebody waits for a redemption; the machines of all PCs go on, this one's too."""
        started = self._starts
        self.waits += 1
        self.meanwhile(seconds)
        if self._starts != started:
            raise Unavailable("crashed", "the program that waited is no more")

    def _do_meanwhile(self, action: Send) -> None:
        """What a machine does while an answer, or none, is on its way; at times it is sooner."""
        if action.meanwhile is not None and self._power_source.random() < 0.8:
            action.meanwhile()

    def send(self, request: Request, *, limit_s: float | None = None) -> Response:
        """Into the network; the process may be gone when the answer comes."""
        response = self.network.send(self.name, request, limit_s=limit_s)
        if request.path == "/v1/token" and response.status == 200:
            self._fired["token_renewed"] += self._had_token
            self._had_token = True
        self.danger.while_sending()
        return response

    # --- what is on the disk ---------------------------------------------------------------------

    def rows(self, statement: str, *values: object) -> list[Any]:
        """What work.db holds; of a blind PC as the programme's recovery key lets it be read."""
        if self.is_blind:
            sealed = json.loads((self.folder / SEALED_NAME).read_bytes())["sealed"]
            key = unseal(self._recovery_key, b64decode(sealed))
            connection = connect(self.folder / WORK_NAME, key, read_only=True)
            try:
                return list(connection.execute(statement, values).fetchall())
            finally:
                connection.close()
        armed, self.danger.armed = self.danger.armed, False
        try:  # what is damaged is mended as the program would
            return self.seat._database.read(
                lambda connection: list(connection.exec_driver_sql(statement, values))
            )
        finally:
            self.danger.armed = armed

    def _prune(self, prune: Callable[[], bool]) -> bool:
        before = len(self.losses.pruned)
        try:
            return self.losses.while_pruning(prune, self.rows)
        finally:
            self._fired["pruned"] += len(self.losses.pruned) > before

    @cached_property
    def device_id(self) -> UUID:
        ((found,),) = self.rows("SELECT device_id FROM seat")
        return UUID(bytes=bytes(found))

    def journal(self) -> list[tuple[int, int, bytes]]:
        """(incarnation, seq, body) of every entry that is or was on the disk."""
        rows = self.rows("SELECT incarnation, seq, body FROM journal ORDER BY incarnation, seq")
        return [(of, seq, self.losses.body((of, seq), body)) for of, seq, body in rows]

    def entries(self) -> dict[UUID, bytes]:
        """Each entry's body by its event id, as it was committed."""
        rows = self.rows(
            "SELECT event_id, incarnation, seq, body FROM journal ORDER BY incarnation, seq"
        )
        return {
            UUID(bytes=bytes(event)): self.losses.body((of, seq), body)
            for event, of, seq, body in rows
        }

    def unread(self) -> set[UUID]:
        """The entries whose bodies the disk lost."""
        rows = self.rows("SELECT event_id, incarnation, seq FROM journal WHERE body = X''")
        return {
            UUID(bytes=bytes(event))
            for event, *place in rows
            if tuple(place) not in self.losses.pruned
        }

    def confirmed(self) -> set[UUID]:
        """The entries of which it knows that the server has them."""
        rows = self.rows(
            "SELECT event_id FROM journal JOIN chain USING (incarnation) WHERE seq <= confirmed_seq"
        )
        return {UUID(bytes=bytes(event)) for (event,) in rows}

    def count_entries(self, kind: str = "") -> int:
        """How many there are in its journal, of one type or of all."""
        statement = "SELECT count(*) FROM journal WHERE type = ? OR ? = ''"
        return int(self.rows(statement, kind, kind)[0][0])

    def unsent(self) -> int:
        found = self.rows(
            "SELECT last_seq - confirmed_seq FROM chain"
            " WHERE incarnation = (SELECT incarnation FROM seat)"
        )
        return int(found[0][0]) if found else 0

    def unsent_grants(self) -> int:
        """Rewards given away here that the server hasn't heard of; none of a PC that is blind."""
        if self.is_blind or not self.is_enrolled:
            return 0
        statement = (
            "SELECT count(*) FROM journal JOIN chain ON chain.incarnation = journal.incarnation"
            " WHERE type = 'RedemptionGranted' AND seq > confirmed_seq"
        )
        return int(self.rows(statement)[0][0])

    def unrung(self) -> set[UUID]:
        """Cases that it promised a neighbour to ring for, and neither rang for nor shows."""
        told = self.bell.promised - self.bell.since_start
        return told - {case.case_id for case in self.seat.members.cases()} if told else told

    def stock_left(self) -> dict[UUID, int]:
        """What the counter thinks is left of the units that it holds, by their lease."""
        found = self.rows(
            "SELECT stock_lease_id, units - spent_units + restored_units FROM stock_lease"
            " WHERE state = 'open'"
        )
        return {UUID(bytes=bytes(lease_id)): left for lease_id, left in found}

    def leases_left(self) -> dict[UUID, int]:
        """What the counter thinks is left of each lease that it holds."""
        found = self.rows(
            "SELECT lease_id, points - spent_points + restored_points FROM lease"
            " WHERE state = 'open'"
        )
        return {UUID(bytes=bytes(lease_id)): left for lease_id, left in found}
