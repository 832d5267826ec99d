"""The desk's page of figures: which visits are looked at, and what the charts show of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal, cast, get_args

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.errors import GuichetError
from app.domain.reports import Source
from app.services.commands import AskFigures, CountFigures, SaveFigures
from app.services.views import FiguresView
from ui.qt.command_runner import CommandRunner
from ui.viewmodels.said import Said

PERIODS: Final = (1, 7, 30, 91, 365)
"""Days back that may be chosen, today among them."""

LIVE_MS: Final = 10_000
"""How old today's figures are before they are worked out again."""

SLOW_MS: Final = 60_000
"""The same of longer periods, which one more visit changes little."""

MOST_DAYS_OF_ALL: Final = 91
"""The longest period of all offices together."""

ALL_OFFICES: Final = ""

SOURCES: Final = get_args(Source)
PANEL: Final[Source] = "panel"

Filter = Literal["office", "counter", "staff", "service", "source"]


class FiguresViewModel(QObject):
    """Holds the choice, and what the core worked out of it last.

    Attributes:
        days: the period, one of PERIODS.
        chosen: a name of each filter; None leaves nobody out, and is this office, and ratings at
            the panel alone. Of other offices the server is asked, and tells of no clerk.
        offices: codes that may be chosen, once the server has told any.
        view: None before anything was worked out.
        busy: something is being worked out that differs from what is shown.
        said: what the manager is told.

    Signals:
        changed(): any of them differs.
    """

    changed = Signal()

    def __init__(
        self, runner: CommandRunner, now_ms: Callable[[], int], parent: QObject | None = None
    ) -> None:
        """Ask through `runner`, when `ask` or `refresh` says so."""
        super().__init__(parent)
        self._runner, self._now_ms = runner, now_ms
        self._asked: AskFigures | CountFigures | None = None
        self._asked_ms = 0
        self.days = PERIODS[2]
        self.chosen: dict[Filter, str | None] = {
            "office": None,
            "counter": None,
            "staff": None,
            "service": None,
            "source": None,
        }
        self.offices: tuple[str, ...] = ()
        self.view: FiguresView | None = None
        self.busy = False
        self.said: Said | None = None
        self._drawing: tuple[FiguresView, Iterator[bytes]] | None = None
        self._piece = QTimer(self)
        self._piece.setSingleShot(True)
        self._piece.timeout.connect(self._draw_piece)

    @property
    def is_own(self) -> bool:
        """Whether it is this office's own figures that are looked at."""
        return self.chosen["office"] is None

    @property
    def source(self) -> Source:
        """Where the ratings come from that are looked at."""
        return cast(Source, self.chosen["source"] or PANEL)

    def may_choose(self, days: int) -> bool:
        """Whether the period can be had: of all offices together it is shorter."""
        return self.chosen["office"] != ALL_OFFICES or days <= MOST_DAYS_OF_ALL

    @property
    def may_save(self) -> bool:
        """Whether it may be taken along as a file: there is something, and of no clerk's alone."""
        is_at_rest = not self.busy and self._drawing is None
        return self.view is not None and is_at_rest and self.chosen["staff"] is None

    def ask(self) -> None:
        """Work out what is chosen."""
        office, counters = self.chosen["office"], self._names("counter")
        staff, services = self._names("staff"), self._names("service")
        command = (
            CountFigures(self.days, counters, staff, services, self.source)
            if office is None
            else AskFigures(office, self.days, counters, services, self.source)
        )
        self._asked, self._asked_ms = command, self._now_ms()

        def told(view: FiguresView) -> None:
            if self._asked == command:
                self.busy, self.view = False, view
                if office == ALL_OFFICES:
                    self.offices = view.office_codes
                self.changed.emit()

        def failed(problem: GuichetError) -> None:
            if self._asked == command:
                self._on_failed(problem)
                if office is not None:  # what is shown meanwhile is not to pass for theirs
                    self.chosen["office"] = None
                    self.ask()

        self._runner.run(command, told, failed)

    def refresh(self) -> None:
        """Work it out once more where it is old enough, without a word about it."""
        pause_ms = LIVE_MS if self.days == 1 else SLOW_MS
        if self._asked is not None and self._now_ms() - self._asked_ms >= pause_ms:
            self.ask()

    def choose_days(self, days: int) -> None:
        """Look at another period."""
        if days != self.days and self.may_choose(days):
            self.days = days
            self._ask_anew()

    def choose(self, which: Filter, name: str | None) -> None:
        """Look at one counter, clerk or service alone; None at all of them."""
        if name == self.chosen[which]:
            return
        self.chosen[which] = name
        if which == "office":  # another has other counters, and nobody by name
            self.chosen["counter"] = self.chosen["staff"] = None
            if not self.may_choose(self.days):
                self.days = MOST_DAYS_OF_ALL
        self._ask_anew()

    def save(self) -> None:
        """Write what is shown into a CSV file."""
        if self.may_save and self.view is not None:
            self._runner.run(SaveFigures(self.view), self._on_saved, self._on_failed)

    def save_report(self, draw: Callable[[FiguresView], Iterator[bytes]]) -> None:
        """Write the pages that `draw` makes of what is shown into a file.

        Args:
            draw: gives b"" after each piece of the work and the file last; between two pieces the
                screen does what else is due, such as showing an alarm.
        """
        if self.may_save and self.view is not None:
            self._drawing = (self.view, draw(self.view))
            self._piece.start()
            self.changed.emit()

    def stop_drawing(self) -> None:
        """Leave undone what is left of a file's pages."""
        self._drawing = None
        self._piece.stop()

    def forget(self) -> None:
        """Nobody is signed in any more: what was shown was shown to them."""
        self.stop_drawing()
        self.view, self.said, self._asked, self.busy = None, None, None, False
        self.offices = ()
        self.chosen = dict.fromkeys(self.chosen)
        self.changed.emit()

    def _names(self, which: Filter) -> frozenset[str]:
        name = self.chosen[which]
        return frozenset() if name is None else frozenset({name})

    def _ask_anew(self) -> None:
        self.busy, self.said = True, None
        self.changed.emit()
        self.ask()

    @Slot()
    def _draw_piece(self) -> None:
        assert self._drawing is not None, "the timer goes with it"
        (view, pieces), self._drawing = self._drawing, None  # nothing goes on after a bug
        if pdf := next(pieces):
            self._runner.run(SaveFigures(view, pdf), self._on_saved, self._on_failed)
        else:
            self._drawing = view, pieces
            self._piece.start()

    def _on_saved(self, file: str) -> None:
        self.said = Said.message("positive", "statement_saved", file=file)
        self.changed.emit()

    def _on_failed(self, problem: GuichetError) -> None:
        self.busy, self.said = False, Said.refusal(problem)
        self.changed.emit()
