"""What the page on a manager's phone and whoever serves it say to each other, as JSON.

The page comes with the server or the desk that answers it, so these have no versions.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from sync.protocol.messages import Message

Short = Annotated[str, Meta(max_length=64)]
TapStep = Literal["acknowledged", "arrived"]
TapOutcome = Literal["done", "case_taken", "case_closed", "unknown_case"]


class PhoneSignIn(Message, frozen=True):
    """Who wants in: a staff number and its PIN."""

    number: Short
    pin: Short


class PhoneOffice(Message, frozen=True):
    """An office, as whoever may see its cases is told of it."""

    office_id: UUID
    code: str
    name: str
    time_zone: str


class PhonePassedOn(Message, frozen=True):
    """A way that the server told of a low rating which nobody took, and when."""

    route: str
    at_ms: int


class PhoneCase(Message, frozen=True):
    """An open low rating.

    Attributes:
        call: what the customer wants done, a CallWish or ''.
        comment: as it may be shown: no control character, at most 500 characters.
        member_name: '' unless the setting 'rating' lets managers see it.
        taken_by: who was first, '' for nobody yet; `taken_ms` when.
        source: 'phone' where the customer rated on their own, maybe from elsewhere; else ''.
        there_by: who stood before the customer first; `there_ms` when.
    """

    case_id: UUID
    counter_label: str
    clerk_number: str
    opened_ms: int
    score: int | None
    state: str
    stage: str
    call: str
    reasons: tuple[str, ...]
    comment: str
    member_name: str
    taken_by: str
    taken_ms: int | None
    there_by: str
    there_ms: int | None
    passed_on: tuple[PhonePassedOn, ...]
    source: str


class PhoneView(Message, frozen=True):
    """What the page shows.

    Attributes:
        staff_name: who is signed in.
        office: whose cases these are.
        offices: among which this person may choose; one of them is `office`.
        cases: the newest first.
    """

    server_ms: int
    staff_name: str
    office: PhoneOffice
    offices: tuple[PhoneOffice, ...]
    cases: tuple[PhoneCase, ...]


class PhoneOfficeChoice(Message, frozen=True):
    """Show this office's cases from now on."""

    office_id: UUID


class PhoneTap(Message, frozen=True):
    """A touch: 'acknowledged', I am on my way; 'arrived', I am with the customer.

    `tap_id` is the phone's; sent again it is the same touch.
    """

    tap_id: UUID
    case_id: UUID
    step: TapStep


class PhoneTapAnswer(Message, frozen=True):
    """What became of a touch.

    Attributes:
        outcome: 'done', now or when it came before; else why not: somebody was first
            ('case_taken', 'case_closed'), or there is no such case here.
        case: as it is now, None where there is none.
    """

    outcome: TapOutcome
    case: PhoneCase | None
    server_ms: int
