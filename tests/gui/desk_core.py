"""A core in memory that plays the manager's desk: cases, exceptions and figures that tests set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from app.domain.case import Step, StepKind, after
from app.domain.case_facts import standing, with_fact
from app.domain.errors import Rejected, Unavailable
from app.domain.listening_records import Listening, Said
from app.domain.records import Case, CaseFact, ExceptionItem, Figures
from app.ports.online import ActVerdict, FleetVerdict
from app.services import commands as c
from app.services.listening_views import ShownContact
from app.services.point_views import AdjustmentView, DenialView, ExposureView
from app.services.views import ChangeKind, DeskView, ItemMember, Readiness
from tests.fakes.core import START_MS, FakeCore, FakeQueries

OFFICE = UUID(int=70)


def case(which: int, minutes: int, /, **differs: Any) -> Case:
    """A very dissatisfied customer of some minutes ago."""
    plain = Case(
        case_id=UUID(int=which),
        origin="rating",
        office_id=OFFICE,
        counter_label=f"A{which}",
        clerk_number="1001",
        encounter_id=UUID(int=9_000 + which),
        opened_ms=START_MS - minutes * 60_000,
        state="new",
        score=1,
        reasons=("attitude", "efficiency"),
        comment="",
        call="",
        member_name="",
    )
    return replace(plain, **differs)


def exception(number: int, **differs: Any) -> ExceptionItem:
    """A reward given beyond the lease."""
    plain = ExceptionItem(
        exception_id=UUID(int=number),
        office_id=OFFICE,
        counter_label="A2",
        entry_type="RedemptionGranted",
        code="over_limit",
        message="More than the pool allows",
        points=6_000,
        member_id=UUID(int=1),
        received_ms=START_MS - 7_200_000,
        state="open",
    )
    return replace(plain, **differs)


FIGURES = Figures(
    OFFICE,
    "2026-11-22",
    encounters=70,
    by_state={
        "rated": 48,
        "declined": 9,
        "timed_out": 7,
        "not_offered": 3,
        "device_down": 1,
        "superseded": 2,
    },
    by_score={"5": 30, "4": 12, "3": 3, "2": 2, "1": 1},
)


@dataclass
class DeskCore(FakeCore):
    """A FakeCore whose desk answers commands as the real one does."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.exposure_view: ExposureView | None = None
        self.fleet_view: FleetVerdict | None = None
        self.queries: DeskQueries = DeskQueries(self)
        self.sign_in("9001")

    def show(
        self,
        *cases: Case,
        exceptions: tuple[ExceptionItem, ...] = (),
        members: Mapping[UUID, ItemMember] | None = None,
    ) -> None:
        """Set what a pull has brought, and announce it."""
        figures, age_s = self.desk_view.figures, self.desk_view.data_age_s
        self.desk_view = DeskView(cases, exceptions, figures, age_s, members=members or {})
        self.announce(ChangeKind.CASES)

    def _step(self, case_id: UUID, kind: StepKind, text: str = "") -> DeskView:
        case = next((e for e in self.desk_view.cases if e.case_id == case_id), None)
        if case is None:
            raise Rejected("unknown_case", "This case is not on this PC")
        return self._with(after(case, Step(kind, self.now_ms, "赵敏", text)))

    def _AcknowledgeCase(self, command: c.AcknowledgeCase) -> DeskView:
        return self._step(command.case_id, "acknowledged")

    def _NoteCase(self, command: c.NoteCase) -> DeskView:
        if not command.text:
            raise Rejected("empty_note", "Write the note first")
        return self._step(command.case_id, "noted", command.text)

    def _AdvanceCase(self, command: c.AdvanceCase) -> DeskView:
        return self._step(command.case_id, "advanced", command.stage)

    def _CloseCase(self, command: c.CloseCase) -> DeskView:
        return self._step(command.case_id, "closed", command.outcome)

    def _ReopenCase(self, command: c.ReopenCase) -> DeskView:
        return self._step(command.case_id, "reopened")

    def _SetCaseField(self, command: c.SetCaseField) -> DeskView:
        case = next(e for e in self.desk_view.cases if e.case_id == command.case_id)
        seen = tuple(fact.entry_id for fact in standing(case, command.field))
        fact = CaseFact(self._new_id(), command.field, command.value, self.now_ms, "赵敏", seen)
        return self._with(with_fact(case, fact))

    def _with(self, case: Case) -> DeskView:
        cases = tuple(
            case if each.case_id == case.case_id else each for each in self.desk_view.cases
        )
        self.desk_view = replace(self.desk_view, cases=cases)
        self.announce(ChangeKind.CASES)
        return self.desk_view

    def _SettleException(self, command: c.SettleException) -> DeskView:
        items = tuple(
            replace(item, state="settled", answer=command.answer)
            if item.exception_id == command.exception_id
            else item
            for item in self.desk_view.exceptions
        )
        self.desk_view = replace(self.desk_view, exceptions=items)
        self.announce(ChangeKind.CASES)
        return self.desk_view

    def _DecideAppeal(self, command: c.DecideAppeal) -> DeskView:
        decided = "appeal_upheld" if command.is_upheld else "appeal_declined"
        appeals = tuple(
            replace(each, decided=decided) if each.appeal.appeal_id == command.appeal_id else each
            for each in self.desk_view.appeals
        )
        self.desk_view = replace(self.desk_view, appeals=appeals)
        self.announce(ChangeKind.CASES)
        return self.desk_view

    def _ShowContact(self, command: c.ShowContact) -> ShownContact:
        return ShownContact(command.listening_id, "张伟明", "13812345671")

    def _LogConversation(self, command: c.LogConversation) -> DeskView:
        if command.outcome == "reached" and not command.heard:
            raise Rejected("empty_heard", "Write down what was heard")
        own = tuple(
            replace(each, listening=self._logged(each.listening, command))
            if each.listening.listening_id == command.listening_id
            else each
            for each in self.desk_view.listening.own
        )
        return self._set_listening(own=own)

    def _logged(self, listening: Listening, command: c.LogConversation) -> Listening:
        session = self.queries.session()
        assert session is not None
        told = (
            ("outcome", command.outcome, ""), ("topic", command.topic, ""),
            ("heard", "", command.heard), ("shared", "yes" if command.is_shared else "no", ""),
        )  # fmt: skip
        versions = tuple(
            Said(self._new_id(), field, value, self.now_ms, session.staff_id, (), text)
            for field, value, text in told
            if value or text
        )
        return replace(listening, said=versions)

    def _OpenAction(self, command: c.OpenAction) -> DeskView:
        if not command.what:
            raise Rejected("empty_what", "Write down what is to be done")
        return self.desk_view

    def _CheckAction(self, command: c.CheckAction) -> DeskView:
        if command.result == "not_done" and not command.note:
            raise Rejected("empty_reason", "Write down why it wasn't done")
        return self._set_listening(
            actions=tuple(
                each
                for each in self.desk_view.listening.actions
                if each.action.action_id != command.action_id
            )
        )

    def _set_listening(self, **changes: Any) -> DeskView:
        listening = replace(self.desk_view.listening, **changes)
        self.desk_view = replace(self.desk_view, listening=listening)
        self.announce(ChangeKind.CASES)
        return self.desk_view

    def _AdjustPoints(self, command: c.AdjustPoints) -> DeskView:
        view = self.queries.member(command.member_id)
        assert view is not None
        made = AdjustmentView(
            self._new_id(),
            view.masked_name,
            view.masked_card,
            command.points,
            command.kind,
            command.reason,
            self.now_ms,
            "赵敏",
            "unsent",
            takes_two=abs(command.points) > self.desk_view.adjustment_limit,
        )
        return self._set_adjustments((*self.desk_view.adjustments, made))

    def _DecideAdjustment(self, command: c.DecideAdjustment) -> DeskView:
        state: Literal["agreed", "declined"] = "agreed" if command.agree else "declined"
        return self._set_adjustments(
            tuple(
                replace(each, state=state) if each.adjustment_id == command.adjustment_id else each
                for each in self.desk_view.adjustments
            )
        )

    def _AskExposure(self, command: c.AskExposure) -> ExposureView:
        if self.exposure_view is None:
            raise Unavailable("unreachable", "not said yet")
        return self.exposure_view

    def _AskFleet(self, command: c.AskFleet) -> FleetVerdict:
        if self.fleet_view is None:
            raise Unavailable("unreachable", "the server is away")
        return self.fleet_view

    def _ActOnDevice(self, command: c.ActOnDevice) -> ActVerdict:
        view = self._AskFleet(c.AskFleet())
        (device,) = [each for each in view.devices if each.device_id == command.device_id]
        if command.act == "revoke":
            after, done = replace(device, is_shut_out=True), ActVerdict("done")
        else:
            after = replace(device, leases=0, leased_points=0)
            done = ActVerdict("done", "", device.leases, device.leased_points)
        devices = tuple(after if each is device else each for each in view.devices)
        self.fleet_view = replace(view, devices=devices)
        return done

    def _WriteOffLeases(self, command: c.WriteOffLeases) -> ExposureView:
        view = self._AskExposure(c.AskExposure())
        given_up = view.given_up | {command.device_id}
        self.exposure_view = replace(view, given_up=given_up)
        return self.exposure_view

    def _DenyMember(self, command: c.DenyMember) -> DeskView:
        member = self.queries.member(command.member_id)
        assert member is not None
        made = DenialView(
            command.member_id, member.masked_name, member.masked_card, self.now_ms, "赵敏 (9001)",
            is_own=False, state="denying", reason=command.reason,
        )  # fmt: skip
        return self._set_denials((made, *self.desk_view.denials))

    def _AllowMember(self, command: c.AllowMember) -> DeskView:
        return self._set_denials(
            tuple(
                replace(each, state="allowing", reason=command.reason)
                if each.member_id == command.member_id
                else each
                for each in self.desk_view.denials
            )
        )

    def _set_denials(self, denials: tuple[DenialView, ...]) -> DeskView:
        self.desk_view = replace(self.desk_view, denials=denials)
        self.announce(ChangeKind.CASES)
        return self.desk_view

    def _set_adjustments(self, adjustments: tuple[AdjustmentView, ...]) -> DeskView:
        self.desk_view = replace(self.desk_view, adjustments=adjustments)
        self.announce(ChangeKind.CASES)
        return self.desk_view


class DeskQueries(FakeQueries):
    """The reads of a DeskCore."""

    def desk(self) -> DeskView:
        session = self._core._session
        if session is None or "duty_manager" not in session.roles:
            raise Rejected("not_manager", "Only a duty manager can do this")
        return self._core.desk_view

    def readiness(self) -> Readiness:
        return replace(super().readiness(), online=self._core.online)
