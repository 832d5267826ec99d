"""The rows of what the box found and of what waits, in groups; no state, no widgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final
from uuid import UUID

from app.services.views import FoundMember, PendingItem, PendingSummary
from ui.qt.language import translate
from ui.screens import look
from ui.screens.counter_rendering import TIER_TONES
from ui.viewmodels import wording
from ui.viewmodels.looking_up import Nobody

SHOWN_DIGITS: Final = 4  # of what was typed: a whole number is nobody else's to read
_BY_NUMBER: Final = ("card", "card_ending", "phone")
_MOST_RUNS: Final = 2
_SHORTEST_ENDING: Final = 4
_PENDING_ICONS: Final = {
    "accrual": "circle-plus",
    "accrual_undone": "undo-2",
    "redemption": "gift",
    "redemption_undone": "undo-2",
    "rating": "message-square-text",
    "encounter": "user-round",
    "matter": "message-square-warning",
    "member": "id-card",
    "shift": "clock",
    "session": "log-in",
}


def results(typed: str, found: Sequence[FoundMember]) -> list[look.Result]:
    """Return the search results; what they don't have in common comes first in each.

    Where several share the number that was typed, each run found by the same kind of number
    is a group, headed by it.
    """
    marks = [_marks(view) for view in found]
    alike = {
        kind
        for kind in dict.fromkeys(kind for each in marks for kind in each)
        if len(found) > 1 and len({each.get(kind) for each in marks}) == 1
    }
    rows = [_result(view, own, alike) for view, own in zip(found, marks, strict=True)]
    if len(found) < 2 or not all(view.matched in _BY_NUMBER for view in found):
        return rows
    pairs = zip(found, rows, strict=True)
    runs = [(is_phone, list(run)) for is_phone, run in groupby(pairs, _is_found_by_phone)]
    if len(runs) > _MOST_RUNS:
        return rows  # who is likeliest comes first, and each row says what it was found by
    headed: list[look.Result] = []
    for is_phone, run in runs:
        first, *others = [replace(row, matched=_own(view)) for view, row in run]
        headed += [replace(first, heading=_heading(typed, is_phone, 1 + len(others))), *others]
    return headed


def nobody(typed: str, why: Nobody) -> tuple[str, str, str]:
    """Return (icon, title, what to do) in place of the results where there are none."""
    if typed.isdecimal() and len(typed) < _SHORTEST_ENDING:
        return (
            "search",
            translate("Counter", "Keep typing"),
            translate("Counter", "Numbers are found from their last four digits on."),
        )
    here = translate("Counter", "Nobody on this PC")
    match why:
        case "asking":
            return "loader", here, translate("Counter", "Asking the server …")
        case "offline":
            return (
                "search-x",
                here,
                translate(
                    "Counter",
                    "The server can't be reached, so only the members on this PC were searched.",
                ),
            )
        case "too_many":
            return (
                "search-x",
                translate("Counter", "Too many answer"),
                translate("Counter", "Type the whole card number."),
            )
        case "refused":
            return (
                "search-x",
                here,
                translate("Counter", "The server didn't look it up now. Try again in a minute."),
            )
    return (
        "search-x",
        translate("Counter", "Nobody found"),
        translate("Counter", "Try phone, card or name; or join with F5."),
    )


def pending(items: Sequence[PendingItem], now_ms: int) -> list[look.Entry]:
    """Return what waits, visit by visit."""
    visits: dict[UUID | None, list[PendingItem]] = {}
    for item in _once(items):
        visits.setdefault(item.visit.encounter_id if item.visit else None, []).append(item)
    entries: list[look.Entry] = []
    for of_visit in visits.values():
        waits = sum(item.state != "exception" for item in of_visit)
        heading = _visit_heading(of_visit[0], waits) if set(visits) != {None} else ""
        for item in of_visit:
            entry = _pending_entry(len(entries), item, now_ms)
            entries.append(replace(entry, heading=heading))
            heading = ""
    return entries


def pending_note(items: Sequence[PendingItem], summary: PendingSummary) -> str:
    """Return what becomes of what waits, and how many of it the list doesn't show."""
    shown = sum(item.state != "exception" for item in items)
    if any(item.state == "lost" for item in items):
        note = translate("Counter", "Saved on this PC, but for what is damaged. It goes by itself.")
    else:
        note = translate("Counter", "Saved on this PC. It goes by itself; nothing is lost.")
    if not 0 < shown < summary.count:
        return note
    oldest = translate("Counter", "The oldest {n} of them:").format(n=wording.number(shown))
    return f"{note} {oldest}"


def _marks(view: FoundMember) -> dict[str, str]:
    """Name what tells a member from namesakes, by kind; from `FoundMember.distinguishing`."""
    marks: dict[str, str] = {}
    for part in view.distinguishing.split(" · "):
        if part.startswith("…"):
            marks["phone"] = translate("Member", "phone {ending}").format(ending=part)
        elif part.isdigit():
            marks["card"] = translate("Member", "card …{ending}").format(ending=part)
        elif part:
            marks["office"] = part
    if view.last_visit_ms is not None:
        marks["visit"] = translate("Member", "last here {day}").format(
            day=wording.day_of(view.last_visit_ms)
        )
    if view.from_server:
        marks["server"] = translate("Member", "from the server")
    return marks


def _result(view: FoundMember, marks: dict[str, str], alike: set[str]) -> look.Result:
    return look.Result(
        id=str(view.member_id),
        name=view.masked_name,
        tells_apart=tuple(words for kind, words in marks.items() if kind not in alike),
        tier=wording.tier(view.tier),
        matched=_own(view) or wording.match(view.matched),
        tier_tone=TIER_TONES.get(view.tier, look.Tone.NEUTRAL),
        shared=tuple(words for kind, words in marks.items() if kind in alike),
    )


def _own(view: FoundMember) -> str:
    return translate("Member", "your own membership") if view.is_self else ""


def _is_found_by_phone(row: tuple[FoundMember, look.Result]) -> bool:
    return row[0].matched == "phone"


def _heading(typed: str, is_phone: bool, count: int) -> str:
    ending = "".join(filter(str.isalnum, typed))[-SHOWN_DIGITS:]
    words = (
        translate("Member", "Phone ends in {ending}")
        if is_phone
        else translate("Member", "Card ends in {ending}")
    ).format(ending=ending)
    if count == 1:
        return words
    several = translate("Member", "{n} members").format(n=wording.number(count))
    return f"{words} · {several}"


def _visit_heading(item: PendingItem, waits: int) -> str:
    visit = item.visit
    if visit is None:
        who = translate("Pending", "This counter")
    else:
        name = visit.masked_name or translate("Pending", "without a member")
        who = f"{wording.clock_time(visit.opened_ms)} · {name}"
    if waits == 0:
        return who
    count = translate("Pending", "{n} waiting").format(n=wording.number(waits))
    return f"{who} · {count}"


def _once(items: Sequence[PendingItem]) -> Iterator[PendingItem]:
    """Drop what a manager has for the same reason as what was refused with it."""
    refused = set()
    for item in items:
        told = (item.what, item.text, item.reason, item.visit)
        if item.state == "exception":
            if told in refused:
                continue
            refused.add(told)
        yield item


def _pending_entry(index: int, item: PendingItem, now_ms: int) -> look.Entry:
    age = wording.duration(max(0, now_ms - item.since_ms) // 1000)
    since = translate("Pending", "{time}, {age} ago").format(
        time=wording.clock_time(item.since_ms), age=age
    )
    because = {"waiting": "", "exception": wording.exception(item.reason), "lost": wording.lost()}
    states = {
        "waiting": "",
        "exception": translate("Pending", "With a manager"),
        "lost": translate("Pending", "Damaged"),
    }
    return look.Entry(
        id=str(index),
        icon=_PENDING_ICONS.get(item.what, "inbox"),
        text=wording.pending_item(item),
        detail=because[item.state] or since,
        state=states[item.state],
        tone=look.Tone.NEUTRAL if item.state == "waiting" else look.Tone.CAUTION,
    )
