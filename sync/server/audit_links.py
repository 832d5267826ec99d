"""Whether what came by links stands as the presses and the visits that it says it is of."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.server.joins import outer
from sync.server.store import tables as t
from sync.server.store.bulk import stream


def linked(connection: Connection) -> Iterator[str]:
    """Yield a line for each rating by a link whose last press, or whose link, is another."""
    link, given, press = t.rating_link, t.link_rating, t.rating
    newest = sa.select(
        press.c.programme_id,
        press.c.rating_id,
        press.c.encounter_id,
        press.c.score,
        sa.func.row_number()
        .over(
            partition_by=(press.c.programme_id, press.c.rating_id),
            order_by=press.c.revision.desc(),
        )
        .label("place"),
    ).subquery("newest")
    joined = given.outerjoin(
        newest,
        (newest.c.programme_id == given.c.programme_id)
        & (newest.c.rating_id == given.c.rating_id)
        & (newest.c.place == 1),
    )
    wrong = (
        sa.select(given.c.rating_id)
        .select_from(joined)
        .where(
            newest.c.score.is_(None)
            | (newest.c.score != given.c.score)
            | (newest.c.encounter_id != given.c.encounter_id)
        )
    )
    for row in stream(connection, wrong):
        yield f"link_rating {row.rating_id}: its last press is another"
    orphans = (
        sa.select(given.c.rating_id)
        .select_from(outer(given, link, "programme_id", "encounter_id"))
        .where(link.c.encounter_id.is_(None))
    )
    for row in stream(connection, orphans):
        yield f"link_rating {row.rating_id}: it came by no link"
    visit = t.encounter
    apart = (
        sa.select(link.c.encounter_id)
        .select_from(outer(link, visit, "programme_id", "encounter_id"))
        .where(
            (link.c.state == "joined")
            & (visit.c.device_id.is_(None) | (visit.c.device_id != link.c.device_id))
            | (link.c.state == "foreign") & (visit.c.device_id == link.c.device_id)
        )
    )
    for row in stream(connection, apart):
        yield f"rating_link {row.encounter_id}: its visit is not as its state says"
