"""How the desk puts conversations with customers, and actions, into words and shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from app.domain import facts
from app.domain.listening import counting, outcome_of
from app.domain.listening_records import Said
from app.services.listening_views import (
    ActionView,
    ListenedCustomer,
    ListeningView,
    SharedFinding,
)
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look

Names = Mapping[UUID, str]
_ONE_GO_MS: Final = 1_000


def topic(words: Words, code: str) -> str:
    """Return what a conversation was about; of a topic that only the server knows its code."""
    return wording.fact_value(words, "cause", code) if code else ""


def customer_name(words: Words, customer: ListenedCustomer) -> str:
    """Return the masked name, or that this PC doesn't hold who it is."""
    return customer.name or words.say("listening_gone")


def customer_row(words: Words, customer: ListenedCustomer) -> look.CaseView:
    """Return a row of one's own list."""
    listening, say = customer.listening, words.say
    outcome = outcome_of(listening)
    about = counting(listening, "topic")
    lights = {"": look.Light.CAUTION, "reached": look.Light.READY}
    state = say(f"outcome_{outcome}") if outcome else say("listening_todo")
    return look.CaseView(
        str(listening.listening_id),
        f"{listening.place} · {customer_name(words, customer)}",
        "",
        lights.get(outcome, look.Light.OFFLINE),
        say(f"stratum_{listening.stratum}"),
        state=" · ".join(filter(None, (state, topic(words, about.value) if about else ""))),
    )


def shared(words: Words, finding: SharedFinding) -> str:
    """Return what a manager heard and shares, with who and what about."""
    about = " · ".join(filter(None, (finding.staff_name, topic(words, finding.topic))))
    return f"{about}: {finding.text}"


def action_light(view: ActionView, now_ms: int) -> look.Light:
    """Return the shape that stands for an action."""
    if view.standing.state != "open":
        is_good = view.standing.state == "effective"
        return look.Light.READY if is_good else look.Light.OFFLINE
    if view.due_ms is not None and view.due_ms <= now_ms:
        return look.Light.CRITICAL
    has_come = view.rings_ms is not None and view.rings_ms <= now_ms
    return look.Light.CAUTION if has_come else look.Light.READY


def action_when(words: Words, view: ActionView, now_ms: int) -> str:
    """Return when somebody looks at an action, or how late they are."""
    if view.standing.state != "open" or view.due_ms is None or view.rings_ms is None:
        return ""
    if view.due_ms <= now_ms:
        late_s = (now_ms - view.due_ms) // 1000
        return words.say("board_late_by", age=wording.age(words, late_s))
    if view.rings_ms <= now_ms:
        return words.say("action_today")
    return words.say("action_due", day=view.standing.check_on)


def action_row(words: Words, view: ActionView, now_ms: int) -> look.CaseView:
    """Return a row of the office's actions."""
    is_open = view.standing.state == "open"
    state = action_when(words, view, now_ms) if is_open else action_state(words, view)
    return look.CaseView(
        str(view.action.action_id),
        first_line(view.action.what),
        "",
        action_light(view, now_ms),
        state,
        state=" · ".join(filter(None, (view.owner_name, topic(words, view.topic)))),
    )


def action_state(words: Words, view: ActionView) -> str:
    """Return what came of an action that is over."""
    return words.say(f"action_{view.standing.state}")


def first_line(text: str) -> str:
    """Return a text's first line."""
    return next(iter(text.splitlines()), "")


def action_history(words: Words, view: ActionView, names: Names, now_ms: int) -> list[str]:
    """Return what was said of an action, a line for each time that somebody did."""
    lines: list[tuple[Said, list[str]]] = []
    for said in view.action.said:
        part = _said(words, said, names)
        if lines and _is_with(lines[-1][0], said):
            lines[-1][1].append(part)
        else:
            lines.append((said, [part]))
    return [
        f"{wording.clock(first.at_ms, now_ms)} {names.get(first.staff_id, '')}: {' · '.join(parts)}"
        for first, parts in lines
    ]


def _is_with(first: Said, said: Said) -> bool:
    """Whether both were said in one go."""
    return said.staff_id == first.staff_id and said.at_ms - first.at_ms < _ONE_GO_MS


def _said(words: Words, said: Said, names: Names) -> str:
    say = words.say
    if said.field == "owner":
        return say("action_given", owner=_person(said.value, names))
    if said.field == "check_on":
        return say("action_put_off_to" if said.saw else "action_looks", day=said.value)
    if said.value == "not_done":
        return say("action_put_off", reason=said.text)
    state = say(f"action_{said.value}")
    return f"{state}: {said.text}" if said.text else state


def _person(value: str, names: Names) -> str:
    return next((name for staff_id, name in names.items() if str(staff_id) == value), "")


def said_otherwise(
    words: Words, said: Sequence[Said], field: str, page: ListeningView, now_ms: int
) -> str:
    """Return what two desks said of a field that differs, '' where they agree."""
    others = [
        f"{_value(words, each)} ({page.names.get(each.staff_id, '')},"
        f" {wording.clock(each.at_ms, now_ms)})"
        for each in facts.standing(said, field)[1:]
    ]
    return words.say("field_differs", others=" · ".join(others)) if others else ""


def _value(words: Words, said: Said) -> str:
    if said.text:
        return said.text
    key = f"{said.field}_{said.value}"
    return words.say(key) if words.has(key) else topic(words, said.value)
