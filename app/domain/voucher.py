"""A voucher: what a redemption yields on paper, and what any counter reads off it by itself.

Its text is `GV1` and, in base32, two signed parts: the credential, in which the programme's server
says whose key the issuing counter's is, and the statement, in which that counter says what is to be
handed over. 416 capital letters and digits: a QR of 65 modules, which a scanner that types can't
garble by Caps Lock or a keyboard's language.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import Cover
from app.domain.lean import dataclass

SETTING: Final = "voucher"
DEFAULT_VOUCHER: Final[dict[str, object]] = {"valid_days": 90, "open_covers": ["online", "lease"]}
"""For how long, and after which redemptions any office takes it; after others its own alone."""

MAX_CHARACTERS: Final = 600
PREFIX: Final = "GV1"

_MOST_DAYS: Final = 3_660
_SIGNATURE_BYTES: Final = 64
_VERSION: Final = 1
_CREDENTIAL: Final = struct.Struct(">B16s16s16s32sH")
_STATEMENT: Final = struct.Struct(">16s16sQIHB")
_SIZE: Final = _CREDENTIAL.size + _STATEMENT.size + 2 * _SIGNATURE_BYTES
_FIRST_DAY: Final = date(1970, 1, 1)
_LAST_NUMBER: Final = 2**16 - 1
_LATEST_S: Final = 2**32 - 1
_OPEN: Final = 0x80
_COVERS: Final = (Cover.ONLINE, Cover.LEASE, Cover.AT_RISK)
_SHELVES: Final = 256


@dataclass(frozen=True, slots=True)
class VoucherRules:
    """The programme's setting 'voucher'.

    Attributes:
        valid_days: the day of issue is the first, 1..3660.
        open_covers: what has to stand behind a redemption for its voucher to be taken anywhere.
    """

    valid_days: int
    open_covers: frozenset[Cover]

    @classmethod
    def from_setting(cls, value: Mapping[str, Any] | None) -> VoucherRules:
        """Read the server's setting; what it doesn't say, or says wrongly, keeps its default."""
        merged: dict[str, Any] = {**DEFAULT_VOUCHER, **(value or {})}
        days, covers = merged["valid_days"], merged["open_covers"]
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= _MOST_DAYS:
            days = DEFAULT_VOUCHER["valid_days"]
            assert isinstance(days, int)
        if not isinstance(covers, list | tuple):
            covers = DEFAULT_VOUCHER["open_covers"]
        return cls(days, frozenset(cover for cover in _COVERS if cover.value in covers))

    def last_day(self, issued_on: date) -> date:
        """Until when a voucher of that day is taken."""
        return issued_on + timedelta(days=self.valid_days - 1)


@dataclass(frozen=True, slots=True)
class Credential:
    """Which counter of which office, by the word of the programme's server.

    Attributes:
        public_key: the counter's, Ed25519, 32 bytes.
        ends_on: what was issued later isn't vouched for.
    """

    programme_id: UUID
    office_id: UUID
    device_id: UUID
    public_key: bytes
    ends_on: date

    def statement(self) -> bytes:
        """What the server's authority signs."""
        return b"guichet credential 1\0" + self.packed()

    def packed(self) -> bytes:
        return _CREDENTIAL.pack(
            _VERSION,
            self.programme_id.bytes,
            self.office_id.bytes,
            self.device_id.bytes,
            self.public_key,
            _day_number(self.ends_on),
        )

    @classmethod
    def unpacked(cls, packed: bytes) -> Credential:
        """Raises ValueError."""
        try:
            version, programme, office, device, key, ends = _CREDENTIAL.unpack(packed)
        except struct.error as error:
            raise ValueError("not a credential") from error
        if version != _VERSION:
            raise ValueError("a credential of another version")
        return cls(UUID(bytes=programme), UUID(bytes=office), UUID(bytes=device), key, _day(ends))


@dataclass(frozen=True, slots=True)
class Voucher:
    """What is to be handed over.

    Attributes:
        issued_s: by the issuing counter's clock, seconds since 1970 UTC.
        last_day: of the office that takes it.
        is_open: any office takes it; else the one that issued it.
        cover: what stands behind its redemption.
    """

    redemption_id: UUID
    reward_id: UUID
    points: int
    issued_s: int
    last_day: date
    is_open: bool
    cover: Cover

    def packed(self) -> bytes:
        flags = _COVERS.index(self.cover) | (_OPEN if self.is_open else 0)
        return _STATEMENT.pack(
            self.redemption_id.bytes,
            self.reward_id.bytes,
            self.points,
            min(max(self.issued_s, 0), _LATEST_S),
            _day_number(self.last_day),
            flags,
        )

    @classmethod
    def unpacked(cls, packed: bytes) -> Voucher:
        """Raises ValueError."""
        redemption, reward, points, issued_s, last, flags = _STATEMENT.unpack(packed)
        if flags & ~_OPEN >= len(_COVERS):
            raise ValueError("a voucher of another version")
        return cls(
            UUID(bytes=redemption),
            UUID(bytes=reward),
            points,
            issued_s,
            _day(last),
            bool(flags & _OPEN),
            _COVERS[flags & ~_OPEN],
        )


@dataclass(frozen=True, slots=True)
class SignedVoucher:
    """A voucher as it is printed; whether the signatures are good is the reader's to find out.

    Attributes:
        vouched: the authority's signature over the credential.
        signature: the counter's over the voucher.
    """

    credential: Credential
    vouched: bytes
    voucher: Voucher
    signature: bytes

    def statement(self) -> bytes:
        """What the issuing counter signs: the voucher, and as whom it issues it."""
        return voucher_statement(self.credential, self.voucher)

    def to_text(self) -> str:
        """The QR's text, which is also what a scanner types."""
        parts = (self.credential.packed(), self.vouched, self.voucher.packed(), self.signature)
        return PREFIX + base64.b32encode(b"".join(parts)).decode().rstrip("=")

    @property
    def code(self) -> str:
        """A short name to be read out: where two people look at the same voucher they know it."""
        return short_code(self.voucher.redemption_id)


def voucher_statement(credential: Credential, voucher: Voucher) -> bytes:
    """What the issuing counter signs."""
    return b"guichet voucher 1\0" + credential.packed() + voucher.packed()


def looks_like_voucher(text: str) -> bool:
    """Whether a scan is to be read as a voucher: no card has so many characters."""
    scanned = text.strip()
    return len(scanned) > _SIZE and scanned.upper().startswith(PREFIX)


def read_voucher(text: str) -> SignedVoucher:
    """Read what a scanner typed.

    Raises:
        Rejected: voucher_unreadable.
    """
    scanned = text.strip().upper()
    try:
        if not scanned.startswith(PREFIX) or len(scanned) > MAX_CHARACTERS:
            raise ValueError("not a voucher")
        encoded = scanned.removeprefix(PREFIX)
        packed = base64.b32decode(encoded + "=" * (-len(encoded) % 8))
        if len(packed) != _SIZE:
            raise ValueError("cut short")
        credential, rest = packed[: _CREDENTIAL.size], packed[_CREDENTIAL.size :]
        vouched, rest = rest[:_SIGNATURE_BYTES], rest[_SIGNATURE_BYTES:]
        statement, signature = rest[: _STATEMENT.size], rest[_STATEMENT.size :]
        return SignedVoucher(
            Credential.unpacked(credential), vouched, Voucher.unpacked(statement), signature
        )
    except (ValueError, binascii.Error) as error:
        raise Rejected("voucher_unreadable", "The voucher can't be read whole") from error


def short_code(redemption_id: UUID) -> str:
    """Eight characters of a redemption's id in two groups, such as 'K7QF-2M4C'."""
    text = base64.b32encode(redemption_id.bytes[-5:]).decode()
    return f"{text[:4]}-{text[4:]}"


def shelf_of(redemption_id: UUID) -> str:
    """Under which of 256 names replicas are told of a voucher's use."""
    return f"{redemption_id.bytes[-1] % _SHELVES:02x}"


def tail_of(redemption_id: UUID) -> str:
    """What stands for a used voucher there: the 62 random bits of its id."""
    return redemption_id.hex[16:]


def _day_number(day: date) -> int:
    """A clock may say anything: what has no number is the first day, or the last."""
    return min(max((day - _FIRST_DAY).days, 0), _LAST_NUMBER)


def _day(number: int) -> date:
    return _FIRST_DAY + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Known:
    """What a counter knows of a voucher besides what it reads off it.

    Attributes:
        is_vouched: the authority's signature is good, and the counter's own.
        is_shut_out: the issuing counter was.
        used_here: this counter has taken it.
        used_elsewhere: the server has told of another counter that did.
        voided_here: this counter undid the redemption.
        refunded_here: this counter gave all of its points back.
    """

    is_vouched: bool
    is_shut_out: bool
    used_here: bool
    used_elsewhere: bool
    voided_here: bool
    refunded_here: bool


def refusal_of(
    signed: SignedVoucher, known: Known, *, programme_id: UUID, office_id: UUID, today: date
) -> str:
    """Why an office doesn't take a voucher, '' where it does.

    Args:
        signed: as read.
        known: of it at this counter.
        programme_id: of the office.
        office_id: of the counter.
        today: the office's day.

    Returns:
        voucher_other_programme, voucher_forged, voucher_issuer_shut_out, voucher_expired,
        voucher_elsewhere (another office's alone), voucher_used_here, voucher_used, voucher_voided,
        voucher_refunded.
    """
    credential, voucher = signed.credential, signed.voucher
    issued_on = datetime.fromtimestamp(voucher.issued_s, UTC).date()
    if credential.programme_id != programme_id:
        return "voucher_other_programme"
    if not known.is_vouched or issued_on > credential.ends_on:
        return "voucher_forged"
    if known.is_shut_out:
        # Whoever has its key can write any day on a voucher, so the day proves nothing
        return "voucher_issuer_shut_out"
    if voucher.last_day < today:
        return "voucher_expired"
    if not voucher.is_open and credential.office_id != office_id:
        return "voucher_elsewhere"
    if known.used_here:
        return "voucher_used_here"
    if known.used_elsewhere:
        return "voucher_used"
    if known.voided_here:
        return "voucher_voided"
    return "voucher_refunded" if known.refunded_here else ""
