"""What this seat did and the members file doesn't show yet: how the server's word moves it on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select, update

from app.ports.sync_store import Decided
from app.store.journal import Span
from app.store.tables import (
    case_action,
    contact,
    coupon,
    effect,
    encounter,
    joined,
    journal,
    lease,
)

_OVERLAID: Final = (effect, joined, contact, case_action)

# What the server confirmed last, as far as the overlay knows it.
_confirmed_events = select(journal.c.event_id).where(
    journal.c.incarnation == bindparam("of"),
    journal.c.seq.between(bindparam("first"), bindparam("last")),
)
# Whoever is being served stays known, whatever became of their entry; a later pull lets go of them.
_isnt_served = joined.c.member_id.not_in(
    select(encounter.c.member_id).where(
        encounter.c.outcome.is_(None), encounter.c.member_id.is_not(None)
    )
)
_MARK: Final = (
    *(
        update(table)
        .where(table.c.mark.is_(None), table.c.event_id.in_(_confirmed_events))
        .values(mark=bindparam("by"))
        for table in (effect, contact, case_action)
    ),
    # Whoever has left is counted with them, to be let go of by the pull that this asks for
    update(joined)
    .where(
        or_(
            and_(joined.c.mark.is_(None), joined.c.event_id.in_(_confirmed_events)),
            and_(joined.c.mark.is_not(None), _isnt_served),
        )
    )
    .values(mark=func.coalesce(joined.c.mark, bindparam("by"))),
)
_UNMARK: Final = tuple(
    update(table).where(table.c.event_id.in_(_confirmed_events)).values(mark=None)
    for table in _OVERLAID
)
_HIDE: Final = (
    update(effect)
    .where(effect.c.state == "shown", effect.c.event_id.in_(_confirmed_events))
    .values(state="pending")
)
_refused = (
    select(journal.c.event_id)
    .where(journal.c.incarnation == bindparam("of"), journal.c.seq == bindparam("at"))
    .scalar_subquery()
)
_refused_refs = select(effect.c.ref_id).where(
    effect.c.event_id == _refused, effect.c.undo.is_(False)
)
# A refused accrual takes its undoing with it; a refused undoing leaves the accrual standing.
_VOID: Final = (
    update(effect)
    .where(or_(effect.c.event_id == _refused, effect.c.ref_id.in_(_refused_refs)))
    .values(state="void")
)
_FREE_COUPON: Final = delete(coupon).where(coupon.c.ref_id.in_(_refused_refs))
_FORGET: Final = (
    delete(joined).where(joined.c.event_id == _refused, _isnt_served),
    *(delete(table).where(table.c.event_id == _refused) for table in (contact, case_action)),
    # What a neighbour handed on and the server doesn't believe
    update(lease).where(lease.c.received_by == _refused).values(state="closed"),
)

_SHOWN: Final = (
    update(effect)
    .where(effect.c.state == "pending", effect.c.mark < bindparam("horizon"))
    .values(state="shown")
)
_SHOWN_PROFILES: Final = (
    delete(joined).where(joined.c.mark < bindparam("horizon"), _isnt_served),
    *(delete(table).where(table.c.mark < bindparam("horizon")) for table in (contact, case_action)),
)


def settle(connection: Connection, confirmed: Span, decided: Sequence[Decided], mark: int) -> bool:
    """Mark what there is of confirmed entries, and take back what was refused of them.

    Args:
        connection: writing.
        confirmed: the entries that the server has taken.
        decided: what it said of some of them.
        mark: its transaction that applied them.

    Returns:
        Whether the next pull has anything to let go of.
    """
    of = confirmed.incarnation
    marked = 0
    for statement in _MARK:
        marked += connection.execute(statement, {**_span(confirmed), "by": mark}).rowcount
    for decision in decided:
        if decision.decision == "exception" and confirmed.first_seq <= decision.seq:
            for refused in (_FREE_COUPON, _VOID, *_FORGET):
                connection.execute(refused, {"of": of, "at": decision.seq})
    return marked > 0


def unsettle(connection: Connection, forgotten: Span) -> None:
    """Show entries again that the server doesn't have any more."""
    for statement in (_HIDE, *_UNMARK):
        connection.execute(statement, _span(forgotten))


def shown(connection: Connection, horizon: int) -> None:
    """Let go of what the members file shows now: all that was marked below the horizon."""
    for statement in (_SHOWN, *_SHOWN_PROFILES):
        connection.execute(statement, {"horizon": horizon})


def begin_epoch(connection: Connection) -> None:
    """Let what was confirmed in the last epoch go with the next complete pull.

    Marks count the transactions of one epoch, and mean nothing in the next.
    """
    for table in _OVERLAID:
        connection.execute(update(table).where(table.c.mark.is_not(None)).values(mark=-1))


def _span(entries: Span) -> dict[str, int]:
    return {"of": entries.incarnation, "first": entries.first_seq, "last": entries.last_seq}
