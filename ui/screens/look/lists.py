"""The lists of the counter and the desk: search results, this encounter's entries, cases."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain.lean import dataclass
from ui.screens.look.buttons import Button, Kind
from ui.screens.look.icons import Icon
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.screens.look.rows import Row, RowList
from ui.screens.look.status import Badge, EmptyState, Light, StatusLight
from ui.screens.look.text import Paragraph, Text


@dataclass(frozen=True, slots=True)
class Result:
    """One search result.

    Attributes:
        id: the member's.
        name: masked name.
        tells_apart: what tells it from those around it: 'card …4417', 'Shenyang'.
        tier: the tier's name.
        matched: why it is here: 'phone ends in 0032'.
        tier_tone: ground of the tier's badge.
        shared: what it has in common with all of them: 'phone …0032'.
        heading: of the group that begins with it: 'Phone ends in 0032 · 2 members'.
    """

    id: str
    name: str
    tells_apart: Sequence[str] = ()
    tier: str = ""
    matched: str = ""
    tier_tone: Tone = Tone.NEUTRAL
    shared: Sequence[str] = ()
    heading: str = ""


class _ResultRow(Row):
    def __init__(self) -> None:
        super().__init__(selectable=True)
        self.name = Text(bold=True)
        self.tier = Badge()
        self.apart = Text(size=Size.SMALL, tabular=True)
        self.shared = Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self.matched = Text(size=Size.SMALL, ink=Role.MUTED)
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        head.addWidget(self.name, 1)
        head.addWidget(self.tier)
        foot = QHBoxLayout()
        foot.setSpacing(Space.S)
        foot.addWidget(self.apart)
        foot.addWidget(self.shared, 1)
        foot.addWidget(self.matched)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L + 4, Space.S + 2, Space.L + 4, Space.S + 2)
        column.setSpacing(2)
        column.addWidget(self.heading)
        column.addLayout(head)
        column.addLayout(foot)


class ResultList(RowList[Result]):
    """Search results, the first one selected; the search box keeps the focus.

    Connect `SearchBox.step_requested` to `step` and call `choose()` on Enter.

    Signals:
        chosen(str): the member's id.
        current_changed(str): the selected member's id, '' for none.
    """

    def __init__(
        self,
        empty_title: str = "",
        empty_hint: str = "",
        *,
        empty_icon: str = "search-x",
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty list that says `empty_title` and `empty_hint`."""
        empty = EmptyState(empty_icon, empty_title, empty_hint)
        super().__init__(_ResultRow, empty=empty, parent=parent)

    def set_results(self, results: Sequence[Result]) -> None:
        """Show these, best first, and select the first."""
        self.set_views(results, select=0)

    def _fill(self, row: Row, view: Result) -> None:
        assert isinstance(row, _ResultRow)
        row.name.setText(view.name)
        row.tier.set_badge(view.tier, view.tier_tone)
        row.set_heading(view.heading)
        row.apart.setText(" · ".join(view.tells_apart))
        row.shared.setText(" · ".join(view.shared))
        row.matched.setText(view.matched)
        row.setAccessibleName(", ".join((view.name, view.tier, *view.tells_apart, *view.shared)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of this encounter's growing list.

    Attributes:
        id: names it within the encounter.
        icon: name in `resources/icons`.
        text: what was done.
        detail: smaller, under it: flight, time.
        points: formatted with its sign, '+1,240'; '' where there are none.
        state: in words: 'Guaranteed', 'Waiting to be sent'.
        tone: the state's tone.
        heading: of the group that begins with it.
    """

    id: str
    icon: str
    text: str
    detail: str = ""
    points: str = ""
    state: str = ""
    tone: Tone = Tone.NEUTRAL
    heading: str = ""


class _EntryRow(Row):
    def __init__(self, side: int) -> None:
        super().__init__(selectable=False, inset=max(0, side - 4))
        self.icon = Icon("plus", Role.MUTED, 20, height=22)
        self.what = Paragraph()
        self.detail = Paragraph(size=Size.SMALL, ink=Role.MUTED)  # it may be why: said in full
        self.points = Text(bold=True, tabular=True, elides=False)
        self.points.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.state = Text(size=Size.SMALL)
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.what)
        words.addWidget(self.detail)
        words.addStretch(1)
        figures = QVBoxLayout()
        figures.setSpacing(2)
        figures.addWidget(self.points)
        figures.addWidget(self.state)
        figures.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(Space.M)
        row.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addLayout(figures)
        column = QVBoxLayout(self)
        column.setContentsMargins(side, Space.M, max(side, Space.M), Space.M)
        column.setSpacing(Space.XS)
        column.addWidget(self.heading)
        column.addLayout(row)


class EntryList(RowList[Entry]):
    """What this encounter has done so far, oldest first; it grows and keeps its end in sight."""

    def __init__(
        self,
        empty_title: str = "",
        empty_hint: str = "",
        *,
        empty_icon: str = "clipboard-list",
        flush: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty list that says `empty_title` and `empty_hint`.

        Args:
            empty_title: said while there is nothing.
            empty_hint: smaller, under it.
            empty_icon: name in `resources/icons`.
            flush: it lies within a card, in line with the card's title, and stays at its top.
            parent: Qt's.
        """
        empty = EmptyState(empty_icon, empty_title, empty_hint)
        side = 0 if flush else Space.L + 4
        super().__init__(partial(_EntryRow, side), selectable=False, empty=empty, parent=parent)
        if flush:
            self.setProperty("look", "plain")
        else:
            self.follow_end()

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show these, oldest first."""
        self.set_views(entries)

    def add_entry(self, entry: Entry) -> None:
        """Add one at the end, or replace the one of the same id."""
        views = self.views()
        ids = [view.id for view in views]
        if entry.id in ids:
            views[ids.index(entry.id)] = entry
        else:
            views.append(entry)
        self.set_entries(views)

    def _fill(self, row: Row, view: Entry) -> None:
        assert isinstance(row, _EntryRow)
        row.set_heading(view.heading)
        row.icon.set_icon(view.icon)
        row.what.setText(view.text)
        row.detail.setText(view.detail)
        row.detail.setVisible(bool(view.detail))
        row.points.setText(view.points)
        row.points.setVisible(bool(view.points))
        row.state.setText(view.state)
        row.state.set_ink(view.tone.ink)
        row.state.setVisible(bool(view.state))
        said = (view.heading, view.text, view.detail, view.points, view.state)
        row.setAccessibleName(" ".join(part for part in said if part))


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case on the manager's desk.

    Attributes:
        id: the case's.
        window: 'Window 3'.
        minutes: '4 min' since the tap.
        severity: shape beside the word: CRITICAL, CAUTION, READY (settled) or OFFLINE (closed).
        severity_text: the word: 'Very dissatisfied'.
        waiting: 'Customer waiting', '' if not.
        state: 'New', 'Acknowledged by Li'.
    """

    id: str
    window: str
    minutes: str
    severity: Light
    severity_text: str
    waiting: str = ""
    state: str = ""


class CaseRow(Row):
    """Window, minutes waiting, the 'customer waiting' mark, severity by shape and word."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty row."""
        super().__init__(selectable=True, parent=parent)
        self._window = Text(bold=True)
        self._minutes = Text(bold=True, tabular=True, elides=False)
        self._severity = StatusLight()
        self._waiting = Badge()
        self._state = Text(size=Size.SMALL, ink=Role.MUTED)
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        head.addWidget(self._window, 1)
        head.addWidget(self._minutes)
        foot = QHBoxLayout()
        foot.setSpacing(Space.S)
        foot.addWidget(self._state, 1)
        foot.addWidget(self._waiting)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L + 4, Space.M, Space.L + 4, Space.M)
        column.setSpacing(Space.XS)
        column.addLayout(head)
        column.addWidget(self._severity)
        column.addLayout(foot)

    def set_case(self, case: CaseView) -> None:
        """Show a case."""
        self.row_id = case.id
        self._window.setText(case.window)
        self._minutes.setText(case.minutes)
        self._severity.set_state(case.severity, case.severity_text)
        self._waiting.set_badge(case.waiting, Tone.CRITICAL)
        self._state.setText(case.state)
        parts = (case.window, case.minutes, case.severity_text, case.waiting, case.state)
        self.setAccessibleName(", ".join(part for part in parts if part))


class CaseList(RowList[CaseView]):
    """Live cases; the caller sorts them, oldest unattended first.

    Signals:
        current_changed(str): the selected case's id, '' for none.
        chosen(str): Enter or a double click on it.
    """

    def __init__(
        self,
        empty_title: str = "",
        empty_hint: str = "",
        *,
        empty_icon: str = "circle-check",
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty list that says `empty_title` and `empty_hint`."""
        super().__init__(
            CaseRow, empty=EmptyState(empty_icon, empty_title, empty_hint), parent=parent
        )

    def set_cases(self, cases: Sequence[CaseView]) -> None:
        """Show these; the selected one stays selected."""
        self.set_views(cases)

    def _fill(self, row: Row, view: CaseView) -> None:
        assert isinstance(row, CaseRow)
        row.set_case(view)


class ProposalBar(QFrame):
    """The program's proposal in one sentence, with the key that accepts it.

    Signals:
        accepted(): its button was pressed; the window binds the key and calls `accept`.
    """

    accepted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make a hidden bar."""
        super().__init__(parent)
        self.setProperty("tone", Tone.INFO.value)
        self._icon = Icon("arrow-right", Role.ACCENT, 20)
        self._sentence = Paragraph(bold=True)
        self._note = Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self._button = Button(kind=Kind.PRIMARY)
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._sentence)
        words.addWidget(self._note)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, Space.S, Space.S, Space.S)
        row.setSpacing(Space.M)
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        row.addWidget(self._button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._button.clicked.connect(self.accepted)
        self.clear()

    def set_proposal(
        self, sentence: str, accept: str, *, key: str = "Enter", note: str = "", icon: str = "plus"
    ) -> None:
        """Propose something.

        Args:
            sentence: 'Earn 1,240 points, CA1501 today'.
            accept: the button's verb, 'Earn'.
            key: its key cap.
            note: smaller, under it: the promise in words.
            icon: name in `resources/icons`.
        """
        self._icon.set_icon(icon)
        self._sentence.setText(sentence)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._button.setText(accept)
        self._button.set_key(key)
        self.setAccessibleName(sentence)
        self.show()

    def sentence(self) -> str:
        """Return what is proposed, '' if nothing."""
        return self._sentence.text()

    def accept(self) -> bool:
        """Accept as the key does; return whether there was a proposal."""
        if not self.sentence():
            return False
        self.accepted.emit()
        return True

    def clear(self) -> None:
        """Propose nothing, and hide."""
        self._sentence.setText("")
        self.hide()
