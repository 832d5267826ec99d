"""Copying a file off a disk that doesn't give all of it back."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Final

_AT_ONCE: Final = 1024 * 1024
_PAGE_BYTES: Final = 4096


def copy_readable(source: Path, target: IO[bytes]) -> int:
    """Copy past what can't be read; zeros stand for it, which the cipher refuses as any damage.

    Args:
        source: a file that nobody writes to.
        target: open for writing.

    Returns:
        How many pages of 4 KiB are missing.

    Raises:
        OSError: `target` can't be written, or `source` not be opened.
    """
    place = missing = 0
    step = _AT_ONCE
    with source.open("rb", buffering=0) as file:
        size = file.seek(0, 2)
        while place < size:
            page = _PAGE_BYTES - place % _PAGE_BYTES
            try:
                part = _read(file, place, min(step, size - place))
                step = min(2 * step, _AT_ONCE)
            except OSError:
                if step > page:
                    step = page  # up to the page that can't be read
                    continue
                part, missing = bytes(min(page, size - place)), missing + 1
            target.write(part)
            place += len(part)
    return missing


def _read(file: IO[bytes], place: int, length: int) -> bytes:
    """As many as come at once, one at least."""
    file.seek(place)
    found = file.read(length)
    if not found:
        raise OSError("the file has become shorter")
    return found
