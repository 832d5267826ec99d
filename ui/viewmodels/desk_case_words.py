"""What the desk says of a case's fields, in English, by key; translated with `desk_words`."""

from __future__ import annotations

from typing import Final

DESK_CASE: Final = {
    "field_severity": "How grave",
    "severity_low": "Low",
    "severity_medium": "Medium",
    "severity_high": "High",
    "field_action": "Done at once",
    "action_apologised": "Apologised",
    "action_served": "Served again",
    "action_colleague": "A colleague took over",
    "action_none": "Nothing",
    "field_cause": "At the root of it",
    "cause_waiting": "Waiting time",
    "cause_manner": "Manner",
    "cause_knowledge": "Knowledge",
    "cause_rules": "Our rules",
    "cause_system": "Our systems",
    "cause_facilities": "The hall",
    "cause_other": "Another cause",
    "field_remedy": "Remedy",
    "remedy_apology": "Apology",
    "remedy_correction": "Put right",
    "remedy_goodwill": "Points as goodwill",
    "remedy_other": "Another remedy",
    "field_told": "Who was told",
    "told_customer": "The customer",
    "told_companion": "A companion",
    "told_nobody": "Nobody was reached",
    "field_told_by": "How",
    "told_by_in_person": "In person",
    "told_by_phone": "By phone",
    "told_by_letter": "By letter",
    "told_by_message": "By message",
    "field_satisfied": "Content with the handling",
    "satisfied_yes": "Yes",
    "satisfied_partly": "In part",
    "satisfied_no": "No",
    "field_differs": "Also said: {others}. Choose to settle it.",
}
