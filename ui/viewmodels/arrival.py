"""Who stands at the counter: what was scanned or typed, made into the member being served."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.domain.events import Proof
from app.services.commands import IdentifyMember
from app.services.core import Queries
from app.services.views import (
    EarnProposal,
    EncounterView,
    FoundMember,
    LookUpOutcome,
    ScanResult,
)
from ui.viewmodels.dialogue import Dialogue
from ui.viewmodels.earning import Earning
from ui.viewmodels.finding import proof_of
from ui.viewmodels.looking_up import LookingUp
from ui.viewmodels.said import Said
from ui.viewmodels.showing import Showing
from ui.viewmodels.visit import Visit

SHOWN_CHARS: Final = 40  # of what was typed for nobody: more would push the screen aside


class Arrival(QObject):
    """Identifies the customer, or says why nobody could be.

    Attributes:
        reading: a scan is being worked on.
        showing: the voucher that was scanned.

    Signals:
        reading_began(): a scan has come; nothing has been done about it yet.
        badge_scanned(str): a clerk's badge.
        stranger_scanned(str): the name on a pass whose member isn't known.
    """

    reading_began = Signal()
    badge_scanned = Signal(str)
    stranger_scanned = Signal(str)

    def __init__(
        self,
        queries: Queries,
        dialogue: Dialogue,
        visit: Visit,
        earning: Earning,
        looking_up: LookingUp,
        parent: QObject | None = None,
    ) -> None:
        """Identify into `visit`; what a pass earns goes to `earning`."""
        super().__init__(parent)
        self._queries, self._dialogue = queries, dialogue
        self._visit, self._earning = visit, earning
        self._looking_up = looking_up
        self.showing = Showing(visit, dialogue)
        self.reading = False

    def begin_reading(self) -> None:
        """A scan has come."""
        self.reading = True
        self._dialogue.changed.emit()
        self.reading_began.emit()

    def end_reading(self) -> None:
        """Nothing is being worked on any more."""
        self.reading = False

    def why_unreadable(self, text: str) -> Said | None:
        """What is to be said of a scan that means nothing; None of any other."""
        result = self._queries.interpret_scan(text)
        return _failed(result, text) if result.kind == "unknown" else None

    def take_scan(self, text: str) -> None:
        """Do what a scan means that no open form takes."""
        self.showing.forget()
        result = self._queries.interpret_scan(text)
        if result.kind == "badge":
            self.badge_scanned.emit(text)
        else:
            self._take_or_ask(result, text)

    def take_typed(self, text: str, chosen: UUID | None) -> None:
        """Serve whom the box means.

        Args:
            text: what stands in it, stripped; not ''.
            chosen: the member marked among the results.
        """
        meant = self._dialogue.finding.meant(text, chosen)
        if isinstance(meant, FoundMember):
            self.serve(meant)
        elif meant.kind != "unknown":
            self._take_or_ask(meant, text)
        elif self._looking_up.is_worth_asking(text):
            self._ask(text, lambda: self._take_looked_up(text))
        else:
            self._say_nobody(text)

    def serve(self, member: FoundMember) -> None:
        """Serve this member, found by what was typed."""
        self._identify(member, proof_of(member), "search")

    def _take_or_ask(self, result: ScanResult, text: str) -> None:
        """Ask the server first for a card that nobody on this PC has."""
        if result.voucher is not None:
            self._dialogue.empty_box()
            self.showing.show(result.voucher)
            return
        card = text if result.kind == "unknown" else result.unknown_card
        is_stranger = result.member is None and self._visit.member is None
        if is_stranger and card and self._looking_up.is_worth_asking(card):
            self.reading = True
            self._ask(card, lambda: self._take_result(self._queries.interpret_scan(text), text))
        else:
            self._take_result(result, text)

    def _ask(self, text: str, then: Callable[[], None]) -> None:
        def taken(said: LookUpOutcome | GuichetError) -> None:
            self.reading = False
            self._looking_up.take(text, said)
            then()

        self._visit.run(self._looking_up.command(text), taken, taken)
        self._dialogue.changed.emit()

    def _take_looked_up(self, text: str) -> None:
        """Serve the one whom the server found; of several the clerk chooses."""
        finding = self._dialogue.finding
        finding.look_up(text)
        if len(finding.results) == 1:
            self.serve(finding.results[0])
        elif finding.results:
            self._dialogue.say(None)
        else:
            self._say_nobody(text)

    def _say_nobody(self, text: str) -> None:
        code = "nobody_on_this_pc" if self._looking_up.is_offline else "nobody_found"
        shown = text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"
        self._dialogue.say(Said.message("caution", code, text=shown))

    def _take_result(self, result: ScanResult, text: str) -> None:
        self._dialogue.empty_box()
        if result.kind == "unknown":
            self._dialogue.say(_failed(result, text))
        elif result.member is not None:
            proof = Proof.BOARDING_PASS if result.kind == "boarding_pass" else Proof.CARD
            self._identify(result.member, proof, "scan", result.earn)
        elif self._visit.member is not None:
            self._dialogue.say(self._earning.propose(result.earn))
        else:
            self._earning.waiting_pass = text
            self.stranger_scanned.emit(result.passenger_name)
            self._dialogue.say(
                Said.message("caution", "pass_without_member", name=result.passenger_name)
            )

    def _identify(
        self, member: FoundMember, proof: Proof, opened_by: str, earn: Sequence[EarnProposal] = ()
    ) -> None:
        def done(encounter: EncounterView) -> None:
            self.reading = False
            self._visit.proof = proof
            self._dialogue.empty_box()
            self._visit.encounter = encounter
            waiting = self._earning.claim_waiting_pass()
            self._dialogue.say(self._earning.propose(earn) if earn else waiting)

        def failed(problem: GuichetError) -> None:
            self.reading = False
            self._dialogue.say(Said.refusal(problem))

        self.reading = opened_by == "scan"
        self._visit.run(IdentifyMember(member.member_id, proof, opened_by), done, failed)
        self._dialogue.changed.emit()


def _failed(result: ScanResult, text: str) -> Said:
    return Said.failed_scan(GuichetError(result.problem, result.message), text)
