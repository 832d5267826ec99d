"""The sentences behind the codes, in English: tables only; `wording` fills and translates them."""

from __future__ import annotations

from typing import Final

from app.services.views import Promise
from ui.qt.language import QT_TRANSLATE_NOOP
from ui.viewmodels.appeal_words import APPEAL_ERRORS, APPEAL_MESSAGES
from ui.viewmodels.listening_words import LISTENING_ERRORS
from ui.viewmodels.paper_words import PAPER_ERRORS
from ui.viewmodels.pc_words import PC_ERRORS
from ui.viewmodels.points_words import POINTS_ERRORS, POINTS_MESSAGES
from ui.viewmodels.risk_words import RISK_ERRORS, RISK_MESSAGES

ERRORS: Final[dict[str, str]] = {
    # signing in, and the seat
    "wrong_pin": QT_TRANSLATE_NOOP("Errors", "Number or PIN is wrong. Tries left: {tries_left}"),
    "throttled": QT_TRANSLATE_NOOP(
        "Errors", "Too many wrong tries. Wait {wait_s} s, then try again."
    ),
    "unknown_staff": QT_TRANSLATE_NOOP(
        "Errors", "This person may no longer sign in. Ask the duty manager."
    ),
    "wrong_office": QT_TRANSLATE_NOOP(
        "Errors", "This number belongs to another office. Ask the duty manager."
    ),
    "wrong_role": QT_TRANSLATE_NOOP("Errors", "This number may not work at this place."),
    "staff_list_missing": QT_TRANSLATE_NOOP(
        "Errors",
        "The staff list hasn't arrived on this PC yet. It comes by itself with the network.",
    ),
    "unknown_badge": QT_TRANSLATE_NOOP(
        "Errors", "This badge isn't known here. Sign in with number and PIN."
    ),
    "not_a_whole_key": QT_TRANSLATE_NOOP(
        "Errors", "The server finds whole card and phone numbers, or a name with 4 last digits."
    ),
    "not_signed_in": QT_TRANSLATE_NOOP("Errors", "Nobody is signed in. Sign in first."),
    "not_enrolled": QT_TRANSLATE_NOOP("Errors", "This PC isn't set up yet."),
    "no_shift": QT_TRANSLATE_NOOP("Errors", "No shift is open."),
    "encounter_open": QT_TRANSLATE_NOOP(
        "Errors", "A customer is still being served. Finish with F12 first."
    ),
    "no_encounter": QT_TRANSLATE_NOOP(
        "Errors", "That customer has been finished. Scan or search the next one."
    ),
    "unknown_encounter": QT_TRANSLATE_NOOP("Errors", "That customer's visit isn't on this PC."),
    # the member
    "unknown_member": QT_TRANSLATE_NOOP(
        "Errors", "This member isn't on this PC. Search again, or join the member with F5."
    ),
    "own_membership": QT_TRANSLATE_NOOP(
        "Errors",
        "This is your own membership, or one that gives you a share. A colleague must serve it.",
    ),
    "member_closed": QT_TRANSLATE_NOOP("Errors", "This membership is closed."),
    "other_member": QT_TRANSLATE_NOOP(
        "Errors", "Another member is being served. Finish with F12, then scan again."
    ),
    "no_member": QT_TRANSLATE_NOOP(
        "Errors", "Find the member first: scan, or type phone, card or name."
    ),
    "card_taken": QT_TRANSLATE_NOOP(
        "Errors", "This card belongs to another member. Take a new card."
    ),
    "bad_card": QT_TRANSLATE_NOOP(
        "Errors", "This isn't a complete card number. Scan the card, or type all its digits."
    ),
    "bad_phone": QT_TRANSLATE_NOOP(
        "Errors", "This isn't a complete phone number. Type all its digits."
    ),
    "bad_name": QT_TRANSLATE_NOOP(
        "Errors", "The name is missing, too long, or has signs that no name has."
    ),
    # points
    "already_earned": QT_TRANSLATE_NOOP("Errors", "This flight has earned its points already."),
    "duplicate_flight": QT_TRANSLATE_NOOP(
        "Errors", "This member has been credited for this flight already, by pass or by typing."
    ),
    "nothing_to_earn": QT_TRANSLATE_NOOP("Errors", "Nothing can be earned with this."),
    "unknown_reward": QT_TRANSLATE_NOOP(
        "Errors", "There is no reward with this number. Type a number from the list."
    ),
    "insufficient": QT_TRANSLATE_NOOP("Errors", "{missing_points} points are missing."),
    "reward_unknown": QT_TRANSLATE_NOOP("Errors", "This reward isn't offered any more."),
    "reward_changed": QT_TRANSLATE_NOOP("Errors", "Its price has changed. Choose it once more."),
    "not_yet": QT_TRANSLATE_NOOP("Errors", "Not offered yet."),
    "no_longer": QT_TRANSLATE_NOOP("Errors", "No longer offered."),
    "blackout": QT_TRANSLATE_NOOP("Errors", "Not offered on these days."),
    "newer_terms": QT_TRANSLATE_NOOP(
        "Errors", "This program is too old for this reward. Another counter may have it."
    ),
    "set_aside": QT_TRANSLATE_NOOP(
        "Errors",
        "Other counters hold {missing_points} of the points for it. Try again with the network"
        " back.",
    ),
    "out_of_stock": QT_TRANSLATE_NOOP("Errors", "None of it is left."),
    "stock_held": QT_TRANSLATE_NOOP(
        "Errors",
        "Other counters hold the last of it. They were asked for it: try again in a moment.",
    ),
    "stock_online_only": QT_TRANSLATE_NOOP(
        "Errors", "This counter holds none of it. Try again with the network back."
    ),
    "not_possible": QT_TRANSLATE_NOOP("Errors", "Not possible just now."),
    "refused": QT_TRANSLATE_NOOP("Errors", "The central office said no. Nothing was spent."),
    "interrupted": QT_TRANSLATE_NOOP(
        "Errors", "It was interrupted. Nothing was spent; start again."
    ),
    # ratings, matters and cases
    "bad_score": QT_TRANSLATE_NOOP("Errors", "That isn't one of the five faces."),
    "not_rated": QT_TRANSLATE_NOOP("Errors", "There is no rating to add to."),
    "invitation_closed": QT_TRANSLATE_NOOP("Errors", "The question to the customer has ended."),
    "unknown_reason": QT_TRANSLATE_NOOP("Errors", "This reason isn't in the list any more."),
    "comment_too_long": QT_TRANSLATE_NOOP(
        "Errors", "The text is too long: at most {limit} characters."
    ),
    "unknown_topic": QT_TRANSLATE_NOOP(
        "Errors", "This topic isn't in the list. Choose one by its digit."
    ),
    "not_manager": QT_TRANSLATE_NOOP("Errors", "Only a duty manager may do this."),
    "unknown_case": QT_TRANSLATE_NOOP("Errors", "This case isn't here any more."),
    # enrolment and the server
    "code_unknown": QT_TRANSLATE_NOOP(
        "Errors", "This code isn't known. Check it, or ask for a new one."
    ),
    "code_used": QT_TRANSLATE_NOOP("Errors", "This code has been used. Ask for a new one."),
    "code_expired": QT_TRANSLATE_NOOP(
        "Errors", "This code is too old. Ask for a new one; it is good for 15 minutes."
    ),
    "unreachable": QT_TRANSLATE_NOOP(
        "Errors", "The central server doesn't answer. Check the address and the network."
    ),
    "not_guichet": QT_TRANSLATE_NOOP(
        "Errors", "Something answers at this address, but it isn't the central server."
    ),
    "server_error": QT_TRANSLATE_NOOP(
        "Errors", "The central server has trouble of its own. Try again in a few minutes."
    ),
    "certificate": QT_TRANSLATE_NOOP(
        "Errors", "The server's certificate isn't trusted by this PC. Ask the administrator."
    ),
    "clock": QT_TRANSLATE_NOOP("Errors", "This PC's clock is wrong. Set date and time."),
    "revoked": QT_TRANSLATE_NOOP(
        "Errors",
        "This PC has been shut out. What it recorded is kept for the central office.",
    ),
    "old_client": QT_TRANSLATE_NOOP(
        "Errors",
        "This version is too old for the central server. Ask for the update; your work is kept.",
    ),
    "old_server": QT_TRANSLATE_NOOP(
        "Errors",
        "The central server is older than this program. Tell the administrator; your work is kept.",
    ),
    # the other refusals of services, rules and store
    "empty_matter": QT_TRANSLATE_NOOP("Errors", "Write in a few words what it is about."),
    "matter_too_long": QT_TRANSLATE_NOOP(
        "Errors", "The text is too long: at most {limit} characters."
    ),
    "nothing_asked": QT_TRANSLATE_NOOP(
        "Errors", "This reward is no longer asked for. Start again with F3."
    ),
    "nothing_held": QT_TRANSLATE_NOOP(
        "Errors", "This counter holds too few points for this member."
    ),
    "empty_note": QT_TRANSLATE_NOOP("Errors", "Write down what was done."),
    "note_too_long": QT_TRANSLATE_NOOP(
        "Errors", "The text is too long: at most {limit} characters."
    ),
    "bad_outcome": QT_TRANSLATE_NOOP("Errors", "Choose how it ended."),
    "no_goodwill": QT_TRANSLATE_NOOP("Errors", "Give the points first."),
    "bad_field": QT_TRANSLATE_NOOP("Errors", "Choose one of the list."),
    "bad_stage": QT_TRANSLATE_NOOP("Errors", "Choose how far it has come."),
    "case_taken": QT_TRANSLATE_NOOP("Errors", "Somebody has taken this case."),
    "case_closed": QT_TRANSLATE_NOOP("Errors", "This case is closed. Open it again first."),
    "case_open": QT_TRANSLATE_NOOP("Errors", "This case is open."),
    "bad_answer": QT_TRANSLATE_NOOP("Errors", "Choose one of the answers."),
    "conflict": QT_TRANSLATE_NOOP(
        "Errors", "This was recorded before, and otherwise. Tell the administrator."
    ),
    "already_enrolled": QT_TRANSLATE_NOOP("Errors", "This PC is set up already."),
    "bad_address": QT_TRANSLATE_NOOP(
        "Errors", "This isn't a server's address. Type it as https://name."
    ),
    "vault_damaged": QT_TRANSLATE_NOOP(
        "Errors", "The note of where this PC's keys are is damaged. Ask the administrator."
    ),
    "keys_missing": QT_TRANSLATE_NOOP(
        "Errors", "This PC's keys are gone. Ask the administrator; what was recorded is kept."
    ),
    "database_damaged": QT_TRANSLATE_NOOP(
        "Errors",
        "This PC's data is damaged. Leave everything as it is: the administrator takes the work "
        "along with `guichet rescue export` and sets the PC up anew.",
    ),
    "database_busy": QT_TRANSLATE_NOOP(
        "Errors", "Another program holds this PC's data. Close it, then do this again."
    ),
    "members_damaged": QT_TRANSLATE_NOOP(
        "Errors", "The members' data on this PC is damaged. It is fetched anew by itself."
    ),
    "database_newer": QT_TRANSLATE_NOOP(
        "Errors", "The data was written by a newer version. Install that version."
    ),
    "no_members": QT_TRANSLATE_NOOP("Errors", "The members' data hasn't arrived yet."),
    "second_instance": QT_TRANSLATE_NOOP("Errors", "Guichet is running at this place already."),
    "lease_exceeded": QT_TRANSLATE_NOOP(
        "Errors", "This counter holds too few points for it without the network."
    ),
    "flight_too_old": QT_TRANSLATE_NOOP("Errors", "The flight is too long ago to earn points."),
    "flight_not_flown": QT_TRANSLATE_NOOP(
        "Errors", "The flight is still to come. Points are earned on the day."
    ),
    "accrual_class_earns_nothing": QT_TRANSLATE_NOOP(
        "Errors", "Booking class {booking_class} earns no points."
    ),
    "accrual_carrier_not_accepted": QT_TRANSLATE_NOOP(
        "Errors", "Flights of {carrier} earn no points here."
    ),
    "accrual_class_unknown": QT_TRANSLATE_NOOP(
        "Errors", "Booking class {booking_class} isn't in the rules yet. Take a matter with F6."
    ),
    "accrual_distance_unknown": QT_TRANSLATE_NOOP(
        "Errors", "The distance of {route} isn't known yet. Take a matter with F6."
    ),
    "accrual_currency_not_accepted": QT_TRANSLATE_NOOP(
        "Errors", "Amounts in {currency} earn no points."
    ),
    "accrual_amount_not_positive": QT_TRANSLATE_NOOP(
        "Errors", "The amount must be more than nothing."
    ),
    "accrual_amount_too_large": QT_TRANSLATE_NOOP(
        "Errors", "The amount is too large. Check what was typed."
    ),
    "accrual_amount_too_small": QT_TRANSLATE_NOOP(
        "Errors", "The amount is too small to earn a point."
    ),
    # a flight typed from the ticket
    "bad_flight": QT_TRANSLATE_NOOP("Errors", "Type airline and number, such as CA1501."),
    "bad_day": QT_TRANSLATE_NOOP("Errors", "Type month and day, such as 1026, or the whole date."),
    "bad_route": QT_TRANSLATE_NOOP("Errors", "Type both airports, such as PEK-SHA."),
    "bad_class": QT_TRANSLATE_NOOP("Errors", "Type the one letter of the booking class."),
    **PC_ERRORS,
    **PAPER_ERRORS,
    **RISK_ERRORS,
    **POINTS_ERRORS,
    **APPEAL_ERRORS,
    **LISTENING_ERRORS,
    # scans
    "scan_empty": QT_TRANSLATE_NOOP("Errors", "The scan was empty. Scan again."),
    "scan_not_a_pass": QT_TRANSLATE_NOOP(
        "Errors", "This code is neither a boarding pass nor a card. Scan again."
    ),
    "scan_unsupported_format": QT_TRANSLATE_NOOP(
        "Errors", "This kind of boarding pass can't be read. Type card or phone instead."
    ),
    "scan_truncated": QT_TRANSLATE_NOOP(
        "Errors", "The scan broke off. Hold the pass still and scan again."
    ),
    "scan_too_long": QT_TRANSLATE_NOOP(
        "Errors", "The scan is too long for a boarding pass. Scan one code at a time."
    ),
    "scan_wrong_field": QT_TRANSLATE_NOOP(
        "Errors", "The boarding pass can't be read in part. Scan again."
    ),
    "scan_wrong_date": QT_TRANSLATE_NOOP(
        "Errors", "The boarding pass has no possible date. Check the pass."
    ),
    "scan_control_characters": QT_TRANSLATE_NOOP(
        "Errors", "The scanner sends signs that don't belong there. Its settings need mending."
    ),
    "scan_case_inverted": QT_TRANSLATE_NOOP(
        "Errors", "Caps Lock is on and turned the scan round. Switch it off and scan again."
    ),
    "scan_keyboard_layout": QT_TRANSLATE_NOOP(
        "Errors",
        "The keyboard's language garbled the scan. Switch to the English layout and scan again.",
    ),
    "scan_input_method": QT_TRANSLATE_NOOP(
        "Errors", "The input method caught the scan. Switch it off and scan again."
    ),
}

MESSAGES: Final[dict[str, str]] = {
    **POINTS_MESSAGES,
    **APPEAL_MESSAGES,
    **RISK_MESSAGES,
    "nobody_found": QT_TRANSLATE_NOOP(
        "Messages", "Nobody found for “{text}”. Try phone, card or name, or join with F5."
    ),
    "nobody_on_this_pc": QT_TRANSLATE_NOOP(
        "Messages",
        "Nobody on this PC for “{text}”, and the server can't be reached to look further."
        " Try phone, card or name, or join with F5.",
    ),
    "pass_without_member": QT_TRANSLATE_NOOP(
        "Messages", "Pass of {name}: no member found. Search by phone or name, or join with F5."
    ),
    "finish_or_earn": QT_TRANSLATE_NOOP(
        "Messages", "Not earned yet. Enter earns it, F12 again finishes without."
    ),
    "answer_first": QT_TRANSLATE_NOOP(
        "Messages", "The customer is being asked. Wait for the answer, or go back with Esc."
    ),
    "booking": QT_TRANSLATE_NOOP("Messages", "The reward is being booked; a moment."),
    "customer_said_no": QT_TRANSLATE_NOOP("Messages", "The customer said no. Nothing was spent."),
    "no_answer": QT_TRANSLATE_NOOP(
        "Messages", "No answer on the panel. Nothing was spent. Enter asks again."
    ),
    "redemption_withdrawn": QT_TRANSLATE_NOOP(
        "Messages", "The question was taken back. Nothing was spent."
    ),
    "bad_amount": QT_TRANSLATE_NOOP("Messages", "Type an amount such as 1280 or 1280.50."),
    "bad_number": QT_TRANSLATE_NOOP("Messages", "Type the reward's number from the list."),
    "scan_not_here": QT_TRANSLATE_NOOP(
        "Messages", "This form takes no scan. Finish it, or go back with Esc, then scan."
    ),
    "scan_read": QT_TRANSLATE_NOOP("Messages", "Read: “{read}”, {count} characters."),
    "earned": QT_TRANSLATE_NOOP("Messages", "{points} points earned."),
    "outcome": QT_TRANSLATE_NOOP("Messages", "{text}"),
    "undone": QT_TRANSLATE_NOOP("Messages", "Undone."),
    "voucher_taken": QT_TRANSLATE_NOOP(
        "Messages", "Voucher {voucher} is taken: hand over {reward}."
    ),
    "printing": QT_TRANSLATE_NOOP("Messages", "The receipt is on its way to the printer."),
    "statement_saved": QT_TRANSLATE_NOOP("Messages", "Saved: {file}"),
    "joined": QT_TRANSLATE_NOOP("Messages", "The member has joined."),
    "contact_updated": QT_TRANSLATE_NOOP("Messages", "The phone number is changed."),
    "card_replaced": QT_TRANSLATE_NOOP("Messages", "The card is replaced."),
    "matter_taken": QT_TRANSLATE_NOOP(
        "Messages", "Taken as {number}. {department} will answer by {due}."
    ),
    "customer_rates": QT_TRANSLATE_NOOP("Messages", "Finished. The customer may rate now."),
    "finished_unasked": QT_TRANSLATE_NOOP("Messages", "Finished without asking the customer."),
    "clerk_switched": QT_TRANSLATE_NOOP("Messages", "{name} is signed in."),
    "resumed": QT_TRANSLATE_NOOP(
        "Messages", "This customer was still being served. Go on, or finish with F12."
    ),
    "sets_itself_up": QT_TRANSLATE_NOOP(
        "Messages", "This PC is being set up by itself, as the administrator arranged."
    ),
    "tries_again": QT_TRANSLATE_NOOP(
        "Messages", "It is tried again in {seconds} s, or at once by Enter."
    ),
    "missing_code": QT_TRANSLATE_NOOP(
        "Messages", "Type server address and code, or scan the code."
    ),
    "missing_pin": QT_TRANSLATE_NOOP("Messages", "Type number and PIN."),
}

TROUBLE: Final[dict[str, str]] = {
    "disk_full": QT_TRANSLATE_NOOP(
        "Errors", "The disk is full. Free some space, then start again; what was recorded is kept."
    ),
    "disk_error": QT_TRANSLATE_NOOP(
        "Errors", "The disk can't be read. Tell the administrator; leave everything as it is."
    ),
}
"""What a refusal means where it keeps the program from starting; the others mean the same there."""

FALLBACK: Final = QT_TRANSLATE_NOOP("Errors", "That can't be done just now. Nothing was recorded.")

COVERED: Final[dict[Promise, str]] = {
    Promise.GUARANTEED: QT_TRANSLATE_NOOP("Promises", "Posted"),
    Promise.GUARANTEED_HERE: QT_TRANSLATE_NOOP("Promises", "Guaranteed by this counter"),
    Promise.OFFICE_RISK: QT_TRANSLATE_NOOP("Promises", "Covered by the office's risk limit"),
}
"""What stands behind a reward that was given."""

PROMISES: Final[dict[Promise, str]] = {
    Promise.GUARANTEED: QT_TRANSLATE_NOOP("Promises", "Guaranteed"),
    Promise.GUARANTEED_HERE: QT_TRANSLATE_NOOP("Promises", "Guaranteed by this counter"),
    Promise.OFFICE_RISK: QT_TRANSLATE_NOOP("Promises", "Covered by the office's risk limit"),
    Promise.NOT_POSSIBLE: QT_TRANSLATE_NOOP("Promises", "Not possible now"),
}

LINE_STATES: Final[dict[str, str]] = {
    "waiting": QT_TRANSLATE_NOOP("Lines", "Saved, waiting to be sent"),
    "sent": QT_TRANSLATE_NOOP("Lines", "Booked"),
    "guaranteed": QT_TRANSLATE_NOOP("Promises", "Guaranteed"),
    "guaranteed_here": QT_TRANSLATE_NOOP("Promises", "Guaranteed by this counter"),
    "office_risk": QT_TRANSLATE_NOOP("Promises", "Covered by the office's risk limit"),
    "undone": QT_TRANSLATE_NOOP("Lines", "Undone"),
    "in_progress": QT_TRANSLATE_NOOP("Lines", "Being booked …"),
    "exception": QT_TRANSLATE_NOOP("Lines", "A manager will settle it"),
}

LINE_KINDS: Final[dict[str, str]] = {
    "accrual": QT_TRANSLATE_NOOP("Lines", "Earned"),
    "redemption": QT_TRANSLATE_NOOP("Lines", "Reward"),
    "refund": QT_TRANSLATE_NOOP("Lines", "Reward given back"),
    "joined": QT_TRANSLATE_NOOP("Lines", "Joined the programme"),
    "contact": QT_TRANSLATE_NOOP("Lines", "Phone changed"),
    "card": QT_TRANSLATE_NOOP("Lines", "Card replaced"),
    "matter": QT_TRANSLATE_NOOP("Lines", "Complaint or question"),
    "voucher": QT_TRANSLATE_NOOP("Lines", "Voucher taken"),
}

PENDING: Final[dict[str, str]] = {
    "accrual": QT_TRANSLATE_NOOP("Pending", "Points earned"),
    "accrual_undone": QT_TRANSLATE_NOOP("Pending", "Points taken back"),
    "redemption": QT_TRANSLATE_NOOP("Pending", "Reward given"),
    "redemption_undone": QT_TRANSLATE_NOOP("Pending", "Reward taken back"),
    "voucher": QT_TRANSLATE_NOOP("Pending", "Voucher taken"),
    "rating": QT_TRANSLATE_NOOP("Pending", "The customer's rating, or none"),
    "encounter": QT_TRANSLATE_NOOP("Pending", "A customer served"),
    "unknown": QT_TRANSLATE_NOOP("Pending", "Nobody knows what"),
    "appeal": QT_TRANSLATE_NOOP("Pending", "Appeal to the managers"),
    "matter": QT_TRANSLATE_NOOP("Pending", "Complaint or question"),
    "member": QT_TRANSLATE_NOOP("Pending", "Member's details"),
    "shift": QT_TRANSLATE_NOOP("Pending", "Shift opened or closed"),
    "session": QT_TRANSLATE_NOOP("Pending", "Sign-in or sign-out"),
}

READINESS: Final[dict[str, str]] = {
    "no_data_yet": QT_TRANSLATE_NOOP("Readiness", "The members' data is on its way"),
    "data_old": QT_TRANSLATE_NOOP("Readiness", "The members' data is more than a day old"),
    "data_stale": QT_TRANSLATE_NOOP("Readiness", "The members' data isn't fresh"),
    "no_guests_covered": QT_TRANSLATE_NOOP("Readiness", "No guest is covered without the network"),
    "risk_used_up": QT_TRANSLATE_NOOP("Readiness", "The office's risk limit is used up"),
    "list_too_old": QT_TRANSLATE_NOOP(
        "Readiness", "The deny list is too old to give rewards at the office's risk"
    ),
    "contact_needed": QT_TRANSLATE_NOOP(
        "Readiness", "Rewards at the office's risk need the network once first"
    ),
    "panel_missed": QT_TRANSLATE_NOOP(
        "Readiness", "The customer's screen is gone: check its cable"
    ),
    "unreachable": QT_TRANSLATE_NOOP("Readiness", "The central server doesn't answer"),
    "weak_vault": QT_TRANSLATE_NOOP(
        "Readiness",
        "This PC has no key store. Its keys are kept in a file, which is less safe.",
    ),
}

DEPARTMENTS: Final[dict[str, str]] = {
    "baggage_services": QT_TRANSLATE_NOOP("Departments", "Baggage services"),
    "operations": QT_TRANSLATE_NOOP("Departments", "Operations"),
    "revenue": QT_TRANSLATE_NOOP("Departments", "Ticket accounts"),
    "loyalty": QT_TRANSLATE_NOOP("Departments", "Member services"),
    "customer_relations": QT_TRANSLATE_NOOP("Departments", "Customer relations"),
}

SKIP_REASONS: Final[dict[str, str]] = {
    "customer_left": QT_TRANSLATE_NOOP("Skip", "The customer has left"),
    "panel_broken": QT_TRANSLATE_NOOP("Skip", "The panel doesn't work"),
    "child": QT_TRANSLATE_NOOP("Skip", "A child at the panel"),
    "no_panel": QT_TRANSLATE_NOOP("Skip", "There is no panel"),
    "other": QT_TRANSLATE_NOOP("Skip", "Another reason"),
}

TOPICS: Final[dict[str, str]] = {
    "baggage": QT_TRANSLATE_NOOP("Topics", "Baggage"),
    "booking": QT_TRANSLATE_NOOP("Topics", "Booking and tickets"),
    "delay": QT_TRANSLATE_NOOP("Topics", "Delay or cancellation"),
    "points": QT_TRANSLATE_NOOP("Topics", "Points and rewards"),
    "refund": QT_TRANSLATE_NOOP("Topics", "Refund"),
    "staff": QT_TRANSLATE_NOOP("Topics", "Staff and service"),
    "service": QT_TRANSLATE_NOOP("Topics", "Service"),
    "facilities": QT_TRANSLATE_NOOP("Topics", "Hall and facilities"),
    "invoice": QT_TRANSLATE_NOOP("Topics", "Invoice"),
    "question": QT_TRANSLATE_NOOP("Topics", "Question"),
    "other": QT_TRANSLATE_NOOP("Topics", "Something else"),
}

TIERS: Final[dict[str, str]] = {
    "basic": QT_TRANSLATE_NOOP("Tiers", "Basic"),
    "silver": QT_TRANSLATE_NOOP("Tiers", "Silver"),
    "gold": QT_TRANSLATE_NOOP("Tiers", "Gold"),
    "platinum": QT_TRANSLATE_NOOP("Tiers", "Platinum"),
}

MATCHES: Final[dict[str, str]] = {
    "card": QT_TRANSLATE_NOOP("Matches", "card"),
    "card_ending": QT_TRANSLATE_NOOP("Matches", "end of the card"),
    "phone": QT_TRANSLATE_NOOP("Matches", "phone"),
    "name": QT_TRANSLATE_NOOP("Matches", "name"),
    "initials": QT_TRANSLATE_NOOP("Matches", "initials"),
    "latin": QT_TRANSLATE_NOOP("Matches", "name"),
    "latin_name": QT_TRANSLATE_NOOP("Matches", "name"),
}
