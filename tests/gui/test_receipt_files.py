"""Receipts as PDF files."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.devices.escpos import Paper
from app.devices.network_printer import NetworkPrinter
from app.devices.printer_settings import PrinterSettings
from app.domain.errors import Unavailable
from app.domain.receipt import Receipt
from app.domain.slips import RedemptionSlip
from tests.unit.test_receipts import CODE, VOUCHER, around, slip
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


def test_a_signed_slip_is_one_file_with_both_parts(qapp: QApplication, tmp_path: Path) -> None:
    signed = RedemptionSlip("休息室一次", "Lounge visit", VOUCHER, is_signed=True)
    for name, made in (("one", slip()), ("two", signed.receipt(around(), CODE))):
        PdfPrinter(tmp_path / name, 80).print(made)
    (one,), (two,) = ((tmp_path / name).iterdir() for name in ("one", "two"))
    assert two.read_bytes().count(b"/Type /Page\n") == 1
    assert _height(two) > 1.3 * _height(one)


def _height(file: Path) -> float:
    found = re.search(rb"/MediaBox \[0 0 [\d.]+ ([\d.]+)", file.read_bytes())
    assert found is not None
    return float(found[1])


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
