"""Somebody at a PC: does one thing after the other, and remembers what a screen confirmed."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.errors import Rejected, Unavailable
from app.services import sessions
from app.services.commands import SignIn
from app.services.views import Promise
from tests.simulation.counter import CounterPc
from tests.simulation.programme import PIN


@dataclass
class Witness:
    """What the screens of one PC confirmed, by id; gone over at the end of a run."""

    accruals: set[UUID] = field(default_factory=set)
    redemptions: set[UUID] = field(default_factory=set)
    refunds: set[UUID] = field(default_factory=set)
    refused: set[UUID] = field(default_factory=set)
    rated: dict[UUID, int] = field(default_factory=dict)
    closed: dict[UUID, str] = field(default_factory=dict)
    joined: set[UUID] = field(default_factory=set)
    changed: set[tuple[UUID, str]] = field(default_factory=set)
    """Encounters in which a card was replaced or a phone changed, and which of the two."""
    case_work: set[tuple[UUID, str]] = field(default_factory=set)
    """Cases that something was recorded about, and the kind of entry."""
    appeals: set[tuple[str, str]] = field(default_factory=set)
    """Kinds of entry, and the visit appealed or the appeal answered."""
    heard: set[tuple[UUID, str, str]] = field(default_factory=set)
    """Conversations and actions, the field and what was said of it."""
    acted: int = 0
    """Actions that were noted."""
    answers: set[UUID] = field(default_factory=set)
    """Exceptions that were settled."""
    looked_up: dict[UUID, int] = field(default_factory=dict)
    """Members whom the server found for this PC, and the points it said they have."""
    look_ups: int = 0
    """How often the server found somebody for this PC."""
    had_for_waiting: int = 0
    """Redemptions posted once another counter had handed the points back."""
    vouchers: int = 0
    """How many it took."""
    covers: dict[Promise, int] = field(default_factory=dict)
    hopes: list[str] = field(default_factory=list)
    """Points given away at the office's risk that the server had never posted."""
    adjusted: set[UUID] = field(default_factory=set)
    """Adjustments that were recorded."""
    gave_up: set[UUID] = field(default_factory=set)
    """Devices."""
    lies: set[UUID] = field(default_factory=set)
    """Redemptions by an approval that was for another, where the counter gave them by itself."""
    risks: list[str] = field(default_factory=list)
    """What was given away without the server beyond what may be."""


class Person(ABC):
    """Works at one PC.

    Attributes:
        pace_s: from one thing to the next, on average.
    """

    def __init__(
        self, pc: CounterPc, staff: Sequence[str], source: random.Random, *, pace_s: float
    ) -> None:
        self.pc = pc
        self.witness = Witness()
        self.pace_s = pace_s
        self._staff = staff
        self._source = source
        self._tells = source.choice((0.05, 0.15, 0.25))

    def act(self, *, finish: bool = False) -> None:
        """Do one thing; with `finish` only what brings what was begun to its end."""
        try:
            if self.pc.is_enrolled:
                self._act(finish=finish)
            else:
                self.pc.enrol()
        except (Rejected, Unavailable) as error:
            if error.code in ("not_signed_in", "unknown_staff"):
                self._sign_in()
        finally:
            # Now and then nobody tells the engine, which then finds the entries by itself
            if not self.pc.danger.dead and self._source.random() < self._tells:
                self.pc.wake()

    @property
    @abstractmethod
    def is_done(self) -> bool:
        """Nothing is begun that would have to be finished."""

    @abstractmethod
    def _act(self, *, finish: bool) -> None: ...

    def _sign_in(self) -> None:
        try:
            sessions.sign_in(self.pc.context, SignIn(self._source.choice(self._staff), PIN))
        except Rejected as error:
            if error.code != "staff_list_missing":
                raise
