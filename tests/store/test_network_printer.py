"""A printer on the network, with and without paper, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.devices import network_printer
from app.devices.escpos import Paper
from app.devices.network_printer import NetworkPrinter
from app.devices.printer_settings import PrinterSettings, printer_settings
from app.domain.errors import Unavailable
from app.domain.receipt import Line, Receipt
from app.ports.printer import MayHavePrinted
from app.settings.in_force import read_settings
from tests.fakes.printers import SocketPrinter, readable

RECEIPT = Receipt("x", (Line("积分入账"), *(Line("一行") for _ in range(30))))


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[SocketPrinter]:
    monkeypatch.setattr(network_printer, "_STATUS_S", 0.2)
    monkeypatch.setattr(network_printer, "_LOOKS", 3)
    device = SocketPrinter()
    yield device
    device.close()


def at(device: SocketPrinter, *, tells_state: bool = True) -> NetworkPrinter:
    return NetworkPrinter("127.0.0.1", device.port, Paper(), tells_state=tells_state)


def test_what_is_printed_is_out(device: SocketPrinter) -> None:
    at(device).print(RECEIPT)
    (paper,) = device.papers
    assert "积分入账" in readable(paper)
    assert paper.endswith(b"\x1dVB\x00")


def test_without_paper_nothing_is_sent_that_could_come_out_later(device: SocketPrinter) -> None:
    device.has_paper = False
    with pytest.raises(Unavailable) as refused:
        at(device).print(RECEIPT)
    assert refused.value.code == "printer_paper"
    device.reload()
    at(device).print(Receipt("y", (Line("下一位"),)))
    assert len(device.papers) == 1
    assert "积分入账" not in readable(device.papers[0])


def test_an_open_cover_is_told_apart(device: SocketPrinter) -> None:
    device.is_open = True
    with pytest.raises(Unavailable) as refused:
        at(device).print(RECEIPT)
    assert refused.value.code == "printer_cover"


def test_paper_that_ends_halfway_leaves_a_doubt_and_no_rest(device: SocketPrinter) -> None:
    device.runs_out_after = 40
    with pytest.raises(MayHavePrinted) as stopped:
        at(device).print(RECEIPT)
    assert stopped.value.code == "printer_paper"
    device.reload()
    at(device).print(Receipt("y", (Line("下一位"),)))
    (paper,) = device.papers
    assert "下一位" in readable(paper)
    assert "一行" not in readable(paper), "the rest must not come out into the next hands"


def test_nobody_there(device: SocketPrinter) -> None:
    device.close()
    with pytest.raises(Unavailable) as refused:
        at(device).print(RECEIPT)
    assert refused.value.code in ("printer_unreachable", "printer_silent")


def test_one_that_answers_nothing_is_not_believed(device: SocketPrinter) -> None:
    device.silent = True
    with pytest.raises(Unavailable) as refused:
        at(device).print(RECEIPT)
    assert refused.value.code == "printer_silent"
    assert device.papers == []


def test_one_that_never_tells_its_state_can_be_set_up(device: SocketPrinter) -> None:
    device.silent = True
    at(device, tells_state=False).print(RECEIPT)
    assert device.came_out.wait(5)
    assert "积分入账" in readable(device.papers[0])


def settings(folder: Path, text: str) -> PrinterSettings:
    (folder / "printer.ini").write_text("[printer]\n" + text, "utf-8")
    return printing(folder)


def printing(folder: Path) -> PrinterSettings:
    return printer_settings(read_settings({"data_folder": folder}).values)


def test_settings(tmp_path: Path) -> None:
    assert printing(tmp_path) == PrinterSettings()
    told = settings(tmp_path, "at = 10.0.4.20\npaper_mm = 58\nencoding = CP1252\nlanguage = en\n")
    assert (told.host, told.port, told.paper) == ("10.0.4.20", 9100, Paper(58, "cp1252"))
    assert told.language == "en"
    assert settings(tmp_path, "at = [fe80::1]:9101\n").host == "fe80::1"
    assert settings(tmp_path, "at = fe80::1\n").host == "fe80::1"
    assert settings(tmp_path, "at = p:9101\ntells_state = no").tells_state is False
    assert settings(tmp_path, "folder = slips\n").folder == tmp_path / "slips"
    assert settings(tmp_path, "folder = /srv/slips\n").folder == Path("/srv/slips")


@pytest.mark.parametrize(
    "wrong",
    ["paper_mm = 57", "encoding = gbk", "at = p:x", "at = p:99999", "language = fr", "at = a b"],
)
def test_a_typing_mistake_keeps_no_counter_from_opening(tmp_path: Path, wrong: str) -> None:
    assert settings(tmp_path, f"at = 10.0.4.20\n{wrong}\n") == PrinterSettings()
    (mistake,) = read_settings({"data_folder": tmp_path}).problems
    assert mistake.place == str(tmp_path / "printer.ini")
