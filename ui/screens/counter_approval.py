"""What a clerk reads while a manager is asked."""

from __future__ import annotations

from ui.qt.language import translate
from ui.viewmodels import wording
from ui.viewmodels.approval import ApprovalViewModel

_HALF = 4  # eight digits are read out in two halves


def approval_words(approval: ApprovalViewModel) -> tuple[str, str]:
    """Return the page's title and what stands under it."""
    title = translate("Counter", "A manager has to agree")
    if approval.state == "nobody":
        reached = translate("Counter", "No manager's desk is in reach over the office's network.")
        by_phone = translate("Counter", "Call a manager, read this out and type the code they say.")
    else:
        reached = translate("Counter", "It is shown at the manager's desk.")
        by_phone = translate(
            "Counter", "Or call a manager, read this out and type the code they say."
        )
    return title, f"{reached}\n{by_phone}"


def read_aloud(approval: ApprovalViewModel, counter_label: str) -> str:
    """Return what the manager on the phone has to type, in the order of their fields."""
    return translate("Counter", "{counter} · {challenge} · {points} points").format(
        counter=counter_label,
        challenge=f"{approval.challenge[:_HALF]} {approval.challenge[_HALF:]}",
        points=wording.number(approval.points),
    )
