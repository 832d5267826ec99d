"""A flight as somebody types it from a ticket: read into a leg, or refused field by field."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Final
from uuid import UUID

from app.domain.boarding_pass import Leg
from app.domain.errors import Rejected
from app.domain.lean import dataclass

_FLIGHT: Final = re.compile(r"(?=.?[A-Z])([A-Z0-9]{2})0*([1-9][0-9]{0,3}[A-Z]?)")
_AIRPORTS: Final = re.compile(r"([A-Z]{3})[\s/–-]*([A-Z]{3})")
_LETTER: Final = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class TypedFlight:
    """What stands on a ticket, as typed.

    Attributes:
        flight: 'CA1501', 'ca 1501', 'CA0981'.
        day: '1026' (month and day, the last one there was), '10-26', '2026-10-26', '20261026'.
        route: 'PEKSHA', 'pek-sha'.
        booking_class: one letter.
    """

    flight: str
    day: str
    route: str
    booking_class: str

    def leg(self, today: date) -> Leg:
        """Read it.

        Args:
            today: the office's date.

        Raises:
            Rejected: bad_flight, bad_day, bad_route, bad_class; the first that applies.
        """
        flight = _FLIGHT.fullmatch(_plain(self.flight).replace(" ", ""))
        if flight is None:
            raise Rejected("bad_flight", "A flight is two characters and a number")
        flown_on = _day(self.day, today)
        if flown_on is None:
            raise Rejected("bad_day", "There is no such day")
        route = _AIRPORTS.fullmatch(_plain(self.route))
        if route is None or route[1] == route[2]:
            raise Rejected("bad_route", "A route is two airports of three letters")
        booking_class = _LETTER.fullmatch(_plain(self.booking_class))
        if booking_class is None:
            raise Rejected("bad_class", "A booking class is one letter")
        return Leg("", route[1], route[2], flight[1], flight[2], flown_on, booking_class[0])


def claim_key(leg: Leg, member_id: UUID) -> str:
    """Name a flight claimed without its pass, so that a member is credited once for it.

    Returns:
        35 characters of ASCII; apart from a scanned coupon's, whose booking nobody typed.
    """
    parts = (leg.carrier, leg.flight_number, leg.flight_date.isoformat(), leg.origin, member_id.hex)
    return "t1-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _plain(text: str) -> str:
    return text.strip().upper()


def _day(text: str, today: date) -> date | None:
    figures = re.findall(r"[0-9]+", text)
    if len(figures) == 1 and len(figures[0]) == 4:
        figures = [figures[0][:2], figures[0][2:]]
    elif len(figures) == 1 and len(figures[0]) == 8:
        figures = [figures[0][:4], figures[0][4:6], figures[0][6:]]
    if len(figures) == 3 and len(figures[0]) == 4:
        return _date(*map(int, figures))
    if len(figures) != 2 or any(len(figure) > 2 for figure in figures):
        return None
    month, day = map(int, figures)
    # up to four years back, for the 29th of February
    known = (_date(today.year - back, month, day) for back in range(5))
    return next((found for found in known if found is not None and found <= today), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
