"""Units of rewards with stock, as one transaction gives them and takes them back.

A reward's stock is locked before its leases, both behind members and their points. Where a unit
came from is kept beside the redemption (`stock_use`), so that it comes back once, to where it
belongs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.events import RedemptionGranted, StockReturned
from sync.server.audience import Audience
from sync.server.corrections import state_of
from sync.server.devices import Device
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.work import Work

STOCK: Final = "stock"
LEASE: Final = "lease"
BEYOND: Final = "beyond"
"""Where a unit came from: what was free, a counter's lease, or nowhere: there was none."""

BEYOND_STOCK: Final = "beyond_stock"
"""What a manager is told of a unit that was given though there was none."""

_ASKED_AT_ONCE: Final = 3
"""Counters that are asked for what they hold, those first that were heard of last."""


@dataclass(slots=True)
class _Stock:
    limited: bool
    free: int


@dataclass(slots=True)
class _Held:
    """A lease of units; the fields that change are the table's columns."""

    row: Any
    remaining: int
    restored: int
    state: str
    late: int

    @property
    def is_held(self) -> bool:
        return self.state in t.LEASE_HELD

    @property
    def exposed(self) -> int:
        return int(self.row.written_off) - self.late if self.state == "written_off" else 0


@dataclass(slots=True)
class _Use:
    """Its fields are the table's columns behind its key."""

    reward_id: UUID
    office_id: UUID
    at_ms: int
    source: str
    stock_lease_id: UUID | None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that a counter gave, and where it is to come from."""

    reward_id: UUID
    source: str
    stock_lease_id: UUID | None


class Stocks:
    """The stocks, leases and uses that entries speak of; `write` turns changes into statements.

    One for a transaction, whichever devices' entries it decides.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._stocks: dict[UUID, _Stock] = {}
        self._held: dict[UUID, _Held] = {}
        self._uses: dict[UUID, _Use] = {}
        self._changed_stocks: dict[UUID, None] = {}
        self._changed_leases: dict[UUID, None] = {}
        self._changed_uses: dict[UUID, None] = {}

    def load(
        self,
        *,
        redemptions: Collection[UUID],
        leases: Iterable[UUID | None],
        rewards: Collection[UUID],
    ) -> None:
        """Lock and read what entries name, once; of redemptions what they took."""
        find = self._work.find
        for row in find(t.stock_use, "redemption_id", set(redemptions) - self._uses.keys()):
            self._uses[row.redemption_id] = state_of(_Use, row)
        uses = [self._uses[i] for i in redemptions if i in self._uses]
        wanted = {*leases, *(use.stock_lease_id for use in uses)} - {None} - self._held.keys()
        # whose units a lease holds is fixed for good, so it can be read before the locks
        of_leases = [row.reward_id for row in find(t.stock_lease, "stock_lease_id", wanted)]
        self._lock({*rewards, *of_leases, *(use.reward_id for use in uses)})
        for row in find(t.stock_lease, "stock_lease_id", wanted, lock=True):
            self._held[row.stock_lease_id] = _Held(
                row, row.remaining, row.restored, row.state, row.late
            )

    def _lock(self, rewards: Collection[UUID]) -> None:
        unread = set(rewards) - self._stocks.keys()
        for row in self._work.find(t.reward_stock, "reward_id", unread, lock=True):
            self._stocks[row.reward_id] = _Stock(row.limited, row.free)

    # --- given

    def take(self, redemption_id: UUID, reward_id: UUID, device: Device) -> str:
        """Take a unit for a redemption that is asked for now.

        Returns:
            '' where there was one; out_of_stock; stock_held, where counters hold what is left and
            were asked for it.
        """
        self._lock({reward_id})
        stock = self._stocks.get(reward_id)
        if stock is None or not stock.limited:
            return ""
        if not stock.free:
            return "stock_held" if self._ask_back(reward_id) else "out_of_stock"
        self.book(redemption_id, Unit(reward_id, STOCK, None), device)
        return ""

    def _ask_back(self, reward_id: UUID) -> bool:
        """Ask some of the counters for their units; whether any holds one."""
        lease, contact, device = t.stock_lease, t.contact, t.device
        rows = self._work.connection.execute(
            sa.select(lease.c.stock_lease_id, device.c.office_id)
            .join(
                device,
                (device.c.programme_id == lease.c.programme_id)
                & (device.c.device_id == lease.c.device_id),
            )
            .outerjoin(
                contact,
                (contact.c.programme_id == lease.c.programme_id)
                & (contact.c.device_id == lease.c.device_id),
            )
            .where(
                lease.c.programme_id == self._work.programme_id,
                lease.c.reward_id == reward_id,
                lease.c.state.in_(t.LEASE_HELD),
                lease.c.remaining > 0,
                device.c.revoked_ms.is_(None),
            )
            .order_by(sa.func.coalesce(contact.c.last_ms, 0).desc(), lease.c.stock_lease_id)
            .limit(_ASKED_AT_ONCE)
        ).all()
        now_ms = self._work.now_ms
        update_rows(
            self._work.connection,
            lease,
            ["stock_lease_id"],
            ["state", "recalled_ms"],
            [(row.stock_lease_id, "recall", now_ms) for row in rows],
            programme_id=self._work.programme_id,
        )
        self._work.told |= {Audience(row.office_id, counters=True) for row in rows}
        return bool(rows)

    def unit_of(self, event: RedemptionGranted, device: Device, *, honoured: bool) -> Unit | None:
        """Where the unit comes from that a counter gave; nothing changes yet.

        The customer has it, so one that no lease stands for is taken from what is free, or shown
        to a manager as given beyond the stock.

        Args:
            event: what was given.
            device: the counter.
            honoured: by a manager, whatever the counter was allowed.

        Returns:
            None for a reward without stock.

        Raises:
            Rejected: unknown_stock_lease, stock_lease_closed, stock_exceeded.
        """
        reward_id = event.reward_id
        stock = self._stocks.get(reward_id)
        is_free = stock is not None and stock.free > 0
        if event.stock_lease_id is None or honoured:
            if stock is None or not stock.limited:
                return None
            return Unit(reward_id, STOCK if is_free else BEYOND, None)
        held = self._held_by(device, event.stock_lease_id)
        if held is None or held.row.reward_id != reward_id:
            raise Rejected("unknown_stock_lease", "The counter held nothing of this reward")
        if held.state == "closed":
            raise Rejected("stock_lease_closed", "The counter had handed its units back")
        if (held.remaining if held.is_held else held.exposed) < 1:
            raise Rejected("stock_exceeded", "The counter held fewer units of this reward")
        source = LEASE if held.is_held else STOCK if is_free else BEYOND
        return Unit(reward_id, source, event.stock_lease_id)

    def book(self, redemption_id: UUID, unit: Unit, device: Device) -> None:
        """A redemption is posted: its unit is gone from where it comes from."""
        held = None if unit.stock_lease_id is None else self._held[unit.stock_lease_id]
        if unit.source == STOCK:
            self._free(unit.reward_id, -1)
        if held is not None and unit.stock_lease_id is not None:
            if unit.source == LEASE:
                held.remaining -= 1
            else:
                held.late += 1
            self._changed_leases[unit.stock_lease_id] = None
        self._uses[redemption_id] = _Use(
            unit.reward_id,
            device.office_id,
            self._work.now_ms,
            unit.source,
            unit.stock_lease_id,
        )
        self._changed_uses[redemption_id] = None

    # --- back

    def give_back_slice(self, event: RedemptionGranted, device: Device) -> None:
        """What the counter gave under a lease had been posted online: its lease is whole again."""
        if event.stock_lease_id is None:
            return
        held = self._held_by(device, event.stock_lease_id)
        if held is not None and held.is_held:
            held.restored += 1
            self._changed_leases[event.stock_lease_id] = None

    def give_back(self, redemption_id: UUID) -> None:
        """A redemption was undone whole: its unit returns once, to its lease while that is open."""
        use = self._uses.get(redemption_id)
        if use is None or use.returned:
            return
        use.returned = True
        self._changed_uses[redemption_id] = None
        held = self._held.get(use.stock_lease_id) if use.stock_lease_id is not None else None
        if use.source == LEASE and held is not None and held.is_held:
            held.remaining += 1
            held.restored += 1
            self._changed_leases[held.row.stock_lease_id] = None
        elif use.source != BEYOND:
            self._free(use.reward_id, 1)

    def take_in(self, event: StockReturned, device: Device) -> None:
        """A counter hands back what is left; of a lease written off nothing more will come in.

        Raises:
            Rejected: unknown_stock_lease.
        """
        held = self._held.get(event.stock_lease_id)
        if held is None:
            return  # a server that was restored has forgotten it
        if self._held_by(device, event.stock_lease_id) is None:
            raise Rejected("unknown_stock_lease", "The units aren't this counter's")
        if held.remaining:
            self._free(held.row.reward_id, held.remaining)
        held.remaining, held.state = 0, "closed"
        self._changed_leases[event.stock_lease_id] = None

    def _held_by(self, device: Device, stock_lease_id: UUID) -> _Held | None:
        held = self._held.get(stock_lease_id)
        return held if held is not None and held.row.device_id == device.device_id else None

    def _free(self, reward_id: UUID, units: int) -> None:
        self._stocks[reward_id].free += units
        self._changed_stocks[reward_id] = None

    # --- writing

    def write(self) -> None:
        """Write what changed since last time."""
        work = self._work
        update_rows(
            work.connection,
            t.reward_stock,
            ["reward_id"],
            ["free"],
            [(i, self._stocks[i].free) for i in self._changed_stocks],
            programme_id=work.programme_id,
        )
        of_lease = attrgetter("remaining", "restored", "state", "late")
        update_rows(
            work.connection,
            t.stock_lease,
            ["stock_lease_id"],
            ["remaining", "restored", "state", "late"],
            [(i, *of_lease(self._held[i])) for i in self._changed_leases],
            programme_id=work.programme_id,
        )
        of_use = attrgetter(*(column.name for column in t.stock_use.columns[2:]))
        work.replace_rows(t.stock_use, [(i, *of_use(self._uses[i])) for i in self._changed_uses])
        for changed in (self._changed_stocks, self._changed_leases, self._changed_uses):
            changed.clear()
