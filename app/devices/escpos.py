"""A receipt as the bytes of ESC/POS, the language that receipt printers speak.

QR codes go as raster images: those print on every model, and all of them alike. References: Epson,
ESC/POS Application Programming Guide; GB 18030-2022.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from app.domain.lean import dataclass
from app.domain.receipt import Code, Cut, Receipt, Row, lay_out

Width = Literal[58, 80]

_DOTS: Final[dict[Width, int]] = {58: 384, 80: 576}
_DOTS_A_COLUMN: Final = 12
_QUIET_MODULES: Final = 4
_LARGEST_MODULE: Final = 6  # dots of 1/8 mm: more costs paper and reads no better

_INITIALISE: Final = b"\x1b@"
_CHINESE: Final = b"\x1c&"
_NOT_CHINESE: Final = b"\x1c."
_CUT: Final = b"\x1dVB\x00"
_FEED_LINES: Final = 4  # from the head to the cutter
_LEFT, _CENTRE = b"\x1ba\x00", b"\x1ba\x01"
_PLAIN, _BOLD = b"\x1bE\x00", b"\x1bE\x01"
_SINGLE, _DOUBLE = b"\x1d!\x00", b"\x1d!\x11"

# Code pages by their number in `ESC t`; what Chinese models print is a character set of its own
CODE_PAGES: Final[dict[str, int]] = {"cp437": 0, "cp850": 2, "cp858": 19, "cp1252": 16}
ENCODINGS: Final = ("gb18030", *CODE_PAGES)

# What fonts of printers lack, by what says the same
_PLAINER: Final = str.maketrans(
    {"•": "*", "…": "...", "−": "-", "–": "-", "’": "'", "\u00a0": " ", "\u202f": " ", "\u2060": ""}
)


@dataclass(frozen=True, slots=True)
class Paper:
    """What a printer prints on, and which characters it has.

    Attributes:
        width_mm: of the roll.
        encoding: one of `ENCODINGS`.
    """

    width_mm: Width = 80
    encoding: str = "gb18030"

    @property
    def dots(self) -> int:
        return _DOTS[self.width_mm]

    @property
    def columns(self) -> int:
        return self.dots // _DOTS_A_COLUMN

    def encoded(self, text: str) -> bytes:
        """The text in the printer's characters; others, and whatever would command it, as '?'."""
        plain = "".join(c if c.isprintable() else "?" for c in text.translate(_PLAINER))
        return b"".join(map(self._character, plain))

    def _character(self, character: str) -> bytes:
        encoded = character.encode(self.encoding, errors="replace")
        return encoded if len(encoded) <= 2 else b"?"  # GB 18030's four bytes no printer knows

    def width_of(self, text: str) -> int:
        """In columns: a Chinese character has two bytes, and the width of two others."""
        return len(self.encoded(text))


def encode(receipt: Receipt, paper: Paper) -> bytes:
    """Return what makes a printer print the receipt and cut it off."""
    return b"".join(_commands(receipt, paper))


def _commands(receipt: Receipt, paper: Paper) -> Iterator[bytes]:
    yield _INITIALISE
    page = CODE_PAGES.get(paper.encoding)
    yield _CHINESE if page is None else _NOT_CHINESE + b"\x1bt" + bytes([page])
    for row in lay_out(receipt, columns=paper.columns, width_of=paper.width_of):
        if isinstance(row, Code):
            yield _CENTRE + _raster(row, paper) + _LEFT
        elif isinstance(row, Cut):
            yield b"\n" * _FEED_LINES + _CUT
        else:
            yield _row(row, paper)
    yield b"\n" * _FEED_LINES + _CUT


def _row(row: Row, paper: Paper) -> bytes:
    marks, unmarks = b"", b""
    if row.align == "centre":
        marks, unmarks = marks + _CENTRE, _LEFT
    if row.bold:
        marks, unmarks = marks + _BOLD, _PLAIN + unmarks
    if row.size == 2:
        marks, unmarks = marks + _DOUBLE, _SINGLE + unmarks
    return marks + paper.encoded(row.text) + b"\n" + unmarks


def _raster(code: Code, paper: Paper) -> bytes:
    """The QR as one image, each row of dots in whole bytes."""
    import segno  # only who prints a voucher needs it

    qr = segno.make_qr(code.text, error="m", boost_error=False)
    side = qr.symbol_size(border=_QUIET_MODULES)[0]
    scale = max(1, min(_LARGEST_MODULE, paper.dots // side))
    rows = [
        _packed([bool(module) for module in row])
        for row in qr.matrix_iter(scale=scale, border=_QUIET_MODULES)
    ]
    size = len(rows[0]).to_bytes(2, "little") + len(rows).to_bytes(2, "little")
    return b"\x1dv0\x00" + size + b"".join(rows)


def _packed(dots: list[bool]) -> bytes:
    padded = dots + [False] * (-len(dots) % 8)
    return bytes(
        sum(dot << (7 - bit) for bit, dot in enumerate(padded[start : start + 8]))
        for start in range(0, len(padded), 8)
    )
