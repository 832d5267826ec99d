"""Reading scanned boarding passes."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import NoReturn

from app.domain.boarding_pass.bad_scan import BadScan, BadScanReason
from app.domain.boarding_pass.fields import (
    CONDITIONAL_REPEATED,
    CONDITIONAL_UNIQUE,
    MANDATORY_REPEATED,
    MANDATORY_UNIQUE,
    MAX_LEGS,
    REPEATED_SIZE,
    SECURITY_MARK,
    SECURITY_SIZE,
    SECURITY_TYPE,
    UNIQUE_SIZE,
    VARIABLE_SIZE,
    VERSION_MARK,
    VERSION_MARK_SIZE,
    Field,
    Kind,
)
from app.domain.boarding_pass.flight_dates import resolve_flight_date, resolve_issue_date
from app.domain.boarding_pass.records import BoardingPass, Leg, SecurityData

MAX_SCAN_CHARACTERS = 2_000  # four legs with everything in them stay below 1,500
# What readers put around the text: an AIM symbology identifier, line ends, STX and ETX
_AIM_PREFIX = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_WRAPPING = "\r\n\t\0\x02\x03\x04"
# A '>' that lost its shift key, or was typed on a German, French or Spanish layout
_MANGLED_VERSION = re.compile(r"[.:;<?/][0-9][0-9A-F]{2}")
_MANGLED_SECURITY = re.compile(r"[&6\"¨][0-9A-Z][0-9A-F]{2}")
# what the digit keys give with shift, or without it on a French keyboard
_DIGIT_KEYS = frozenset("!@#$%&*()\"'-_=")


def parse(scan: str | bytes, *, today: date, max_days_ahead: int = 30) -> BoardingPass:
    """Read a boarding pass as a barcode reader delivers it.

    Takes what readers and their settings do to it: a symbology prefix (']Q3', ']L0'), line ends,
    STX and ETX, blanks missing at the end.

    Args:
        scan: the text, or the bytes of it.
        today: the office's date; a pass carries no year.
        max_days_ahead: flights later than that are not believed.

    Returns:
        The pass, one to four legs.

    Raises:
        BadScan: anything else, with what the clerk can do. Nothing else is ever raised.

    Source:
        IATA Resolution 792.
    """
    text, offset = _unwrap(scan if isinstance(scan, str) else _decode(scan))
    _check_characters(text, offset)
    _check_format(text, offset)
    return _Parser(text, offset, today, max_days_ahead).read()


def _decode(scan: bytes) -> str:
    try:
        return scan.decode("utf-8")
    except UnicodeDecodeError:
        return scan.decode("latin-1")


def _unwrap(scan: str) -> tuple[str, int]:
    text = scan.rstrip(_WRAPPING)
    if len(text) > MAX_SCAN_CHARACTERS:
        raise BadScan(
            BadScanReason.TOO_LONG,
            MAX_SCAN_CHARACTERS,
            "This scan is far longer than a boarding pass. Clear the box and scan one pass.",
        )
    body = text.lstrip(_WRAPPING + " ")
    if prefix := _AIM_PREFIX.match(body):
        body = body[prefix.end() :]
    if not body.strip():
        raise BadScan(
            BadScanReason.EMPTY,
            0,
            "Nothing was read. Scan the pass again, the code flat and whole.",
        )
    return body, len(text) - len(body)


def _check_characters(text: str, offset: int) -> None:
    """Refuse what no pass holds and a wrongly set reader or keyboard produces.

    The signature at the end may hold anything, so it is left out.
    """
    for position, character in enumerate(text.partition(SECURITY_MARK)[0]):
        if " " <= character <= "~":
            continue
        if unicodedata.category(character)[0] in "CZ" and character != "\u3000":
            raise BadScan(
                BadScanReason.CONTROL_CHARACTERS,
                offset + position,
                "The scan holds control characters. Scan again; if it comes back, have the "
                "reader's settings checked (it should send plain text).",
            )
        if character >= "\u2e80":
            raise BadScan(
                BadScanReason.INPUT_METHOD,
                offset + position,
                "The input method took part of the scan. Switch it to English and scan again.",
            )
        _raise_keyboard_layout(offset + position)


def _raise_keyboard_layout(position: int) -> NoReturn:
    raise BadScan(
        BadScanReason.KEYBOARD_LAYOUT,
        position,
        "The reader types for another keyboard layout than this computer's. Set both to English "
        "(US) and scan again; until then enter the flight by hand.",
    )


def _check_format(text: str, offset: int) -> None:
    head, count = text[:1], text[1:2]
    if head == "m" and (not count or count.isdigit()):
        raise BadScan(
            BadScanReason.CASE_INVERTED,
            offset,
            "Capitals arrived as small letters: Caps Lock is on. Switch it off and scan again.",
        )
    if head == "S" and count == "1" and len(text) >= 60:
        raise BadScan(
            BadScanReason.UNSUPPORTED_FORMAT,
            offset,
            "This pass has the old single-flight format. Enter the flight by hand.",
        )
    if head == "M" and not count:
        raise _truncated(offset + 1)
    if head == "M" and count in _DIGIT_KEYS and len(text) > 40:
        _raise_keyboard_layout(offset + 1)
    if head in ",?;:" and len(text) > 40:  # where other layouts have their M
        _raise_keyboard_layout(offset)
    if head != "M" or not count.isdigit():
        raise BadScan(
            BadScanReason.NOT_A_PASS,
            offset,
            "This is not a boarding pass. Scan the large square or wide code of the pass, not the "
            "baggage tag.",
        )
    if not 1 <= int(count) <= MAX_LEGS:
        raise BadScan(
            BadScanReason.UNSUPPORTED_FORMAT,
            offset + 1,
            f"The pass says it holds {count} flights; 1 to {MAX_LEGS} can be read. Enter the "
            "flight by hand.",
        )


def _truncated(position: int) -> BadScan:
    return BadScan(
        BadScanReason.TRUNCATED,
        position,
        "Only part of the pass was read. Hold it flat, all of the code lit, and scan again.",
    )


def _wrong_field(field: Field, position: int) -> BadScan:
    return BadScan(
        BadScanReason.WRONG_FIELD,
        position,
        f"The {field.label} on this pass can't be read (it should be {field.kind.meaning}). Scan "
        "again; if it comes back, enter the flight by hand.",
        field=field.name,
    )


class _Parser:
    """One pass over the text; `position` only moves forward."""

    def __init__(self, text: str, offset: int, today: date, max_days_ahead: int) -> None:
        self._text = text
        self._offset = offset  # of the text in the scan as it came
        self._position = 0
        self._today = today
        self._max_days_ahead = max_days_ahead
        self._version: str | None = None
        self._unique: dict[str, str] = {}
        self._issued: date | None = None
        self._blanks_restored = 0

    def read(self) -> BoardingPass:
        head = {field.name: self._take(field) for field in MANDATORY_UNIQUE}
        leg_count = int(head["leg_count"])
        legs = tuple(
            self._leg(first=number == 0, last=number == leg_count - 1)
            for number in range(leg_count)
        )
        unique = self._unique
        tags = (unique.get(name, "") for name in ("bag_tag", "bag_tag_2", "bag_tag_3"))
        return BoardingPass(
            passenger_name=head["passenger_name"],
            legs=legs,
            e_ticket=head["e_ticket"] == "E",
            version=self._version,
            passenger_description=unique.get("passenger_description", ""),
            check_in_source=unique.get("check_in_source", ""),
            issuance_source=unique.get("issuance_source", ""),
            issue_date=self._issued,
            document_type=unique.get("document_type", ""),
            issuer=unique.get("issuer", ""),
            bag_tags=tuple(tag for tag in tags if tag),
            security=self._security(),
            blanks_restored=self._blanks_restored,
        )

    def _take(self, field: Field) -> str:
        return self._take_from(field, self._position + field.size)

    def _take_from(self, field: Field, end: int) -> str:
        """The next field's value; `end` is where the part it lies in says it stops."""
        start = self._position
        if start + field.size > end:
            raise _wrong_field(field, self._offset + start)
        if start + field.size > len(self._text):
            raise _truncated(self._offset + len(self._text))
        raw = self._text[start : start + field.size]
        value = field.kind.read(raw)
        if not field.kind.matches(raw) or (field.required and not value):
            if field.kind in (Kind.DAY, Kind.FLIGHT) and _DIGIT_KEYS & set(raw):
                _raise_keyboard_layout(self._offset + start)
            raise _wrong_field(field, self._offset + start)
        self._position = start + field.size
        return value

    def _leg(self, *, first: bool, last: bool) -> Leg:
        date_at = self._position + sum(f.size for f in MANDATORY_REPEATED[:5])
        values = {field.name: self._take(field) for field in MANDATORY_REPEATED}
        day = int(values.pop("flight_date"))
        size = int(self._take(VARIABLE_SIZE), 16)
        end = self._position + size
        if end > len(self._text):
            # A scanner may drop blanks at the very end, but no part begins with one
            if not last or self._position == len(self._text):
                raise _truncated(self._offset + len(self._text))
            self._blanks_restored = end - len(self._text)
        if first:
            self._read_unique(end)
        repeated: dict[str, str] = {}
        if self._version is not None and self._position < end:
            length = int(self._take_from(REPEATED_SIZE, end), 16)
            repeated = self._section(CONDITIONAL_REPEATED, REPEATED_SIZE, length, end)
        airline_use = self._text[self._position : end].rstrip(" ")
        self._position = end
        return Leg(
            **values,
            flight_date=self._flight_date(day, date_at),
            **repeated,
            airline_use=airline_use,
        )

    def _read_unique(self, end: int) -> None:
        part = self._text[self._position : end]
        if not part.startswith(VERSION_MARK):
            if _MANGLED_VERSION.match(part):
                _raise_keyboard_layout(self._offset + self._position)
            return  # all of it is the airline's own
        if len(part) < VERSION_MARK_SIZE:
            raise _truncated(self._offset + len(self._text))
        self._version = part[1]
        self._position += VERSION_MARK_SIZE
        length = int(self._take_from(UNIQUE_SIZE, end), 16)
        self._unique = self._section(CONDITIONAL_UNIQUE, UNIQUE_SIZE, length, end)
        self._issued = resolve_issue_date(self._unique.get("issue_date", ""), self._today)

    def _section(
        self, table: tuple[Field, ...], size_field: Field, length: int, end: int
    ) -> dict[str, str]:
        """Fields of a part that announces its length; old versions have fewer, new ones more."""
        stop = self._position + length
        if stop > end:
            raise _wrong_field(size_field, self._offset + self._position - size_field.size)
        values: dict[str, str] = {}
        for field in table:
            raw = self._text[self._position : min(self._position + field.size, stop)]
            values[field.name] = field.kind.read(raw)
            self._position += len(raw)
        self._position = stop  # past the end of the text where blanks were dropped
        return values

    def _flight_date(self, day: int, position: int) -> date:
        found = resolve_flight_date(
            day, today=self._today, max_days_ahead=self._max_days_ahead, issued=self._issued
        )
        if found is None:
            raise BadScan(
                BadScanReason.WRONG_DATE,
                self._offset + position,
                f"The pass says day {day} of the year, and no such day is near today. Check this "
                "computer's date, or enter the flight by hand.",
                day=day,
            )
        return found

    def _security(self) -> SecurityData | None:
        rest = self._text[self._position :]
        if not rest.strip():
            return None
        start = self._offset + self._position
        if not rest.startswith(SECURITY_MARK):
            if _MANGLED_SECURITY.match(rest) and len(rest) == 4 + int(rest[2:4], 16):
                _raise_keyboard_layout(start)
            raise BadScan(
                BadScanReason.TOO_LONG,
                start,
                "There is more text than this pass should have: two scans may have run together. "
                "Clear the box and scan one pass.",
            )
        head = 1 + SECURITY_TYPE.size + SECURITY_SIZE.size
        if len(rest) < head or not SECURITY_SIZE.kind.matches(rest[2:head]):
            # The flights are whole, and the signature is not what points depend on
            return SecurityData(type=rest[1:2], size=0, data="")
        size = int(rest[2:head], 16)
        if rest[head + size :].strip():
            raise BadScan(
                BadScanReason.TOO_LONG,
                start + head + size,
                "There is more text than this pass should have: two scans may have run together. "
                "Clear the box and scan one pass.",
            )
        return SecurityData(type=rest[1], size=size, data=rest[head : head + size])
