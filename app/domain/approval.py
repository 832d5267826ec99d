"""A manager's yes to a reward that a counter may not give at risk by itself.

Given on the manager's own desk, and proved to the counter in one of two ways. Over the office's
network the desk signs what it agreed to. Where the two can't reach each other, people carry it: the
counter shows a challenge that stands for this one redemption, the manager types it in at the desk,
and the clerk types in the code that the desk shows for it. The code is good for that redemption
alone, as the challenge is worked out from it; so neither needs to remember which codes were used.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from uuid import UUID

from app.domain.lean import dataclass

DIGITS: Final = 8
"""Of challenges and of codes."""

GUESSES: Final = "approval code"
"""Under this name wrong codes are counted beside wrong PINs, and slowed down like them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a manager is asked to agree to."""

    redemption_id: UUID
    counter_id: UUID  # the counter's device
    member_id: UUID
    reward_id: UUID
    points: int

    @property
    def challenge(self) -> str:
        """Stands for all of it in what people read out to each other; `DIGITS` digits."""
        return _digits(hashlib.sha256(b"guichet challenge 1\0" + self._packed()).digest())

    def statement(self, desk_id: UUID, staff_id: UUID) -> bytes:
        """What a desk signs when this manager agrees."""
        return b"guichet approval 1\0" + self._packed() + desk_id.bytes + staff_id.bytes

    def _packed(self) -> bytes:
        ids = (self.redemption_id, self.counter_id, self.member_id, self.reward_id)
        return b"".join(each.bytes for each in ids) + self.points.to_bytes(8, "big")


@dataclass(frozen=True, slots=True)
class Approval:
    """A manager's yes.

    Attributes:
        desk_id: the device it was given on.
        staff_id: who gave it.
        proof: the code, or the desk's signature over `Asked.statement` in hex.
    """

    desk_id: UUID
    staff_id: UUID
    proof: str


def desk_key(server_key: bytes, desk_id: UUID) -> bytes:
    """What the server gives a desk, for codes of all of its office's counters (32 bytes)."""
    return _mac(server_key, b"guichet approval desk 1\0" + desk_id.bytes)


def pair_key(of_desk: bytes, counter_label: str) -> bytes:
    """What the server gives a counter for the codes of one desk, which works it out itself.

    By the label of its place, which is what people say: which PC it is, is in the challenge.
    """
    label = counter_label.strip().casefold().encode()
    return _mac(of_desk, b"guichet approval counter 1\0" + label)


def code(of_pair: bytes, staff_id: UUID, challenge: str, points: int) -> str:
    """The answer to a challenge by this manager; `DIGITS` digits.

    The points are what the manager typed besides, so nobody agrees to more than they were told.

    >>> code(bytes(32), UUID(int=1), "12345678", 4_000)
    '56138632'
    """
    text = challenge.encode() + points.to_bytes(8, "big")
    return _digits(_mac(of_pair, b"guichet approval code 1\0" + staff_id.bytes + text))


def is_code(of_pair: bytes, asked: Asked, approval: Approval) -> bool:
    """Whether the proof is the code for what was asked."""
    wanted = code(of_pair, approval.staff_id, asked.challenge, asked.points)
    return hmac.compare_digest(wanted.encode(), approval.proof.encode())


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _digits(digest: bytes) -> str:
    # of 64 bits all remainders are equally likely, to one in 10**11
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}}"
