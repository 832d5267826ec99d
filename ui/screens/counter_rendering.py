"""Puts the counter's views into the words and shapes of the look; no state, no widgets."""

from __future__ import annotations

from typing import Final

from app.services.views import (
    EarnProposal,
    EncounterLine,
    MemberView,
    Promise,
    Readiness,
    ReceiptItem,
    ReceiptsView,
    SessionView,
    ShiftSummary,
    VoucherView,
)
from ui.qt.language import translate
from ui.screens import look
from ui.viewmodels import wording
from ui.viewmodels.paper_words import RECEIPT_KINDS, RECEIPT_STATES
from ui.viewmodels.steps import KeyState

TIER_TONES: Final = {
    "basic": look.Tone.NEUTRAL,
    "silver": look.Tone.NEUTRAL,
    "gold": look.Tone.CAUTION,
    "platinum": look.Tone.INFO,
}
WEIGHT_TONES: Final = {
    "info": look.Tone.INFO,
    "positive": look.Tone.POSITIVE,
    "caution": look.Tone.CAUTION,
    "critical": look.Tone.CRITICAL,
}
_LINE_ICONS: Final = {
    "accrual": "circle-plus",
    "redemption": "gift",
    "refund": "undo-2",
    "joined": "user-plus",
    "contact": "phone",
    "card": "id-card",
    "matter": "message-square-warning",
    "voucher": "ticket",
}
_LINE_TONES: Final = {
    "waiting": look.Tone.NEUTRAL,
    "sent": look.Tone.POSITIVE,
    "guaranteed": look.Tone.POSITIVE,
    "guaranteed_here": look.Tone.POSITIVE,
    "office_risk": look.Tone.CAUTION,
    "undone": look.Tone.NEUTRAL,
    "in_progress": look.Tone.INFO,
    "exception": look.Tone.CAUTION,
}
PROMISE_TONES: Final = {
    Promise.GUARANTEED: look.Tone.POSITIVE,
    Promise.GUARANTEED_HERE: look.Tone.POSITIVE,
    Promise.OFFICE_RISK: look.Tone.CAUTION,
    Promise.NOT_POSSIBLE: look.Tone.NEUTRAL,
}


def member(view: MemberView) -> look.MemberView:
    """Return the member card's view."""
    expiry = ""
    # What was spent meanwhile can't expire any more
    expiring = min(view.next_expiry_points, view.spendable_points)
    if view.next_expiry_on and expiring > 0:
        expiry = translate("Member", "{points} expire on {day}").format(
            points=wording.number(expiring), day=wording.day(view.next_expiry_on)
        )
    pending = ""
    if view.pending_points:
        pending = translate("Member", "{points} on their way").format(
            points=wording.signed(view.pending_points)
        )
    return look.MemberView(
        name=view.masked_name,
        tier=wording.tier(view.tier),
        card=" · ".join(words for words in (_card(view), _phone(view)) if words),
        points=view.spendable_points,
        points_caption=translate("Member", "points to spend"),
        pending=pending,
        expiry=expiry,
        family="" if view.family is None else wording.family(view.family),
        matter=translate("Member", "Open: {matter}").format(
            matter=wording.open_matter(view.open_matter)
        )
        if view.open_matter
        else "",
        preference=view.preference,
        tier_tone=TIER_TONES.get(view.tier, look.Tone.INFO),
    )


def _card(view: MemberView) -> str:
    if not view.masked_card:
        return ""
    return translate("Member", "Card {number}").format(number=view.masked_card)


def _phone(view: MemberView) -> str:
    if not view.masked_phone:
        return ""
    return translate("Member", "Phone {number}").format(number=view.masked_phone)


def entry(line: EncounterLine) -> look.Entry:
    """Return one line of the encounter."""
    state = wording.line_state(line)
    because = wording.exception(line.reason) if line.state == "exception" else ""
    text = wording.reward_name(wording.dated(line.text), line.text_en)
    return look.Entry(
        id=str(line.ref_id),
        icon=_LINE_ICONS[line.kind],
        text=wording.line_kind(line),
        detail=f"{text} · {because}" if because else text,
        points=wording.signed(line.points) if line.points else "",
        state=state,
        tone=_LINE_TONES[line.state],
    )


def proposal(view: EarnProposal, count: int) -> tuple[str, str]:
    """Return the proposal's sentence and what is said under it; `count` of them wait."""
    points = wording.number(view.points)
    if view.source == "amount":
        sentence = translate("Counter", "Earn {points} points for the amount paid")
    elif view.source == "retro":
        sentence = translate("Counter", "Claim {points} points for {flight}")
    else:
        sentence = translate("Counter", "Earn {points} points, {flight}")
    said = [wording.explanation(view.explanation)]
    if view.share is not None:
        said.append(wording.share(view.share))
    if count > 1:
        said.append(translate("Counter", "{n} more after this").format(n=count - 1))
    note = " · ".join(filter(None, said))
    flight = f"{view.flight} {wording.day(view.flown_on)}" if view.flown_on else view.label
    return sentence.format(points=points, flight=flight), note


def voucher(view: VoucherView) -> tuple[str, str]:
    """Return what a shown voucher is, and how sure the counter can be of it."""
    name = wording.reward_name(view.reward_name, view.reward_name_en)
    sentence = translate("Counter", "Hand over: {reward}").format(
        reward=name or translate("Counter", "a reward that isn't offered any more")
    )
    about = translate("Counter", "Voucher {code}, valid through {day}").format(
        code=view.code, day=wording.day(view.last_day)
    )
    if not view.is_open:
        kind = translate("Counter", "Only this office takes it")
    elif view.is_checked:
        kind = translate("Counter", "Any office takes it; the central office is asked first")
    else:
        kind = translate(
            "Counter",
            "Any office takes it. Without the network nobody knows whether it was used today",
        )
    return sentence, f"{about} · {kind}"


def receipt(item: ReceiptItem, digit: int) -> tuple[str, str, str]:
    """Return one receipt of the list: its digit, what it is, and what became of it."""
    what = translate("Receipts", RECEIPT_KINDS[item.kind])
    text = wording.reward_name(wording.dated(item.text), item.text_en)
    state = translate("Receipts", RECEIPT_STATES[item.state])
    return (
        str(digit),
        f"{what} · {text}" if text else what,
        (f"{wording.clock_time(item.at_ms)} · {state}"),
    )


def printer_words(view: ReceiptsView) -> str:
    """Return what is the matter with printing, '' for nothing."""
    if not view.problem and not view.pending:
        return ""
    problem = wording.reason(view.problem)
    if not view.pending:
        return problem
    held = translate("Receipts", "Receipts waiting: {n}").format(n=len(view.pending))
    return f"{held} · {problem}" if view.problem else held


def light(readiness: Readiness) -> look.Light:
    """Return the light's shape."""
    if readiness.level == "critical":
        return look.Light.CRITICAL
    if readiness.level == "caution":
        return look.Light.CAUTION
    return look.Light.READY if readiness.online else look.Light.OFFLINE


def clerk(session: SessionView) -> str:
    """Return who works here since when."""
    who = f"{session.staff_name} {session.staff_number}"
    if session.shift_opened_ms is None:
        return who
    return translate("Counter", "{clerk} · shift since {time}").format(
        clerk=who, time=wording.clock_time(session.shift_opened_ms)
    )


def key_labels() -> dict[str, str]:
    """Return what each key of the bar does."""
    return {
        "F2": translate("Keys", "Earn"),
        "F3": translate("Keys", "Redeem"),
        "F4": translate("Keys", "Retro-claim"),
        "F5": translate("Keys", "Member"),
        "F6": translate("Keys", "Matter"),
        "F7": translate("Keys", "Waiting"),
        "F8": translate("Keys", "Undo, print"),
        "F9": translate("Keys", "Hand over"),
        "F12": translate("Keys", "Finish"),
    }


def key_hints(states: tuple[KeyState, ...]) -> list[look.KeyHint]:
    """Return the key bar's places."""
    labels = key_labels()
    return [
        look.KeyHint(state.key, labels[state.key], state.enabled, why(state), state.leads)
        for state in states
    ]


def why(state: KeyState) -> str:
    """Return why a key would do nothing, '' if it would."""
    if state.enabled:
        return ""
    if state.why == "answer_first":
        return wording.message(state.why)
    return wording.reason(state.why)


_SPACE: Final = "\u00a0"  # at which no line ends
_JOINED: Final = "\u2060"  # between two characters of a Chinese word, for the same


def shift_words(summary: ShiftSummary, waiting: int) -> tuple[str, str]:
    """Return title and detail of a closed shift, for the sign-in screen.

    Args:
        summary: what the shift came to; what it had none of is left out.
        waiting: how many things wait on this PC now.
    """
    figures = (
        (translate("Counter", "Customers {n}"), summary.encounters),
        (translate("Counter", "earned {n}"), summary.accruals),
        (translate("Counter", "rewards {n}"), summary.redemptions),
        (translate("Counter", "matters {n}"), summary.matters),
        (translate("Counter", "joined {n}"), summary.joined),
        (translate("Counter", "updated {n}"), summary.changed),
    )
    first, *others = figures
    shown = [first, *(each for each in others if each[1])]
    parts = (words.format(n=wording.number(n)) for words, n in shown)
    detail = f"{_SPACE}· ".join(_JOINED.join(part.replace(" ", _SPACE)) for part in parts)
    if waiting:
        kept = translate("Counter", "{n} still waiting, kept on this PC")
        detail += "\n" + kept.format(n=wording.number(waiting))
    elif summary.unsent:
        detail += "\n" + translate("Counter", "Everything has been sent")
    return translate("Counter", "The shift is closed"), detail
