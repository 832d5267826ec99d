"""The duty manager at a desk: takes cases, brings them further, closes them, and settles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.case import STAGES
from app.domain.case_facts import standing
from app.domain.errors import Unavailable
from app.domain.records import Case, ExceptionItem
from app.domain.settling import Answer, answers_to, is_given_away
from app.services import adjustments, appeals, cases
from app.services.commands import (
    AcknowledgeCase,
    AdjustPoints,
    AdvanceCase,
    AnswerApproval,
    AskExposure,
    CloseCase,
    DecideAdjustment,
    DecideAppeal,
    MakeApprovalCode,
    NoteCase,
    ReopenCase,
    SetCaseField,
    SettleException,
    WriteOffLeases,
)
from app.services.views import ApprovalCode
from tests.simulation.counter import CounterPc
from tests.simulation.hearing import listen
from tests.simulation.person import Person
from tests.simulation.programme import MANAGERS

_SETTLES: Final = 0.3  # of the times that there are cases, too
_AGREES: Final = 0.6  # of the times that a counter asks
_ADJUSTS: Final = 0.12  # of the times that a manager does something
_DECIDES: Final = 0.12
_GIVES_UP: Final = 0.015
_LISTENS: Final = 0.12
_SAYS: Final = 0.2  # of the times that there is something to do about a case
_SAID: Final = (("severity", "low"), ("severity", "high"), ("cause", "manner"), ("told", "nobody"))
_REOPENS: Final = 0.05  # of the times that a manager looks at a closed case
_DECLINES: Final = 0.15  # of these times; else it has to wait


class Manager(Person):
    """Works on the cases that the desk shows; so does whoever sits at the other desk."""

    def __init__(self, pc: CounterPc, members: Sequence[UUID], source: random.Random) -> None:
        super().__init__(pc, MANAGERS, source, pace_s=source.choice((0.5, 1.0, 2.0)))
        self._members = members
        self._ear = random.Random(pc.name)  # of its own: all else goes on as it would

    @property
    def is_done(self) -> bool:
        return True

    def _act(self, *, finish: bool) -> None:
        if self.pc.seat.work.reads.session() is None:
            self._sign_in()
            return
        if finish:
            return
        self.answer_requests()
        if self._ear.random() < _LISTENS:
            listen(self.pc.context, self._ear, self.witness)
        throw = self._source.random()
        if throw < _ADJUSTS:
            self._adjust()
        elif throw < _ADJUSTS + _DECIDES:
            self._decide()
        elif throw < _ADJUSTS + _DECIDES + _GIVES_UP:
            self._give_up()
        else:
            self._work_through()

    def _work_through(self) -> None:
        """Cases, appeals, and what was given away."""
        waiting = [each for each in appeals.appeals(self.pc.context) if not each.decided]
        if waiting and self._source.random() < _SETTLES:
            self._judge(self._source.choice(waiting).appeal.appeal_id)
            return
        open_cases = [
            case
            for case in self.shown()
            if case.state != "closed" or self._source.random() < _REOPENS
        ]
        given = self._given_away()
        if given and (not open_cases or self._source.random() < _SETTLES):
            self._settle(self._source.choice(given))
        elif open_cases:
            self._work_on(self._source.choice(open_cases))

    def _judge(self, appeal_id: UUID) -> None:
        """Answer an appeal, which the other desk may be answering otherwise."""
        is_upheld = self._source.random() < 0.5
        appeals.decide_appeal(self.pc.context, DecideAppeal(appeal_id, is_upheld, "simulated"))
        self.witness.appeals.add(("AppealDecided", str(appeal_id)))

    def answer_requests(self) -> None:
        """Agree to what counters ask, or don't, or let them wait until it is too late."""
        approvals = self.pc.approvals
        for view in approvals.waiting():
            throw = self._source.random()
            if throw < _AGREES + _DECLINES:
                approvals.answer(AnswerApproval(view.redemption_id, throw < _AGREES))

    def make_code(self, command: MakeApprovalCode) -> ApprovalCode:
        """Read back the code for what a clerk read out.

        Raises:
            Rejected, Unavailable: as the desk says.
            Crashed: the desk did.
        """
        if self.pc.is_blind or self.pc.danger.dead or not self.pc.is_enrolled:
            raise Unavailable("dark", "nobody sees anything there")
        return self.pc.approvals.make_code(command)

    def _adjust(self) -> None:
        """Give points as goodwill, or correct them; now and then more than one may alone."""
        points = self._source.choice((50, 200, 300, 301, 900))
        kind = self._source.choice(("goodwill", "correction"))
        if kind == "correction" and self._source.random() < 0.6:
            points = -points
        command = AdjustPoints(self._source.choice(self._members), points, kind, "simulated")
        self.witness.adjusted.add(adjustments.adjust_points(self.pc.context, command))

    def _decide(self) -> None:
        """About what somebody else has recorded, or oneself, which is refused."""
        views = adjustments.adjustments(self.pc.context)
        waiting = [view for view in views if view.state == "waiting"]
        if waiting:
            agree = self._source.random() < 0.7
            command = DecideAdjustment(self._source.choice(waiting).adjustment_id, agree)
            adjustments.decide_adjustment(self.pc.context, command)

    def _give_up(self) -> None:
        """Give up a counter that is, in truth, at work."""
        exposures = self.pc.exposures
        counters = exposures.ask(AskExposure()).counters
        if counters:
            device_id = self._source.choice(counters).device_id
            exposures.write_off(WriteOffLeases(device_id, "simulated"))
            self.witness.gave_up.add(device_id)

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
        return cases.shown_cases(self.pc.context, str)

    def _work_on(self, case: Case) -> None:
        context, case_id, throw = self.pc.context, case.case_id, self._source.random()
        ahead = STAGES[STAGES.index(case.stage) + 1 :]
        if case.state != "new" and self._source.random() < _SAYS:
            said = self._source.choice(_SAID)
            cases.set_field(context, SetCaseField(case_id, *said))
            if said[1] not in [fact.value for fact in standing(case, said[0])]:
                self.witness.case_work.add((case_id, "CaseFieldSet"))
            return
        if case.state == "closed":
            cases.reopen_case(context, ReopenCase(case_id))
            did = "CaseReopened"
        elif case.state == "new" and throw < 0.8:
            cases.acknowledge_case(context, AcknowledgeCase(case_id))
            did = "CaseAcknowledged"
        elif ahead and throw < 0.4:
            cases.advance_case(context, AdvanceCase(case_id, self._source.choice(ahead)))
            did = "CaseAdvanced"
        elif throw < 0.7:
            text = f"{self.pc.name} 道歉 {self._source.randrange(1000)}"
            cases.note_case(context, NoteCase(case_id, text))
            did = "CaseNoted"
        else:
            outcome = self._source.choice(("resolved", "unable"))
            cases.close_case(context, CloseCase(case_id, outcome))
            did = "CaseClosed"
        self.witness.case_work.add((case_id, did))
