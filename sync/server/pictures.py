"""What panels show: put in its place, told to all seats, and handed out to those it is for."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.domain.errors import Rejected
from app.domain.pictures import MOST_PICTURES, PIECE_BYTES, Picture
from sync.protocol.messages import PictureAnswer
from sync.server.devices import Device
from sync.server.picture_files import CleanPicture
from sync.server.problems import ProblemError
from sync.server.store import tables as t
from sync.server.store.bulk import delete_rows
from sync.server.work import Work


def put_picture(work: Work, place: str, office_id: UUID | None, clean: CleanPicture) -> Picture:
    """Show a picture from now on; seats fetch it in the background.

    Args:
        work: the transaction.
        place: as `Picture.place`.
        office_id: as `Picture.office_id`.
        clean: what is shown.

    Raises:
        Rejected: too_many_pictures.
    """
    digest = hashlib.sha256(clean.content).hexdigest()
    picture = Picture(place, office_id, digest, len(clean.content))
    before = {row.key: row.digest for row in _all(work.connection, work.programme_id)}
    if picture.key not in before and len(before) >= MOST_PICTURES:
        raise Rejected("too_many_pictures", f"{MOST_PICTURES} pictures are the most")
    row = (
        picture.key, place, office_id, digest, picture.size_bytes, clean.width, clean.height,
        work.now_ms,
    )  # fmt: skip
    work.replace_rows(t.picture, [row])
    work.replace_rows(t.picture_content, [(digest, clean.content)])
    work.put_record(Picture.KIND, picture.key, picture, None)
    _drop_unused(work, before.get(picture.key, ""))
    return picture


def remove_picture(work: Work, place: str, office_id: UUID | None) -> None:
    """Show it no more. Raises Rejected('unknown_picture')."""
    gone = Picture(place, office_id, "", 0)
    rows = work.find(t.picture, "key", [gone.key])
    if not rows:
        raise Rejected("unknown_picture", "There is no picture in that place")
    delete_rows(work.connection, t.picture, ["key"], [(gone.key,)], programme_id=work.programme_id)
    work.put_record(Picture.KIND, gone.key, gone, None)
    _drop_unused(work, rows[0].digest)


def pictures(connection: Connection, programme_id: UUID) -> list[Any]:
    """Rows of all pictures, with the office's code and the clerk's number or None."""
    picture, office, staff = t.picture, t.office, t.staff
    rows = connection.execute(
        sa.select(picture, office.c.code)
        .select_from(
            picture.outerjoin(
                office,
                (office.c.programme_id == picture.c.programme_id)
                & (office.c.office_id == picture.c.office_id),
            )
        )
        .where(picture.c.programme_id == programme_id)
        .order_by(picture.c.key)
    ).all()
    numbers = {
        str(row.staff_id): row.number
        for row in connection.execute(
            sa.select(staff.c.staff_id, staff.c.number).where(staff.c.programme_id == programme_id)
        )
    }
    return [(row, numbers.get(row.place)) for row in rows]


def picture_piece(
    connection: Connection, device: Device, digest: str, number: int
) -> PictureAnswer:
    """A piece of a picture that the device's office shows.

    Raises:
        ProblemError: not_found, also for what is shown elsewhere alone.
    """
    picture = t.picture.c
    shown = connection.execute(
        sa.select(picture.place, picture.office_id).where(
            picture.programme_id == device.programme_id, picture.digest == digest
        )
    ).all()
    if not any(_is_for(connection, device, row.place, row.office_id) for row in shown):
        raise ProblemError("not_found", "There is no such picture here")
    content: bytes = connection.execute(
        sa.select(t.picture_content.c.content).where(
            t.picture_content.c.programme_id == device.programme_id,
            t.picture_content.c.digest == digest,
        )
    ).scalar_one()
    piece = content[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
    if not piece:
        raise ProblemError("not_found", "The picture has no such piece")
    return PictureAnswer(bytes(piece))


def _is_for(connection: Connection, device: Device, place: str, office_id: UUID | None) -> bool:
    if not place:
        return office_id in (None, device.office_id)
    staff = t.staff.c
    person = connection.execute(
        sa.select(staff.office_id, staff.roles).where(
            staff.programme_id == device.programme_id, staff.staff_id == UUID(place)
        )
    ).one_or_none()
    return person is not None and (
        person.office_id == device.office_id or "administrator" in person.roles.split(",")
    )


def _all(connection: Connection, programme_id: UUID) -> list[Any]:
    picture = t.picture
    return list(
        connection.execute(sa.select(picture).where(picture.c.programme_id == programme_id))
    )


def _drop_unused(work: Work, digest: str) -> None:
    if digest and not work.find(t.picture, "digest", [digest]):
        delete_rows(
            work.connection, t.picture_content, ["digest"], [(digest,)],
            programme_id=work.programme_id,
        )  # fmt: skip
