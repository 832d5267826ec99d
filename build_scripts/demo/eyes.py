"""Eyes at a seat: what its screens show just now, taken from the widgets that can be seen.

What is seen is told apart by ids that rows carry, never by words alone: these change with the
language. Nothing here asks the core.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtWidgets import QApplication, QLabel, QWidget

from ui.application import Application
from ui.screens import look
from ui.screens.counter_window import CounterScreen
from ui.screens.homes import CounterHome, DeskHome
from ui.screens.look.rows import Row
from ui.screens.rating_panel import RatingPanelWindow
from ui.viewmodels.rating_panel_pages import Page

Scene = dict[str, Any]
"""JSON: 'screen', and 'counter', 'panel' or 'desk' by what the seat is."""


class Eyes:
    """Looks at one seat's windows."""

    def __init__(self, application: Application) -> None:
        """Look at the windows of `application`."""
        self._application = application

    def look(self) -> Scene:
        """Return everything that matters of what can be seen."""
        app = self._application
        shown = app.window.current_screen()
        scene: Scene = {
            "active": QApplication.activeWindow() is app.window,
            "dialog": standing_box(),
            "crash": app.window.crash.isVisible() and app.window.crash.accessibleName(),
        }
        if shown is app.enrolment_screen:
            scene["screen"] = "enrolment"
            scene["said"] = _said(app.enrolment_screen.banner)
        elif shown is app.sign_in_screen:
            scene["screen"] = "sign_in"
            # Without a window manager the panel has the focus for a moment when it opens
            beside = isinstance(app.home, DeskHome) or panel_of(app) is not None
            enabled = app.sign_in_screen.button.isEnabled()
            scene["ready"] = enabled and beside and scene["active"]
            scene["has_number"] = bool(app.sign_in_screen.number.text())
            scene["said"] = _said(app.sign_in_screen.banner)
            scene["closed_shift"] = _said(app.sign_in_screen.shift)
            scene["chip"] = _text(app.sign_in_screen.pending)
        elif isinstance(shown, CounterScreen):
            scene["screen"] = "counter"
            scene["counter"] = _counter(shown)
        elif isinstance(app.home, DeskHome):
            scene["screen"] = "desk"
            scene["desk"] = _desk(app.home)
        if panel_of(app) is not None and isinstance(app.home, CounterHome):
            scene["panel"] = _panel(app.home)
        return scene


def _counter(screen: CounterScreen) -> Scene:
    sheet = screen.sheet
    pages: dict[QWidget, str] = {form: step.value for step, form in sheet.forms.items()}
    pages |= {sheet.menu: "menu", sheet.rewards: "rewards"}
    pages |= {sheet.question: "question", sheet.pending: "pending"}
    page = next((name for widget, name in pages.items() if widget.isVisible()), "")
    entries = screen.entries.views() if screen.entries.isVisible() else []
    results = screen.results.views() if screen.results.isVisible() else []
    return {
        "box": screen.box.text(),
        "box_has_focus": screen.box.edit.hasFocus(),
        "member": screen.member.accessibleName(),
        "lines": [
            {
                "id": entry.id,
                "icon": entry.icon,
                "text": entry.text,
                "detail": entry.detail,
                "points": entry.points,
                "state": entry.state,
                "tone": entry.tone.value,
            }
            for entry in entries
        ],
        "listed": screen.entries.isVisible(),
        "results": [{"id": each.id, "name": each.name} for each in results],
        "chosen": screen.results.current_id() if results else "",
        "proposal": screen.proposal.sentence() if screen.proposal.isVisible() else "",
        "page": page,
        "said": _said(screen.banner),
        "notice": screen.notice.text() if screen.notice.isVisible() else "",
        "resumed": screen.resumed.isVisible(),
        "chip": _text(screen.chip),
        "light": screen.light.text(),
        "clerk": screen.clerk.text(),
        "keys": [
            hint.key
            for place in screen.keys.findChildren(look.FreshPressButton)
            if (hint := getattr(place, "hint", None)) is not None and hint.enabled
        ],
    }


def _said(banner: look.Banner) -> str:
    return banner.accessibleName() if banner.isVisible() else ""


def _text(widget: QWidget) -> str:
    if not widget.isVisible():
        return ""
    text = getattr(widget, "text", None)
    return str(text()) if callable(text) else widget.accessibleName()


def standing_box() -> str:
    """Return what a box in the way says, '' while none is there."""
    box = QApplication.activeModalWidget()
    if box is None:
        return ""
    words = [label.text() for label in box.findChildren(QLabel)]
    return " / ".join([type(box).__name__, box.windowTitle(), *words])


# the panel and the desk


def panel_of(application: Application) -> RatingPanelWindow | None:
    """Return the customer's panel where it can be seen."""
    home = application.home
    if isinstance(home, CounterHome) and home.panel_window.isVisible():
        return home.panel_window
    return None


def _panel(home: CounterHome) -> Scene:
    view = home.panel
    shows_voucher = view.page is Page.VOUCHER
    return {
        "page": view.page.value,
        "encounter": str(view.invitation.encounter_id) if view.invitation is not None else "",
        "face": view.answer.choice,
        "declined": view.declined,
        "voucher": view.outcome.voucher if shows_voucher and view.outcome else "",
        "reaches_manager": view.alarm_path,
        "can_call": any(
            button.isVisible() for button in home.panel_window.findChildren(QWidget, "call_now")
        ),
    }


def _desk(home: DeskHome) -> Scene:
    screen, view = home.screen, home.desk
    states = {str(case.case_id): case.state for case in view.cases}
    return {
        "ringing": home.alarm is not None and home.alarm.is_ringing(),
        "cases": [{"id": row.id, "state": states.get(row.id, "")} for row in screen.cases.views()],
        "selected": screen.cases.current_id(),
        "exceptions": [row.id for row in screen.exceptions.views()],
        "exception": screen.exceptions.current_id(),
        "buttons": [
            button.objectName()
            for button in screen.findChildren(look.Button)
            if button.isVisible() and button.isEnabled() and button.objectName()
        ],
        "said": _said(screen.banner),
        "light": screen.light.light().value,
    }


def find(windows: Iterable[QWidget], name: str) -> QWidget:
    """Return what is called `name` and can be seen and touched; 'row of X' is X's first in sight.

    Raises:
        LookupError: there is no such thing just now.
    """
    is_row, name = name.startswith("row of "), name.removeprefix("row of ")
    for window in windows:
        for child in window.findChildren(QWidget, name):
            inside = child.findChildren(Row) if is_row else [child]
            for widget in inside:
                in_sight = widget.visibleRegion().contains(widget.rect().center())
                if widget.isVisible() and widget.isEnabled() and in_sight:
                    return widget
    raise LookupError(f"there is no {name!r} to touch")
