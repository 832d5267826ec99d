"""Files that staff take along: whole or not at all, and never over another."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.errors import GuichetError
from app.domain.slips import Around
from app.domain.statement import Sheet, StatementLine, as_csv, statement_sheet
from tests.unit.test_receipts import around
from ui.qt.exports import ExportFolder, usual_folder

NAME = "statement 2026-11-29 140312.csv"


def lines(count: int, what: str = "CA1501 2026-11-18 PEK-SHA") -> tuple[StatementLine, ...]:
    return tuple(
        StatementLine("2026-11-18", "2026-11-17", "accrual", what, "PEK", 10, 10 * n)
        for n in range(1, count + 1)
    )


def sheet(count: int, about: Around, what: str = "CA1501 2026-11-18 PEK-SHA") -> Sheet:
    return statement_sheet(
        about, first_day="2026-01-01", as_of="2026-11-29 14:03", opening_points=0,
        lines=lines(count, what), lots=((10, "2027-12-31"), (5, None)),
    )  # fmt: skip


def refused(save: Callable[[], object]) -> GuichetError:
    with pytest.raises(GuichetError) as caught:
        save()
    return caught.value


def test_a_spreadsheet_reads_it_with_its_characters(tmp_path: Path) -> None:
    text = as_csv(lines(2, "升舱"))
    file = ExportFolder(tmp_path / "new" / "folder").save_text(NAME, text)
    assert Path(file).stat().st_mode & 0o077 == 0, "it is for who took it along alone"
    assert Path(file).read_bytes() == b"\xef\xbb\xbf" + text.encode()
    assert [each.name for each in Path(file).parent.iterdir()] == [NAME]


def test_what_is_made_already_is_for_who_took_it_along_alone(tmp_path: Path) -> None:
    file = Path(ExportFolder(tmp_path).save_document("figures.pdf", b"%PDF-1.4"))
    assert file.read_bytes() == b"%PDF-1.4"
    assert file.stat().st_mode & 0o777 == 0o600
    refusal = refused(lambda: ExportFolder(tmp_path).save_document("figures.pdf", b"x"))
    assert refusal.code == "export_exists"


def test_what_a_counter_wrote_is_no_formula() -> None:
    for what in ("=1+1", "+1", "-1", "@x", "\tx"):
        assert as_csv(lines(1, what)).splitlines()[1].split(",")[3].strip('"') == f"'{what}"


def test_a_file_of_that_name_stays_as_it_is(tmp_path: Path) -> None:
    folder = ExportFolder(tmp_path)
    folder.save_text(NAME, "first")
    problem = refused(lambda: folder.save_text(NAME, "second"))
    assert (problem.code, problem.detail) == ("export_exists", {"file": NAME})
    assert (tmp_path / NAME).read_text("utf-8-sig") == "first"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, "no room")

    monkeypatch.setattr(os, "fsync", full)
    problem = refused(lambda: ExportFolder(tmp_path).save_text(NAME, "x" * 9_000))
    assert (problem.code, problem.detail) == ("export_full", {"folder": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_rights_and_one_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    problem = refused(lambda: ExportFolder(tmp_path / "file").save_text(NAME, "x"))
    assert problem.code == "export_failed"

    def denied(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "open", denied)
    problem = refused(lambda: ExportFolder(tmp_path).save_text(NAME, "x"))
    assert (problem.code, problem.detail) == ("export_denied", {"folder": str(tmp_path)})
    monkeypatch.setattr(Path, "mkdir", denied)
    assert refused(lambda: ExportFolder(tmp_path).save_text(NAME, "x")).code == "export_denied"


def test_a_medium_that_is_read_only_denies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(Path, "open", read_only)
    assert refused(lambda: ExportFolder(tmp_path).save_text(NAME, "x")).code == "export_denied"


def test_a_long_statement_is_as_many_pages_as_it_takes_on_any_thread(
    qapp: QApplication, tmp_path: Path
) -> None:
    saved: list[str] = []
    for name, count in (("short", 3), ("long", 200)):
        document = sheet(count, around())
        worker = threading.Thread(
            target=lambda name=name, document=document: saved.append(
                ExportFolder(tmp_path).save_sheet(f"{name}.pdf", document)
            )
        )
        worker.start()
        worker.join()
    short, long = (Path(file).read_bytes() for file in saved)
    for content in (short, long):
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")
    assert short.count(b"/Type /Page\n") == 1
    assert 3 <= long.count(b"/Type /Page\n") <= 12


def test_names_are_no_markup(qapp: QApplication, tmp_path: Path) -> None:
    document = sheet(1, around("en"), "<img src='x'>" + "&lt;" * 20)
    file = ExportFolder(tmp_path).save_sheet("x.pdf", document)
    assert b"/Subtype /Image" not in Path(file).read_bytes()


def test_nothing_booked_is_a_statement_too() -> None:
    empty = statement_sheet(
        around("en"), first_day="", as_of="now", opening_points=7, lines=(), lots=()
    )
    assert empty.rows == (("", "Balance before", "", "", "7"),)
    assert ("Balance", "7") in empty.heads


def test_the_usual_folder_is_among_the_documents(qapp: QApplication) -> None:
    assert usual_folder().name == "Guichet"
    assert usual_folder().is_absolute()
