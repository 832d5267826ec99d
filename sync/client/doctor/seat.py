"""The seat's keys and data: are they there and whole, and does the work get off?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from app.domain.errors import Unavailable
from sync.client.doctor.findings import Finding
from sync.client.doctor.pc import Keys, NotLookedAt, Pc
from sync.client.doctor.places import is_read_only
from sync.client.doctor.settings import set_for
from sync.protocol.rescue import WORK_NAME

if TYPE_CHECKING:
    from app.ports.vault import Vault
    from app.store.inspection import SeatFacts, WorkSeen

# What reads keys and databases takes long to import: it is done by the checks, within their limit

STUCK_MS: Final = 60 * 60 * 1000
_PAGES: Final = 0.33  # of the time, for looking through a file
_MS_PER_MINUTE: Final = 60_000
_MINUTES_PER_HOUR: Final = 60


def look_at_keys(pc: Pc) -> Iterator[Finding]:
    """Does the vault give the seat's keys? Nobody is asked for a password."""
    from app.credentials.keyring_vault import would_ask
    from app.credentials.shutter import FolderShutter
    from app.credentials.vaults import known_vault

    try:
        vault = pc.vault or known_vault(pc.folder)
        if vault is None:
            yield Finding("not_set_up", _how(pc))
            return
        shut = FolderShutter(pc.folder, vault).reason()
        if shut is not None:
            yield Finding(shut)
            return
        if vault.strength == "system" and would_ask():
            yield Finding("keyring_locked")
            return
        keys = _keys(vault)
    except Unavailable as problem:
        if problem.code not in ("keyring_locked", "keyring_missing", "vault_damaged"):
            raise NotLookedAt from problem  # the folder's and the disk's checks say why
        yield Finding(problem.code)
        return
    if keys is not None:
        pc.keys.set_result(keys)
    elif (pc.folder / WORK_NAME).exists():
        yield Finding("keys_missing")
    else:
        yield Finding("not_set_up", _how(pc))
    if vault.strength == "file":
        yield Finding("weak_vault")


def _how(pc: Pc) -> dict[str, str | int]:
    """How the PC is enrolled: by the token that is set, or by a code."""
    told = set_for(pc)
    return {"how": "token" if told.server and told.enrolment_token else "code"}


def _keys(vault: Vault) -> Keys | None:
    from app.credentials.device_key import DEVICE_KEY
    from app.store.seat import MEMBERS_KEY, WORK_KEY

    work, members = vault.get(WORK_KEY), vault.get(MEMBERS_KEY)
    if work is None or members is None or vault.get(DEVICE_KEY) is None:
        return None
    return Keys(work, members)


def look_at_database(pc: Pc) -> Iterator[Finding]:
    """Can this program read what the seat recorded?"""
    from app.store.inspection import see_work

    keys = pc.told(pc.keys)
    path = pc.folder / WORK_NAME
    if not path.exists():
        yield Finding("not_enrolled", _how(pc))
        pc.seat.set_result(None)
        return
    try:
        seen = see_work(path, keys.work, limit_s=pc.limit_s * _PAGES)
    except Unavailable as problem:
        damaged = problem.code == "database_damaged"
        if not damaged and is_read_only(pc.folder):
            raise NotLookedAt from problem  # where a log lies beside it; the folder's check says so
        yield Finding("database_damaged" if damaged else "database_unread")
        return
    yield from _judged(seen)
    if seen.schema > seen.known_schema or (seen.is_sound is False and seen.facts is None):
        return
    pc.seat.set_result(seen.facts)
    if seen.facts is None:
        yield Finding("not_enrolled", _how(pc))
    elif seen.facts.members_file is not None:
        yield from _members(pc, keys, seen.facts)


def _judged(seen: WorkSeen) -> Iterator[Finding]:
    if seen.schema > seen.known_schema:
        yield Finding("database_newer", {"found": seen.schema, "known": seen.known_schema})
    if seen.is_sound is False:
        yield Finding("database_pages")


def _members(pc: Pc, keys: Keys, facts: SeatFacts) -> Iterator[Finding]:
    from app.store.inspection import see_members

    path = pc.folder / str(facts.members_file)
    try:
        is_sound = see_members(path, keys.members, limit_s=pc.limit_s * _PAGES)
    except Unavailable:
        # The program swaps it for a newer one, which takes the old one away
        is_sound = None if not path.exists() else False
    if is_sound is False:
        yield Finding("members_damaged")


def look_at_queue(pc: Pc) -> Iterator[Finding]:
    """Does work wait for the server longer than an hour, and why?"""
    facts = pc.told(pc.seat)
    if facts is None or facts.unsent_since_ms is None:
        return
    age_ms = pc.now_ms() - facts.unsent_since_ms
    if age_ms < STUCK_MS:
        return
    hours, minutes = divmod(age_ms // _MS_PER_MINUTE, _MINUTES_PER_HOUR)
    yield Finding(
        "queue_stuck",
        {"entries": facts.unsent, "hours": hours, "minutes": minutes, "why": facts.problem},
    )
