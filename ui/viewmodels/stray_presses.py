"""Keeps what is pressed on the customer's side while no question is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Slot

from app.domain.errors import GuichetError
from app.domain.stray_presses import GLASS, PressFolder, PressSource
from app.services.commands import RecordStrayPresses
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.rating_panel_serving import single_shot

_SLACK_MS: Final = 5  # a timer may be early


class StrayPresses(QObject):
    """Folds presses and hands them to the core, a few entries for however many.

    Attributes:
        keypad: what kind the customer's is.
    """

    def __init__(
        self, runner: CommandRunner, parent: QObject, *, now_ms: Callable[[], float]
    ) -> None:
        """Begin with nothing.

        Args:
            runner: keeps them.
            parent: Qt's.
            now_ms: a monotonic clock, ms.
        """
        super().__init__(parent)
        self._runner, self._now_ms = runner, now_ms
        self._folder = PressFolder()
        self._session_id: UUID | None = None
        self.keypad = PressSource.KEYPAD
        self._due = single_shot(self, self._on_due)

    def sign_in(self, session_id: UUID | None) -> None:
        """Another clerk sits here, or nobody: what was pressed before is not theirs."""
        if session_id != self._session_id:
            self.keep()
            self._session_id = session_id

    @Slot(int)
    def note_key(self, key: int) -> None:
        """Take notice of a keypad's key, whatever it is for, or of its being held down still."""
        now_ms = self._now_ms()
        self._folder.note(self.keypad, key, now_ms)
        if self._folder.tell_stuck(self.keypad, now_ms, self._session_id):
            self._wait()

    def may_answer(self, asked_ms: float) -> bool:
        """Whether the key just noted answers what was asked then, and isn't held or stuck since."""
        return self._folder.pressed_since_ms(self.keypad) >= asked_ms

    def count_key(self) -> None:
        """The key just noted had no question."""
        self._count(self.keypad)

    def count_touch(self) -> None:
        """The glass was touched where there is nothing to touch."""
        now_ms = self._now_ms()
        self._folder.note(PressSource.TOUCH, GLASS, now_ms)
        self._folder.tell_stuck(PressSource.TOUCH, now_ms, self._session_id)
        self._count(PressSource.TOUCH)

    def keep(self) -> None:
        """Keep what hasn't been: the program ends, or the clerk changes."""
        self._hand_over(all_of_it=True)

    def _count(self, source: PressSource) -> None:
        self._folder.count(source, self._now_ms(), self._session_id)
        self._wait()

    def _wait(self) -> None:
        due_ms = self._folder.due_ms()
        if due_ms is not None:
            self._due.start(max(0, round(due_ms - self._now_ms())) + _SLACK_MS)

    @Slot()
    def _on_due(self) -> None:
        self._hand_over(all_of_it=False)
        self._wait()

    def _hand_over(self, *, all_of_it: bool) -> None:
        now_ms = self._now_ms()
        for each in self._folder.take(now_ms, all_of_it=all_of_it):
            command = RecordStrayPresses(
                each.source,
                each.presses,
                round(now_ms - each.began_ms),
                round(each.ended_ms - each.began_ms),
                each.is_stuck,
                each.session_id,
            )
            self._runner.run(command, _nothing, _lost)


def _nothing(result: object) -> None:
    """Nobody waits for it."""


def _lost(problem: GuichetError) -> None:
    """The disk is full or gone, which the clerk is told of by everything else."""
