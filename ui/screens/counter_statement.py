"""The words and rows of a member's statement; no state, no widgets."""

from __future__ import annotations

from collections.abc import Iterator

from app.services.point_views import StatementView
from ui.qt.language import translate
from ui.screens import look
from ui.viewmodels import wording
from ui.viewmodels.points_words import BOOKINGS
from ui.viewmodels.sentences import LINE_KINDS

_ICONS = {"accrual": "circle-plus", "redemption": "gift", "refund": "undo-2"}


def note(view: StatementView | None) -> str:
    """Return whose word it is, and what the keys do."""
    if view is None:
        return said_by(view)
    spans = translate("Statement", "M month · Y year · A all · ↑ ↓ scroll")
    takes = translate("Statement", "P prints · D saves a PDF · C saves a CSV")
    return f"{said_by(view)}\n{spans}\n{takes}"


def said_by(view: StatementView | None) -> str:
    """Return whose word it is, and how old."""
    if view is None:
        return translate("Statement", "The central office is being asked …")
    when = "–" if view.at_ms is None else wording.moment(view.at_ms)
    if view.is_from_server:
        words = translate("Statement", "By the central office, {time}")
    else:
        words = translate(
            "Statement",
            "The central office doesn't answer. The balance is as this PC knew it, {time};"
            " what was booked is shown when it is back.",
        )
    return words.format(time=when)


def entries(view: StatementView) -> list[look.Entry]:
    """Return what is held, what is on its way and what was booked, newest first."""
    return [*_balance(view), *_pending(view), *_lots(view), *_set_aside(view), *_lines(view)]


def _balance(view: StatementView) -> Iterator[look.Entry]:
    owed = translate("Statement", "Owed; what is earned next pays it")
    yield look.Entry(
        "balance",
        "coins",
        translate("Statement", "Balance"),
        detail=owed if view.owed_points else "",
        points=wording.number(view.closing_points),
    )


def _pending(view: StatementView) -> Iterator[look.Entry]:
    heading = translate("Statement", "Done here, not booked yet")
    for n, line in enumerate(view.pending):
        yield look.Entry(
            f"pending {n}",
            _ICONS.get(line.kind, "inbox"),
            translate("Lines", LINE_KINDS[line.kind]),
            detail=wording.dated(line.text),
            points=wording.signed(line.points),
            heading="" if n else heading,
        )


def _lots(view: StatementView) -> Iterator[look.Entry]:
    heading = translate("Statement", "By expiry")
    for n, (points, day) in enumerate(view.lots):
        until = translate("Statement", "Until {day}")
        yield look.Entry(
            f"lot {n}",
            "calendar-clock",
            translate("Statement", "Without expiry")
            if day is None
            else until.format(day=wording.day(day)),
            points=wording.number(points),
            heading="" if n else heading,
        )


def _set_aside(view: StatementView) -> Iterator[look.Entry]:
    heading = translate("Statement", "Of these set aside for counters")
    for n, held in enumerate(view.set_aside):
        yield look.Entry(
            f"aside {n}",
            "lock",
            f"{held.office_code} {held.counter_label}",
            detail=wording.moment(held.since_ms),
            points=wording.number(held.points),
            heading="" if n else heading,
        )


def _lines(view: StatementView) -> Iterator[look.Entry]:
    heading = translate("Statement", "Booked")
    for n, line in enumerate(reversed(view.lines)):
        kind = translate("Statement", BOOKINGS.get(line.kind, BOOKINGS["other"]))
        what = wording.dated(line.what)
        about = (wording.day(line.booked_on), line.office_code)
        balance = translate("Statement", "balance {points}")
        yield look.Entry(
            f"line {n}",
            _ICONS.get(line.kind, "clipboard-list"),
            f"{kind} · {what}" if what else kind,
            detail=" · ".join(part for part in about if part),
            points=wording.signed(line.points),
            state=balance.format(points=wording.number(line.balance)),
            heading="" if n else heading,
        )
