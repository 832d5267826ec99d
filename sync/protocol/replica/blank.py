"""An empty members file whose pages leave room for the cipher, made by plain SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PAGE_BYTES: Final = 4096
"""Of every members file. Larger pages come in quicker, and cost more with every changed member."""

RESERVED_BYTES: Final = 80
"""At the end of each page: SQLCipher's initialisation vector and message authentication code."""

# Where SQLite's file format has them, https://www.sqlite.org/fileformat2.html
_RESERVED_AT: Final = 20
_CONTENT_START_AT: Final = 105


def create_blank(path: Path) -> None:
    """Make the file; all that SQLite writes into it later leaves the reserved bytes free.

    Raises:
        OSError, sqlite3.Error: the disk.
    """
    import sqlite3  # beside SQLCipher's, once in a seat's life

    connection = sqlite3.connect(path)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA user_version = 1")  # has the first page written
        connection.commit()
    finally:
        connection.close()
    with path.open("r+b") as file:
        page = bytearray(file.read(PAGE_BYTES))
        page[_RESERVED_AT] = RESERVED_BYTES
        usable = PAGE_BYTES - RESERVED_BYTES
        page[_CONTENT_START_AT : _CONTENT_START_AT + 2] = usable.to_bytes(2, "big")
        file.seek(0)
        file.write(page)
