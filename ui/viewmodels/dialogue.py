"""Where the clerk is, what stands in the box, and what the clerk is told just now."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.services.core import Queries
from ui.viewmodels.finding import Finding
from ui.viewmodels.said import Said
from ui.viewmodels.steps import Step


class Dialogue(QObject):
    """What the counter's parts say to the clerk through one box and one line.

    Attributes:
        finding: whom the box means.
        step: what the counter is doing.
        said: what the clerk is told just now.

    Signals:
        step_changed(): `step` differs.
        changed(): something that the screen shows differs.
        box_emptied(): what stood in the box has been used.
    """

    step_changed = Signal()
    changed = Signal()
    box_emptied = Signal()

    def __init__(self, queries: Queries, parent: QObject | None = None) -> None:
        """Begin between customers."""
        super().__init__(parent)
        self.finding = Finding(queries)
        self.step = Step.SERVE
        self.said: Said | None = None

    def enter(self, step: Step) -> None:
        """Go to a step."""
        if step is not self.step:
            self.step = step
            self.step_changed.emit()
        self.changed.emit()

    def say(self, said: Said | None) -> None:
        """Tell the clerk this; None takes away what was told."""
        self.said = said
        self.changed.emit()

    def hush(self) -> None:
        """Take away what was told; what is done next announces it."""
        self.said = None

    def empty_box(self) -> None:
        """What stood in the box has been used."""
        self.finding.forget()
        self.box_emptied.emit()
