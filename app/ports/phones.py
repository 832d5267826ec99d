"""What the page on a manager's phone asks of its desk; the adapter is app.services.phones."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Literal, Protocol
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.records import Case

TapStep = Literal["acknowledged", "arrived"]
TapOutcome = Literal["done", "case_taken", "case_closed", "unknown_case", "other_touch"]


@dataclass(frozen=True, slots=True)
class Floor:
    """What a phone shows.

    Attributes:
        staff_name: who is signed in on it.
        cases: the office's open low ratings, the newest first.
        is_named: whether managers may see who the customer is, now.
    """

    now_ms: int
    staff_name: str
    office_id: UUID
    office_code: str
    office_name: str
    time_zone: str
    cases: tuple[Case, ...]
    is_named: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """What became of a touch, and the case as it is now; None where there is none.

    'other_touch': another one has this one's id.
    """

    outcome: TapOutcome
    case: Case | None
    is_named: bool
    now_ms: int


@dataclass(frozen=True, slots=True)
class PagePlace:
    """Where phones find the page, and how a manager tells that it is this desk's.

    Attributes:
        addresses: the page's, the likeliest first; never none.
        fingerprint: SHA-256 of the certificate, 32 bytes.
        is_own: the certificate is the desk's own, of which browsers warn.
    """

    addresses: tuple[str, ...]
    fingerprint: bytes
    is_own: bool


class PageIdentity(Protocol):
    """Thread-safe."""

    def present(self, context: ssl.SSLContext, names: Sequence[str], *, now_ms: int) -> bytes:
        """Let `context` speak as the page of this desk, found under these names and addresses.

        Returns:
            Its certificate (DER), the same as long as it can be.

        Raises:
            Unavailable: keyring_locked, keyring_missing, vault_damaged, disk_error.
        """


class PhoneDesk(Protocol):
    """Thread-safe; never called on the GUI thread. `token` is what a phone's cookie holds.

    Raises:
        Rejected: not_signed_in, from every call with a token whose session is over.
        Unavailable: from every call; disk or vault, and where the seat has gone blind.
    """

    def check_open(self) -> None:
        """Whether there is anything to be shown here at all."""

    def sign_in(self, number: str, pin: str, *, address: str) -> str:
        """Begin a session for whoever manages this office, journalled; returns its token.

        Raises:
            Rejected: wrong_pin (detail: tries_left), throttled (detail: wait_s), wrong_role,
                staff_list_missing, not_enrolled.
        """

    def sign_out(self, token: str) -> None:
        """End a session; one that is over already stays so."""

    def floor(self, token: str, *, looked_at: bool = False) -> Floor:
        """What the page shows; `looked_at`: somebody has it before them."""

    def tap(self, token: str, tap_id: UUID, case_id: UUID, step: TapStep) -> Touched:
        """Take a case a step further, as an entry of this desk's; the same touch again is done."""

    def note_place(self, place: PagePlace | None) -> None:
        """Where phones find the page now, for the desk to show; None while they don't."""

    def when_changed(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called, on any thread, when the floor may differ; it returns at once.

        Returns:
            What ends that.
        """
