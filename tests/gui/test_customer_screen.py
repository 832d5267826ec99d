"""The customer's screen: which one it is, and what becomes of the panel when it comes and goes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSettings
from PySide6.QtWidgets import QApplication

from tests.fakes.desktop import x_desktop
from ui.qt.customer_screen import CustomerScreen, ScreenFacts, find

ROOT = Path(__file__).resolve().parents[2]
CLERK = ScreenFacts("HDMI-1", "Dell P2422", "A1", QRect(0, 0, 1920, 1080), is_primary=True)
SMALL = ScreenFacts("HDMI-2", "", "", QRect(1920, 0, 800, 480), is_primary=False)
SECOND = ScreenFacts("DP-1", "Dell P2422", "A2", QRect(1920, 480, 1920, 1080), is_primary=False)
BOTH = (CLERK, SECOND, SMALL)


def moved(screen: ScreenFacts, left: int) -> ScreenFacts:
    return replace(screen, area=QRect(left, 0, screen.area.width(), screen.area.height()))


# ------------------------------------------------------------------- which one


def test_the_smallest_beside_the_clerks_is_guessed() -> None:
    assert find(BOTH) is SMALL
    assert find((CLERK, SECOND)) is SECOND
    assert find((CLERK,)) is None
    assert find(()) is None


@pytest.mark.parametrize(
    ("wish", "found"),
    [("0", CLERK), ("1", SECOND), ("2", SMALL), ("3", None), ("DP-1", SECOND), ("A2", SECOND)],
)
def test_a_wish_is_a_number_a_connector_or_a_serial(wish: str, found: ScreenFacts | None) -> None:
    assert find(BOTH, wish=wish, customer=SMALL.identity) is found


@pytest.mark.parametrize("wish", ["none", "HDMI-9", "-1", "²"])
def test_a_wish_that_is_not_there_is_nothing_else(wish: str) -> None:
    assert find(BOTH, wish=wish) is None


def test_a_screen_is_known_again_on_another_connector_by_its_serial() -> None:
    again = replace(SECOND, name="USB-C-3", area=QRect(-1920, 0, 1920, 1080))
    assert find((CLERK, SMALL, again), customer=SECOND.identity) is again


def test_twins_that_share_a_serial_are_told_apart_by_their_connectors() -> None:
    twin = replace(SECOND, name="DP-2", area=QRect(3840, 0, 1920, 1080))
    assert find((CLERK, SECOND, twin), customer=twin.identity) is twin
    assert find((CLERK, SECOND, twin), customer=SECOND.identity) is SECOND


def test_what_stood_beside_it_is_never_guessed_at_when_it_is_gone() -> None:
    clerk = (CLERK.identity, SECOND.identity)
    assert find((CLERK, SECOND), customer=SMALL.identity, clerk=clerk) is None


def test_a_new_screen_in_its_place_is_taken() -> None:
    clerk = (CLERK.identity, SECOND.identity)
    spare = replace(SMALL, model="Waveshare", serial="77")
    assert find((CLERK, SECOND, spare), customer=SMALL.identity, clerk=clerk) is spare


@pytest.mark.parametrize("wish", ["", "1", "HDMI-2"])
def test_a_mirrored_picture_is_the_clerks(wish: str) -> None:
    mirror = replace(SMALL, area=QRect(0, 0, 1920, 1080))
    assert find((CLERK, mirror), wish=wish, customer=SMALL.identity) is None


def test_two_mirrored_panels_are_one(qapp: QApplication) -> None:
    twin = replace(SMALL, name="HDMI-3")
    assert find((CLERK, SMALL, twin)) is SMALL


FACTS = st.builds(
    ScreenFacts,
    st.sampled_from(["", "A", "B", "A|B", "\\\\.\\DISPLAY2"]),
    st.sampled_from(["", "M", "M|N"]),
    st.sampled_from(["", "1", "|"]),
    st.builds(
        QRect,
        st.sampled_from([-800, 0, 800, 1000]),
        st.sampled_from([0, 480]),
        st.sampled_from([0, 480, 800]),
        st.sampled_from([0, 480, 800]),
    ),
    is_primary=st.booleans(),
)


@given(
    st.lists(FACTS, max_size=4),
    st.one_of(st.just(""), st.text(max_size=4)),
    st.one_of(FACTS.map(lambda each: each.identity), st.text(max_size=6)),
    st.lists(FACTS.map(lambda each: each.identity), max_size=3),
)
def test_the_clerk_keeps_a_screen_whatever_there_is(
    screens: list[ScreenFacts], wish: str, customer: str, clerk: list[str]
) -> None:
    found = find(screens, wish=wish, customer=customer, clerk=clerk)
    if found is not None:
        assert any(not found.area.intersects(each.area) for each in screens if each is not found)


# ------------------------------------------------------------------- with real screens


@pytest.mark.slow
def test_real_screens_come_and_go() -> None:
    with x_desktop() as screens:
        environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": screens.display}
        command = [sys.executable, "-m", "tests.gui.screen_scenes", screens.display]
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr


# ------------------------------------------------------------------- no screen


def test_settings_written_by_hand_do_no_harm(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "screen.ini").write_text('[General]\ncustomer_screen="a|b|c|d"\nclerk_screens=x\n')
    settings = QSettings(str(tmp_path / "screen.ini"), QSettings.Format.IniFormat)
    customer = CustomerScreen(settings)
    assert customer.screen is None
    assert customer.is_missed


def test_one_that_was_never_there_is_not_missed(qapp: QApplication, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "screen.ini"), QSettings.Format.IniFormat)
    assert not CustomerScreen(settings).is_missed
    assert CustomerScreen(settings, "HDMI-2").is_missed
    assert not CustomerScreen(settings, "none").is_missed
