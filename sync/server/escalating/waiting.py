"""Which low ratings still wait for somebody, and which routes have to be told by now.

What is to be sent is written down before it is sent, so that a server that dies in between sends it
after all; the receiver can tell a second copy by its id. How long a case has waited is counted by
this machine's steady clock from when the server first saw it: no clock that somebody sets back
keeps a manager from being called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.case import Step
from app.domain.events import LOW_SCORES
from app.domain.office_time import at_office
from sync.server.escalating.hours import is_on_duty
from sync.server.escalating.messages import LowRating
from sync.server.escalating.routes import Route, routes
from sync.server.own_steps import StandIn, locked_cases, take_step
from sync.server.store import tables as t
from sync.server.store.bulk import update_rows
from sync.server.work import Work

OLDEST_MS: Final = 12 * 3_600_000
"""What came in so long ago is a matter for the case list, and wakes nobody up any more."""
_AGAIN_S: Final = (5, 15, 60, 300, 900, 3600)


@dataclass(frozen=True, slots=True)
class Due:
    """One message that is to go out now."""

    route: Route
    low: LowRating


class Waiting:
    """What one leading process knows of one programme."""

    def __init__(self, programme_id: UUID, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._programme_id = programme_id
        self._clock_s = clock_s
        self._since_s: dict[UUID, float] = {}

    def find(self, connection: Connection, now_ms: int) -> list[Due]:
        """What is due now, whether it was tried before or not."""
        ways = routes(connection, self._programme_id)
        open_ones = {row.case_id: row for row in _open(connection, self._programme_id, now_ms)}
        self._note(open_ones.values(), now_ms)
        if not ways or not open_ones:
            return []
        sent = _sent(connection, self._programme_id, open_ones)
        now_s = self._clock_s()
        return [
            Due(route, _low(row))
            for case_id, row in open_ones.items()
            for route in ways
            if route.office_id in (None, row.office_id)
            and now_s - self._since_s[case_id] >= route.after_s
            and is_on_duty(route.hours, at_office(now_ms, row.time_zone))
            and _is_due(sent.get((case_id, route.route_id)), now_ms)
        ]

    def _note(self, rows: Iterable[Any], now_ms: int) -> None:
        now_s, since_s = self._clock_s(), {}
        for row in rows:
            aged_s = max(0, now_ms - row.rang_ms) / 1000  # by whoever led before
            since_s[row.case_id] = self._since_s.get(row.case_id, now_s - aged_s)
        self._since_s = since_s


def claim(work: Work, due: Iterable[Due]) -> None:
    """Write down that these are being sent, before they are."""
    work.replace_rows(
        t.alarm_sent,
        [
            (each.low.case_id, each.route.route_id, tries, _next_ms(work.now_ms, tries), None, "")
            for each in due
            for tries in (_tries(work, each) + 1,)
        ],
    )


def settle(work: Work, outcomes: Iterable[tuple[Due, str]]) -> None:
    """Write down how it went: '' for well, which the case says then, else what was wrong."""
    outcomes = list(outcomes)
    update_rows(
        work.connection,
        t.alarm_sent,
        ("case_id", "route_id"),
        ("done_ms", "problem"),
        [
            (due.low.case_id, due.route.route_id, None if problem else work.now_ms, problem)
            for due, problem in outcomes
        ],
        programme_id=work.programme_id,
    )
    _say_so(work, [due for due, problem in outcomes if not problem])


def _say_so(work: Work, told: Sequence[Due]) -> None:
    """Leave a step in each case: one for each way, whoever leads and however often it was tried."""
    cases = locked_cases(work, {due.low.case_id for due in told})
    known = {row.event_id for row in work.find(t.case_step, "case_id", cases)}
    for due in told:
        low, route = due.low, due.route
        event_id = uuid5(low.case_id, str(route.route_id))
        if event_id in known or low.case_id not in cases:
            continue
        case, step = cases[low.case_id], Step("passed_on", work.now_ms, route.label)
        by = StandIn("route", route.route_id, case.office_id, low.office_code, low.time_zone)
        take_step(work, case, step, by, event_id=event_id)


def _open(connection: Connection, programme_id: UUID, now_ms: int) -> list[Any]:
    case, office, detail = t.service_case, t.office, t.rating_detail
    of_case = ("case_id", "office_id", "counter_label", "opened_ms", "rang_ms")
    of_office = ("code", "name", "time_zone")
    return list(
        connection.execute(
            sa.select(
                *(case.c[name] for name in of_case),
                *(office.c[name] for name in of_office),
                detail.c.call,
            )
            .select_from(
                case.join(
                    office,
                    (office.c.programme_id == case.c.programme_id)
                    & (office.c.office_id == case.c.office_id),
                ).outerjoin(
                    detail,
                    (detail.c.programme_id == case.c.programme_id)
                    & (detail.c.rating_id == case.c.case_id),
                )
            )
            .where(
                case.c.programme_id == programme_id,
                case.c.origin == "rating",
                t.UNTAKEN,
                case.c.score.in_(LOW_SCORES),
                case.c.rang_ms > now_ms - OLDEST_MS,
            )
            .order_by(case.c.rang_ms, case.c.case_id)
        )
    )


def _sent(
    connection: Connection, programme_id: UUID, case_ids: Iterable[UUID]
) -> dict[tuple[UUID, UUID], Any]:
    sent = t.alarm_sent
    rows = connection.execute(
        sa.select(sent).where(
            sent.c.programme_id == programme_id, sent.c.case_id.in_(list(case_ids))
        )
    )
    return {(row.case_id, row.route_id): row for row in rows}


def _is_due(sent: Any, now_ms: int) -> bool:
    return sent is None or (sent.done_ms is None and sent.next_ms <= now_ms)


def _tries(work: Work, due: Due) -> int:
    rows = work.find(t.alarm_sent, "case_id", [due.low.case_id])
    return next((row.tries for row in rows if row.route_id == due.route.route_id), 0)


def _next_ms(now_ms: int, tries: int) -> int:
    return now_ms + _AGAIN_S[min(tries, len(_AGAIN_S)) - 1] * 1000


def _low(row: Any) -> LowRating:
    return LowRating(
        row.case_id,
        row.code,
        row.name,
        row.time_zone,
        row.counter_label,
        row.opened_ms,
        row.call or "",
    )
