"""What the server tells on demand of points: a member's statement, the worst possible loss.

Messages of the wire as those of `messages`.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from app.domain.own_figures import OwnWeek
from app.domain.records import Figures
from sync.protocol.messages import Message, SetAside

# --- statements --------------------------------------------------------------------------------


class StatementRequest(Message, frozen=True):
    """What changed a member's points? Asked as a look-up is, by whoever is signed in.

    `first_day` is an ISO date of the office's; '' for all that there is. `saved_as` says that it is
    asked for to be taken along as a file, and of what kind; '' to be looked at.
    """

    member_id: UUID
    staff_id: UUID
    session_id: UUID
    first_day: str = ""
    saved_as: Literal["", "csv", "pdf"] = ""


class StatementLine(Message, frozen=True):
    """One booking; `happened_on` is '' where that is no day of a counter's."""

    booked_on: str
    happened_on: str
    kind: str
    what: str
    office_code: str
    points: int
    balance: int


class StatementLot(Message, frozen=True):
    """Points that expire together; `leased` of them are set aside for counters."""

    remaining: int
    leased: int
    expires_on: str | None


class StatementAnswer(Message, frozen=True):
    """The newest lines, oldest first; `opening_points` is the balance before the first of them.

    'none': the member isn't known here, or is forgotten.
    """

    outcome: Literal["told", "none"]
    server_ms: int
    opening_points: int = 0
    lines: tuple[StatementLine, ...] = ()
    closing_points: int = 0
    owed_points: int = 0
    lots: tuple[StatementLot, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


# --- the worst possible loss -------------------------------------------------------------------


class ExposureRequest(Message, frozen=True):
    """What could be lost at most, now? Of a desk alone."""


class CounterExposure(Message, frozen=True):
    """One counter of the desk's office.

    Attributes:
        parts: points by what they may be lost to: pool, replaced, written_off, waiting, forgotten;
            those without points are left out.
        leases, leased_points: what it holds of members; no loss while the counter is there.
        last_contact_ms: None for one that never called.
    """

    device_id: UUID
    counter_label: str
    parts: dict[str, int]
    leases: int
    leased_points: int
    last_contact_ms: int | None
    is_shut_out: bool


class ExposureAnswer(Message, frozen=True):
    """`programme_points` is the sum over all offices, of which no more is told."""

    counters: list[CounterExposure]
    programme_points: int
    one_member_points: int
    owed_points: int
    server_ms: int


# --- offices' figures ----------------------------------------------------------------------------


class DaysRequest(Message, frozen=True):
    """What do an office's days count, from one ISO date to another, both within? Of a desk alone.

    Attributes:
        office_code: '' for all offices together.
        cases_apart: the desk reads cases of all offices as `DaysAnswer.cases`.
    """

    office_code: str
    first_day: str
    last_day: str
    cases_apart: bool = False


class DayCase(Message, frozen=True, array_like=True):
    """A case of all offices' together (`app.domain.records.Handled`), on its ISO day."""

    day: str
    origin: str
    service: str
    score: int | None
    taken_s: int | None
    there_s: int | None
    closed_s: int | None
    outcome: str
    with_s: dict[str, int]


class DaysAnswer(Message, frozen=True):
    """Days in their order, as a replica holds its own office's (`app.domain.records.Figures`).

    Another office's are without staff. Of all together there is one for each date, by service
    alone. With `cases_apart` their cases are in `cases` and not in the days: tens of thousands in
    a month, which is too long otherwise.
    """

    days: list[Figures]
    office_codes: list[str]
    server_ms: int
    cases: tuple[DayCase, ...] = ()


class OwnWeeksRequest(Message, frozen=True):
    """What do this office's days say of whoever is signed in?

    `staff_id` is the clerk who asks, in the session `session_id`.
    """

    staff_id: UUID
    session_id: UUID


class OwnWeeksAnswer(Message, frozen=True):
    """The clerk's weeks, the latest first; `least_n` customers are what a share needs."""

    weeks: list[OwnWeek]
    least_n: int
    server_ms: int


# --- the fleet -----------------------------------------------------------------------------------


class ConditionRequest(Message, frozen=True):
    """What a device says of itself, at most once a minute (`app.domain.fleet.Condition`).

    Texts have at most 80 characters, and there are at most 20 codes; what is more is left out.
    """

    version: str
    system: str
    unsent: int = 0
    oldest_unsent_ms: int = 0
    free_mb: int | None = None
    offset_ms: int | None = None
    doctor_ran_ms: int | None = None
    doctor_worst: str = ""
    doctor_codes: tuple[str, ...] = ()


class FleetRequest(Message, frozen=True):
    """How are the devices? Of a desk alone, by whoever is signed in there.

    An administrator is told of all of them, a duty manager of their own office's.
    """

    staff_id: UUID
    session_id: UUID


class FleetEntry(Message, frozen=True):
    """One device (`app.domain.fleet.FleetDevice`)."""

    device_id: UUID
    office_code: str
    counter_label: str
    kind: str
    is_shut_out: bool
    last_ms: int
    said_ms: int | None
    condition: ConditionRequest
    leases: int
    leased_points: int


class FleetAnswer(Message, frozen=True):
    """The worst first, at most 2,000; `more` counts those that are left out."""

    devices: list[FleetEntry]
    more: int
    server_ms: int


class FleetActRequest(Message, frozen=True):
    """Shut a device out, or give up what it holds of members' points. Who and why is written down.

    Of a desk alone, by an administrator, or a duty manager of the device's office.
    """

    act: Literal["revoke", "release"]
    device_id: UUID
    staff_id: UUID
    session_id: UUID
    reason: str


class FleetActAnswer(Message, frozen=True):
    """What was done; `leases`, `points` and `units` were given up."""

    leases: int
    points: int
    units: int
    server_ms: int
