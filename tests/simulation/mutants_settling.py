"""Planted bugs about what managers settle, and vouchers against refunds; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from app.domain.errors import Rejected
from sync.server import vouchers
from sync.server.handlers import refunds
from tests.simulation.planting import Mutant, on


def _refund_what_was_handed_over(stack: ExitStack) -> None:
    """Points come back although the reward was handed over for its voucher."""
    on(stack, refunds, "is_used", lambda *_: False)


def _voucher_of_what_was_given_back(stack: ExitStack) -> None:
    """A voucher is taken although its points were given back."""

    def lenient(real: Any, *args: Any, **options: Any) -> None:
        try:
            real(*args, **options)
        except Rejected as refusal:
            if refusal.code != "voucher_refunded":
                raise

    on(stack, vouchers, "check", lenient)


SETTLING_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "refund what was handed over": ("I11", _refund_what_was_handed_over),
    "voucher of what was given back": ("I11", _voucher_of_what_was_given_back),
}
