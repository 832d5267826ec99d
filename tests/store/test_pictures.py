"""The panel's pictures on the disk: whole and as promised, or not there; encrypted; bounded."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.pictures import MOST_BYTES, PIECE_BYTES, Picture
from app.domain.records import Staff
from app.store import pictures
from app.store.pictures import NAME, SqlPictures

OFFICE, OTHER = UUID(int=1), UUID(int=2)
KEY = bytes(range(32))
ANNE = Staff(UUID(int=5), "1001", "Anne", ("clerk",), OFFICE, "", "", True)
BO = Staff(UUID(int=6), "2001", "Bo", ("clerk",), OTHER, "", "", True)
BOSS = Staff(UUID(int=7), "9001", "Boss", ("administrator",), OTHER, "", "", True)
LARGE = os.urandom(2 * PIECE_BYTES + 5)


class Records:
    """What the server told."""

    def __init__(self) -> None:
        self.told: list[Picture] = []

    def pictures(self) -> list[Picture]:
        return self.told

    def all_staff(self) -> list[Staff]:
        return [ANNE, BO, BOSS]

    def staff_by_number(self, number: str) -> Staff | None:
        return next((each for each in self.all_staff() if each.number == number), None)


class Shelf:
    """A seat's pictures and what it was told of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.records = folder, Records()
        self.office: UUID | None = OFFICE
        self.store = self.opened()

    def opened(self) -> SqlPictures:
        records: Any = self.records
        self.store = SqlPictures(self.folder, KEY, records, lambda: self.office)
        return self.store

    def tell(self, content: bytes, place: str = "", office_id: UUID | None = None) -> Picture:
        digest = hashlib.sha256(content).hexdigest()
        picture = Picture(place, office_id, digest, len(content))
        kept = [each for each in self.records.told if each.key != picture.key]
        self.records.told = [*kept, picture]
        return picture

    def fetch(self, picture: Picture, content: bytes) -> list[bool]:
        return [
            self.store.keep_piece(picture, n, content[n * PIECE_BYTES : (n + 1) * PIECE_BYTES])
            for n in range(self.store.pieces(picture.digest), picture.pieces)
        ]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_it_is_there_once_it_is_whole_also_after_a_restart(shelf: Shelf) -> None:
    picture = shelf.tell(LARGE)
    assert shelf.store.wanted() == [picture]
    shelf.store.keep_piece(picture, 0, LARGE[:PIECE_BYTES])
    assert shelf.store.panel_picture() is None
    shelf.store.close()
    shelf.opened()
    assert shelf.store.pieces(picture.digest) == 1
    assert shelf.fetch(picture, LARGE) == [False, True]
    assert shelf.store.wanted() == []
    shelf.store.close()
    assert shelf.opened().panel_picture() == LARGE
    assert LARGE[:64] not in (shelf.folder / NAME).read_bytes()


def test_the_offices_own_comes_before_everybodys_and_a_clerks_photo_is_by_number(
    shelf: Shelf,
) -> None:
    for content, place, office_id in (
        (b"all", "", None),
        (b"here", "", OFFICE),
        (b"there", "", OTHER),
        (b"anne", str(ANNE.staff_id), None),
        (b"bo", str(BO.staff_id), None),
        (b"boss", str(BOSS.staff_id), None),
    ):
        shelf.tell(content, place, office_id)
    for picture in shelf.store.wanted():
        content = next(
            c
            for c in (b"all", b"here", b"there", b"anne", b"bo", b"boss")
            if hashlib.sha256(c).hexdigest() == picture.digest
        )
        shelf.fetch(picture, content)
    assert shelf.store.panel_picture() == b"here"
    assert shelf.store.staff_photo("1001") == b"anne"
    assert shelf.store.staff_photo("2001") is None, "works elsewhere"
    assert shelf.store.staff_photo("9001") == b"boss"
    assert shelf.store.staff_photo("7") is None
    shelf.records.told = [each for each in shelf.records.told if each.office_id != OFFICE]
    assert shelf.store.panel_picture() == b"all"
    shelf.office = None  # a desk, or not enrolled
    assert (shelf.store.wanted(), shelf.store.panel_picture()) == ([], None)


def test_what_is_no_longer_shown_is_let_go(shelf: Shelf) -> None:
    first = shelf.tell(b"first")
    shelf.fetch(first, b"first")
    second = shelf.tell(b"second")
    assert shelf.store.panel_picture() is None
    assert shelf.store.wanted() == [second]
    assert shelf.store.pieces(first.digest) == 0


@pytest.mark.parametrize("wrong", [b"", b"firs", b"first!", b"fir5t"])
def test_what_is_not_as_promised_counts_as_never_begun(shelf: Shelf, wrong: bytes) -> None:
    picture = shelf.tell(b"first")
    assert not shelf.store.keep_piece(picture, 0, wrong)
    assert shelf.store.pieces(picture.digest) == 0
    assert shelf.store.wanted() == [picture]
    assert shelf.store.keep_piece(picture, 0, b"first")


def test_one_wrong_piece_among_good_ones_is_found_in_the_end(shelf: Shelf) -> None:
    picture = shelf.tell(LARGE)
    wrong = bytes(PIECE_BYTES) + LARGE[PIECE_BYTES:]
    assert shelf.fetch(picture, wrong) == [False, False, False]
    assert shelf.store.pieces(picture.digest) == 0
    assert shelf.fetch(picture, LARGE) == [False, False, True]


@pytest.mark.parametrize("damage", [b"no database", bytes(8_192), b""])
def test_a_damaged_file_is_thrown_away_and_fetched_again(shelf: Shelf, damage: bytes) -> None:
    picture = shelf.tell(b"first")
    shelf.fetch(picture, b"first")
    shelf.store.close()
    (shelf.folder / NAME).write_bytes(damage)
    store = shelf.opened()
    assert store.panel_picture() is None
    assert store.wanted() == [picture]
    assert shelf.fetch(picture, b"first") == [True]
    assert store.panel_picture() == b"first"


def test_more_than_there_is_room_for_is_not_fetched(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MOST_KEPT_BYTES", 8)
    small = shelf.tell(b"first")
    shelf.tell(b"and more", str(ANNE.staff_id))
    assert shelf.store.wanted() == [small]
    shelf.records.told = [Picture("", None, "ff", MOST_BYTES + 1), Picture("", OFFICE, "ff", 0)]
    assert shelf.store.wanted() == []


def test_closed_it_has_nothing(shelf: Shelf) -> None:
    picture = shelf.tell(b"first")
    shelf.fetch(picture, b"first")
    shelf.store.close()
    assert shelf.store.panel_picture() is None
    assert shelf.store.wanted() == []
