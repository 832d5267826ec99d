"""How the desk puts a case, an exception and a figure into words and shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.domain.case import reached
from app.domain.case_handling import FIELD, TIERS, handled, seconds_with
from app.domain.honouring import Honour, honour_of
from app.domain.records import Case, CaseFact, ExceptionItem
from app.domain.settling import Answer, effect_of, is_given_away
from app.services.views import ItemMember
from ui.qt.office_clock import OFFICE_CLOCK
from ui.qt.words import Words
from ui.screens import look
from ui.viewmodels import wording
from ui.viewmodels.because import EXCEPTIONS
from ui.viewmodels.desk import is_late
from ui.viewmodels.desk_words import DESK

_HONOURED: Final = {
    Honour.AS_RECORDED: "settle_rescued_how",
    Honour.OVER_NEWER: "settle_over_newer_how",
    Honour.RULES_ASIDE: "settle_rules_aside_how",
}
CALLS = {"now": "call_now", "wait": "call_wait", "call_me": "call_call_me", "no": "call_no"}


def age(words: Words, seconds: int) -> str:
    """Return a time span in its largest sensible unit: '4 min'."""
    if seconds < 60:
        return words.say("now")
    if seconds < 3600:
        return words.say("minutes", n=seconds // 60)
    if seconds < 48 * 3600:
        return words.say("hours", n=seconds // 3600)
    return words.say("days", n=seconds // 86400)


def clock(at_ms: int, now_ms: int) -> str:
    """Return a moment as the office's time of day, '09:05'; with its date on another day."""
    at, now = OFFICE_CLOCK.at(at_ms), OFFICE_CLOCK.at(now_ms)
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def date_and_time(at_ms: int) -> str:
    """Return a moment with its date, by the office's clock: '2026-11-28 09:05'."""
    return f"{OFFICE_CLOCK.at(at_ms):%Y-%m-%d %H:%M}"


def level(words: Words, score: int | None) -> str:
    """Return what the customer chose."""
    return words.say(f"level_{score}") if score is not None else ""


def title(words: Words, case: Case) -> str:
    """Return what a case is, without what somebody said in it."""
    if case.origin == "matter":
        return words.say("matter", number=case.number)
    return level(words, case.score)


def state(words: Words, case: Case) -> str:
    """Return how things stand with a case."""
    if case.state == "acknowledged":
        came = reached(case, case.stage)
        if came is not None:
            return words.say(f"stage_{came.kind}", name=came.staff_name)
        key = "state_taken" if case.origin == "matter" else "state_acknowledged"
        return words.say(key, name=case.acknowledged_by)
    if case.state == "closed":
        return words.say(f"state_closed_{case.outcome or 'resolved'}", name=case.closed_by)
    return words.say("state_new")


def times(words: Words, case: Case) -> list[str]:
    """Return how long a customer waited for each: somebody on the way, there, and the end."""
    arrived = min((step.at_ms for step in case.steps if step.kind == "arrived"), default=None)
    waited = (
        ("taken_after", case.acknowledged_ms),
        ("there_after", arrived),
        ("closed_after", case.closed_ms),
    )
    return [
        words.say(key, age=age(words, max(0, at_ms - case.opened_ms) // 1000))
        for key, at_ms in waited
        if at_ms is not None
    ]


def history(words: Words, case: Case, now_ms: int) -> list[str]:
    """Return what was done and written about a case, a line each, by time."""
    lines = [(note.at_ms, f"{note.staff_name}: {note.text}") for note in case.notes]
    for step in case.steps:
        key = f"stage_{step.kind}"
        if step.kind == "acknowledged":
            key = "state_taken" if case.origin == "matter" else "state_acknowledged"
        lines.append((step.at_ms, words.say(key, name=step.staff_name)))
    for held in handled(case, now_ms)[1:]:
        tier = fact_value(words, FIELD, held.tier)
        lines.append((held.since_ms, words.say("handling_to", name=held.staff_name, tier=tier)))
    lines.sort(key=lambda line: line[0])
    return [f"{clock(at_ms, now_ms)} {line}" for at_ms, line in lines]


def tier(words: Words, case: Case) -> str:
    """Return who handles a case, '' while it is at the front line."""
    held = handled(case, case.opened_ms)[-1].tier
    return "" if held == TIERS[0] else fact_value(words, FIELD, held)


def tiers(words: Words, case: Case, now_ms: int) -> str:
    """Return for how long each tier had a case, '' where it never left the front line."""
    with_each = seconds_with(case, now_ms)
    if len(with_each) < 2:
        return ""
    spans = [
        words.say("handling_span", tier=fact_value(words, FIELD, tier), age=age(words, seconds))
        for tier, seconds in with_each.items()
    ]
    return words.say("handling_spans", spans=" · ".join(spans))


def fact_value(words: Words, field: str, value: str) -> str:
    """Return what stands in a field of a case; a cause that only the server knows as its code."""
    key = f"{field}_{value}"
    return words.say(key) if words.has(key) else value


def fact(words: Words, said: CaseFact, now_ms: int) -> str:
    """Return one version of a field, with who said so and when."""
    value = fact_value(words, said.field, said.value)
    return f"{value} ({said.staff_name}, {clock(said.at_ms, now_ms)})"


def light(case: Case, now_ms: int) -> look.Light:
    """Return the shape that stands for a case."""
    if is_late(case, now_ms):
        return look.Light.CRITICAL
    if case.state == "closed":
        return look.Light.READY if case.outcome == "resolved" else look.Light.OFFLINE
    if case.state == "new" and case.origin == "rating":
        return look.Light.CRITICAL
    return look.Light.CAUTION


def waiting(words: Words, case: Case, now_ms: int) -> str:
    """Return the mark of somebody who waits, '' for nobody."""
    if case.state == "closed":
        return ""
    if is_late(case, now_ms):
        return words.say("late")
    if case.call in ("now", "wait"):
        return words.say("customer_waiting")
    return words.say("customer_wants_call") if case.call == "call_me" else ""


def reasons(words: Words, case: Case) -> str:
    """Return the reasons the customer ticked."""
    return ticked(words, case.reasons)


def ticked(words: Words, codes: Iterable[str]) -> str:
    """Return reasons by their codes."""
    named = [words.say(f"reason_{code}") if words.has(f"reason_{code}") else code for code in codes]
    return words.say("reasons", reasons=" · ".join(named)) if named else words.say("no_reasons")


def about(case: Case) -> str:
    """Return what a matter is about, and who answers it."""
    by = wording.answered_by(case.department, case.owner) if case.department else ""
    return " · ".join(filter(None, (wording.topic(case.topic), by)))


def case_view(words: Words, case: Case, now_ms: int) -> look.CaseView:
    """Return a row of the list of cases."""
    return look.CaseView(
        str(case.case_id),
        words.say("window", label=case.counter_label),
        age(words, max(0, now_ms - case.opened_ms) // 1000),
        light(case, now_ms),
        title(words, case),
        waiting(words, case, now_ms),
        " · ".join(filter(None, (state(words, case), tier(words, case)))),
    )


def entry(words: Words, item: ExceptionItem) -> str:
    """Return what kind of thing an exception is."""
    key = f"entry_{item.entry_type}"
    return words.say(key if key in DESK else "entry_other")


def why(words: Words, item: ExceptionItem) -> str:
    """Return why the server could not post it."""
    key = f"why_{item.code}"
    if key in DESK:
        return words.say(key, **item.seen)
    if item.code in EXCEPTIONS:
        return wording.exception(item.code)
    return words.say("why_other", message=item.message)


def whose(words: Words, member: ItemMember) -> str:
    """Return whose points an exception is about, and how many they have."""
    has = member.spendable_points
    return words.say(
        "exception_owes" if has < 0 else "exception_member",
        name=member.masked_name,
        card=member.masked_card,
        points=abs(has),
    )


def answer(words: Words, item: ExceptionItem, said: Answer, member: ItemMember | None) -> str:
    """Return what an answer will do; to the member's points where this PC knows them."""
    key = f"settle_{said}_how"
    if said is Answer.HONOUR:
        honour = honour_of(item.entry_type, item.code)
        key = _HONOURED.get(honour, key) if honour is not None else key
        if honour is not Honour.SPEND:
            return words.say(key)
    given = is_given_away(item.entry_type, item.code)
    if not given or said is Answer.NOTED or item.points is None or member is None:
        return words.say(key)
    effect = effect_of(said, item.points, spendable=member.spendable_points)
    part = "borne" if effect.borne else "owed" if effect.owed else "taken"
    return words.say(
        f"settle_{said}_{part}",
        taken=effect.taken,
        owed=effect.owed,
        borne=effect.borne,
        has=max(0, member.spendable_points),
    )


def exception_view(words: Words, item: ExceptionItem, now_ms: int) -> look.CaseView:
    """Return a row of the list of exceptions."""
    points = "" if item.points is None else words.say("exception_points", points=item.points)
    place = words.say("window", label=item.counter_label)
    return look.CaseView(
        str(item.exception_id),
        entry(words, item),
        age(words, max(0, now_ms - item.received_ms) // 1000),
        look.Light.CAUTION,
        why(words, item),
        state=" · ".join(part for part in (place, points) if part),
    )


def percent(part: int, whole: int) -> str:
    """Return a share as whole percent; '–' of nothing."""
    return f"{round(100 * part / whole)} %" if whole > 0 else "–"
