"""The duty manager at a desk: takes cases, writes down what was done, and closes them."""

from __future__ import annotations

import random

from app.domain.records import Case
from app.services import cases
from app.services.commands import AcknowledgeCase, CloseCase, NoteCase
from tests.simulation.counter import CounterPc
from tests.simulation.person import Person
from tests.simulation.programme import MANAGERS


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
        if open_cases:
            self._work_on(self._source.choice(open_cases))

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
