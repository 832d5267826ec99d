"""`guichet-server staff …`: who may sign in, and with which PIN."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from app.domain.errors import Rejected
from sync.server.command_parts import command
from sync.server.office_commands import office_of
from sync.server.opening import working
from sync.server.pins import make_verifier
from sync.server.programme import NewStaff, add_staff, put_staff, staff_of
from sync.server.settings import ServerSettings
from sync.server.store import tables as t

ROLES: Final = ("clerk", "duty_manager", "administrator")


def add_staff_commands(group: Any) -> None:
    """Add the commands to the parser's group."""
    add = command(group, "staff add", "add a person who signs in")
    add.add_argument("number", help="staff number, typed to sign in")
    add.add_argument("name", help="their name")
    add.add_argument("--office", required=True, help="code of the office where they work")
    add.add_argument(
        "--role",
        action="append",
        choices=ROLES,
        default=[],
        help="may be given several times (default: clerk)",
    )
    add_pin(add, "--pin", "4 to 12 digits (default: asked for)")
    add.add_argument("--badge", default="", help="the code that their badge types")
    add.add_argument("--member", default="", help="card number of their own membership")
    change = command(group, "staff set", "give a person another PIN, or say if they work here")
    change.add_argument("number", help="their staff number")
    add_pin(change, "--pin", "4 to 12 digits")
    change.add_argument("--new-pin", action="store_true", help="asks for it")
    works = change.add_mutually_exclusive_group()
    works.add_argument("--active", action="store_true", default=None, help="may sign in again")
    works.add_argument(
        "--inactive", dest="active", action="store_false", help="signs in nowhere any more"
    )
    command(group, "staff list", "list number, name, roles, and whether active")


def add_pin(parser: argparse.ArgumentParser, option: str, said: str) -> None:
    """A PIN's option, and the one that names a file: a command line is anybody's to read."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(option, help=f"{said}; shows in the list of processes meanwhile")
    either.add_argument(
        f"{option}-file", type=Path, metavar="FILE", help="holds the PIN alone; - for stdin"
    )


def asked_verifier(pin: str | None, file: Path | None, option: str) -> str:
    """A verifier of the PIN that was given, or of one that is asked for.

    Args:
        pin: on the command line.
        file: that holds it, '-' for stdin.
        option: how it would have been given.

    Raises:
        Rejected: bad_pin; no_terminal.
        OSError: the file can't be read.
    """
    if file is not None:
        pin = sys.stdin.readline() if str(file) == "-" else file.read_text(encoding="utf-8")
        return make_verifier(pin.strip())
    return make_verifier(_typed(option) if pin is None else pin)


def _typed(option: str) -> str:
    try:
        with warnings.catch_warnings():
            # It would read stdin instead, with the PIN on the screen
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass("PIN: ")
    except (EOFError, getpass.GetPassWarning) as error:
        raise Rejected(
            "no_terminal",
            f"There is no terminal to ask for the PIN at: say {option}-file FILE, with - for stdin,"
            f" or {option} PIN, which others here can read in the list of processes",
        ) from error


def add_person(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Add a person.

    Raises:
        Rejected: bad_pin, no_terminal, unknown_office, unknown_member, number_taken.
    """
    verifier = asked_verifier(options.pin, options.pin_file, "--pin")
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
        Rejected: bad_pin, no_terminal, unknown_staff, nothing_said.
    """
    changes: dict[str, Any] = {}
    if options.new_pin or options.pin is not None or options.pin_file is not None:
        changes["pin_verifier"] = asked_verifier(options.pin, options.pin_file, "--pin")
    if options.active is not None:
        changes["active"] = options.active
    if not changes:
        raise Rejected(
            "nothing_said", "Say what changes: --pin, --pin-file, --new-pin, --active, --inactive"
        )
    with working(settings) as work:
        rows = work.find(t.staff, "number", [options.number])
        if not rows:
            raise Rejected("unknown_staff", f"There is no staff number {options.number}")
        put_staff(work, replace(staff_of(rows[0]), **changes))
    print(f"Staff {options.number}")
