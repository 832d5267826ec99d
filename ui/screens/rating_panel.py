"""The customer's window. It never takes the PC's focus: a touch loses the clerk not one key."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication, QMouseEvent, QResizeEvent, QScreen
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.qt.speech import Speech
from ui.qt.stacking import bring_up
from ui.qt.words import Words
from ui.screens import look
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.touch import TouchSurface
from ui.screens.rating_panel_pages import (
    ConfirmPage,
    Line,
    PanelPage,
    QuietPage,
    growth,
    is_tight,
    letter_scale,
    window_words,
)
from ui.screens.rating_panel_pictures import PanelPictures, Picture
from ui.screens.rating_panel_rating import DetailsPage, RatingPage
from ui.screens.rating_panel_thanks import ThanksPage
from ui.screens.rating_panel_voice import EarButton, PanelVoice
from ui.screens.rating_panel_voucher import VoucherPage
from ui.screens.rating_panel_writing import WritingPage
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import INVITED, WRITING, Page
from ui.viewmodels.rating_panel_words import LANGUAGES, PANEL

DOUBLE_TAP_MS: Final = 350
DOUBLE_TAP_MM: Final = 12.0
NARROW_PX: Final = 640
WINDOWED: Final = QSize(1024, 600)


class RatingPanelWindow(QWidget):
    """Frameless, over the whole second screen, never active.

    Interactive widgets by name: face_1 .. face_5, no_thanks, change_1 .. change_5, reason_<code>,
    call_now, wait, call_me, not_now, comment, written_done, key_<character>, key_layer, key_space,
    key_delete, done, yes, no, language_<code>.
    """

    def __init__(
        self,
        panel: RatingPanelViewModel,
        *,
        language: str = "zh_CN",
        speech: Speech | None = None,
        says_all: bool = False,
        pictures: PanelPictures | None = None,
        now_ms: Callable[[], float] = lambda: time.monotonic() * 1000,
    ) -> None:
        """Show `panel`.

        Args:
            panel: what is shown, and where taps go.
            language: the office's: each customer begins with it.
            speech: the PC's voice; without one, or while it knows no language, there is no ear.
            says_all: whether each page is said aloud unasked.
            pictures: the office's, and of who serves.
            now_ms: a monotonic clock, ms.
        """
        super().__init__(
            None,
            Qt.WindowType.Window
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowDoesNotAcceptFocus,
        )
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setProperty("look", "surface")
        self.setObjectName("rating_panel")
        self.setWindowTitle("Guichet")
        self.setWindowIcon(look.app_icon())
        self._panel, self._office_language, self._now_ms = panel, language, now_ms
        self.words = Words("panel", PANEL, self)
        self.words.use(language)
        self.voice = PanelVoice(speech or Speech(self), self.words, by_itself=says_all, parent=self)
        self._spoken: Page | None = None
        self._pictures = pictures or PanelPictures()
        self.photo = Picture(is_round=True)
        self._pages: dict[Page, PanelPage] = {}
        self.stack = QStackedWidget()
        self.who = Line(size=Size.TITLE, ink=Role.MUTED)
        self.ear = EarButton()
        self.languages: dict[str, look.TouchButton] = {}
        self._leaves = False
        self._last_press: tuple[float, QPointF, Page] | None = None
        self._lay_out()
        self._make_pages()
        panel.page_changed.connect(self._on_page_changed)
        panel.changed.connect(self._on_changed)
        panel.language_reset.connect(self._on_language_reset)
        panel.language_reset.connect(self.voice.hush)
        self.voice.changed.connect(self._on_changed)
        self.words.changed.connect(self._on_changed)
        self._on_page_changed()
        self._on_changed()

    def open_on(self, screen: QScreen) -> None:
        """Cover the customer's screen, or cover it anew after its picture has changed its size."""
        if self.isVisible() and self.screen() is not screen:
            self.hide()  # not every window manager moves a window that fills a screen
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self.setWindowState(Qt.WindowState.WindowFullScreen)
        self.show()  # showFullScreen would ask for the focus
        self._arrange()  # the glass may have grown and not its picture

    def open_in_window(self) -> None:
        """Open at an ordinary place on the first screen, for a trial."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        size = WINDOWED.boundedTo(room.size())
        corner = QPoint(room.right() - size.width() + 1, room.bottom() - size.height() + 1)
        self.setGeometry(QRect(corner, size))
        self.show()

    def leave(self) -> None:
        """Close; nothing on the panel itself does."""
        self._leaves = True
        self.close()

    def set_office_language(self, code: str) -> None:
        """Change the language that each customer begins with."""
        self._office_language = code
        if self._panel.page in (Page.IDLE, Page.SERVING):
            self.words.use(code)

    @Slot(bool)
    def show_keys(self, shown: bool) -> None:
        """Show which key of the keypad stands for what, or no longer."""
        for page in dict.fromkeys(self._pages.values()):
            page.show_keys(shown)

    def current_page(self) -> PanelPage:
        """Return the page shown."""
        return self._pages[self._panel.page]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit every page into the panel."""
        super().resizeEvent(event)
        self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stay, whoever but the clerk's side wants it closed."""
        event.setAccepted(self._leaves)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Nothing that can be touched took it."""
        self._panel.touch_glass()

    def changeEvent(self, event: QEvent) -> None:
        """Come back at once from being made small."""
        super().changeEvent(event)
        is_small = bool(self.windowState() & Qt.WindowState.WindowMinimized)
        if event.type() == QEvent.Type.WindowStateChange and is_small and self.isWindow():
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drop the second half of a double tap that would land on another page."""
        if isinstance(event, QMouseEvent) and event.type() in (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseButtonDblClick,
        ):
            now_ms, page = self._now_ms(), self._panel.page
            before, self._last_press = self._last_press, (now_ms, event.globalPosition(), page)
            self._panel.touched()
            if before is not None and before[2] is not page:
                apart = (event.globalPosition() - before[1]).manhattanLength()
                near = apart < DOUBLE_TAP_MM * look.px_per_mm(self.screen())
                if near and now_ms - before[0] < DOUBLE_TAP_MS:
                    return True
            # What is written is nobody else's to hear, and the ear speaks for itself
            silent = watched is self.ear or watched.parent() is self._keyboard
            if isinstance(watched, TouchSurface) and not silent:
                self.voice.say_label(watched.accessibleName() or watched.text())
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        self.header = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.header.setSpacing(Space.S)
        who = QHBoxLayout()
        who.setSpacing(Space.S)
        who.addWidget(self.photo)
        who.addWidget(self.who, 1)
        self.header.addLayout(who, 1)
        switch = QHBoxLayout()
        switch.setSpacing(Space.XS)
        switch.addStretch(1)
        self.ear.clicked.connect(self._on_ear_clicked)
        self.ear.installEventFilter(self)
        switch.addWidget(self.ear)
        for code, name in LANGUAGES.items():
            button = look.TouchButton(name)
            button.setObjectName(f"language_{code}")
            button.clicked.connect(partial(self._on_language_clicked, code))
            button.installEventFilter(self)
            self.languages[code] = button
            switch.addWidget(button)
        self.header.addLayout(switch)
        # The glass has one size: a page that is not shown must not stretch it
        ignored = QSizePolicy.Policy.Ignored
        self.stack.setSizePolicy(ignored, ignored)
        self.column = QVBoxLayout(self)
        self.column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self.column.addLayout(self.header)
        self.column.addWidget(self.stack, 1)

    def _make_pages(self) -> None:
        quiet = QuietPage(self._panel, self.words, self._pictures)
        writing = WritingPage(self._panel, self.words)
        self._keyboard = writing.keyboard
        self._pages = dict.fromkeys(Page, quiet)
        self._pages |= {
            Page.VOUCHER: VoucherPage(self._panel, self.words),
            Page.CONFIRM: ConfirmPage(self._panel, self.words),
            Page.RATING: RatingPage(self._panel, self.words),
            Page.DETAILS: DetailsPage(self._panel, self.words),
            Page.COMMENT: writing,
            Page.PHONE: writing,
            Page.THANKS: ThanksPage(self._panel, self.words, self._pictures),
        }
        for page in dict.fromkeys(self._pages.values()):
            self.stack.addWidget(page)
            page.installEventFilter(self)

    def _watch_buttons(self) -> None:
        # Filters are kept once per object, and reasons come and go
        for button in self.stack.currentWidget().findChildren(TouchSurface):
            button.installEventFilter(self)

    def _arrange(self) -> None:
        tight = is_tight(self.size(), self.screen())
        small = tight or min(self.width(), self.height()) < 600
        grown = growth(self.size())
        scale = letter_scale(self.size(), self.screen())
        self.who.set_size(look.panel_size(round(Size.TITLE * scale), self.screen()))
        least = round(self.languages["en"].least_px() * min(grown, 1.4))
        self.ear.setFixedSize(least, least)
        for button in (self.ear, *self.languages.values()):
            button.grow(min(scale, 1.4))
        for button in self.languages.values():
            button.setFixedHeight(least)
        margin = Space.S if small else Space.XL
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(Space.S if small else Space.L)
        narrow = self.width() < NARROW_PX
        down, across = QBoxLayout.Direction.BottomToTop, QBoxLayout.Direction.LeftToRight
        self.header.setDirection(down if narrow else across)
        # The keys of a keyboard need all of a small panel
        bare = tight and self.width() > self.height() and self._panel.page in WRITING
        self.who.setVisible(not bare)
        if bare:
            self.photo.hide()
        # Beside the name where the header is one row, as tall as the line where it is two
        side = self.who.sizeHint().height() if narrow else least
        self.photo.fit(QSize(side, side))
        self.ear.setVisible(not bare and self.voice.can_speak())
        for button in self.languages.values():
            button.setVisible(not bare)
        header = 0 if bare else least + (self.who.sizeHint().height() + Space.S if narrow else 0)
        room = self.size() - QSize(2 * margin, 2 * margin + header + self.column.spacing())
        page = self.current_page()
        page.arrange(room)
        page.column.invalidate()  # what was filled while hidden has to be measured anew
        page.column.activate()

    @Slot()
    def _on_page_changed(self) -> None:
        page = self.current_page()
        if isinstance(page, WritingPage):
            page.begin()
        self.stack.setCurrentWidget(page)
        if self._panel.page not in (Page.IDLE, Page.SERVING) and self.isWindow():
            bring_up(self)  # another program's window may lie over it; the focus stays there

    @Slot()
    def _on_changed(self) -> None:
        words, panel = self.words, self._panel
        who = ""
        if panel.page in INVITED or panel.page is Page.CONFIRM:
            window = window_words(words, panel.name_in(words.code, panel.counter_label))
            who = f"{window} · {words.say('clerk', number=panel.staff_number)}"
        self.who.setText(who)
        self.photo.show_image(self._pictures.photo(panel.staff_number) if who else None)
        for code, button in self.languages.items():
            is_current = code == words.code
            button.set_kind(look.Kind.SECONDARY if is_current else look.Kind.QUIET)
        self.ear.set_on(self.voice.is_asked)
        self.ear.setAccessibleName(words.say("ear"))
        self.current_page().refresh()
        self._arrange()
        self._watch_buttons()
        if panel.page is not self._spoken and self.isVisible():
            self._spoken = panel.page
            self.voice.say_page(self.current_page())

    @Slot()
    def _on_ear_clicked(self) -> None:
        self._panel.touched()
        self.voice.touch_ear(self.current_page())

    def _on_language_clicked(self, code: str, checked: bool = False) -> None:
        self._panel.touched()
        self.words.use(code)

    @Slot()
    def _on_language_reset(self) -> None:
        if self.words.code != self._office_language:
            self.words.use(self._office_language)
