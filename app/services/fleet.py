"""The devices that a manager looks after, as the server knows them, and what is done about one."""

from __future__ import annotations

from typing import Final

from app.domain.errors import Rejected, Unavailable
from app.domain.records import Staff
from app.ports.online import ActVerdict, FleetVerdict
from app.services.commands import ActOnDevice, AskFleet
from app.services.context import Context, clerk, signed_in

LIMIT_S: Final = 10.0
LONGEST_REASON: Final = 200


def ask_fleet(context: Context, command: AskFleet) -> FleetVerdict:
    """Ask how the devices are that this person looks after.

    Raises:
        Rejected: not_manager.
        Unavailable: unreachable.
    """
    person, session = _keeper(context), signed_in(context.store.reads)
    verdict = context.online.fleet(
        staff_id=person.staff_id, session_id=session.session_id, limit_s=LIMIT_S
    )
    if verdict.outcome != "told":
        raise Unavailable("unreachable", "Only the server knows how the devices are")
    return verdict


def act_on_device(context: Context, command: ActOnDevice) -> ActVerdict:
    """Have the server shut a device out, or give up what it holds; it keeps who and why.

    Raises:
        Rejected: not_manager, empty_reason, note_too_long, unknown_device, too_many_acts.
        Unavailable: unreachable; then it may have been done all the same, and can be said again.
    """
    person = _keeper(context)
    reason = " ".join(command.reason.split())
    if not reason:
        raise Rejected("empty_reason", "Write down why")
    if len(reason) > LONGEST_REASON:
        raise Rejected("note_too_long", "The reason is too long", limit=LONGEST_REASON)
    session = signed_in(context.store.reads)
    verdict = context.online.act_on_device(
        command.act,
        command.device_id,
        reason,
        staff_id=person.staff_id,
        session_id=session.session_id,
        limit_s=LIMIT_S,
    )
    if verdict.outcome == "refused" and verdict.code == "too_many_acts":
        raise Rejected("too_many_acts", "This desk has done it to many devices today")
    if verdict.outcome == "refused":
        raise Rejected("unknown_device", "This person looks after no such device")
    if verdict.outcome != "done":
        raise Unavailable("unreachable", "The server didn't answer")
    return verdict


def _keeper(context: Context) -> Staff:
    """Who looks after devices: an administrator needs to know nothing of the office's customers."""
    person = clerk(context, context.store.reads)
    if not {"duty_manager", "administrator"} & set(person.roles):
        raise Rejected("not_manager", "Only a duty manager or an administrator can do this")
    return person
