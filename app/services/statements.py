"""A member's statement at the counter: the server's, or what this counter knows without it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain.office_time import local_day, local_time
from app.domain.slips import StatementSlip
from app.ports.online import StatementVerdict
from app.ports.work import Work, WorkReads
from app.services.commands import AskStatement, PrintStatement
from app.services.context import Context, clerk, enrolled, served_member, server_member, signed_in
from app.services.point_views import StatementPending, StatementView
from app.services.receipts import add_statement_slip

LIMIT_S: Final = 3.0


def ask_statement(context: Context, command: AskStatement) -> StatementView:
    """Ask the server where it answers; else say what is known here, and since when.

    Raises:
        Rejected: no_encounter, no_member, not_signed_in, unknown_staff.
    """
    reads = context.store.reads
    _, member_id = served_member(reads, command.encounter_id)
    today = local_day(context.clock.now_ms(), enrolled(context).time_zone)
    first_day = (today - timedelta(days=command.days)).isoformat() if command.days else ""
    verdict = StatementVerdict("unreachable")
    if reads.link_state().online:
        verdict = context.online.statement(
            member_id,
            first_day=first_day,
            staff_id=clerk(context, reads).staff_id,
            session_id=signed_in(reads).session_id,
            limit_s=LIMIT_S,
        )
    pending = _pending(reads, member_id)
    if verdict.outcome != "told":
        return _known_here(context, member_id, first_day, pending)
    return StatementView(
        first_day=first_day,
        is_from_server=True,
        at_ms=verdict.at_ms,
        opening_points=verdict.opening_points,
        lines=verdict.lines,
        closing_points=verdict.closing_points,
        owed_points=verdict.owed_points,
        lots=verdict.lots,
        set_aside=verdict.set_aside,
        pending=pending,
    )


def print_statement(context: Context, command: PrintStatement) -> None:
    """Let it come out; what it says is kept as it is shown."""

    def unit(work: Work) -> None:
        signed_in(work)
        row, _ = served_member(work, command.encounter_id)
        view = command.view
        lines = tuple((line.booked_on, line.kind, line.points) for line in view.lines)
        at = "" if view.at_ms is None else _day_and_time(context, view.at_ms)
        slip = StatementSlip(
            view.first_day, at, view.is_from_server, view.closing_points, lines, view.lots
        )
        add_statement_slip(context, work, row, slip)

    context.store.run(unit)


def _day_and_time(context: Context, at_ms: int) -> str:
    return local_time(at_ms, enrolled(context).time_zone)


def _pending(reads: WorkReads, member_id: UUID) -> tuple[StatementPending, ...]:
    return tuple(
        StatementPending(line.kind, line.text, line.points)
        for line in reads.unsent_lines(member_id)
        if line.points
    )


def _known_here(
    context: Context, member_id: UUID, first_day: str, pending: tuple[StatementPending, ...]
) -> StatementView:
    reads = context.store.reads
    member = server_member(context, reads, member_id)
    points = 0 if member is None else member.posted_points
    expiring = None if member is None else member.next_expiry_on
    return StatementView(
        first_day=first_day,
        is_from_server=False,
        at_ms=reads.link_state().last_pull_ms,
        opening_points=points,
        lines=(),
        closing_points=points,
        owed_points=max(0, -points),
        lots=()
        if member is None or expiring is None
        else ((member.next_expiry_points, expiring.isoformat()),),
        set_aside=(),
        pending=pending,
    )
