"""The rating's own pages: the question, and what went well or wrong."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
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
from ui.screens.rating_panel_pages import (
    Aloud,
    Headline,
    Line,
    PanelPage,
    face_label,
    is_tight,
    letter_scale,
)
from ui.viewmodels.rating_panel import RatingPanelViewModel

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
        grown = letter_scale(size, self.screen())
        self.row.grow(grown)
        self.lines.grow(grown)
        self.no_thanks.grow(grown)
        tall = size.width() < size.height()
        in_row = not tall and self.row.minimumSizeHint().width() <= size.width()
        self.row.setVisible(in_row)
        self.lines.setVisible(not in_row)
        self._name_faces(in_row=in_row)
        tight = is_tight(size, self.screen())
        self.question.set_size(self.letters(24 if tight else 32, size))
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

    def aloud(self, how: Aloud) -> list[str]:
        """Return the question and its answers, in the order they stand in."""
        labels = [face_label(self._words, level) for level in LEVELS]
        return [self._words.say("rate"), *labels, self._words.say("no_thanks")]

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
        self.side = QVBoxLayout()
        self.side.setSpacing(Space.S)
        self.side.addWidget(self.call, 1)
        self.body.addWidget(self.reasons, 3)
        self.body.addLayout(self.side, 2)
        self.comment = look.TouchButton(kind=look.Kind.QUIET, icon="keyboard")
        self.done = look.TouchButton(kind=look.Kind.PRIMARY, icon="check")
        self.comment.setObjectName("comment")
        self.done.setObjectName("done")
        for button in (self.comment, self.done):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.foot = QWidget()
        foot = QHBoxLayout(self.foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(Space.S)
        foot.addWidget(self.comment, 1)
        foot.addWidget(self.done, 1)
        self.column.setSpacing(Space.S)
        self.column.addLayout(self.head)
        self.column.addStretch(1)
        self.column.addLayout(self.body)
        self.column.addStretch(1)
        self.column.addWidget(self.foot)
        self._is_tight = False
        self.chips.chosen.connect(panel.choose)
        self.comment.clicked.connect(panel.write_comment)
        self.done.clicked.connect(panel.finish)

    def arrange(self, size: QSize) -> None:
        """Stand side by side, or below each other on a tall panel."""
        tall = size.width() < size.height()
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self.head.setDirection(down if tall else across)
        self.body.setDirection(down if tall else across)
        grown = letter_scale(size, self.screen())
        self._is_tight = is_tight(size, self.screen())
        beside = self._is_tight and not tall  # the lowest row stands beside the reasons instead
        self.head.setSpacing(Space.XS if self._is_tight else Space.M)
        self.body.setSpacing(Space.S if self._is_tight else Space.XL)
        self.body.setStretchFactor(self.reasons, 1 if beside else 3)
        aside = 1 if beside else 2 if self._panel.answer.is_low else 0
        self.body.setStretchFactor(self.side, aside)
        self.column.setSpacing(Space.XS if self._is_tight else Space.S)
        if beside:
            self.side.addWidget(self.foot, 0, Qt.AlignmentFlag.AlignBottom)
        else:
            self.column.addWidget(self.foot)
        self._say_hint()
        self.title.set_size(self.letters(Size.BODY if self._is_tight else Size.TITLE, size))
        self.hint.set_size(self.letters(Size.BODY, size))
        rows = 11 if tall and self._panel.answer.is_low else 8
        least = self.done.least_px()
        key = max(
            least, min(size.height() // rows, look.panel_size(round(72 * grown), self.screen()))
        )
        self.chips.set_side(max(least, round(56 * grown)))
        self.reasons.fit(key, grown, self.letters(Size.TITLE, size))
        self.reasons.ask_above(not self._is_tight)
        self.call.fit(key, grown, self.letters(Size.BODY, size), tight=self._is_tight, tall=tall)
        for button in (self.comment, self.done):
            button.grow(grown)
        foot = max(key, self.comment.sizeHint().height()) if tall else key
        for button in (self.comment, self.done):
            button.setFixedHeight(foot)

    def aloud(self, how: Aloud) -> list[str]:
        """Return what is asked; it tells the score, so only thanks to whom didn't ask."""
        if how is Aloud.BY_ITSELF:
            return [self._words.say("thanks")]
        said = [self.title.text(), self.hint.text()] if how is Aloud.PRESSED else []
        said += self.reasons.aloud()
        if self._panel.answer.is_low:
            said += self.call.aloud()
        return [*said, self.comment.text(), self.done.text()]

    def refresh(self) -> None:
        """Show what was chosen and ticked."""
        panel, say = self._panel, self._words.say
        if panel.answer.choice is None:
            return
        face = face_label(self._words, panel.answer.choice)
        self.title.setText(
            say("sorry_chosen" if panel.answer.is_low else "thanks_chosen", face=face)
        )
        self._say_hint()
        self.chips.set_choice(panel.answer.choice, can_change=panel.can_change)
        for level, chip in self.chips.faces.items():
            chip.setAccessibleName(face_label(self._words, level))
        self.reasons.refresh()
        self.call.setVisible(panel.answer.is_low)
        self.call.refresh()
        self.comment.setText(say("comment_change" if panel.answer.comment else "comment"))
        self.done.setText(say("done"))

    def _say_hint(self) -> None:
        panel, say = self._panel, self._words.say
        hint = say("change_hint") if panel.can_change else ""
        if panel.detail_failed:
            hint = say("not_saved")
        elif self._is_tight:
            hint = say(self.reasons.question())
        self.hint.setText(hint)


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

    def fit(self, key: int, grown: float, letters: int) -> None:
        self._key, self._grown = key, grown
        self._asked.set_size(letters)
        for button in self._buttons.values():
            button.setFixedHeight(key)
            button.grow(grown)

    def question(self) -> str:
        choice = self._panel.answer.choice or 0
        return "ask_low" if choice <= 2 else "ask_fair" if choice == 3 else "ask_good"

    def ask_above(self, asks: bool) -> None:
        self._asked.setVisible(asks)  # else it is asked beside the faces

    def refresh(self) -> None:
        panel, say = self._panel, self._words.say
        self._asked.setText(say(self.question()))
        if panel.answer.offered_reasons != self._shown:
            self._offer(panel.answer.offered_reasons)
        for code, button in self._buttons.items():
            key = f"reason_{code}"
            button.setText(say(key) if self._words.has(key) else code)
            button.setChecked(code in panel.answer.reasons)

    def aloud(self) -> list[str]:
        return [self._asked.text(), *(button.text() for button in self._buttons.values())]

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
        self._is_tight = False
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

    def fit(self, key: int, grown: float, letters: int, *, tight: bool, tall: bool) -> None:
        self.call_now.grow((1.0 if tight else 1.2) * grown)
        self._is_tight = tight
        for button in self._wishes.values():
            button.grow(grown)
        two_lines = self._wishes["wait"].sizeHint().height()
        for button in self._wishes.values():
            button.setFixedHeight(max(key, two_lines))
        self.call_now.setMinimumHeight(key)
        self.away.setMinimumHeight(round(1.35 * key) if tight and not tall else key)
        self.call_now.setMaximumHeight(3 * key)
        for words in (self._away_words, self._number_words):
            words.set_size(letters)
        self._number.set_size(round(letters * (1.2 if tight else 1.6)))

    def refresh(self) -> None:
        panel, say = self._panel, self._words.say
        self.call_now.setVisible(panel.can_call)
        self.away.setVisible(not panel.can_call)
        self._away_words.setText(say("no_path"))
        has_number = bool(panel.duty_phone)
        self._number_words.setText(say("no_path_call" if has_number else "no_path_ask"))
        self._number_words.setVisible(not (has_number and self._is_tight))
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

    def aloud(self) -> list[str]:
        can_call = self._panel.can_call
        away = [self._away_words.text(), self._number_words.text(), self._number.text()]
        now = [self.call_now.text()] if can_call else away
        return [*now, *(button.text() for button in self._wishes.values())]

    def _on_wish(self, wish: CallWish, checked: bool = False) -> None:
        self._panel.wish(wish)
