"""Parameters in PostgreSQL's binary form; psycopg's own arrays take several times as long."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_LENGTH: Final = struct.Struct(">i").pack
_NUMBER: Final = struct.Struct(">q").pack
_NULL: Final = _LENGTH(-1)


def _uuid(value: UUID) -> bytes:
    return value.int.to_bytes(16, "big")


def _flag(value: bool) -> bytes:
    return b"\1" if value else b"\0"


# By column type: the type's number in PostgreSQL, how long each of its values is if they all are,
# and the binary form of one
_Form = tuple[int, int | None, Callable[[Any], bytes]]
_FORMS: Final[dict[str, _Form]] = {
    "UUID": (2950, 16, _uuid),
    "BIGINT": (20, 8, _NUMBER),
    "BOOLEAN": (16, 1, _flag),
    "TEXT": (25, None, str.encode),
    "BYTEA": (17, None, bytes),
}


class Binary:
    """A parameter's bytes."""

    __slots__ = ("binary",)

    def __init__(self, binary: bytes) -> None:
        self.binary = binary


class _BinaryDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Binary) -> bytes:
        return obj.binary


psycopg.adapters.register_dumper(Binary, _BinaryDumper)


def constant(kind: str, value: Any) -> Binary | None:
    """A parameter of a column's type, by its name in SQL."""
    return None if value is None else Binary(_FORMS[kind][2](value))


def array(kind: str, values: Sequence[Any], *, nullable: bool = False) -> Binary:
    """A parameter for `%b::kind[]`."""
    number, size, encode = _FORMS[kind]
    head = struct.pack(">5i", 1, 0, number, len(values), 1)  # of one dimension, counted from 1
    # Looking for None among ids compares each in Python, so only where there may be any
    parts = [head]
    if nullable and None in values:
        elements = [None if value is None else encode(value) for value in values]
        parts += [_NULL if e is None else _LENGTH(len(e)) + e for e in elements]
    elif size is not None:
        length = _LENGTH(size)
        parts += length, length.join(map(encode, values))
    else:
        for content in map(encode, values):
            parts += _LENGTH(len(content)), content
    return Binary(b"".join(parts))
