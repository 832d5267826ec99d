"""A clerk asks for a manager's yes, over the office's network or by reading digits out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from uuid import UUID

from app.domain.approval import DIGITS, Approval
from app.domain.errors import Rejected, Unavailable
from app.services.commands import AskManager, EnterApprovalCode, MakeApprovalCode
from app.services.views import RedemptionToConfirm
from tests.simulation.counter import CounterPc
from tests.simulation.danger import Crashed

if TYPE_CHECKING:
    from tests.simulation.manager import Manager

_LIARS: Final = 0.7  # of the counters: their programs were changed
_CUT_OFF: Final = 0.3  # of the times: counters and desks can't reach each other
_WAITS_S: Final = 1.0  # until the counter asks the desks again
_NOT_EVEN_ASKED: Final = 0.5  # of the times that a counter could lie
_MISHEARD: Final = 0.15  # of what is read out


class Agreeing:
    """At one counter.

    A counter that lies gives away what nobody agreed to, by an approval that it had for another
    reward.
    """

    def __init__(
        self,
        pc: CounterPc,
        source: random.Random,
        managers: Sequence[Manager],
        had: list[Approval],
        fired: Counter[str],
    ) -> None:
        """`managers` are the office's, now and later; what one counter `had` all know of."""
        self._pc = pc
        self._source = source
        self._managers = managers
        self._fired = fired
        self._lies = source.random() < _LIARS
        self._had = had

    def see_to(self, asked: RedemptionToConfirm) -> bool:
        """Ask for what a redemption takes; whether the counter lies about it.

        Nobody's yes is no error: the redemption then comes to nothing.
        """
        if not asked.challenge:
            return False
        if self._lies and self._had and self._source.random() < _NOT_EVEN_ASKED:
            return self._lie(asked.redemption_id)
        self._fired["approval_asked"] += 1
        state = self._over_the_network(asked)
        if state in ("nobody", "waiting") and self._managers:
            state = self._by_code(asked)
        self._fired[f"approval_{state}"] += 1
        ask = self._pc.redemptions._asked[asked.redemption_id]
        if ask.approval is not None:
            self._had.append(ask.approval)
            return False
        return bool(self._lies and self._had) and self._lie(asked.redemption_id)

    def _lie(self, redemption_id: UUID) -> bool:
        self._fired["approval_lied"] += 1
        asks = self._pc.redemptions._asked
        asks[redemption_id] = replace(asks[redemption_id], approval=self._source.choice(self._had))
        return True

    def _over_the_network(self, asked: RedemptionToConfirm) -> str:
        if self._source.random() < _CUT_OFF:
            return "nobody"
        command = AskManager(asked.redemption_id)
        state = str(self._pc.redemptions.ask_manager(command).state)
        if state != "waiting":
            return state
        for manager in self._managers:
            self._at_a_desk(manager)
        self._pc.meanwhile(_WAITS_S)
        return str(self._pc.redemptions.ask_manager(command).state)

    def _at_a_desk(self, manager: Manager) -> None:
        try:
            manager.answer_requests()
        except (Rejected, Unavailable):
            pass
        except Crashed as crash:
            self._pc.neighbour_died(crash)

    def _by_code(self, asked: RedemptionToConfirm) -> str:
        """The clerk reads the digits out to one of the managers, who reads others back."""
        manager = self._source.choice(self._managers)
        challenge, points, label = asked.challenge, asked.points, self._pc.name.rstrip("'")
        if self._source.random() < _MISHEARD:
            what = self._source.randrange(3)
            challenge = f"{(int(challenge) + 1) % 10**DIGITS:0{DIGITS}}" if not what else challenge
            points = points - 100 if what == 1 else points
            label = "A9" if what == 2 else label
        try:
            made = manager.make_code(MakeApprovalCode(label, challenge, points))
        except (Rejected, Unavailable):
            return "no_code"
        except Crashed as crash:
            self._pc.neighbour_died(crash)
            return "no_code"
        try:
            command = EnterApprovalCode(asked.redemption_id, made.code)
            self._pc.redemptions.enter_code(command)
        except Rejected as refusal:
            return str(refusal.code)
        return "by_code"
