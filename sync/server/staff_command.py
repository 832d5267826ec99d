"""`guichet-server staff …`: who may sign in, and with which PIN."""

from __future__ import annotations

import argparse
import getpass
import hashlib
from dataclasses import replace
from typing import Any

from app.domain.errors import Rejected
from sync.server.office_commands import office_of
from sync.server.opening import working
from sync.server.pins import make_verifier
from sync.server.programme import NewStaff, add_staff, put_staff, staff_of
from sync.server.settings import ServerSettings
from sync.server.store import tables as t


def asked_verifier(pin: str | None) -> str:
    """A verifier of the PIN that was given, or of one that is asked for.

    Raises:
        Rejected: bad_pin.
    """
    return make_verifier(getpass.getpass("PIN: ") if pin is None else pin)


def add_person(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Add a person. Raises Rejected: bad_pin, unknown_office, unknown_member, number_taken."""
    verifier = asked_verifier(options.pin)
    with working(settings) as work:
        member_id = None
        if options.member:
            cards = work.find(t.card, "card_no", [options.member])
            if not cards:
                raise Rejected("unknown_member", f"There is no card {options.member}")
            member_id = cards[0].member_id
        badge = hashlib.sha256(options.badge.encode()).hexdigest() if options.badge else ""
        office_id = office_of(work, options.office).office_id
        roles = tuple(dict.fromkeys(options.role)) or ("clerk",)
        add_staff(
            work,
            NewStaff(options.number, options.name, roles, office_id, verifier, badge, member_id),
        )
    print(f"Staff {options.number}")


def change_person(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Give a person another PIN, or say whether they work here; seats hear with their next pull.

    Raises:
        Rejected: bad_pin, unknown_staff, nothing_said.
    """
    changes: dict[str, Any] = {}
    if options.new_pin or options.pin is not None:
        changes["pin_verifier"] = asked_verifier(options.pin)
    if options.active is not None:
        changes["active"] = options.active
    if not changes:
        raise Rejected("nothing_said", "Say what changes: --pin, --new-pin, --active, --inactive")
    with working(settings) as work:
        rows = work.find(t.staff, "number", [options.number])
        if not rows:
            raise Rejected("unknown_staff", f"There is no staff number {options.number}")
        put_staff(work, replace(staff_of(rows[0]), **changes))
    print(f"Staff {options.number}")
