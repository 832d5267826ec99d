"""Planted bugs about appeals: the first manager's answer stands, beside its visit, and is told."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from app.domain import events as e
from app.domain.records import AppealAnswer
from sync.server import appeals
from sync.server.work import Work
from tests.simulation.planting import Mutant, handler, on


def _last_manager_decides(stack: ExitStack) -> None:
    """Whoever comes second with an answer has the say."""

    def forgetful(real: Any, batch: Any, received: Any, event: Any) -> None:
        appeal = batch.appeals.known.get(event.appeal_id)
        if appeal is not None:
            appeal.state = "waiting"
        real(batch, received, event)

    handler(stack, e.AppealDecided, forgetful)


def _answer_kept_back(stack: ExitStack) -> None:
    """Counters aren't told what became of appeals."""

    def silent(real: Any, work: Any, kind: str, *rest: Any) -> None:
        if kind != AppealAnswer.KIND:
            real(work, kind, *rest)

    on(stack, Work, "put_record", silent)


def _upheld_and_counted(stack: ExitStack) -> None:
    """What became of an appeal doesn't reach the visit, so its rating counts on."""
    on(stack, appeals, "update_rows", lambda *_, **__: None)


APPEAL_MUTANTS: Final[dict[str, tuple[str, Mutant]]] = {
    "last manager decides": ("appeals", _last_manager_decides),
    "answer kept back": ("appeals", _answer_kept_back),
    "upheld and counted": ("appeals", _upheld_and_counted),
}
