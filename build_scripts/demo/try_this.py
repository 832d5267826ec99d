"""A sheet of what to try in the demo: who can sign in, who comes, and what they hand over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from build_scripts.demo.books import Customer
from build_scripts.demo.casting import Person, cast
from build_scripts.demo.day import Earn, Ending, Find, Guest, Part, Visit
from build_scripts.demo.stage import Stage

_RATED: Final = Ending("rated", 5)


def sheet(stage: Stage, today: date) -> str:
    """Return the sheet for a stage that has been built."""
    customers = stage.books.customers()
    office = stage.office
    today_pass, old_pass = _guests(customers, office.code, today)
    home = [member for member in customers if member.home_office == office.code][:400:40]
    lines = [
        "WHO SIGNS IN (number, PIN, badge)",
        *(
            f"  {person.number}  {person.pin}  {person.badge}  {person.name}, {person.role}"
            for person in (*stage.clerks, stage.manager)
        ),
        "",
        "WHO COMES (card, end of the phone, initials, points, name): type any of it at the counter",
        *(
            f"  {member.card_no}  {member.phone[-4:]}  {member.initials:<8}"
            f"  {member.posted:>7,}  {member.name}"
            for member in home
        ),
        "",
        "WHAT THEY HAND OVER (paste it into the box and press Enter, or scan it)",
        f"  a flight of yesterday: {_pass_of(today_pass)}",
        f"  a flight of weeks ago: {_pass_of(old_pass)}",
        "",
        "THE JOBS",
        "  find somebody, paste a pass, Enter earns it, F12 ends it: the panel asks, tap a face",
        "  F3, a reward's number, Enter: the customer says yes on the panel",
        "  tap a red face: the manager's desk rings, a window of its own behind the counter's"
        " (Alt+Tab); take the case there, write a note, close it",
        "  F6 and a digit: a complaint; F5 J: a new member, with any card number not in use;"
        " F8: undo; F9 C: close the shift",
        "  switch the network off in the small window, go on working, switch it on again",
    ]
    return "\n".join(lines) + "\n"


def _guests(customers: Sequence[Customer], office: str, today: date) -> list[Person]:
    visits = [
        Visit(number, 0, Part.BEFORE, Guest.HOME, Find.SCAN, (Earn(number, is_old=is_old),), _RATED)
        for number, is_old in ((9001, False), (9002, True))
    ]
    return cast(visits, customers, [{}], office, seed=0, today=today)


def _pass_of(person: Person) -> str:
    return next(iter(person.passes.values()))
