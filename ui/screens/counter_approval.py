"""What a clerk reads while a manager is asked."""

from __future__ import annotations

from ui.qt.language import translate
from ui.viewmodels import wording
from ui.viewmodels.approval import ApprovalViewModel

_HALF = 4  # eight digits are read out in two halves


def approval_words(approval: ApprovalViewModel) -> tuple[str, str]:
    """Return the page's title and what stands under it."""
    title = translate("Counter", "A manager has to agree")
    by_phone = translate(
        "Counter", "Or call one and read out: {challenge}, {points} points. Type the code they say."
    ).format(
        challenge=f"{approval.challenge[:_HALF]} {approval.challenge[_HALF:]}",
        points=wording.number(approval.points),
    )
    if approval.state == "nobody":
        reached = translate("Counter", "No manager's desk is in reach over the office's network.")
    else:
        reached = translate("Counter", "It is shown at the manager's desk.")
    return title, f"{reached}\n{by_phone}"
