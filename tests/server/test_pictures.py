"""What panels show: put in by the operator, told to seats, handed out to those it is for."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from app.domain.errors import Rejected
from app.domain.pictures import MOST_PICTURES, Picture
from sync.server.picture_files import CleanPicture
from sync.server.pictures import pictures, put_picture, remove_picture
from sync.server.problems import ProblemError
from sync.server.programme import add_office
from sync.server.store import tables as t
from sync.server.store.engine import reading
from tests.server.books import rows
from tests.server.conftest import Programme
from tests.server.operators import Operator
from tests.server.seats import Seat
from tests.unit.test_picture_files import made as picture_of


def put(programme: Programme, content: bytes, place: str = "", office_id: object = None) -> Picture:
    with programme.work() as work:
        clean = CleanPicture(content, "png", 1, 1)
        return put_picture(work, place, office_id, clean)  # type: ignore[arg-type]


def fetched(programme: Programme, seat: Seat, picture: Picture) -> bytes:
    server = programme.server
    pieces = [
        server.picture_piece(seat.device_id, picture.digest, number).piece
        for number in range(picture.pieces)
    ]
    return b"".join(pieces)


def code(programme: Programme, seat: Seat, digest: str, number: int = 0) -> str:
    with pytest.raises(ProblemError) as refusal:
        programme.server.picture_piece(seat.device_id, digest, number)
    return refusal.value.problem.code


def told(seat: Seat) -> dict[str, Picture]:
    found = [r for r in seat.pull().records if r.kind == "picture"]
    return {r.id: msgspec.json.decode(bytes(r.body), type=Picture) for r in found}


def test_it_is_told_to_all_and_handed_out_piece_by_piece(programme: Programme) -> None:
    seat = programme.seat()
    content = bytes(range(256)) * 1_200  # three pieces
    picture = put(programme, content)
    assert told(seat) == {"panel all": picture}
    assert picture.pieces == 3
    assert fetched(programme, seat, picture) == content
    assert code(programme, seat, picture.digest, 3) == "not_found"
    assert code(programme, seat, "0" * 64) == "not_found"


def test_one_is_for_its_office_and_its_clerks_alone(programme: Programme) -> None:
    seat = programme.seat()
    with programme.work() as work:
        other = add_office(work, code="SHA", name="上海", time_zone="Asia/Shanghai")
    elsewhere = put(programme, b"of Shanghai", office_id=other)
    here = put(programme, b"of Beijing", office_id=seat_office(programme, seat))
    clerk = put(programme, b"of a clerk", place=str(seat.staff_id))
    assert code(programme, seat, elsewhere.digest) == "not_found"
    assert fetched(programme, seat, here) == b"of Beijing"
    assert fetched(programme, seat, clerk) == b"of a clerk"
    # the same pixels shown here, too, are no secret any more
    put(programme, b"of Shanghai")
    assert fetched(programme, seat, elsewhere) == b"of Shanghai"


def seat_office(programme: Programme, seat: Seat) -> object:
    (row,) = rows(programme, t.device, device_id=seat.device_id)
    return row.office_id


def test_another_takes_its_place_and_nothing_unused_stays(programme: Programme) -> None:
    seat = programme.seat()
    first = put(programme, b"first")
    put(programme, b"first", place=str(seat.staff_id))
    second = put(programme, b"second")
    assert fetched(programme, seat, first) == b"first", "the clerk's still"
    with programme.work() as work:
        remove_picture(work, str(seat.staff_id), None)
    assert code(programme, seat, first.digest) == "not_found"
    assert [row.digest for row in rows(programme, t.picture_content)] == [second.digest]
    assert told(seat)[f"staff {seat.staff_id}"].digest == ""
    with pytest.raises(Rejected, match="no picture"), programme.work() as work:
        remove_picture(work, str(seat.staff_id), None)
    with reading(programme.server.engine) as connection:
        assert [
            (row.key, number) for row, number in pictures(connection, programme.programme_id)
        ] == [("panel all", None)]


def test_there_is_an_end_of_them(programme: Programme) -> None:
    with programme.work() as work:
        for n in range(MOST_PICTURES):
            row = (f"staff {n}", str(n), None, "d", 1, 1, 1, 0)
            work.replace_rows(t.picture, [row])
    with pytest.raises(Rejected, match="500"):
        put(programme, b"one more")


def test_an_operator_puts_them_in_and_takes_them_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = Operator(tmp_path / "data", capsys)
    operator.says("staff", "add", "1001", "王芳", "--office", "PEK", "--pin", "1234")
    hall, face = tmp_path / "hall.jpg", tmp_path / "face.png"
    hall.write_bytes(picture_of("JPEG"))
    face.write_bytes(picture_of())
    assert operator.says("picture", "add", str(hall)).startswith(
        "Panels of all offices: 40 x 20, 1 KiB, "
    )
    operator.says("picture", "add", str(hall), "--office", "PEK")
    operator.says("picture", "add", str(face), "--staff", "1001")
    listed = [line.split("\t")[:3] for line in operator.says("picture", "list").splitlines()]
    assert sorted(listed[1:]) == [
        ["panels of PEK", "40 x 20", "1"],
        ["panels of all offices", "40 x 20", "1"],
        ["staff 1001", "40 x 20", "1"],
    ]
    hall.write_bytes(b"GIF89a")
    assert "none of PNG, JPEG and WebP" in operator.refuses("picture", "add", str(hall))
    assert "no staff number" in operator.refuses("picture", "add", str(face), "--staff", "7")
    assert "no office" in operator.refuses("picture", "remove", "--office", "XXX")
    operator.says("picture", "remove", "--staff", "1001")
    assert "staff" not in operator.says("picture", "list")
    operator.says("audit")
