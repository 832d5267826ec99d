"""What the customer's panel says, in English, by key; its translations are `panel_*.ts`.

The panel's language is the customer's, so these go through `ui.qt.words`, not through the
application's translator.
"""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = {"zh_CN": "简体", "zh_TW": "繁體", "en": "English"}
"""What the panel speaks, each under its own name."""

LEVELS: Final = {
    "level_5": "Very satisfied",
    "level_4": "Satisfied",
    "level_3": "Fairly satisfied",
    "level_2": "Dissatisfied",
    "level_1": "Very dissatisfied",
}
REASONS: Final = {
    "reason_efficiency": "Speed",
    "reason_competence": "Competence",
    "reason_attitude": "Attitude",
    "reason_facilities": "Facilities",
    "reason_rules": "Rules",
    "reason_other": "Something else",
}

PANEL: Final = {
    # before and between customers
    "welcome": "Welcome",
    "closed": "This window is closed just now",
    "closed_hint": "Please go to the next window.",
    "window": "Window {label}",
    "clerk": "Clerk {number}",
    "ear": "Read aloud",
    "served_by": "You are being served by clerk {number}",
    # spending points
    "confirm_title": "Spend your points on this?",
    "confirm_points": "To spend",
    "confirm_left": "Left afterwards",
    "points": "{points} points",
    "promise_guaranteed": "Guaranteed",
    "promise_guaranteed_here": "Guaranteed by this counter",
    "promise_office_risk": "Covered by this office",
    "yes": "Yes",
    "no": "No",
    "booking": "One moment, please",
    "booked": "It is yours",
    "booked_detail": "{reward}: {points} points spent",
    "voucher_title": "Your voucher: take a photograph",
    "voucher_detail": "No paper comes out here. Touch the screen when you have it.",
    "refused": "This isn't possible just now",
    "refused_detail": "No points were spent.",
    # rating
    "rate": "How was our service today?",
    "no_thanks": "No, thanks",
    "thanks_chosen": "Thank you. You chose: {face}",
    "sorry_chosen": "We are sorry. You chose: {face}",
    "change_hint": "Changed your mind? Tap another face.",
    "ask_good": "What was good?",
    "ask_fair": "What could be better?",
    "ask_low": "What went wrong?",
    "comment": "Write a few words",
    "comment_change": "Change your words",
    "done": "Done",
    "call_now": "Please call somebody now",
    "called": "The duty manager has been called",
    "no_path": "The duty manager can't be reached from here just now",
    "no_path_call": "Please call",
    "no_path_ask": "Please ask the clerk for the person in charge.",
    "wait": "I'll wait",
    "call_me": "Call me",
    "not_now": "Not now",
    # writing
    "comment_title": "What would you like to tell us?",
    "letters_hint": "This keyboard has letters and digits only.",
    "phone_title": "Which number may we call?",
    "phone_hint": "Leave it empty and we use the number in your membership.",
    "space": "Space",
    "delete": "Delete",
    "shift": "Capitals",
    "digits": "123",
    "letters": "ABC",
    # the end
    "thanks": "Thank you",
    "thanks_detail": "Your rating is recorded.",
    "call_detail": "The duty manager knows.",
    "number_detail": "The duty manager's number: {phone}",
    "goodbye": "Have a good day",
    "phone_too": "Whoever was with you may rate on their own phone",
    "phone_instead": "Rather on your own phone? Scan this",
    "not_saved": "Sorry, we can't record your answer just now",
    "not_saved_detail": "You needn't do anything. The clerk will gladly help you.",
    "detail_not_saved": "Your rating is recorded; what you added couldn't be.",
    **LEVELS,
    **REASONS,
}
