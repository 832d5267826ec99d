"""What stands in the member's place between customers: how the counter would do without the net."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.services.views import Readiness
from ui.qt.language import translate
from ui.screens import look
from ui.viewmodels import wording

FACTS = 5


class Outlook(QFrame):
    """The light in figures, so that nobody needs a mouse to read what stands behind it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it empty; `set_readiness` fills it."""
        super().__init__(parent)
        self.setProperty("look", "card")
        self._title = look.Text(size=look.Size.TITLE, bold=True)
        self._why = look.Paragraph(size=look.Size.SMALL)
        self._names = [look.Text(ink=look.Role.MUTED) for _ in range(FACTS)]
        self._values = [look.Text(bold=True, tabular=True, elides=False) for _ in range(FACTS)]
        column = QVBoxLayout(self)
        column.setContentsMargins(*[look.Space.XL] * 4)
        column.setSpacing(look.Space.S)
        column.addWidget(self._title)
        column.addWidget(self._why)
        for name, value in zip(self._names, self._values, strict=True):
            rule = QFrame()
            rule.setProperty("look", "rule")
            column.addWidget(rule)
            row = QHBoxLayout()
            row.setSpacing(look.Space.M)
            row.addWidget(name, 1)
            row.addWidget(value)
            column.addLayout(row)
        column.addStretch(1)

    def set_readiness(self, readiness: Readiness) -> None:
        """Show this."""
        self._title.setText(translate("Readiness", "Without the network"))
        why = wording.readiness_reasons(readiness)
        self._why.setText("\n".join(why))
        self._why.setVisible(bool(why))
        critical = readiness.level == "critical"
        self._why.set_ink(look.Role.CRITICAL if critical else look.Role.CAUTION)
        facts = wording.readiness_facts(readiness)
        for name, value, fact in zip(self._names, self._values, facts, strict=True):
            name.setText(fact[0])
            value.setText(fact[1])
