"""The link by which a customer rates on their own phone: made by the counter, offline.

Its address and token are capital letters, digits and a few signs: a QR of 49 modules, which any
phone's camera reads. What it proves is whose counter made it, of which visit, and when.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.domain.lean import dataclass
from app.domain.numbers import number_in

SETTING: Final = "rating_link"
DEFAULT_RATING_LINK: Final[dict[str, object]] = {
    "address": "",
    "valid_hours": 72,
    "companions": 4,
    "call_minutes": 30,
}
"""Off until there is an address under which phones reach the server."""

PATH: Final = "/R/"
TOKEN_CHARS: Final = 165
"""What a token has at most; one that is cut short or longer is none."""

_MOST_ADDRESS: Final = 60
_ADDRESS: Final = re.compile(
    r"https://[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[1-9][0-9]{0,4})?"
)
_BOUNDS: Final = {"valid_hours": (1, 24 * 90), "companions": (0, 20), "call_minutes": (0, 24 * 60)}
_VERSION: Final = 1
_CONTENT: Final = struct.Struct(">B16s16sIH")
_SIGNATURE_BYTES: Final = 64
_MINUTE_MS: Final = 60_000
_LAST_MINUTE: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class RatingLinkRules:
    """The server's setting 'rating_link'.

    Attributes:
        address: under which phones reach the server, such as 'https://rate.example.com'; '' where
            nothing is to be printed or shown.
        valid_hours: from the beginning of the visit.
        companions: ratings that a link takes besides the first.
        call_minutes: so long after the visit's beginning a manager can be called to the customer.
    """

    address: str = ""
    valid_hours: int = 72
    companions: int = 4
    call_minutes: int = 30

    @classmethod
    def from_setting(cls, value: Mapping[str, Any] | None) -> RatingLinkRules:
        """Read the setting; what it doesn't say, or says in no such way, keeps its default."""
        said, default = value or {}, cls()
        address = said.get("address")
        return cls(
            address if isinstance(address, str) and _is_address(address) else "",
            **{
                name: number_in(said, name, getattr(default, name), low=low, high=high)
                for name, (low, high) in _BOUNDS.items()
            },
        )

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> RatingLinkRules:
        """Read a setting that is to be put in force, and leave nothing to defaults unseen.

        Raises:
            ValueError: something in it would be passed over.
        """
        unknown = value.keys() - DEFAULT_RATING_LINK.keys()
        if unknown:
            raise ValueError(f"there is no {', '.join(sorted(unknown))} in it")
        address = value.get("address", "")
        if not isinstance(address, str) or (address and not _is_address(address)):
            raise ValueError(
                "address is 'https://' and a host's name in small letters, and no path, with at"
                f" most {_MOST_ADDRESS} characters; '' for none"
            )
        for name, (low, high) in _BOUNDS.items():
            if number_in(value, name, low - 1, low=low, high=high) < low and name in value:
                raise ValueError(f"{name} is a whole number from {low} to {high}")
        return cls.from_setting(value)


def _is_address(text: str) -> bool:
    return len(text) <= _MOST_ADDRESS and _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class RatingLink:
    """Which visit is to be rated, and until when.

    Attributes:
        device_id: the counter's, whose key signs it.
        begun_min: when the visit began, by the server's clock as far as the counter knows it;
            minutes since 1970 UTC.
        valid_hours: from then on.
    """

    device_id: UUID
    encounter_id: UUID
    begun_min: int
    valid_hours: int

    @classmethod
    def of(cls, device_id: UUID, encounter_id: UUID, begun_ms: int, hours: int) -> RatingLink:
        """The link of a visit; a clock may say anything."""
        minute = min(max(begun_ms // _MINUTE_MS, 0), _LAST_MINUTE)
        return cls(device_id, encounter_id, minute, hours)

    @property
    def begun_ms(self) -> int:
        return self.begun_min * _MINUTE_MS

    @property
    def ends_ms(self) -> int:
        """It is good before that, ms since 1970 UTC."""
        return self.begun_ms + self.valid_hours * 60 * _MINUTE_MS

    def statement(self) -> bytes:
        """What the counter signs."""
        return b"guichet rating link 1\0" + self.packed()

    def packed(self) -> bytes:
        return _CONTENT.pack(
            _VERSION,
            self.device_id.bytes,
            self.encounter_id.bytes,
            self.begun_min,
            self.valid_hours,
        )


@dataclass(frozen=True, slots=True)
class SignedLink:
    """A link as it is printed; whether the signature is good is the server's to find out."""

    link: RatingLink
    signature: bytes

    def token(self) -> str:
        """What stands in the address: 165 capital letters and digits."""
        return base64.b32encode(self.link.packed() + self.signature).decode().rstrip("=")

    def url(self, address: str) -> str:
        """The QR's text. Scheme and host are the same in capitals, which make it smaller."""
        return f"{address.upper()}{PATH}{self.token()}"


def read_token(text: str) -> SignedLink:
    """Read what stands in an address.

    Raises:
        ValueError: it is no token, or one of another version.
    """
    if len(text) != TOKEN_CHARS:
        raise ValueError("cut short")
    try:
        packed = base64.b32decode(text.upper() + "===")
    except (binascii.Error, UnicodeError) as error:
        raise ValueError("no base32") from error
    content, signature = packed[: _CONTENT.size], packed[_CONTENT.size :]
    version, device, encounter, begun_min, hours = _CONTENT.unpack(content)
    if version != _VERSION or len(signature) != _SIGNATURE_BYTES:
        raise ValueError("a link of another version")
    link = RatingLink(UUID(bytes=device), UUID(bytes=encounter), begun_min, hours)
    return SignedLink(link, signature)
