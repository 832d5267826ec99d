"""Pictures from outside, taken apart and put together anew before any panel gets them.

A panel shows them to the public in a program that also holds points, so what it decodes has to be
plain: PNG is unpacked, measured and packed again; of JPEG every segment is read, what is needed is
written anew in its place, and all else (names of places and cameras, previews, comments, whatever
follows the end) stays behind. No codec runs here: a central server is no place for one either.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Final, Literal

from app.domain.errors import Rejected
from app.domain.pictures import MOST_SIDE

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MOST_CHUNKS: Final = 10_000
_MOST_FILTER: Final = 4

_SOI, _EOI, _SOS, _DQT, _DHT, _DRI = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD
_BASELINE, _PROGRESSIVE = 0xC0, 0xC2
_ADOBE, _EXIF, _COMMENT = 0xEE, 0xE1, 0xFE
_RESTARTS: Final = range(0xD0, 0xD8)
_DROPPED: Final = frozenset({*range(0xE0, 0xF0), _COMMENT})
_MOST_SCANS: Final = 32
"""A progressive picture has some ten; thousands of empty ones keep a decoder busy for hours."""

_ORIENTATION: Final = 0x0112


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture as panels get it; sizes in px."""

    content: bytes
    form: Literal["png", "jpeg"]
    width: int
    height: int


def clean_picture(data: bytes, *, most_pixels: int, most_bytes: int) -> CleanPicture:
    """Make a plain picture of a file.

    Args:
        data: whatever somebody calls a picture.
        most_pixels: it may have.
        most_bytes: it may have once it is clean.

    Raises:
        Rejected: bad_picture, which says what is wrong with it.
    """
    try:
        if data.startswith(_PNG):
            found = _clean_png(data, most_pixels)
        elif data.startswith(b"\xff\xd8"):
            found = _Jpeg(data, most_pixels).clean()
        else:
            raise _bad("it is neither PNG nor JPEG; save it as one of them")
    except (IndexError, struct.error) as error:
        raise _bad("it ends in the middle") from error
    if len(found.content) > most_bytes:
        raise _bad(f"it has {len(found.content) // 1024} KiB; {most_bytes // 1024} are the most")
    return found


def _bad(why: str) -> Rejected:
    return Rejected("bad_picture", f"The picture can't be taken: {why}")


def _check_size(width: int, height: int, most_pixels: int) -> None:
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE and width * height <= most_pixels):
        raise _bad(f"it has {width} × {height} pixels; {most_pixels / 1e6:g} million are the most")


# --- PNG ----------------------------------------------------------------------------------------


def _clean_png(data: bytes, most_pixels: int) -> CleanPicture:
    parts = _png_parts(data)
    if len(parts.get(b"IHDR", b"")) != struct.calcsize(">IIBBBBB"):
        raise _bad("its head is none")
    width, height, depth, colour, packing, filters, interlace = struct.unpack(
        ">IIBBBBB", parts[b"IHDR"]
    )
    _check_size(width, height, most_pixels)
    if depth not in _DEPTHS.get(colour, ()) or packing or filters:
        raise _bad("its head is none")
    if interlace:
        raise _bad("it is interlaced; save it without")
    palette = parts.get(b"PLTE", b"")
    if len(palette) % 3 or len(palette) > 3 << min(depth, 8) or (colour == 3) != bool(palette):
        raise _bad("its palette is none")
    row_bytes = 1 + -(-width * _CHANNELS[colour] * depth // 8)
    pixels = _unpacked(parts.get(b"IDAT", b""), row_bytes * height)
    if max(pixels[::row_bytes]) > _MOST_FILTER:
        raise _bad("its rows can't be read")
    if colour == 3 and depth == 8 and not any(pixels[::row_bytes]):
        rows = (pixels[at + 1 : at + row_bytes] for at in range(0, len(pixels), row_bytes))
        if max(map(max, rows)) >= len(palette) // 3:
            raise _bad("its palette is none")
    chunks = [_chunk(b"IHDR", parts[b"IHDR"])]
    if palette:
        chunks.append(_chunk(b"PLTE", palette))
    clear = parts.get(b"tRNS", b"")
    if clear and len(clear) <= {0: 2, 2: 6, 3: len(palette) // 3}.get(colour, 0):
        chunks.append(_chunk(b"tRNS", clear))
    chunks += [_chunk(b"IDAT", zlib.compress(pixels, 9)), _chunk(b"IEND", b"")]
    return CleanPicture(_PNG + b"".join(chunks), "png", width, height)


def _png_parts(data: bytes) -> dict[bytes, bytes]:
    """The chunks that matter, by kind."""
    kept: dict[bytes, list[bytes]] = {}
    at, last = len(_PNG), b""
    for _ in range(_MOST_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (check,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != check:
            raise _bad("it is damaged")
        if (kind == b"IHDR") != (not last):
            raise _bad("its parts are out of order")
        if kind == b"IEND":
            return {name: b"".join(found) for name, found in kept.items()}
        if kind in kept and not kind == last == b"IDAT":
            raise _bad("its parts are out of order")
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT"):
            kept.setdefault(kind, []).append(body)
        elif kind[:1].isupper():
            raise _bad("it has parts that nobody knows")
        at, last = at + 12 + length, kind
    raise _bad("it has too many parts")


def _unpacked(packed: bytes, wanted: int) -> bytes:
    """Unpack no more than the picture has."""
    inflating = zlib.decompressobj()
    try:
        pixels = inflating.decompress(packed, wanted + 1)
    except zlib.error as error:
        raise _bad("it is damaged") from error
    if len(pixels) != wanted or inflating.unconsumed_tail:
        raise _bad("it has other pixels than it says")
    return pixels


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


# --- JPEG ---------------------------------------------------------------------------------------


@dataclass
class _Jpeg:
    """Reads one from its beginning, and writes what is plain of it."""

    data: bytes
    most_pixels: int
    at: int = 2
    size: tuple[int, int] | None = None
    progressive: bool = False
    components: dict[int, int] = field(default_factory=dict)
    orientation: int = 1
    adobe: bytes = b""
    scans: int = 0
    body: list[bytes] = field(default_factory=list)

    def clean(self) -> CleanPicture:
        while (marker := self._next_marker()) != _EOI:
            segment = self._segment()
            if marker in _DROPPED:
                self._note(marker, segment)
                continue
            self._check(marker, segment)
            self.body.append(_marked(marker, segment))
            if marker == _SOS:
                self.body.append(self._scan())
        if self.size is None or not self.scans:
            raise _bad("it has no pixels")
        head = b"\xff\xd8"
        if self.orientation != 1:
            head += _marked(_EXIF, _exif(self.orientation))
        if self.adobe:
            head += _marked(_ADOBE, self.adobe)
        width, height = self.size
        return CleanPicture(head + b"".join(self.body) + b"\xff\xd9", "jpeg", width, height)

    def _next_marker(self) -> int:
        if self.data[self.at] != 0xFF:
            raise _bad("it is damaged")
        while self.data[self.at] == 0xFF:
            self.at += 1
        self.at += 1
        return self.data[self.at - 1]

    def _segment(self) -> bytes:
        (length,) = struct.unpack_from(">H", self.data, self.at)
        segment = self.data[self.at + 2 : self.at + length]
        if length < 2 or len(segment) != length - 2:
            raise _bad("it ends in the middle")
        self.at += length
        return segment

    def _check(self, marker: int, segment: bytes) -> None:
        match marker:
            case 0xC0 | 0xC2:
                self._check_frame(segment)
                self.progressive = marker == _PROGRESSIVE
            case 0xDB:
                _check_quantities(segment)
            case 0xC4:
                _check_codes(segment)
            case 0xDD:
                if len(segment) != 2:
                    raise _bad("it is damaged")
            case 0xDA:
                self._check_scan(segment)
            case _:
                raise _bad("it is of a kind that few programs read; save it as an ordinary JPEG")

    def _check_frame(self, segment: bytes) -> None:
        if self.size is not None:
            raise _bad("it is more than one")
        precision, height, width, count = struct.unpack_from(">BHHB", segment)
        _check_size(width, height, self.most_pixels)
        if precision != 8 or count not in (1, 3) or len(segment) != 6 + 3 * count:
            raise _bad("it is neither grey nor of three colours")
        blocks = 0
        for n in range(count):
            name, sampling, table = segment[6 + 3 * n : 9 + 3 * n]
            across, down = sampling >> 4, sampling & 15
            if name in self.components or table > 3 or not (0 < across < 5 and 0 < down < 5):
                raise _bad("it is damaged")
            self.components[name] = table
            blocks += across * down
        if blocks > 10:
            raise _bad("it is damaged")
        self.size = width, height

    def _check_scan(self, segment: bytes) -> None:
        count = segment[0]
        self.scans += 1
        if self.size is None or not 0 < count <= len(self.components):
            raise _bad("it is damaged")
        if len(segment) != 4 + 2 * count or self.scans > _MOST_SCANS:
            raise _bad("it is damaged")
        names = segment[1 : 1 + 2 * count : 2]
        tables = segment[2 : 2 + 2 * count : 2]
        first, last, exact = segment[-3:]
        if len(set(names)) != count or not set(names) <= self.components.keys():
            raise _bad("it is damaged")
        if any(table >> 4 > 3 or table & 15 > 3 for table in tables):
            raise _bad("it is damaged")
        whole = (first, last, exact) == (0, 63, 0)
        part = first <= last <= 63 and exact >> 4 <= 13 and exact & 15 <= 13
        if not (part if self.progressive else whole):
            raise _bad("it is damaged")

    def _scan(self) -> bytes:
        """The coded pixels, up to the next marker that is none of theirs."""
        begin = self.at
        while True:
            self.at = self.data.find(b"\xff", self.at)
            if self.at < 0:
                raise _bad("it ends in the middle")
            after = self.data[self.at + 1]
            if after and after not in _RESTARTS:
                return self.data[begin : self.at]
            self.at += 2

    def _note(self, marker: int, segment: bytes) -> None:
        """Which way up it is, and how its colours are meant; nothing else of what is dropped."""
        if marker == _EXIF and segment.startswith(b"Exif\0\0"):
            self.orientation = _orientation(segment[6:])
        if marker == _ADOBE and segment.startswith(b"Adobe") and len(segment) == 12:
            self.adobe = b"Adobe\0\x64\0\0\0\0" + bytes([min(segment[11], 1)])


def _marked(marker: int, segment: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(segment) + 2) + segment


def _check_quantities(segment: bytes) -> None:
    while segment:
        wide, name = segment[0] >> 4, segment[0] & 15
        table = segment[1 : 1 + 64 * (wide + 1)]
        if wide > 1 or name > 3 or len(table) != 64 * (wide + 1) or not any(table):
            raise _bad("it is damaged")
        segment = segment[1 + len(table) :]


def _check_codes(segment: bytes) -> None:
    while segment:
        lengths = segment[1:17]
        count = sum(lengths)
        room = sum(n << (15 - at) for at, n in enumerate(lengths))
        if segment[0] >> 4 > 1 or segment[0] & 15 > 3 or len(lengths) != 16:
            raise _bad("it is damaged")
        if not 0 < count <= 256 or room > 1 << 16 or len(segment) < 17 + count:
            raise _bad("it is damaged")
        segment = segment[17 + count :]


def _orientation(tiff: bytes) -> int:
    """1..8, which way up a camera was held; 1 where that can't be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 10:
        return 1
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    if at + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    for n in range(min(count, 64)):
        place = at + 2 + 12 * n
        if place + 12 > len(tiff):
            return 1
        tag, kind, many, value = struct.unpack_from(f"{order}HHIH", tiff, place)
        if (tag, kind, many) == (_ORIENTATION, 3, 1):
            return value if 1 <= value <= 8 else 1
    return 1


def _exif(orientation: int) -> bytes:
    head = struct.pack(">2sHI", b"MM", 42, 8)
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return b"Exif\0\0" + head + struct.pack(">H", 1) + entry + bytes(4)
