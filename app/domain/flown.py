"""Which flight somebody flew, so that a member is credited for it once.

A scanned pass and a claim typed from a ticket name the same flight in different words: the booking
stands on the pass alone, an airport's name is easily taken for its city's other one. What both know
for certain is the carrier, the number, the local day of departure and the two cities; and nobody
leaves, or reaches, one city twice with the same flight on the same day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.boarding_pass import Leg
from app.domain.lean import dataclass

_WRITTEN: Final = re.compile(
    r"([A-Z0-9]{3,8}) ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([A-Z]{3})-([A-Z]{3})", re.ASCII
)

# City's code: its airports, where it has several
_CITIES: Final = {
    "BJS": "PEK PKX NAY",
    "SHA": "SHA PVG",
    "CTU": "CTU TFU",
    "TPE": "TPE TSA",
    "TYO": "HND NRT",
    "OSA": "KIX ITM UKB",
    "NGO": "NGO NKM",
    "SPK": "CTS OKD",
    "SEL": "ICN GMP",
    "BKK": "BKK DMK",
    "KUL": "KUL SZB",
    "JKT": "CGK HLP",
    "DXB": "DXB DWC",
    "IST": "IST SAW",
    "MOW": "SVO DME VKO ZIA",
    "LON": "LHR LGW STN LTN LCY SEN",
    "PAR": "CDG ORY BVA",
    "MIL": "MXP LIN BGY",
    "ROM": "FCO CIA",
    "STO": "ARN BMA",
    "NYC": "JFK EWR LGA",
    "WAS": "IAD DCA BWI",
    "CHI": "ORD MDW",
    "HOU": "IAH HOU",
    "YTO": "YYZ YTZ",
    "SAO": "GRU CGH VCP",
    "RIO": "GIG SDU",
    "BUE": "EZE AEP",
}
_CITY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {airport: city for city, airports in _CITIES.items() for airport in airports.split()}
)


@dataclass(frozen=True, slots=True)
class Flown:
    """One flight between two airports, written 'CA1501 2026-11-18 PEK-SHA'.

    Attributes:
        flight: operating carrier and number as far as known, 'CA1501', 'CA1501D'.
        day: local date of departure.
        origin: IATA airport code.
        destination: IATA airport code.
    """

    flight: str
    day: date
    origin: str
    destination: str

    @classmethod
    def of(cls, leg: Leg) -> Flown:
        """The flight of a leg, scanned or typed."""
        return cls(leg.flight, leg.flight_date, leg.origin, leg.destination)

    @classmethod
    def read(cls, text: str) -> Flown:
        """Read what `str` wrote.

        Raises:
            ValueError: it is something else.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"no flight, day and route: {text[:40]!r}")
        return cls(found[1], date.fromisoformat(found[2]), found[3], found[4])

    def __str__(self) -> str:
        return f"{self.flight} {self.day.isoformat()} {self.origin}-{self.destination}"

    def keys(self, member_id: UUID) -> tuple[str, str]:
        """What a member can have been credited for once: leaving and arriving with the flight.

        Two, because a pass may stand for the whole way where a claim names a part of it. The
        number's letter is left out: a flight put off to another hour has one, its ticket has not.

        Returns:
            (departure's key, arrival's key), ASCII.
        """
        flight = self.flight[:2] + self.flight[2:].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        day, member = self.day.isoformat(), member_id.hex
        start = _CITY_OF.get(self.origin, self.origin)
        end = _CITY_OF.get(self.destination, self.destination)
        return f"{flight} {day} {start}- {member}", f"{flight} {day} -{end} {member}"


def key_of_other(key: str, member_id: UUID) -> str:
    """What one of `Flown.keys` is once the flight is another member's."""
    return f"{key.rpartition(' ')[0]} {member_id.hex}"
