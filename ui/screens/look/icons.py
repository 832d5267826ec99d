"""Icons from `resources/icons`, drawn in a role's colour at the screen's own resolution."""

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel, QWidget

from ui.screens.look.resources import RESOURCES
from ui.screens.look.roles import Role
from ui.screens.look.theme import colour


def icon_pixmap(name: str, role: Role, size: int = 20, *, ratio: float | None = None) -> QPixmap:
    """Return an icon as a picture.

    Args:
        name: file name in `resources/icons` without '.svg'.
        role: its colour.
        size: side, device-independent px.
        ratio: device px per px; None takes the application's.

    Raises:
        FileNotFoundError: no such icon.
    """
    scale = ratio if ratio is not None else _screen_ratio()
    return _drawn(name, colour(role).name(), size, scale)


def icon(name: str, role: Role = Role.TEXT, size: int = 20) -> QIcon:
    """Return an icon for Qt's own widgets; see `icon_pixmap`."""
    return QIcon(icon_pixmap(name, role, size))


@cache
def app_icon() -> QIcon:
    """Return the program's own icon, sharp from 16 to 256 px; drawn once, it is a third of a MB."""
    result = QIcon()
    svg = (RESOURCES / "guichet.svg").read_bytes()
    for side in (16, 20, 24, 32, 40, 48, 64, 128, 256):
        result.addPixmap(_rendered(svg, side, 1.0))
    return result


class Icon(QLabel):
    """An icon standing by itself; follows the theme. Decorative: screen readers pass it over."""

    def __init__(
        self,
        name: str,
        role: Role = Role.MUTED,
        size: int = 20,
        *,
        height: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """Show an icon.

        Args:
            name: file name in `resources/icons` without '.svg'.
            role: its colour.
            size: side, px.
            height: of the line of text it stands beside, px, in which it is centred.
            parent: Qt's.
        """
        super().__init__(parent)
        self._name, self._role, self._size = name, role, size
        self.setFixedSize(QSize(size, max(size, height)))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_icon(self, name: str, role: Role | None = None) -> None:
        """Show another icon, or the same in another role."""
        self._name, self._role = name, role or self._role
        self.update()

    def set_size(self, size: int) -> None:
        """Change its side, px."""
        if size != self._size:
            self._size = size
            self.setFixedSize(QSize(size, size))

    def set_role(self, role: Role) -> None:
        """Draw it in another role."""
        self._role = role
        self.update()

    def paintEvent(self, event: object) -> None:
        """Draw it at the resolution of the screen it is on."""
        painter = QPainter(self)
        role = self._role if self.isEnabled() else Role.DISABLED
        ratio = self.devicePixelRatioF()
        top = (self.height() - self._size) / 2
        picture = icon_pixmap(self._name, role, self._size, ratio=ratio)
        painter.drawPixmap(QPointF(0, top), picture)


def _screen_ratio() -> float:
    app = QGuiApplication.instance()
    return app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0


@lru_cache(maxsize=512)
def _drawn(name: str, ink: str, size: int, ratio: float) -> QPixmap:
    svg = (RESOURCES / "icons" / f"{name}.svg").read_text("utf-8").replace("currentColor", ink)
    return _rendered(svg.encode(), size, ratio)


def _rendered(svg: bytes, size: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
