"""What the manager's desk says, in English, by key; its translations are `desk_*.ts`."""

from __future__ import annotations

from typing import Final

from ui.viewmodels.appeal_words import DESK_APPEALS
from ui.viewmodels.desk_case_words import DESK_CASE
from ui.viewmodels.desk_figure_words import DESK_FIGURES
from ui.viewmodels.desk_fleet_words import DESK_FLEET
from ui.viewmodels.desk_phone_words import DESK_PHONE
from ui.viewmodels.desk_points_words import DESK_DENYING, DESK_EXPOSURE, DESK_POINTS
from ui.viewmodels.desk_report_words import DESK_REPORT
from ui.viewmodels.listening_words import DESK_LISTENING
from ui.viewmodels.rating_panel_words import LEVELS, REASONS

STATES: Final = ("declined", "timed_out", "not_offered", "device_down", "superseded")
"""How an encounter may end without a rating, in the order shown."""

ENTRIES: Final = {
    "entry_RedemptionGranted": "Reward given without the network",
    "entry_RedemptionRequested": "Reward asked for",
    "entry_RedemptionVoided": "Reward taken back",
    "entry_VoucherUsed": "Voucher taken",
    "entry_AccrualRecorded": "Points earned",
    "entry_AccrualReversed": "Points taken back",
    "entry_AccrualReduced": "Points taken back in part",
    "entry_RedemptionRefunded": "Reward given back",
    "entry_PointsAdjusted": "Points given or taken by a manager",
    "entry_AdjustmentConfirmed": "A manager agreed to points given or taken",
    "entry_AdjustmentDeclined": "A manager declined points given or taken",
    "entry_LeasesWrittenOff": "A counter's points set aside were given up",
    "entry_MemberDenied": "A member was put on the deny list",
    "entry_MemberAllowed": "A member was taken off the deny list",
    "entry_RatingRecorded": "Rating",
    "entry_RatingDetailed": "Reasons of a rating",
    "entry_MemberJoined": "New member",
    "entry_ContactUpdated": "New phone number",
    "entry_CardReplaced": "New card",
    "entry_MatterOpened": "Complaint or question",
    "entry_CaseAcknowledged": "Somebody took a case",
    "entry_CaseNoted": "Note on a case",
    "entry_CaseAdvanced": "A case came further",
    "entry_CaseClosed": "A case was closed",
    "entry_CaseReopened": "A case was opened again",
    "entry_CaseFieldSet": "Something was said of a case",
    "entry_ApprovalAnswered": "A manager answered what a counter asked",
    "entry_StrayPressesRecorded": "Presses outside a question",
    "entry_FiguresSaved": "A manager saved figures as a file",
    "entry_ExceptionSettled": "An answer given here before",
    "entry_EncounterOpened": "A customer's visit began",
    "entry_EncounterResumed": "A customer's visit went on",
    "entry_EncounterEnded": "A customer's visit ended",
    "entry_MemberIdentified": "A member was found",
    "entry_RatingNotGiven": "A visit ended without a rating",
    "entry_LeaseReturned": "Points set aside were given back",
    "entry_LeaseHandedOn": "Points set aside were handed on to another counter",
    "entry_LeaseReceived": "Points set aside were taken over from another counter",
    "entry_StockReturned": "Rewards held at a counter were given back",
    "entry_SessionStarted": "A clerk signed in",
    "entry_SessionEnded": "A clerk signed out",
    "entry_ShiftOpened": "A shift was opened",
    "entry_ShiftClosed": "A shift was closed",
    "entry_Watched": "Something to look at",
    "entry_other": "Entry of a counter",
}
WHY: Final = {
    "why_watch_emptied": (
        "{taken} of {had} points were spent within {hours} h, after {days} days without a booking. "
        "It may be a long saved-up reward: ask the customer, or the clerk how they knew them."
    ),
    "why_watch_far_apart": (
        "{times} rewards at {offices} offices within {hours} h. It may be a journey, or a family "
        "that shares a card."
    ),
    "why_watch_after_change": (
        "{taken} points were spent {minutes} min after the card or the phone was changed. It may "
        "be that a lost card was replaced to use it: see by which document the change was made."
    ),
    "why_watch_same_clerk": (
        "The clerk gave the same member {times} rewards within {days} days, {taken} points. It may "
        "be a regular who comes to the same window."
    ),
    "why_watch_by_name": (
        "The clerk gave {times} rewards within {hours} h, {taken} points, to members known by "
        "their names alone. It may be a scanner out of order, or a group without cards."
    ),
    "why_watch_unasked": (
        "The clerk did not ask {part} of {n} customers within {days} days to rate: {percent} %, "
        "with others of the office {usual} %. It may be a panel out of order, or who was served "
        "there: ask before you judge."
    ),
    "why_watch_at_once": (
        "{part} of {n} questions of this clerk's customers were closed as soon as they came up, "
        "within {days} days: {percent} %, with others {usual} %. It may be a hurried window, or "
        "customers who hold their hand over the panel."
    ),
    "why_watch_after_low": (
        "Of {n} visits right after a low rating {part} ended without one, within {days} days: "
        "{percent} %, otherwise {usual} % of this clerk's. It may be the queue that a long "
        "conversation leaves behind."
    ),
    "why_watch_too_fast": (
        "{part} of {n} ratings came sooner than a customer reads the question, within {days} days: "
        "{percent} %, with others {usual} %. It may be regulars who know the keys, or somebody "
        "who presses for them."
    ),
    "why_stuck_key": (
        "A key of the customer's keypad is pressed without a pause: it sticks, or something lies "
        "on it. It rates nobody; free it, or take the keypad off until it is exchanged."
    ),
    "why_stuck_glass": (
        "The customer's panel is touched without a pause: something leans on it, or the glass is "
        "worn. Clean it and look at it from the customer's side."
    ),
    "why_watch_stray": (
        "Customers of this clerk pressed while no question was open {part} times in {n} visits "
        "within {days} days: {percent} %, with others {usual} %. It may be a child, or a window "
        "where people wait; it may be somebody who wants to say something and isn't asked."
    ),
    "why_over_clerk_limit": (
        "The clerk gave out more points within the hour than the rules allow, counted over all "
        "counters. It is booked, and the customer has the reward: ask the clerk."
    ),
    "why_over_limit": "More than the limits allow.",
    "why_not_approved": "It was more than a counter gives without a manager's approval.",
    "why_over_window": "More than a counter may give away before the central office hears of it.",
    "why_voucher_used": "The reward had been handed over for its voucher before.",
    "why_voucher_refunded": "The voucher's points had been given back before.",
    "why_voucher_voided": "The voucher's reward had been taken back before.",
    "why_voucher_expired": "The voucher's last day was over.",
    "why_voucher_elsewhere": "The voucher was good at another office alone.",
    "why_voucher_issuer_shut_out": "The voucher came from a PC that had been shut out.",
    "why_voucher_forged": "No counter of this programme issued the voucher.",
    "why_voucher_unreadable": "The voucher can't be read whole.",
    "why_insufficient": "The member had too few points left.",
    "why_unknown_lease": "The counter held no points set aside for this member.",
    "why_lease_closed": "The points set aside at the counter had run out or expired.",
    "why_lease_exceeded": "The counter held fewer points for this member.",
    "why_written_off": (
        "It came in after what the counter held had been written off. It is booked, and the loss "
        "counts as one that was written down beforehand."
    ),
    "why_handed_on_twice": (
        "The counter that handed them on had none left: its PC was copied or set back. What is "
        "given away for them is booked, and the loss counts as one that was written down "
        "beforehand."
    ),
    "why_bad_transfer": "It isn't proved that another counter of this office handed them on.",
    "why_unknown_stock_lease": "The counter held none of this reward.",
    "why_stock_lease_closed": "The counter had given back what it held of this reward.",
    "why_stock_exceeded": "The counter held fewer of this reward.",
    "why_beyond_stock": (
        "None of the reward was left when it came in. It is booked, and one more was given than "
        "there were."
    ),
    "why_already_earned": "This flight had earned its points already.",
    "why_bad_coupon": "Which ticket it was can't be read.",
    "why_bad_cash": "What was paid with money can't be read.",
    "why_bad_flight": "Which flight it was can't be read.",
    "why_duplicate_flight": (
        "The member had been credited for this flight already, by pass or by typing."
    ),
    "why_unknown_member": "The server doesn't know this member.",
    "why_unknown_encounter": "The server doesn't know the customer's visit it belongs to.",
    "why_unknown_rating": "The server doesn't know the rating it belongs to.",
    "why_unknown_staff": "The server doesn't know the clerk who did it.",
    "why_staff_inactive": "The clerk was no longer allowed to work.",
    "why_wrong_office": "The clerk belongs to another office.",
    "why_card_taken": "The card belongs to another member.",
    "why_blob_missing": "The text that belongs to it didn't arrive.",
    "why_fork": "The counter's PC was set back, and recorded something else in its place.",
    "why_shut_out": "It was rescued from a PC that was shut out or had lost its keys: you decide.",
    "why_unreadable": (
        "The counter doesn't have it any more: its disk lost it, or it was left to a backup that "
        "lacks it. If a copy turns up, it is booked by itself; do that by hand only if none will."
    ),
    "why_unknown_pool": "The counter held no risk limit of that number.",
    "why_bad_cover": "It doesn't say what stood behind the reward.",
    "why_bad_points": "The number of points makes no sense.",
    "why_wrong_member": "The points set aside were another member's.",
    "why_own_membership": "The clerk served their own membership, or one that gives them a share.",
    "why_voided": "The reward had been taken back before it was given.",
    "why_conflict": "Something else was recorded under the same number.",
    "why_cannot_honour": (
        "What was to be honoured can't be read, is kept apart or is nothing to be booked. "
        "If it is right, do it by hand at a counter."
    ),
    "why_accrual_known": "These points had been recorded before.",
    "why_redemption_known": "This reward had been recorded before.",
    "why_rating_known": "This rating had been recorded before.",
    "why_encounter_known": "This visit had been recorded before.",
    "why_member_known": "This member had joined before.",
    "why_member_forgotten": "The member's data had been erased in the meantime.",
    "why_matter_known": "This complaint had been taken before.",
    "why_already_rated": "The visit had its rating already.",
    "why_other_encounter": "The rating belongs to another visit.",
    "why_wrong_device": "The visit belongs to another counter.",
    "why_unknown_accrual": "The server doesn't know the points it belongs to.",
    "why_other_points": "By the programme's rules it is another number of points.",
    "why_unknown_rules": "The server doesn't know the rules that the points were worked out by.",
    "why_over_refund": "More would come back than there was.",
    "why_same_person": "A second manager has to agree.",
    "why_bad_reason": "It doesn't say why, or says too much.",
    "why_bad_adjustment": "It doesn't say whether points were given or taken.",
    "why_adjustment_known": "These points had been given or taken before.",
    "why_unknown_adjustment": "The server doesn't know which points it belongs to.",
    "why_adjustment_decided": "Another manager had decided about these points before.",
    "why_unknown_device": "There is no such counter at this office.",
    "why_unknown_case": "The server doesn't know this case.",
    "why_unknown_exception": "The server doesn't know what was to be settled.",
    "why_case_taken": "Somebody else had taken the case before.",
    "why_case_closed": "The case had been closed before.",
    "why_case_further": "The case had come that far before.",
    "why_case_open": "The case wasn't closed, or had been opened again before.",
    "why_settled": "It had been settled before.",
    "why_not_manager": "The one who did it was no duty manager.",
    "why_no_staff": "Nobody was signed in when it was done.",
    "why_wrong_card": "The old card wasn't this member's.",
    "why_bad_card": "The card number can't be right.",
    "why_bad_phone": "The phone number can't be right.",
    "why_bad_name": "The name can't be right.",
    "why_bad_profile": "The member's details can't be read.",
    "why_bad_score": "The score is none of the five faces.",
    "why_bad_reasons": "It gives more reasons than were offered.",
    "why_bad_state": "It says how the visit ended in a way that can't be.",
    "why_bad_field": "It says something of the case that can't be.",
    "why_bad_stage": "It says how far the case came in a way that can't be.",
    "why_bad_outcome": "It says how the case ended in a way that can't be.",
    "why_cannot_claim": "Nothing was given away that could be claimed back from a member.",
    "why_bad_answer": "It is none of the answers there are.",
    "why_malformed": "It can't be read; the counter's program may be too old or too new.",
    "why_failed": "The server made a mistake; its operator finds it in the log.",
    "why_other": "The server could not post it: {message}",
}

DESK: Final = {
    "title": "Duty desk",
    "sign_out": "Sign out",
    "language": "中文",
    "cases": "Open cases",
    "counted": "{title} · {n}",
    "no_cases": "Nobody is waiting",
    "no_cases_hint": "A low rating rings here at once.",
    "loading": "Reading what is open",
    "not_manager": "Sign in as a duty manager",
    "window": "Window {label}",
    "case_of": "Window {label} · clerk {number}",
    "minutes": "{n} min",
    "hours": "{n} h",
    "days": "{n} days",
    "now": "less than 1 min",
    "matter": "Complaint {number}",
    "due": "Answer promised by {time}",
    "late": "Answer is late",
    "rated_at": "Rated at {time}",
    "own_phone": "on their own phone",
    "opened_at": "Opened at {time}",
    "customer_waiting": "Customer waiting",
    "customer_wants_call": "Wants a call",
    "call_now": "Asks for somebody now",
    "call_wait": "The customer waits for you",
    "call_call_me": "The customer wants to be called",
    "call_no": "The customer wants nobody just now",
    "state_new": "New",
    "state_acknowledged": "{name} is on the way",
    "state_taken": "Taken on by {name}",
    "stage_arrived": "{name} is with the customer",
    "stage_investigating": "{name} is looking into it",
    "stage_offered": "{name} offered a remedy",
    "stage_told": "{name} told the customer",
    "stage_closed": "Closed by {name}",
    "stage_reopened": "Opened again by {name}",
    "stage_passed_on": "Passed on to {name}",
    "state_closed_resolved": "Resolved by {name}",
    "state_closed_unable": "{name} could not resolve it",
    "reasons": "Reasons: {reasons}",
    "no_reasons": "No reasons given",
    "member": "Member: {name}",
    "acknowledge": "I am on my way",
    "take_on": "I take it on",
    "advance_arrived": "I am with the customer",
    "advance_investigating": "I look into it",
    "advance_offered": "Remedy offered",
    "advance_told": "Customer told",
    "reopen": "Open again",
    "taken_after": "taken after {age}",
    "there_after": "there after {age}",
    "closed_after": "closed after {age}",
    "note_label": "What was found, what was done",
    "note": "Save note",
    "close_resolved": "Close: resolved",
    "close_unable": "Close: could not be resolved",
    "choose_case": "Choose a case on the left",
    "all_quiet": "All is well",
    "all_quiet_hint": "No low rating is open at this office.",
    "today": "Today",
    "good_rate": "Good rate",
    "good_rate_how": "Ratings of 4 or 5 over all ratings of today",
    "rated_rate": "Rated",
    "rated_rate_how": "Encounters that ended with a rating over all encounters of today",
    "n": "n = {n}",
    "unrated": "Without a rating",
    "unrated_n": "{share} · n = {n}",
    "state_declined": "Said no, thanks",
    "state_timed_out": "Gave no answer",
    "state_not_offered": "Not asked by staff",
    "state_device_down": "Panel out of order",
    "state_superseded": "Next customer came",
    "no_figures": "No figures for today yet",
    "exceptions": "To settle",
    "no_exceptions": "Nothing to settle",
    "exception_from": "Window {label} · {time}",
    "exception_by": "Window {label} · clerk {number} · {time}",
    "exception_member": "{name} · {card} · {points} points to spend",
    "exception_owes": "{name} · {card} · owes {points} points",
    "exception_points": "{points} points",
    "why": "Why it stands here",
    "settle_label": "Note (optional)",
    "settle_honour": "Honour it",
    "settle_claim_back": "Claim it back",
    "settle_write_off": "Write it off",
    "settle_noted": "Take note",
    "settle_honour_how": (
        "The member keeps the reward; the points are taken as far as they are there."
    ),
    "settle_honour_taken": "The member keeps the reward; {taken} of {has} points are taken now.",
    "settle_honour_borne": (
        "The member keeps the reward; {taken} points are taken, all that is there, and the "
        "programme bears {borne}."
    ),
    "settle_claim_back_how": "The member pays: the points are taken, and what isn't there is owed.",
    "settle_claim_back_taken": "The member pays: {taken} of {has} points are taken now.",
    "settle_claim_back_owed": (
        "The member pays: {taken} points are taken now and {owed} are owed, which what is earned "
        "next pays."
    ),
    "settle_rescued_how": "It is booked now as the counter recorded it.",
    "settle_rules_aside_how": "The member gets the points that the counter recorded.",
    "settle_over_newer_how": (
        "It is booked now as the counter recorded it, over what was changed since."
    ),
    "settle_write_off_how": "The programme bears it; the member's balance stays as it is.",
    "settle_write_off_borne": (
        "The programme bears {borne} points; the member's balance stays as it is."
    ),
    "settle_noted_how": "Nothing changes; it is kept as seen.",
    "online": "Online · up to date",
    "online_age": "Online · {age} old",
    "offline": "Offline · {age} old",
    "offline_never": "Offline · no data yet",
    "offline_title": "Working without the network",
    "offline_detail": "What you do is kept and sent later; low ratings may come late.",
    "approval_asked": "Window {label} asks: {reward}, {points} points",
    "approval_decline": "Don't agree",
    "approval_member": "For {name}",
    "approval_stranger": "a member whom this desk doesn't hold",
    "approval_left": "{points} points as far as the counter knows",
    "approval_clerk": "Clerk {number}",
    "approval_list": "the counter's data is {age} old",
    "approval_more": "{n} more wait",
    "trust_new": "new member",
    "trust_known": "known member",
    "trust_trusted": "trusted member",
    "code_open": "Code",
    "code_counter": "Counter",
    "code_challenge": "Digits that it shows",
    "code_make": "Make the code",
    "code_hint": "Ask who calls what it is for. The code is good for that one reward alone.",
    "code_made": "Good for one reward of {points} points at that counter.",
    "rings": "Low rating at window {label}, {age} ago",
    "rings_more": "Low rating at window {label}, {age} ago · {n} more wait",
    "rings_now": "Low rating at window {label}, just now",
    "rings_silent": "Silenced; the next one rings again.",
    "silence": "Silence",
    "show_case": "Show",
    "no_sound": "This PC can't play the alarm",
    "no_sound_detail": "It may beep at most: keep the screen in sight, and ask IT for the sound.",
    "alarm": "Low rating at window {label}",
    "alarm_detail": "{level}. Somebody is needed at the counter.",
    **DESK_CASE,
    **DESK_APPEALS,
    **DESK_LISTENING,
    **DESK_POINTS,
    **DESK_EXPOSURE,
    **DESK_FLEET,
    **DESK_DENYING,
    **DESK_FIGURES,
    **DESK_REPORT,
    **DESK_PHONE,
    **LEVELS,
    **REASONS,
    **ENTRIES,
    **WHY,
}
