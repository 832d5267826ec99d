"""The customer being served: who it is, what has been done, and one command after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from app.domain.errors import GuichetError
from app.domain.events import Proof
from app.services.commands import Command, SkipRating
from app.services.core import Queries
from app.services.views import EncounterLine, EncounterView, MemberView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.keys_ahead import KeysAhead


class Visit:
    """The open encounter, if there is one, and the commands that change it, one at a time.

    Attributes:
        encounter: as last read or answered; None between customers.
        proof: how the member was proved, as far as this seat knows.
    """

    def __init__(
        self, runner: CommandRunner, queries: Queries, also_busy: Callable[[], bool]
    ) -> None:
        """Find what is open. Keys wait too while `also_busy` says so."""
        self._runner = runner
        self._queries = queries
        self._keys_ahead = KeysAhead(also_busy)
        self._taken_up: UUID | None = None  # the encounter in which this clerk has done something
        self.encounter: EncounterView | None = queries.encounter()
        self.proof = Proof.NAME

    @property
    def member(self) -> MemberView | None:
        """The member being served."""
        return self.encounter.member if self.encounter is not None else None

    @property
    def last_undoable(self) -> EncounterLine | None:
        """The line that an undo would undo."""
        lines = self.encounter.lines if self.encounter is not None else ()
        return next((line for line in reversed(lines) if _is_undoable(line)), None)

    @property
    def is_resumed(self) -> bool:
        """Whether the encounter was found open and nothing has been done in it since."""
        view = self.encounter
        return view is not None and view.resumed and view.encounter_id != self._taken_up

    def skip_reasons(self) -> Sequence[str]:
        """Return the codes of why the customer may stay unasked, in the order of their digits."""
        return self._queries.skip_reasons()

    def skipping(self, digit: str) -> SkipRating | None:
        """Return what finishes without asking, for the reason of this digit; None for no such."""
        reasons = self.skip_reasons()
        if self.encounter is None or not digit.isdigit() or not 1 <= int(digit) <= len(reasons):
            return None
        return SkipRating(self.encounter.encounter_id, reasons[int(digit) - 1])

    def reread(self) -> None:
        """Read it again, unless a command is about to answer with something newer."""
        if not self._keys_ahead.holding:
            self.encounter = self._queries.encounter()

    def end(self) -> None:
        """The customer has been finished."""
        self.encounter = None
        self.proof = Proof.NAME

    def press(self, action: Callable[[], None]) -> None:
        """Do what a key says, now or as soon as what is under way has been answered."""
        self._keys_ahead.press(action)

    @property
    def keys_wait(self) -> bool:
        """Whether a key was pressed whose turn hasn't come."""
        return self._keys_ahead.any_wait

    def run_keys(self) -> None:
        """Do what was pressed meanwhile."""
        self._keys_ahead.run()

    def forget_keys(self) -> None:
        """Drop what was pressed meanwhile: it was pressed expecting something else."""
        self._keys_ahead.forget()

    def run(
        self,
        command: Command,
        done: Callable[..., None],
        failed: Callable[[GuichetError], None],
    ) -> None:
        """Run a command of this encounter; keys wait until it has been answered."""
        self._keys_ahead.hold()

        def on_done(result: object) -> None:
            self._keys_ahead.release()
            done(result)
            if self.encounter is not None:
                self._taken_up = self.encounter.encounter_id
            self._keys_ahead.run()

        def on_failed(problem: GuichetError) -> None:
            self._keys_ahead.release()
            self._keys_ahead.forget()
            self.reread()
            failed(problem)

        self._runner.run(command, on_done, on_failed)


def _is_undoable(line: EncounterLine) -> bool:
    return line.kind in ("accrual", "redemption") and line.state not in ("undone", "in_progress")
