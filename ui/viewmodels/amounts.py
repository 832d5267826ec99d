"""Amounts of money as clerks type them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

MAX_AMOUNT_MINOR: Final = 10**11


def parse_amount(text: str) -> int | None:
    """Return an amount of money in minor units, None if it isn't one.

    >>> parse_amount("1,280.50"), parse_amount("0"), parse_amount("12.345")
    (128050, None, None)
    """
    try:
        amount = Decimal(text.replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None
    if not amount.is_finite():
        return None
    minor = amount * 100
    if minor != minor.to_integral_value() or not 0 < minor <= MAX_AMOUNT_MINOR:
        return None
    return int(minor)
