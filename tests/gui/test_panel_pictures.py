"""The office's picture and whom one rates: shown where they belong, and read within bounds."""

from __future__ import annotations

import logging
import struct
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from sync.server.picture_files import clean_picture
from tests.fakes.core import FakeCore
from tests.gui.legibility import crowded_targets, cut_texts
from tests.gui.panel_states import panel_states
from ui.qt import pictures
from ui.qt.pictures import MAX_BYTES, decode_picture, read_picture
from ui.screens import look
from ui.screens.rating_panel_pages import QuietPage
from ui.screens.rating_panel_pictures import PanelPictures

ROOM = QSize(400, 300)


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> None:
    look.apply(qapp, "light", language="en")


def made(path: Path, *, size: tuple[int, int] = (800, 200)) -> Path:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    assert image.save(str(path))
    return path


def png_that_says(width: int, height: int) -> bytes:
    """A PNG's head with a size of its own telling, and no pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        check = struct.pack(">I", zlib.crc32(kind + body))
        parts += [struct.pack(">I", len(body)), kind, body, check]
    return b"".join(parts)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.jpeg"])
def test_it_is_read_no_larger_than_it_is_shown(tmp_path: Path, name: str) -> None:
    image = read_picture(made(tmp_path / name), ROOM)
    assert image is not None
    assert (image.width(), image.height()) == (400, 100)
    small = read_picture(made(tmp_path / name, size=(40, 30)), ROOM)
    assert small is not None
    assert small.width() == 40


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        b"GIF89a" + bytes(40),
        png_that_says(60_000, 60_000),
        png_that_says(1 << 30, 1),
        png_that_says(0, 0),
        bytes(MAX_BYTES + 1),
    ],
    ids=["empty", "head", "svg", "gif", "vast", "wide", "nothing", "heavy"],
)
@pytest.mark.no_qt_log
def test_what_is_no_picture_or_too_much_of_one_is_left_out(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert read_picture(path, ROOM) is None
    assert "is not shown" in caplog.text


def test_what_isnt_there_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shown = PanelPictures(tmp_path / "none.png")
    with caplog.at_level(logging.WARNING):
        assert shown.office() is None
        assert shown.office() is None
    assert caplog.text.count("is not shown") == 1


@pytest.mark.parametrize("number", ["../1001", "/etc/x", "a/b", "", "1" * 40, "1001\0", "１００１"])
def test_a_number_that_is_a_path_finds_nobody(
    tmp_path: Path, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "read_picture", lambda *_: pytest.fail("something was read"))
    made(tmp_path / "1001.png")
    (tmp_path / "photos").mkdir()
    assert PanelPictures(None, tmp_path / "photos").photo(number) is None


def test_each_clerk_has_their_own(tmp_path: Path) -> None:
    made(tmp_path / "1001.png", size=(10, 10))
    made(tmp_path / "1002.jpg", size=(20, 10))
    shown = PanelPictures(None, tmp_path)
    first, second = shown.photo("1001"), shown.photo("1002")
    assert first is not None
    assert second is not None
    assert (first.width(), second.width()) == (10, 20)
    assert shown.photo("1003") is None


def test_pictures_stand_where_they_belong_and_push_nothing_out(
    qtbot: QtBot, tmp_path: Path
) -> None:
    assert b"jpeg" in [each.data() for each in QImageWriter.supportedImageFormats()]
    office = made(tmp_path / "office.jpg", size=(1600, 900))
    made(tmp_path / "1001.png", size=(300, 400))
    shown = PanelPictures(office, tmp_path)
    seen: dict[str, tuple[bool, bool, bool]] = {}
    for name, window in panel_states("en", 800, 480, pictures=shown):
        for _ in range(6):
            QApplication.processEvents()
        quiet = window._pages[window._panel.page]
        standing = [getattr(quiet, each, None) for each in ("picture", "photo")]
        large = [each is not None and each.isVisible() for each in standing]
        seen[name] = (large[0], large[1], window.photo.isVisible())
        assert cut_texts(window) + crowded_targets(window) == [], name
    assert seen["idle"] == seen["thanks"] == (True, False, False)
    assert seen["serving"] == (False, True, False)
    for name in ("confirm", "rating", "good", "low"):
        assert seen[name] == (False, False, True), name
    assert seen["outcome"] == seen["booking"] == (False, False, False)


def test_what_the_server_gave_comes_before_the_pcs_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    core = FakeCore()
    own = made(tmp_path / "office.png", size=(30, 10))
    made(tmp_path / "1001.png", size=(10, 10))
    shown = PanelPictures(own, tmp_path, told=core.queries)
    assert widths(shown) == (30, 10)
    core.panel_picture = made(tmp_path / "a.png", size=(60, 10)).read_bytes()
    core.staff_photos["1001"] = made(tmp_path / "b.jpg", size=(20, 10)).read_bytes()
    assert widths(shown) == (30, 10), "nothing is read again unasked"
    shown.forget()
    assert widths(shown) == (60, 20)
    core.panel_picture = b"no picture"
    core.staff_photos.clear()
    shown.forget()
    with caplog.at_level(logging.WARNING):
        assert widths(shown) == (30, 10)
    assert "of the office is not shown" in caplog.text


def widths(shown: PanelPictures) -> tuple[int, int]:
    office, photo = shown.office(), shown.photo("1001")
    assert office is not None
    assert photo is not None
    return office.width(), photo.width()


@pytest.mark.parametrize(("name", "off"), [("a.png", 0), ("a.jpg", 16)])
def test_what_the_server_makes_of_a_picture_looks_the_same(
    tmp_path: Path, name: str, off: int
) -> None:
    image = QImage(70, 30, QImage.Format.Format_ARGB32)
    for x in range(70):
        for y in range(30):
            image.setPixelColor(x, y, QColor(x * 3, y * 8, 90, 255 - x))
    assert image.save(str(tmp_path / name))
    data = (tmp_path / name).read_bytes()
    clean = clean_picture(data, most_pixels=10_000, most_bytes=100_000)
    before, after = (decode_picture(each, ROOM, "") for each in (data, clean.content))
    assert before is not None
    assert after is not None
    assert before.size() == after.size()
    for x, y in ((0, 0), (35, 15), (69, 29), (69, 0)):
        one, other = before.pixelColor(x, y), after.pixelColor(x, y)
        for part in ("red", "green", "blue", "alpha"):
            assert abs(getattr(one, part)() - getattr(other, part)()) <= off


def test_one_that_arrives_is_shown_at_once(qtbot: QtBot, tmp_path: Path) -> None:
    core = FakeCore()
    core.sign_in()
    shown = PanelPictures(told=core.queries)
    states = panel_states("en", 800, 480, pictures=shown)
    _, window = next(states)
    page = window.current_page()
    assert isinstance(page, QuietPage)
    assert not page.picture.isVisible()
    core.panel_picture = made(tmp_path / "a.png", size=(60, 10)).read_bytes()
    shown.forget()
    window._panel.changed.emit()
    assert page.picture.isVisible()
