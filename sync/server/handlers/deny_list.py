"""Members whom a manager puts on the deny list at their desk, and takes off again."""

from __future__ import annotations

from app.domain.errors import Rejected
from app.domain.events import MemberAllowed, MemberDenied
from sync.server import denying
from sync.server.batch import Batch
from sync.server.forgetting import drop_texts
from sync.server.handlers.people import person_of
from sync.server.handlers.points import member_of
from sync.server.member_state import MemberState
from sync.server.reading import Received


def member_denied(batch: Batch, received: Received, event: MemberDenied) -> None:
    """From their next contact on no counter promises the member anything by itself."""
    member, person = _whose(batch, event), person_of(batch, received)
    reason = batch.blob(event.reason_hash).decode("utf-8", "replace")
    denying.deny(
        batch.work,
        member.member_id,
        reason,
        by=f"{person.name} ({person.number})",
        since_ms=min(received.at_ms, batch.work.now_ms),
    )


def member_allowed(batch: Batch, received: Received, event: MemberAllowed) -> None:
    """Off the list; of somebody who isn't on it, nothing changes."""
    member = _whose(batch, event)
    denying.check_reason(batch.blob(event.reason_hash).decode("utf-8", "replace"))
    denying.allow(batch.work, member.member_id)


def _whose(batch: Batch, event: MemberDenied | MemberAllowed) -> MemberState:
    """What comes after the member was forgotten is not kept."""
    member = member_of(batch, event.member_id)
    if member.is_forgotten:
        drop_texts(batch.work, [event.reason_hash])
        raise Rejected("member_forgotten", "The member's data was erased in the meantime")
    return member
