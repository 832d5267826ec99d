"""Planted bugs about points set aside: asked back, handed back, written off; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

import sqlalchemy as sa

from app.domain import events as e
from app.domain import ledger
from app.store import sync_store
from sync.server import leases, redeem, write_off
from sync.server.store import tables as t
from sync.server.work import Work
from tests.simulation.planting import Mutant, handler, on

_SOON_MS: Final = 20_000


def _take_back(work: Work, where: sa.ColumnElement[bool]) -> None:
    """Close leases as if their devices had handed them back."""
    held = work.connection.execute(
        work.mine(t.lease).where(where, t.lease.c.state.in_(t.LEASE_HELD))
    ).all()
    work.load_members(row.member_id for row in held)
    for row in held:
        shares = {r.lot_id: r.points for r in work.find(t.lease_lot, "lease_id", [row.lease_id])}
        state = work.members[row.member_id]
        change = ledger.close_lease(state.holdings, shares)
        if change.postings:
            work.post(state, change, kind="lease_return", ref_id=row.lease_id, event_id=None)
    ids = [row.lease_id for row in held]
    for table, values in (
        (t.lease_lot, {"points": 0}),
        (t.lease, {"remaining": 0, "state": "closed"}),
    ):
        work.connection.execute(table.update().where(table.c.lease_id.in_(ids)).values(**values))


def _clock_reclaim(stack: ExitStack) -> None:
    """What a counter has held for long enough is taken back by the clock."""

    def reclaim(real: Any, work: Any, device: Any, keys: Any, **options: Any) -> None:
        _take_back(work, t.lease.c.granted_ms < work.now_ms - _SOON_MS)
        real(work, device, keys, **options)

    on(stack, leases, "issue", reclaim)


def _recall_before_the_drain(stack: ExitStack) -> None:
    """What is asked back is taken back at once, without the holder's journal."""

    def hasty(real: Any, work: Any, device: Any, member_ids: Any, **options: Any) -> Any:
        held = real(work, device, member_ids, **options)
        if held:
            _take_back(work, t.lease.c.member_id.in_(member_ids))
        return held

    on(stack, redeem, "ask_back", hasty)


def _recall_unheard(stack: ExitStack) -> None:
    """The counter goes on with what it was asked for."""
    on(stack, sync_store, "hand_back", lambda *_: False)


def _hand_back_unheard(stack: ExitStack) -> None:
    """The server goes on asking for what was handed back."""
    handler(stack, e.LeaseReturned, lambda *_: None)


def _handed_back_and_kept(stack: ExitStack) -> None:
    """The counter says that it hands a lease back, and spends on."""

    def keeping(real: Any, connection: Any, asked_for: Any, *rest: Any) -> Any:
        handed_back = real(connection, asked_for, *rest)
        connection.exec_driver_sql("UPDATE lease SET state = 'open' WHERE state = 'returned'")
        return handed_back

    on(stack, sync_store, "hand_back", keeping)


def _top_up_untold(stack: ExitStack) -> None:
    """The server sets more aside under a lease than it tells its holder."""

    def untold(real: Any, issuing: Any, lease: Any, more: int) -> None:
        real(issuing, lease, more)
        issuing._work.connection.execute(
            t.lease.update().where(t.lease.c.lease_id == lease.lease_id).values(points=lease.points)
        )

    on(stack, leases._Issuing, "top_up", untold)


def _write_off_unbooked(stack: ExitStack) -> None:
    """A write-off forgets what it exposes the programme to."""

    def forgetful(real: Any, work: Any, device_id: Any, **options: Any) -> Any:
        done = real(work, device_id, **options)
        work.connection.execute(t.lease.update().values(exposed=0))
        return done

    on(stack, write_off, "write_off", forgetful)


def _write_off_stays_leased(stack: ExitStack) -> None:
    """A lease that is written off is given back, and handed back once more."""

    def both(real: Any, work: Any, device_id: Any, **options: Any) -> Any:
        done = real(work, device_id, **options)
        work.connection.execute(
            t.lease.update().where(t.lease.c.state == "written_off").values(state="recall")
        )
        return done

    on(stack, write_off, "write_off", both)


LEASE_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "clock reclaim": ("I3", _clock_reclaim),
    "recall before the drain": ("I3", _recall_before_the_drain),
    "handed back and kept": ("I3", _handed_back_and_kept),
    "recall unheard": ("recall", _recall_unheard),
    "hand-back unheard": ("recall", _hand_back_unheard),
    "top-up untold": ("I3", _top_up_untold),
    "write-off unbooked": ("I4", _write_off_unbooked),
    "write-off stays leased": ("I4", _write_off_stays_leased),
}
