"""What a seat says that has gone blind, in English, by key; its translations are `blind_*.ts`."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("zh_CN", "zh_TW", "en")

BLIND: Final = {
    "revoked": "This PC has been shut out by the central office.",
    "out_of_contact": "This PC was without the central server for too long and has locked itself.",
    "what_it_means": "It shows no members and gives no points away any more.",
    "what_is_kept": (
        "Nothing that was recorded here is lost: it lies encrypted on this PC, and the central "
        "office alone can read it."
    ),
    "step_keep": "Leave the PC on, or switch it off; delete nothing.",
    "step_call": (
        "Call your administrator. They take the records to the central office on a stick, where a "
        "manager settles them."
    ),
    "step_anew": "Then the administrator sets this PC up again, with a new code.",
    "folder": "Data folder: {folder}",
}
STEPS: Final = ("step_keep", "step_call", "step_anew")
