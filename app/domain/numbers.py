"""Whole numbers as settings hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def number_in(
    value: Mapping[str, Any], name: str, default: int, *, low: int = 0, high: int = 2**53
) -> int:
    """A whole number of a setting, the default where it is missing or makes no sense.

    >>> number_in({"days": 3}, "days", 14), number_in({"days": "3"}, "days", 14)
    (3, 14)
    """
    found = value.get(name, default)
    if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
        return default
    return found
