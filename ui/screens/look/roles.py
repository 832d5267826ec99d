"""What every colour, gap and letter size on our screens is called, and its value.

Screens name roles, never raw colours; a role has one value for light rooms and one for dark.
Pure data, no Qt, so that tests can judge the contrast of every permitted pair.
"""

from enum import IntEnum, StrEnum
from typing import Final

from app.domain.lean import dataclass


class Mode(StrEnum):
    """Light or dark."""

    LIGHT = "light"
    DARK = "dark"


class Role(StrEnum):
    """What a colour is for."""

    SURFACE = "surface"  # the window itself
    RAISED = "raised"  # cards and panels on it
    SUNKEN = "sunken"  # wells, key caps, what is disabled
    HOVER = "hover"  # a raised thing under the pointer
    PRESSED = "pressed"  # and under the finger
    TEXT = "text"
    MUTED = "muted"  # captions, secondary facts
    DISABLED = "disabled"  # still legible: staff must read what they can't press
    ACCENT = "accent"
    ACCENT_HOVER = "accent_hover"
    ACCENT_PRESSED = "accent_pressed"
    ACCENT_SOFT = "accent_soft"  # selection, proposal
    ON_ACCENT = "on_accent"
    POSITIVE = "positive"
    POSITIVE_SOFT = "positive_soft"
    CAUTION = "caution"
    CAUTION_SOFT = "caution_soft"
    CRITICAL = "critical"
    CRITICAL_HOVER = "critical_hover"
    CRITICAL_PRESSED = "critical_pressed"
    CRITICAL_SOFT = "critical_soft"
    ON_CRITICAL = "on_critical"
    FOCUS = "focus"
    BORDER = "border"  # hairlines that only separate
    BORDER_STRONG = "border_strong"  # outlines that say 'you can act here'
    SHADOW = "shadow"
    FACE_5 = "face_5"
    FACE_4 = "face_4"
    FACE_3 = "face_3"
    FACE_2 = "face_2"
    FACE_1 = "face_1"
    FACE_INK = "face_ink"  # eyes and mouth


@dataclass(frozen=True, slots=True)
class Shade:
    """A role's two values, each '#rrggbb'."""

    light: str
    dark: str

    def value(self, mode: Mode) -> str:
        """Return the value for `mode` as '#rrggbb'."""
        return self.dark if mode is Mode.DARK else self.light


ROLES: Final[dict[Role, Shade]] = {
    Role.SURFACE: Shade("#f3f4f7", "#111318"),
    Role.RAISED: Shade("#ffffff", "#1b1e25"),
    Role.SUNKEN: Shade("#e9ebf0", "#282c36"),
    Role.HOVER: Shade("#f0f2f6", "#252933"),
    Role.PRESSED: Shade("#e1e5ec", "#2f3440"),
    Role.TEXT: Shade("#151821", "#eceef3"),
    Role.MUTED: Shade("#545b69", "#a6adbb"),
    Role.DISABLED: Shade("#616875", "#979eac"),
    Role.ACCENT: Shade("#2f4fd0", "#93abff"),
    Role.ACCENT_HOVER: Shade("#2743b6", "#a9bcff"),
    Role.ACCENT_PRESSED: Shade("#1f3796", "#bfcdff"),
    Role.ACCENT_SOFT: Shade("#e9edfd", "#222b4c"),
    Role.ON_ACCENT: Shade("#ffffff", "#0c1433"),
    Role.POSITIVE: Shade("#17683d", "#63cf95"),
    Role.POSITIVE_SOFT: Shade("#e2f4e9", "#153423"),
    Role.CAUTION: Shade("#7d5200", "#f2bd52"),
    Role.CAUTION_SOFT: Shade("#fdf1d6", "#3a2b0a"),
    Role.CRITICAL: Shade("#b32318", "#ff948a"),
    Role.CRITICAL_HOVER: Shade("#991c12", "#ffa9a1"),
    Role.CRITICAL_PRESSED: Shade("#7d150d", "#ffbfb9"),
    Role.CRITICAL_SOFT: Shade("#fde8e6", "#441b18"),
    Role.ON_CRITICAL: Shade("#ffffff", "#2d0502"),
    Role.FOCUS: Shade("#2444c4", "#b3c4ff"),
    Role.BORDER: Shade("#dcdfe6", "#2e333e"),
    Role.BORDER_STRONG: Shade("#7f8796", "#727a8a"),
    Role.SHADOW: Shade("#10131c", "#000000"),
    # Blue to orange over grey: the one diverging scale that all common kinds of colour
    # blindness keep apart; lightness peaks in the middle, so it survives greyscale too.
    Role.FACE_5: Shade("#4a7fe0", "#5b8df0"),
    Role.FACE_4: Shade("#8fb8f5", "#9cc1f8"),
    Role.FACE_3: Shade("#dcdde2", "#d3d5dc"),
    Role.FACE_2: Shade("#f5b36b", "#f5b36b"),
    Role.FACE_1: Shade("#d9642c", "#e2713a"),
    Role.FACE_INK: Shade("#151821", "#151821"),
}

_PLAIN = (Role.TEXT, Role.MUTED, Role.DISABLED, Role.ACCENT, Role.CRITICAL)
TEXT_PAIRS: Final[tuple[tuple[Role, Role], ...]] = (
    *((ink, ground) for ink in _PLAIN for ground in (Role.SURFACE, Role.RAISED, Role.HOVER)),
    *((ink, Role.SUNKEN) for ink in (Role.TEXT, Role.MUTED, Role.DISABLED, Role.ACCENT)),
    *((ink, Role.PRESSED) for ink in (Role.TEXT, Role.MUTED)),
    *((ink, Role.RAISED) for ink in (Role.POSITIVE, Role.CAUTION)),
    *((ink, Role.SURFACE) for ink in (Role.POSITIVE, Role.CAUTION)),
    (Role.ON_ACCENT, Role.ACCENT),
    (Role.ON_ACCENT, Role.ACCENT_HOVER),
    (Role.ON_ACCENT, Role.ACCENT_PRESSED),
    (Role.ON_CRITICAL, Role.CRITICAL),
    (Role.ON_CRITICAL, Role.CRITICAL_HOVER),
    (Role.ON_CRITICAL, Role.CRITICAL_PRESSED),
    *((ink, Role.ACCENT_SOFT) for ink in (Role.TEXT, Role.MUTED, Role.ACCENT)),
    *((ink, Role.POSITIVE_SOFT) for ink in (Role.TEXT, Role.MUTED, Role.POSITIVE)),
    *((ink, Role.CAUTION_SOFT) for ink in (Role.TEXT, Role.MUTED, Role.CAUTION)),
    *((ink, Role.CRITICAL_SOFT) for ink in (Role.TEXT, Role.MUTED, Role.CRITICAL)),
)
"""Every (ink, ground) on which text may stand; contrast >= 4.5 in both modes, by test."""

SHAPE_PAIRS: Final[tuple[tuple[Role, Role], ...]] = (
    *((Role.FOCUS, ground) for ground in (Role.SURFACE, Role.RAISED, Role.SUNKEN)),
    *((Role.BORDER_STRONG, ground) for ground in (Role.SURFACE, Role.RAISED)),
    *((Role.FACE_INK, Role(f"face_{level}")) for level in range(1, 6)),
)
"""Outlines and drawings that carry meaning; contrast >= 3, by test."""


class Tone(StrEnum):
    """What a message, chip or badge means."""

    NEUTRAL = "neutral"
    INFO = "info"
    POSITIVE = "positive"
    CAUTION = "caution"
    CRITICAL = "critical"

    @property
    def ink(self) -> Role:
        """The role of text and shapes in this tone."""
        return _TONES[self][0]

    @property
    def ground(self) -> Role:
        """The role of the tinted ground behind them."""
        return _TONES[self][1]


_TONES: Final[dict[Tone, tuple[Role, Role]]] = {
    Tone.NEUTRAL: (Role.MUTED, Role.SUNKEN),
    Tone.INFO: (Role.ACCENT, Role.ACCENT_SOFT),
    Tone.POSITIVE: (Role.POSITIVE, Role.POSITIVE_SOFT),
    Tone.CAUTION: (Role.CAUTION, Role.CAUTION_SOFT),
    Tone.CRITICAL: (Role.CRITICAL, Role.CRITICAL_SOFT),
}


class Space(IntEnum):
    """Gaps and paddings, device-independent px."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32


class Size(IntEnum):
    """Letter sizes, device-independent px."""

    SMALL = 13
    BODY = 15
    TITLE = 20
    LARGE = 28
    FIGURE = 40


RADIUS: Final = 8
LINE_HEIGHT_PERCENT: Final = {"zh": 160, "other": 145}
PRESS_MS: Final = 120  # a press answers in its first frame and is over within 150 ms
TOUCH_MM: Final = 15.0


def contrast(ink: str, ground: str) -> float:
    """Return the WCAG 2 contrast ratio of two opaque colours.

    Args:
        ink: '#rrggbb'.
        ground: '#rrggbb'.

    Returns:
        The ratio, 1 (same) .. 21 (black on white), dimensionless.

    Source:
        W3C, Web Content Accessibility Guidelines 2.2, 'contrast ratio'.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    low, high = sorted((_luminance(ink), _luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
