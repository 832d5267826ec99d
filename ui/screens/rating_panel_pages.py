"""The quiet pages of the panel: greeting, serving, a question about points, an outcome, thanks."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.services.views import Promise, RedemptionToConfirm
from ui.qt.words import Words
from ui.screens import look
from ui.screens.look.roles import Role, Size, Space
from ui.screens.rating_panel_pictures import PanelPictures, Picture
from ui.viewmodels import wording
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import Page

_PLAIN = QSize(1000, 560)
_ROOMY_MM: Final = (195, 100)  # the page of a panel of 9 inches
_SMALLEST: Final = 0.78  # letters of 12 points on keys


def growth(size: QSize) -> float:
    """Return how much larger letters and keys are drawn on a panel of `size`, px: 1 to 2.

    A large panel hangs further away, and is read at a glance all the same.
    """
    across, down = max(size.width(), size.height()), min(size.width(), size.height())
    return max(1.0, min(across / _PLAIN.width(), down / _PLAIN.height(), 2.0))


def letter_scale(size: QSize, screen: QScreen | None) -> float:
    """Return how much larger letters on a page of `size`, px, are than on ours at 96 dots an inch.

    They keep their size on the glass, however small its dots, and give way only on glass that is no
    larger than a hand, where the keys need the room.
    """
    mm = look.px_per_mm(screen)
    across, down = max(size.width(), size.height()), min(size.width(), size.height())
    hand = min(across / mm / _ROOMY_MM[0], down / mm / _ROOMY_MM[1], 1.0)
    return growth(size) * max(_SMALLEST, hand)


def is_tight(size: QSize, screen: QScreen | None) -> bool:
    """Return whether a page of `size`, px, has no room for a line more than it needs."""
    return letter_scale(size, screen) < growth(size)


class Headline(look.Paragraph):
    """Running text whose letters grow with the panel."""

    def set_size(self, size: int) -> None:
        """Change the size of its letters, px."""
        if size != self._size:
            self._size = size
            self.setFont(look.font(size, weight=self.font().weight()))
            self._write()
            self.updateGeometry()


class Line(look.Text):
    """One line whose letters grow with the panel."""

    def set_size(self, size: int) -> None:
        """Change the size of its letters, px."""
        before, weight, tabular = self._font_wish
        if size != before:
            self._font_wish = (size, weight, tabular)
            self.setFont(look.font(size, weight=weight, tabular=tabular))
            self._fit()
            self.updateGeometry()


class Aloud(StrEnum):
    """How much of a page is said."""

    BY_ITSELF = "by_itself"  # the office wants it so; nothing of what was answered
    ASKED = "asked"  # to whom has touched the ear: what they chose, too
    PRESSED = "pressed"  # the ear has been touched on this very page: figures, too


class PanelPage(QWidget):
    """One page: `refresh` puts in what is to be said, `arrange` fits it into a size."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Show `panel` in `words`."""
        super().__init__()
        self._panel, self._words = panel, words
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)

    def refresh(self) -> None:
        """Show things as they stand."""
        raise NotImplementedError

    def arrange(self, size: QSize) -> None:
        """Fit everything into `size`, px."""

    def letters(self, px: int, size: QSize) -> int:
        """Return how tall letters of `px` are on a page of `size`, px."""
        return look.panel_size(round(px * letter_scale(size, self.screen())), self.screen())

    def show_keys(self, shown: bool) -> None:
        """Show which key of the keypad stands for what."""

    def aloud(self, how: Aloud) -> list[str]:
        """Return the sentences to be said aloud; what people write, and names, never are."""
        return []


def window_words(words: Words, label: str) -> str:
    """Return a window's name; one that is more than a number or a letter names itself."""
    short = label.isascii() and len(label) <= 4
    return words.say("window", label=label) if short else label


def face_label(words: Words, level: int) -> str:
    """Return the words under a face."""
    return words.say(f"level_{level}")


class QuietPage(PanelPage):
    """One thing in the middle: greeting, window, thanks, an outcome."""

    def __init__(
        self, panel: RatingPanelViewModel, words: Words, pictures: PanelPictures | None = None
    ) -> None:
        """Make it empty; `pictures` stand over a greeting, over thanks, and over who serves."""
        super().__init__(panel, words)
        self._pictures = pictures or PanelPictures()
        self.picture = Picture()
        self.photo = Picture(is_round=True)
        self.icon = look.Icon("circle-check", Role.POSITIVE, 72)
        self.title = Headline(size=Size.FIGURE, bold=True, centred=True)
        self.detail = Headline(size=Size.TITLE, ink=Role.MUTED, centred=True)
        self.column.addStretch(2)
        for picture in (self.picture, self.photo):
            self.column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        self.column.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignHCenter)
        self.column.addSpacing(Space.L)
        self.column.addWidget(self.title)
        self.column.addSpacing(Space.S)
        self.column.addWidget(self.detail)
        self.column.addStretch(3)

    def arrange(self, size: QSize) -> None:
        """Let the letters grow with the panel."""
        self.title.set_size(self.letters(64 if self._panel.page is Page.SERVING else 48, size))
        self.detail.set_size(self.letters(24, size))
        self.icon.set_size(self.letters(80, size))
        for picture in (self.picture, self.photo):
            picture.fit(QSize(size.width() * 3 // 5, size.height() * 2 // 5))

    def refresh(self) -> None:
        """Say what the page is for."""
        icon, tone, title, detail = self._said()
        page = self._panel.page
        rests = page is Page.IDLE or (page is Page.THANKS and not self._panel.phone_link)
        office = self._pictures.office() if rests else None
        self.picture.show_image(office)
        serves = page is Page.SERVING
        self.photo.show_image(self._pictures.photo(self._panel.staff_number) if serves else None)
        self.icon.setVisible(bool(icon) and office is None)
        if icon:
            self.icon.set_icon(icon, tone)
        self.title.setText(title)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))

    def aloud(self, how: Aloud) -> list[str]:
        """Return what it says, points and a call for the manager only to whom asked."""
        _, _, title, detail = self._said()
        if self._panel.page is Page.OUTCOME and how is not Aloud.PRESSED:
            return [title]
        if self._panel.page is Page.THANKS and how is Aloud.BY_ITSELF:
            return [title] if self._panel.declined else [title, self._words.say("thanks_detail")]
        if self._panel.page in (Page.IDLE, Page.SERVING) and how is not Aloud.PRESSED:
            return []  # nobody stands there, or the clerk speaks
        return [title, detail]

    def _said(self) -> tuple[str, Role, str, str]:
        panel, say = self._panel, self._words.say
        if panel.page is Page.SERVING:
            label = panel.name_in(self._words.code, panel.counter_label)
            title = window_words(self._words, label)
            number = panel.staff_number  # '' while the PC starts again, before anybody signs in
            return "", Role.MUTED, title, say("served_by", number=number) if number else ""
        if panel.page is Page.BOOKING:
            return "hourglass", Role.MUTED, say("booking"), ""
        if panel.page is Page.OUTCOME:
            return self._outcome()
        if panel.page is Page.TROUBLE:
            return "circle-alert", Role.MUTED, say("not_saved"), say("not_saved_detail")
        if panel.page is Page.THANKS:
            return self._thanks()
        seat = panel.seat
        if panel.session is None:
            return "", Role.MUTED, say("closed"), say("closed_hint")
        office = "" if seat is None else panel.name_in(self._words.code, seat.office_name)
        return "", Role.MUTED, say("welcome"), office

    def _thanks(self) -> tuple[str, Role, str, str]:
        panel, say = self._panel, self._words.say
        if panel.declined:
            return "", Role.MUTED, say("goodbye"), ""
        detail = say("thanks_detail")
        if panel.detail_failed:
            detail = say("detail_not_saved")
        elif panel.is_called:
            detail = say("call_detail")
        elif panel.answer.is_low and panel.duty_phone and not panel.can_call:
            detail = say("number_detail", phone=panel.duty_phone)
        return "circle-check", Role.POSITIVE, say("thanks"), detail

    def _outcome(self) -> tuple[str, Role, str, str]:
        panel, say = self._panel, self._words.say
        outcome, question = panel.outcome, panel.question
        refused = outcome is None or outcome.promise is Promise.NOT_POSSIBLE
        if refused or outcome is None or question is None:
            return "circle-alert", Role.MUTED, say("refused"), say("refused_detail")
        reward = reward_name(panel, self._words, question)
        detail = say("booked_detail", reward=reward, points=outcome.points)
        return "circle-check", Role.POSITIVE, say("booked"), detail


def reward_name(panel: RatingPanelViewModel, words: Words, asked: RedemptionToConfirm) -> str:
    """Return the reward's name in the panel's language, where it has one."""
    if words.code == "en" and asked.reward_name_en:
        return asked.reward_name_en
    return panel.name_in(words.code, asked.reward_name)


class ConfirmPage(PanelPage):
    """Reward, points, what is left, how sure it is; yes or no."""

    def __init__(self, panel: RatingPanelViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(panel, words)
        self.title = Headline(size=Size.LARGE, ink=Role.MUTED, centred=True)
        self.reward = Headline(size=Size.FIGURE, bold=True, centred=True)
        self.figures = QFrame()
        self.figures.setProperty("look", "card")
        self.labels = [Line(size=Size.TITLE, ink=Role.MUTED, elides=False) for _ in range(2)]
        self.points = Line(size=Size.LARGE, bold=True, tabular=True, elides=False)
        self.left = Line(size=Size.LARGE, tabular=True, elides=False)
        grid = QGridLayout(self.figures)
        grid.setContentsMargins(Space.XL, Space.M, Space.XL, Space.M)
        grid.setHorizontalSpacing(Space.XXL)
        grid.setVerticalSpacing(Space.XS)
        for row, figure in enumerate((self.points, self.left)):
            figure.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(self.labels[row], row, 0)
            grid.addWidget(figure, row, 1)
        self.promise = Line(size=Size.TITLE, ink=Role.POSITIVE)
        self.no = look.TouchButton(icon="x")
        self.yes = look.TouchButton(kind=look.Kind.PRIMARY, icon="check")
        self.no.setObjectName("no")
        self.yes.setObjectName("yes")
        for button in (self.no, self.yes):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        answers = QHBoxLayout()
        answers.setSpacing(Space.L)
        answers.addWidget(self.no, 1)
        answers.addWidget(self.yes, 1)
        centre = Qt.AlignmentFlag.AlignHCenter
        self.column.setSpacing(Space.S)
        self.column.addStretch(1)
        self.column.addWidget(self.title)
        self.column.addWidget(self.reward)
        self.column.addWidget(self.figures, 0, centre)
        self.column.addWidget(self.promise, 0, centre)
        self.column.addStretch(1)
        self.column.addLayout(answers)
        self.yes.clicked.connect(panel.say_yes)
        self.no.clicked.connect(panel.say_no)

    def arrange(self, size: QSize) -> None:
        """Make the answers big."""
        grown = letter_scale(size, self.screen())
        tight = is_tight(size, self.screen())
        self.reward.set_size(self.letters(32 if tight else 44, size))
        self.title.set_size(self.letters(22, size))
        for line in (*self.labels, self.promise):
            line.set_size(self.letters(22, size))
        for figure in (self.points, self.left):
            figure.set_size(self.letters(24 if tight else 30, size))
        height = max(self.yes.least_px(), min(size.height() // 4, self.letters(130, size)))
        for button in (self.no, self.yes):
            button.setFixedHeight(height)
            button.grow(1.2 * grown)

    def show_keys(self, shown: bool) -> None:
        """Show the keys for yes and no."""
        self.yes.set_key("Enter" if shown else "")
        self.no.set_key("0" if shown else "")

    def aloud(self, how: Aloud) -> list[str]:
        """Return the question, and the figures to whom asks for them here."""
        said = [self._words.say("confirm_title")]
        if how is Aloud.PRESSED:
            said += [self.reward.text(), self.points.text(), self.promise.text()]
            said += [f"{self.labels[1].text()}: {self.left.text()}"]
        return [*said, self.yes.text(), self.no.text()]

    def refresh(self) -> None:
        """Say the figures."""
        question, say = self._panel.question, self._words.say
        self.yes.setText(say("yes"))
        self.no.setText(say("no"))
        self.title.setText(say("confirm_title"))
        self.labels[0].setText(say("confirm_points"))
        self.labels[1].setText(say("confirm_left"))
        if question is not None:
            name = reward_name(self._panel, self._words, question)
            self.reward.setText(name)
            price = say("points", points=question.points)
            if question.cash_minor:
                price += f" + {wording.money_of(question.cash_minor, question.currency)}"
            self.points.setText(price)
            self.left.setText(say("points", points=question.left_points))
            self.promise.setText(say(f"promise_{question.promise.value}"))
