"""A clerk's own weeks, as the server tells them: a counter holds nobody's figures."""

from __future__ import annotations

from typing import Final

from app.domain.errors import Unavailable
from app.services.commands import AskOwnWeeks
from app.services.context import Context, clerk, signed_in
from app.services.figure_views import OwnWeeksView

LIMIT_S: Final = 3.0


def ask_own_weeks(context: Context, command: AskOwnWeeks) -> OwnWeeksView:
    """Ask for whoever is signed in.

    Raises:
        Rejected: not_signed_in, unknown_staff.
        Unavailable: own_weeks_need_server.
    """
    reads = context.store.reads
    staff_id, session_id = clerk(context, reads).staff_id, signed_in(reads).session_id
    if reads.link_state().online:
        verdict = context.online.own_weeks(
            staff_id=staff_id, session_id=session_id, limit_s=LIMIT_S
        )
        if verdict.outcome == "told":
            return OwnWeeksView(verdict.weeks, verdict.least_n, verdict.at_ms)
    raise Unavailable("own_weeks_need_server", "Only the server knows a clerk's weeks")
