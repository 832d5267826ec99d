"""The counter's page of the clerk's own rated visits: when, what was done, and the appeal."""

from __future__ import annotations

from app.services.views import OwnVisit
from ui.qt.language import translate
from ui.viewmodels import wording
from ui.viewmodels.appeal_words import APPEAL_STATES
from ui.viewmodels.appealing import AppealingViewModel
from ui.viewmodels.sentences import LINE_KINDS


def choices(appealing: AppealingViewModel) -> list[tuple[str, str, str]]:
    """Return (digit, what it was, what became of an appeal) of each, and the way to others."""
    rows = [
        (str(n), _words(visit), translate("Appeals", APPEAL_STATES[visit.appeal]))
        if visit.appeal is not None
        else (str(n), _words(visit), "")
        for n, visit in enumerate(appealing.shown, 1)
    ]
    if len(appealing.visits) > len(appealing.shown):
        on = (
            translate("Appeals", "Older ones")
            if appealing.has_older
            else translate("Appeals", "The newest")
        )
        rows.append(("0", on, ""))
    return rows


def menu() -> tuple[str, str]:
    """Return what leads here; a small screen has no room for a word under it."""
    return translate("Appeals", "My rated visits, appeals"), ""


def title(appealing: AppealingViewModel) -> tuple[str, str]:
    """Return the page's title and the note under it."""
    if appealing.visit is not None:
        return translate("Appeals", "Appeal"), _words(appealing.visit)
    note = (
        translate("Appeals", "Rated in the last 7 days. A digit appeals; how isn't shown to staff.")
        if appealing.visits
        else translate("Appeals", "None of your visits here was rated in the last 7 days.")
    )
    return translate("Appeals", "My rated visits"), note


def _words(visit: OwnVisit) -> str:
    kinds = [translate("Lines", LINE_KINDS[kind]) for kind in visit.kinds]
    perhaps = [] if visit.is_rated else [translate("Appeals", "perhaps by phone")]
    return " · ".join((wording.moment(visit.opened_ms), *kinds, *perhaps))
