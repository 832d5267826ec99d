"""Keys pressed while a command is under way: none is lost, and none acts out of turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

MAX_KEYS: Final = 200  # what is typed behind a key that waits counts, too


class KeysAhead:
    """Runs what was pressed at once, or in order as soon as nothing is under way any more."""

    def __init__(self, also_busy: Callable[[], bool]) -> None:
        """Wait while `hold` is in force, and while `also_busy` says so."""
        self._also_busy = also_busy
        self._waiting: deque[Callable[[], None]] = deque()
        self.holding = False

    def press(self, action: Callable[[], None]) -> None:
        """Do this now or in its turn; a flood beyond `MAX_KEYS` is dropped."""
        if not self._is_busy():
            action()
        elif len(self._waiting) < MAX_KEYS:
            self._waiting.append(action)

    @property
    def any_wait(self) -> bool:
        """Whether something was pressed that hasn't been done yet."""
        return bool(self._waiting)

    def hold(self) -> None:
        """A command is under way from now on."""
        self.holding = True

    def release(self) -> None:
        """It has been answered."""
        self.holding = False

    def run(self) -> None:
        """Do what waited, until something is under way again."""
        while self._waiting and not self._is_busy():
            self._waiting.popleft()()

    def forget(self) -> None:
        """Drop what waited: it was pressed expecting something else."""
        self._waiting.clear()

    def _is_busy(self) -> bool:
        return self.holding or self._also_busy()
