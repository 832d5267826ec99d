"""The two menus of letters at the counter: the member's and the shift's; no state, no widgets."""

from __future__ import annotations

from ui.qt.language import translate
from ui.screens import counter_visits

Choices = list[tuple[str, str, str]]
"""(letter, what it does, a word about it)"""


def shift_choices(serving: str) -> Choices:
    """Return what F9 offers; `serving` says why the shift can't be closed now, '' if it can."""
    return [
        (
            "H",
            translate("Counter", "Hand over to a colleague"),
            translate("Counter", "The customer stays open"),
        ),
        ("C", translate("Counter", "Close the shift"), serving or translate("Counter", "With PIN")),
        ("V", *counter_visits.menu()),
        (
            "M",
            translate("Counter", "My own weeks"),
            translate("Counter", "Ratings, with the visits that had none"),
        ),
        ("S", translate("Counter", "Sign out"), translate("Counter", "The shift stays open")),
    ]


def member_choices(has_member: bool) -> Choices:
    """Return what F5 offers."""
    find = "" if has_member else translate("Counter", "Needs a member")
    return [
        ("J", translate("Counter", "Join a member"), ""),
        ("C", translate("Counter", "Change the phone"), find),
        ("K", translate("Counter", "Replace the card"), find),
        ("R", translate("Counter", "Give a reward back"), find),
        ("S", translate("Counter", "Statement of points"), find),
        ("W", translate("Counter", "Serve without a member"), ""),
    ]
