"""What the desk's pages of points say, in English, by key; translated with `desk_words`."""

from __future__ import annotations

from typing import Final

DESK_POINTS: Final = {
    "points": "Points",
    "points_n": "Points · {n} to decide",
    "back_to_cases": "Back",
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
    "adjust_remedy": "It will stand as the remedy in the case of window {label}.",
    "adjust_nobody": "Nobody found",
    "statement": "Statement",
    "statement_of": "Statement of points · {name}",
    "statement_close": "Close the statement",
    "statement_reading": "Reading …",
    "statement_M": "Month",
    "statement_Y": "Year",
    "statement_A": "All",
    "statement_D": "Save PDF",
    "statement_C": "Save CSV",
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

DESK_DENYING: Final = {
    "deny_list": "Deny list",
    "deny_title": "Put on the list, or take off",
    "deny_how": (
        "Without the central office no counter promises these members anything. Counters hear of it"
        " with their next contact. Why is kept with the central office; who decided is shown."
    ),
    "deny_put_on": "Put on the list",
    "deny_take_off": "Take off the list",
    "deny_none": "Nobody is on the list",
    "deny_age": "As this desk knew it {age} ago",
    "deny_age_never": "This desk hasn't heard of a list yet",
    "deny_state_denied": "Nothing without the central office",
    "deny_state_allowing": "Taken off",
    "deny_by": "By {name}, {time}",
    "deny_by_office": "By the central office",
    "deny_denying": "Not with the central office yet: {reason}",
    "deny_allowing": "Not with the central office yet; taken off: {reason}",
}

EXPOSURE_PARTS: Final = ("pool", "replaced", "written_off", "waiting", "forgotten")
"""What a loss may come from, in the order shown."""

DESK_EXPOSURE: Final = {
    "exposure": "Worst loss",
    "exposure_title": "This office's worst possible loss now",
    "exposure_figure": "{points}",
    "exposure_fresh": "By the central office, {time}",
    "exposure_old": "As the central office said at {time}; it can't be reached now",
    "exposure_asking": "The central office is being asked …",
    "exposure_unknown": "The central office hasn't said yet.",
    "exposure_beside": (
        "All offices together: {programme}. A single member at most: {member}. "
        "Owed by members already: {owed}."
    ),
    "exposure_counters": "Counters",
    "exposure_none": "No counter of this office exposes anything",
    "exposure_nothing": "Nothing can be lost here now.",
    "exposure_choose": "Choose a counter",
    "exposure_again": "Ask again",
    "part_line": "{points} {what}",
    "part_pool": "allowance left",
    "part_pool_how": "What counters may still give away without asking, of what they were allowed.",
    "part_replaced": "allowance before that",
    "part_replaced_how": (
        "What is left of an allowance that was replaced; a counter may not have heard of it yet."
    ),
    "part_written_off": "given up",
    "part_written_off_how": (
        "Points set aside for counters that were given up: members have them back, and the counter "
        "may have spent them all the same."
    ),
    "part_waiting": "to be settled",
    "part_waiting_how": "Given away beyond what was allowed, or twice: they wait for a manager.",
    "part_forgotten": "after a restore",
    "part_forgotten_how": (
        "The server was set back, and a counter that hasn't called since may hold so much."
    ),
    "counter_heard": "Last heard of {age} ago",
    "counter_never_heard": "Never heard of",
    "counter_shut_out": "Shut out",
    "counter_holds": "It holds {points} points of {n} members, which is no loss while it is there.",
    "counter_row": "Holds {points} of {n} members",
    "counter_row_nothing": "Holds nothing of members",
    "counter_given_up": "Given up here; on its way to the central office.",
    "give_up": "Give it up",
    "give_up_reason": "Why it won't come back",
    "give_up_how": (
        "For a PC that is lost for good: its members have their points back at once, and the "
        "programme bears what the counter may have given away. Your name and the reason are kept."
    ),
}
