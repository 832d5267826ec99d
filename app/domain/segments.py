"""Which segment of the programme's members somebody belongs to, worked out from what is known.

A segment follows from fields that every replica holds, so counter and server come to the same one,
with the network or without, and nothing has to be assigned, carried or kept up:

    {"segments": [
        {"code": "young", "age": [0, 25]},
        {"code": "capital", "home_offices": ["PEK", "PKX"]},
        {"code": "loyal", "member_years": [10, null]}
    ]}

The first whose conditions all hold is the member's. What isn't known of them fulfils none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from app.domain.lean import dataclass

SETTING: Final = "segments"

_MOST: Final = 50
_OLDEST: Final = 200
_Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Known:
    """What of a member a segment may depend on.

    Attributes:
        home_office: its code, '' where it isn't known.
        born_on_year: four digits.
        joined_on: the day.
    """

    home_office: str = ""
    born_on_year: int | None = None
    joined_on: date | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; a condition that is None holds for everybody.

    Attributes:
        home_offices: codes.
        age: (youngest, oldest), by the year of birth alone.
        member_years: (fewest, most) whole years since joining.
    """

    code: str
    home_offices: frozenset[str] | None = None
    age: _Range | None = None
    member_years: _Range | None = None

    def holds(self, member: Known, day: date) -> bool:
        """Whether a member is in it on a day, if in none before it."""
        if self.home_offices is not None and member.home_office not in self.home_offices:
            return False
        if self.age is not None and not _within(self.age, _age(member, day)):
            return False
        return self.member_years is None or _within(self.member_years, _years(member, day))


@dataclass(frozen=True, slots=True)
class Segments:
    """A programme's segments, in the order in which they are tried."""

    segments: tuple[Segment, ...] = ()

    @classmethod
    def from_setting(cls, value: Mapping[str, Any] | None) -> Segments:
        """What the setting says; nothing: nobody is in any.

        Raises:
            ValueError: which says what is wrong.
        """
        if value is None:
            return cls()
        listed = value.get("segments", [])
        if value.keys() - {"segments"} or not isinstance(listed, list) or len(listed) > _MOST:
            raise ValueError(f"segments: a list 'segments' of at most {_MOST}, and nothing else")
        segments = tuple(_segment(each) for each in listed)
        if len({segment.code for segment in segments}) != len(segments):
            raise ValueError("segments: each code stands once")
        return cls(segments)

    def of(self, member: Known, day: str) -> str:
        """The code of a member's segment on an ISO date, '' for none.

        >>> young = Segments((Segment("young", age=(0, 25)),))
        >>> young.of(Known(born_on_year=2003), "2026-11-29")
        'young'
        >>> young.of(Known(), "2026-11-29")
        ''
        """
        on = date.fromisoformat(day)
        return next((s.code for s in self.segments if s.holds(member, on)), "")


def _within(bounds: _Range, found: int | None) -> bool:
    return found is not None and bounds[0] <= found <= bounds[1]


def _age(member: Known, day: date) -> int | None:
    return None if member.born_on_year is None else day.year - member.born_on_year


def _years(member: Known, day: date) -> int | None:
    joined = member.joined_on
    if joined is None:
        return None
    return day.year - joined.year - ((day.month, day.day) < (joined.month, joined.day))


def _segment(value: Any) -> Segment:
    if not isinstance(value, Mapping):
        raise ValueError("segments: each is an object with a 'code'")
    if unknown := sorted(value.keys() - {"code", "home_offices", "age", "member_years"}):
        raise ValueError(f"segments: nothing is known of {', '.join(unknown)}")
    code = value.get("code")
    if not isinstance(code, str) or not 1 <= len(code) <= 40:
        raise ValueError("segments: a code has 1 to 40 characters")
    offices = value.get("home_offices")
    if offices is not None and not (
        isinstance(offices, list) and all(isinstance(each, str) for each in offices)
    ):
        raise ValueError(f"segments: {code}: 'home_offices' are a list of offices' codes")
    return Segment(
        code,
        None if offices is None else frozenset(offices),
        _range(value, "age", code),
        _range(value, "member_years", code),
    )


def _range(value: Mapping[str, Any], name: str, code: str) -> _Range | None:
    found = value.get(name)
    if found is None:
        return None
    if isinstance(found, list) and len(found) == 2:
        low, high = found[0], _OLDEST if found[1] is None else found[1]
        if type(low) is int and type(high) is int and 0 <= low <= high <= _OLDEST:
            return low, high
    raise ValueError(
        f"segments: {code}: {name!r} is [from, to] in years, to null where there is no end"
    )
