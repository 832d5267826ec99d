"""Whose replicas have something to pull after a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID


class Audience(NamedTuple):
    """An office's desks, or all its seats, or everybody.

    Attributes:
        office: None: every device of the programme.
        counters: whether the office's counters are meant, too.
        own: whether seats are meant, too, that hold members of their office's own.
    """

    office: UUID | None
    counters: bool
    own: bool = True


EVERYBODY: Final = Audience(None, counters=True)
HOLD_EVERYBODY: Final = Audience(None, counters=True, own=False)
"""Those whose replicas hold each member."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a transaction means to those who listen.

    Attributes:
        audiences: whose replicas have something to pull.
        alarms: (office, case JSON) to ring for.
        cases: offices whose desks are told of cases anew.
    """

    programme_id: UUID
    audiences: frozenset[Audience]
    alarms: Sequence[tuple[UUID, bytes]] = ()
    cases: frozenset[UUID] = frozenset()
