"""Can people read and touch it? Checks for any Qt window, by measure and by pixel.

They know nothing of our screens. A widget that paints its own text says so by a method
`painted_texts()` returning objects with `text`, `room`, `needed` and `tooltip`.

Each check returns one line per failure, empty when all is well, so that a test reads
`assert cut_texts(window) == []`. The window must be shown.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QTabBar,
    QWidget,
)

_ZOOM = 2  # strokes drawn this much larger have pixels of the pure ink
_MM_PER_INCH = 25.4
_KNOWN: dict[bytes, float] = {}  # contrast by a picture's digest
_MARKUP = re.compile(r"<[a-zA-Z][^>]*>")  # PySide6 has no Qt::mightBeRichText


@dataclass(frozen=True, slots=True)
class _Shown:
    """A text on the screen: `room` is where, in its widget's coordinates, px."""

    widget: QWidget
    text: str
    room: QRect
    needed: QSize
    tooltip: str

    def name(self) -> str:
        owner = self.widget.objectName() or type(self.widget).__name__
        return f"{owner} {self.text!r}"


def cut_texts(window: QWidget, *, elided: bool = True) -> list[str]:
    """Return the texts that don't fit where they stand.

    Args:
        window: shown, laid out.
        elided: whether '…' with a tooltip that gives the whole text counts as fitting.
    """
    failures = []
    for shown in _texts(window):
        short = shown.needed.width() - shown.room.width()
        low = shown.needed.height() - shown.room.height()
        if short > 0 or low > 1:
            if elided and low <= 1 and shown.tooltip == shown.text:
                continue
            failures.append(f"{shown.name()}: {max(short, 0)} px too narrow, {max(low, 0)} too low")
        elif outside := _outside(shown, window):
            failures.append(f"{shown.name()}: reaches {outside} px out of what holds it")
    return failures


def small_targets(window: QWidget, min_mm: float = 15.0) -> list[str]:
    """Return the visible buttons smaller than `min_mm` across or down on this screen's glass."""
    dpi = window.screen().physicalDotsPerInch()
    px_per_mm = (dpi if 60 <= dpi <= 240 else 96.0) / _MM_PER_INCH
    failures = []
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            side_mm = min(button.width(), button.height()) / px_per_mm
            if side_mm < min_mm - 0.05:
                owner = button.objectName() or type(button).__name__
                failures.append(f"{owner} {button.text()!r}: {side_mm:.1f} mm")
    return failures


def crowded_targets(window: QWidget) -> list[str]:
    """Return the visible buttons that lie over each other, or not wholly in the window."""
    buttons = [each for each in window.findChildren(QAbstractButton) if each.isVisible()]
    places = [QRect(each.mapTo(window, QPoint()), each.size()) for each in buttons]
    names = [each.objectName() or each.text() for each in buttons]
    failures = []
    for at, (place, button) in enumerate(zip(places, buttons, strict=True)):
        if button.visibleRegion().boundingRect() != button.rect():
            failures.append(f"{names[at]}: part of it is covered or cut off")
        for other in range(at):
            if place.intersects(places[other]):
                failures.append(f"{names[at]} lies over {names[other]}")
    return failures


def contrast_failures(window: QWidget, least: float = 4.5) -> list[str]:
    """Return the texts whose ink stands out too little from its ground, measured in pixels.

    Args:
        window: shown.
        least: WCAG 2 contrast ratio, 1..21.
    """
    picture = _picture(window)
    failures = []
    for shown in _texts(window):
        room = shown.room.intersected(shown.widget.visibleRegion().boundingRect())
        scrolled_away = room.height() < min(shown.needed.height(), shown.room.height())
        if room.width() < 4 or room.height() < 4 or scrolled_away:
            continue
        corner = shown.widget.mapTo(window, room.topLeft())
        ratio = _contrast_within(picture, QRect(corner, room.size()))
        if ratio < least:
            failures.append(f"{shown.name()}: contrast {ratio:.1f}")
    return failures


def _texts(window: QWidget) -> Iterator[_Shown]:
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible():
            continue
        painted = getattr(widget, "painted_texts", None)
        if painted is not None:
            for each in painted():
                yield _Shown(widget, each.text, each.room, each.needed, each.tooltip)
        elif isinstance(widget, QLabel):
            yield from _label(widget)
        elif isinstance(widget, QAbstractButton):
            yield from _button(widget)
        elif isinstance(widget, QLineEdit):
            yield from _line_edit(widget)
        elif isinstance(widget, QComboBox):
            yield from _combo_box(widget)
        elif isinstance(widget, QTabBar):
            yield from _tabs(widget)


def _label(label: QLabel) -> Iterator[_Shown]:
    drawn = QLabel.text(label)  # what Qt draws; a subclass's text() may be the whole of it
    whole = label.text()
    if not whole:
        return
    margin = label.margin()
    room = label.contentsRect().adjusted(margin, margin, -margin, -margin)
    metrics = QFontMetrics(label.font())
    if label.textFormat() == Qt.TextFormat.RichText or (
        label.textFormat() == Qt.TextFormat.AutoText and _MARKUP.search(drawn)
    ):
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(label.font())
        document.setHtml(drawn)
        if label.wordWrap():
            document.setTextWidth(room.width())
        wide = document.idealWidth()
        needed = QSize(int(wide), int(document.size().height()))
    else:
        flags = int(Qt.TextFlag.TextWordWrap) if label.wordWrap() else 0
        box = metrics.boundingRect(QRect(0, 0, room.width(), 1 << 20), flags, whole)
        needed = QSize(box.width(), box.height())
        if not label.wordWrap():
            needed.setWidth(metrics.size(0, whole).width())
    yield _Shown(label, whole, room, needed, label.toolTip())


def _button(button: QAbstractButton) -> Iterator[_Shown]:
    text = button.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
    if not text:
        return
    room = button.contentsRect()
    parts = {
        QPushButton: QStyle.SubElement.SE_PushButtonContents,
        QCheckBox: QStyle.SubElement.SE_CheckBoxContents,
        QRadioButton: QStyle.SubElement.SE_RadioButtonContents,
    }
    for kind, part in parts.items():
        if isinstance(button, kind):
            option = QStyleOptionButton()
            option.initFrom(button)
            room = button.style().subElementRect(part, option, button)
    needed = QFontMetrics(button.font()).size(0, text)
    yield _Shown(button, text, room, needed, button.toolTip())


def _line_edit(edit: QLineEdit) -> Iterator[_Shown]:
    option = QStyleOptionFrame()
    edit.initStyleOption(option)
    part = QStyle.SubElement.SE_LineEditContents
    room = edit.style().subElementRect(part, option, edit).adjusted(2, 0, -2, 0)
    metrics = QFontMetrics(edit.font())
    if edit.displayText():  # scrolls, so it can only be too low
        needed = QSize(0, metrics.height())
        yield _Shown(edit, edit.displayText(), room, needed, edit.toolTip())
    elif edit.placeholderText():
        needed = metrics.size(0, edit.placeholderText())
        yield _Shown(edit, edit.placeholderText(), room, needed, edit.toolTip())


def _combo_box(box: QComboBox) -> Iterator[_Shown]:
    if box.isEditable() or not box.currentText():
        return
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    room = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        option,
        QStyle.SubControl.SC_ComboBoxEditField,
        box,
    )
    needed = QFontMetrics(box.font()).size(0, box.currentText())
    yield _Shown(box, box.currentText(), room, needed, box.toolTip())


def _tabs(bar: QTabBar) -> Iterator[_Shown]:
    for index in range(bar.count()):
        needed = QFontMetrics(bar.font()).size(0, bar.tabText(index))
        tip = bar.tabToolTip(index)
        yield _Shown(bar, bar.tabText(index), bar.tabRect(index), needed, tip)


def _outside(shown: _Shown, window: QWidget) -> int:
    """Return by how many px the text's place leaves an ancestor that can't scroll to it."""
    widget: QWidget | None = shown.widget
    place = QRect(shown.room)
    place.setWidth(min(place.width(), max(shown.needed.width(), 1)))
    while widget is not None and widget is not window:
        parent = widget.parentWidget()
        if parent is None:
            return 0
        place = QRect(widget.mapTo(parent, place.topLeft()), place.size())
        grand = parent.parentWidget()
        scrolls = isinstance(grand, QAbstractScrollArea) and parent is grand.viewport()
        beyond = max(-place.left(), place.right() - parent.width() + 1)
        if not scrolls:
            beyond = max(beyond, -place.top(), place.bottom() - parent.height() + 1)
        if beyond > 1:
            return beyond
        if scrolls:
            return 0
        widget = parent
    return 0


def _picture(window: QWidget) -> QImage:
    picture = QImage(window.size() * _ZOOM, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(_ZOOM)
    picture.fill(Qt.GlobalColor.magenta)
    window.render(picture, QPoint(0, 0))
    return picture


def _contrast_within(picture: QImage, place: QRect) -> float:
    zoomed = QRect(place.topLeft() * _ZOOM, place.size() * _ZOOM)
    part = picture.copy(zoomed.intersected(picture.rect()))
    data = bytes(part.constBits())
    if not data:
        return 1.0
    digest = hashlib.blake2b(data).digest()  # much stands on every page
    if digest not in _KNOWN:
        _KNOWN[digest] = _contrast_of(data, part.bytesPerLine())
    return _KNOWN[digest]


def _contrast_of(data: bytes, stride: int) -> float:
    counts = _colours(data, stride)
    (ground, _), *_ = counts.most_common(1)
    enough = max(8, counts.total() // 4000)
    inks = [colour for colour, count in counts.items() if count >= enough]
    return max((_contrast(ink, ground) for ink in inks), default=1.0)


def _colours(data: bytes, stride: int) -> Counter[int]:
    """Count the pixels of each colour, 0xffrrggbb, in rows of `stride` bytes.

    Most of a text's place is bare ground: equal rows are counted once, and so are the runs at
    both ends of a row.
    """
    rows = Counter(data[at : at + stride] for at in range(0, len(data), stride))
    counts: Counter[int] = Counter()
    for row, times in rows.items():
        pixels = memoryview(row).cast("I")
        if row == row[:4] * len(pixels):
            counts[pixels[0]] += times * len(pixels)
            continue
        left, right = _run(row, row[:4]), _run(row, row[-4:], at_end=True)
        counts[pixels[0]] += times * left
        counts[pixels[-1]] += times * right
        for colour, count in Counter(pixels[left : len(pixels) - right]).items():
            counts[colour] += times * count
    return counts


def _run(row: bytes, pixel: bytes, *, at_end: bool = False) -> int:
    """Return how many pixels like `pixel` stand together at that end of the row."""
    low, high = 1, len(row) // 4
    while low < high:
        middle = (low + high + 1) // 2
        run = pixel * middle
        if row.endswith(run) if at_end else row.startswith(run):
            low = middle
        else:
            high = middle - 1
    return low


def _contrast(one: int, other: int) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: int) -> float:
    channels = ((colour >> shift & 0xFF) / 255 for shift in (16, 8, 0))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
