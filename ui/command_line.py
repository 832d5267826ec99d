"""The program's command line, and what is set for a seat's screen beside it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLocale, QSettings, Qt
from PySide6.QtWidgets import QApplication

from app.settings.places import default_data_folder
from ui.qt.keypad import NO_KEYPAD, can_read
from ui.qt.language import LANGUAGES
from ui.screens import look

_MODES: Final = ("auto", *(mode.value for mode in look.Mode))


@dataclass(frozen=True, slots=True)
class Options:
    """The command line.

    Attributes:
        data_folder: the seat's data, on a disk of this PC.
        server: address proposed at enrolment, '' for none.
        language: 'zh_CN', 'en', or '' for the seat's own choice.
        theme: 'light', 'dark', or 'auto' for the system's.
        panel_screen: which screen the customer sees: its number, connector or serial number,
            'none' for none; '' for the one in the settings, or to find it.
        windowed: an ordinary window instead of the whole screen.
        take_over: with one screen, the customer answers on the clerk's; else signs a slip.
        keypad: device file of the customer's keypad, '' for the one in the settings.
        lan: 'auto', 'listed' or 'off', see `sync.client.lan.settings`; '' for what they say.
        peers: neighbours on the office's network, besides those found.
        check: open the seat, show the first screen, record nothing, write the version here, end.
    """

    data_folder: Path
    server: str = ""
    language: str = ""
    theme: str = "auto"
    panel_screen: str = ""
    windowed: bool = False
    take_over: bool = False
    keypad: str = ""
    lan: str = ""
    peers: tuple[str, ...] = ()
    check: Path | None = None


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; exits with a usage message where it can't be read."""
    parser = argparse.ArgumentParser(prog="guichet", description="Guichet at a counter or a desk.")
    parser.add_argument(
        "--data-folder",
        type=Path,
        default=default_data_folder(),
        metavar="FOLDER",
        help="where this seat keeps its data, on a disk of this PC (default: %(default)s)",
    )
    parser.add_argument("--server", default="", help="address of the central server")
    parser.add_argument(
        "--language", choices=LANGUAGES, default="", help="of the screens (default: as last chosen)"
    )
    parser.add_argument(
        "--theme", choices=_MODES, default="auto", help="light or dark (default: the system's)"
    )
    parser.add_argument(
        "--panel-screen",
        default="",
        metavar="SCREEN",
        help="which screen the customer sees: 0 the first, its connector or its serial number, or"
        " none (setting: panel_screen; default: the one it was, else the smallest beside yours)",
    )
    parser.add_argument(
        "--windowed", action="store_true", help="ordinary windows, for a trial on one screen"
    )
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="with one screen, let the customer answer on it (setting: take_over)",
    )
    parser.add_argument(
        "--keypad",
        default="",
        metavar="DEVICE",
        help="the customer's keypad, in /dev/input/by-id, or /dev/serial/by-id with the settings"
        " keypad_codes and keypad_baud; Linux only (setting: keypad)",
    )
    parser.add_argument(
        "--lan",
        choices=("auto", "listed", "off"),
        default="",
        help="bring low ratings to the office's desks with the server gone: to those found on its"
        " network, or to the peers alone (default: as lan.ini in the data folder says, else auto)",
    )
    parser.add_argument(
        "--peer",
        dest="peers",
        action="append",
        type=_peer,
        default=[],
        metavar="HOST[:PORT]",
        help="a desk on the office's network where multicast is blocked; may be repeated",
    )
    parser.add_argument("--check", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    values = vars(parser.parse_args(arguments))
    options = Options(**{**values, "peers": tuple(values["peers"])})
    if options.keypad and not can_read():
        parser.error(f"--keypad: {NO_KEYPAD}")
    return options


def _peer(text: str) -> str:
    from sync.client.lan.settings import read_address

    return str(read_address(text))


def screen_settings(folder: Path) -> QSettings:
    """Return what is set for a seat's screen."""
    return QSettings(str(folder / "screen.ini"), QSettings.Format.IniFormat)


def saved_language(settings: QSettings) -> str:
    """Return the language last chosen at the seat, or the system's."""
    saved = str(settings.value("language", ""))
    if saved in LANGUAGES:
        return saved
    chinese = QLocale.system().language() == QLocale.Language.Chinese
    return "zh_CN" if chinese else "en"


def mode_of(qt: QApplication, options: Options) -> look.Mode:
    """Return light or dark, as asked for or as the system has it."""
    if options.theme != "auto":
        return look.Mode(options.theme)
    dark = qt.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return look.Mode.DARK if dark else look.Mode.LIGHT
