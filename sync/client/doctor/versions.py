"""New versions of the program: did one fail, and are they to be had?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import Pc
from sync.client.updating.fetching import STATUS_NAME
from sync.client.updating.installation import BadInstallation, Installation
from sync.client.updating.launcher import base_program
from sync.client.updating.seat_state import read_state

UNTRUSTED: Final = frozenset(
    {"tampered", "not_signed", "older_than_seen", "expired", "not_trusted", "not_a_build"}
)
_MAX_BYTES: Final = 64 * 1024


def look_at_versions(pc: Pc) -> Iterator[Finding]:
    """What the seat says of its last change, and the account that fetches of its last look."""
    state = read_state(pc.folder)
    if state.phase != "settled":
        yield Finding("update_under_way", {"version": state.to})
    for version, reason in list(state.refused.items())[-1:]:
        yield Finding("update_refused", {"version": version, "said": reason})
    try:
        installation = Installation.of(base_program())
    except BadInstallation as problem:
        yield Finding("updates_broken", {"said": str(problem)})
        return
    if installation is None:
        return
    code, told = _last_look(installation)
    if code in UNTRUSTED:
        yield Finding("update_untrusted", {"said": told})
    if "disk_full" in (code, state.waits):
        yield Finding("update_no_room")


def _last_look(installation: Installation) -> tuple[str, str]:
    try:
        with (installation.versions / STATUS_NAME).open("rb") as file:
            said = json.loads(file.read(_MAX_BYTES))
        return str(said["code"]), str(said["told"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""
