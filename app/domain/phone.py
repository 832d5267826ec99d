"""Who may be signed in on a phone, and for how long, whoever serves its page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

IDLE_MS: Final = 15 * 60_000
"""Without a touch and without being looked at, until a session ends."""
LONGEST_MS: Final = 12 * 3_600_000
SEEN_EVERY_MS: Final = 60_000
"""How old the note may get of when a phone was looked at last."""


def manages(roles: Collection[str], home: UUID, office_id: UUID) -> bool:
    """Whether somebody of an office, `home`, may see the cases of `office_id`."""
    return "administrator" in roles or ("duty_manager" in roles and home == office_id)
