"""The core behind a seat's screens: one method a command, and word of what changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.ports.approval import AskDesks
from app.ports.seat import SeatIdentityStore
from app.services import (
    accruals,
    adjustments,
    appeals,
    cases,
    denying,
    encounters,
    enrolment,
    fleet,
    listening,
    looking_up,
    matters,
    memberships,
    ratings,
    receipts,
    refunds,
    sessions,
    statements,
    vouchers,
)
from app.services.announcer import Announcer, Listener
from app.services.approvals import Approvals
from app.services.commands import (
    AcknowledgeCase,
    ActOnDevice,
    AddRatingDetail,
    AdjustPoints,
    AdvanceCase,
    AllowMember,
    AnswerApproval,
    AppealRating,
    AskExposure,
    AskFigures,
    AskFleet,
    AskManager,
    AskOwnWeeks,
    AskStatement,
    AskStatementOf,
    CheckAction,
    CloseCase,
    CloseInvitation,
    CloseShift,
    Command,
    ConfirmRedemption,
    CountFigures,
    DecideAdjustment,
    DecideAppeal,
    DeclineRedemption,
    DenyMember,
    DismissReceipts,
    Enrol,
    EnterApprovalCode,
    FinishEncounter,
    IdentifyMember,
    JoinMember,
    LogConversation,
    LookUpMember,
    MakeApprovalCode,
    NoteCase,
    OpenAction,
    OpenEncounter,
    OpenMatter,
    PrintReceipt,
    PrintStatement,
    RecordAccrual,
    RecordRating,
    RecordStrayPresses,
    RefundReward,
    ReopenCase,
    ReplaceCard,
    RequestRedemption,
    SaveFigures,
    SaveStatement,
    SaveStatementOf,
    SetCaseField,
    SettleException,
    ShowContact,
    SignIn,
    SignInByBadge,
    SignOut,
    SkipRating,
    TakeVoucher,
    UndoLast,
    UpdateContact,
    WriteOffLeases,
)
from app.services.context import Context
from app.services.desk_reading import ask_figures, save_figures
from app.services.exposures import Exposures
from app.services.own_weeks import ask_own_weeks
from app.services.phones import Phones
from app.services.printing import PrintRunner
from app.services.reading import Reading
from app.services.redemptions import Redemptions
from app.services.views import (
    ChangeKind,
    EncounterView,
    FiguresView,
    MatterReceipt,
    RedemptionResult,
)

_SESSION = (ChangeKind.SESSION, ChangeKind.ENCOUNTER, ChangeKind.PENDING)
_ENCOUNTER = (ChangeKind.ENCOUNTER, ChangeKind.PENDING)
_CASES = (ChangeKind.CASES, ChangeKind.PENDING)

_GIVE_RECEIPTS = frozenset(
    {RecordAccrual, ConfirmRedemption, RefundReward, OpenMatter, PrintReceipt, PrintStatement}
)


class CounterCore:
    """Implements app.services.core.Core; made by app.bootstrap."""

    def __init__(
        self,
        context: Context,
        identity: SeatIdentityStore,
        announcer: Announcer,
        new_id: Callable[[], UUID],
        close: Callable[[], None],
        *,
        printing: PrintRunner | None = None,
    ) -> None:
        self._context = context
        self._identity = identity
        self._announcer = announcer
        self._close = close
        self._new_id = new_id
        redemptions = self._redemptions = Redemptions(context, new_id)
        self.approvals = Approvals(context, lambda: announcer.announce(ChangeKind.APPROVALS))
        self.phones = Phones(context, new_id, lambda: announcer.announce(*_CASES))
        announcer.subscribe(lambda _: self.phones.tell())
        self._exposures = Exposures(context)
        self._printing = printing
        queue = None if printing is None else printing.queue
        self._reading = Reading(context, redemptions, queue, self.approvals, self.phones)
        self._handlers = self._table(redemptions)

    @property
    def queries(self) -> Reading:
        return self._reading

    def start(self) -> None:
        """Settle what a power cut left in the middle; before the first command."""
        if self._context.seat() is not None and encounters.recover(self._context):
            self._reading.note_resumed()
        if self._printing is not None:
            self._printing.start()

    def execute(self, command: Command) -> Any:
        handler, kinds = self._handlers[type(command)]
        result = handler(command)
        if kinds:
            self._announcer.announce(*kinds)
        if self._printing is not None and type(command) in _GIVE_RECEIPTS:
            self._printing.wake()
        return result

    def note_desk_in_reach(self, reached: bool) -> None:
        """Whether a desk on the office's own network would hear an alarm; on any thread."""
        self._reading.desk_in_reach = reached
        self._announcer.announce(ChangeKind.READINESS)

    def note_picture(self) -> None:
        """A picture for the panel has arrived; on any thread."""
        self._announcer.announce(ChangeKind.PICTURES)

    def ask_desks_by(self, ask_desks: AskDesks) -> None:
        """From now on managers are asked over the office's own network."""
        self._redemptions.ask_desks = ask_desks

    def subscribe(self, listener: Listener) -> None:
        self._announcer.subscribe(listener)

    def close(self) -> None:
        if self._printing is not None:
            self._printing.stop()
        self._close()

    def _table(
        self, redemptions: Redemptions
    ) -> dict[type, tuple[Callable[[Any], Any], tuple[ChangeKind, ...]]]:
        context = self._context

        def on(use_case: Callable[[Context, Any], Any]) -> Callable[[Any], Any]:
            return lambda command: use_case(context, command)

        def showing_encounter(use_case: Callable[[Context, Any], Any]) -> Callable[[Any], Any]:
            def handle(command: Any) -> Any:
                use_case(context, command)
                return self._reading.encounter()

            return handle

        def showing_desk(use_case: Callable[[Context, Any], Any]) -> Callable[[Any], Any]:
            def handle(command: Any) -> Any:
                use_case(context, command)
                return self._reading.desk()

            return handle

        return {
            Enrol: (self._enrol, (ChangeKind.SESSION, ChangeKind.READINESS)),
            SignIn: (on(sessions.sign_in), _SESSION),
            SignInByBadge: (on(sessions.sign_in_by_badge), _SESSION),
            SignOut: (on(sessions.sign_out), _SESSION),
            CloseShift: (on(sessions.close_shift), _SESSION),
            OpenEncounter: (showing_encounter(encounters.open_encounter), _ENCOUNTER),
            IdentifyMember: (showing_encounter(encounters.identify_member), _ENCOUNTER),
            LookUpMember: (on(looking_up.look_up_member), ()),
            FinishEncounter: (on(encounters.finish_encounter), _ENCOUNTER),
            SkipRating: (on(encounters.skip_rating), _ENCOUNTER),
            RecordAccrual: (showing_encounter(accruals.record_accrual), _ENCOUNTER),
            UndoLast: (showing_encounter(accruals.undo_last), _ENCOUNTER),
            RefundReward: (showing_encounter(refunds.refund_reward), _ENCOUNTER),
            AskStatement: (on(statements.ask_statement), ()),
            AskStatementOf: (on(statements.ask_statement), ()),
            SaveStatement: (on(statements.save_statement), ()),
            SaveStatementOf: (on(statements.save_statement), ()),
            PrintStatement: (on(statements.print_statement), (ChangeKind.RECEIPTS,)),
            RequestRedemption: (redemptions.request, ()),
            ConfirmRedemption: (self._confirm_redemption, (*_ENCOUNTER, ChangeKind.READINESS)),
            DeclineRedemption: (redemptions.decline, ()),
            AskManager: (redemptions.ask_manager, ()),
            EnterApprovalCode: (redemptions.enter_code, ()),
            AnswerApproval: (self.approvals.answer, (ChangeKind.APPROVALS, ChangeKind.PENDING)),
            MakeApprovalCode: (self.approvals.make_code, (ChangeKind.PENDING,)),
            JoinMember: (showing_encounter(memberships.join_member), _ENCOUNTER),
            UpdateContact: (showing_encounter(memberships.update_contact), _ENCOUNTER),
            ReplaceCard: (showing_encounter(memberships.replace_card), _ENCOUNTER),
            OpenMatter: (self._open_matter, _ENCOUNTER),
            RecordRating: (on(ratings.record_rating), (ChangeKind.PENDING,)),
            AddRatingDetail: (on(ratings.add_rating_detail), (ChangeKind.PENDING,)),
            CloseInvitation: (on(ratings.close_invitation), (ChangeKind.PENDING,)),
            RecordStrayPresses: (on(ratings.record_stray_presses), (ChangeKind.PENDING,)),
            AcknowledgeCase: (showing_desk(cases.acknowledge_case), _CASES),
            NoteCase: (showing_desk(cases.note_case), _CASES),
            AdvanceCase: (showing_desk(cases.advance_case), _CASES),
            CloseCase: (showing_desk(cases.close_case), _CASES),
            ReopenCase: (showing_desk(cases.reopen_case), _CASES),
            SetCaseField: (showing_desk(cases.set_field), _CASES),
            SettleException: (showing_desk(cases.settle_exception), _CASES),
            AppealRating: (on(appeals.appeal_rating), (ChangeKind.PENDING,)),
            DecideAppeal: (showing_desk(appeals.decide_appeal), _CASES),
            ShowContact: (on(listening.show_contact), (ChangeKind.PENDING,)),
            LogConversation: (showing_desk(listening.log_conversation), _CASES),
            OpenAction: (showing_desk(listening.open_action), _CASES),
            CheckAction: (showing_desk(listening.check_action), _CASES),
            AdjustPoints: (showing_desk(adjustments.adjust_points), _CASES),
            DecideAdjustment: (showing_desk(adjustments.decide_adjustment), _CASES),
            DenyMember: (showing_desk(denying.deny_member), _CASES),
            AllowMember: (showing_desk(denying.allow_member), _CASES),
            AskExposure: (self._exposures.ask, ()),
            ActOnDevice: (on(fleet.act_on_device), ()),
            AskFleet: (on(fleet.ask_fleet), ()),
            AskFigures: (on(ask_figures), ()),
            AskOwnWeeks: (on(ask_own_weeks), ()),
            CountFigures: (self._count_figures, ()),
            SaveFigures: (on(save_figures), ()),
            WriteOffLeases: (self._exposures.write_off, _CASES),
            TakeVoucher: (self._take_voucher, _ENCOUNTER),
            PrintReceipt: (on(receipts.print_receipt), (ChangeKind.RECEIPTS,)),
            DismissReceipts: (on(receipts.dismiss_receipts), (ChangeKind.RECEIPTS,)),
        }

    def _confirm_redemption(self, command: ConfirmRedemption) -> RedemptionResult:
        result = self._redemptions.confirm(command)
        queue = None if self._printing is None else self._printing.queue
        has_paper = queue is not None and not queue.problem
        return result if has_paper else receipts.with_voucher(self._context, result)

    def _open_matter(self, command: OpenMatter) -> MatterReceipt:
        matter = matters.open_matter(self._context, command)
        encounter = self._reading.encounter()
        assert encounter is not None, "a matter belongs to the open encounter"
        return MatterReceipt(
            matter.number, matter.department, matter.due_ms, encounter, matter.owner
        )

    def _count_figures(self, command: CountFigures) -> FiguresView:
        from app.domain.reports import Choice

        return self._reading.figures(
            Choice.of_last(
                command.days,
                self._reading.today(),
                counters=command.counters,
                staff=command.staff,
                services=command.services,
                source=command.source,
            )
        )

    def _take_voucher(self, command: TakeVoucher) -> EncounterView | None:
        vouchers.take_voucher(self._context, self._new_id(), command)
        return self._reading.encounter()

    def _enrol(self, command: Enrol) -> Any:
        enrolment.enrol(self._identity, self._context.online, command)
        return self._reading.seat()
