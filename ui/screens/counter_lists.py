"""The rows of what the box found and of what waits, in groups; no state, no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final
from uuid import UUID

from app.services.views import FoundMember, PendingItem
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
    "redemption": "gift",
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
    """Return what waits, visit by visit, each thing once however many entries it has."""
    visits: dict[UUID | None, list[PendingItem]] = {}
    for item in items:
        visits.setdefault(item.visit.encounter_id if item.visit else None, []).append(item)
    entries: list[look.Entry] = []
    for of_visit in visits.values():
        things = _things(of_visit)
        heading = _visit_heading(of_visit[0], len(things)) if set(visits) != {None} else ""
        for item in things:
            entry = _pending_entry(len(entries), item, now_ms)
            entries.append(replace(entry, heading=heading))
            heading = ""
    return entries


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


def _visit_heading(item: PendingItem, things: int) -> str:
    visit = item.visit
    if visit is None:
        who = translate("Pending", "This counter")
    else:
        name = visit.masked_name or translate("Pending", "without a member")
        who = f"{wording.clock_time(visit.opened_ms)} · {name}"
    count = translate("Pending", "{n} waiting").format(n=wording.number(things))
    return f"{who} · {count}"


def _things(items: Sequence[PendingItem]) -> list[PendingItem]:
    """Drop what says nothing more: a thing's later entries, and the visit beside what it held."""
    first: dict[tuple[str, ...], PendingItem] = {}
    for item in items:
        first.setdefault((item.what, item.text, item.state, item.reason), item)
    named = {item.what for item in first.values() if item.text and item.state == "waiting"}
    things = [
        item
        for item in first.values()
        if item.state == "exception"
        or (item.what != "encounter" and (item.text or item.what not in named))
    ]
    return things or list(first.values())


def _pending_entry(index: int, item: PendingItem, now_ms: int) -> look.Entry:
    age = wording.duration(max(0, now_ms - item.since_ms) // 1000)
    waits = item.state == "waiting"
    since = translate("Pending", "{time}, {age} ago").format(
        time=wording.clock_time(item.since_ms), age=age
    )
    because = "" if waits else wording.exception(item.reason)
    return look.Entry(
        id=str(index),
        icon=_PENDING_ICONS.get(item.what, "inbox"),
        text=wording.pending_item(item),
        detail=because or since,
        state="" if waits else translate("Pending", "With a manager"),
        tone=look.Tone.NEUTRAL if waits else look.Tone.CAUTION,
    )
