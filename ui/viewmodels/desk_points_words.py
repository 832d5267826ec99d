"""What the desk's pages of points say, in English, by key; translated with `desk_words`."""

from __future__ import annotations

from typing import Final

DESK_POINTS: Final = {
    "points": "Points",
    "points_n": "Points · {n} to decide",
    "back_to_cases": "Back to the cases",
    "adjust_title": "Give or take points",
    "adjust_member": "Member: card, phone or name",
    "adjust_points": "Points; with − before them they are taken",
    "adjust_reason": "Why",
    "adjust_goodwill": "Goodwill",
    "adjust_correction": "Correction",
    "adjust_record": "Record it",
    "adjust_limit": (
        "Beyond {limit} points a second manager has to agree, on this desk or another. "
        "Nobody adjusts their own points."
    ),
    "adjust_chosen": "{name} · {card} · {points} points to spend",
    "adjust_nobody": "Nobody found",
    "decide_title": "Waiting",
    "decide_none": "Nothing waits",
    "decide_none_hint": "What takes a second manager appears here, at every desk of the office.",
    "decide_agree": "Agree",
    "decide_decline": "Decline",
    "decide_withdraw": "Take it back",
    "decide_by": "Recorded by {name}, {time}",
    "decide_elsewhere": "A member who isn't on this PC",
    "given_goodwill": "Goodwill +{points}",
    "given_correction": "Correction +{points}",
    "taken_correction": "Correction −{points}",
    "adjust_unsent": "Not with the central office yet",
    "adjust_unsent_two": "Not with the central office yet; then a second manager has to agree",
    "adjust_waiting": "A second manager has to agree",
    "adjust_agreed": "Agreed here; on its way",
    "adjust_declined": "Declined here; on its way",
    "adjust_same_person": "You recorded it, so somebody else has to agree",
    "adjust_own_membership": "These are your own points, so somebody else has to decide",
}
