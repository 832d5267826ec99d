"""The words and rows of a clerk's own weeks; no state, no widgets."""

from __future__ import annotations

from app.domain.own_figures import STEP_PERCENT, OwnWeek
from app.services.figure_views import OwnWeeksView
from ui.qt.language import translate
from ui.screens import look
from ui.viewmodels import wording


def note(view: OwnWeeksView | None) -> str:
    """Return what the weeks are, and what of them isn't told."""
    if view is None:
        return translate("OwnWeeks", "The central office is being asked …")
    return translate(
        "OwnWeeks",
        "Whole weeks that have been over for a week, of {n} customers or more, in steps of 5 %: no"
        " customer's own rating can be read from them.",
    ).format(n=wording.number(view.least_n))


def entries(view: OwnWeeksView) -> list[look.Entry]:
    """Return the weeks, the latest first; the unrated share stands in each beside the good one."""
    return [_entry(week, view.least_n) for week in view.weeks]


def _entry(week: OwnWeek, least_n: int) -> look.Entry:
    ratings = translate("OwnWeeks", "n = {n} ratings").format(n=wording.number(week.ratings))
    good = translate("OwnWeeks", "Good: {share}").format(share=_share(week.good_percent))
    unrated = translate("OwnWeeks", "Without a rating: {share} of {n} visits").format(
        share=_share(week.unrated_percent), n=wording.number(week.visits)
    )
    few = translate("OwnWeeks", "fewer than {n}").format(n=wording.number(least_n))
    return look.Entry(
        week.first_day,
        "calendar-clock",
        translate("OwnWeeks", "Week of {day}").format(day=wording.day(week.first_day)),
        detail=unrated,
        points=good,
        state=few if week.good_percent is None else ratings,
    )


def _share(percent: int | None) -> str:
    if percent is None:
        return "–"
    if percent == STEP_PERCENT:
        return translate("OwnWeeks", "5 % or less")
    if percent == 100 - STEP_PERCENT:
        return translate("OwnWeeks", "95 % or more")
    return f"{percent} %"
