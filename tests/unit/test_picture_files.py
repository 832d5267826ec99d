"""Pictures from outside: plain ones come through, all else is refused, and nothing is decoded."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from sync.server.picture_files import CleanPicture, clean_picture

BASELINE = b64decode(
    "/9j/4AAQSkZJRgABAQEAZABkAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVG"
    "ZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8"
    "fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAXEAEA"
    "AwAAAAAAAAAAAAAAAAAAAwVi/8QAFAEBAAAAAAAAAAAAAAAAAAAAA//EABkRAAIDAQAAAAAAAAAAAAAAAAADAgQhUf/a"
    "AAwDAQACEQMRAD8AjhqMr4ajIDY+fQKVlmaf/9k="
)
PROGRESSIVE = b64decode(
    "/9j/4AAQSkZJRgABAQEAZABkAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVG"
    "ZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8"
    "fHx8fHx8fHx8fHx8fHx8fHx8fHz/wgARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAVAQEB"
    "AAAAAAAAAAAAAAAAAAACA//aAAwDAQACEAMQAAABjcM//8QAFhAAAwAAAAAAAAAAAAAAAAAAAAED/9oACAEBAAEFAlIU"
    "j//EABYRAQEBAAAAAAAAAAAAAAAAAAMAAv/aAAgBAwEBPwEU1f/EABYRAQEBAAAAAAAAAAAAAAAAAAIAAf/aAAgBAgEB"
    "PwFPb//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEABj8CP//EABUQAQEAAAAAAAAAAAAAAAAAAABh/9oACAEBAAE/"
    "IZpv/9oADAMBAAIAAwAAABB3/8QAFREBAQAAAAAAAAAAAAAAAAAAIQD/2gAIAQMBAT8QM3//xAAVEQEBAAAAAAAAAAAA"
    "AAAAAAAAUf/aAAgBAgEBPxCt/8QAFBABAAAAAAAAAAAAAAAAAAAAEP/aAAgBAQABPxAS/9k="
)


def chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def png(
    *more: bytes,
    width: int = 4,
    height: int = 2,
    depth: int = 8,
    colour: int = 2,
    rows: bytes | None = None,
    interlace: int = 0,
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    rows = (b"\0" + bytes(range(12))) * 2 if rows is None else rows
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def clean(data: bytes) -> CleanPicture:
    return clean_picture(data, most_pixels=1_000, most_bytes=10_000)


def why(data: bytes) -> str:
    with pytest.raises(Rejected) as refusal:
        clean(data)
    assert refusal.value.code == "bad_picture"
    return refusal.value.message


def test_a_png_keeps_its_pixels_and_nothing_else() -> None:
    written = chunk(b"tEXt", b"Author\0somebody") + chunk(b"eXIf", b"MM where it was taken")
    found = clean(png(written) + b"and what follows")
    assert (found.form, found.width, found.height) == ("png", 4, 2)
    assert found.content == clean(png()).content == clean(found.content).content
    assert b"some" not in found.content
    assert b"taken" not in found.content


@pytest.mark.parametrize("data", [BASELINE, PROGRESSIVE], ids=["baseline", "progressive"])
def test_a_jpeg_keeps_its_pixels_and_nothing_else(data: bytes) -> None:
    exif = b"Exif\0\0" + struct.pack("<2sHIHHHIHHI", b"II", 42, 8, 1, 0x0112, 3, 1, 6, 0, 0)
    camera = b"\xff\xe1" + struct.pack(">H", len(exif) + 10) + exif + b"at home."
    comment = b"\xff\xfe\x00\x08secret"
    found = clean(data[:2] + camera + comment + data[2:] + b"<script>")
    assert (found.form, found.width, found.height) == ("jpeg", 16, 8)
    for gone in (b"JFIF", b"home", b"secret", b"script"):
        assert gone not in found.content
    assert found.content == clean(found.content).content, "the way up is kept"
    plain = clean(data)
    assert found.content[2:38].startswith(b"\xff\xe1")
    assert found.content[38:] == plain.content[2:]
    assert plain.content[2:4] == b"\xff\xdb"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither PNG nor JPEG"),
        (b"GIF89a" + bytes(40), "neither PNG nor JPEG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "neither PNG nor JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither PNG nor JPEG"),
        (png()[:40], "ends in the middle"),
        (png(width=40, height=40), "1600|40 × 40"),
        (png(width=1 << 31, height=1), "pixels"),
        (png(width=0), "pixels"),
        (png(interlace=1), "interlaced"),
        (png(depth=3), "head"),
        (png(colour=7), "head"),
        (png(rows=b""), "other pixels"),
        (png(rows=bytes(10_000_000)), "other pixels"),
        (png(rows=(b"\5" + bytes(12)) * 2), "rows"),
        (png(chunk(b"FOOo", b"")), "nobody knows"),
        (png(chunk(b"IHDR", bytes(13))), "order"),
        (png(colour=3, rows=(b"\0" + bytes(4)) * 2), "palette"),
        (png(chunk(b"PLTE", bytes(6)), colour=3, rows=(b"\0\1\2\1\0") * 2), "palette"),
        (png()[:-6] + b"abcdef", "damaged"),
        (BASELINE[:-1], "ends in the middle"),
        (BASELINE[:200], "damaged|middle"),
        (BASELINE.replace(b"\xff\xc0", b"\xff\xc9"), "few programs"),
        (BASELINE.replace(b"\x08\x00\x08\x00\x10\x03", b"\x08\xff\xff\xff\xff\x03"), "pixels"),
        (BASELINE.replace(b"\x08\x00\x08\x00\x10\x03", b"\x0c\x00\x08\x00\x10\x03"), "grey"),
        (b"\xff\xd8\xff\xd9", "no pixels"),
    ],
)
def test_what_is_refused_and_why(data: bytes, said: str) -> None:
    assert any(part in why(data) for part in said.split("|"))


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    scan = PROGRESSIVE.index(b"\xff\xda")
    coded = PROGRESSIVE[scan : PROGRESSIVE.index(b"\xff\xc4", scan)]
    assert "damaged" in why(PROGRESSIVE[:scan] + coded * 1_000 + b"\xff\xd9")


def test_what_is_too_large_once_it_is_clean() -> None:
    with pytest.raises(Rejected, match="KiB"):
        clean_picture(BASELINE, most_pixels=1_000, most_bytes=100)


@given(
    st.sampled_from([png(), BASELINE, PROGRESSIVE, png(chunk(b"PLTE", bytes(3)), colour=6)]),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=6),
    st.integers(0, 600),
)
def test_whatever_was_changed_it_is_refused_or_plain(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    broken = bytearray(data)
    for at, value in changes:
        broken[at % len(broken)] = value
    try:
        found = clean(bytes(broken[: len(broken) - cut if cut < len(broken) else None]))
    except Rejected:
        return
    assert clean(found.content) == found


@given(st.binary(max_size=300))
def test_garbage_behind_a_head(garbage: bytes) -> None:
    for head in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x20Exif\0\0"):
        with pytest.raises(Rejected):
            clean(head + garbage)
