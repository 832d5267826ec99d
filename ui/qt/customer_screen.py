"""Which of a PC's screens is the customer's: chosen, remembered, or guessed.

A screen is known again by its maker, model and serial number, and by its connector where it tells
none of them. What the system says of a screen's number changes with every cable; that is why the
screens beside the customer's are remembered, too: they are the clerk's and never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QObject, QRect, QSettings, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QScreen

from app.domain.lean import dataclass

SETTLE_MS: Final = 150  # screens that are rearranged say so in several pieces
NONE: Final = "none"  # is wished where all screens are the clerk's
_CUSTOMER: Final = "customer_screen"
_CLERK: Final = "clerk_screens"
_BREAK: Final = "|"


@dataclass(frozen=True, slots=True)
class ScreenFacts:
    """What a screen says of itself.

    Attributes:
        name: its connector, as the system calls it.
        model: its maker and model, '' where it tells neither.
        serial: its serial number, ''. Cheap screens share one.
        area: where it stands on the desktop, px.
        is_primary: the system's task bar is there, and so is the clerk.
    """

    name: str
    model: str
    serial: str
    area: QRect
    is_primary: bool

    @classmethod
    def of(cls, screen: QScreen) -> ScreenFacts:
        """Read a screen's."""
        model = f"{screen.manufacturer()} {screen.model()}".strip()
        is_primary = screen is QGuiApplication.primaryScreen()
        return cls(screen.name(), model, screen.serialNumber(), screen.geometry(), is_primary)

    @property
    def identity(self) -> str:
        """What it is remembered by, as text for the settings."""
        parts = (self.name, self.model, self.serial)
        return _BREAK.join(part.replace(_BREAK, " ") for part in parts)


def find(
    screens: Sequence[ScreenFacts], *, wish: str = "", customer: str = "", clerk: Iterable[str] = ()
) -> ScreenFacts | None:
    """Return the customer's screen, None where there is none now.

    The clerk keeps a screen to themselves whatever is wished: a picture shown on all screens alike
    is the clerk's.

    Args:
        screens: those there are, in the system's order.
        wish: a number, 0 the first, a connector or a serial number that somebody has chosen;
            'none' for none.
        customer: `identity` of the one remembered.
        clerk: `identity` of those that stood beside it.
    """
    free = [each for each in screens if any(_apart(each, other) for other in screens)]
    if wish:
        numbered = screens[int(wish)] if wish.isdecimal() and int(wish) < len(screens) else None
        wished = [s for s in free if s is numbered or wish in (s.name, s.serial)]
        return wished[0] if wished else None
    again = [each for each in free if _is(each, customer)]
    if again:
        name = customer.split(_BREAK, 1)[0]
        return next((each for each in again if each.name == name), again[0])
    known = tuple(clerk)
    primary = next((each for each in screens if each.is_primary), None)
    others = [
        each
        for each in free
        if (primary is None or _apart(each, primary)) and not any(_is(each, one) for one in known)
    ]
    # Customers' screens are the small ones
    return min(others, key=lambda each: each.area.width() * each.area.height(), default=None)


def _apart(one: ScreenFacts, other: ScreenFacts) -> bool:
    return one is not other and not one.area.intersects(other.area)


def _is(screen: ScreenFacts, identity: str) -> bool:
    name, model, serial = (*identity.split(_BREAK), "", "", "")[:3]
    if serial or screen.serial:
        return (model, serial) == (screen.model, screen.serial)
    return bool(name) and (name, model) == (screen.name, screen.model)


def seen(settings: QSettings, wish: str) -> tuple[list[ScreenFacts], ScreenFacts | None, bool]:
    """Look at the screens of this moment; nothing is remembered.

    Args:
        settings: where the customer's screen is remembered.
        wish: see `find`.

    Returns:
        All screens in the system's order, the customer's, and whether there should be one that
        isn't there: it was chosen, or it was there before.
    """
    facts = [ScreenFacts.of(each) for each in QGuiApplication.screens()]
    customer = str(settings.value(_CUSTOMER, ""))
    found = find(facts, wish=wish, customer=customer, clerk=_texts(settings.value(_CLERK)))
    return facts, found, found is None and wish != NONE and bool(wish or customer)


class CustomerScreen(QObject):
    """Follows the customer's screen while cables are pulled and pictures change their size.

    Attributes:
        screen: the customer's, None while there is none.
        is_missed: there should be one: it was chosen, or it was there before.

    Signals:
        lost(): the screen has gone this moment. What is shown there has to be hidden in the slot:
            afterwards the system puts it on the clerk's screen.
        settled(): screens have come, gone or changed, and `screen` has been looked for again.
    """

    lost = Signal()
    settled = Signal()

    def __init__(self, settings: QSettings, wish: str = "", parent: QObject | None = None) -> None:
        """Look for it.

        Args:
            settings: where it is remembered.
            wish: see `find`.
            parent: Qt's.
        """
        super().__init__(parent)
        self._settings, self._wish = settings, wish
        self.screen: QScreen | None = None
        self.is_missed = False
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(SETTLE_MS)
        self._calm.timeout.connect(self.look)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenAdded.connect(self._on_added)
        app.screenRemoved.connect(self._on_removed)
        app.primaryScreenChanged.connect(self._on_changed)
        for screen in QGuiApplication.screens():
            self._watch(screen)
        self._find()

    def close(self) -> None:
        """Follow it no longer: no signal comes any more."""
        self._calm.stop()
        self.blockSignals(True)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.disconnect(self._on_added)
            app.screenRemoved.disconnect(self._on_removed)
            app.primaryScreenChanged.disconnect(self._on_changed)

    @Slot()
    def look(self) -> None:
        """Look for it again."""
        before = self.screen
        self._find()
        if before is not None and self.screen is not before:
            self.lost.emit()
        self.settled.emit()

    def _find(self) -> None:
        facts, found, self.is_missed = seen(self._settings, self._wish)
        at = next((at for at, each in enumerate(facts) if each is found), None)
        self.screen = None if at is None else QGuiApplication.screens()[at]
        if found is not None:
            customer = str(self._settings.value(_CUSTOMER, ""))
            clerk = _texts(self._settings.value(_CLERK))
            beside = sorted(each.identity for each in facts if each is not found)
            if found.identity != customer or not set(beside) <= set(clerk):
                self._settings.setValue(_CUSTOMER, found.identity)
                self._settings.setValue(_CLERK, beside)

    def _watch(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._on_changed)
        screen.physicalDotsPerInchChanged.connect(self._on_changed)
        screen.logicalDotsPerInchChanged.connect(self._on_changed)

    @Slot(QScreen)
    def _on_added(self, screen: QScreen) -> None:
        self._watch(screen)
        self._calm.start()

    @Slot(QScreen)
    def _on_removed(self, screen: QScreen) -> None:
        if screen is self.screen:
            self.screen = None
            self.lost.emit()
        self._calm.start()

    @Slot()
    def _on_changed(self) -> None:
        self._calm.start()


def _texts(value: object) -> list[str]:
    """Read a list of the settings; one of a single text comes back as that text."""
    if isinstance(value, str):
        return [value] if value else []
    return [str(each) for each in value] if isinstance(value, list) else []
