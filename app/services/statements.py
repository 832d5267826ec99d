"""A member's statement at a seat: the server's, or what this seat knows without it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain.errors import Rejected, Unavailable
from app.domain.office_time import local_day, local_stamp, local_time
from app.domain.slips import StatementSlip
from app.domain.statement import as_csv, statement_sheet
from app.ports.online import SavedAs, StatementVerdict
from app.ports.work import Work, WorkReads
from app.services.cases import duty_manager
from app.services.commands import (
    AskStatement,
    AskStatementOf,
    PrintStatement,
    SaveStatement,
    SaveStatementOf,
)
from app.services.context import Context, clerk, enrolled, served_member, server_member, signed_in
from app.services.point_views import StatementPending, StatementView
from app.services.receipts import add_statement_slip, around_of

LIMIT_S: Final = 3.0


def ask_statement(context: Context, command: AskStatement | AskStatementOf) -> StatementView:
    """Ask the server where it answers; else say what is known here, and since when.

    Raises:
        Rejected: no_encounter, no_member, not_manager, not_signed_in, unknown_staff.
    """
    reads = context.store.reads
    member_id = _whose(context, command)
    first_day = _first_day(context, command.days)
    verdict = _asked(context, member_id, first_day)
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


def save_statement(context: Context, command: SaveStatement | SaveStatementOf) -> str:
    """Ask the server once more, which writes down who takes it along; write that into a file.

    Returns:
        The file's whole path.

    Raises:
        Rejected, Unavailable: as SaveStatement says.
    """
    reads, member_id = context.store.reads, _whose(context, command)
    first_day = _first_day(context, command.days)
    verdict = _asked(context, member_id, first_day, command.form)
    if verdict.code == "busy":
        raise Rejected("statement_busy", "Too many were asked for here")
    match verdict.outcome:
        case "unreachable":
            raise Unavailable("statement_needs_server", "The server has to write down who took it")
        case "refused":
            raise Rejected("statement_refused", "The server doesn't give this statement out")
        case "none":
            raise Rejected("unknown_member", "The server doesn't know this member")
    now_ms = context.clock.now_ms()
    name = f"statement {local_stamp(now_ms, enrolled(context).time_zone)}.{command.form}"
    if command.form == "csv":
        return context.exports.save_text(name, as_csv(verdict.lines))
    sheet = statement_sheet(
        around_of(
            context,
            member_id,
            context.receipt_language,
            at_ms=now_ms,
            clerk_number=clerk(context, reads).number,
        ),
        first_day=first_day,
        as_of=_day_and_time(context, verdict.at_ms),
        opening_points=verdict.opening_points,
        lines=verdict.lines,
        lots=verdict.lots,
    )
    return context.exports.save_sheet(name, sheet)


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


def _whose(
    context: Context, command: AskStatement | AskStatementOf | SaveStatement | SaveStatementOf
) -> UUID:
    """The member: the served one, or whom a duty manager names."""
    if isinstance(command, AskStatementOf | SaveStatementOf):
        duty_manager(context)
        return command.member_id
    _, member_id = served_member(context.store.reads, command.encounter_id)
    return member_id


def _first_day(context: Context, days: int) -> str:
    """The ISO date so many days back; '' for 0, all that there is."""
    today = local_day(context.clock.now_ms(), enrolled(context).time_zone)
    return (today - timedelta(days=days)).isoformat() if days else ""


def _asked(
    context: Context, member_id: UUID, first_day: str, saved_as: SavedAs = ""
) -> StatementVerdict:
    reads = context.store.reads
    if not reads.link_state().online:
        return StatementVerdict("unreachable")
    return context.online.statement(
        member_id,
        first_day=first_day,
        staff_id=clerk(context, reads).staff_id,
        session_id=signed_in(reads).session_id,
        limit_s=LIMIT_S,
        saved_as=saved_as,
    )


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
