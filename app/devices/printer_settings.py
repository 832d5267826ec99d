"""Where a seat's receipts come out: `printer.ini` in its data folder.

Its section `[printer]` names a printer, `at = 10.0.4.20:9100`, or a folder where each receipt
becomes a PDF file, `folder = receipts` (in the data folder, unless it is a whole path). With it
go `paper_mm` (58 or 80), `encoding` (gb18030, cp437, cp850, cp858, cp1252), `tells_state` (no for
a printer that never answers) and `language` (zh_CN or en, for those whose own isn't known).
`files` is the folder where files go that people take along, such as a saved statement.
"""

from __future__ import annotations

import configparser
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.devices.escpos import ENCODINGS, Paper
from app.domain.receipt_words import WORDS, Language

FILE_NAME: Final = "printer.ini"
PORT: Final = 9100

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """How a seat prints; with neither host nor folder it doesn't.

    Attributes:
        host, port: of a printer on the network; '' for none.
        folder: for PDF files, None for none.
        files: for what people take along, None for the usual one.
    """

    host: str = ""
    port: int = PORT
    folder: Path | None = None
    paper: Paper = field(default_factory=Paper)
    tells_state: bool = True
    language: Language = "zh_CN"
    files: Path | None = None


def read_printer_settings(seat_folder: Path) -> PrinterSettings:
    """Read the seat's file.

    One that can't be read is passed over as a whole, and logged: a typing mistake must keep no
    counter from opening.
    """
    try:
        return load_printer_settings(seat_folder)
    except (OSError, ValueError) as error:
        _log.warning("%s can't be read, so nothing is printed: %s", FILE_NAME, error)
        return PrinterSettings()


def load_printer_settings(seat_folder: Path) -> PrinterSettings:
    """Read the seat's file, which need not be there.

    Raises:
        OSError, ValueError: it can't be read.
    """
    parser = configparser.ConfigParser(inline_comment_prefixes=(";", "#"), interpolation=None)
    try:
        parser.read(seat_folder / FILE_NAME, encoding="utf-8")
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    if not parser.has_section("printer"):
        return PrinterSettings()
    return _settings(parser["printer"], seat_folder)


def _settings(section: configparser.SectionProxy, seat_folder: Path) -> PrinterSettings:
    """Raises ValueError."""
    plain = PrinterSettings()
    host, port = _address(section.get("at", ""))
    folder, files = section.get("folder", ""), section.get("files", "")
    return PrinterSettings(
        host=host,
        port=port,
        folder=seat_folder / folder if folder else None,
        paper=_paper(section),
        tells_state=section.getboolean("tells_state", plain.tells_state),
        language=_language(section.get("language", plain.language)),
        files=seat_folder / files if files else None,
    )


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.strip().rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = text.strip(), ""
    number = int(port) if port else PORT
    if not 0 < number <= 65_535 or any(letter.isspace() for letter in host):
        raise ValueError(f"{text!r} is no address")
    return host.strip("[]"), number


def _paper(section: configparser.SectionProxy) -> Paper:
    encoding = section.get("encoding", Paper().encoding).lower()
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding {encoding!r} is none of {', '.join(ENCODINGS)}")
    for width in (58, 80):
        if section.getint("paper_mm", Paper().width_mm) == width:
            return Paper(width, encoding)
    raise ValueError("paper_mm is 58 or 80")


def _language(text: str) -> Language:
    for language in WORDS:
        if text == language:
            return language
    raise ValueError(f"language {text!r} is none of {', '.join(WORDS)}")
