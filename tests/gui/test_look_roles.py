"""Colours that people can read, and faces that colour-blind people can tell apart."""

import itertools
import math
import re

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from ui.screens import look
from ui.screens.look.resources import RESOURCES
from ui.screens.look.roles import ROLES, SHAPE_PAIRS, TEXT_PAIRS, Mode, Role, Tone, contrast

MODES = pytest.mark.parametrize("mode", list(Mode))

# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB
BLINDNESS = {
    "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritan": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
    "none": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}
TOLD_APART = 12.0  # CIE76; 2.3 is just noticeable side by side


def linear(colour: str) -> list[float]:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def lab(rgb: list[float]) -> tuple[float, float, float]:
    r, g, b = (min(max(c, 0.0), 1.0) for c in rgb)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen_distance(one: str, other: str, blindness: str) -> float:
    matrix = BLINDNESS[blindness]
    seen = [
        lab([sum(m * c for m, c in zip(row, linear(colour), strict=True)) for row in matrix])
        for colour in (one, other)
    ]
    return math.dist(*seen)


def test_contrast_of_known_pairs() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#123456", "#123456") == pytest.approx(1.0)


@MODES
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read(ink: Role, ground: Role, mode: Mode) -> None:
    assert contrast(ROLES[ink].value(mode), ROLES[ground].value(mode)) >= 4.5


@MODES
@pytest.mark.parametrize(("ink", "ground"), SHAPE_PAIRS)
def test_shapes_can_be_seen(ink: Role, ground: Role, mode: Mode) -> None:
    assert contrast(ROLES[ink].value(mode), ROLES[ground].value(mode)) >= 3.0


def test_every_role_has_both_values() -> None:
    assert set(ROLES) == set(Role)
    for shade in ROLES.values():
        assert re.fullmatch("#[0-9a-f]{6}", shade.light)
        assert re.fullmatch("#[0-9a-f]{6}", shade.dark)


@pytest.mark.parametrize("tone", list(Tone))
def test_every_tone_is_a_permitted_pair(tone: Tone) -> None:
    assert (tone.ink, tone.ground) in TEXT_PAIRS
    assert (Role.TEXT, tone.ground) in TEXT_PAIRS


@MODES
@pytest.mark.parametrize("blindness", list(BLINDNESS))
def test_faces_are_told_apart(blindness: str, mode: Mode) -> None:
    faces = [ROLES[Role(f"face_{level}")].value(mode) for level in range(1, 6)]
    for one, other in itertools.combinations(faces, 2):
        assert seen_distance(one, other, blindness) >= TOLD_APART, (one, other)


def test_red_and_green_faces_would_fail() -> None:
    assert seen_distance("#5f8f3a", "#9c7d2f", "deutan") < TOLD_APART


@MODES
def test_ticks_are_drawn_in_the_role_they_stand_for(mode: Mode) -> None:
    svg = (RESOURCES / "style" / f"check-{mode}.svg").read_text("utf-8")
    assert ROLES[Role.ON_ACCENT].value(mode) in svg


@MODES
def test_the_arrow_can_be_seen(mode: Mode) -> None:
    svg = (RESOURCES / "style" / "chevron.svg").read_text("utf-8")
    found = re.search('stroke="(#[0-9a-f]{6})"', svg)
    assert found is not None
    assert contrast(found[1], ROLES[Role.RAISED].value(mode)) >= 3.0


@pytest.mark.parametrize(("language", "is_narrow"), [("en", True), ("zh_CN", False)])
def test_quotes_are_as_wide_as_the_language_writes_them(
    qapp: QApplication, language: str, is_narrow: bool
) -> None:
    width = QFontMetricsF(look.font(look.Size.BODY, language=language)).horizontalAdvance("“")
    assert (width < 0.8 * look.Size.BODY) is is_narrow
