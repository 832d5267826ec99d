"""The rating's own pages: the question, what went well or wrong, and a few words."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.domain.events import CallWish
from ui.qt.words import Words
from ui.screens import look
from ui.screens.look.roles import Role, Size, Space
from ui.screens.rating_panel_faces import LEVELS, FaceChips, FaceLines
from ui.screens.rating_panel_keyboard import PanelKeyboard
from ui.screens.rating_panel_pages import Headline, Line, PanelPage, face_label, growth
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import Page

FACE_PX = 300
WISHES = {
    "wait": CallWish.WAIT,
    "call_me": CallWish.CALL_ME,
    "not_now": CallWish.NO,
}


class RatingPage(PanelPage):
    """One question, five faces over the whole width, 'No, thanks' as tall as they are."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Make it with nothing chosen."""
        super().__init__(panel, words)
        self.question = Headline(size=Size.FIGURE, bold=True, centred=True)
        self.row = look.FaceRow(dict.fromkeys(LEVELS, "–"))
        self.lines = FaceLines()
        self.no_thanks = look.TouchButton()
        self.no_thanks.setObjectName("no_thanks")
        self.column.setSpacing(0)
        self.column.addStretch(1)
        self.column.addWidget(self.question)
        self.column.addStretch(1)
        self.column.addWidget(self.row)
        self.column.addWidget(self.lines)
        self.column.addSpacing(Space.S)
        self.column.addWidget(self.no_thanks)
        self.column.addStretch(1)
        self.row.chosen.connect(panel.choose)
        self.lines.chosen.connect(panel.choose)
        self.no_thanks.clicked.connect(panel.decline)
        self._name_faces(in_row=True)

    def arrange(self, size: QSize) -> None:
        """Put the faces in a row, or below each other where labels would not fit."""
        grown = growth(size)
        self.row.grow(grown)
        self.lines.grow(grown)
        self.no_thanks.grow(grown)
        tall = size.width() < size.height()
        in_row = not tall and self.row.minimumSizeHint().width() <= size.width()
        self.row.setVisible(in_row)
        self.lines.setVisible(not in_row)
        self._name_faces(in_row=in_row)
        self.question.set_size(round(32 * grown))
        asked = self.question.heightForWidth(size.width()) + 2 * Space.S
        rows = 2 if in_row else 6
        height = (size.height() - asked) // rows - Space.S
        least = self.row.minimumSizeHint().height() if in_row else self.no_thanks.least_px()
        height = max(least, min(height, look.panel_size(round(FACE_PX * grown), self.screen())))
        self.no_thanks.setFixedHeight(height)
        self.lines.set_height_of_each(height)
        self.row.setFixedHeight(height)

    def refresh(self) -> None:
        """Ask, and mark what is being saved."""
        self.question.setText(self._words.say("rate"))
        self.no_thanks.setText(self._words.say("no_thanks"))
        labels = {level: face_label(self._words, level) for level in LEVELS}
        self.row.set_labels(labels)
        self.row.set_choice(self._panel.answer.choice)
        for level, face in self.lines.faces.items():
            face.set_label(labels[level])
            face.set_choice(level == self._panel.answer.choice)

    def show_keys(self, shown: bool) -> None:
        """Show each face's digit."""
        for level in LEVELS:
            for face in (self.row.faces[level], self.lines.faces[level]):
                face.set_key(str(level) if shown else "")

    def _name_faces(self, *, in_row: bool) -> None:
        for level in LEVELS:
            self.row.faces[level].setObjectName(f"face_{level}" if in_row else "")
            self.lines.faces[level].setObjectName("" if in_row else f"face_{level}")


class DetailsPage(PanelPage):
    """The one page after the face: up to six reasons, a few words, and somebody who comes."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(panel, words)
        self.title = Headline(size=Size.TITLE, bold=True)
        self.hint = Headline(ink=Role.MUTED)
        self.chips = FaceChips()
        for level, chip in self.chips.faces.items():
            chip.setObjectName(f"change_{level}")
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addStretch(1)
        said.addWidget(self.title)
        said.addWidget(self.hint)
        said.addStretch(1)
        self.head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.head.setSpacing(Space.M)
        self.head.addLayout(said, 1)
        self.head.addWidget(self.chips, 0, Qt.AlignmentFlag.AlignVCenter)
        self.reasons = _Reasons(panel, words)
        self.call = _Call(panel, words)
        self.body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.body.setSpacing(Space.XL)
        self.body.addWidget(self.reasons, 3)
        self.body.addWidget(self.call, 2)
        self.comment = look.TouchButton(kind=look.Kind.QUIET, icon="keyboard")
        self.done = look.TouchButton(kind=look.Kind.PRIMARY, icon="check")
        self.comment.setObjectName("comment")
        self.done.setObjectName("done")
        for button in (self.comment, self.done):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        foot = QHBoxLayout()
        foot.setSpacing(Space.M)
        foot.addWidget(self.comment, 1)
        foot.addWidget(self.done, 1)
        self.column.setSpacing(Space.S)
        self.column.addLayout(self.head)
        self.column.addStretch(1)
        self.column.addLayout(self.body)
        self.column.addStretch(1)
        self.column.addLayout(foot)
        self.chips.chosen.connect(panel.choose)
        self.comment.clicked.connect(panel.write_comment)
        self.done.clicked.connect(panel.finish)

    def arrange(self, size: QSize) -> None:
        """Stand side by side, or below each other on a tall panel."""
        tall = size.width() < size.height()
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self.head.setDirection(down if tall else across)
        self.body.setDirection(down if tall else across)
        grown = growth(size)
        self.title.set_size(round(Size.TITLE * grown))
        self.hint.set_size(round(Size.BODY * grown))
        rows = 11 if tall and self._panel.answer.is_low else 8
        least = self.done.least_px()
        key = max(
            least, min(size.height() // rows, look.panel_size(round(72 * grown), self.screen()))
        )
        self.chips.set_side(max(least, round(56 * grown)))
        self.reasons.fit(key, grown)
        self.call.fit(key, grown)
        for button in (self.comment, self.done):
            button.grow(grown)
        foot = max(key, self.comment.sizeHint().height()) if tall else key
        for button in (self.comment, self.done):
            button.setFixedHeight(foot)

    def refresh(self) -> None:
        """Show what was chosen and ticked."""
        panel, say = self._panel, self._words.say
        if panel.answer.choice is None:
            return
        face = face_label(self._words, panel.answer.choice)
        self.title.setText(
            say("sorry_chosen" if panel.answer.is_low else "thanks_chosen", face=face)
        )
        self.hint.setText(say("change_hint") if panel.can_change else "")
        if panel.detail_failed:
            self.hint.setText(say("not_saved"))
        self.chips.set_choice(panel.answer.choice, can_change=panel.can_change)
        for level, chip in self.chips.faces.items():
            chip.setAccessibleName(face_label(self._words, level))
        self.reasons.refresh()
        self.call.setVisible(panel.answer.is_low)
        self.call.refresh()
        self.comment.setText(say("comment_change" if panel.answer.comment else "comment"))
        self.done.setText(say("done"))


class _Reasons(QWidget):
    """Up to six reasons to tick."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        super().__init__()
        self._panel, self._words = panel, words
        self._asked = Headline(size=Size.TITLE)
        self._grid = QGridLayout()
        self._grid.setSpacing(Space.S)
        self._buttons: dict[str, look.TouchButton] = {}
        self._shown: tuple[str, ...] = ()
        self._key, self._grown = 0, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._asked)
        column.addLayout(self._grid)
        column.addStretch(1)

    def fit(self, key: int, grown: float) -> None:
        self._key, self._grown = key, grown
        self._asked.set_size(round(Size.TITLE * grown))
        for button in self._buttons.values():
            button.setFixedHeight(key)
            button.grow(grown)

    def refresh(self) -> None:
        panel, say = self._panel, self._words.say
        choice = panel.answer.choice or 0
        self._asked.setText(
            say("ask_low" if choice <= 2 else "ask_fair" if choice == 3 else "ask_good")
        )
        if panel.answer.offered_reasons != self._shown:
            self._offer(panel.answer.offered_reasons)
        for code, button in self._buttons.items():
            key = f"reason_{code}"
            button.setText(say(key) if self._words.has(key) else code)
            button.setChecked(code in panel.answer.reasons)

    def _offer(self, codes: tuple[str, ...]) -> None:
        for button in self._buttons.values():
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._shown, self._buttons = codes, {}
        for index, code in enumerate(codes):
            button = look.TouchButton(checkable=True, parent=self)
            button.setObjectName(f"reason_{code}")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            if self._key:
                button.setFixedHeight(self._key)
                button.grow(self._grown)
            # A partial of a QObject's method still runs here: both live on the GUI thread
            button.clicked.connect(partial(self._on_clicked, code))
            self._grid.addWidget(button, index // 2, index % 2)
            self._buttons[code] = button
            button.show()

    def _on_clicked(self, code: str, checked: bool = False) -> None:
        self._panel.toggle_reason(code)


class _Call(QFrame):
    """'Please call somebody now', large, and three calmer answers.

    With no desk within reach nobody is promised: the duty manager's number stands there instead.
    """

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        super().__init__()
        self._panel, self._words = panel, words
        self.call_now = look.TouchButton(kind=look.Kind.PRIMARY, icon="bell-ring")
        self.call_now.setObjectName("call_now")
        self.call_now.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.call_now.clicked.connect(partial(self._on_wish, CallWish.NOW))
        self.away = QFrame()
        self.away.setProperty("look", "card")
        self.away.setObjectName("no_path")
        self.away.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._away_words = Headline(size=Size.BODY, centred=True)
        self._number_words = Headline(size=Size.BODY, ink=Role.MUTED, centred=True)
        self._number = Line(size=Size.LARGE, bold=True, tabular=True, elides=False)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        away = QVBoxLayout(self.away)
        away.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        away.setSpacing(Space.XS)
        away.addStretch(1)
        for said in (self._away_words, self._number_words, self._number):
            away.addWidget(said)
        away.addStretch(1)
        self._wishes: dict[str, look.TouchButton] = {}
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        for name, wish in WISHES.items():
            button = look.TouchButton()
            button.setObjectName(name)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self._on_wish, wish))
            row.addWidget(button, 1)
            self._wishes[name] = button
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self.call_now, 1)
        column.addWidget(self.away, 1)
        column.addLayout(row)

    def fit(self, key: int, grown: float) -> None:
        self.call_now.grow(1.2 * grown)
        for button in self._wishes.values():
            button.grow(grown)
        two_lines = self._wishes["wait"].sizeHint().height()
        for button in self._wishes.values():
            button.setFixedHeight(max(key, two_lines))
        self.call_now.setMinimumHeight(key)
        self.call_now.setMaximumHeight(3 * key)
        for words in (self._away_words, self._number_words):
            words.set_size(round(Size.BODY * grown))
        self._number.set_size(round(24 * grown))

    def refresh(self) -> None:
        panel, say = self._panel, self._words.say
        self.call_now.setVisible(panel.can_call)
        self.away.setVisible(not panel.can_call)
        self._away_words.setText(say("no_path"))
        has_number = bool(panel.duty_phone)
        self._number_words.setText(say("no_path_call" if has_number else "no_path_ask"))
        self._number.setText(panel.duty_phone)
        self._number.setVisible(has_number)
        self.call_now.setText(say("called" if panel.is_called else "call_now"))
        self.call_now.setEnabled(panel.answer.call is not CallWish.NOW)
        for name, button in self._wishes.items():
            button.setText(say(name))
            chosen = panel.answer.call is WISHES[name]
            button.set_kind(look.Kind.PRIMARY if chosen else look.Kind.SECONDARY)
        other = panel.answer.call not in (None, CallWish.NOW)
        self.call_now.set_kind(look.Kind.SECONDARY if other else look.Kind.PRIMARY)

    def _on_wish(self, wish: CallWish, checked: bool = False) -> None:
        self._panel.wish(wish)


class WritingPage(PanelPage):
    """What is written, and the panel's own keyboard."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(panel, words)
        self.title = Headline(size=Size.TITLE, bold=True)
        self.hint = Headline(ink=Role.MUTED)
        self.paper = QFrame()
        self.paper.setProperty("look", "search")
        self.paper.setProperty("focused", "true")
        self.text = Headline(size=Size.TITLE)
        self.text.setObjectName("written")
        paper = QVBoxLayout(self.paper)
        paper.setContentsMargins(Space.L, Space.S, Space.L, Space.S)
        paper.addWidget(self.text)
        paper.addStretch(1)
        self.keyboard = PanelKeyboard(words)
        self.done = look.TouchButton(kind=look.Kind.PRIMARY, icon="check")
        self.done.setObjectName("written_done")
        self.done.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.keyboard.controls.addWidget(self.done, 8)
        self.column.setSpacing(Space.S)
        self.column.addWidget(self.title)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.paper, 4)
        self.column.addStretch(1)
        self.column.addWidget(self.keyboard)
        self.keyboard.typed.connect(self._on_typed)
        self.keyboard.deleted.connect(self._on_deleted)
        self.done.clicked.connect(panel.stop_writing)

    def begin(self) -> None:
        """Start on letters for words, on digits for a number."""
        self.keyboard.use_digits(self._panel.page is Page.PHONE)

    def arrange(self, size: QSize) -> None:
        """Make the keys as tall as there is room for."""
        grown = growth(size)
        self.title.set_size(round(Size.TITLE * grown))
        self.hint.set_size(round(Size.BODY * grown))
        self.text.set_size(round(Size.TITLE * grown))
        least = self.done.least_px()
        rows = self.keyboard.rows(size.width())
        room = size.height() - round(3 * 56 * grown)
        key = max(
            least, min(room // rows - Space.XS, look.panel_size(round(88 * grown), self.screen()))
        )
        self.keyboard.fit(size.width(), key, grown)
        self.paper.setMaximumHeight(look.panel_size(round(240 * grown), self.screen()))
        self.done.setFixedHeight(key)
        self.done.grow(grown)

    def refresh(self) -> None:
        """Show what has been written so far, with a mark where the next letter goes."""
        panel, say = self._panel, self._words.say
        phone = panel.page is Page.PHONE
        self.title.setText(say("phone_title" if phone else "comment_title"))
        hint = ""
        if phone and panel.is_member:
            hint = say("phone_hint")
        elif not phone and self._words.code != "en":
            hint = say("letters_hint")
        self.hint.setText(hint)
        self.hint.setVisible(bool(self.hint.text()))
        self.text.setText(self._written()[-160:] + "▏")
        self.done.setText(say("done"))
        self.keyboard.retranslate()

    def _written(self) -> str:
        return (
            self._panel.answer.phone
            if self._panel.page is Page.PHONE
            else self._panel.answer.comment
        )

    @Slot(str)
    def _on_typed(self, character: str) -> None:
        self._panel.set_text(self._written() + character)

    @Slot()
    def _on_deleted(self) -> None:
        self._panel.set_text(self._written()[:-1])
