"""What the manager's desk shows: cases, what is to be settled, and the office's figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from uuid import UUID

from app.domain.errors import Unavailable
from app.domain.events import FiguresSaved
from app.domain.figure_rules import SETTING, FigureRules
from app.domain.member import masked_card, masked_name
from app.domain.office_time import local_day, local_stamp
from app.domain.records import Case, ExceptionItem
from app.ports.work import Work
from app.services import refunds
from app.services.adjustments import adjustments
from app.services.appeals import appeals
from app.services.cases import case_rules, duty_manager, shown_cases
from app.services.commands import AskFigures, SaveFigures
from app.services.context import Context, enrolled
from app.services.denying import denials
from app.services.listening import listening_view
from app.services.views import DeskView, FiguresView, ItemMember

if TYPE_CHECKING:  # what works figures out is loaded where they are asked for
    from app.domain.reports import Choice

FIGURES_LIMIT_S: Final = 10.0


def desk_view(context: Context, *, data_age_s: int | None) -> DeskView:
    """Give all that the desk shows at a glance.

    Raises:
        Rejected: not_manager.
    """
    duty_manager(context)
    members = context.members
    actions = context.store.reads.case_actions()
    settled = {action.case_id: action for action in actions if action.action == "settled"}

    def staff_name(staff_id: UUID) -> str:
        staff = members.staff(staff_id)
        return "" if staff is None else staff.name

    exceptions = [
        replace(
            item,
            state="settled",
            answer=settled[item.exception_id].text,
            settled_by=staff_name(settled[item.exception_id].staff_id),
        )
        if item.exception_id in settled
        else item
        for item in members.exceptions()
    ]
    identity = enrolled(context)
    today = local_day(context.clock.now_ms(), identity.time_zone).isoformat()
    return DeskView(
        cases=tuple(sorted(shown_cases(context, staff_name), key=_place_on_desk)),
        exceptions=tuple(sorted(exceptions, key=lambda item: item.received_ms)),
        figures=next(iter(members.figures(identity.office_code, today, today)), None),
        data_age_s=data_age_s,
        adjustments=tuple(adjustments(context)),
        adjustment_limit=refunds.points_rules(context).adjustment_limit,
        denials=tuple(denials(context)),
        members=_of_items(context, exceptions),
        rules=case_rules(context),
        appeals=tuple(appeals(context)),
        listening=listening_view(context),
    )


def figures_view(context: Context, choice: Choice, *, data_age_s: int | None) -> FiguresView:
    """Work out what the charts show of this office's days, as its replica knows them.

    Raises:
        Rejected: not_manager.
    """
    from app.domain.reports import choices, report

    duty_manager(context)
    code = enrolled(context).office_code
    days = context.members.figures(code, choice.first_day, choice.last_day)
    rules, recovery = _rules(context), context.members.recovery(code)
    return FiguresView(report(days, choice, rules), choices(days), rules, data_age_s, recovery)


def ask_figures(context: Context, command: AskFigures) -> FiguresView:
    """Work out the same of other offices' days, as the server tells them.

    Raises:
        Rejected: not_manager.
        Unavailable: unreachable.
    """
    from app.domain.reports import Choice, choices, report

    duty_manager(context)
    today = local_day(context.clock.now_ms(), enrolled(context).time_zone)
    choice = Choice.of_last(
        command.days,
        today,
        counters=command.counters,
        services=command.services,
        source=command.source,
    )
    told = context.online.days(
        command.office_code,
        first_day=choice.first_day,
        last_day=choice.last_day,
        limit_s=FIGURES_LIMIT_S,
    )
    if told.outcome != "told":
        raise Unavailable("unreachable", "Only the server knows other offices' figures")
    rules = _rules(context)
    found = report(told.days, choice, rules)
    return FiguresView(found, choices(told.days), rules, 0, office_codes=told.office_codes)


def save_figures(context: Context, command: SaveFigures) -> str:
    """Write down that figures are taken along, then write them into a file as they are shown.

    Returns:
        The file's whole path.

    Raises:
        Rejected: not_manager, export_exists.
        Unavailable: export_full, export_denied, export_failed.
        ValueError: they are of chosen staff.
    """
    from app.domain.report_csv import report_csv

    duty_manager(context)
    identity, view = enrolled(context), command.view
    choice = view.report.choice
    if choice.staff:
        raise ValueError("a clerk's figures are in no file")
    offices = view.office_codes or (identity.office_code,)
    form = "pdf" if command.pdf else "csv"
    code = offices[0] if len(offices) == 1 else ""
    event = FiguresSaved(form, code, choice.first_day, choice.last_day)

    def unit(work: Work) -> None:
        work.append(event)

    context.store.run(unit)
    name = f"figures {local_stamp(context.clock.now_ms(), identity.time_zone)}.{form}"
    if command.pdf:
        return context.exports.save_document(name, command.pdf)
    text = report_csv(view.report, view.rules, offices, view.recovery)
    return context.exports.save_text(name, text)


def _rules(context: Context) -> FigureRules:
    return FigureRules.from_setting(context.setting(SETTING)[0])


def _of_items(context: Context, items: Iterable[ExceptionItem]) -> dict[UUID, ItemMember]:
    ids = {item.member_id for item in items if item.state == "open" and item.member_id}
    found = (context.members.by_id(member_id) for member_id in ids)
    return {
        each.member_id: ItemMember(
            masked_name(each.name), masked_card(each.card_no), each.available_points
        )
        for each in found
        if each is not None
    }


def _place_on_desk(case: Case) -> tuple[bool, int]:
    """Sort open cases first, oldest on top, then closed ones, the last closed on top."""
    if case.state != "closed":
        return False, case.opened_ms
    return True, -(case.opened_ms if case.closed_ms is None else case.closed_ms)
