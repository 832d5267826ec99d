"""Letting go of entries' bodies and texts once the server's confirmed backups hold them.

A pruned entry keeps its row, its place and its hash, so that the chain still joins: a server that
was restored to before a backup which its operator had confirmed is told of the places (see
`mending`), and people see what is missing.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from app.store.tables import acknowledged, blob, chain, encounter, journal, journal_archive, state

KEEP_DAYS: Final = 30
"""Bodies are kept that long at least, unless the setting 'journal' says otherwise."""
_MOST_DAYS: Final = 36_500
_AT_A_TIME: Final = 100
_HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * _HOUR_MS

_NEWEST: Final = (
    select(acknowledged)
    .where(acknowledged.c.incarnation == bindparam("of"))
    .order_by(acknowledged.c.seq.desc())
    .limit(1)
)
_MOVE: Final = (
    update(acknowledged)
    .where(acknowledged.c.incarnation == bindparam("of"), acknowledged.c.seq == bindparam("from"))
    .values(seq=bindparam("to"), mark=bindparam("by"))
)
_held = (
    select(func.max(acknowledged.c.seq))
    .where(
        acknowledged.c.incarnation == chain.c.incarnation,
        acknowledged.c.mark < bindparam("horizon"),
    )
    .scalar_subquery()
)
_NOTE_SAFE: Final = update(chain).where(_held > chain.c.safe_seq).values(safe_seq=_held)
_DUE: Final = (
    select(chain.c.incarnation, chain.c.pruned_seq, chain.c.safe_seq)
    .where(chain.c.pruned_seq < chain.c.safe_seq)
    .order_by(chain.c.incarnation)
    .limit(1)
)
# What a clock that ran ahead stamped is old where something behind it in the chain is
_behind = journal.alias()
_old_up_to = (
    select(_behind.c.seq)
    .where(_behind.c.incarnation == bindparam("of"), _behind.c.wall_ms < bindparam("since"))
    .order_by(_behind.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
# The first that is too young, or of what isn't over yet
_KEPT_FROM: Final = select(func.min(journal.c.seq)).where(
    journal.c.incarnation == bindparam("of"),
    journal.c.seq.between(bindparam("first"), bindparam("last")),
    or_(
        journal.c.wall_ms.between(bindparam("since"), bindparam("now")),
        and_(
            journal.c.wall_ms > bindparam("now"),
            journal.c.seq > func.coalesce(_old_up_to, 0),
        ),
        journal.c.shift_id == select(state.c.shift_id).scalar_subquery(),
        journal.c.wall_ms
        >= select(func.min(encounter.c.opened_ms))
        .where(encounter.c.outcome.is_(None), encounter.c.rating_state.is_(None))
        .scalar_subquery(),
    ),
)
# What is before a manager can still be asked about
_of_span = and_(
    journal.c.incarnation == bindparam("of"),
    journal.c.seq.between(bindparam("first"), bindparam("last")),
    journal.c.decision.is_distinct_from("exception"),
)
_pruned_events = select(journal.c.event_id).where(_of_span)
_DROP_TEXTS: Final = delete(blob).where(blob.c.event_id.in_(_pruned_events))
# As they were before a fork
_DROP_ARCHIVED: Final = delete(journal_archive).where(
    journal_archive.c.event_id.in_(_pruned_events)
)
_DROP_BODIES: Final = update(journal).where(_of_span).values(body=b"")
_NOTE_PRUNED: Final = (
    update(chain).where(chain.c.incarnation == bindparam("of")).values(pruned_seq=bindparam("to"))
)
_FORGET_MARKS: Final = delete(acknowledged).where(
    acknowledged.c.incarnation == bindparam("of"), acknowledged.c.seq < bindparam("to")
)


def kept_days(value: object) -> int:
    """What the setting 'journal' says, KEEP_DAYS where it makes no sense."""
    days = value.get("keep_days") if isinstance(value, dict) else None
    return days if isinstance(days, int) and 0 <= days <= _MOST_DAYS else KEEP_DAYS


def note_acknowledged(
    connection: Connection, incarnation: int, seq: int, *, mark: int, now_ms: int
) -> None:
    """The server took the chain in up to `seq` by its transaction `mark`; one row an hour."""
    newest = connection.execute(_NEWEST, {"of": incarnation}).one_or_none()
    if newest is not None and newest.since_ms <= now_ms < newest.since_ms + _HOUR_MS:
        moved = {"of": incarnation, "from": newest.seq, "to": seq, "by": max(mark, newest.mark)}
        connection.execute(_MOVE, moved)
    else:
        row = {"incarnation": incarnation, "seq": seq, "mark": mark, "since_ms": now_ms}
        connection.execute(insert(acknowledged), row)


def begin_epoch(connection: Connection) -> None:
    """Marks of another epoch mean nothing; the next upload's is greater than of all before it."""
    connection.execute(delete(acknowledged))
    connection.execute(update(chain).values(safe_seq=chain.c.pruned_seq))


def forget_after(connection: Connection, incarnation: int, head_seq: int) -> None:
    """The server has forgotten what stands behind `head_seq`."""
    connection.execute(
        delete(acknowledged).where(
            acknowledged.c.incarnation == incarnation, acknowledged.c.seq > head_seq
        )
    )
    connection.execute(
        update(chain)
        .where(chain.c.incarnation == incarnation)
        .values(safe_seq=func.min(chain.c.safe_seq, head_seq))
    )


def note_backed_up(connection: Connection, horizon: int) -> None:
    """Confirmed backups hold what transactions below `horizon` took in."""
    connection.execute(_NOTE_SAFE, {"horizon": horizon})


def prune(connection: Connection, *, now_ms: int, keep_days: int) -> bool:
    """Let go of a few bodies, none of the last days; whether there may be more."""
    due = connection.execute(_DUE).one_or_none()
    if due is None:
        return False
    incarnation, pruned, safe = due
    last = min(pruned + _AT_A_TIME, safe)
    span = {"of": incarnation, "first": pruned + 1, "last": last}
    times = {"since": now_ms - keep_days * DAY_MS, "now": now_ms}
    kept_from = connection.execute(_KEPT_FROM, {**span, **times}).scalar_one()
    if kept_from is not None:
        span["last"] = kept_from - 1
    if span["last"] > pruned:
        connection.execute(_DROP_TEXTS, span)
        connection.execute(_DROP_ARCHIVED, span)
        connection.execute(_DROP_BODIES, span)
        connection.execute(_NOTE_PRUNED, {"of": incarnation, "to": span["last"]})
        connection.execute(_FORGET_MARKS, {"of": incarnation, "to": span["last"]})
    return kept_from is None
