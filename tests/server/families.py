"""What tests of families ask of the server."""

from __future__ import annotations

from uuid import UUID

from app.domain import events as e
from sync.server import families, forgetting
from sync.server.families import Said
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import codes
from tests.server.conftest import Programme
from tests.server.seats import Seat, new_id, visit

SAID = Said("they asked for it", "op")


def family(programme: Programme, head_id: UUID) -> UUID:
    """Make one, to which nobody gives yet."""
    with programme.work() as work:
        return families.make(work, head_id, SAID)


def giving(programme: Programme, head_id: UUID, member_id: UUID, percent: int) -> None:
    with programme.work() as work:
        families.add(work, head_id, member_id, percent, SAID)


def family_of(programme: Programme, percent: int, *more: int, head_points: int = 0) -> list[UUID]:
    """A new family: its head, then a member for each percentage."""
    head_id = programme.member(head_points)
    family(programme, head_id)
    members = [programme.member() for _ in (percent, *more)]
    for member_id, share in zip(members, (percent, *more), strict=True):
        giving(programme, head_id, member_id, share)
    return [head_id, *members]


def share_of(programme: Programme, accrual_id: UUID) -> tuple[int, int]:
    """(points given to the head, of them returned)."""
    with programme.work() as work:
        (row,) = work.find(t.accrual_share, "accrual_id", [accrual_id])
    return row.points, row.returned


def removed(programme: Programme, member_id: UUID) -> None:
    with programme.work() as work:
        families.remove(work, member_id, SAID)


def ended(programme: Programme, head_id: UUID) -> int:
    with programme.work() as work:
        return families.end(work, head_id, SAID)


def undone(seat: Seat, accrual: e.AccrualRecorded) -> list[str]:
    return codes(seat, e.AccrualReversed(accrual.accrual_id, accrual.encounter_id, "undone"))


def reduced(seat: Seat, accrual: e.AccrualRecorded, points: int) -> list[str]:
    part = e.AccrualReduced(new_id(), accrual.accrual_id, accrual.encounter_id, points, "part")
    return codes(seat, part)


def at_counter(programme: Programme, member_id: UUID) -> tuple[Seat, UUID]:
    seat = programme.seat()
    seat.pull()
    encounter_id, _ = visit(seat, member_id=member_id)
    return seat, encounter_id


def profiled(programme: Programme, member_id: UUID, **changes: str) -> None:
    with programme.work() as work:
        work.load_members([member_id])
        work.update_profile(work.members[member_id], **changes)


def forgotten(programme: Programme, member_id: UUID) -> None:
    with reading(programme.server.engine) as connection:
        held = forgetting.gather(connection, programme.programme_id, member_id)
    with programme.work() as work:
        forgetting.erase(work, held)
