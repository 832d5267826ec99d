"""Today's figures on the desk: always with their n, the unrated share beside the good rate."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.records import Figures
from ui.qt.words import Words
from ui.screens import look
from ui.screens.desk_wording import percent
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.desk_words import STATES

_GOOD = ("4", "5")
_ROOM_FOR_DETAIL_PX = 560
_ROOM_FOR_UNRATED_PX = 440
_LOWEST_PX = 340
_APPEALS_PX = 44  # of their line, where any wait


class FiguresPane(QWidget):
    """Good rate, rated share, and how the others ended."""

    def __init__(self, words: Words) -> None:
        """Make it with no figures."""
        super().__init__()
        self._words = words
        self.good = look.StatTile("")
        self.rated = look.StatTile("")
        self._tiles, self._room = QWidget(), 0
        tiles = QHBoxLayout(self._tiles)
        tiles.setContentsMargins(0, 0, 0, 0)
        tiles.setSpacing(Space.M)
        tiles.addWidget(self.good, 1)
        tiles.addWidget(self.rated, 1)
        self.unrated = look.Card(spacing=Space.XS)
        self.total = look.Text(size=Size.SMALL, ink=Role.MUTED, tabular=True)
        self.unrated.header.addWidget(self.total)
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(0, 1)
        self._rows: dict[str, tuple[look.Text, look.Text]] = {}
        for row, state in enumerate(STATES):
            label = look.Text(size=Size.SMALL)
            share = look.Text(size=Size.SMALL, ink=Role.MUTED, tabular=True, elides=False)
            grid.addWidget(label, row, 0)
            grid.addWidget(share, row, 1, Qt.AlignmentFlag.AlignRight)
            self._rows[state] = (label, share)
        self._detail = QWidget()
        self._detail.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.unrated.body.addWidget(self._detail)
        late = QFrame()
        late.setProperty("look", "card")
        self.late = look.StatusLight()
        self.to_board = look.Button(kind=look.Kind.QUIET, key="F3")
        self.to_board.setObjectName("to_board")
        self.appeals = look.StatusLight()
        self.to_appeals = look.Button(kind=look.Kind.QUIET, key="F10")
        self.to_appeals.setObjectName("to_appeals")
        lines = QVBoxLayout(late)
        lines.setContentsMargins(Space.L, Space.XS, Space.XS, Space.XS)
        lines.setSpacing(0)
        for light, button in ((self.late, self.to_board), (self.appeals, self.to_appeals)):
            line = QHBoxLayout()
            line.addWidget(light, 1)
            line.addWidget(button)
            lines.addLayout(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(self._tiles)
        column.addWidget(self.unrated)
        column.addWidget(late)

    def fit(self, room: int) -> None:
        """Leave out how visits without a rating ended, then all of these, as `room` (px) is.

        Where appeals wait there is less of it, and on the lowest windows the tiles make way.
        """
        self._room = room
        if not self.to_appeals.isHidden():
            room -= _APPEALS_PX
        self._detail.setVisible(room >= _ROOM_FOR_DETAIL_PX)
        self.unrated.setVisible(room >= _ROOM_FOR_UNRATED_PX)
        self._tiles.setVisible(room >= _LOWEST_PX)

    def show_late(self, count: int) -> None:
        """Show of how many cases something is later than promised."""
        say = self._words.say
        self.to_board.setText(say("board_open"))
        if count:
            self.late.set_state(
                look.Light.CRITICAL, say("counted", title=say("board_late"), n=count)
            )
        else:
            self.late.set_state(look.Light.READY, say("board_none"))

    def show_appeals(self, count: int) -> None:
        """Show how many appeals wait for whoever sits here; nothing of none."""
        say = self._words.say
        self.to_appeals.setText(say("appeals_open"))
        self.appeals.set_state(look.Light.CAUTION, say("counted", title=say("appeals"), n=count))
        for part in (self.appeals, self.to_appeals):
            part.setVisible(count > 0)
        self.fit(self._room)

    def show_figures(self, figures: Figures | None) -> None:
        """Show the office's day; '–' where there is nothing to divide by."""
        say = self._words.say
        self.good.set_words(say("good_rate"), say("good_rate_how"))
        self.rated.set_words(say("rated_rate"), say("rated_rate_how"))
        self.unrated.set_title(say("unrated"))
        encounters = figures.encounters if figures is not None else 0
        by_state = figures.by_state if figures is not None else {}
        by_score = figures.by_score if figures is not None else {}
        ratings = sum(by_score.values())
        good = sum(by_score.get(score, 0) for score in _GOOD)
        self.good.set_figure(percent(good, ratings), say("n", n=ratings))
        rated = by_state.get("rated", 0)
        self.rated.set_figure(percent(rated, encounters), say("n", n=encounters))
        unrated = sum(by_state.get(state, 0) for state in STATES)
        self.total.setText(
            say("unrated_n", share=percent(unrated, encounters), n=encounters)
            if encounters
            else say("no_figures")
        )
        for state, (label, share) in self._rows.items():
            count = by_state.get(state, 0)
            label.setText(say(f"state_{state}"))
            share.setText(say("unrated_n", share=percent(count, encounters), n=count))


class Aside(QWidget):
    """The figures over a list, as high as there is room: then the list needs no second bar."""

    def __init__(self, figures: FiguresPane, column: QVBoxLayout) -> None:
        """Hold `column`, in which the figures are."""
        super().__init__()
        self._figures = figures
        column.setContentsMargins(0, 0, 0, 0)
        self.setLayout(column)
        self.setMinimumHeight(_LOWEST_PX)  # whatever is shown: else a window outgrows its screen

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the figures' detail out before the list gets too short."""
        super().resizeEvent(event)
        self._figures.fit(self.height())
