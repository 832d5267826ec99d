"""What a check may find: its code, how bad it is, and which check finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import IntEnum
from typing import Final, NamedTuple

from app.domain.lean import dataclass


class Severity(IntEnum):
    """How bad; the worst of a report is its exit code."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


class Words(NamedTuple):
    """What is said of a finding, with blanks for its detail.

    Attributes:
        title: in a few words.
        what: what is so, and what it means here.
        mend: what to do.
    """

    title: str
    what: str
    mend: str


_NOTE, _WARNING, _ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR

CODES: Final[Mapping[str, tuple[str, Severity]]] = {
    "folder_missing": ("folder", _WARNING),
    "folder_network": ("folder", _ERROR),
    "folder_closed": ("folder", _ERROR),
    "folder_read_only": ("folder", _ERROR),
    "folder_open": ("folder", _WARNING),
    "disk_full": ("disk", _ERROR),
    "disk_low": ("disk", _WARNING),
    "disk_failed": ("disk", _ERROR),
    "program_running": ("instances", _NOTE),
    "other_account": ("instances", _WARNING),
    "two_instances": ("instances", _WARNING),
    "policy_broken": ("settings", _ERROR),
    "settings_mistake": ("settings", _WARNING),
    "update_under_way": ("versions", _WARNING),
    "update_refused": ("versions", _WARNING),
    "update_untrusted": ("versions", _ERROR),
    "update_no_room": ("versions", _WARNING),
    "updates_broken": ("versions", _WARNING),
    "libraries_missing": ("libraries", _ERROR),
    "font_missing": ("libraries", _WARNING),
    "no_desktop": ("screens", _NOTE),
    "desktop_failed": ("screens", _ERROR),
    "customer_screen_gone": ("screens", _WARNING),
    "not_set_up": ("keys", _NOTE),
    "revoked": ("keys", _ERROR),
    "out_of_contact": ("keys", _ERROR),
    "keyring_locked": ("keys", _ERROR),
    "keyring_missing": ("keys", _ERROR),
    "vault_damaged": ("keys", _ERROR),
    "keys_missing": ("keys", _ERROR),
    "weak_vault": ("keys", _NOTE),
    "not_enrolled": ("database", _NOTE),
    "database_newer": ("database", _ERROR),
    "database_damaged": ("database", _ERROR),
    "database_pages": ("database", _ERROR),
    "database_unread": ("database", _WARNING),
    "members_damaged": ("database", _WARNING),
    "queue_stuck": ("queue", _WARNING),
    "server_unknown": ("server", _NOTE),
    "server_differs": ("server", _WARNING),
    "server_address": ("server", _ERROR),
    "dns_unknown": ("server", _ERROR),
    "dns_silent": ("server", _ERROR),
    "no_network": ("server", _ERROR),
    "server_refuses": ("server", _ERROR),
    "server_silent": ("server", _ERROR),
    "server_mute": ("server", _ERROR),
    "line_cut": ("server", _ERROR),
    "proxy_address": ("server", _ERROR),
    "proxy_unreachable": ("server", _ERROR),
    "proxy_sign_in": ("server", _ERROR),
    "proxy_refuses": ("server", _ERROR),
    "portal": ("server", _ERROR),
    "not_guichet": ("server", _ERROR),
    "no_tls": ("server", _ERROR),
    "certificate_unknown": ("server", _ERROR),
    "certificate_expired": ("server", _ERROR),
    "certificate_not_yet": ("server", _ERROR),
    "certificate_name": ("server", _ERROR),
    "authority_unread": ("server", _ERROR),
    "authority_wrong": ("server", _ERROR),
    "server_failing": ("server", _ERROR),
    "server_older": ("server", _ERROR),
    "program_older": ("server", _ERROR),
    "clock_behind": ("clock", _WARNING),
    "clock_ahead": ("clock", _WARNING),
    "printer_settings": ("printer", _WARNING),
    "printer_unreachable": ("printer", _WARNING),
    "printer_silent": ("printer", _WARNING),
    "printer_paper": ("printer", _WARNING),
    "printer_cover": ("printer", _WARNING),
    "printer_fault": ("printer", _WARNING),
    "printer_folder": ("printer", _WARNING),
    "hung": ("", _WARNING),
}
"""By code: the check that finds it ('' for any), and how bad it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found.

    Attributes:
        code: of `CODES`.
        detail: fills the blanks of its sentences. It may name this PC's places (hosts, folders,
            processes), so it stays on this PC; numbers alone go into a bundle.
    """

    code: str
    detail: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        return CODES[self.code][1]
