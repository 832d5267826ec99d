"""A manager's page of listening as tests show it: three customers, two managers, some actions."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.domain.acting import due_ms, rings_ms, standing_of
from app.domain.listening import quotas
from app.domain.listening_records import CorrectiveAction, Listening, Said
from app.services.listening_views import (
    ActionView,
    ListenedCustomer,
    ListeningView,
    SharedFinding,
)
from tests.fakes.core import START_MS

OFFICE, OTHER = UUID(int=70), UUID(int=9_100)
CLERK = UUID(int=9_101)
TODAY, WEEK = "2026-11-18", "2026-11-16"
DAY_MS = 86_400_000
ZONE = "Asia/Shanghai"


def said(
    which: int, field: str, value: str, text: str = "", *, by: UUID, at_ms: int = START_MS
) -> Said:
    return Said(UUID(int=which), field, value, at_ms, by, (), text)


def customer(place: int, stratum: str, name: str, *versions: Said, own: UUID) -> ListenedCustomer:
    listing = Listening(
        UUID(int=800 + place), OFFICE, own, WEEK, place, UUID(int=500 + place), stratum, versions
    )
    return ListenedCustomer(listing, name, f"****001{place}", f"138****567{place}")


def action(
    which: int, what: str, check_on: str, *more: Said, own: UUID, topic: str = "waiting"
) -> ActionView:
    begun = (
        said(which * 10, "owner", str(CLERK), by=own, at_ms=START_MS - 6 * DAY_MS),
        said(which * 10 + 1, "check_on", check_on, by=own, at_ms=START_MS - 6 * DAY_MS),
    )
    made = CorrectiveAction(
        UUID(int=900 + which), UUID(int=801), OFFICE, own, START_MS - 6 * DAY_MS, what,
        (*begun, *more),
    )  # fmt: skip
    standing = standing_of(made.said)
    rings, due = rings_ms(standing.check_on, ZONE), due_ms(standing.check_on, ZONE)
    return ActionView(made, standing, "李娜", "赵敏", topic, rings, due)


def listening_page(own: UUID) -> ListeningView:
    """One customer is written down, one wasn't reached, one is still to be called."""
    heard = "Forty minutes at the window, and nobody said why. The clerk was kind about it."
    customers = (
        customer(
            1, "rated", "张*明",
            said(1, "outcome", "reached", by=own),
            said(2, "topic", "waiting", by=own),
            said(3, "heard", "", heard, by=own),
            said(4, "shared", "yes", by=own),
            own=own,
        ),
        customer(2, "silent", "W*** Zhang", own=own),
        customer(3, "lapsed", "王*", said(5, "outcome", "not_reached", by=own), own=own),
    )  # fmt: skip
    others = [replace(each.listening, staff_id=OTHER, said=()) for each in customers[:2]]
    actions = (
        action(1, "Tell who waits how long it takes, every ten minutes", "2026-11-16", own=own),
        action(2, "Two more chairs by the door", TODAY, own=own, topic="facilities"),
        action(3, "Teach the rules about bags again", "2026-12-01", own=own, topic="knowledge"),
        action(
            4, "A sign for the toilets", "2026-11-13",
            said(49, "result", "effective", "Nobody asks any more", by=own), own=own,
        ),
    )  # fmt: skip
    return ListeningView(
        week=WEEK,
        is_current=True,
        own=customers,
        quotas=tuple(quotas([*(each.listening for each in customers), *others], [own, OTHER])),
        heard=(("waiting", 2), ("manner", 1)),
        shared=(
            SharedFinding("赵敏", "waiting", heard),
            SharedFinding("王芳", "manner", "The new clerk was kind."),
        ),
        actions=actions,
        people=((own, "赵敏"), (CLERK, "李娜"), (OTHER, "王芳")),
        today=TODAY,
        names={own: "赵敏", OTHER: "王芳", CLERK: "李娜"},
    )
