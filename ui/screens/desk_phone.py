"""Where a manager's own phone finds the desk's page, and how to tell that it is this desk's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.ports.phones import PagePlace
from ui.qt.words import Words
from ui.screens import look
from ui.screens.desk_centre import Scrolling
from ui.screens.look.code_picture import CodePicture
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.desk import DeskViewModel

_CODE_PX = 264
_WIDEST_PX = 920
_BYTES_A_LINE = 8


def fingerprint(digest: bytes) -> str:
    """Write 32 bytes as browsers do, in four lines that an eye can follow."""
    lines = (digest[at : at + _BYTES_A_LINE] for at in range(0, len(digest), _BYTES_A_LINE))
    return "\n".join(line.hex(" ").upper() for line in lines)


class PhonePage(QWidget):
    """Shows where phones find the desk's page; there is nothing to be done here.

    Signals:
        left(): back to the cases.
    """

    left = Signal()

    def __init__(self, desk: DeskViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__()
        self._desk, self._words = desk, words
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.card = look.Card(spacing=Space.M)
        self.code = CodePicture()
        self.code.setFixedSize(_CODE_PX, _CODE_PX)
        self.scan = look.Paragraph()
        self.type = look.Paragraph(ink=Role.MUTED)
        self.address = look.Paragraph(size=Size.TITLE, bold=True)
        self.address.setObjectName("phone_address")
        self.also = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.compare = look.Paragraph()
        self.fingerprint = look.Paragraph(bold=True)
        self.fingerprint.setObjectName("phone_fingerprint")
        self.enter = look.Paragraph()
        self.back = look.Button(kind=look.Kind.QUIET, key="Esc", icon="arrow-left")
        self.back.setObjectName("phone_back")
        self.back.clicked.connect(self.left)
        self.none = look.EmptyState("circle-x")
        self._lay_out()
        desk.changed.connect(self.render)

    def _lay_out(self) -> None:
        steps = QVBoxLayout()
        steps.setSpacing(Space.S)
        for part in (self.scan, self.type, self.address, self.also):
            steps.addWidget(part)
        steps.addSpacing(Space.M)
        for part in (self.compare, self.fingerprint):
            steps.addWidget(part)
        steps.addSpacing(Space.M)
        steps.addWidget(self.enter)
        steps.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(Space.XL)
        row.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(steps, 1)
        self.card.body.addLayout(row)
        self.card.setMaximumWidth(_WIDEST_PX)
        placed = QWidget()
        across = QHBoxLayout(placed)
        across.setContentsMargins(0, 0, 0, 0)
        across.addStretch(1)
        across.addWidget(self.card, 100, Qt.AlignmentFlag.AlignTop)
        across.addStretch(1)
        self.states = QStackedWidget()
        self.states.addWidget(Scrolling(placed))
        self.states.addWidget(self.none)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        whole.setSpacing(Space.S)
        whole.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self.states, 1)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        say = self._words.say
        self.card.set_title(say("phone_title"))
        self.scan.setText(say("phone_scan"))
        self.type.setText(say("phone_type"))
        self.enter.setText(say("phone_enter"))
        self.back.setText(say("back_to_cases"))
        self.none.set_state("circle-x", say("phone_none"), say("phone_none_hint"))
        self.render()

    def focus_first(self) -> None:
        """Take the keys, of which the page has none."""
        self.setFocus()

    @Slot()
    def render(self) -> None:
        """Show where the page is now."""
        place = self._desk.phone_page
        self.states.setCurrentIndex(1 if place is None else 0)
        if place is not None:
            self._show(place)

    def _show(self, place: PagePlace) -> None:
        say, others = self._words.say, place.addresses[1:]
        self.code.set_code(place.addresses[0])
        self.address.setText(place.addresses[0])
        self.also.setText(say("phone_also", addresses=", ".join(others)) if others else "")
        self.also.setVisible(bool(others))
        self.compare.setText(say("phone_compare" if place.is_own else "phone_known"))
        self.fingerprint.setText(fingerprint(place.fingerprint))
