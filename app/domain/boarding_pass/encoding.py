"""Writing boarding passes, for demonstrations and tests."""

from __future__ import annotations

from app.domain.boarding_pass.fields import (
    CONDITIONAL_REPEATED,
    CONDITIONAL_UNIQUE,
    MANDATORY_REPEATED,
    MANDATORY_UNIQUE,
    MAX_LEGS,
    MAX_VARIABLE_SIZE,
    SECURITY_MARK,
    VERSION_MARK,
    Field,
)
from app.domain.boarding_pass.records import BoardingPass, Leg


def encode(boarding_pass: BoardingPass) -> str:
    """The text that a barcode of this pass holds.

    Args:
        boarding_pass: `blanks_restored` is ignored.

    Returns:
        ASCII, which `parse` reads back to an equal pass.

    Raises:
        ValueError: a field doesn't fit the standard: too long, wrong characters, no or too many
            legs, or optional fields without a version to carry them.
    """
    if not 1 <= len(boarding_pass.legs) <= MAX_LEGS:
        raise ValueError(f"a pass has 1 to {MAX_LEGS} legs, not {len(boarding_pass.legs)}")
    text = _row(
        MANDATORY_UNIQUE,
        {
            "format_code": "M",
            "leg_count": str(len(boarding_pass.legs)),
            "passenger_name": boarding_pass.passenger_name,
            "e_ticket": "E" if boarding_pass.e_ticket else "",
        },
    )
    for index, leg in enumerate(boarding_pass.legs):
        variable = _variable_part(boarding_pass, leg, first=index == 0)
        values = {
            field.name: getattr(leg, field.name)
            for field in MANDATORY_REPEATED
            if field.name != "flight_date"
        }
        values["flight_date"] = f"{leg.flight_date.timetuple().tm_yday:03}"
        text += _row(MANDATORY_REPEATED, values) + _sized(variable)
    if boarding_pass.security is not None:
        security = boarding_pass.security
        if len(security.type) != 1 or security.size != len(security.data):
            raise ValueError("security data needs a type of one character and its true size")
        text += SECURITY_MARK + security.type + _sized(security.data)
    if not (text.isascii() and text.isprintable()):
        raise ValueError("a pass is printable ASCII")
    return text


def _variable_part(boarding_pass: BoardingPass, leg: Leg, *, first: bool) -> str:
    unique = _optional_row(CONDITIONAL_UNIQUE, _unique_values(boarding_pass))
    repeated = _optional_row(
        CONDITIONAL_REPEATED, {f.name: getattr(leg, f.name) for f in CONDITIONAL_REPEATED}
    )
    if boarding_pass.version is None:
        if unique or repeated or leg.airline_use.startswith(VERSION_MARK):
            raise ValueError("optional fields need a version")
        return leg.airline_use
    if len(boarding_pass.version) != 1:
        raise ValueError("a version is one character")
    head = VERSION_MARK + boarding_pass.version + _sized(unique) if first else ""
    if not (head or repeated or leg.airline_use):
        return ""
    return head + _sized(repeated) + leg.airline_use


def _unique_values(boarding_pass: BoardingPass) -> dict[str, str]:
    issued = boarding_pass.issue_date
    tags = (*boarding_pass.bag_tags, "", "", "")
    if len(boarding_pass.bag_tags) > 3:
        raise ValueError("a pass has room for 3 baggage tags")
    return {
        "passenger_description": boarding_pass.passenger_description,
        "check_in_source": boarding_pass.check_in_source,
        "issuance_source": boarding_pass.issuance_source,
        "issue_date": f"{issued.year % 10}{issued.timetuple().tm_yday:03}" if issued else "",
        "document_type": boarding_pass.document_type,
        "issuer": boarding_pass.issuer,
        "bag_tag": tags[0],
        "bag_tag_2": tags[1],
        "bag_tag_3": tags[2],
    }


def _row(table: tuple[Field, ...], values: dict[str, str]) -> str:
    return "".join(_written(field, values[field.name]) for field in table)


def _optional_row(table: tuple[Field, ...], values: dict[str, str]) -> str:
    """The row up to its last field that holds something."""
    used = [index for index, field in enumerate(table) if values[field.name]]
    return _row(table[: used[-1] + 1], values) if used else ""


def _written(field: Field, value: str) -> str:
    raw = field.kind.write(value, field.size)
    if len(raw) != field.size or not field.kind.matches(raw) or (field.required and not value):
        raise ValueError(f"{field.name}: {value!r} is not {field.kind.meaning} of {field.size}")
    return raw


def _sized(part: str) -> str:
    if len(part) > MAX_VARIABLE_SIZE:
        raise ValueError(f"a part of a pass holds {MAX_VARIABLE_SIZE} characters, not {len(part)}")
    return f"{len(part):02X}{part}"
