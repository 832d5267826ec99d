"""Pictures from outside: what a panel gets of them was encoded here, or they are refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from app.domain.errors import Rejected
from sync.server.picture_files import CleanPicture, clean_picture

SECRET = "taken at home"


def made(
    form: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGBA", size, (200, 0, 0, 255))
    image.paste((0, 0, 200, 90 if mode == "RGBA" else 255), (size[0] // 2, 0, *size))
    file = io.BytesIO()
    image.convert(mode).save(file, form, **options)
    return file.getvalue()


def clean(data: bytes, most_pixels: int = 1_000, most_bytes: int = 10_000) -> CleanPicture:
    return clean_picture(data, most_pixels=most_pixels, most_bytes=most_bytes)


def seen(found: CleanPicture) -> Image.Image:
    image = Image.open(io.BytesIO(found.content), formats=[found.form.upper()])
    image.load()
    assert image.size == (found.width, found.height)
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    return image


def near(colour: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(is_one - want) < 25 for is_one, want in zip(colour, wanted, strict=False))


def why(data: bytes) -> str:
    with pytest.raises(Rejected) as refusal:
        clean(data)
    assert refusal.value.code == "bad_picture"
    return refusal.value.message


def test_a_drawing_keeps_its_pixels_and_nothing_else() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", SECRET)
    data = made(mode="RGBA", pnginfo=notes, icc_profile=SECRET.encode()) + SECRET.encode()
    found = clean(data)
    assert found.form == "png"
    before = Image.open(io.BytesIO(data)).convert("RGBA")
    assert seen(found).tobytes() == before.tobytes()
    assert SECRET.encode() not in found.content
    assert clean(found.content) == found


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WEBP", {}),
    ],
)
def test_a_photo_becomes_an_ordinary_one_and_says_nothing_of_its_camera(
    form: str, options: dict[str, Any]
) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    found = clean(made(form, exif=exif, **options) + SECRET.encode())
    assert (found.form, found.width, found.height) == ("jpeg", 40, 20)
    assert SECRET.encode() not in found.content
    assert near(seen(found).getpixel((3, 10)), (200, 0, 0))
    assert near(seen(found).getpixel((36, 10)), (0, 0, 200))


def test_what_was_taken_upright_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right
    found = clean(made("JPEG", exif=exif))
    assert (found.width, found.height) == (20, 40)
    assert near(seen(found).getpixel((10, 3)), (200, 0, 0)), "what was left is up"
    assert seen(found).getexif() == {}


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "1"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16")],
)
def test_each_way_of_writing_colours_is_read(form: str, mode: str) -> None:
    if mode == "I;16":
        data = io.BytesIO()
        Image.new("I;16", (40, 20), 40_000).save(data, form)
        found = clean(data.getvalue())
    else:
        found = clean(made(form, mode=mode))
    assert seen(found).mode in ("RGB", "RGBA")


def test_an_interlaced_drawing_is_read() -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 1, 8, 2, 0, 0, 1))
    passes = (b"\0" + bytes(3)) * 3  # three of Adam7's have a pixel of these three
    body = chunk(b"IDAT", zlib.compress(passes))
    found = clean(b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b""))
    assert (found.width, found.height) == (3, 1)


def chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def test_what_is_too_large_is_scaled_down_and_keeps_its_shape() -> None:
    found = clean(made(size=(400, 200)))
    assert found.width * found.height <= 1_000
    assert abs(found.width - 2 * found.height) <= 1
    wide = clean(made("JPEG", size=(9_000, 30)), most_pixels=10**6, most_bytes=10**6)
    assert wide.width == 8_192


def test_what_has_too_many_bytes_becomes_a_photo_and_then_smaller() -> None:
    noise = Image.effect_noise((500, 400), 90).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "PNG")
    photo = clean(file.getvalue(), most_pixels=10**6, most_bytes=150_000)
    assert (photo.form, photo.width) == ("jpeg", 500)
    small = clean(file.getvalue(), most_pixels=10**6, most_bytes=20_000)
    assert (small.form, small.width < 400) == ("jpeg", True)
    assert len(small.content) <= 20_000
    with pytest.raises(Rejected, match="however small"):
        clean(file.getvalue(), most_bytes=50)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "none of PNG"),
        (made("GIF"), "none of PNG"),
        (made("TIFF"), "none of PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "none of PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "none of PNG"),
        (made()[:60], "damaged"),
        (made("JPEG")[:-100], "damaged"),
        (made("WEBP")[:40], "damaged"),
        (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(99)))
            + chunk(b"IEND", b""),
            "60000 × 60000|damaged",
        ),
    ],
)
def test_what_is_refused_and_why(data: bytes, said: str) -> None:
    assert any(part in why(data) for part in said.split("|"))


@given(
    st.sampled_from([made(), made(mode="P"), made("JPEG"), made("JPEG", progressive=True)]),
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
    seen(found)


@given(st.binary(max_size=300))
def test_garbage_behind_a_head(garbage: bytes) -> None:
    for head in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x20Exif\0\0"):
        with pytest.raises(Rejected):
            clean(head + garbage)
