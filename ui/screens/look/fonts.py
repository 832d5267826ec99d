"""Which letters we use on which platform and in which language, and in which sizes."""

import sys
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFont

from ui.screens.look.roles import LINE_HEIGHT_PERCENT, Size

LANGUAGE_PROPERTY: Final = "lookLanguage"

_SIMPLIFIED: Final = {
    "win32": ("Segoe UI", "Microsoft YaHei UI"),
    "darwin": (".AppleSystemUIFont", "PingFang SC"),
    "linux": ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "DejaVu Sans"),
}
_TRADITIONAL: Final = {
    "win32": ("Segoe UI", "Microsoft JhengHei UI", "Microsoft YaHei UI"),
    "darwin": (".AppleSystemUIFont", "PingFang TC", "PingFang SC"),
    "linux": ("Noto Sans CJK TC", "Source Han Sans TC", "WenQuanYi Micro Hei", "DejaVu Sans"),
}


def families(language: str, platform: str = sys.platform) -> tuple[str, ...]:
    """Return font families, best first: the Latin companion, then the Chinese face.

    Args:
        language: 'zh_CN', 'zh_TW', 'en' …; only Traditional Chinese has letter shapes of its own.
        platform: as `sys.platform`; unknown ones get Linux's list.
    """
    table = _TRADITIONAL if language.startswith(("zh_TW", "zh_HK", "zh_Hant")) else _SIMPLIFIED
    return table.get(platform, table["linux"])


def font(
    size: int = Size.BODY,
    *,
    weight: QFont.Weight = QFont.Weight.Normal,
    tabular: bool = False,
    language: str | None = None,
) -> QFont:
    """Return a font of the application's family.

    Args:
        size: letter size, device-independent px; one of `Size` or a panel size.
        weight: Normal, or DemiBold for what leads.
        tabular: figures of one width, so that points don't dance and columns align.
        language: whose letter shapes; None takes the language given to `theme.apply`.
    """
    language = language or current_language()
    result = QFont(list(families(language)))
    result.setPixelSize(int(size))
    result.setWeight(weight)
    if tabular:
        result.setFeature(QFont.Tag("tnum"), 1)
    if not language.startswith("zh"):
        result.setFeature(QFont.Tag("pwid"), 1)  # a Chinese face has quotes as wide as a character
    return result


def current_language() -> str:
    """Return the language given to `theme.apply`, 'zh_CN' before that."""
    app = QCoreApplication.instance()
    stored = app.property(LANGUAGE_PROPERTY) if app is not None else None
    return stored if isinstance(stored, str) else "zh_CN"


def line_height_px(size: int, language: str | None = None) -> int:
    """Return the distance of lines for running text: 1.6 for Chinese, 1.45 otherwise, px."""
    key = "zh" if (language or current_language()).startswith("zh") else "other"
    return round(size * LINE_HEIGHT_PERCENT[key] / 100)
