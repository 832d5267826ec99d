"""Versions of fields that people set at several desks, merged whatever came first.

Each version names those that its desk had seen, and stands in their place. What two desks said
without seeing each other stands side by side, and the later one counts, until somebody who sees
both says it again. Nothing is ever taken out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar
from uuid import UUID

MOST_SEEN: Final = 50
"""Versions that an entry may name."""
_LONGEST_CODE: Final = 40


class Version(Protocol):
    """What one entry said of one field."""

    @property
    def entry_id(self) -> UUID: ...

    @property
    def field(self) -> str: ...

    @property
    def at_ms(self) -> int: ...

    @property
    def saw(self) -> tuple[UUID, ...]: ...


V = TypeVar("V", bound=Version)


def merged(versions: tuple[V, ...], version: V) -> tuple[V, ...]:
    """Return them with one more, by time; one that is there already changes nothing."""
    if any(each.entry_id == version.entry_id for each in versions):
        return versions
    return tuple(sorted((*versions, version), key=_by_time))


def standing(versions: Iterable[V], field: str) -> tuple[V, ...]:
    """Return the versions of a field in whose place no other stands, the one that counts first."""
    of_field = [each for each in versions if each.field == field]
    replaced = {entry_id for each in of_field for entry_id in each.saw if entry_id != each.entry_id}
    left = [each for each in of_field if each.entry_id not in replaced]
    # Two can't have seen each other; where a broken program says so, neither is hidden
    return tuple(sorted(left or of_field, key=_by_time, reverse=True))


def is_code(value: object) -> bool:
    """Whether it is what a list of codes may hold: letters, digits and '_', 40 at most."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_CODE
        and value.isascii()
        and value.replace("_", "").isalnum()
    )


def _by_time(version: Version) -> tuple[int, bytes]:
    return version.at_ms, version.entry_id.bytes
