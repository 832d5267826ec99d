"""A receipt as a document: what stands on it in which order, whatever prints it.

`lay_out` breaks it into lines of a paper's width; a printer only has to say how wide a text is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal

from app.domain.lean import dataclass

Align = Literal["left", "centre"]
WidthOf = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph; `size` 2 is twice as high and as wide."""

    text: str
    align: Align = "left"
    size: Literal[1, 2] = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """What it is at the left, its value at the right."""

    left: str
    right: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty lines."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code of capital letters, digits and what an address has besides."""

    text: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Where what the customer takes along ends, and what stays begins."""


Block = Line | Pair | Rule | Gap | Code | Cut


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is printed in one piece.

    Attributes:
        name: for a file, such as 'redemption K7QF-2M4C'; no personal data.
    """

    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line, no wider than the paper; `Code` and `Cut` stand for themselves."""

    text: str
    align: Align = "left"
    size: Literal[1, 2] = 1
    bold: bool = False


_BREAKS_AFTER: Final = " -/,，。；：、·"
_RULE: Final = "-"


def lay_out(receipt: Receipt, *, columns: int, width_of: WidthOf) -> Iterator[Row | Code | Cut]:
    """Break a receipt into rows.

    Args:
        receipt: to be printed.
        columns: characters of plain size in a row, at least 8; of the Chinese ones half as many.
        width_of: a text's width in columns.
    """
    for block in receipt.blocks:
        match block:
            case Code() | Cut():
                yield block
            case Gap(lines):
                yield from (Row("") for _ in range(lines))
            case Rule():
                yield Row(_RULE * columns)
            case Pair(left, right, bold):
                yield from _pair(left, right, columns, width_of, bold=bold)
            case Line(text, align, size, bold):
                for part in wrapped(text, columns // size, width_of):
                    yield Row(part, align, size, bold)


def _pair(left: str, right: str, columns: int, width_of: WidthOf, *, bold: bool) -> Iterator[Row]:
    """In one row where both have room, else the value in rows of its own, at the right."""
    room = columns - width_of(left) - width_of(right)
    if room >= 1:
        yield Row(left + " " * room + right, bold=bold)
        return
    yield from (Row(part, bold=bold) for part in wrapped(left, columns, width_of))
    for part in wrapped(right, columns, width_of):
        yield Row(" " * (columns - width_of(part)) + part, bold=bold)


def wrapped(text: str, columns: int, width_of: WidthOf) -> Sequence[str]:
    """Break a text where words end, and Chinese anywhere; always at least one line."""
    lines, line = [], ""
    for piece in _pieces(text, columns, width_of):
        if width_of((line + piece).rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()]


def _pieces(text: str, columns: int, width_of: WidthOf) -> Iterator[str]:
    """What isn't broken, but where it is wider than a line by itself."""
    piece = ""
    for character in text:
        is_whole = piece and (width_of(character) > 1 or width_of(piece[-1]) > 1)
        if is_whole and character not in _BREAKS_AFTER:
            yield piece
            piece = ""
        if piece and width_of(piece + character) > columns:
            yield piece
            piece = ""
        piece += character
        if character in _BREAKS_AFTER:
            yield piece
            piece = ""
    if piece:
        yield piece
