"""Planted bugs about managers' approvals; see mutants.py."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

from app.services import redemptions
from app.services.approvals import Approvals
from sync.server import approving, pools
from tests.simulation.planting import Mutant, on


def _approval_reused(stack: ExitStack) -> None:
    """The server sees that there is a proof, and not what it is for."""
    on(stack, approving, "is_code", lambda *_: True)
    on(stack, approving, "_is_signed", lambda *_: True)


def _nobody_is_asked(stack: ExitStack) -> None:
    """Neither end knows from which points on a manager has to agree."""

    def by_itself(real: Any, *args: Any, **options: Any) -> Any:
        return replace(real(*args, **options), needs_approval=False)

    on(stack, redemptions, "without_server", by_itself)
    on(stack, pools, "check_approval", lambda *_: None)


def _agreed_before_the_commit(stack: ExitStack) -> None:
    """The desk answers what it has not written down, and never does."""
    on(stack, Approvals, "_record", lambda *_: None)


APPROVAL_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "approval reused": ("approvals", _approval_reused),
    "nobody is asked": ("approvals", _nobody_is_asked),
    "agreed before the commit": ("approvals", _agreed_before_the_commit),
}
