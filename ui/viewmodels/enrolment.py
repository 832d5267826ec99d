"""Making this PC a seat of the programme, once: by a token of its settings, or a typed code."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.errors import GuichetError, Unavailable
from app.services.commands import Enrol
from app.services.views import Seat
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said

SCHEMES: Final = ("https://", "http://")
FIRST_WAIT_S: Final = 5
LONGEST_WAIT_S: Final = 60


class EnrolmentViewModel(QObject):
    """Enrols the seat.

    Signals:
        changed(): `busy`, `said`, `server_url` or `code` differ.
        enrolled(object): Seat.
    """

    changed = Signal()
    enrolled = Signal(object)

    def __init__(
        self,
        runner: CommandRunner,
        server_url: str = "",
        *,
        token: str = "",
        office: str = "",
        is_server_locked: bool = False,
        parent: QObject | None = None,
    ) -> None:
        """Enrol through `runner`.

        Args:
            runner: runs commands.
            server_url: proposed; the token goes to no other.
            token: by which the PC enrols with nobody at it, '' for none.
            office: which the token has to be for, '' for any.
            is_server_locked: nobody at the PC may name another server.
            parent: Qt's.
        """
        super().__init__(parent)
        self._runner = runner
        self._token, self._office = token, office
        self._proposed = self.server_url = server_url
        self.is_server_locked = is_server_locked and bool(server_url)
        self.code = ""
        self.busy = False
        self.said: Said | None = None
        self._left_s = 0
        self._wait_s = FIRST_WAIT_S
        self._last: GuichetError | None = None
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._on_tick)

    @property
    def is_arranged(self) -> bool:
        """Whether the PC's settings say by what it enrols, so that nobody has to."""
        return bool(self._token and self._proposed)

    def begin(self) -> None:
        """Enrol with nobody at the PC, where its settings say by what; again until it is done.

        A server that isn't there is asked again; what it refused is said, and a code still taken.
        """
        if self.is_arranged and not self.busy:
            self.busy = True
            self.server_url = self._proposed
            self._say(Said.message("info", "sets_itself_up"))
            command = Enrol(self.server_url, self._token, self._office)
            self._runner.run(command, self._on_done, self._on_not_yet)

    def submit(self, server_url: str, code: str) -> None:
        """Ask the server for a place, with a one-use code; with none once more by the token."""
        if self.busy:
            return
        self.server_url, self.code = self._allowed(server_url), code.strip().upper()
        self._tick.stop()
        is_as_arranged = self.is_arranged and self.server_url == with_scheme(self._proposed)
        if is_as_arranged and self._last is not None and not self.code:
            self.begin()
            return
        if not self.server_url or not self.code:
            self._say(Said.message("info", "missing_code"))
            return
        self.busy = True
        self._say(None)
        command = Enrol(self.server_url, self.code)
        self._runner.run(command, self._on_done, self._on_failed)

    def take_scan(self, text: str) -> None:
        """Take a scanned code: the code alone, or 'https://server#code'."""
        server, separator, code = text.strip().rpartition("#")
        self.submit(server if separator else self.server_url, code)

    def _allowed(self, server_url: str) -> str:
        return self._proposed if self.is_server_locked else with_scheme(server_url)

    def _say(self, said: Said | None) -> None:
        self.said = said
        self.changed.emit()

    def _on_done(self, seat: Seat) -> None:
        self.busy = False
        self._say(None)
        self.enrolled.emit(seat)

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy = False
        self._say(Said.refusal(problem))

    def _on_not_yet(self, problem: GuichetError) -> None:
        self._last = problem
        if not isinstance(problem, Unavailable):
            self._on_failed(problem)
            return
        self.busy = False
        self._left_s, self._wait_s = self._wait_s, min(2 * self._wait_s, LONGEST_WAIT_S)
        self._tick.start()
        self._say(self._waiting(problem))

    def _waiting(self, problem: GuichetError) -> Said:
        return Said("caution", "tries_again", (("seconds", self._left_s),), problem)

    @Slot()
    def _on_tick(self) -> None:
        assert self._last is not None
        self._left_s -= 1
        if self._left_s > 0:
            self._say(self._waiting(self._last))
            return
        self._tick.stop()
        self.begin()


def with_scheme(address: str) -> str:
    """Return a server's address with its scheme, https unless another was typed; '' for ''."""
    address = address.strip().rstrip("/")
    if not address or address.lower().startswith(SCHEMES):
        return address
    return f"https://{address}"
