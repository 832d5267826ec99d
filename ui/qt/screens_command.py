"""The command `guichet screens`: which screens this PC has, and which one is the customer's."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import Unavailable

if TYPE_CHECKING:
    from ui.qt.customer_screen import ScreenFacts


def main(arguments: Sequence[str], data_folder: Path) -> int:
    """Run `guichet screens …`; returns the exit code. Nothing is remembered of what it sees."""
    parser = argparse.ArgumentParser(
        prog="guichet screens",
        description="Tell which screens this PC has, by what the setting panel_screen takes.",
    )
    parser.add_argument("--data-folder", type=Path, default=data_folder, metavar="FOLDER")
    parser.add_argument("--json", action="store_true", help="for scripts")
    options = parser.parse_args(arguments)
    from PySide6.QtCore import QSettings
    from PySide6.QtGui import QGuiApplication

    from ui.qt.customer_screen import seen

    _application = QGuiApplication(["guichet"])
    settings = QSettings(str(options.data_folder / "screen.ini"), QSettings.Format.IniFormat)
    screens, customer, is_missed = seen(settings, _wish(options.data_folder))
    told = [_told(each, is_customer=each is customer) for each in screens]
    if options.json:
        print(json.dumps({"screens": told, "is_missed": is_missed}))
        return 0
    for number, each in enumerate(told):
        whose = "the customer's" if each["is_customer"] else ""
        size = f"{each['width']} × {each['height']}"
        parts = (number, each["connector"], each["model"], each["serial"], size, whose)
        print("  ".join(str(part) for part in parts if part != ""))
    if is_missed:
        print("The customer's screen is missing.")
    return 0


def _wish(folder: Path) -> str:
    from app.settings.in_force import read_settings

    try:
        return read_settings({"data_folder": folder}).values.panel_screen
    except Unavailable:
        return ""


def _told(screen: ScreenFacts, *, is_customer: bool) -> dict[str, object]:
    return {
        "connector": screen.name,
        "model": screen.model,
        "serial": screen.serial,
        "width": screen.area.width(),
        "height": screen.area.height(),
        "is_customer": is_customer,
    }
