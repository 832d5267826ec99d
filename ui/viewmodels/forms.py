"""What forms have in common, and those of the counter: a claim, a new member, a matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.errors import GuichetError, Rejected
from app.domain.typed_flight import TypedFlight
from app.services.commands import (
    CloseShift,
    Command,
    JoinMember,
    OpenMatter,
    ReplaceCard,
    SignOut,
    UpdateContact,
)
from app.services.core import Queries
from app.services.views import EncounterView, MatterReceipt, MemberView, ShiftSummary
from ui.qt.command_runner import CommandRunner
from ui.viewmodels import wording
from ui.viewmodels.earning import refusal
from ui.viewmodels.said import Said

FIELD_OF: Final = {
    "card_taken": "card",
    "bad_card": "card",
    "bad_phone": "phone",
    "bad_name": "name",
    "bad_flight": "flight",
    "bad_day": "day",
    "bad_route": "route",
    "accrual_distance_unknown": "route",
    "bad_class": "booking_class",
    "accrual_class_unknown": "booking_class",
    "accrual_class_earns_nothing": "booking_class",
    "flight_too_old": "day",
    "flight_not_flown": "day",
    "accrual_carrier_not_accepted": "flight",
    "unknown_topic": "topic",
    "empty_matter": "text",
    "matter_too_long": "text",
    "comment_too_long": "text",
    "wrong_pin": "pin",
    "throttled": "pin",
    "no_member": "member",
    "unknown_member": "member",
    "own_membership": "member",
    "not_denied": "member",
    "bad_points": "points",
    "bad_adjustment": "points",
    "empty_heard": "heard",
    "empty_what": "what",
    "unknown_owner": "owner",
    "check_day_past": "check_on",
    "empty_reason": "reason",
    "note_too_long": "reason",
}
"""Which field a refusal belongs to."""


class FormViewModel(QObject):
    """What every form has: it is sent once, and a refusal is shown at its field.

    Signals:
        changed(): `busy`, `said` or `field` differ.
    """

    changed = Signal()

    def __init__(self, runner: CommandRunner, parent: QObject | None = None) -> None:
        """Send through `runner`."""
        super().__init__(parent)
        self._runner = runner
        self.busy = False
        self.said: Said | None = None
        self.field = ""  # where `said` belongs, '' for the form as a whole

    def reset(self) -> None:
        """Forget what was said."""
        self._say(None)

    def _send(self, command: Command, done: Callable[[Any], object] | None = None) -> None:
        """Send it once; `done`, or else `_done`, takes what came of it."""
        if not self.busy:
            self.busy = True
            self._say(None)
            self._runner.run(command, partial(self._on_done, done or self._done), self._on_failed)

    def _say(self, said: Said | None, field: str = "") -> None:
        self.said, self.field = said, field
        self.changed.emit()

    def _on_done(self, done: Callable[[Any], object], result: object) -> None:
        self.busy = False
        self._say(None)
        done(result)

    def _done(self, result: object) -> None:
        raise NotImplementedError

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy = False
        self._say(Said.refusal(problem), FIELD_OF.get(problem.code, ""))


class MemberFormViewModel(FormViewModel):
    """Joins a member, changes a contact, replaces a card.

    Signals:
        saved(object, object): EncounterView, and the Said that tells what was done.
    """

    saved = Signal(object, object)

    def __init__(self, runner: CommandRunner, parent: QObject | None = None) -> None:
        """Send through `runner`."""
        super().__init__(runner, parent)
        self._message = ""
        self.latin_name = ""  # proposed for joining: the name on the pass just scanned

    @Slot(str)
    def name_from_pass(self, latin_name: str) -> None:
        """Propose the name on a pass for joining."""
        self.latin_name = latin_name

    def join(self, card_no: str, name: str, latin_name: str, phone: str, language: str) -> None:
        """Join a member; every argument as typed."""
        self._message = "joined"
        self._send(
            JoinMember(card_no.strip(), name.strip(), latin_name.strip(), phone.strip(), language)
        )

    def update_contact(self, encounter_id: UUID, phone: str) -> None:
        """Change the phone of the encounter's member."""
        self._message = "contact_updated"
        self._send(UpdateContact(encounter_id, phone.strip()))

    def replace_card(self, encounter_id: UUID, new_card_no: str) -> None:
        """Give the encounter's member a new card."""
        self._message = "card_replaced"
        self._send(ReplaceCard(encounter_id, new_card_no.strip()))

    def _done(self, result: object) -> None:
        assert isinstance(result, EncounterView)
        self.saved.emit(result, Said.message("positive", self._message))


class ClaimViewModel(FormViewModel):
    """Takes a flight of the past whose pass isn't there any more, typed from the ticket.

    Signals:
        proposed(object): EarnProposal that earns something.
    """

    proposed = Signal(object)

    def __init__(
        self, runner: CommandRunner, queries: Queries, parent: QObject | None = None
    ) -> None:
        """Read what it earns from `queries`."""
        super().__init__(runner, parent)
        self._queries = queries

    def submit(self, member: MemberView | None, typed: TypedFlight) -> None:
        """Propose it, or say at its field what is wrong with it."""
        if member is None:
            self._say(Said.refusal(GuichetError("no_member", "whose flight it was")))
            return
        try:
            proposal = self._queries.propose_claim(member.member_id, typed)
        except Rejected as problem:
            self._on_failed(problem)
            return
        if proposal.refused:
            self._say(refusal(proposal), FIELD_OF.get(proposal.refused, ""))
        else:
            self._say(None)
            self.proposed.emit(proposal)


class MatterViewModel(FormViewModel):
    """Takes a complaint or question; its number, owner and due time come back as a line.

    Signals:
        saved(object, object): EncounterView, and the Said that tells the customer's number.
    """

    saved = Signal(object, object)

    def __init__(
        self, runner: CommandRunner, queries: Queries, parent: QObject | None = None
    ) -> None:
        """Send through `runner`, topics from `queries`."""
        super().__init__(runner, parent)
        self._queries = queries
        self.topics: Sequence[tuple[str, str]] = ()
        self.topic = ""

    def start(self) -> None:
        """Begin anew, with the topics in force."""
        self.topics = self._queries.matter_topics()
        self.topic = ""
        self._say(None)

    def choose(self, digit: int) -> bool:
        """Choose the topic of this digit, 1 the first; return whether there is one."""
        if not 1 <= digit <= len(self.topics):
            return False
        self.topic = self.topics[digit - 1][0]
        self.changed.emit()
        return True

    def unchoose(self) -> bool:
        """Go back to the topics; return whether one was chosen."""
        chosen, self.topic = bool(self.topic), ""
        self.changed.emit()
        return chosen

    def submit(self, text: str) -> None:
        """Take the matter."""
        if not text.strip():
            self._say(Said.refusal(GuichetError("empty_matter", "nothing written")), "text")
        elif self.topic:
            self._send(OpenMatter(self.topic, text.strip()))

    def _done(self, result: object) -> None:
        assert isinstance(result, MatterReceipt)
        said = Said.message(
            "info",  # it is read out to the customer, and so it stays
            "matter_taken",
            number=result.number,
            department=wording.answered_by(result.department, result.owner),
            due=wording.moment(result.due_ms),
        )
        self.saved.emit(result.encounter, said)


class ShiftViewModel(FormViewModel):
    """Closes the shift, or leaves it open and signs out.

    Signals:
        closed(object): ShiftSummary; nobody is signed in any more.
        left(): signed out, the shift stays open.
    """

    closed = Signal(object)
    left = Signal()

    def close(self, pin: str) -> None:
        """Close the shift, with the clerk's own PIN."""
        if pin:
            self._send(CloseShift(pin))
        else:
            self._say(Said.message("info", "missing_pin"), "pin")

    def sign_out(self) -> None:
        """Leave the counter; shift, encounter and pending work stay."""
        self._send(SignOut())

    def _done(self, result: object) -> None:
        if isinstance(result, ShiftSummary):
            self.closed.emit(result)
        else:
            self.left.emit()
