"""`guichet-server picture …`: what customers' panels show."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.pictures import MOST_BYTES, MOST_PIXELS, PHOTO_BYTES, PHOTO_PIXELS
from sync.server.command_parts import command
from sync.server.office_commands import office_of
from sync.server.opening import programme_of, working
from sync.server.picture_files import clean_picture
from sync.server.pictures import pictures, put_picture, remove_picture
from sync.server.settings import ServerSettings
from sync.server.store import tables as t
from sync.server.store.engine import reading
from sync.server.work import Work

_MOST_READ: Final = 64 * 1024 * 1024
_NOTES: Final = """\
PNG, JPEG or WebP, as a camera makes it: it is turned upright and scaled down as far as needed, and
panels get its pixels alone, without what a camera writes down besides. The panel's own picture
stands behind greeting and thanks (1 MiB in the end); a clerk's photo stands beside their number
(256 KiB), the middle of it is shown, round. Seats fetch it in the background, keep it without the
server, and show it from the next customer on.

examples: guichet-server picture add hall.jpg --office PEK
          guichet-server picture add 1001.jpg --staff 1001
"""


def add_pictures(group: Any) -> None:
    """Add the commands to the parser's group."""
    add = command(group, "picture add", "show a picture on panels", _NOTES)
    add.add_argument("file", type=Path, metavar="FILE", help="PNG, JPEG or WebP")
    remove = command(group, "picture remove", "show it no more")
    for each in (add, remove):
        where = each.add_mutually_exclusive_group()
        where.add_argument(
            "--office", default="", metavar="CODE", help="of this office (default: of all)"
        )
        where.add_argument("--staff", default="", metavar="NUMBER", help="whom customers rate")
    command(group, "picture list", "list where, size, and since when")


def add_picture(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Take a picture in. Raises Rejected: bad_picture, unknown_office, unknown_staff."""
    with options.file.open("rb") as file:
        data = file.read(_MOST_READ + 1)
    if len(data) > _MOST_READ:
        raise Rejected("bad_picture", "The picture can't be taken: the file is too large")
    limits = (PHOTO_PIXELS, PHOTO_BYTES) if options.staff else (MOST_PIXELS, MOST_BYTES)
    clean = clean_picture(data, most_pixels=limits[0], most_bytes=limits[1])
    with working(settings) as work:
        picture = put_picture(work, *_place(work, options), clean)
    kib = -(-picture.size_bytes // 1024)
    print(f"{_where(options)}: {clean.width} x {clean.height}, {kib} KiB, {picture.digest[:12]}")


def drop_picture(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Show it no more. Raises Rejected: unknown_picture, unknown_office, unknown_staff."""
    with working(settings) as work:
        remove_picture(work, *_place(work, options))
    print(f"{_where(options)}: no picture any more")


def list_pictures(settings: ServerSettings, options: argparse.Namespace) -> None:
    """Print what is shown where."""
    with programme_of(settings) as (engine, programme_id), reading(engine) as connection:
        found = pictures(connection, programme_id)
    print("\t".join(("WHERE", "SIZE", "KIB", "DIGEST", "SINCE")))
    for row, number in found:
        where = f"staff {number}" if row.place else f"panels of {row.code or 'all offices'}"
        since = datetime.fromtimestamp(row.added_ms / 1000, UTC).isoformat(" ", "seconds")
        kib = -(-row.size_bytes // 1024)
        size = f"{row.width} x {row.height}"
        print("\t".join((where, size, str(kib), row.digest[:12], since)))


def _place(work: Work, options: argparse.Namespace) -> tuple[str, UUID | None]:
    if options.staff:
        rows = work.find(t.staff, "number", [options.staff])
        if not rows:
            raise Rejected("unknown_staff", f"There is no staff number {options.staff}")
        return str(rows[0].staff_id), None
    return "", office_of(work, options.office).office_id if options.office else None


def _where(options: argparse.Namespace) -> str:
    if options.staff:
        return f"Photo of {options.staff}"
    return f"Panels of {options.office or 'all offices'}"


PICTURE_COMMANDS: Final[
    Mapping[str, Callable[[ServerSettings, argparse.Namespace], int | None]]
] = {
    "picture add": add_picture,
    "picture remove": drop_picture,
    "picture list": list_pictures,
}
