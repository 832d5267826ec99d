"""Pictures from outside, decoded and encoded anew before any panel gets them.

A panel shows them to the public in a program that also holds points, so what it decodes is what was
encoded here: upright, no larger than it needs, and without what a camera or a person wrote into the
file besides. It runs where the operator gives the file, not in the server that answers counters.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image, ImageOps, UnidentifiedImageError

from app.domain.errors import Rejected
from app.domain.pictures import MOST_SIDE

_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_MOST_DECODED: Final = 100_000_000
"""px: what a good camera makes; 0.4 GB while it is worked on."""

_QUALITIES: Final = (92, 80)
_NEXT_SHARE: Final = 0.7
_LEAST_SIDE: Final = 64


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture as panels get it; sizes in px."""

    content: bytes
    form: Literal["png", "jpeg"]
    width: int
    height: int


def clean_picture(data: bytes, *, most_pixels: int, most_bytes: int) -> CleanPicture:
    """Make a plain picture of a file, scaled down to what it may have.

    Args:
        data: whatever somebody calls a picture.
        most_pixels: it may have in the end.
        most_bytes: it may have in the end.

    Raises:
        Rejected: bad_picture, which says what is wrong with it.
    """
    image, is_drawn = _decoded(data)
    share = min(
        1.0, (most_pixels / (image.width * image.height)) ** 0.5, MOST_SIDE / max(image.size)
    )
    while True:
        if share < 1:
            width, height = (max(1, int(side * share)) for side in image.size)
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        for form, content in _encoded(image, is_drawn=is_drawn):
            if len(content) <= most_bytes:
                return CleanPicture(content, form, *image.size)
        if max(image.size) < _LEAST_SIDE:
            raise _bad(f"it has more than {most_bytes // 1024} KiB however small it is made")
        share = _NEXT_SHARE


def _bad(why: str) -> Rejected:
    return Rejected("bad_picture", f"The picture can't be taken: {why}")


def _decoded(data: bytes) -> tuple[Image.Image, bool]:
    """Return it upright, RGBA where something shines through, else RGB; and whether it is a PNG."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of odd metadata, which isn't kept, and of sizes, which are looked at here
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                if image.width * image.height > _MOST_DECODED:
                    raise _bad(f"it has {image.width} × {image.height} pixels")
                upright = ImageOps.exif_transpose(image)
                mode = "RGBA" if upright.has_transparency_data else "RGB"
                return upright.convert(mode), image.format == "PNG"
    except UnidentifiedImageError as error:
        raise _bad("it is none of PNG, JPEG and WebP; save it as one of them") from error
    except (OSError, ValueError, SyntaxError, IndexError, EOFError, Image.DecompressionBombError):
        raise _bad("it is damaged, or ends in the middle; save it anew") from None


def _encoded(
    image: Image.Image, *, is_drawn: bool
) -> Iterator[tuple[Literal["png", "jpeg"], bytes]]:
    """Yield what is drawn or shines through without loss, then all as a JPEG, on white."""
    if is_drawn or image.mode == "RGBA":
        yield "png", _saved(image, "PNG")
    flat = image
    if image.mode == "RGBA":
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
    for quality in _QUALITIES:
        yield "jpeg", _saved(flat, "JPEG", quality=quality)


def _saved(image: Image.Image, form: str, **options: int) -> bytes:
    """Return the pixels alone: Pillow writes down besides what it finds in `info`."""
    image.info.clear()
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
