"""The worst possible loss as a manager sees it, and counters that are given up."""

from __future__ import annotations

import threading
from typing import Final
from uuid import UUID

from app.domain.errors import Rejected, Unavailable
from app.domain.events import LeasesWrittenOff
from app.ports.online import ExposureVerdict
from app.ports.work import CaseAction, Work
from app.services.cases import duty_manager
from app.services.commands import AskExposure, WriteOffLeases
from app.services.context import Context, signed_in
from app.services.point_views import ExposureView

LIMIT_S: Final = 3.0
LONGEST_REASON: Final = 200


class Exposures:
    """Asks the server, and remembers its last answer while the program runs; on any thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._last: ExposureVerdict | None = None

    def ask(self, command: AskExposure) -> ExposureView:
        """Say what the server says, or what it said last."""
        duty_manager(self._context)
        verdict = self._context.online.exposure(limit_s=LIMIT_S)
        is_told = verdict.outcome == "told"
        with self._lock:
            last = self._last = verdict if is_told else self._last
        return self._view(last, is_fresh=is_told)

    def write_off(self, command: WriteOffLeases) -> ExposureView:
        """Record that a counter is given up; the server does it when it hears of it."""
        duty_manager(self._context)
        reason = " ".join(command.reason.split())
        if not reason:
            raise Rejected("empty_reason", "Write down why")
        if len(reason) > LONGEST_REASON:
            raise Rejected("note_too_long", "The reason is too long", limit=LONGEST_REASON)
        with self._lock:
            last = self._last
        counters = () if last is None else last.counters
        if all(counter.device_id != command.device_id for counter in counters):
            raise Rejected("unknown_device", "There is no such counter at this office")

        def unit(work: Work) -> None:
            session = signed_in(work)
            blob = work.make_blob(reason.encode())
            entry = work.append(LeasesWrittenOff(command.device_id, blob.commitment), blobs=(blob,))
            action = CaseAction(
                command.device_id, "written_off", work.now_ms(), session.staff_id, reason
            )
            work.add_case_action(action, entry)

        self._context.store.run(unit)
        return self._view(last, is_fresh=False)

    def _view(self, last: ExposureVerdict | None, *, is_fresh: bool) -> ExposureView:
        if last is None:
            raise Unavailable("unreachable", "The server hasn't said yet what could be lost")
        return ExposureView(
            counters=last.counters,
            programme_points=last.programme_points,
            one_member_points=last.one_member_points,
            owed_points=last.owed_points,
            at_ms=last.at_ms,
            given_up=_given_up(self._context),
            is_fresh=is_fresh,
        )


def _given_up(context: Context) -> frozenset[UUID]:
    actions = context.store.reads.case_actions()
    return frozenset(each.case_id for each in actions if each.action == "written_off")
