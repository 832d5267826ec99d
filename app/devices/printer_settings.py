"""Where a seat's receipts come out, by what is set for it (`printer_…` in `app.settings`).

A printer on the network, or a folder where each receipt becomes a PDF file (in the data folder,
unless it is a whole path); with neither nothing is printed.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Final, Literal

from app.devices.escpos import Paper
from app.domain.lean import dataclass
from app.domain.receipt_words import WORDS, Language
from app.settings.kinds import host_and_port
from app.settings.schema import SeatSettings

PORT: Final = 9100


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


def printer_settings(told: SeatSettings) -> PrinterSettings:
    """What is set for the seat's printer."""
    host, port = host_and_port(told.printer_at, PORT)
    seat_folder, folder, files = told.data_folder, told.printer_folder, told.files_folder
    width: Literal[58, 80] = 58 if told.printer_paper_mm == 58 else 80
    return PrinterSettings(
        host=host.strip("[]"),
        port=port,
        folder=seat_folder / folder if folder else None,
        paper=Paper(width, told.printer_encoding),
        tells_state=told.printer_tells_state,
        language=next(each for each in WORDS if each == told.printer_language),
        files=seat_folder / files if files else None,
    )
