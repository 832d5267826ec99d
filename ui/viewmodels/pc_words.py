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
    "token_expired": QT_TRANSLATE_NOOP(
        "Errors",
        "The time in which this PC could set itself up is over. Ask the administrator for a code.",
    ),
    "token_used_up": QT_TRANSLATE_NOOP(
        "Errors",
        "As many PCs as were arranged have set themselves up. Ask the administrator for a code.",
    ),
    "token_revoked": QT_TRANSLATE_NOOP(
        "Errors",
        "PCs may no longer set themselves up in this way. Ask the administrator for a code.",
    ),
    "token_elsewhere": QT_TRANSLATE_NOOP(
        "Errors",
        "This PC was arranged to be set up in another office. Ask the administrator for a code.",
    ),
    "pc_shut_out": QT_TRANSLATE_NOOP(
        "Errors", "This PC was shut out before. Only a new code from the administrator lets it in."
    ),
    "policy_broken": QT_TRANSLATE_NOOP(
        "Errors",
        "The administrator's settings for this PC can't be used, so it doesn't start. "
        "Call the administrator and read this out: {what}",
    ),
    "closed": QT_TRANSLATE_NOOP("Errors", "The program is closing."),
    "internal": QT_TRANSLATE_NOOP(
        "Errors",
        "The program made a mistake. Check whether this was recorded before you do it again.",
    ),
}
