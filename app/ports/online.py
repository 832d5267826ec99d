"""What a service may ask of the server while a person waits; the adapter is in sync.client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol
from uuid import UUID

from app.domain.fleet import FleetDevice
from app.domain.lean import dataclass
from app.domain.member import Member
from app.domain.own_figures import OwnWeek
from app.domain.records import Figures
from app.domain.redemption import SetAside
from app.domain.statement import StatementLine
from app.ports.sync_store import StoredBlob


@dataclass(frozen=True, slots=True)
class OnlineVerdict:
    """The server's answer to a redemption asked at once.

    'unknown' means that the answer was lost: the server may or may not have posted it.
    'unreachable' means that the server certainly never saw it.

    Attributes:
        mark: as SyncStore.confirm's.
        set_aside: where points enough are the member's, and counters hadn't handed them back in
            time: those that do.
    """

    outcome: Literal["posted", "refused", "unknown", "unreachable"]
    code: str = ""
    message: str = ""
    mark: int = 0
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True)
class LookUpVerdict:
    """Whom the server found; 'refused' with the code of why, such as 'busy' when asked too often.

    'unreachable' says that nobody knows.
    """

    outcome: Literal["found", "none", "too_many", "refused", "unreachable"]
    members: tuple[Member, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class VoucherVerdict:
    """The server's word on a voucher: 'taken' for us, 'refused' with the code of why.

    'unreachable' says that nobody knows.
    """

    outcome: Literal["taken", "refused", "unreachable"]
    code: str = ""
    message: str = ""


SavedAs = Literal["", "csv", "pdf"]


@dataclass(frozen=True, slots=True)
class StatementVerdict:
    """What the server says changed a member's points.

    'none' for a member it doesn't know, 'refused' with the code of why, 'unreachable' says that
    nobody knows.

    Attributes:
        lots: (points, ISO date on which they expire or None), earliest first.
        at_ms: by the server's clock.
    """

    outcome: Literal["told", "none", "refused", "unreachable"]
    code: str = ""
    opening_points: int = 0
    lines: tuple[StatementLine, ...] = ()
    closing_points: int = 0
    owed_points: int = 0
    lots: tuple[tuple[int, str | None], ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class CounterExposure:
    """What one counter of the office exposes the programme to.

    Attributes:
        parts: points by what they may be lost to: pool, replaced, written_off, waiting, forgotten.
        leases, leased_points: what it holds of members; no loss while the counter is there.
        last_contact_ms: by the server's clock; None for one that never called.
    """

    device_id: UUID
    counter_label: str
    parts: dict[str, int]
    leases: int
    leased_points: int
    last_contact_ms: int | None
    is_shut_out: bool

    @property
    def points(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class ExposureVerdict:
    """The worst possible loss as the server adds it up; 'unreachable' says that nobody knows.

    Attributes:
        programme_points: over all offices.
        one_member_points: the most that a single member could draw on all allowances.
        owed_points: what members owe already.
        at_ms: by the server's clock.
    """

    outcome: Literal["told", "unreachable"]
    code: str = ""
    counters: tuple[CounterExposure, ...] = ()
    programme_points: int = 0
    one_member_points: int = 0
    owed_points: int = 0
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class DaysVerdict:
    """What offices' days count; 'unreachable' says that only the server knows them.

    Attributes:
        days: of one office, or of all together, each as one counter.
        office_codes: whose they are.
        at_ms: by the server's clock.
    """

    outcome: Literal["told", "unreachable"]
    code: str = ""
    days: tuple[Figures, ...] = ()
    office_codes: tuple[str, ...] = ()
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class OwnWeeksVerdict:
    """A clerk's own weeks; 'unreachable' says that only the server knows them.

    Attributes:
        least_n: customers that a share of them comes from at least.
        at_ms: by the server's clock.
    """

    outcome: Literal["told", "unreachable"]
    code: str = ""
    weeks: tuple[OwnWeek, ...] = ()
    least_n: int = 0
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class FleetVerdict:
    """How the devices are; 'unreachable' says that only the server knows.

    Attributes:
        more: how many are left out.
        at_ms: by the server's clock.
    """

    outcome: Literal["told", "unreachable"]
    code: str = ""
    devices: tuple[FleetDevice, ...] = ()
    more: int = 0
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class ActVerdict:
    """What was done about a device; 'unreachable': nobody knows whether it was.

    Attributes:
        leases, points, units: what was given up.
    """

    outcome: Literal["done", "refused", "unreachable"]
    code: str = ""
    leases: int = 0
    points: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrolment yields (field by field the wire's EnrolAnswer)."""

    document: dict[str, object]


class OnlineDesk(Protocol):
    """Blocking, bounded by `limit_s`; never called on the GUI thread or the writer."""

    def redeem(
        self, body: bytes, signature: bytes, blobs: Sequence[StoredBlob], *, limit_s: float
    ) -> OnlineVerdict: ...

    def look_up(
        self, text: str, *, staff_id: UUID, session_id: UUID, limit_s: float
    ) -> LookUpVerdict:
        """Ask for members whom the seat doesn't hold (see app.domain.look_up)."""

    def claim_voucher(self, text: str, use_id: UUID, *, limit_s: float) -> VoucherVerdict:
        """Ask whether a voucher may be taken, and keep others from taking it meanwhile.

        Asking again with the same `use_id` changes nothing.
        """

    def statement(
        self,
        member_id: UUID,
        *,
        first_day: str,
        staff_id: UUID,
        session_id: UUID,
        limit_s: float,
        saved_as: SavedAs = "",
    ) -> StatementVerdict:
        """Ask what changed a member's points since an ISO date, '' for ever.

        `saved_as`: the kind of file that it is taken along as, which the server writes down.
        """

    def fleet(self, *, staff_id: UUID, session_id: UUID, limit_s: float) -> FleetVerdict:
        """Ask the server how the devices are that this person looks after."""

    def act_on_device(
        self,
        act: Literal["revoke", "release"],
        device_id: UUID,
        reason: str,
        *,
        staff_id: UUID,
        session_id: UUID,
        limit_s: float,
    ) -> ActVerdict:
        """Have the server do something about a device; saying it again does no harm."""

    def exposure(self, *, limit_s: float) -> ExposureVerdict:
        """Ask what could be lost at most; of a desk alone."""

    def days(
        self, office_code: str, *, first_day: str, last_day: str, limit_s: float
    ) -> DaysVerdict:
        """Ask what an office's days count, '' for all offices'; of a desk alone."""

    def own_weeks(self, *, staff_id: UUID, session_id: UUID, limit_s: float) -> OwnWeeksVerdict:
        """Ask for the signed-in clerk's weeks, as they may be told to them."""

    def enrol(
        self, server_url: str, code: str, public_key: bytes, *, office: str = ""
    ) -> Enrolment:
        """Trade a one-use code, or a token for many, for an identity.

        `office` is where the PC's settings say that it stands, which a token has to agree with.

        Raises:
            Rejected: code_unknown, code_used, code_expired, token_expired, token_used_up,
                token_revoked, token_elsewhere, pc_shut_out.
            Unavailable: unreachable, not_guichet, certificate, server_error, old_client.
        """


class StartingDesk(OnlineDesk, Protocol):
    """What a seat asks of the server while it starts."""

    def call_in(self, *, limit_s: float) -> None:
        """Let the server be heard of, if it answers: a contact, or the word that we are revoked."""
