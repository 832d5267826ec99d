"""The one search box, form fields with their errors in place, and the PIN field."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRegularExpression, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from ui.screens.look.buttons import Button, Kind
from ui.screens.look.fonts import font, line_height_px
from ui.screens.look.icons import Icon
from ui.screens.look.roles import Role, Size, Space
from ui.screens.look.text import DEMI, Paragraph, Text
from ui.screens.look.theme import repolish

_STEPS: Final = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -5,
    Qt.Key.Key_PageDown: 5,
}


class SearchBox(QFrame):
    """The one box at the top of the counter window; the window keeps the focus in it.

    It starts with the input method off, since input methods split scans; `set_input_method`
    switches it. Up, Down and Page keys go to the results as `step_requested`.

    Signals:
        text_changed(str): at each keystroke, the text as typed.
        submitted(str): a fresh Enter, with the text stripped of outer blanks.
        step_requested(int): rows to move the selection by.
        input_method_changed(bool): whether the input method is on now.
    """

    text_changed = Signal(str)
    submitted = Signal(str)
    step_requested = Signal(int)
    input_method_changed = Signal(bool)

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        """Make an empty box; `placeholder` says what it understands."""
        super().__init__(parent)
        self.setProperty("look", "search")
        self.setFixedHeight(52)
        self._icon = Icon("search", Role.MUTED, 22)
        self._edit = QLineEdit()
        self._edit.setProperty("look", "bare")
        self._edit.setFont(font(Size.TITLE))
        self._edit.setFrame(False)
        self._method = Text(size=Size.SMALL, ink=Role.MUTED, elides=False)
        self._method_words = ("", "")
        self._clear = Button(icon="x", kind=Kind.QUIET)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.setVisible(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, 0, Space.M, 0)
        row.setSpacing(Space.M)
        for part, stretch in ((self._icon, 0), (self._edit, 1), (self._method, 0)):
            row.addWidget(part, stretch)
        row.addWidget(self._clear)
        self.setFocusProxy(self._edit)
        self.set_placeholder(placeholder)
        self._takes_input_method = False
        self._edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._edit.installEventFilter(self)
        self._edit.textChanged.connect(self._on_text_changed)
        self._clear.clicked.connect(self._edit.clear)

    @property
    def edit(self) -> QLineEdit:
        """The line edit inside."""
        return self._edit

    def text(self) -> str:
        """Return the text as typed."""
        return self._edit.text()

    def set_text(self, text: str) -> None:
        """Replace the text; emits `text_changed` if it differs."""
        self._edit.setText(text)

    def clear(self) -> None:
        """Empty the box."""
        self._edit.clear()

    def set_placeholder(self, text: str) -> None:
        """Say what the box understands."""
        self._edit.setPlaceholderText(text)
        self._edit.setAccessibleName(text)
        self.setAccessibleName(text)

    def set_clear_words(self, words: str) -> None:
        """Name the clear button for tooltips and screen readers."""
        self._clear.setToolTip(words)
        self._clear.setAccessibleName(words)

    def set_input_method_words(self, off: str, on: str) -> None:
        """Say beside the box which input is on: 'ABC' and '中'."""
        self._method_words = (off, on)
        self._method.setText(self._method_words[self.input_method()])

    def input_method(self) -> bool:
        """Return whether the input method is on."""
        return self._takes_input_method

    def set_input_method(self, on: bool) -> None:
        """Switch the input method, for names; scans want it off."""
        if on == self.input_method():
            return
        self._takes_input_method = on
        self._edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on)
        self._method.setText(self._method_words[on])
        self.input_method_changed.emit(on)

    def set_read_only(self, read_only: bool) -> None:
        """Let nothing be typed, or let it again; the input method stays as the clerk set it."""
        self._edit.setReadOnly(read_only)
        # Qt switches the input method on for every line edit that becomes writable
        on = self._takes_input_method and not read_only
        self._edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on)

    def set_busy(self, busy: bool) -> None:
        """Show that an answer is on its way."""
        self._icon.set_icon("loader" if busy else "search", Role.ACCENT if busy else Role.MUTED)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the focus, and take Enter and the arrows before the line edit."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", event.type() == QEvent.Type.FocusIn)
            repolish(self)
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if not event.isAutoRepeat():
                    self.submitted.emit(self._edit.text().strip())
                return True
            if key in _STEPS:
                self.step_requested.emit(_STEPS[key])
                return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self.text_changed.emit(text)


class FormField(QWidget):
    """A label, an input under it and, where needed, a hint or what is wrong with it.

    Signals:
        text_changed(str): at each keystroke.
        submitted(): a fresh Enter in it.
    """

    text_changed = Signal(str)
    submitted = Signal()

    def __init__(
        self,
        label: str,
        *,
        hint: str = "",
        placeholder: str = "",
        editor: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make a field.

        Args:
            label: what it asks for, above the input.
            hint: one line under the input, when something isn't obvious.
            placeholder: an example; never a replacement for the label.
            editor: another input than a line edit (combo box, text box).
            parent: Qt's.
        """
        super().__init__(parent)
        self._label = Text(label, size=Size.SMALL, ink=Role.MUTED, bold=True)
        self._editor: QWidget = editor if editor is not None else QLineEdit()
        self._editor.setFont(font(Size.BODY))
        self._editor.setAccessibleName(label)
        if isinstance(self._editor, QLineEdit):
            self._editor.setPlaceholderText(placeholder)
            self._editor.setMinimumHeight(40)
            self._editor.textChanged.connect(self._on_text_changed)
            self._editor.installEventFilter(self)
        self._hint = Paragraph(hint, size=Size.SMALL, ink=Role.MUTED)
        self._hint.setVisible(bool(hint))
        self._error = Paragraph(size=Size.SMALL, ink=Role.CRITICAL)
        self._error_row = QWidget()
        error_row = QHBoxLayout(self._error_row)
        error_row.setContentsMargins(0, 0, 0, 0)
        error_row.setSpacing(Space.XS)
        error_row.addWidget(
            Icon("circle-alert", Role.CRITICAL, 16, height=line_height_px(Size.SMALL)),
            0,
            Qt.AlignmentFlag.AlignTop,
        )
        error_row.addWidget(self._error, 1)
        self._error_row.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        for part in (self._label, self._editor, self._hint, self._error_row):
            column.addWidget(part)
        self.setFocusProxy(self._editor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def editor(self) -> QWidget:
        """The input: a QLineEdit unless another was given."""
        return self._editor

    def text(self) -> str:
        """Return the line edit's text; '' with another editor."""
        return self._editor.text() if isinstance(self._editor, QLineEdit) else ""

    def set_text(self, text: str) -> None:
        """Fill the line edit; nothing with another editor."""
        if isinstance(self._editor, QLineEdit):
            self._editor.setText(text)

    def set_label(self, label: str) -> None:
        """Change the label, for a change of language."""
        self._label.setText(label)
        self._editor.setAccessibleName(label)

    def set_hint(self, hint: str) -> None:
        """Change the hint; '' removes it."""
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint) and not self.error())

    def error(self) -> str:
        """Return what is said to be wrong, '' if nothing."""
        return self._error.text()

    def set_error(self, error: str) -> None:
        """Say what is wrong and what would be right; '' takes it back. Typing takes it back."""
        self._error.setText(error)
        self._error_row.setVisible(bool(error))
        self._hint.setVisible(bool(self._hint.text()) and not error)
        self._editor.setProperty("invalid", bool(error))
        self._editor.setAccessibleDescription(error)
        repolish(self._editor)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a fresh Enter as `submitted`."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.submitted.emit()
            return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        if self.error():
            self.set_error("")
        self.text_changed.emit(text)


class PinField(FormField):
    """A field for a PIN: digits only, shown as dots, input method off, never kept by Qt."""

    def __init__(
        self, label: str, *, hint: str = "", max_digits: int = 12, parent: QWidget | None = None
    ) -> None:
        """Make a PIN field for at most `max_digits` digits."""
        edit = QLineEdit()
        edit.setEchoMode(QLineEdit.EchoMode.Password)
        edit.setInputMethodHints(
            Qt.InputMethodHint.ImhDigitsOnly
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        edit.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        digits = QRegularExpression(f"[0-9]{{0,{max_digits}}}")
        edit.setValidator(QRegularExpressionValidator(digits, edit))
        super().__init__(label, hint=hint, editor=edit, parent=parent)
        edit.setFont(font(Size.BODY, weight=DEMI, tabular=True))

    def take(self) -> str:
        """Return the PIN and empty the field."""
        pin = self.text()
        self.set_text("")
        return pin

    def sizeHint(self) -> QSize:
        """Return a width for a PIN, not for a sentence."""
        return QSize(240, super().sizeHint().height())
