"""The fleet at a desk: who is told of which devices, and may do what about them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.errors import Rejected
from app.domain.fleet import worst_first
from sync.protocol.told import (
    ConditionRequest,
    FleetActRequest,
    FleetAnswer,
    FleetEntry,
    FleetRequest,
)
from sync.server.devices import Device, find_device
from sync.server.fleet import devices_of
from sync.server.keys import ServerKeys
from sync.server.look_up import check_person
from sync.server.problems import ProblemError
from sync.server.programme import revoke_device
from sync.server.store import tables as t
from sync.server.store.bulk import find_rows
from sync.server.work import Work
from sync.server.write_off import write_off

MOST_DEVICES: Final = 2_000
MOST_ACTS: Final = 20
"""Devices that one desk may do something about within a day.

The server believes a desk who sits at it. Somebody with a stolen one, or with a token for desks,
could name an administrator and shut the whole programme out, PC by PC.
"""
_DAY_MS: Final = 86_400_000
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Done:
    """What was done so far; whether there may be more of it."""

    leases: int
    points: int
    units: int
    goes_on: bool

    def and_then(self, more: Done) -> Done:
        return Done(
            self.leases + more.leases,
            self.points + more.points,
            self.units + more.units,
            more.goes_on,
        )


NOTHING: Final = Done(0, 0, 0, goes_on=False)


def fleet_at(
    connection: Connection, desk: Device, request: FleetRequest, *, now_ms: int
) -> FleetAnswer:
    """Tell how the devices are that this person looks after. Raises ProblemError('forbidden')."""
    person = _manager(connection, desk, request.staff_id)
    office_id = None if _is_administrator(person) else desk.office_id
    devices = worst_first(devices_of(connection, desk.programme_id, office_id=office_id), now_ms)
    entries = [
        FleetEntry(
            device_id=each.device_id,
            office_code=each.office_code,
            counter_label=each.counter_label,
            kind=each.kind,
            is_shut_out=each.is_shut_out,
            last_ms=each.last_ms,
            said_ms=each.said_ms,
            condition=ConditionRequest(**asdict(each.condition)),
            leases=each.leases,
            leased_points=each.leased_points,
        )
        for each in devices[:MOST_DEVICES]
    ]
    return FleetAnswer(entries, len(devices) - len(entries), now_ms)


def act(
    work: Work, desk: Device, request: FleetActRequest, keys: ServerKeys, *, goes_on: bool
) -> Done:
    """Do what somebody decided about a device, or a part of it, and write down who and why.

    Args:
        work: the transaction.
        desk: where they sit.
        request: what they decided.
        keys: sign a revocation.
        goes_on: this is a further part of what was written down already.

    Raises:
        ProblemError: forbidden; bad_request, for a reason that is none, or the desk itself;
            too_many_acts.
    """
    connection = work.connection
    person = _manager(connection, desk, request.staff_id)
    device = find_device(connection, request.device_id)
    is_own = device is not None and device.office_id == desk.office_id
    if (
        device is None
        or device.programme_id != desk.programme_id
        or not (is_own or _is_administrator(person))
    ):
        raise ProblemError("forbidden", "This person looks after no such device")
    reason = " ".join(request.reason.split())
    if not 1 <= len(reason) <= _LONGEST_REASON or "\0" in reason:
        raise ProblemError("bad_request", f"Why takes 1 to {_LONGEST_REASON} characters")
    if device.device_id == desk.device_id:
        raise ProblemError("bad_request", "A desk does this to others")
    if not goes_on:
        _see_that_it_may_go_on(work, desk, device.device_id)
        work.add(
            t.device_act,
            work.new_id(),
            work.now_ms,
            request.act,
            device.device_id,
            desk.device_id,
            request.staff_id,
            request.session_id,
            reason,
        )
    if request.act == "revoke":
        try:
            revoke_device(work, keys, device.device_id)
        except Rejected as error:
            raise ProblemError("bad_request", error.message) from error
        return NOTHING
    some = write_off(work, device.device_id, by=f"{person.name} ({person.number})", reason=reason)
    return Done(some.leases, some.points, some.units, goes_on=bool(some.leases or some.units))


def _see_that_it_may_go_on(work: Work, desk: Device, device_id: UUID) -> None:
    """Raise ProblemError('too_many_acts') where the desk did as much to others within a day."""
    done = t.device_act
    others = work.connection.execute(
        sa.select(sa.func.count(done.c.device_id.distinct())).where(
            done.c.programme_id == work.programme_id,
            done.c.desk_id == desk.device_id,
            done.c.device_id != device_id,
            done.c.at_ms > work.now_ms - _DAY_MS,
        )
    ).scalar_one()
    if others >= MOST_ACTS:
        raise ProblemError(
            "too_many_acts",
            f"One desk does this to {MOST_ACTS} devices a day; the server's operator does more",
        )


def _manager(connection: Connection, desk: Device, staff_id: UUID) -> Any:
    """Who asks. Raises ProblemError('forbidden') unless they may look after devices here."""
    if not desk.is_desk:
        raise ProblemError("forbidden", "Devices are looked after at desks")
    check_person(connection, desk, staff_id)
    (person,) = find_rows(
        connection, t.staff, "staff_id", [staff_id], programme_id=desk.programme_id
    )
    if not {"administrator", "duty_manager"} & set(person.roles.split(",")):
        raise ProblemError("forbidden", "Managers look after devices")
    return person


def _is_administrator(person: Any) -> bool:
    return "administrator" in person.roles.split(",")
