"""The duty manager at a desk: takes cases, writes down what was done, closes them, and settles."""

from __future__ import annotations

import random
from typing import Final

from app.domain.records import Case, ExceptionItem
from app.domain.settling import Answer, answers_to, is_given_away
from app.services import cases
from app.services.commands import AcknowledgeCase, CloseCase, NoteCase, SettleException
from tests.simulation.counter import CounterPc
from tests.simulation.person import Person
from tests.simulation.programme import MANAGERS

_SETTLES: Final = 0.3  # of the times that there are cases, too


class Manager(Person):
    """Works on the cases that the desk shows; so does whoever sits at the other desk."""

    def __init__(self, pc: CounterPc, source: random.Random) -> None:
        super().__init__(pc, MANAGERS, source, pace_s=source.choice((0.5, 1.0, 2.0)))

    @property
    def is_done(self) -> bool:
        return True

    def _act(self, *, finish: bool) -> None:
        if self.pc.seat.work.reads.session() is None:
            self._sign_in()
            return
        if finish:
            return
        open_cases = [case for case in self.shown() if case.state != "closed"]
        given = self._given_away()
        if given and (not open_cases or self._source.random() < _SETTLES):
            self._settle(self._source.choice(given))
        elif open_cases:
            self._work_on(self._source.choice(open_cases))

    def _given_away(self) -> list[ExceptionItem]:
        """What stands before managers and has cost somebody points."""
        actions = self.pc.context.store.reads.case_actions()
        settled = {action.case_id for action in actions if action.action == "settled"}
        return [
            item
            for item in self.pc.context.members.exceptions()
            if item.state == "open"
            and item.exception_id not in settled
            and is_given_away(item.entry_type, item.code)
        ]

    def _settle(self, item: ExceptionItem) -> None:
        offered = answers_to(item.entry_type, item.code, has_member=item.member_id is not None)
        if item.entry_type == "VoucherUsed":  # one that waits for its redemption goes on waiting
            offered = tuple(each for each in offered if each is not Answer.HONOUR)
        answer = self._source.choice(offered)
        cases.settle_exception(self.pc.context, SettleException(item.exception_id, str(answer), ""))
        self.witness.answers.add(item.exception_id)

    def shown(self) -> list[Case]:
        """The cases as the desk shows them."""
        context = self.pc.context
        actions = context.store.reads.case_actions()
        return cases.with_own_actions(context.members.cases(), actions, str)

    def _work_on(self, case: Case) -> None:
        if case.state == "new":
            cases.acknowledge_case(self.pc.context, AcknowledgeCase(case.case_id))
            did = "CaseAcknowledged"
        elif self._source.random() < 0.5:
            text = f"{self.pc.name} 道歉 {self._source.randrange(1000)}"
            cases.note_case(self.pc.context, NoteCase(case.case_id, text))
            did = "CaseNoted"
        else:
            outcome = self._source.choice(("resolved", "unable"))
            cases.close_case(self.pc.context, CloseCase(case.case_id, outcome))
            did = "CaseClosed"
        self.witness.case_work.add((case.case_id, did))
