"""What a boarding pass says."""

from __future__ import annotations

import hashlib
from datetime import date

from app.domain.lean import dataclass


@dataclass(frozen=True, slots=True)
class Leg:
    """One flight of a pass. Blank fields are empty strings.

    Attributes:
        pnr: the operating carrier's booking reference.
        origin: IATA airport code.
        destination: IATA airport code.
        carrier: operating carrier's designator, two or three characters.
        flight_number: without leading zeros, with its letter if it has one: '834', '12D'.
        flight_date: local date of departure.
        compartment: booking class, one letter.
        seat: '1A', 'INF' for a child on a lap.
        check_in_sequence: without leading zeros.
        passenger_status: the standard's code, '1' checked in, '0' not.
        airline_use: what the airline adds for itself; not interpreted.
    """

    pnr: str
    origin: str
    destination: str
    carrier: str
    flight_number: str
    flight_date: date
    compartment: str = ""
    seat: str = ""
    check_in_sequence: str = ""
    passenger_status: str = ""
    airline_numeric_code: str = ""
    document_number: str = ""
    selectee: str = ""
    document_verification: str = ""
    marketing_carrier: str = ""
    frequent_flyer_airline: str = ""
    frequent_flyer_number: str = ""
    id_ad_indicator: str = ""
    baggage_allowance: str = ""
    fast_track: str = ""
    airline_use: str = ""

    @property
    def flight(self) -> str:
        """'CA1501', as on the departures board."""
        return self.carrier + self.flight_number


@dataclass(frozen=True, slots=True)
class SecurityData:
    """The signature at a pass's end; carried, not checked.

    Attributes:
        type: the standard's code of the signature's kind.
        size: characters announced.
        data: characters that arrived; fewer when the scan's end was cut.
    """

    type: str
    size: int
    data: str


@dataclass(frozen=True, slots=True)
class BoardingPass:
    """A scanned boarding pass: one passenger, one to four flights.

    Attributes:
        passenger_name: 'SURNAME/GIVEN' as printed, at most 20 characters, so it may be cut.
        e_ticket: whether it stands for an electronic ticket.
        legs: flights in order, 1..4.
        version: the standard's version digit; None when the pass has the mandatory part only.
        issue_date: when it was issued, if it says so.
        bag_tags: up to three 13-digit licence plates.
        security: the signature, if any.
        blanks_restored: characters that the scanner dropped from the end and that were taken
            for blanks. Above 0 the last flight's optional fields may be cut short: confirm a
            member's number.
    """

    passenger_name: str
    legs: tuple[Leg, ...]
    e_ticket: bool = True
    version: str | None = None
    passenger_description: str = ""
    check_in_source: str = ""
    issuance_source: str = ""
    issue_date: date | None = None
    document_type: str = ""
    issuer: str = ""
    bag_tags: tuple[str, ...] = ()
    security: SecurityData | None = None
    blanks_restored: int = 0

    @property
    def surname(self) -> str:
        """What stands before the '/'."""
        return self.passenger_name.partition("/")[0].strip()

    @property
    def given_name(self) -> str:
        """What stands after the '/', with the title that some airlines append."""
        return self.passenger_name.partition("/")[2].strip()


def coupon_key(leg: Leg, passenger_name: str) -> str:
    """Name one flight coupon, so that it earns once wherever and however often it is shown.

    The check-in number tells passengers of one booking apart. It is the same on paper and on the
    phone, where names are cut differently, so the name counts only where that number is missing
    (children on a lap).

    Args:
        leg: the flight.
        passenger_name: as on the pass.

    Returns:
        35 characters of ASCII that don't reveal booking or name.
    """
    who = leg.check_in_sequence or " ".join(passenger_name.upper().replace("/", " ").split())
    parts = (
        leg.carrier,
        leg.flight_number,
        leg.flight_date.isoformat(),
        leg.origin,
        leg.pnr,
        who,
    )
    return "c1-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
