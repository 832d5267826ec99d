"""From a cell's text to a value; each converter says what is wrong in plain words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from app.domain.member import MAX_POINTS
from sync.server.importing.records import ProblemReason

OLDEST = date(1900, 1, 1)
MAX_AGE = 120
MAX_VISITS = 1_000_000
MAX_LOTS = 1_000

_CARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_SPREADSHEET = re.compile(r"[0-9]+\.0+|[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?")
_WHOLE = re.compile(r"([+-]?)([0-9]+)(\.0*)?")
_FRACTION = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_PHONE_PUNCTUATION = str.maketrans("", "", " -()./+\u00a0\u2010\u2011\u2013")
_LOTS = msgspec.json.Decoder(list[tuple[int, date | None]])
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_FORMULA = re.compile(r"[=@]|[+-](?![0-9])")


class BadCell(Exception):
    """A cell that can't be used.

    Attributes:
        reason: stable code.
        what_to_do: for the operator.
    """

    def __init__(self, reason: ProblemReason, what_to_do: str) -> None:
        super().__init__(what_to_do)
        self.reason = reason
        self.what_to_do = what_to_do


Converter = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class StandardField:
    """One field that a column can feed.

    Attributes:
        name: of the attribute of `ImportedMember`.
        refuses_row: whether a bad value costs the row or only the cell.
        coded: whether a mapping may translate its values.
    """

    name: str
    refuses_row: bool = False
    coded: bool = False


STANDARD_FIELDS = {
    one.name: one
    for one in (
        StandardField("card_no", refuses_row=True),
        StandardField("name", refuses_row=True),
        StandardField("latin_name"),
        StandardField("phone"),
        StandardField("tier", coded=True),
        StandardField("home_office", coded=True),
        StandardField("joined_on"),
        StandardField("born_year"),
        StandardField("language", coded=True),
        StandardField("preference"),
        # a member must not come in with other points than the file says
        StandardField("points", refuses_row=True),
        StandardField("lots", refuses_row=True),
        StandardField("visits"),
    )
}


def converters(date_format: str, today: date) -> dict[str, Converter]:
    """A converter for each standard field; each raises BadCell."""
    return {
        "card_no": card_no,
        "name": name,
        "latin_name": latin_name,
        "phone": phone,
        "tier": code,
        "home_office": code,
        "joined_on": lambda cell: past_date(cell, date_format, today),
        "born_year": lambda cell: whole_number(cell, OLDEST.year, today.year),
        "language": language,
        "preference": lambda cell: text(cell, 120),
        "points": points,
        "lots": lots,
        "visits": lambda cell: whole_number(cell, 0, MAX_VISITS),
    }


def text(cell: str, longest: int) -> str:
    """One line of printable text."""
    if not cell.isprintable():
        cell = " ".join(cell.split())  # line breaks and wide blanks inside a cell
        if any(unicodedata.category(one) in _INVISIBLE for one in cell):
            raise BadCell(
                ProblemReason.CONTROL_CHARACTER,
                "The cell holds invisible control characters; clean it in the source.",
            )
    if "\ufffd" in cell:
        raise BadCell(
            ProblemReason.DAMAGED_TEXT,
            "Characters were lost in an earlier conversion; export again from the source.",
        )
    if cell[0] in "=@+-" and _FORMULA.match(cell):
        raise BadCell(
            ProblemReason.FORMULA,
            "The cell begins like a spreadsheet formula; export values, not formulas.",
        )
    if len(cell) > longest:
        raise BadCell(
            ProblemReason.TOO_LONG,
            f"The cell holds {len(cell)} characters, at most {longest} fit; shorten it, or check "
            "whether columns have shifted.",
        )
    return cell


def card_no(cell: str) -> str:
    """1 to 32 letters, digits and hyphens."""
    if cell[0] <= "9" and _SPREADSHEET.fullmatch(cell):
        raise BadCell(
            ProblemReason.SPREADSHEET_NUMBER,
            "A spreadsheet turned the card number into a decimal number and may have lost digits; "
            "export again with this column as text.",
        )
    if not _CARD.fullmatch(cell):
        raise BadCell(
            ProblemReason.BAD_CARD,
            "A card number has 1 to 32 letters, digits and hyphens; correct it in the source.",
        )
    return cell


def name(cell: str) -> str:
    """Text with a letter in it, rare private-use characters among them."""
    cell = text(cell, 64)
    if not cell[0].isalpha() and not any(
        one.isalpha() or unicodedata.category(one) == "Co" for one in cell
    ):
        raise BadCell(
            ProblemReason.NOT_A_NAME, "There is no letter in this name; check the column."
        )
    return cell


def latin_name(cell: str) -> str:
    """A name in Latin letters."""
    cell = name(cell)
    if not cell.isascii() and any(
        one.isalpha() and one >= "\u0250" and not "\u1e00" <= one < "\u1f00" for one in cell
    ):
        raise BadCell(ProblemReason.NOT_A_NAME, "This is not in Latin letters; check the column.")
    return cell


def phone(cell: str) -> str:
    """The digits of a phone number."""
    if cell.isascii() and cell.isdecimal() and 5 <= len(cell) <= 15:
        return cell
    if _SPREADSHEET.fullmatch(cell):
        raise BadCell(
            ProblemReason.SPREADSHEET_NUMBER,
            "A spreadsheet turned the phone number into a decimal; export the column as text.",
        )
    if not cell.isascii():
        cell = unicodedata.normalize("NFKC", cell)
    digits = cell.translate(_PHONE_PUNCTUATION)
    if not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 15):
        raise BadCell(
            ProblemReason.BAD_PHONE, "A phone number has 5 to 15 digits; correct it in the source."
        )
    return digits


def code(cell: str) -> str:
    """A tier's or an office's code."""
    if not _CODE.fullmatch(cell):
        raise BadCell(
            ProblemReason.BAD_CODE,
            "A code has up to 32 letters, digits, hyphens and underscores; map this value to "
            "one in the mapping file.",
        )
    return cell


def language(cell: str) -> str:
    """A language code such as zh_CN."""
    if not _LANGUAGE.fullmatch(cell):
        raise BadCell(
            ProblemReason.BAD_CODE,
            "A language is written like zh_CN or en; map this value to one in the mapping file.",
        )
    return cell


def whole_number(cell: str, least: int, most: int) -> int:
    """An integer; '31.0' is one too, as spreadsheets and data frames write it."""
    if cell.isdecimal() and len(cell) < 16:  # nearly all
        found_value = int(cell)
        if least <= found_value <= most:
            return found_value
    if not cell.isascii():
        cell = unicodedata.normalize("NFKC", cell)
    found = _WHOLE.fullmatch(cell)
    if found is None:
        if _FRACTION.fullmatch(cell):
            raise BadCell(ProblemReason.FRACTION, "This must be a whole number.")
        raise BadCell(
            ProblemReason.NOT_A_NUMBER,
            "This must be a whole number in plain digits, without separators, units or exponents.",
        )
    sign, digits = found.group(1), found.group(2)
    # measured before converting: a cell may hold a million digits
    if len(digits.lstrip("0")) > 19:
        raise BadCell(ProblemReason.TOO_LARGE, f"This is more than {most:,}; check the column.")
    value = -int(digits) if sign == "-" else int(digits)
    if value < 0 <= least:
        raise BadCell(ProblemReason.NEGATIVE, "This can't be below zero; settle it in the source.")
    if value > most:
        raise BadCell(ProblemReason.TOO_LARGE, f"This is more than {most:,}; check the column.")
    if value < least:
        raise BadCell(ProblemReason.OUT_OF_RANGE, f"This is less than {least:,}; check the column.")
    return value


def points(cell: str) -> int:
    """A balance, 0..2**53."""
    return whole_number(cell, 0, MAX_POINTS)


def age(cell: str) -> int:
    """Whole years, 0..120."""
    return whole_number(cell, 0, MAX_AGE)


def past_date(cell: str, date_format: str, today: date) -> date:
    """A date from 1900 to today."""
    found = a_date(cell, date_format)
    if not OLDEST <= found <= today:
        raise BadCell(
            ProblemReason.DATE_OUT_OF_RANGE,
            f"{found} is before {OLDEST} or after today; check the date and its format.",
        )
    return found


def a_date(cell: str, date_format: str) -> date:
    """Any date in the file's format."""
    try:
        if date_format == "%Y-%m-%d":
            return date.fromisoformat(cell)
        return datetime.strptime(cell, date_format).date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise BadCell(
            ProblemReason.BAD_DATE,
            f"This is no date of the form {date_format}; correct it, or the mapping's date_format.",
        ) from None


def lots(cell: str) -> tuple[tuple[int, date | None], ...]:
    """[[points, "2027-12-31"], [points, null]], points above 0."""
    try:
        read = _LOTS.decode(cell)
    except msgspec.MsgspecError:
        read = None
    if (
        read is None
        or len(read) > MAX_LOTS
        or not all(0 < amount <= MAX_POINTS for amount, _ in read)
        or sum(amount for amount, _ in read) > MAX_POINTS
    ):
        raise BadCell(
            ProblemReason.BAD_LOTS,
            'Lots are written [[points, "YYYY-MM-DD"], …] with whole points above 0.',
        )
    return tuple(read)
