"""The field table of the bar coded boarding pass, as data.

Source: IATA Resolution 792, attachments A and C. `item` is the standard's own number for the field,
so that the table can be checked against the printed one line by line. Names are those of the
attributes of `BoardingPass` and `Leg`, where there is one.
"""

from __future__ import annotations

import re
from enum import Enum

from app.domain.lean import dataclass


class Kind(Enum):
    """What a field may hold: a pattern over the whole, padded field and a word for it."""

    TEXT = (r"[ -~]*", "plain text")
    LETTERS = (r"[A-Z]*", "capital letters")
    DIGIT = (r"[0-9]", "a digit")
    DAY = (r"[0-9]{3}", "three digits")
    HEX = (r"[0-9A-Fa-f]{2}", "a length in two hexadecimal digits")
    CARRIER = (r"[A-Z0-9]{2,3} ?", "an airline's two or three characters")
    FLIGHT = (r" *[0-9]{1,4} *[A-Z]? *", "a flight number")
    SEAT = (r"[A-Z0-9 ]*", "a seat number")
    SEQUENCE = (r"[A-Z0-9 ]*", "a sequence number")

    def __init__(self, pattern: str, meaning: str) -> None:
        self.matches = re.compile(pattern).fullmatch
        self.meaning = meaning

    def read(self, raw: str) -> str:
        """The value without padding blanks and, in numbers, without leading zeros."""
        value = raw.strip()
        if self is Kind.FLIGHT:
            value = value.replace(" ", "")
        if self in _NUMBERED and value[:1].isdigit():
            value = value.lstrip("0")
            # 000 is a number too, and 000A a number with a letter
            value = value if value[:1].isdigit() else "0" + value
        return value

    def write(self, value: str, size: int) -> str:
        """The padded field; the reverse of `read`."""
        width = _NUMBERED.get(self, 0)
        if width and value[:1].isdigit():
            suffix = value.lstrip("0123456789")
            number = value[: len(value) - len(suffix)]
            if self is Kind.SEAT:  # the seat's four characters include its letter
                width -= len(suffix)
            value = number.zfill(width) + suffix
        return value.ljust(size)


# how many characters the zero-filled number takes
_NUMBERED = {Kind.FLIGHT: 4, Kind.SEAT: 4, Kind.SEQUENCE: 4}


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the standard's table.

    Attributes:
        name: the attribute it feeds.
        item: the standard's item number.
        size: characters.
        kind: what it may hold.
        label: what a clerk would call it.
        required: whether it must hold something; the others may be blank.
    """

    name: str
    item: int
    size: int
    kind: Kind
    label: str
    required: bool = False


MANDATORY_UNIQUE = (
    Field("format_code", 1, 1, Kind.LETTERS, "format", required=True),
    Field("leg_count", 5, 1, Kind.DIGIT, "number of flights", required=True),
    Field("passenger_name", 11, 20, Kind.TEXT, "passenger's name", required=True),
    Field("e_ticket", 253, 1, Kind.TEXT, "electronic ticket mark"),
)
MANDATORY_REPEATED = (
    Field("pnr", 7, 7, Kind.TEXT, "booking reference"),
    Field("origin", 26, 3, Kind.LETTERS, "airport of departure", required=True),
    Field("destination", 38, 3, Kind.LETTERS, "airport of arrival", required=True),
    Field("carrier", 42, 3, Kind.CARRIER, "airline", required=True),
    Field("flight_number", 43, 5, Kind.FLIGHT, "flight number", required=True),
    Field("flight_date", 46, 3, Kind.DAY, "date of the flight", required=True),
    Field("compartment", 71, 1, Kind.TEXT, "booking class"),
    Field("seat", 104, 4, Kind.SEAT, "seat"),
    Field("check_in_sequence", 107, 5, Kind.SEQUENCE, "check-in number"),
    Field("passenger_status", 117, 1, Kind.TEXT, "passenger status"),
)
VARIABLE_SIZE = Field(
    "variable_size", 6, 2, Kind.HEX, "length of the airline's part", required=True
)

VERSION_MARK = ">"  # item 8
VERSION_MARK_SIZE = 2  # the mark and the version's one character, item 9
UNIQUE_SIZE = Field("unique_size", 10, 2, Kind.HEX, "length of the pass's part", required=True)
CONDITIONAL_UNIQUE = (
    Field("passenger_description", 15, 1, Kind.TEXT, "kind of passenger"),
    Field("check_in_source", 12, 1, Kind.TEXT, "where checked in"),
    Field("issuance_source", 14, 1, Kind.TEXT, "where issued"),
    Field("issue_date", 22, 4, Kind.TEXT, "date of issue"),
    Field("document_type", 16, 1, Kind.TEXT, "kind of document"),
    Field("issuer", 21, 3, Kind.TEXT, "issuing airline"),
    Field("bag_tag", 23, 13, Kind.TEXT, "baggage tag"),
    Field("bag_tag_2", 31, 13, Kind.TEXT, "second baggage tag"),
    Field("bag_tag_3", 32, 13, Kind.TEXT, "third baggage tag"),
)
REPEATED_SIZE = Field(
    "repeated_size", 17, 2, Kind.HEX, "length of the flight's part", required=True
)
CONDITIONAL_REPEATED = (
    Field("airline_numeric_code", 142, 3, Kind.TEXT, "ticket's airline number"),
    Field("document_number", 143, 10, Kind.TEXT, "ticket number"),
    Field("selectee", 18, 1, Kind.TEXT, "security selection"),
    Field("document_verification", 108, 1, Kind.TEXT, "document check"),
    Field("marketing_carrier", 19, 3, Kind.TEXT, "selling airline"),
    Field("frequent_flyer_airline", 20, 3, Kind.TEXT, "member's programme"),
    Field("frequent_flyer_number", 236, 16, Kind.TEXT, "member's number"),
    Field("id_ad_indicator", 89, 1, Kind.TEXT, "staff travel mark"),
    Field("baggage_allowance", 118, 3, Kind.TEXT, "free baggage"),
    Field("fast_track", 254, 1, Kind.TEXT, "fast track"),
)

SECURITY_MARK = "^"  # item 25
SECURITY_TYPE = Field("type", 28, 1, Kind.TEXT, "kind of signature")
SECURITY_SIZE = Field("size", 29, 2, Kind.HEX, "length of the signature", required=True)

MAX_LEGS = 4
MAX_VARIABLE_SIZE = 0xFF
