"""Managers with phones, as the server sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher

from sync.protocol.phones.messages import PhoneSignIn, PhoneTap, PhoneTapAnswer, PhoneView, TapStep
from sync.server.phones.service import Phones
from sync.server.programme import NewStaff, add_staff, put_staff, staff_of
from sync.server.store import tables as t
from tests.server.conftest import Programme, new_id
from tests.server.seats import visit

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Its hashes are checked as any others, and at once."""
PIN = "4711"


def change_staff(programme: Programme, staff_id: UUID, **changes: Any) -> None:
    with programme.work() as work:
        (row,) = work.find(t.staff, "staff_id", [staff_id])
        put_staff(work, replace(staff_of(row), **changes))


def give_pin(programme: Programme, staff_id: UUID | None = None, pin: str = PIN) -> None:
    """Let somebody sign in, the duty manager 900 unless told otherwise."""
    change_staff(programme, staff_id or programme.manager_id, pin_verifier=HASHER.hash(pin))


def another_manager(
    programme: Programme,
    number: str = "901",
    *,
    name: str = "Zhao Lei",
    office_id: UUID | None = None,
    roles: tuple[str, ...] = ("duty_manager",),
) -> UUID:
    new = NewStaff(number, name, roles, office_id or programme.office_id, HASHER.hash(PIN))
    with programme.work() as work:
        return add_staff(work, new)


@dataclass
class Phone:
    """One phone, signed in."""

    phones: Phones
    token: str
    view: PhoneView

    def look(self, *, looked_at: bool = True) -> PhoneView:
        self.view = self.phones.view(self.token, looked_at=looked_at)
        return self.view

    def tap(
        self, case_id: UUID, step: TapStep = "acknowledged", tap_id: UUID | None = None
    ) -> PhoneTapAnswer:
        return self.phones.tap(self.token, PhoneTap(tap_id or new_id(), case_id, step))


def signed_in(phones: Phones, number: str = "900", pin: str = PIN) -> Phone:
    return Phone(phones, *phones.sign_in(PhoneSignIn(number, pin)))


def low(programme: Programme, *, member_id: UUID | None = None, score: int = 1) -> UUID:
    """A low rating; returns its case."""
    seat = programme.seat()
    _, case_id = visit(seat, score=score, member_id=member_id)
    seat.push()
    return case_id
