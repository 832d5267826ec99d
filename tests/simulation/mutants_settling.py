"""Planted bugs about what managers settle, and vouchers against refunds; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, Final

from app.domain import events as e
from app.domain.errors import Rejected
from app.domain.settling import Answer, Effect, answers_to
from sync.server import vouchers
from sync.server.handlers import points, refunds, settling
from sync.server.work import Work
from tests.simulation.planting import Mutant, handler, on


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


def _answered_each_time(stack: ExitStack) -> None:
    """What one manager has answered another answers again."""

    def again(real: Any, batch: Any, received: Any, event: Any) -> None:
        row = batch.exceptions.get(event.exception_id)
        if row is not None:
            values = {**row._mapping, "state": "open"}
            batch.exceptions[event.exception_id] = SimpleNamespace(**values)
        real(batch, received, event)

    handler(stack, e.ExceptionSettled, again)


def _claim_unbooked(stack: ExitStack) -> None:
    """A claim is settled, and nobody's points are taken."""

    def forgetful(real: Any, work: Any, *args: Any, **options: Any) -> Any:
        if options["kind"] == settling.CLAIM_BACK:
            return work.new_id()
        return real(work, *args, **options)

    on(stack, Work, "post", forgetful)


def _written_off_on_the_member(stack: ExitStack) -> None:
    """What the programme was to bear is taken from the member, as if it were claimed back."""

    def claimed(real: Any, batch: Any, answered: Any, row: Any, *rest: Any) -> Any:
        *event, answer = rest
        offered = answers_to(row.entry_type, row.code, has_member=row.member_id is not None)
        is_turned = answer is Answer.WRITE_OFF and Answer.CLAIM_BACK in offered
        return real(batch, answered, row, *event, Answer.CLAIM_BACK if is_turned else answer)

    on(stack, points, "effect_of", lambda *_, **__: Effect())
    on(stack, settling, "_settle_voucher", claimed)


SETTLING_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "refund what was handed over": ("I11", _refund_what_was_handed_over),
    "voucher of what was given back": ("I11", _voucher_of_what_was_given_back),
    "answered each time": ("I1", _answered_each_time),
    "claim unbooked": ("answers", _claim_unbooked),
    "written off on the member": ("answers", _written_off_on_the_member),
}
