"""What a restored server forgot and the chain alone would not tell it: redemptions posted online.

In the chain an intent has no effect, because its urgent copy had posted it at once. A server set
back to before that copy would never charge for a reward that the customer has. So the seat says in
its journal that it was granted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select, update

from app.domain.entry import Actor
from app.domain.events import Cover, RedemptionGranted
from app.ports.clock import Clock
from app.store.journal import Journal
from app.store.tables import chain, effect, journal, line, redemption

_POSTED_ONLINE: Final = (
    select(
        redemption.c.redemption_id,
        redemption.c.encounter_id,
        redemption.c.member_id,
        redemption.c.reward_id,
        redemption.c.points,
        redemption.c.cash_minor,
        redemption.c.currency,
        journal.c.body,
    )
    .join(line, line.c.ref_id == redemption.c.redemption_id)
    .join(journal, journal.c.event_id == line.c.event_id)
    .join(chain, chain.c.incarnation == journal.c.incarnation)
    .where(
        redemption.c.state == "posted",
        redemption.c.cover == Cover.ONLINE,
        # What was pruned is in the backups that were confirmed, whichever was restored
        or_(journal.c.seq > chain.c.pruned_seq, journal.c.body != b""),
    )
    .order_by(journal.c.incarnation, journal.c.seq)
)
# Until the server has it again the member's points show it as spent here
_PENDING_AGAIN: Final = (
    update(effect)
    .where(effect.c.ref_id == bindparam("ref"), effect.c.undo.is_(False))
    .values(event_id=bindparam("by"), mark=None, state="pending")
)


def say_online_redemptions(
    connection: Connection, clock: Clock, new_id: Callable[[], UUID]
) -> None:
    """Journal as granted whatever was posted online, as a new epoch begins.

    Which of them the server forgot can't be told: an intent may have gone up in the chain before
    its copy, or after the server came back. What it knows has no second effect.
    """
    rows = connection.execute(_POSTED_ONLINE).all()
    if not rows:
        return
    chain_end = Journal(connection, clock)
    for *named, body in rows:
        redemption_id, encounter_id, member_id, reward_id, points, cash_minor, currency = named
        granted = RedemptionGranted(
            redemption_id=redemption_id,
            encounter_id=encounter_id,
            member_id=member_id,
            reward_id=reward_id,
            points=points,
            cover=Cover.ONLINE,
            lease_id=None,
            pool_id=None,
            cash_minor=cash_minor,
            currency=currency,
        )
        entry = chain_end.append(granted, new_id(), _actor_of(body), (), urgent=False)
        connection.execute(_PENDING_AGAIN, {"ref": redemption_id, "by": entry.event_id})
    chain_end.flush()


def _actor_of(body: bytes) -> Actor:
    """Whoever redeemed it; nobody where the disk doesn't tell any more, and a manager decides."""
    if not body:
        return Actor()
    document = json.loads(body)
    return Actor(
        *(
            None if document[name] is None else UUID(document[name])
            for name in ("staff_id", "session_id", "shift_id")
        )
    )
