"""Words on the screen: one line that elides with a tooltip, or running text that wraps."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.qt.markup import escape
from ui.screens.look.fonts import font, line_height_px
from ui.screens.look.painting import width_of
from ui.screens.look.roles import Role, Size
from ui.screens.look.theme import repolish

DEMI = QFont.Weight.DemiBold
NORMAL = QFont.Weight.Normal


class Text(QLabel):
    """One line of text. Too long for its place, it ends in '…' and a tooltip says it all.

    `text()` always returns the whole text.
    """

    def __init__(
        self,
        text: str = "",
        *,
        size: int = Size.BODY,
        ink: Role = Role.TEXT,
        bold: bool = False,
        tabular: bool = False,
        elides: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """Show `text`.

        Args:
            text: one line, plain.
            size: letter size, px.
            ink: colour role.
            bold: DemiBold instead of Normal.
            tabular: figures of one width.
            elides: False for what must never be shortened, such as figures.
            parent: Qt's.
        """
        super().__init__(parent)
        self._full = ""
        self._elides = elides
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._font_wish = (size, DEMI if bold else NORMAL, tabular)
        self.setFont(font(size, weight=self._font_wish[1], tabular=tabular))
        self.setProperty("ink", ink.value)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def text(self) -> str:
        """Return the whole text, also where '…' is shown."""
        return self._full

    def setText(self, text: str) -> None:
        """Show another text."""
        if text == self._full:
            return  # a new layout of the whole window for nothing
        self._full = text
        self.setAccessibleName(text)
        self._fit()
        self.updateGeometry()

    def set_ink(self, role: Role) -> None:
        """Change the colour role."""
        if self.property("ink") != role.value:
            self.setProperty("ink", role.value)
            repolish(self)

    def is_elided(self) -> bool:
        """Return whether only a part of the text is shown just now."""
        return super().text() != self._full

    def sizeHint(self) -> QSize:
        """Return the size of the whole text."""
        return QSize(width_of(self.font(), self._full), self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """Return the whole size, or three letters and '…' where eliding is allowed."""
        whole = self.sizeHint()
        if not self._elides:
            return whole
        least = width_of(self.font(), "国国国…")
        return QSize(min(whole.width(), least), whole.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten or restore the text."""
        super().resizeEvent(event)
        self._fit()

    def follow_language(self) -> None:
        """Take the new language's letter shapes."""
        size, weight, tabular = self._font_wish
        self.setFont(font(size, weight=weight, tabular=tabular))
        self._fit()

    def _fit(self) -> None:
        shown = self._full
        if self._elides and self.width() > 0:
            room = self.contentsRect().width()
            shown = self.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, room)
        if shown != super().text():
            super().setText(shown)
        tip = self._full if shown != self._full else ""
        if tip != self.toolTip():
            self.setToolTip(tip)


class Paragraph(QLabel):
    """Running text that wraps, at the line height its language wants. `text()` is plain."""

    def __init__(
        self,
        text: str = "",
        *,
        size: int = Size.BODY,
        ink: Role = Role.TEXT,
        bold: bool = False,
        centred: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Show `text`, plain; its line breaks stay; the rest as for `Text`."""
        super().__init__(parent)
        self._plain = ""
        self._size = size
        self._bold = bold
        self._centred = centred
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setFont(font(size, weight=DEMI if bold else NORMAL))
        self.setProperty("ink", ink.value)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setText(text)

    def text(self) -> str:
        """Return the plain text."""
        return self._plain

    def setText(self, text: str) -> None:
        """Show another text."""
        if text == self._plain:
            return
        self._plain = text
        self.setAccessibleName(text)
        self._write()

    def set_ink(self, role: Role) -> None:
        """Change the colour role."""
        if self.property("ink") != role.value:
            self.setProperty("ink", role.value)
            repolish(self)

    def follow_language(self) -> None:
        """Take the new language's letter shapes and line height."""
        self.setFont(font(self._size, weight=DEMI if self._bold else NORMAL))
        self._write()

    def _write(self) -> None:
        lines = escape(self._plain).replace("\n", "<br>")
        align = "center" if self._centred else "left"
        height = line_height_px(self._size)
        style = f"line-height:{height}px; -qt-line-height-type:fixed;"
        super().setText(f'<p align="{align}" style="margin:0; {style}">{lines}</p>')
