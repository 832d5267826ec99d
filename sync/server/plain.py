"""Words of others, such as a PC's name of itself, as a terminal may be given them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, Final, TextIO, cast

_OBEYED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


def plain_line(text: str, longest: int) -> str:
    """One line of a text, so many letters at most, with nothing that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text[:longest]).strip()


def counted(number: int, what: str) -> str:
    """So many of something, as '1 row' and '1,200 rows'."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


class _Plain:
    """An output with a question mark for each character that a terminal would obey."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(_OBEYED.sub("?", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def plain_output(out: TextIO, error: TextIO) -> Iterator[None]:
    """Have what is printed meanwhile command no terminal.

    Much of it was typed at counters and desks, or said by whoever had a token: an escape sequence
    in it could change what an operator sees, or copies from the screen.
    """
    plain_out, plain_error = (cast("TextIO", _Plain(each)) for each in (out, error))
    with redirect_stdout(plain_out), redirect_stderr(plain_error):
        yield
