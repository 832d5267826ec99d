"""What staff, customer and program can ask the core to do: one frozen dataclass a command.

`Core.execute(command)` runs it and returns the result named in the docstring, or raises `Rejected`
(a rule; nothing was recorded) or `Unavailable`. When it returns, everything it did is committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from app.domain.events import CallWish, CustomerYes, Proof, RatingState
from app.domain.lean import dataclass
from app.domain.stray_presses import PressSource
from app.services.point_views import StatementView
from app.services.views import EarnProposal, FiguresView

if TYPE_CHECKING:
    from app.domain.reports import Source


@dataclass(frozen=True, slots=True)
class SignIn:
    """Returns SessionView. Also switches from another clerk; the open encounter stays open.

    Opens the seat's shift if none is open. Rejected: wrong_pin (detail: tries_left), throttled
    (detail: wait_s), wrong_role (detail: role), staff_list_missing.
    """

    staff_number: str
    pin: str


@dataclass(frozen=True, slots=True)
class SignInByBadge:
    """Returns SessionView. Rejected: unknown_badge, throttled."""

    badge_code: str


@dataclass(frozen=True, slots=True)
class SignOut:
    """Returns None; the shift stays open, pending work stays where it is."""

    reason: str = "signed_out"


@dataclass(frozen=True, slots=True)
class CloseShift:
    """Returns ShiftSummary. Rejected: wrong_pin, throttled, encounter_open."""

    pin: str


@dataclass(frozen=True, slots=True)
class OpenEncounter:
    """Returns EncounterView; with an encounter open already, that one."""

    opened_by: str = "search"


@dataclass(frozen=True, slots=True)
class IdentifyMember:
    """Opens an encounter if there is none. Returns EncounterView.

    Rejected: unknown_member, own_membership, member_closed, other_member (this encounter has one).
    """

    member_id: UUID
    proof: Proof
    opened_by: str = "search"


@dataclass(frozen=True, slots=True)
class LookUpMember:
    """Asks the server whom `text` means, as nobody on this PC does; keeps them for a while.

    Returns LookUpOutcome, within 2 s; afterwards whoever was found comes up like others.
    Rejected: not_signed_in, not_a_whole_key.
    """

    text: str


@dataclass(frozen=True, slots=True)
class RecordAccrual:
    """Returns EncounterView. Rejected: no_member, already_earned, nothing_to_earn."""

    encounter_id: UUID
    proposal: EarnProposal


@dataclass(frozen=True, slots=True)
class RequestRedemption:
    """Checks a redemption and readies the question for the panel; records nothing.

    Returns RedemptionToConfirm. Rejected: no_member, unknown_reward, insufficient and set_aside
    (detail: missing_points), not_possible (detail: reason).
    """

    encounter_id: UUID
    reward_number: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class ConfirmRedemption:
    """The customer said yes: journal the intent, then online → lease → at risk → refusal.

    Returns RedemptionResult (a refusal is a result: promise NOT_POSSIBLE with its reason). May take
    up to 2 s of network, within which other counters may hand back what they hold; runs beside the
    writer, never on it.
    """

    redemption_id: UUID
    customer_yes: CustomerYes


@dataclass(frozen=True, slots=True)
class AskManager:
    """Asks each of the office's desks once for a manager's yes; again while it waits.

    Returns ApprovalStatus. Rejected: nothing_asked.
    """

    redemption_id: UUID


@dataclass(frozen=True, slots=True)
class EnterApprovalCode:
    """The clerk types in the code that a manager read out.

    Returns ApprovalStatus. Rejected: nothing_asked, bad_code, wrong_code (detail: tries_left),
    throttled (detail: wait_s), no_approval_keys.
    """

    redemption_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class AnswerApproval:
    """A manager's answer, at their desk, to what a counter asks.

    Returns None. Rejected: not_manager, not_waiting, own_membership, same_person.
    """

    redemption_id: UUID
    is_agreed: bool


@dataclass(frozen=True, slots=True)
class MakeApprovalCode:
    """A manager answers a challenge that a clerk read out.

    Returns ApprovalCode. Rejected: not_manager, bad_challenge, bad_counter, bad_points,
    no_approval_keys.
    """

    counter_label: str
    challenge: str
    points: int


@dataclass(frozen=True, slots=True)
class DeclineRedemption:
    """The customer said no, or nothing. Returns None; nothing was spent."""

    redemption_id: UUID


@dataclass(frozen=True, slots=True)
class UndoLast:
    """Undoes the encounter's last accrual or redemption. Returns EncounterView.

    Rejected: nothing_to_undo.
    """

    encounter_id: UUID


@dataclass(frozen=True, slots=True)
class RefundReward:
    """Takes a reward back, or a part of it; the server works out what comes back, and when.

    Returns EncounterView. Rejected: no_member, bad_points, over_refund, and what
    `RefundableReward.refusal` says of a reward that this counter knows.
    """

    encounter_id: UUID
    redemption_id: UUID
    points: int  # of what was spent
    involuntary: bool  # the customer didn't want it: nothing is kept back
    reason: str
    reward_name: str = ""  # of a reward that was given elsewhere


@dataclass(frozen=True, slots=True)
class AskOwnWeeks:
    """Asks the server what may be told to the clerk of their own weeks. Returns OwnWeeksView.

    Within 3 s. Unavailable: own_weeks_need_server.
    """


@dataclass(frozen=True, slots=True)
class AskStatement:
    """Asks the server what changed the served member's points. Returns StatementView, within 3 s.

    Without the server it is what this counter knows. Rejected: no_encounter, no_member.
    """

    encounter_id: UUID
    days: int  # so many back from today; 0 for all that there is


@dataclass(frozen=True, slots=True)
class AskStatementOf:
    """The same of a member whom nobody serves, for a duty manager. Rejected: not_manager."""

    member_id: UUID
    days: int


@dataclass(frozen=True, slots=True)
class PrintStatement:
    """Prints a statement's newest lines. Returns None. Rejected: no_encounter, no_member."""

    encounter_id: UUID
    view: StatementView


@dataclass(frozen=True, slots=True)
class SaveStatement:
    """Writes a statement into a file, as the server says it now. Returns the path, within 3 s.

    Only with the server, which writes down who took it along. Rejected: no_encounter, no_member,
    unknown_member, statement_busy, statement_refused, export_exists. Unavailable:
    statement_needs_server, export_full, export_denied, export_failed.
    """

    encounter_id: UUID
    days: int  # as AskStatement's
    form: Literal["csv", "pdf"]


@dataclass(frozen=True, slots=True)
class SaveStatementOf:
    """The same of a member whom nobody serves, for a duty manager. Rejected: not_manager."""

    member_id: UUID
    days: int
    form: Literal["csv", "pdf"]


@dataclass(frozen=True, slots=True)
class JoinMember:
    """Returns EncounterView with the new member.

    Rejected: card_taken, bad_card, bad_phone, bad_name.
    """

    card_no: str
    name: str
    latin_name: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class UpdateContact:
    """Returns EncounterView. Rejected: no_member, bad_phone."""

    encounter_id: UUID
    phone: str


@dataclass(frozen=True, slots=True)
class ReplaceCard:
    """Returns EncounterView. Rejected: no_member, card_taken, bad_card."""

    encounter_id: UUID
    new_card_no: str


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Takes a complaint or question. Returns MatterReceipt.

    Rejected: empty_matter, matter_too_long, unknown_topic.
    """

    topic: str
    text: str


@dataclass(frozen=True, slots=True)
class FinishEncounter:
    """Ends the encounter and yields the invitation to rate. Returns RatingInvitation or None."""

    encounter_id: UUID


@dataclass(frozen=True, slots=True)
class SkipRating:
    """Staff end the encounter without the panel, with a reason. Returns RatingStatus."""

    encounter_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class RecordRating:
    """One press of a face. Returns RatingStatus once it is durable."""

    encounter_id: UUID
    score: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddRatingDetail:
    """Returns RatingStatus. Rejected: unknown_encounter, not_rated, comment_too_long."""

    encounter_id: UUID
    reasons: tuple[str, ...]
    comment: str
    call: CallWish | None


@dataclass(frozen=True, slots=True)
class CloseInvitation:
    """The invitation ended without a face: declined, timed_out, device_down. Returns RatingStatus.

    Does nothing when the encounter has its state already.
    """

    encounter_id: UUID
    state: RatingState


@dataclass(frozen=True, slots=True)
class RecordStrayPresses:
    """Keeps what was pressed while no question was open. Returns None."""

    source: PressSource
    presses: int
    ago_ms: int  # since the first
    lasted_ms: int
    is_stuck: bool
    session_id: UUID | None  # who was signed in then


@dataclass(frozen=True, slots=True)
class AcknowledgeCase:
    """Returns DeskView. Rejected: not_manager, unknown_case, case_taken."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class NoteCase:
    """Returns DeskView."""

    case_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class AdvanceCase:
    """Say how far it has come. Returns DeskView. Rejected: case_closed, bad_stage."""

    case_id: UUID
    stage: str  # app.domain.records.CaseStage


@dataclass(frozen=True, slots=True)
class CloseCase:
    """Returns DeskView. Rejected: case_closed, bad_outcome."""

    case_id: UUID
    outcome: str


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """Go on with a closed case. Returns DeskView. Rejected: case_open."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class SetCaseField:
    """Say one thing of a case. Returns DeskView. Rejected: unknown_case, bad_field, no_goodwill."""

    case_id: UUID
    field: str  # app.domain.case_facts.CHOICES
    value: str


@dataclass(frozen=True, slots=True)
class SettleException:
    """Returns DeskView. Rejected: not_manager, bad_answer."""

    exception_id: UUID
    answer: str  # app.domain.settling.Answer
    note: str


@dataclass(frozen=True, slots=True)
class AppealRating:
    """Asks that the rating of a visit of one's own not count. Returns the OwnVisits.

    Rejected: not_own_visit, not_rated, appeal_known, empty_reason, note_too_long.
    """

    encounter_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class DecideAppeal:
    """Upholds an appeal or declines it, for a reason. Returns DeskView.

    Rejected: not_manager, unknown_appeal, own_appeal, empty_reason, note_too_long.
    """

    appeal_id: UUID
    is_upheld: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ShowContact:
    """Shows name and number of a customer on one's weekly list. Returns ShownContact.

    Rejected: not_manager, unknown_listening, not_own_listening, unknown_member.
    """

    listening_id: UUID


@dataclass(frozen=True, slots=True)
class LogConversation:
    """Writes down how a conversation went and what was heard. Returns DeskView.

    Rejected: not_manager, unknown_listening, not_own_listening, bad_field, empty_heard,
    note_too_long.
    """

    listening_id: UUID
    outcome: str  # app.domain.listening.OUTCOMES
    topic: str  # '' where none was named
    heard: str
    is_shared: bool  # with the office's other managers


@dataclass(frozen=True, slots=True)
class OpenAction:
    """Has something done about what was heard. Returns DeskView.

    Rejected: not_manager, unknown_listening, not_own_listening, empty_what, note_too_long,
    unknown_owner, check_day_past.
    """

    listening_id: UUID
    what: str
    owner_id: UUID
    check_on: str  # ISO date, today or later


@dataclass(frozen=True, slots=True)
class CheckAction:
    """Says what an action did. Returns DeskView.

    Rejected: not_manager, unknown_action, bad_field, empty_reason, note_too_long, check_day_past.
    """

    action_id: UUID
    result: str  # app.domain.acting.RESULTS
    note: str  # why, of one that wasn't done
    check_on: str = ""  # when somebody looks again at one that wasn't


@dataclass(frozen=True, slots=True)
class AdjustPoints:
    """Gives a member points, or takes them as a correction. Returns DeskView.

    Beyond `DeskView.adjustment_limit` it waits for a second manager. Rejected: not_manager,
    bad_adjustment, bad_points, empty_reason, note_too_long, unknown_member, own_membership,
    unknown_case.
    """

    member_id: UUID
    points: int  # below zero: taken
    kind: str  # 'goodwill', 'correction'
    reason: str
    case_id: UUID | None = None  # whose remedy the points are


@dataclass(frozen=True, slots=True)
class DecideAdjustment:
    """Agrees to an adjustment that waits, or declines it. Returns DeskView.

    Who recorded it may decline it, and not agree. Rejected: not_manager, unknown_adjustment,
    same_person, own_membership.
    """

    adjustment_id: UUID
    agree: bool


@dataclass(frozen=True, slots=True)
class DenyMember:
    """Puts a member on the deny list; again only changes who says so, and why. Returns DeskView.

    Rejected: not_manager, empty_reason, note_too_long, unknown_member, own_membership.
    """

    member_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class AllowMember:
    """Takes a member off the deny list. Returns DeskView. Rejected: as DenyMember, not_denied."""

    member_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class CountFigures:
    """Works out what the charts show of this office's last so many days. Returns FiguresView.

    As this PC's own data have it; some tenths of a second for a year. A set that is empty leaves
    nobody out. Rejected: not_manager.
    """

    days: int
    counters: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    source: Source = "panel"  # of the ratings


@dataclass(frozen=True, slots=True)
class AskFigures:
    """Asks the server for the figures of another office, '' for all of them.

    Of all together by service alone, and for at most 92 days. Who it was is told of the own office
    alone. Returns FiguresView, within 10 s.

    Rejected: not_manager. Unavailable: unreachable.
    """

    office_code: str
    days: int
    counters: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    source: Source = "panel"


@dataclass(frozen=True, slots=True)
class SaveFigures:
    """Writes figures as they are shown into a file, none of them a clerk's. Returns the path.

    The journal says first who takes them along. Rejected: not_manager, export_exists. Unavailable:
    export_full, export_denied, export_failed.
    """

    view: FiguresView  # of no chosen staff
    pdf: bytes = b""  # its pages; without them it is a CSV


@dataclass(frozen=True, slots=True)
class AskExposure:
    """Asks the server what could be lost at most. Returns ExposureView, within 3 s.

    Unreachable, it is the last answer this program had. Rejected: not_manager. Unavailable:
    unreachable, when there is none.
    """


@dataclass(frozen=True, slots=True)
class WriteOffLeases:
    """Gives up a counter of the office: members have back what it holds of theirs.

    The programme bears what the counter may have given away under them. Returns ExposureView.
    Rejected: not_manager, empty_reason, note_too_long, unknown_device.
    """

    device_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class AskFleet:
    """Asks the server how the devices are. Returns FleetVerdict, within 10 s.

    A duty manager is told of their own office's, an administrator of all. Rejected: not_manager.
    Unavailable: unreachable.
    """


@dataclass(frozen=True, slots=True)
class ActOnDevice:
    """Has the server shut a device out, or give up what it holds; it keeps who did it and why.

    Returns ActVerdict, within 10 s. Rejected: not_manager, empty_reason, note_too_long,
    unknown_device, too_many_acts. Unavailable: unreachable; then it may have been done all the
    same.
    """

    act: Literal["revoke", "release"]
    device_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class TakeVoucher:
    """Takes a voucher by its scanned text and opens an encounter if there is none.

    Returns EncounterView. May take up to 2 s of network. Rejected: what
    `app.domain.voucher.refusal_of` names; voucher_unreadable.
    """

    text: str


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """Returns None at once; it is printed beside, as a copy if it may have come out before.

    Rejected: unknown_receipt, receipt_undone.
    """

    receipt_id: UUID


@dataclass(frozen=True, slots=True)
class DismissReceipts:
    """Nobody wants these any more. Returns None."""

    receipt_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Enrol:
    """Returns Seat.

    `code` is a one-use code or a token for many PCs; `office`, where it is said, is the code of
    the office that the token has to be for.

    Rejected: already_enrolled, bad_address, code_unknown, code_used, code_expired, token_expired,
    token_used_up, token_revoked, token_elsewhere, pc_shut_out. Unavailable: what
    app.ports.online.OnlineDesk.enrol names.
    """

    server_url: str
    code: str
    office: str = ""


Command = (
    SignIn
    | SignInByBadge
    | SignOut
    | CloseShift
    | OpenEncounter
    | IdentifyMember
    | LookUpMember
    | RecordAccrual
    | RequestRedemption
    | ConfirmRedemption
    | DeclineRedemption
    | AskManager
    | EnterApprovalCode
    | AnswerApproval
    | MakeApprovalCode
    | UndoLast
    | RefundReward
    | AskStatement
    | AskStatementOf
    | PrintStatement
    | SaveStatement
    | SaveStatementOf
    | JoinMember
    | UpdateContact
    | ReplaceCard
    | OpenMatter
    | FinishEncounter
    | SkipRating
    | RecordRating
    | AddRatingDetail
    | CloseInvitation
    | RecordStrayPresses
    | AcknowledgeCase
    | NoteCase
    | AdvanceCase
    | CloseCase
    | ReopenCase
    | SetCaseField
    | SettleException
    | AppealRating
    | DecideAppeal
    | ShowContact
    | LogConversation
    | OpenAction
    | CheckAction
    | AdjustPoints
    | DecideAdjustment
    | DenyMember
    | AllowMember
    | ActOnDevice
    | AskExposure
    | AskFleet
    | AskFigures
    | AskOwnWeeks
    | CountFigures
    | SaveFigures
    | WriteOffLeases
    | TakeVoucher
    | PrintReceipt
    | DismissReceipts
    | Enrol
)
