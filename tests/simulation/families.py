"""Families in the hall: members who give a share of what they earn; an operator changes them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.errors import Rejected
from sync.server import families
from sync.server.work import Work

FOUNDED_MS: Final = 400 * 86_400_000
"""So long ago, that no counter's clock says an earlier time."""
# By rank: the head, and who gives how many percent
_FAMILIES: Final = (
    (40, {10: 30, 11: 100, 12: 55, 13: 1, 14: 80}),
    (39, {20: 50, 21: 33, 22: 100, 23: 70}),
)
_SAID: Final = families.Said("form 17", "operator")


def found(work: Work, members: Sequence[UUID]) -> None:
    """Make the families of the morning."""
    for head, gives in _FAMILIES:
        families.make(work, members[head - 1], _SAID)
        for rank, percent in gives.items():
            families.add(work, members[head - 1], members[rank - 1], percent, _SAID)


def change(work: Work, members: Sequence[UUID], source: random.Random) -> None:
    """What an operator is asked for in mid-day: another percentage, somebody comes or leaves."""
    head, gives = source.choice(_FAMILIES)
    rank, percent = source.choice([*gives, head - 10]), source.choice((10, 45, 90))
    try:
        if source.random() < 0.3:
            families.remove(work, members[rank - 1], _SAID)
        else:
            families.add(work, members[head - 1], members[rank - 1], percent, _SAID)
    except Rejected as refusal:  # whoever isn't in one, or was merged since
        if refusal.code not in ("no_family", "in_family", "member_closed", "same_share"):
            raise
