"""The sentences about the PC itself, in English: tables only; `wording` translates them."""

from __future__ import annotations

from typing import Final

from ui.qt.language import QT_TRANSLATE_NOOP

PC_ERRORS: Final[dict[str, str]] = {
    "keyring_locked": QT_TRANSLATE_NOOP(
        "Errors", "The PC's key store is locked. Unlock it, then start again."
    ),
    "keyring_missing": QT_TRANSLATE_NOOP(
        "Errors", "The PC's key store is gone. Ask the administrator; what was recorded is kept."
    ),
    "disk_full": QT_TRANSLATE_NOOP(
        "Errors", "The disk is full. This was not recorded: free some space, then do it again."
    ),
    "disk_error": QT_TRANSLATE_NOOP(
        "Errors",
        "The disk did not take it. This was not recorded: do it again, and tell the administrator.",
    ),
    "network_folder": QT_TRANSLATE_NOOP(
        "Errors", "The data folder is on a network drive. It must be on this PC's own disk."
    ),
    "open_folder": QT_TRANSLATE_NOOP(
        "Errors",
        "The data folder is open to other accounts of this PC. Have the administrator close it.",
    ),
    "update_under_way": QT_TRANSLATE_NOOP(
        "Errors", "A new version is being put in place. Start Guichet by its own icon."
    ),
    "closed": QT_TRANSLATE_NOOP("Errors", "The program is closing."),
    "internal": QT_TRANSLATE_NOOP(
        "Errors",
        "The program made a mistake. Check whether this was recorded before you do it again.",
    ),
}
