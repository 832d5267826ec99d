"""Making this PC a seat of the programme, once, with a code from the administrator."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.errors import GuichetError
from app.services.commands import Enrol
from app.services.views import Seat
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said

SCHEMES: Final = ("https://", "http://")


class EnrolmentViewModel(QObject):
    """Enrols the seat.

    Signals:
        changed(): `busy`, `said`, `server_url` or `code` differ.
        enrolled(object): Seat.
    """

    changed = Signal()
    enrolled = Signal(object)

    def __init__(
        self, runner: CommandRunner, server_url: str = "", parent: QObject | None = None
    ) -> None:
        """Enrol through `runner`; `server_url` is proposed (managed settings)."""
        super().__init__(parent)
        self._runner = runner
        self.server_url = server_url
        self.code = ""
        self.busy = False
        self.said: Said | None = None

    def submit(self, server_url: str, code: str) -> None:
        """Ask the server for a place, with a one-use code."""
        self.server_url, self.code = with_scheme(server_url), code.strip().upper()
        if self.busy:
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
        if separator:
            self.server_url = with_scheme(server)
        self.submit(self.server_url, code)

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


def with_scheme(address: str) -> str:
    """Return a server's address with its scheme, https unless another was typed; '' for ''."""
    address = address.strip().rstrip("/")
    if not address or address.lower().startswith(SCHEMES):
        return address
    return f"https://{address}"
