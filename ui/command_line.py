"""The program's command line, and what of a seat's settings needs Qt to be understood."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QLocale, QSettings, Qt
from PySide6.QtWidgets import QApplication

from app.domain.lean import dataclass
from app.domain.program import program_version
from app.settings.in_force import Settings, read_settings
from app.settings.places import default_data_folder
from app.settings.schema import SETTINGS, SeatSettings
from ui.qt.keypad import NO_KEYPAD, can_read
from ui.qt.language import LANGUAGES
from ui.screens import look

COMMANDS: Final = {
    "doctor": "find what is wrong with this PC, and say what to do",
    "enrol": "make this PC a seat by the token of its settings",
    "leave": "prepare this PC for the program's removal",
    "rescue": "take along what this PC recorded, and make room for another set-up",
    "screens": "list this PC's screens",
    "settings": "show what is set for this PC, and who says it",
    "updates": "fetch new versions, and show what waits",
}
"""What people call; the program itself calls others, too."""

_MODES: Final = ("auto", *(mode.value for mode in look.Mode))


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, which changes settings for one start; '' or None where it says nothing.

    Attributes:
        data_folder: the seat's data, on a disk of this PC.
        server: address proposed at enrolment.
        language: 'zh_CN' or 'en'.
        theme: 'light', 'dark', or 'auto' for the system's.
        panel_screen: which screen the customer sees: its number, connector or serial number, or
            'none' for none.
        windowed: an ordinary window instead of the whole screen.
        take_over: with one screen, the customer answers on the clerk's; else signs a slip.
        keypad: device file of the customer's keypad.
        lan: 'auto', 'listed' or 'off'.
        peers: neighbours on the office's network, besides those found.
        check: open the seat, show the first screen, record nothing, write the version here, end.
    """

    data_folder: Path | None = None
    server: str = ""
    language: str = ""
    theme: str = ""
    panel_screen: str = ""
    windowed: bool = False
    take_over: bool = False
    keypad: str = ""
    lan: str = ""
    peers: tuple[str, ...] = ()
    check: Path | None = None

    def settings(self) -> Settings:
        """Read what is in force, this start's own words among it.

        Raises:
            Unavailable: policy_broken.
        """
        told = {
            "data_folder": self.data_folder,
            "server": self.server,
            "language": self.language,
            "theme": self.theme,
            "panel_screen": self.panel_screen,
            "take_over": self.take_over,
            "keypad": self.keypad,
            "lan_mode": self.lan,
            "lan_peers": self.peers,
        }
        return read_settings({name: value for name, value in told.items() if value})


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; exits with a usage message where it can't be read."""
    width = max(map(len, COMMANDS))
    parser = argparse.ArgumentParser(
        prog="guichet",
        description="Guichet at a counter or a desk.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands (`guichet COMMAND --help` says more):\n"
        + "\n".join(f"  {name:{width}}  {what}" for name, what in COMMANDS.items()),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"%(prog)s {program_version()}",
        help="show the program's version, and end",
    )
    parser.add_argument(
        "--data-folder",
        type=partial(_as_set, "data_folder"),
        metavar="FOLDER",
        help="where this seat keeps its data, on a disk of this PC"
        f" (setting: data_folder; default: {default_data_folder()})",
    )
    parser.add_argument(
        "--server",
        type=partial(_as_set, "server"),
        default="",
        help="address of the central server, proposed when the PC is set up (setting: server)",
    )
    parser.add_argument(
        "--language", choices=LANGUAGES, default="", help="of the screens (default: as last chosen)"
    )
    parser.add_argument(
        "--theme", choices=_MODES, default="", help="light or dark (default: the system's)"
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


def _as_set(name: str, text: str) -> Any:
    """Read an option as the setting of that name."""
    try:
        return SETTINGS[name].kind.of_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _peer(text: str) -> str:
    from sync.client.lan.settings import read_address

    return str(read_address(text))


def screen_memory(folder: Path) -> QSettings:
    """Return what a seat's screens remember, beside what is set for them in the same file."""
    return QSettings(str(folder / "screen.ini"), QSettings.Format.IniFormat)


def language_of(told: SeatSettings) -> str:
    """Return the language that is set, or the system's."""
    if told.language in LANGUAGES:
        return told.language
    chinese = QLocale.system().language() == QLocale.Language.Chinese
    return "zh_CN" if chinese else "en"


def mode_of(qt: QApplication, told: SeatSettings) -> look.Mode:
    """Return light or dark, as it is set or as the system has it."""
    if told.theme != "auto":
        return look.Mode(told.theme)
    dark = qt.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return look.Mode.DARK if dark else look.Mode.LIGHT
