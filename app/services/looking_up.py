"""Looking up a member whom this seat doesn't hold."""

from __future__ import annotations

from typing import Final

from app.domain.errors import Rejected
from app.domain.look_up import look_up_keys
from app.services.commands import LookUpMember
from app.services.context import Context, clerk, signed_in
from app.services.views import LookUpOutcome

LIMIT_S: Final = 2.0
"""As long as somebody stands there and waits."""


def look_up_member(context: Context, command: LookUpMember) -> LookUpOutcome:
    """Ask the server whom the text means, and keep them.

    Raises:
        Rejected: not_signed_in, unknown_staff, not_a_whole_key.
    """
    if not look_up_keys(command.text):
        raise Rejected("not_a_whole_key", "Only whole cards, phones and names are looked up")
    reads = context.store.reads
    person, session = clerk(context, reads), signed_in(reads)
    verdict = context.online.look_up(
        command.text, staff_id=person.staff_id, session_id=session.session_id, limit_s=LIMIT_S
    )
    if verdict.members:
        context.members.keep_looked_up(verdict.members)
    return verdict.outcome
