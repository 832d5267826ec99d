"""Receipts as PDF files."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.devices.escpos import Paper
from app.devices.network_printer import NetworkPrinter
from app.devices.printer_settings import PrinterSettings
from app.domain.errors import Unavailable
from app.domain.receipt import Receipt
from tests.unit.test_receipts import CODE, slip
from ui.qt.printers import PdfPrinter, make_printer


def test_a_seat_prints_with_what_it_was_set_up_with(tmp_path: Path) -> None:
    assert make_printer(PrinterSettings()) is None
    assert isinstance(make_printer(PrinterSettings(host="p")), NetworkPrinter)
    assert isinstance(make_printer(PrinterSettings(folder=tmp_path)), PdfPrinter)


def test_a_receipt_becomes_a_file_on_any_thread(qapp: QApplication, tmp_path: Path) -> None:
    folder = tmp_path / "slips" / "today"
    printer = PdfPrinter(folder, 58)
    worker = threading.Thread(target=printer.print, args=(slip(),))
    worker.start()
    worker.join()
    (file,) = folder.iterdir()
    assert file.name.endswith("redemption-AAAA-AAFB.pdf")
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert content.count(b"/Type /Page\n") == 1


def test_no_half_file_is_left_where_there_is_no_room(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "slips").write_text("not a folder")
    with pytest.raises(Unavailable) as refused:
        PdfPrinter(tmp_path / "slips", 80).print(slip())
    assert refused.value.code == "printer_folder"


def test_names_of_files_hold_no_paths(qapp: QApplication, tmp_path: Path) -> None:
    PdfPrinter(tmp_path, 80).print(Receipt("matter ../../PEK-3/7", slip(code=CODE).blocks))
    (file,) = tmp_path.iterdir()
    assert file.name.endswith(" matter-PEK-3-7.pdf")
    assert Paper().width_mm == 80
