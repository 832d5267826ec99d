"""The side sheet's forms: the fields of each, and what they are called.

A form is built when its step first opens. Most are rare, and all of them took as much memory as the
rest of the counter's screen.
"""

from __future__ import annotations

from typing import Final

from ui.qt.language import translate
from ui.screens import look
from ui.screens.counter_pages import FormPage, TextField
from ui.viewmodels.steps import Step

STEPS: Final = frozenset(
    {
        Step.RETRO,
        Step.JOIN,
        Step.CONTACT,
        Step.CARD,
        Step.APPROVAL,
        Step.MATTER,
        Step.VISITS,
        Step.SWITCH,
        Step.CLOSE_SHIFT,
    }
)


def build(step: Step) -> FormPage:
    """Return a new form for one of `STEPS`, in the language in force."""
    form = FormPage(_fields(step))
    name(step, form)
    return form


def _fields(step: Step) -> dict[str, look.FormField]:
    if step is Step.RETRO:
        examples = {"flight": "CA1501", "day": "1026", "route": "PEK-SHA", "booking_class": "Y"}
        return {each: look.FormField("", placeholder=shown) for each, shown in examples.items()}
    if step is Step.JOIN:
        return {each: look.FormField("") for each in ("card", "name", "latin", "phone")}
    if step is Step.CONTACT:
        return {"phone": look.FormField("")}
    if step is Step.CARD:
        return {"card": look.FormField("")}
    if step is Step.APPROVAL:
        return {"code": look.FormField("")}
    if step is Step.MATTER:
        return {"text": TextField()}
    if step is Step.VISITS:
        return {"reason": TextField()}
    if step is Step.SWITCH:
        return {"number": look.FormField(""), "pin": look.PinField("")}
    return {"pin": look.PinField("")}


def name(step: Step, form: FormPage) -> None:
    """Call a step's form and its fields as the language in force does."""
    form.set_words(*_words(step))


def _words(step: Step) -> tuple[str, dict[str, str], str]:
    """The button's words, the fields', and those above them."""
    if step is Step.RETRO:
        return (
            translate("Forms", "See what it earns"),
            {
                "flight": translate("Forms", "Flight"),
                "day": translate("Forms", "Day: month and day, or with the year"),
                "route": translate("Forms", "From and to"),
                "booking_class": translate("Forms", "Booking class"),
            },
            translate("Forms", "Scan the old pass, or type what the ticket says."),
        )
    if step is Step.JOIN:
        return (
            translate("Forms", "Join the member"),
            {
                "card": translate("Forms", "New card: scan it, or type its number"),
                "name": translate("Forms", "Name"),
                "latin": translate("Forms", "Name in Latin letters, as on the passport"),
                "phone": translate("Forms", "Mobile phone"),
            },
            "",
        )
    if step is Step.CONTACT:
        fields = {"phone": translate("Forms", "New mobile phone")}
        return translate("Forms", "Change the phone"), fields, ""
    if step is Step.CARD:
        fields = {"card": translate("Forms", "New card: scan it, or type its number")}
        return translate("Forms", "Replace the card"), fields, ""
    if step is Step.APPROVAL:
        return translate("Forms", "Go on"), {"code": translate("Forms", "The manager's code")}, ""
    if step is Step.MATTER:
        fields = {"text": translate("Forms", "In the customer's words")}
        return translate("Forms", "Take it"), fields, ""
    if step is Step.VISITS:
        fields = {"reason": translate("Appeals", "Why the rating shouldn't count")}
        return translate("Appeals", "Send the appeal"), fields, ""
    if step is Step.SWITCH:
        return (
            translate("SignIn", "Sign in"),
            {"number": translate("SignIn", "Staff number"), "pin": translate("SignIn", "PIN")},
            translate("Forms", "Scan a badge, or type number and PIN. The customer stays open."),
        )
    return (
        translate("Forms", "Close the shift"),
        {"pin": translate("Forms", "Your PIN")},
        translate("Forms", "What waits to be sent is kept and goes by itself."),
    )
